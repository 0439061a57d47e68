"""The day on which it leaves: a working day there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator

from releasegate.checks.calendars import CUSTOMS, closed, closure, country, holiday
from releasegate.checks.dates import EN, JA
from releasegate.checks.findings import quote
from releasegate.checks.registry import settings_of
from releasegate.checks.windows import Weekday, Zone, day_name, wall_time
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context

_COUNTRIES = {"Asia/Tokyo": "JP", "Japan": "JP"}


@dataclass(frozen=True, kw_only=True)
class HolidayWeekend:
    """It leaves on no day of the `weekend`, no holiday of the `calendars` (countries, such as JP), and on no day of the `closures`.

    Without `closures` those of Japan count where the hour or the calendar is one of Japan: 12-29..01-03 and 08-13..08-15. The day is that
    of the draft's own zone, or of `zone` where one is set; what leaves at once is judged only where one is.
    """

    id: ClassVar[str] = "holiday-weekend"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"schedule", "time"})

    weekend: tuple[Weekday, ...] = ("sat", "sun")
    calendars: tuple[Annotated[str, AfterValidator(country)], ...] = ()
    closures: tuple[Annotated[str, AfterValidator(closure)], ...] | None = None
    zone: Zone = ""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        moment = wall_time(draft, context.at, self.zone)
        if moment is not None:
            for variant, params in self._off(moment.date(), self.zone or draft.schedule.zone):
                told = {"date": moment.date().isoformat(), **params}
                evidence = quote(str(draft.schedule))
                yield Finding(check=self.id, severity=Severity.WARNING, where="schedule", evidence=evidence, params=told, variant=variant)

    def _off(self, day: date, zone: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Each reason why nobody works on this day."""
        if day_name(day) in self.weekend:
            yield "", {"weekday_ja": JA[day.weekday()], "weekday_en": EN[day.weekday()].capitalize()}
        for code in self.calendars:
            if called := holiday(day, code):
                yield "holiday", {"name": quote(called), "country": code}
        for each in self._closures(zone):
            if closed(day, each):
                yield "closure", {"closure": each}

    def _closures(self, zone: str) -> tuple[str, ...]:
        if self.closures is not None:
            return self.closures
        here = dict.fromkeys([*self.calendars, _COUNTRIES.get(zone, "")])
        return tuple(each for code in here for each in CUSTOMS.get(code, ()))
