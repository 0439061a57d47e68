"""Holding: it needs a store and a draft's id, nothing else; no policy, no known person, no note, whatever the schema that has the row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from releasegate.errors import HoldNotPlaced, NotFound, StoreError
from releasegate.model.event import Event
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.store import bookings, deliveries, log, releases, rows
from releasegate.store.rows import Row
from releasegate.store.store import Store, Txn

PATIENCE = 5.0
"""Seconds after which a hold that could not be written says so, so that somebody can phone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Who stops it and why. `final`: nobody can lift it (a withdrawal on its way). `apart`: whoever it names cannot lift it.

    `about` and `words` are what else its note holds: what stands in the chain, and what stands beside it. `along`: what of the same
    release was stopped, and this with it.
    """

    by: str
    note: str = ""
    final: bool = False
    apart: str = ""
    unverified: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)
    words: Mapping[str, Any] = field(default_factory=dict)
    along: str = ""


def hold(store: Store, draft_id: str, stop: Stop) -> HoldAnswer:
    """Stop it at once, wherever it stands, and say how certain the stop is. Raises HoldNotPlaced where it could not be written in time.

    The name of a release holds all that belongs to it. Raises NotFound for one that names nothing: then there is nothing to stop.
    """
    try:
        return store.act(lambda txn: _place_by_name(txn, draft_id, stop), urgent=True, patience=PATIENCE)
    except NotFound:
        raise
    except Exception as error:
        raise HoldNotPlaced(draft_id, _reason(error)) from error


def _place_by_name(txn: Txn, name: str, stop: Stop) -> HoldAnswer:
    """Whoever is in a hurry types what people call it: a draft's id, and where there is no such draft, the release."""
    try:
        return place(txn, name, stop)
    except NotFound:
        if not (members := releases.members(txn, name.lower())):
            raise
    return HoldAnswer.of(_held(txn, members, stop))


def place(txn: Txn, draft_id: str, stop: Stop) -> HoldAnswer:
    """Write the hold in this transaction, and one on every other draft of its releases: a stop that leaves one way out open is none."""
    return HoldAnswer.of(_held(txn, (draft_id,), stop))


def place_beside(txn: Txn, draft_id: str, stop: Stop) -> None:
    """The same for the other drafts of its releases alone: this one was withdrawn. They can be lifted, for they may go out without it."""
    _spread(txn, (draft_id,), stop, lead=lambda _: None)


def join(txn: Txn, draft_id: str, release: str) -> bool:
    """Let this draft be of this release for good; where that is on hold, it is held with it: True.

    Called when its event stands in the log, whose lock a hold takes as well: of the two, whoever is second sees the other.
    """
    if not releases.join(txn, release, draft_id) or (other := releases.held(txn, release, draft_id)) is None:
        return False
    _one(txn, draft_id, Stop(by="gate", along=other))
    return True


def _held(txn: Txn, leads: Sequence[str], stop: Stop) -> list[HoldAnswer]:
    """The answers of these, and of all that belong to their releases."""
    return _spread(txn, leads, stop, lead=lambda each: _one(txn, each, stop))


def _spread(txn: Txn, leads: Sequence[str], stop: Stop, *, lead: Callable[[str], HoldAnswer | None]) -> list[HoldAnswer]:
    """The answers of these, held by `lead`, and of all that belong to their releases.

    Who belongs is asked again until nobody is new: with the first event the log is locked, and nobody joins any more unseen.
    """
    rows.lock(txn, (*leads, *releases.beside(txn, leads)))
    answers = {each: lead(each) for each in leads}
    while more := {other: each for other, each in releases.beside(txn, leads).items() if other not in answers}:
        for other, each in more.items():
            first = answers[each]
            along = first.hold if first is not None and first.hold else each
            answers[other] = _one(txn, other, replace(stop, final=False, about={}, words={}, along=along))
    return [answer for answer in answers.values() if answer is not None]


