"""When a draft is to leave: what was asked for, in which zone, and which instant that is."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from unicodedata import normalize
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from releasegate.errors import ContentError
from releasegate.messages.words import Words

_JAPANESE = re.compile(
    r"(\d{4})年(\d{1,2})月(\d{1,2})日\s*(?:\(([月火水木金土日])(?:曜日?)?\))?\s*(\d{1,2})(?:時|:)\s*(?:(\d{1,2})分?|(半))?\s*"
)
_ZONE = re.compile(r"\s+([A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+|JST)\s*$|(?:(?<=\d)|\s)(?i:UTC|GMT)\s*$")
_ZULU = re.compile(r"(?:(?<=\d)|\s)[Zz]\s*$")
_ABBREVIATED = {"JST": "Asia/Tokyo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A wall time, its IANA zone and the UTC instant; `utc` is None where wall time and zone name no instant.

    `text` is what was asked for; empty means at once. `problem` is the code of what is wrong: `zone` (none given, or unknown),
    `offset` (the offset is not the zone's on that day), `gap` (the hour does not exist), `fold` (it exists twice; the first is taken).
    """

    text: str = ""
    local: str = ""
    zone: str = ""
    utc: datetime | None = None
    problem: str = ""

    @property
    def at_once(self) -> bool:
        """No hour was asked for."""
        return not self.text

    @property
    def moved(self) -> bool:
        """The rules of the zone have changed since it was read: at that instant its clocks show another wall time, or it is no zone."""
        if self.utc is None:
            return False
        try:
            shown = self.utc.astimezone(ZoneInfo(self.zone))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return True
        return shown.replace(tzinfo=None).isoformat() != self.local

    def __str__(self) -> str:
        return f"{self.local} {self.zone}".strip() or self.text


def parse_schedule(send_at: str | datetime | None, *, default_zone: str = "") -> Schedule:
    """The schedule that was asked for; what names no instant is kept with its `problem`, for a check to name.

    `send_at`: None (at once), an aware datetime, or a wall time with its zone (`2026-12-01 10:00 Asia/Tokyo`, `2026-12-01T01:00Z`).
    Raises ContentError where no complete date and hour can be read.
    """
    if send_at is None or send_at == "":
        return Schedule()
    if isinstance(send_at, datetime):
        if send_at.year not in YEARS:
            raise _unreadable(send_at.isoformat())
        zone = getattr(send_at.tzinfo, "key", "") or ("UTC" if send_at.utcoffset() == timedelta(0) else "")
        return _resolve(send_at.isoformat(), send_at, zone or default_zone)
    text = send_at.strip()
    found = _ZONE.search(text)
    # Z has one offset all year, and so is a zone; beside a channel's own it is an offset, which must be that zone's on the day.
    zone = (found[1] or "UTC") if found else default_zone or ("UTC" if _ZULU.search(text) else "")
    moment = _read(text[: found.start()] if found else text, text)
    return _resolve(text, moment, _ABBREVIATED.get(zone, zone))


def _read(wall: str, text: str) -> datetime:
    """The date and hour in `wall`, complete or not at all: what is left out is never guessed."""
    from dateutil import parser as dates

    if "年" in wall:
        return _read_japanese(normalize("NFKC", wall), text)
    try:
        guesses = {dates.parse(wall, default=default, dayfirst=first, tzinfos=_offset) for default in _DEFAULTS for first in (False, True)}
    except (ValueError, OverflowError) as error:
        raise _unreadable(text) from error
    if len(guesses) != 1 and not re.match(r"\d{4}-\d{1,2}-\d{1,2}", wall):
        raise _unreadable(text)
    moment = dates.parse(wall, default=_DEFAULTS[0], tzinfos=_offset)
    if moment != dates.parse(wall, default=_DEFAULTS[1], tzinfos=_offset) or moment.year not in YEARS:
        raise _unreadable(text)
    return moment


def _read_japanese(wall: str, text: str) -> datetime:
    """2026年12月1日(火)10時半, whole: what follows is not left out, and the weekday must be that of the day."""
    found = _JAPANESE.fullmatch(wall)
    if found is None:
        raise _unreadable(text)
    year, month, day, weekday, hour, minute, half = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), 30 if half else int(minute or 0))  # noqa: DTZ001 - a wall time
    except ValueError as error:
        raise _unreadable(text) from error
    if moment.year not in YEARS or (weekday and "月火水木金土日"[moment.weekday()] != weekday):
        raise _unreadable(text)
    return moment


def _offset(name: str | None, seconds: int | None) -> timezone | None:
    """The offset that stands in the text. A name such as EST is no zone: it would be dropped in silence."""
    if name and name not in {"UTC", "GMT", "Z"}:
        raise ValueError(name)
    return timezone(timedelta(seconds=seconds or 0)) if name or seconds is not None else None


YEARS = range(2000, 2200)
_DEFAULTS = (datetime(2001, 1, 1), datetime(2002, 2, 2, 3, 4))  # noqa: DTZ001 - only to see which parts were given


def _unreadable(text: str) -> ContentError:
    return ContentError(
        Words("{text!r} is no complete date and hour.", text=text),
        where=Words("send_at"),
        mend=Words("Write it like '2026-12-01 10:00 Asia/Tokyo'."),
    )


def _resolve(text: str, moment: datetime, zone: str) -> Schedule:
    """Join wall time and zone; say what is wrong where they name no instant, or two."""
    local = moment.replace(tzinfo=None).isoformat()
    if not zone:
        return Schedule(text=text, local=local, problem="zone")
    try:
        info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Schedule(text=text, local=local, zone=zone, problem="zone")
    early, late = (moment.replace(tzinfo=info, fold=fold) for fold in (0, 1))
    if early.astimezone(UTC).astimezone(info).replace(tzinfo=None) != moment.replace(tzinfo=None):
        return Schedule(text=text, local=local, zone=zone, problem="gap")
    if moment.tzinfo is not None:
        right = [each for each in (early, late) if each.utcoffset() == moment.utcoffset()]
        if not right:
            return Schedule(text=text, local=local, zone=zone, problem="offset")
        return Schedule(text=text, local=local, zone=zone, utc=right[0].astimezone(UTC))
    problem = "fold" if early.utcoffset() != late.utcoffset() else ""
    return Schedule(text=text, local=local, zone=zone, utc=early.astimezone(UTC), problem=problem)
