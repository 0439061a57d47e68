"""The hours in which a channel may speak to people."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict

from releasegate.checks.findings import quote
from releasegate.checks.registry import settings_of
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")


def _day(value: str) -> str:
    if value[:3].lower() not in _DAYS:
        message = Words("no weekday {value!r}; wanted are {days}", value=value, days=", ".join(_DAYS))
        raise ValueError(message)
    return value[:3].lower()


def _hour(value: str) -> str:
    if not _HOUR.fullmatch(value):
        message = Words("no hour {value!r}; wanted is one like 08:00", value=value)
        raise ValueError(message)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = Words("no zone {value!r}; wanted is one like Asia/Tokyo", value=value)
        raise ValueError(message) from error
    return value


Weekday = Annotated[str, AfterValidator(_day)]
Zone = Annotated[str, AfterValidator(_zone)]


def day_name(day: date) -> str:
    """`mon` to `sun`."""
    return _DAYS[day.weekday()]


def wall_time(draft: Draft, at: datetime, zone: str) -> datetime | None:
    """The wall time at which it leaves: that of its own zone, or of `zone`; at once only where a zone is set. None where there is none."""
    asked = draft.schedule
    if asked.at_once:
        return at.astimezone(ZoneInfo(zone)) if zone else None
    if zone and asked.utc:
        return asked.utc.astimezone(ZoneInfo(zone))
    return datetime.fromisoformat(asked.local) if asked.local else None


class Window(BaseModel):
    """From `opens` until just before `closes`, on `days` (every day if none is named), which are those that it opens on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: tuple[Weekday, ...] = ()
    opens: Annotated[str, AfterValidator(_hour)] = "08:00"
    closes: Annotated[str, AfterValidator(_hour)] = "21:00"

    def holds(self, moment: datetime) -> bool:
        """Whether this wall time lies in it."""
        minute, opens, closes = moment.hour * 60 + moment.minute, _minutes(self.opens), _minutes(self.closes)
        if opens < closes:
            return opens <= minute < closes and self._on(moment)
        return (minute >= opens and self._on(moment)) or (minute < closes and self._on(moment - timedelta(days=1)))

    def _on(self, moment: datetime) -> bool:
        return not self.days or day_name(moment) in self.days


def _minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


@dataclass(frozen=True, kw_only=True)
class SendWindow:
    """It leaves inside one of the `windows`: by the wall clock of its own zone, or of `zone` where one is set.

    What leaves at once is judged only where a zone is set.
    """

    id: ClassVar[str] = "send-window"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"schedule", "time"})

    windows: tuple[Window, ...] = (Window(),)
    zone: Zone = ""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        moment = wall_time(draft, context.at, self.zone)
        if moment is None or any(window.holds(moment) for window in self.windows):
            return
        allowed = ", ".join(" ".join((*window.days, f"{window.opens}-{window.closes}")) for window in self.windows)
        yield Finding(
            check=self.id,
            severity=Severity.WARNING,
            where="schedule",
            evidence=quote(str(draft.schedule)),
            params={"hour": f"{moment:%H:%M}", "allowed": allowed},
        )
