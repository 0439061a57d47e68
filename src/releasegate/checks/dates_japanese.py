"""Dates with a weekday in Japanese text: eras, ranges, full-width and Chinese numerals."""

import re
from collections.abc import Iterator
from datetime import date

from releasegate.checks.dates import EN, EN_DAY, JA, Dated, Day, join

_ERAS = {"令和": 2018, "㋿": 2018, "R": 2018, "平成": 1988, "㍻": 1988, "H": 1988, "昭和": 1925, "㍼": 1925, "S": 1925}
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
_DATE = re.compile(rf"(?=[\d〇一二三四五六七八九十令平昭㋿㍻㍼RHS'])(?:{_FULL}|{_SHORT_ERA}|{_KANJI_DATE}|{_SLASH}|{_DAY_ONLY})")
_HINT = re.compile(rf"[{JA}]曜|[(\[【〔〈<「]\s*[{JA}祝休振]|[{''.join(_SIGNS)}]")
_HOLIDAY = r"(?:祝日?|休日?|振休|振替休日)"
# `(火)`, `(火・祝)`, `(祝・火)`, `(火曜日)`, `火曜`; a bare 火 is no weekday, nor is the 日 of (日本時間).
_AFTER = re.compile(
    rf"{_B}(?:[(\[【〔〈<「]{_B}(?:{_HOLIDAY}[・,、/ ]?)?(?P<k>[{JA}])(?:曜日?)?"
    rf"(?={_B}(?:[)\]】〕〉>」]|[・,、/ ]{_B}{_HOLIDAY}|祝|休|振|[〜~～・、,/-]{_B}[{JA}]))"
    rf"|(?P<w>[{JA}])曜|(?P<sign>[{''.join(_SIGNS)}])|[(\[]?{_B}(?P<en>(?i:{EN_DAY})))"
)
_MORE_DAYS = re.compile(rf"(?:曜日?)?{_B}(?P<sep>[〜~～・、,/-]){_B}(?P<k>[{JA}])")
_BEFORE = re.compile(rf"(?P<k>[{JA}])曜日?{_B}[(]{_B}$")
# Between the two ends of a range, or the days of a list, stand a sign and perhaps an hour.
_LINK = re.compile(r"^[^\n。]{0,24}?(?:[〜~～・、,/&と及び–—→ｰー-]|から|および|また|及び)[^\n。]{0,12}$")


def japanese(text: str, plain: str, near: date) -> Iterator[Dated]:
    """The dates in this line; `plain` is the same line with plain signs for full-width ones."""
    if _HINT.search(plain) or re.search(rf"(?i){EN_DAY}", plain):
        yield from _pairs(text, plain, near)


def _pairs(text: str, plain: str, near: date) -> Iterator[Dated]:
    waiting: list[Day] = []
    last: Day | None = None
    for found in _DATE.finditer(plain):
        day = _read(found, last, plain)
        if day is None:
            continue
        if waiting and not _LINK.match(plain[waiting[-1].end : day.start]):
            waiting = []
        waiting.append(day)
        last = day
        after = _AFTER.match(plain, day.end)
        if after is None:
            before = _BEFORE.search(plain[max(0, day.start - 8) : day.start])
            if before:
                yield join(text, (day.start - len(before[0]), day.end), day, JA.index(before["k"]), near)
            continue
        weekdays, end = _weekdays(plain, after)
        days = waiting[-len(weekdays) :] if len(weekdays) <= len(waiting) else waiting[-1:]
        for each, weekday in zip(days, weekdays, strict=False):
            yield join(text, (each.start, end), each, weekday, near)
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


def _read(found: re.Match[str], last: Day | None, plain: str) -> Day | None:
    readings = tuple(_readings(found))
    if found["only"]:
        # 1日(火)〜3日(木): the second day has the month of the first, and only if the two belong together.
        if last is None or not _LINK.match(plain[last.end : found.start()]):
            return None
        readings = tuple((year, month, _number(found["only"])) for year, month, _ in last.readings)
    elif last is not None and all(year == 0 for year, _, _ in readings) and _LINK.match(plain[last.end : found.start()]):
        readings = tuple(_carried(readings, last))
    return Day(start=found.start(), end=found.end(), readings=readings)


def _carried(readings: tuple[tuple[int, int, int], ...], last: Day) -> Iterator[tuple[int, int, int]]:
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
