"""Checks that other packages bring: found by their names, and only where a policy names them."""

import json
import sys
from collections.abc import Callable, Iterator
from importlib import invalidate_caches
from pathlib import Path

import pytest

from releasegate.checks import build_checks, check, core_checks
from releasegate.errors import PolicyError
from releasegate.messages import finding
from releasegate.model.finding import Finding, Outcome
from releasegate.testing import look
from tests.building import RULES, approved, make_bench
from tests.cli import TEAM, Terminal
from tests.publishing import publish

MODULE = """
from releasegate.checks import check
from releasegate.model import Finding


@check("house-style")
def house_style(draft, context):
    yield Finding(check="house-style", params={"says": "Not our style.", "says_ja": "表記が違います。"})


@check("other-name")
def misnamed(draft, context):
    return []


class Broken:
    def __init__(self):
        raise RuntimeError("no database")
"""
POINTS = {
    "house-style": "acme:house_style",
    "misnamed": "acme:misnamed",
    "broken": "acme:Broken",
    "text": "acme:__doc__",
    "gone": "acme:gone",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """A package of checks on the path; `acme 1.2` unless it is called otherwise."""

    def make(name: str = "acme", **points: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        lines = "\n".join(f'{point} = "{value}"' for point, value in (points or POINTS).items())
        project = f'[project]\nname = "{name}"\nversion = "1.2"\n[project.entry-points."releasegate.checks"]\n{lines}\n'
        (folder / "pyproject.toml").write_text(project, encoding="utf-8")
        (folder / "acme.py").write_text(MODULE, encoding="utf-8")
        monkeypatch.syspath_prepend(publish(folder))
        invalidate_caches()
        return folder

    yield make
    sys.modules.pop("acme", None)


def test_an_installed_package_changes_no_gate_by_itself(package: Callable[..., Path], sqlite_url: str) -> None:
    """Not even imported."""
    package()
    gate = make_bench(sqlite_url).gate
    approved(gate)

    assert gate.decide("d1")
    assert "acme" not in sys.modules


def test_named_in_the_policy_it_looks_at_every_draft(package: Callable[..., Path], sqlite_url: str) -> None:
    package()
    gate = make_bench(sqlite_url, rules=RULES + "[checks]\nhouse-style = {}\n").gate
    approved(gate)

    assert {"house-style"} == gate.decide("d1").blocked_by
    assert ("Not our style.", "表記が違います。") == tuple(
        next(line for line in gate.decide("d1").explain(lang).splitlines() if "1. " in line).partition("1. ")[2] for lang in ("en", "ja")
    )


def test_without_the_package_the_gate_that_names_it_does_not_open(sqlite_url: str) -> None:
    with pytest.raises(PolicyError, match="there is no check 'house-style'"):
        make_bench(sqlite_url, rules=RULES + "[checks]\nhouse-style = {}\n")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("misnamed", "what acme 1.2 publishes as 'misnamed' is no check of that id"),
        ("text", "what acme 1.2 publishes as 'text' is no check of that id"),
        ("broken", "'broken' of acme 1.2 cannot be loaded: RuntimeError: no database"),
        ("gone", "'gone' of acme 1.2 cannot be loaded: AttributeError: "),
        ("house-stile", "there is no check 'house-stile'. Did you mean 'house-style'?"),
    ],
)
def test_what_cannot_be_taken_is_said(package: Callable[..., Path], name: str, said: str) -> None:
    package()

    with pytest.raises(PolicyError) as wrong:
        build_checks({name: {}})
    assert [True] == [said in problem for problem in wrong.value.problems], wrong.value.problems


def test_one_name_from_two_packages_is_nobodys(package: Callable[..., Path]) -> None:
    """Which of them looks would hang on the order of a path."""
    package()
    package("zenith", **{"house-style": "acme:house_style"})

    with pytest.raises(PolicyError, match=r"'house-style' is published more than once \(acme 1\.2, zenith 1\.2\)"):
        build_checks({"house-style": {}})


