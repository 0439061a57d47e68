"""The hour it is to leave: not over, in a zone, an hour that exists once, and with time left to stop it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from releasegate.checks.findings import quote
from releasegate.checks.registry import check, settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context


@dataclass(frozen=True, kw_only=True)
class SchedulePast:
    """The hour was not over when the way was opened, give or take `grace_minutes`; before that, it is not over now."""

    id: ClassVar[str] = "schedule-past"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"schedule", "time"})

    grace_minutes: Annotated[int, Field(ge=0)] = 5

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        judged = draft.opened or context.at
        if draft.send_at is not None and draft.send_at < judged - timedelta(minutes=self.grace_minutes):
            late = int((judged - draft.send_at).total_seconds() // 60)
            yield Finding(check=self.id, where="schedule", evidence=quote(str(draft.schedule)), params={"minutes": late})


@check("schedule-zone", version=2, reads=("schedule", "time"))
def schedule_zone(draft: Draft, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - every check is called alike
    """A zone is given and known, an offset beside it is that zone's own on that day, and its rules are still those that were read."""
    asked = draft.schedule
    if asked.problem == "offset":
        yield Finding(check="schedule-zone", where="schedule", evidence=quote(asked.text), params={"zone": asked.zone}, variant="offset")
    elif asked.problem == "zone" and asked.zone:
        yield Finding(check="schedule-zone", where="schedule", evidence=quote(asked.text), params={"zone": asked.zone}, variant="unknown")
    elif asked.problem == "zone":
        yield Finding(check="schedule-zone", where="schedule", evidence=quote(asked.text))
    elif asked.moved:
        yield Finding(check="schedule-zone", where="schedule", evidence=quote(str(asked)), params={"zone": asked.zone}, variant="moved")


@check("schedule-dst", reads=("schedule",))
def schedule_dst(draft: Draft, context: Context) -> Iterator[Finding]:  # noqa: ARG001 - every check is called alike
    """The clocks of that zone show this hour once: a skipped hour blocks, one that comes twice warns."""
    asked = draft.schedule
    severity = {"gap": Severity.BLOCKER, "fold": Severity.WARNING}.get(asked.problem)
    if severity is not None:
        yield Finding(
            check="schedule-dst",
            severity=severity,
            where="schedule",
            evidence=quote(str(asked)),
            params={"zone": asked.zone},
            variant=asked.problem,
        )


@dataclass(frozen=True, kw_only=True)
class UndoWindow:
    """Where `minutes` are wanted, the channel waits that long between the last approval and the first mail; no wait at all blocks."""

    id: ClassVar[str] = "undo-window"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"schedule"})

    minutes: Annotated[int, Field(ge=0)] = 0

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:  # noqa: ARG002 - every check is called alike
        """What it finds in this draft."""
        undo = context.channel.get("undo")
        if not self.minutes or undo is None:
            return
        seconds = int(undo.total_seconds() if isinstance(undo, timedelta) else undo)
        if seconds < self.minutes * 60:
            severity = Severity.WARNING if seconds > 0 else Severity.BLOCKER
            params = {"minutes": self.minutes, "seconds": max(seconds, 0)}
            yield Finding(check=self.id, severity=severity, where="schedule", params=params, variant="short" if seconds > 0 else "")
