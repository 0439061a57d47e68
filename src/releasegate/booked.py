"""What stands with a channel that keeps its own clock: asked to be taken away where a hold is to stop it, and looked at."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from releasegate import bookkeeping, holding
from releasegate.concluding import tidy
from releasegate.decision.booked import unwanted
from releasegate.diary import diary
from releasegate.looking import QUESTIONS, Now, look
from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.office import Office
from releasegate.patience import patience
from releasegate.protocols import ClockedChannel
from releasegate.store import bookings, heartbeat, reading, seals
from releasegate.store.reading import Known
from releasegate.store.store import Txn
from releasegate.workers import is_dead

S = TypeVar("S")
T = TypeVar("T")

_ABREAST = 8
"""So many drafts are asked for at the same time: a store has more connections than that."""


def read_back(office: Office, draft_id: str) -> Draft:
    """Look at every booking of this draft, having asked for those to be taken away that are not to go out; and draw the consequence."""
    before, draft = _round(office, draft_id, _in_turn)
    if not before and unwanted(draft):  # what was seen has stopped it: it is asked for at once
        _, draft = _round(office, draft_id, _in_turn)
    return draft


def _in_turn(deadline: float, _count: int) -> float:
    """Seconds for one booking's questions where nobody waits for the answer: each may take the deadline."""
    return deadline * QUESTIONS


def _at_the_phone(deadline: float, count: int) -> float:
    """Seconds for one booking's questions where somebody waits who may have to phone: those for all bookings take one deadline together."""
    return deadline / count


def _round(office: Office, draft_id: str, waits: Callable[[float, int], float]) -> tuple[bool, Draft]:
    """One look, and whether what stood there was to be taken away before."""
    known, stood, now = office.store.look(lambda txn: _known(txn, reading.load(txn, draft_id, lock=False)))
    if known.draft.state is State.BOOKING or _dead(stood):  # whoever was at it may be dead
        known, stood, now = office.store.act(lambda txn: _known(txn, _buried(txn, draft_id)))
    pairs = [(office.channels.get(each.channel), each) for each in stood if each.due is not None]  # written for another way out since
    # Another account has another record: what it does not find says nothing.
    mine = [(channel, each) for channel, each in pairs if channel is not None and channel.identity == now.accounts[each.digest]]
    open_ones = [(channel, each) for channel, each in mine if isinstance(channel, ClockedChannel)]
    if not open_ones or known.draft.state is State.BOOKING:
        return now.unwanted, known.draft
    seen = [look(channel, each, now, seconds=waits(patience(channel), len(open_ones))) for channel, each in open_ones]
    return now.unwanted, bookkeeping.record(office, draft_id, seen)


def _known(txn: Txn, known: Known) -> tuple[Known, tuple[Booking, ...], Now]:
    stood = bookings.of_draft(txn, known.draft.id)
    now = Now(at=txn.now(), epoch=known.row.epoch, unwanted=unwanted(known.draft), accounts=_accounts(txn, known.draft, stood))
    return known, stood, now


def _dead(stood: Iterable[Booking]) -> list[str]:
    """The attempts whose workers have not answered, and are provably dead."""
    return [each.attempt for each in stood if each.ended is None and is_dead(each.worker)]


def _buried(txn: Txn, draft_id: str) -> Known:
    """The draft without those who are dead; from when they were first found so it counts how long their last request may be on its way."""
    known = tidy(txn, reading.load(txn, draft_id))
    bookings.died(txn, _dead(bookings.of_draft(txn, draft_id)), now=txn.now())
    return known


def _accounts(txn: Txn, draft: Draft, stood: Iterable[Booking]) -> dict[str, str]:
    """By which account each text was booked, by the text's digest."""
    digests = {each.digest for each in stood}
    return {each: draft.identity if each == draft.digest else seals.manifest(txn, each).identity for each in digests}


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
        _round(office, draft_id, _at_the_phone)
    except Exception as error:  # noqa: BLE001 - the hold stands, whatever became of the asking: the answer is not certain, and says so
        diary().error("a booking could not be read back", draft=draft_id, error=repr(error))


def _answer(office: Office, txn: Txn, before: HoldAnswer) -> HoldAnswer:
    """How certain it is now, with the card of whom to phone where it is not; and whether anybody watches that it stays so."""
    known = reading.load(txn, before.draft_id, lock=False)
    row = known.row
    answer = holding.answer(txn, row, before.hold)
    stood = bookings.of_draft(txn, row.id)
    standing = [each for each in stood if each.stands]
    accounts = _accounts(txn, known.draft, [each for each in stood if each.due is not None]).values()
    alone = not all(heartbeat.covers(txn, row.channel, each) for each in accounts)
    answer = replace(answer, unwatched=alone)
    if answer.state is not HoldState.PENDING or not standing:
        return answer
    contact, stop_by = bookkeeping.card(office, standing[-1], known.events)
    state = HoldState.TOO_LATE if txn.now() >= stop_by else answer.state
    return replace(answer, state=state, contact=contact, stop_by=stop_by.isoformat())


def due(office: Office, *, most: int = 500) -> Iterator[str]:
    """The drafts of which a booking is to be looked at now: its hour has come, or a hold is to stop it. Some at a time."""
    clocked, after = office.clocked, ""
    while clocked:
        ids = office.store.look(lambda txn, after=after: bookings.due(txn, clocked, now=txn.now(), most=most, after=after))  # type: ignore[misc]  # bound now
        yield from ids
        if len(ids) < most:
            return
        after = ids[-1]
