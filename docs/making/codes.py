"""A page for each code of a blocker and of a refusal: its sentences from the catalogues, its meaning from docs/reference/codes.toml."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import releasegate
from docs.making.sentences import codes, sentences, shown
from docs.making.tables import table
from releasegate.model.state import State

ENTRIES = Path(__file__).parents[1] / "reference" / "codes.toml"
_SOURCE = Path(releasegate.__file__).parent
_AT_THE_TERMINAL = ("nobody", "demo-store")
_FAMILIES = {"blocker": "What keeps the gate shut", "refused": "What a person may not"}
_LEADS = {
    "blocker": "Code of a blocker: `decision.blockers` holds one with `code` `{code}`.",
    "refused": "Code of a refusal: `Refused` is raised with `code` `{code}`. The gate stays as it was; nothing has left by this.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What people wrote about a code: what it means, who clears it, how."""

    means: str
    who: str
    how: str


def pages() -> dict[str, str]:
    """The index, and a page for each code that something says."""
    found = {f"{family}-{code}": _page(family, code) for family in _FAMILIES for code in said(family)}
    return {"index": _index(), **found}


def said(family: str) -> list[str]:
    """The codes of the catalogue that the source says; and what only the command line refuses."""
    literals = _literals()
    more = _AT_THE_TERMINAL if family == "refused" else ()
    return [*(code for code in codes(family) if code in literals), *more]


@cache
def entries() -> dict[str, dict[str, Entry]]:
    """What stands in codes.toml."""
    data = tomllib.loads(ENTRIES.read_text(encoding="utf-8"))
    return {family: {code: Entry(**fields) for code, fields in found.items()} for family, found in data.items()}


def _page(family: str, code: str) -> str:
    entry = entries()[family][code]
    (english, japanese), *more = _sentences(family, code)
    other = "\n".join(f"* {shown(en)}\n  {shown(ja)}" for en, ja in more)
    return (
        "\n\n".join(
            part
            for part in (
                f"# {code}",
                _LEADS[family].format(code=code),
                f"> {shown(english)}\n>\n> {shown(japanese)}",
                f"What it means\n: {entry.means}",
                f"Who clears it\n: {entry.who}",
                f"How\n: {entry.how}",
                f"Where a fact is missing or differs, it reads:\n\n{other}" if other else "",
            )
            if part
        )
        + "\n"
    )


def _index() -> str:
    parts = ["# Every code, with its page", _LEAD]
    for family, title in _FAMILIES.items():
        rows = [(f"[{code}]({family}-{code}.md)", shown(_sentences(family, code)[0][0])) for code in said(family)]
        parts += [f"## {title}", table(("code", "what people read"), rows)]
    names = "\n".join(f"{family}-{code}" for family in _FAMILIES for code in said(family))
    return "\n\n".join([*parts, f"```{{toctree}}\n:hidden:\n\n{names}\n```"]) + "\n"


def _sentences(family: str, code: str) -> list[tuple[str, str]]:
    return sentences(f"cli.{code}" if code in _AT_THE_TERMINAL else f"{family}.{code}")


_LEAD = """\
Programs act on codes, people read sentences. What a check finds has the check's own name for a code: [the checks](../checks/index.md).
A word in braces is a fact that is filled in."""


@cache
def _literals() -> frozenset[str]:
    """Every plain string of the source outside the words themselves; a state's name is the code of what is over."""
    found = set(map(str, State))
    for path in _SOURCE.rglob("*.py"):
        if path.relative_to(_SOURCE).parts[0] != "messages" and path.name != "codes.py":
            found |= set(_strings(ast.parse(path.read_text(encoding="utf-8"))))
    return frozenset(found)


def _strings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
