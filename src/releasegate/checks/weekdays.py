"""Dates and weekdays that belong together."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from releasegate.checks.dates import EN, JA, Dated
from releasegate.checks.dates_english import english
from releasegate.checks.dates_japanese import japanese
from releasegate.checks.findings import few, place, quote
from releasegate.checks.parts import narrow, parts_of
from releasegate.checks.registry import check
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context

ID = "weekday-mismatch"


@check(ID, reads=("content", "schedule"), by_letter=True)
def weekday_mismatch(draft: Draft, context: Context) -> Iterable[Finding]:
    """Every date has the weekday that stands beside it. Blocks where the year is written, warns where it had to be inferred."""
    return few(_find(draft, context))


def _find(draft: Draft, context: Context) -> Iterator[Finding]:
    near = _day(draft, context.at)
    for letter in context.letters:
        for part, text in parts_of(letter):
            for each in dated(text, near=near):
                if not each.right:
                    right = each.dates[0]
                    yield Finding(
                        check=ID,
                        severity=Severity.BLOCKER if each.explicit else Severity.WARNING,
                        where=place(draft, letter, part),
                        evidence=quote(each.text),
                        params={
                            "date": right.isoformat(),
                            "weekday_ja": JA[right.weekday()],
                            "weekday_en": EN[right.weekday()].capitalize(),
                        },
                        variant="" if each.explicit else "inferred",
                    )


def dated(text: str, *, near: date) -> Iterator[Dated]:
    """Every date with a weekday beside it. A year that is not written is the one that puts the date nearest to `near`."""
    at = 0
    # Line by line: a date and its weekday stand in one, and most lines have neither.
    for line in narrow(text).split("\n"):
        written = text[at : at + len(line)]
        yield from japanese(written, line, near)
        yield from english(written, line, near)
        at += len(line) + 1


def _day(draft: Draft, at: datetime) -> date:
    """The day it leaves."""
    return datetime.fromisoformat(draft.schedule.local).date() if draft.schedule.local else at.date()
