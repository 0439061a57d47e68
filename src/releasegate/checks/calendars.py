"""Days off: national holidays by country, from the package `holidays`, and closures as a policy writes them."""

import re
from datetime import date
from functools import lru_cache

from releasegate.messages.words import Words

# What everybody in Japan knows, and no list of public holidays holds: the end of the year, and the days of the dead.
CUSTOMS = {"JP": ("12-29..01-03", "08-13..08-15")}
_DAY = r"(?:(\d{4})-)?(\d{2})-(\d{2})"
_CLOSURE = re.compile(rf"{_DAY}(?:\.\.{_DAY})?", re.ASCII)
_LEAP = 2000


def country(code: str) -> str:
    """A country of the calendars. Raises ValueError for one that the package does not know, and where there is no package."""
    try:
        import holidays
    except ImportError as error:
        message = Words('the calendar {code!r} needs the package holidays; pip install "releasegate[calendar]"', code=code)
        raise ValueError(message) from error
    if code not in holidays.list_supported_countries(include_aliases=False):
        message = Words("no calendar {code!r}; give the two letters of a country, like JP", code=code)
        raise ValueError(message)
    return code


def closure(text: str) -> str:
    """A day or a range of days: `2026-12-28`, `2026-12-28..2027-01-05`, every year `12-29..01-03`. Raises ValueError for anything else."""
    try:
        first, last = _ends(text)
    except (ValueError, TypeError) as error:
        message = Words("no closure {text!r}; write it like 2026-12-28, 2026-12-28..2027-01-05, or every year 12-29..01-03", text=text)
        raise ValueError(message) from error
    if first[0] and first > last:
        message = Words("the closure {text!r} ends before it begins", text=text)
        raise ValueError(message)
    return text


def closed(day: date, text: str) -> bool:
    """This day lies in this closure, its ends included."""
    first, last = _ends(text)
    if first[0]:
        return first <= (day.year, day.month, day.day) <= last
    within = (first[1:] <= (day.month, day.day), (day.month, day.day) <= last[1:])
    return all(within) if first <= last else any(within)


@lru_cache(maxsize=64)
def _ends(text: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Both ends as year (0: every year), month and day."""
    found = _CLOSURE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    first = _end(*found.groups()[:3])
    last = _end(*found.groups()[3:]) if found[5] else first
    if bool(first[0]) is not bool(last[0]):
        raise ValueError(text)
    return first, last


def _end(year: str | None, month: str, day: str) -> tuple[int, int, int]:
    date(int(year or _LEAP), int(month), int(day))
    return int(year or 0), int(month), int(day)


@lru_cache(maxsize=64)
def holiday(day: date, code: str) -> str:
    """What this day is called there, in the country's own language; empty where it is none."""
    import holidays

    known = holidays.country_holidays(code, years=day.year)
    own = holidays.country_holidays(code, years=day.year, language=known.default_language)
    return str(own.get(day, ""))
