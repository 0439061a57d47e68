"""What stands with a channel that keeps its own clock: asked to be taken away where a hold is to stop it, and looked at."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from releasegate import bookkeeping, holding
from releasegate.bookkeeping import STANDING, Seen
from releasegate.concluding import tidy
from releasegate.decision.booked import unwanted
from releasegate.diary import diary
from releasegate.model.booking import Booking, Limits
from releasegate.model.draft import Draft
from releasegate.model.parcel import Sight
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.office import Office
from releasegate.patience import patience, within
from releasegate.protocols import ClockedChannel, Findable, Stoppable
from releasegate.store import bookings, deliveries, heartbeat, reading
from releasegate.store.reading import Known
from releasegate.store.store import Txn
from releasegate.workers import is_dead

S = TypeVar("S")
T = TypeVar("T")

_ABREAST = 8
"""So many drafts are asked for at the same time: a store has more connections than that."""

_UNKNOWN = Sight(state="unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Now:
    """What holds while they are asked: the time, the draft's epoch, whether what stands is unwanted, and the attempts still at work."""

    at: datetime
    epoch: int
    unwanted: bool
    asleep: frozenset[str]


def read_back(office: Office, draft_id: str) -> Draft:
    """Look at every booking of this draft, having asked for those to be taken away that are not to go out; and draw the consequence."""
    before, draft = _round(office, draft_id)
    if not before and unwanted(draft) and (draft.holds or draft.standing):  # what was seen has stopped it: it is asked for at once
        _, draft = _round(office, draft_id)
    return draft


def _round(office: Office, draft_id: str) -> tuple[bool, Draft]:
    """One look, and whether what stood there was to be taken away before."""
    known, stood, now = office.store.look(lambda txn: _known(txn, reading.load(txn, draft_id, lock=False)))
    if known.draft.state is State.BOOKING:  # whoever was at it may be dead
        known, stood, now = office.store.act(lambda txn: _known(txn, tidy(txn, reading.load(txn, draft_id))))
    pairs = [(office.channels.get(each.channel), each) for each in stood if each.due is not None]  # written for another way out since
    open_ones = [(channel, each) for channel, each in pairs if isinstance(channel, ClockedChannel)]
    if not open_ones or known.draft.state is State.BOOKING:
        return now.unwanted, known.draft
    seen = [_look(channel, each, now) for channel, each in open_ones]
    return now.unwanted, bookkeeping.record(office, draft_id, seen)


def _known(txn: Txn, known: Known) -> tuple[Known, tuple[Booking, ...], _Now]:
    silent = deliveries.silent(txn, known.draft.id)
    asleep = frozenset(attempt for attempt, worker in silent.items() if not is_dead(worker))
    now = _Now(at=txn.now(), epoch=known.row.epoch, unwanted=unwanted(known.draft), asleep=asleep)
    return known, bookings.of_draft(txn, known.draft.id), now


def after_hold(office: Office, answer: HoldAnswer) -> HoldAnswer:
    """The answer to a hold when the other side has been asked to stop, and was looked at: HELD only where the booking is gone."""
    return HoldAnswer.of(after_holds(office, answer.drafts or (answer,)))


def after_holds(office: Office, answers: Sequence[HoldAnswer]) -> tuple[HoldAnswer, ...]:
    """Each by itself, and at the same time: a side that does not answer keeps nobody from asking the next."""
    return _at_once(lambda answer: _after(office, answer), answers)


def press(office: Office, ids: Iterable[str]) -> None:
    """Ask for what a hold is to stop, draft by draft, at the same time. Whatever becomes of it: the holds stand, the watch asks again."""
    _at_once(lambda draft_id: _tried(office, draft_id), tuple(ids))


def _at_once(call: Callable[[S], T], each: Sequence[S]) -> tuple[T, ...]:
    if len(each) < 2:  # noqa: PLR2004 - one needs nobody beside
        return tuple(map(call, each))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(each), _ABREAST)) as pool:
        return tuple(pool.map(call, each))


def _after(office: Office, answer: HoldAnswer) -> HoldAnswer:
    if answer.state not in {HoldState.PENDING, HoldState.UNKNOWN}:
        return answer
    _tried(office, answer.draft_id)
    return office.store.look(lambda txn: _answer(office, txn, answer))


def _tried(office: Office, draft_id: str) -> None:
    try:
        read_back(office, draft_id)
    except Exception as error:  # noqa: BLE001 - the hold stands, whatever became of the asking: the answer is not certain, and says so
        diary().error("a booking could not be read back", draft=draft_id, error=repr(error))


