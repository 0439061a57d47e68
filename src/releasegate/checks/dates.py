"""Dates with a weekday beside them, whatever the language they are written in."""

import re
from dataclasses import dataclass
from datetime import date

JA = "月火水木金土日"
EN = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EN_DAY = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday|s)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)(?![a-z])\.?"
_CLOSING = re.compile(r"(?:[^\s()（）\[\]【】]{0,6}[)）\]】])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date and the weekday beside it. `dates` are all that it can mean: more than one where the year or the order is not said."""

    text: str
    weekday: int
    dates: tuple[date, ...]
    explicit: bool

    @property
    def right(self) -> bool:
        """At least one reading has this weekday. A date that does not exist is somebody else's business."""
        return not self.dates or any(each.weekday() == self.weekday for each in self.dates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A date as found, not yet joined with a weekday: what (year, month, day) it can mean, with year 0 where none is written."""

    start: int
    end: int
    readings: tuple[tuple[int, int, int], ...]


def join(text: str, span: tuple[int, int], day: Day, weekday: int, near: date) -> Dated:
    """The date and the weekday that stand at `span`; without a year the one nearest to `near`."""
    dates = [made for year, month, day_of in day.readings if (made := _date(year, month, day_of, near))]
    # 26年 may be two years: that is not written out. 1/12/2026 may be two days, of a year that is.
    explicit = len({year for year, _, _ in day.readings}) == 1 and day.readings[0][0] > 0
    closing = _CLOSING.match(text, span[1])
    end = closing.end() if closing else span[1]
    return Dated(text=text[span[0] : end], weekday=weekday, dates=tuple(dates), explicit=explicit)


def _date(year: int, month: int, day: int, near: date) -> date | None:
    """The date; without a year the one nearest to `near`, at most half a year away."""
    if year:
        return _made(year, month, day)
    around = [made for each in (near.year - 1, near.year, near.year + 1) if (made := _made(each, month, day))]
    return min(around, key=lambda made: (abs((made - near).days), made < near), default=None)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
