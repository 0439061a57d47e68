"""Dates and weekdays that belong together."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from releasegate.checks.dates import EN, JA, dated
from releasegate.checks.findings import few, place, quote
from releasegate.checks.parts import parts_of
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


def _day(draft: Draft, at: datetime) -> date:
    """The day it leaves."""
    return datetime.fromisoformat(draft.schedule.local).date() if draft.schedule.local else at.date()