def _answer(office: Office, txn: Txn, before: HoldAnswer) -> HoldAnswer:
    """How certain it is now, with the card of whom to phone where it is not; and whether anybody watches that it stays so."""
    known = reading.load(txn, before.draft_id, lock=False)
    row = known.row
    answer = holding.answer(txn, row, before.hold)
    stood = bookings.of_draft(txn, row.id)
    standing = [each for each in stood if each.stands]
    alone = any(each.due is not None for each in stood) and not heartbeat.covers(txn, row.channel)
    answer = replace(answer, unwatched=alone)
    if answer.state is not HoldState.PENDING or not standing:
        return answer
    contact, stop_by = bookkeeping.card(office, row.channel, standing[-1], known.events)
    state = HoldState.TOO_LATE if txn.now() >= stop_by else answer.state
    return replace(answer, state=state, contact=contact, stop_by=stop_by.isoformat())


def _look(channel: ClockedChannel, booking: Booking, now: _Now) -> Seen:
    """Ask where it is to be stopped, then look: what they answer to the asking proves nothing."""
    sight, more = _find(channel, booking, now)
    ask = now.unwanted and (sight.state in STANDING or sight.state == "unknown" or any(each.state in STANDING for each in more))
    if not ask:
        return Seen(booking=replace(booking, pressed=now.epoch if now.unwanted else booking.pressed), sight=sight, more=more)
    names = dict.fromkeys(name for name in (sight.booking or booking.booking, *(each.booking for each in more)) if name)
    for name in names:
        _asked(channel, channel.stop, name)
    after, more = _find(channel, replace(booking, booking=sight.booking or booking.booking), now)
    return Seen(booking=replace(booking, pressed=now.epoch), sight=after, first=sight, more=more)


def _find(channel: ClockedChannel, booking: Booking, now: _Now) -> tuple[Sight, tuple[Sight, ...]]:
    """What stands there: by their id where we have it, and by our reference where it can be searched for."""
    found = _asked(channel, channel.find, booking.key) if isinstance(channel, Findable) else None
    there = _sights(found)
    if booking.booking:
        sight = _asked(channel, channel.look, booking.booking)
        others = tuple(each for each in there if each.booking != booking.booking and each.state != "absent")
        return (sight if isinstance(sight, Sight) else _UNKNOWN), others
    standing = [each for each in there if each.state != "absent"]
    if standing:
        return standing[0], tuple(standing[1:])
    return (Sight(state="absent") if found is not None and _settled(channel, booking, now) else _UNKNOWN), ()


def _settled(channel: ClockedChannel, booking: Booking, now: _Now) -> bool:
    """What is not found now does not come any more: the request is not on its way, and nobody is left who may be about to make it."""
    limits = getattr(channel, "limits", None)
    if not isinstance(limits, Limits) or limits.settling is None or booking.attempt in now.asleep:
        return False
    return now.at >= booking.began + limits.settling + _flight(channel)


def _sights(found: object) -> list[Sight]:
    """What they found, whatever a channel may have answered."""
    return [each for each in found if isinstance(each, Sight)] if isinstance(found, Iterable) else []


def _flight(channel: ClockedChannel) -> timedelta:
    """For so long a request of ours may still be on its way."""
    return timedelta(seconds=patience(channel))


def _asked(channel: ClockedChannel, call: Callable[[str], T], name: str) -> T | None:
    """Their answer; None where they gave none in time: nothing is known then."""
    try:
        return within(patience(channel), lambda: call(name))
    except Exception as error:  # noqa: BLE001 - whatever it raises, it is no answer
        diary().warning("the other side gave no answer", identity=channel.identity, asked=call.__name__, error=repr(error)[:200])
        return None


def can_stop(channel: ClockedChannel) -> bool:
    """Whether they say that a booking could be taken away; true where they cannot be asked."""

    def cancels(_: str) -> bool:
        return channel.can_stop() if isinstance(channel, Stoppable) else True

    return _asked(channel, cancels, "") is True


def due(office: Office, *, most: int = 500) -> Iterator[str]:
    """The drafts of which a booking is to be looked at now: its hour has come, or a hold is to stop it. Some at a time."""
    clocked, after = office.clocked, ""
    while clocked:
        ids = office.store.look(lambda txn, after=after: bookings.due(txn, clocked, now=txn.now(), most=most, after=after))  # type: ignore[misc]  # bound now
        yield from ids
        if len(ids) < most:
            return
        after = ids[-1]
