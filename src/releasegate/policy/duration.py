"""Lengths of time as the file writes them: `10m`, `2h`, `1h30m`, `7d`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from releasegate.messages.words import Words

_WRITTEN = re.compile(r"(?:(\d{1,5})w)?(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,7})m)?(?:(\d{1,9})s)?", re.ASCII)
_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_LONGEST = timedelta(days=3_660)


def parse_duration(value: object) -> timedelta:
    """The length of time that `value` writes, whole seconds up to ten years. Raises ValueError for anything else, also for bare numbers."""
    length = value if isinstance(value, timedelta) else _parse(value)
    if not timedelta(0) <= length <= _LONGEST or length.microseconds:
        message = Words(
            "{value!r} is no length of time in whole seconds up to ten years; write it like '10m', '2h' or '7d'", value=str(value)
        )
        raise ValueError(message)
    return length


def _parse(value: object) -> timedelta:
    found = _WRITTEN.fullmatch(value) if isinstance(value, str) and value else None
    if found is None:
        message = Words("{value!r} is no length of time; write it like '10m', '2h' or '7d'", value=str(value)[:40])
        raise ValueError(message)
    return timedelta(seconds=sum(int(count or 0) * seconds for count, (_, seconds) in zip(found.groups(), _UNITS, strict=True)))


def write_duration(length: timedelta) -> str:
    """The one way to write this length: in the largest unit that leaves no rest."""
    total = length // timedelta(seconds=1)
    unit, seconds = next((unit, seconds) for unit, seconds in _UNITS if total % seconds == 0 and (total or unit == "s"))
    return f"{total // seconds}{unit}"


def _some(length: timedelta) -> timedelta:
    if not length:
        message = Words("no time at all; give a length like '10m'")
        raise ValueError(message)
    return length


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
SomeTime = Annotated[Duration, AfterValidator(_some)]
