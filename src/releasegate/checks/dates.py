"""Dates with a weekday beside them, found in Japanese and English text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from releasegate.checks.parts import narrow

JA = "月火水木金土日"
EN = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ERAS = {"令和": 2018, "㋿": 2018, "R": 2018, "平成": 1988, "㍻": 1988, "H": 1988, "昭和": 1925, "㍼": 1925, "S": 1925}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# One character for a whole bracketed or circled weekday.
_SIGNS = {sign: at for signs in ("㈪㈫㈬㈭㈮㈯㈰", "㊊㊋㊌㊍㊎㊏㊐") for at, sign in enumerate(signs)}
_KANJI = {sign: at for at, sign in enumerate("〇一二三四五六七八九")}

_N = r"(?:\d{1,2}|[〇一二三四五六七八九十]{1,3})"
_B = r"[ \t]*"
_YEAR = (
    rf"(?:(?:(?P<era>令和|平成|昭和|[㋿㍻㍼]|(?<![A-Za-z])[RHS]){_B}\.?(?P<ey>元|{_N})|(?P<y>\d{{4}}|[〇一二三四五六七八九]{{4}})"
    rf"|'?(?P<yy>(?<!\d)\d{{1,2}})){_B}年{_B}(?:[(](?:\d{{4}}年?|(?:令和|平成|昭和)(?:元|{_N})年)[)]{_B})?)?"
)
_FULL = r"(?P<wy>(?<!\d)\d{4})(?P<sep>[/.-])(?P<wm>\d{1,2})(?P=sep)(?P<wd>\d{1,2})(?!\d)"
_SHORT_ERA = r"(?P<se>(?<![A-Za-z])[RHS])(?P<sy>\d{1,2})[./](?P<sm>\d{1,2})[./](?P<sd>\d{1,2})(?!\d)"
_KANJI_DATE = rf"{_YEAR}(?<![\d〇一二三四五六七八九十])(?P<m>{_N}){_B}月{_B}(?P<d>{_N}){_B}日"
_SLASH = r"(?<![\d/.-])(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<sl>\d{4}))?(?![\d/])"
_DAY_ONLY = rf"(?<![\d月/.:-])(?P<only>{_N}){_B}日"
_JA_DATE = re.compile(rf"(?=[\d〇一二三四五六七八九十令平昭㋿㍻㍼RHS'])(?:{_FULL}|{_SHORT_ERA}|{_KANJI_DATE}|{_SLASH}|{_DAY_ONLY})")

_EN_DAY = r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday|s)?|thu(?:rs?(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)(?![a-z])\.?"
_EN_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?"
)
_ORDINAL = r"(?:st|nd|rd|th)?(?![a-z0-9])"
_EN_DATE = re.compile(
    rf"(?i)(?<![a-z])(?:(?P<before>{_EN_DAY})\s*,?\s*(?:the\s+)?)?"
    rf"(?:{_EN_MONTH}\s*(?P<d>\d{{1,2}}){_ORDINAL}(?:\s*,?\s*(?P<y>\d{{4}})(?!\d))?"
    rf"|(?<!\d)(?P<d2>\d{{1,2}}){_ORDINAL}(?:\s+of)?\s+{_EN_MONTH.replace('mon>', 'mon2>')}(?:\s*,?\s*(?P<y2>\d{{4}})(?!\d))?)"
)
_EN_SLASH = re.compile(
    rf"(?i)(?<![a-z])(?P<before>{_EN_DAY})\s*,?\s*(?:(?P<wy>\d{{4}})[/.-](?P<wm>\d{{1,2}})[/.-](?P<wd>\d{{1,2}})"
    r"|(?P<a>\d{1,2})/(?P<b>\d{1,2})(?:/(?P<sl>\d{4}))?)(?![\d/])"
)
_CLOSING = re.compile(r"(?:[^\s()（）\[\]【】]{0,6}[)）\]】])")
_EN_HINT = re.compile(r"(?i)(?<![a-z])(?:mon|tue|wed|thu|fri|sat|sun)")
_JA_HINT = re.compile(rf"[{JA}]曜|[(\[【〔〈<「]\s*[{JA}祝休振]|[{''.join(_SIGNS)}]")
_HOLIDAY = r"(?:祝日?|休日?|振休|振替休日)"
# `(火)`, `(火・祝)`, `(祝・火)`, `(火曜日)`, `火曜`; a bare 火 is no weekday, nor is the 日 of (日本時間).
_JA_AFTER = re.compile(
    rf"{_B}(?:[(\[【〔〈<「]{_B}(?:{_HOLIDAY}[・,、/ ]?)?(?P<k>[{JA}])(?:曜日?)?"
    rf"(?={_B}(?:[)\]】〕〉>」]|[・,、/ ]{_B}{_HOLIDAY}|祝|休|振|[〜~～・、,/-]{_B}[{JA}]))"
    rf"|(?P<w>[{JA}])曜|(?P<sign>[{''.join(_SIGNS)}])|[(\[]?{_B}(?P<en>(?i:{_EN_DAY})))"
)
_MORE_DAYS = re.compile(rf"(?:曜日?)?{_B}(?P<sep>[〜~～・、,/-]){_B}(?P<k>[{JA}])")
_BEFORE = re.compile(rf"(?P<k>[{JA}])曜日?{_B}[(]{_B}$")
_EN_AFTER = re.compile(rf"(?i)\s*[,(\[]?\s*(?P<en>{_EN_DAY})")
# Between the two ends of a range, or the days of a list, stand a sign and perhaps an hour.
_LINK = re.compile(r"^[^\n。]{0,24}?(?:[〜~～・、,/&と及び–—→ｰー-]|から|および|また|及び)[^\n。]{0,12}$")


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
class _Day:
    """A date as found, not yet joined with a weekday: possible (year, month, day); year 0 where none is written."""

    start: int
    end: int
    readings: tuple[tuple[int, int, int], ...]


def dated(text: str, *, near: date) -> Iterator[Dated]:
    """Every date with a weekday beside it, in order of kind. A year that is not written is the one that puts the date nearest to `near`."""
    plain = narrow(text)
    at = 0
    # Line by line: a date and its weekday stand in one, and most lines have neither.
    for line in plain.split("\n"):
        english = _EN_HINT.search(line) is not None
        if english or _JA_HINT.search(line):
            yield from _japanese(text[at : at + len(line)], line, near)
        if english:
            yield from _english(text[at : at + len(line)], line, near)
        at += len(line) + 1


def _japanese(text: str, plain: str, near: date) -> Iterator[Dated]:
    waiting: list[_Day] = []
    last: _Day | None = None
    for found in _JA_DATE.finditer(plain):
        day = _read(found, last, plain)
        if day is None:
            continue
        if waiting and not _LINK.match(plain[waiting[-1].end : day.start]):
            waiting = []
        waiting.append(day)
        last = day
        after = _JA_AFTER.match(plain, day.end)
        if after is None:
            before = _BEFORE.search(plain[max(0, day.start - 8) : day.start])
            if before:
                yield _join(text, (day.start - len(before[0]), day.end), day, JA.index(before["k"]), near)
            continue
        weekdays, end = _weekdays(plain, after)
        days = waiting[-len(weekdays) :] if len(weekdays) <= len(waiting) else waiting[-1:]
        for each, weekday in zip(days, weekdays, strict=False):
            yield _join(text, (each.start, end), each, weekday, near)
        waiting = []


def _weekdays(plain: str, after: re.Match[str]) -> tuple[list[int], int]:
    """The weekday after a date, or all of them in 5日・6日(土・日) and 1日〜3日(火〜木)."""
    first = after["k"] or after["w"]
    if after["sign"]:
        return [_SIGNS[after["sign"]]], after.end()
    if after["en"]:
        return [EN.index(after["en"][:3].lower())], after.end()
    weekdays, end = [JA.index(first)], after.end()
    while more := _MORE_DAYS.match(plain, end):
        weekdays.append(JA.index(more["k"]))
        end = more.end()
    return weekdays, end


def _read(found: re.Match[str], last: _Day | None, plain: str) -> _Day | None:
    readings = tuple(_readings(found))
    if found["only"]:
        # 1日(火)〜3日(木): the second day has the month of the first, and only if the two belong together.
        if last is None or not _LINK.match(plain[last.end : found.start()]):
            return None
        readings = tuple((year, month, _number(found["only"])) for year, month, _ in last.readings)
    elif last is not None and all(year == 0 for year, _, _ in readings) and _LINK.match(plain[last.end : found.start()]):
        readings = tuple(_carried(readings, last))
    return _Day(start=found.start(), end=found.end(), readings=readings)


def _carried(readings: tuple[tuple[int, int, int], ...], last: _Day) -> Iterator[tuple[int, int, int]]:
    """The year of the first end of a range, or the next one where the range goes over New Year."""
    for _, month, day in readings:
        for year, first, _ in last.readings:
            yield (year + (month < first) if year else 0), month, day


def _readings(found: re.Match[str]) -> Iterator[tuple[int, int, int]]:
    get = found.groupdict()
    if get["wy"]:
        yield int(get["wy"]), int(get["wm"]), int(get["wd"])
    elif get["se"]:
        yield _ERAS[get["se"]] + int(get["sy"]), int(get["sm"]), int(get["sd"])
    elif get["m"]:
        month, day = _number(get["m"]), _number(get["d"])
        if get["era"]:
            yield _ERAS[get["era"]] + (1 if get["ey"] == "元" else _number(get["ey"])), month, day
        elif get["yy"]:
            # 26年 is 2026; 8年 is the eighth of the era.
            yield 2000 + int(get["yy"]), month, day
            yield _ERAS["令和"] + int(get["yy"]), month, day
        else:
            yield _number(get["y"]) if get["y"] else 0, month, day
    elif get["a"]:
        yield int(get["sl"] or 0), int(get["a"]), int(get["b"])
        if get["sl"]:
            yield int(get["sl"]), int(get["b"]), int(get["a"])


def _number(text: str) -> int:
    if text.isdigit() and text.isascii():
        return int(text)
    if "十" not in text:
        return int("".join(str(_KANJI.get(each, 0)) for each in text))
    tens, _, ones = text.partition("十")
    return (_KANJI.get(tens, 1) if tens else 1) * 10 + (_KANJI.get(ones, 0) if ones else 0)


def _join(text: str, span: tuple[int, int], day: _Day, weekday: int, near: date) -> Dated:
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


def _english(text: str, plain: str, near: date) -> Iterator[Dated]:
    for found in _EN_DATE.finditer(plain):
        after = None if found["before"] else _EN_AFTER.match(plain, found.end())
        weekday = found["before"] or (after["en"] if after else "")
        if weekday:
            month = _MONTHS.index((found["mon"] or found["mon2"])[:3].lower()) + 1
            reading = (int(found["y"] or found["y2"] or 0), month, int(found["d"] or found["d2"]))
            end = after.end() if after else found.end()
            day = _Day(start=found.start(), end=end, readings=(reading,))
            yield _join(text, (found.start(), end), day, EN.index(weekday[:3].lower()), near)
    for found in _EN_SLASH.finditer(plain):
        if found["wy"]:
            readings: tuple[tuple[int, int, int], ...] = ((int(found["wy"]), int(found["wm"]), int(found["wd"])),)
        else:
            year, a, b = int(found["sl"] or 0), int(found["a"]), int(found["b"])
            readings = ((year, a, b), (year, b, a))
        day = _Day(start=found.start(), end=found.end(), readings=readings)
        yield _join(text, (found.start(), found.end()), day, EN.index(found["before"][:3].lower()), near)
