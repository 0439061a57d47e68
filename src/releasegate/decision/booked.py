"""What is booked with somebody else's clock: when to look at it, and what a look at it means."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.limits import Limits
from releasegate.model.parcel import Sight
from releasegate.model.state import State

SAFETY = timedelta(minutes=15)
"""So long before the last moment at which they can stop it, people must know that they have to phone."""

AGAIN = timedelta(minutes=5)
"""How soon a booking is looked at again that is to be stopped and still stands, or of which nothing is known."""

AFTER = timedelta(minutes=1)
"""So long after the hour, and once more at the end of the window, it is looked whether it has gone out."""

LATER = timedelta(hours=1)
"""How soon it is looked again at what stands there although its hour and its window are over."""

_STANDING = frozenset({"scheduled", "held"})
_MINUTE = timedelta(minutes=1)
_BEFORE = (timedelta(hours=24), timedelta(hours=1), timedelta(minutes=15))


_THERE = frozenset({State.BOOKING, State.BOOKED, State.UNKNOWN})


def unwanted(draft: Draft) -> bool:
    """Whether what stands over there is to be taken away: the draft is held, or is booked no more (open or over) and something stands."""
    return bool(draft.holds) or (bool(draft.standing) and draft.state not in _THERE)


def undecided(draft: Draft, stood: Iterable[Booking], events: Sequence[Event]) -> Booking | None:
    """A booking that they were asked to take away, of which nobody knows yet whether they do; None where a hold may be lifted.

    A person decides it who has said since the latest hold that they leave it. That it shows as standing does not: they may be slow. "On
    hold" there, it is neither left nor gone. Where none is booked any more it may be lifted: what stands is asked for, held or not.
    """
    if draft.state not in _THERE:
        return None
    asked = [each for each in stood if each.stands and each.pressed and each.booking]  # without their id nobody could be asked
    left = _left(draft, events) if asked else set()
    return next((each for each in asked if each.seen == "held" or left.isdisjoint({each.booking, each.key})), None)


def _left(draft: Draft, events: Sequence[Event]) -> set[str]:
    """The bookings of which a person has said, since the latest hold in force, that they go out as they stand."""
    holds = {hold.id for hold in draft.holds}
    since = max((event.seq for event in events if event.kind == "hold" and event.data["hold"] in holds), default=0)
    words = [event.data["seen"] for event in events if event.seq > since and "spoke_to" in event.data]
    return {name for seen in words for name, state in seen.items() if state == "scheduled"}


class Drift(StrEnum):
    """What stands over there otherwise than it was booked."""

    MOVED = "moved"
    RENAMED = "renamed"
    RESIZED = "resized"
    TWICE = "twice"
    PAUSED = "paused"
    RESUMED = "resumed"
    DROPPED = "dropped"
    BACK = "back"
    EARLY = "early"


def looks(at: datetime, stop_before: timedelta, window: timedelta) -> tuple[datetime, ...]:
    """The moments at which a booking for `at` is looked at: a day, an hour, a quarter before, twice before the cut-off, and after it."""
    cut_off = at - stop_before
    moments = {at - before for before in _BEFORE} | {cut_off - 2 * SAFETY, cut_off - SAFETY, at + AFTER, at + window + AFTER}
    return tuple(sorted(moments))


def next_look(booking: Booking, now: datetime, rungs: Sequence[datetime], *, urgent: bool) -> datetime | None:
    """When it is to be looked at again; soon where people wait for it. None: it has gone out, or is gone and its hour over."""
    later = next((moment for moment in rungs if moment > now), None)
    if booking.seen == "sent" or (later is None and not booking.stands):
        return None
    if later is None:
        return now + LATER
    return min(later, now + AGAIN) if urgent else later


def pause_ends(booking: Booking, events: Sequence[Event], pause: timedelta | None) -> datetime | None:
    """When "on hold" is over by itself over there; None where it is not on hold, or for as long as nobody there changes it."""
    since, name = None, booking.booking or booking.key
    for event in reversed(events) if pause is not None and booking.seen == "held" else ():
        seen = event.data.get("seen", {}).get(name, "unknown")
        if seen == "held":
            since = event.at
        elif seen != "unknown":
            break
    return since + pause if since and pause is not None else None


def taken_away(events: Sequence[Event], limits: Limits | None, now: datetime) -> tuple[str, ...]:
    """What a reference tells apart: each booking that was taken away.

    One that was never found keeps its own while they keep the key: its request, still under way, then books nothing anew.
    """
    gone = [(event.seq, event.data.get("began", "")) for event in events if event.kind == "unbook"]
    return tuple(str(seq) for seq, began in gone if not (limits and began and now < datetime.fromisoformat(began) + limits.key_life))


def drifts(booking: Booking, sight: Sight, draft: Draft, *, now: datetime) -> tuple[Drift, ...]:
    """What differs between what was booked and what stands there; in a held draft a standing booking is no drift but a stop that failed.

    A booking of an earlier text is compared with nothing: it must not stand there at all. What they were asked for, and took away when it
    was to go out again, is dropped as well.
    """
    found = []
    if sight.state in _STANDING and booking.seen == "absent":
        found.append(Drift.BACK)
    if sight.state in _STANDING and booking.digest == draft.digest:
        if sight.at is not None and abs(sight.at - booking.at) >= _MINUTE:
            found.append(Drift.MOVED)
        if sight.title and sight.title != draft.title:
            found.append(Drift.RENAMED)
        if sight.reach is not None and sight.reach != draft.reach:
            found.append(Drift.RESIZED)
    if sight.state == "held" and not unwanted(draft):
        found.append(Drift.PAUSED)
    if sight.state == "scheduled" and booking.seen == "held":
        found.append(Drift.RESUMED)
    if sight.state == "absent" and not unwanted(draft) and booking.seen in _STANDING:
        found.append(Drift.DROPPED)
    if sight.state == "sent" and now < booking.at - _MINUTE:
        found.append(Drift.EARLY)
    return tuple(found)
