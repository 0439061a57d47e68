"""The hour: when a draft may leave at the earliest, and after when it never leaves by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from releasegate.model.draft import Draft
from releasegate.model.limits import Limits
from releasegate.model.state import State
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.channel_rules import ChannelRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """`earliest` is max(send_at, opened + undo); `latest` the end of the window, None for a draft without an hour of its own."""

    earliest: datetime | None
    latest: datetime | None
    blockers: tuple[Blocker, ...]


def cut_off(rules: ChannelRules | None, limits: Limits | None) -> timedelta | None:
    """How long before the hour they can stop it no more, as the policy or the channel says; None where the gate keeps the clock."""
    if rules is None or not rules.clock:
        return None
    return max(rules.stop_before or timedelta(0), limits.stop_before if limits else timedelta(0))


_WAITING = frozenset({State.DRAFTING, State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED, State.SENDING})


def hours(draft: Draft, undo: timedelta, at: datetime, *, stop_before: timedelta | None = None) -> Hours:
    """The draft's hours and what they shut at `at`. The undo delay counts from the last event that opened the way.

    With `stop_before` somebody else keeps the clock: it is booked ahead, as long as it could still be stopped there.
    """
    booked = stop_before is not None
    earliest = _opened(draft, undo) if booked else _earliest(draft, undo)
    latest = _latest(draft, stop_before)
    blockers: list[Blocker] = []
    if draft.state is State.MISSED or (latest is not None and at >= latest and draft.state in _WAITING):
        params: dict[str, str | int] = {"until": latest.isoformat() if latest else ""}
        if booked and latest:
            params["variant"] = "booking"
        how = (f"releasegate write {draft.id} … --send-at …",)
        blockers.append(Blocker(code="missed", kind=Kind.MEND, params=params, who=(draft.author,), how=how))
    elif earliest is not None and at < earliest:
        why = "send_at" if earliest == draft.send_at else "undo"
        blockers.append(Blocker(code="waiting-for-time", kind=Kind.WAIT, params={"until": earliest.isoformat(), "why": why}))
    return Hours(earliest=earliest, latest=latest, blockers=tuple(blockers))


def _latest(draft: Draft, stop_before: timedelta | None) -> datetime | None:
    if draft.send_at is None:
        return None
    return draft.send_at + timedelta(seconds=draft.window) if stop_before is None else draft.send_at - stop_before


def _opened(draft: Draft, undo: timedelta) -> datetime | None:
    return draft.opened + undo if draft.opened is not None and undo else None


def _earliest(draft: Draft, undo: timedelta) -> datetime | None:
    return max((moment for moment in (draft.send_at, _opened(draft, undo)) if moment is not None), default=None)
