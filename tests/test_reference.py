"""The reference is made from the code: nothing of it is without words, and nothing has words that is not there."""

import ast
import importlib
from collections import Counter
from pathlib import Path

import pytest
import typer

import releasegate
from docs.making import api, checks, codes, commands, drawing, pages, policy_file, sentences
from docs.making.links import faults
from releasegate.checks import core_checks
from releasegate.cli.app import app
from releasegate.cli.exits import Exit
from releasegate.model.state import State
from tests.test_pages import ROOT

SOURCE = Path(releasegate.__file__).parent


@pytest.mark.parametrize("family", ["blocker", "refused"])
def test_every_code_has_its_page_with_what_it_means_who_clears_it_and_how(family: str) -> None:
    """A code that is new is explained before anybody meets it."""
    entries = codes.entries()[family]

    assert set() == set(codes.said(family)) - set(entries)
    assert set() == set(entries) - set(codes.said(family))
    assert all(each.means and each.who and each.how for each in entries.values())
    assert {f"{family}-{code}" for code in codes.said(family)} <= set(codes.pages())


def test_every_code_that_the_source_raises_is_one_of_them() -> None:
    """Those of checks have the check's own name."""
    raised = {(family, code) for path in SOURCE.rglob("*.py") for family, code in _raised(ast.parse(path.read_text(encoding="utf-8")))}

    assert 60 < len(raised)
    assert set() == raised - {(family, code) for family in ("blocker", "refused") for code in codes.said(family)}


def _raised(tree: ast.AST) -> set[tuple[str, str]]:
    """Literal codes of blockers and refusals."""
    found = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func).rpartition(".")[2]
        given = {each.arg: each.value for each in call.keywords}
        code = call.args[0] if name == "refused" and call.args else given.get("code")
        if name in {"Blocker", "Refused", "refused"} and isinstance(code, ast.Constant):
            found.add(("blocker" if name == "Blocker" else "refused", str(code.value)))
    return found


def test_a_page_of_a_code_says_it_in_both_languages() -> None:
    page = codes.pages()["blocker-hold-active"]

    assert all(part in page for part in ("On hold since {since}, by {by}", "保留中", "Who clears it", "hold-and-lift.md"))


@pytest.mark.parametrize(("place", "model"), policy_file.TABLES.items())
def test_every_key_of_the_policy_has_its_sentence(place: str, model: type) -> None:
    assert set(policy_file.keys(model)) == set(policy_file.said(model)) & set(policy_file.keys(model))
    assert f"## `{place}`" in policy_file.page()


def test_every_check_has_its_page_and_its_words() -> None:
    """The one about a letter that cannot be read says it in several ways."""
    made = checks.pages()

    assert {"index", *(each.id for each in core_checks())} == set(made)
    assert [] == [each.id for each in core_checks() if not list(sentences.variants(each.id))]
    assert all("\n> " in made[each.id] for each in core_checks())


def test_every_verb_and_every_exit_code_is_on_the_page_of_commands() -> None:
    page = commands.page()

    assert [] == [words for words, _ in commands.verbs(typer.main.get_command(app)) if f"## {words}\n" not in page]
    assert [] == [each for each in Exit if f"| {int(each)} | " not in page]


def test_every_public_name_has_one_place() -> None:
    homes = Counter(name for module in api.MODULES for name in api.names(module) if name in releasegate.__all__)

    assert dict.fromkeys(releasegate.__all__, 1) == dict(homes)
    for module in api.MODULES:
        page = api.pages()[module]
        assert [] == [name for name in getattr(importlib.import_module(module), "__all__", ()) if f"{name}" not in page]


def test_what_is_made_is_not_kept(tmp_path: Path) -> None:
    """A page of a code that is gone is gone, too; git keeps none of them."""
    (tmp_path / "codes").mkdir()
    (tmp_path / "codes" / "blocker-of-yesterday.md").write_text("# gone\n", encoding="utf-8")

    pages.write(tmp_path)

    assert not (tmp_path / "codes" / "blocker-of-yesterday.md").exists()
    assert set(pages.MADE) == {each.name for each in tmp_path.iterdir()}
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8")
    assert [] == [name for name in pages.MADE if f"docs/reference/{name}" not in ignored]


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text('<h1 id="place">There</h1>', encoding="utf-8")
    (tmp_path / "here.html").write_text(
        '<a href="there.html#place">well</a> <a href="#top">lost</a> <a href="there.html#plaice">lost</a> <a href="their.html">lost</a>'
        '<a href="https://example.com/a">well</a> <a href="http://example.com">lost</a> <a href="https:///a">lost</a> <a name>none</a>'
        '<a href="mailto:news@museum.example">well</a> <script src="https://cdn.example/x.js"></script>',
        encoding="utf-8",
    )

    assert [
        "here.html: loads https://cdn.example/x.js from elsewhere",
        "here.html: #top: there is no such place on that page",
        "here.html: there.html#plaice: there is no such place on that page",
        "here.html: their.html leads nowhere",
        "here.html: http://example.com is no address that a reader can follow",
        "here.html: https:///a is no address that a reader can follow",
    ] == list(faults(tmp_path))


def test_every_state_of_the_lifecycle_has_its_place_in_the_picture() -> None:
    page = (ROOT / "docs" / "explanation" / "lifecycle.md").read_text(encoding="utf-8")
    picture = drawing.draw(page)

    assert set(map(str, State)) == set(drawing.PLACES)
    assert [] == [state for state in State if f">{state}</text>" not in picture]
    assert ">claim</text>" in picture
    assert "withdraw<" not in picture
