"""Dates with a weekday in English text."""

import re
from collections.abc import Iterator
from datetime import date

from releasegate.checks.dates import EN, EN_DAY, Dated, Day, join

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_NTH = r"(?:st|nd|rd|th)?(?![a-z0-9])"
_DATE = re.compile(
    rf"(?i)(?<![a-z])(?:(?P<before>{EN_DAY})\s*,?\s*(?:the\s+)?)?"
    rf"(?:{_MONTH}\s*(?P<d>\d{{1,2}}){_NTH}(?:\s*,?\s*(?P<y>\d{{4}})(?!\d))?"
    rf"|(?<!\d)(?P<d2>\d{{1,2}}){_NTH}(?:\s+of)?\s+{_MONTH.replace('mon>', 'mon2>')}(?:\s*,?\s*(?P<y2>\d{{4}})(?!\d))?)"
)
_SLASH = re.compile(
    rf"(?i)(?<![a-z])(?P<before>{EN_DAY})\s*,?\s*(?:(?P<wy>\d{{4}})[/.-](?P<wm>\d{{1,2}})[/.-](?P<wd>\d{{1,2}})"
    r"|(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<sl>\d{4}))?)(?![\d/])"
)
_HINT = re.compile(r"(?i)(?<![a-z])(?:mon|tue|wed|thu|fri|sat|sun)")
_AFTER = re.compile(rf"(?i)\s*[,(\[]?\s*(?P<en>{EN_DAY})")


def english(text: str, plain: str, near: date) -> Iterator[Dated]:
    """The dates in this line; `plain` is the same line with plain signs for full-width ones."""
    if _HINT.search(plain):
        yield from _in_words(text, plain, near)
        yield from _in_numbers(text, plain, near)


def _in_words(text: str, plain: str, near: date) -> Iterator[Dated]:
    for found in _DATE.finditer(plain):
        after = None if found["before"] else _AFTER.match(plain, found.end())
        weekday = found["before"] or (after["en"] if after else "")
        if weekday:
            month = _MONTHS.index((found["mon"] or found["mon2"])[:3].lower()) + 1
            reading = (int(found["y"] or found["y2"] or 0), month, int(found["d"] or found["d2"]))
            end = after.end() if after else found.end()
            day = Day(start=found.start(), end=end, readings=(reading,))
            yield join(text, (found.start(), end), day, EN.index(weekday[:3].lower()), near)


def _in_numbers(text: str, plain: str, near: date) -> Iterator[Dated]:
    """12/1/2026 is the first of December or the twelfth of January: it is wrong only if neither has this weekday."""
    for found in _SLASH.finditer(plain):
        if found["wy"]:
            readings: tuple[tuple[int, int, int], ...] = ((int(found["wy"]), int(found["wm"]), int(found["wd"])),)
        else:
            year, a, b = int(found["sl"] or 0), int(found["a"]), int(found["b"])
            readings = ((year, a, b), (year, b, a))
        day = Day(start=found.start(), end=found.end(), readings=readings)
        yield join(text, (found.start(), found.end()), day, EN.index(found["before"][:3].lower()), near)
