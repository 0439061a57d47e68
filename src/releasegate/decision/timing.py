"""The hour: when a draft may leave at the earliest, and after when it never leaves by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from releasegate.model.draft import Draft
from releasegate.model.state import State
from releasegate.model.verdict import Blocker, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """`earliest` is max(send_at, opened + undo); `latest` the end of the window, None for a draft without an hour of its own."""

    earliest: datetime | None
    latest: datetime | None
    blockers: tuple[Blocker, ...]


_WAITING = frozenset({State.DRAFTING, State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED, State.SENDING})


def hours(draft: Draft, undo: timedelta, at: datetime) -> Hours:
    """The draft's hours and what they shut at `at`. The undo delay counts from the last event that opened the way."""
    earliest = _earliest(draft, undo)
    latest = draft.send_at + timedelta(seconds=draft.window) if draft.send_at is not None else None
    blockers: list[Blocker] = []
    if draft.state is State.MISSED or (latest is not None and at >= latest and draft.state in _WAITING):
        params: dict[str, str | int] = {"until": latest.isoformat() if latest else ""}
        how = (f"releasegate write {draft.id} … --send-at …",)
        blockers.append(Blocker(code="missed", kind=Kind.MEND, params=params, who=(draft.author,), how=how))
    elif earliest is not None and at < earliest:
        why = "send_at" if earliest == draft.send_at else "undo"
        blockers.append(Blocker(code="waiting-for-time", kind=Kind.WAIT, params={"until": earliest.isoformat(), "why": why}))
    return Hours(earliest=earliest, latest=latest, blockers=tuple(blockers))


def _earliest(draft: Draft, undo: timedelta) -> datetime | None:
    opened = draft.opened + undo if draft.opened is not None and undo else None
    return max((moment for moment in (draft.send_at, opened) if moment is not None), default=None)