def _one(txn: Txn, draft_id: str, stop: Stop) -> HoldAnswer:
    """One draft's hold: the row first, so that every begin after it fails; then the event."""
    row = rows.read(txn, draft_id)
    if row is None:
        raise NotFound("draft", draft_id, near=rows.near(txn, draft_id))
    if row.state.over:
        return answer(txn, row, "")
    number, now = row.holds + 1, txn.now()
    hold_id = f"{draft_id}/h{number}"
    updated = now.isoformat(timespec="microseconds")
    rows.move(txn, row, replace(row, seq=row.seq + 1, updated=updated, hold_count=row.hold_count + 1, holds=number, epoch=row.epoch + 1))
    log.append(txn, _event(row, stop, hold_id, now))
    return answer(txn, row, hold_id)


def _event(row: Row, stop: Stop, hold_id: str, now: datetime) -> Event:
    """A hold placed without a word has its note generated, and owes one."""
    data: dict[str, object] = {"to": row.state.value, "epoch": row.epoch + 1, "hold": hold_id, "owed": not (stop.note or stop.along)}
    data |= {"final": True} if stop.final else {}
    data |= {"apart": stop.apart} if stop.apart else {}
    data |= {"unverified": True} if stop.unverified else {}
    data |= {"with": stop.along} if stop.along else {}
    data |= stop.about
    return Event(
        kind="hold",
        actor=_plain(stop.by),
        at=now,
        draft_id=row.id,
        seq=row.seq + 1,
        round=row.round,
        digest=row.digest,
        data=data,
        note=_plain(stop.note),
        memo=stop.words,
    )


def _plain(text: str) -> str:
    """A terminal in another encoding gives bytes that are no letters: they are shown by their number, and stop no hold."""
    return text.encode("utf-8", "backslashreplace").decode()


def answer(txn: Txn, row: Row, hold_id: str) -> HoldAnswer:
    """HELD only where nothing is in flight, no attempt may still be, and no booking of it stands over there, be it of an earlier text.

    Of what is over (no hold then) nothing leaves any more by us; a booking that has come back may.
    """
    tally = deliveries.tally(txn, row.id, row.digest, row.reach)
    there = bookings.over_there(txn, row.id, row.digest) if bookings.kept(txn) else bookings.OverThere()
    gone = tally.sent + tally.refused + there.earlier
    if row.state in {State.BOOKING, State.BOOKED}:
        state = HoldState.PENDING
    elif tally.sending:
        state = HoldState.IN_FLIGHT
    elif tally.unknown or row.state is State.UNKNOWN or row.state.name not in State.__members__:
        state = HoldState.UNKNOWN
    elif there.standing:
        state = HoldState.PENDING
    elif row.state is State.SENT or there.earlier or (gone and not tally.left):
        state = HoldState.TOO_LATE
    else:
        state = HoldState.HELD
    return HoldAnswer(
        hold=hold_id,
        draft_id=row.id,
        state=state,
        title=row.title,
        gone=gone,
        in_flight=tally.sending,
        unknown=tally.unknown,
        stopped=tally.left,
        head=log.head(txn),
    )


def hold_channel(store: Store, channel: str, stop: Stop) -> tuple[HoldAnswer, ...]:
    """Stop everything that is not over on this way out, and what is of the same releases, in one transaction."""

    def work(txn: Txn) -> tuple[HoldAnswer, ...]:
        found = rows.of_channel(txn, channel)
        return tuple(answer for answer in _held(txn, found, stop) if answer.hold)

    try:
        return store.act(work, urgent=True, patience=PATIENCE)
    except Exception as error:
        raise HoldNotPlaced(channel, _reason(error)) from error


def ways_out(store: Store) -> tuple[str, ...]:
    """The channels by which open drafts leave: what somebody may have meant who has stopped nothing."""
    return store.look(rows.open_channels)


def _reason(error: Exception) -> str:
    """Its sentence, which can be said in another language where it is one of ours."""
    return error.args[0] if isinstance(error, StoreError) else str(error)