def test_a_package_cannot_take_the_name_of_a_core_check(package: Callable[..., Path]) -> None:
    package(**{"recipients-empty": "acme:house_style"})

    assert {each.id for each in core_checks()} == {each.id for each in build_checks({"recipients-empty": {"min": 2}})}


def test_what_is_given_in_python_needs_no_package(package: Callable[..., Path]) -> None:
    """Nor is the package asked where both have the name."""
    package()
    own = check("house-style")(lambda draft, context: [])

    assert own in build_checks({"house-style": {}}, [own])


# On the command line


def test_checks_tells_who_brings_them_and_how_they_are_set(terminal: Terminal, package: Callable[..., Path]) -> None:
    package(**{"house-style": "acme:house_style", "misnamed": "acme:misnamed"})
    rules = '[checks]\nhouse-style = { severity = "warning" }\nduplicate-send = { days = 7 }\n'
    terminal.write("releasegate.toml", TEAM + rules)

    lines = {line.split()[0]: " ".join(line.split()) for line in terminal.ok("--lang", "en", "checks").splitlines()}

    assert "check from set by the policy" == lines["check"]
    assert 'house-style acme 1.2 severity = "warning"' == lines["house-style"]
    assert "duplicate-send releasegate days = 7" == lines["duplicate-send"]
    assert "recipients-empty releasegate" == lines["recipients-empty"]
    assert "misnamed acme 1.2 installed; the policy does not name it, and it does not run" == lines["misnamed"]
    assert "ポリシーに書かれていないため動きません" in terminal.ok("--lang", "ja", "checks")


def test_checks_as_json_has_every_setting(terminal: Terminal, package: Callable[..., Path]) -> None:
    package(**{"house-style": "acme:house_style", "misnamed": "acme:misnamed"})
    terminal.write("releasegate.toml", TEAM + "[checks]\nhouse-style = {}\nduplicate-send = { days = 7 }\n")

    found = {each["id"]: each for each in json.loads(terminal.ok("checks", "--json"))}

    mine = found["duplicate-send"]
    assert (7, {"days": 7}, "releasegate") == (mine["settings"]["days"], mine["policy"], mine["source"])
    assert (True, {}, "acme 1.2") == tuple(found["house-style"][key] for key in ("runs", "policy", "source"))
    assert {"id": "misnamed", "version": None, "source": "acme 1.2", "runs": False, "settings": {}, "policy": {}} == found["misnamed"]


# What a check of one's own says


def test_a_check_of_ones_own_brings_its_sentences() -> None:
    said = {"says": "Not our style.", "mend": "Ask the desk.", "says_ja": "表記が違います。"}

    assert ("Not our style.", "Ask the desk.") == finding(Finding(check="house-style", params=said))
    assert ("表記が違います。", "Ask the desk.") == finding(Finding(check="house-style", params=said), "ja")
    assert ("The check house-style objects.", "") == finding(Finding(check="house-style"))


def test_no_check_speaks_in_the_name_of_a_core_check() -> None:
    assert "All is well." != finding(Finding(check="recipients-empty", params={"says": "All is well.", "count": 0, "min": 1}))[0]


def test_what_a_check_says_of_a_text_is_what_it_would_say_in_a_gate() -> None:
    @check("counts", reads=("content", "audience", "schedule"))
    def counts(draft, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - as a user may write it
        told = (len(context.recipients), [each.text.strip() for each in context.letters], draft.schedule.zone, context.channel)
        yield Finding(check="counts", evidence=repr(told))

    result = look(counts, ["One.", "Two."], send_at="2026-07-03 10:00 Asia/Tokyo", settings={"bulk": True})

    assert Outcome.RAN is result.outcome
    told = (2, ["One.", "Two."], "Asia/Tokyo", {"name": "newsletter", "bulk": True})
    assert [repr(told)] == [each.evidence for each in result.findings]
    assert Outcome.ERROR is look(check("none")(lambda draft, context: None), "One.").outcome  # type: ignore[arg-type,return-value]
