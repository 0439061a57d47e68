"""Looking: what a channel that keeps its own clock is asked about one booking, and what counts as its answer."""

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from releasegate.bookkeeping import STANDING, Seen
from releasegate.diary import diary
from releasegate.model.booking import Booking
from releasegate.model.limits import Limits
from releasegate.model.parcel import Sight
from releasegate.patience import deadline, patience, within
from releasegate.protocols import ClockedChannel, Findable, Stoppable

T = TypeVar("T")

QUESTIONS = 5
"""So many there are for one booking: find, look, stop, find, look."""

_UNKNOWN = Sight(state="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What holds while they are asked: the time, the draft's epoch, whether what stands is unwanted, and each text's account."""

    at: datetime
    epoch: int
    unwanted: bool
    accounts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What stands there of one booking, and what else under our reference; `whole`: they answered all that they can be asked."""

    sight: Sight
    more: tuple[Sight, ...] = ()
    whole: bool = True


@dataclass(slots=True)
class _Asking:
    """Their channel, and until when they may answer: each question may take its share of what is left, and no more than the deadline.

    So whatever hangs first, they are still asked to take it away.
    """

    channel: ClockedChannel
    until: float
    left: int

    def ask(self, call: Callable[[str], T], name: str) -> T | None:
        """Their answer; None where they gave none in time."""
        share = max(0.0, self.until - time.monotonic()) / max(1, self.left)
        self.left -= 1
        return _asked(self.channel, call, name, min(share, patience(self.channel)))


def look(channel: ClockedChannel, booking: Booking, now: Now, *, seconds: float) -> Seen:
    """Ask where it is to be stopped, then look: what they answer to the asking proves nothing. All of it takes no longer than that."""
    asking = _Asking(channel, time.monotonic() + seconds, QUESTIONS if now.unwanted else 2)
    before = _view(asking, booking, now)
    sight, more = before.sight, before.more
    ask = now.unwanted and (sight.state in STANDING or sight.state == "unknown" or any(each.state in STANDING for each in more))
    if not ask:
        pressed = now.epoch if now.unwanted else booking.pressed
        return Seen(booking=replace(booking, pressed=pressed), sight=sight, more=more, whole=before.whole)
    names = dict.fromkeys(name for name in (sight.booking or booking.booking, *(each.booking for each in more)) if name)
    for name in names:
        asking.ask(channel.stop, name)
    found = now.at if sight.state in STANDING else None
    after = _view(asking, replace(booking, booking=sight.booking or booking.booking, ended=booking.ended or found), now)
    return Seen(booking=replace(booking, pressed=now.epoch), sight=after.sight, first=sight, more=after.more, whole=after.whole)


def can_stop(channel: ClockedChannel) -> bool:
    """Whether they say that a booking could be taken away; true where they cannot be asked."""

    def cancels(_: str) -> bool:
        return channel.can_stop() if isinstance(channel, Stoppable) else True

    return _asked(channel, cancels, "", patience(channel)) is True


def _view(asking: _Asking, booking: Booking, now: Now) -> _View:
    """What stands there: by their id where we have it, and by our reference where it can be searched for."""
    found = _found(asking, booking.key)
    there = [each for each in found or () if each.state != "absent"]
    if booking.booking:
        return _named(asking, booking, found, there)
    if there:
        return _View(sight=there[0], more=tuple(there[1:]))
    gone = found is not None and _settled(asking.channel, booking, now)
    return _View(sight=Sight(state="absent") if gone else _UNKNOWN)


def _named(asking: _Asking, booking: Booking, found: tuple[Sight, ...] | None, there: list[Sight]) -> _View:
    """By their id. It is absent only where the search has answered as well, and has it no more: it may have been booked twice.

    Nor is it where nobody but a person has named it, and whoever was to book it may yet do so.
    """
    name, whole = booking.booking, found is not None or not isinstance(asking.channel, Findable)
    sight = _record(asking, name)
    if sight.state == "absent":
        gone = whole and booking.ended is not None
        sight = next((each for each in there if each.booking == name), sight if gone else _UNKNOWN)
    return _View(sight=sight, more=tuple(each for each in there if each.booking != name), whole=whole)


def found(channel: object, key: str, *, seconds: float) -> tuple[Sight, ...] | None:
    """All that stands under our reference; None where it cannot be searched for, or where they gave no answer in time."""
    return _asked(channel, _search(channel), key, seconds) if isinstance(channel, Findable) else None


def _found(asking: _Asking, key: str) -> tuple[Sight, ...] | None:
    """The same, of a booking, in its share of the time."""
    channel: object = asking.channel
    return asking.ask(_search(channel), key) if isinstance(channel, Findable) else None


def _search(channel: Findable) -> Callable[[str], tuple[Sight, ...]]:
    def find(key: str) -> tuple[Sight, ...]:
        answer = channel.find(key)
        if not isinstance(answer, list | tuple | Generator):
            raise _odd(answer)
        sights = tuple(answer)
        if not all(isinstance(each, Sight) for each in sights):
            raise _odd(sights)
        return sights

    return find


def _record(asking: _Asking, name: str) -> Sight:
    """What their record says of this booking; unknown where they gave no answer, or one about another booking."""

    def record(name: str) -> Sight:
        sight: object = asking.channel.look(name)
        if not isinstance(sight, Sight) or sight.booking not in {"", name}:
            raise _odd(sight)
        return sight

    return asking.ask(record, name) or _UNKNOWN


def _odd(answer: object) -> TypeError:
    message = f"{answer!r} is no answer to this"
    return TypeError(message)


def _settled(channel: ClockedChannel, booking: Booking, now: Now) -> bool:
    """What is not found now does not come any more: nobody is left who may be about to ask for it, and no request is on its way since."""
    limits = getattr(channel, "limits", None)
    if not isinstance(limits, Limits) or limits.settling is None or booking.ended is None:
        return False
    flight = timedelta(seconds=deadline(channel))
    return now.at >= booking.ended + limits.settling + flight


def _asked(channel: object, call: Callable[[str], T], name: str, seconds: float) -> T | None:
    """Their answer; None where they gave none in time: nothing is known then."""
    try:
        return within(seconds, lambda: call(name))
    except Exception as error:  # noqa: BLE001 - whatever it raises, it is no answer
        diary().warning(
            "the other side gave no answer", identity=getattr(channel, "identity", ""), asked=call.__name__, error=repr(error)[:200]
        )
        return None
