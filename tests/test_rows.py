"""Every fault that the project set out to stand has a test that carries its number, or a line that says why it has none."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGES = TESTS.parent / "docs" / "explanation"

FAULTS = {*range(1, 75), *range(125, 140), *range(141, 145)}
"""Crashes, races, the other side's failures, time, attackers with write access, and wrapping: what is demanded of them."""

ELSEWHERE = {3, 12, 13, *range(39, 46), 49, 51, 52}
"""Where other gates broke."""

REVIEW = {1, 14, 15, 17, 18, 21, *range(26, 30), 31, 36, 39}
"""What a hostile review of the design asked for."""

DEMANDED = {*(("f", no) for no in FAULTS), *(("t", no) for no in ELSEWHERE), *(("r", no) for no in REVIEW)}

_HEAD = re.compile(r"def test_((?:[frt]\d{2,3}_(?:to_)?)+)")
_ROW = re.compile(r"([frt])(\d{2,3})_(to_)?")
_NAMED = re.compile(r"\b([FRT])(\d{1,3})\b")

Row = tuple[str, int]


def carried(source: str) -> set[Row]:
    """The rows whose numbers the tests in this source carry at the head of their names."""
    return {row for head in _HEAD.findall(source) for row in _rows(head)}


def _rows(head: str) -> Iterable[Row]:
    found, since = [(kind, int(no), bool(to)) for kind, no, to in _ROW.findall(head)], None
    for kind, no, to in found:
        yield from ((kind, each) for each in range(since or no, no + 1))
        since = no if to else None


def told(page: str) -> set[Row]:
    """The rows that a page of the documentation names."""
    return {(kind.lower(), int(no)) for kind, no in _NAMED.findall(page)}


def test_every_row_has_a_test_or_a_line_that_says_why_not() -> None:
    tested = {row for path in TESTS.rglob("test_*.py") for row in carried(path.read_text(encoding="utf-8"))}
    said = {row for name in ("limits.md", "faults.md") for row in told((PAGES / name).read_text(encoding="utf-8"))}

    assert [] == sorted(DEMANDED - tested - said)


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("def test_f004_f005_killed() -> None:", {("f", 4), ("f", 5)}),
        ("def test_r26_f125_to_f127_found() -> None:", {("r", 26), ("f", 125), ("f", 126), ("f", 127)}),
        ("def test_a_hold_of_f144_stands() -> None:", set()),
        ("def test_t1_is_no_row() -> None:", set()),
    ],
)
def test_only_what_a_name_begins_with_is_its_row(source: str, rows: set[Row]) -> None:
    assert rows == carried(source)


def test_a_page_names_a_row_by_its_letter() -> None:
    assert {("f", 144), ("r", 4)} == told("* F144: …; R4, and not F, T or X12")
