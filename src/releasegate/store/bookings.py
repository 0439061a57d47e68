"""Bookings: every attempt to hand a draft to somebody else's clock, what was seen of it, and when to look again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, inspect, or_, select

from releasegate.model.booking import ENDED, Booking
from releasegate.model.state import DeliveryState, State
from releasegate.store import deliveries
from releasegate.store.deliveries import Settlement
from releasegate.store.store import Txn
from releasegate.store.tables import bookings, drafts

_TIMES = "microseconds"


def begin(txn: Txn, booking: Booking) -> None:
    """Write it down before the first byte leaves: what may stand over there is known from here on, whatever becomes of us."""
    txn.connection.execute(bookings.insert().values(**_values(booking)))


def answered(txn: Txn, done: Settlement, *, now: datetime) -> None:
    """What became of an attempt: their id for it, or that it is certain that nothing was booked. It is looked at again at once.

    An earlier one under the same reference that was not found is from then on looked for by this one.
    """
    mine = bookings.c.attempt == done.delivery.attempt
    values = {"due": _text(now)}
    if done.state is DeliveryState.BOOKED:
        values |= {"booking": done.receipt, "seen": "scheduled"}
    if done.state is DeliveryState.WAITING:
        values = {"due": "", "seen": "absent"}
    else:
        key = select(bookings.c.key).where(mine).scalar_subquery()
        same = and_(bookings.c.draft_id == done.delivery.draft_id, bookings.c.key == key, bookings.c.seen == "absent", ~mine)
        txn.connection.execute(bookings.update().where(same).values(due=""))
    txn.connection.execute(bookings.update().where(mine).values(**values, ended=_text(now)))


def died(txn: Txn, attempts: Iterable[str], *, now: datetime) -> None:
    """The workers of these attempts were found dead: from now on nothing of them leaves any more; when they died, nobody knows."""
    here = (bookings.c.attempt.in_(list(attempts)), bookings.c.ended == "")
    txn.connection.execute(bookings.update().where(*here).values(ended=_text(now)))


def settled(txn: Txn, attempt: str, seen: str, *, now: datetime) -> None:
    """A person has said what became of this attempt; what they say is absent is looked for all the same."""
    due = _text(now) if seen == "absent" else ""
    txn.connection.execute(bookings.update().where(bookings.c.attempt == attempt).values(seen=seen, due=due))


def save(txn: Txn, booking: Booking) -> None:
    """What is known of it now."""
    values = _values(booking)
    txn.connection.execute(bookings.update().where(bookings.c.attempt == booking.attempt).values(**values))


def of_draft(txn: Txn, draft_id: str) -> tuple[Booking, ...]:
    """All there ever were of this draft, in order."""
    query = select(bookings).where(bookings.c.draft_id == draft_id).order_by(bookings.c.began, bookings.c.attempt)
    return tuple(_booking(row) for row in txn.connection.execute(query))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverThere:
    """What is known of a draft with somebody else's clock: bookings that may go out; how many an earlier text has reached."""

    standing: tuple[str, ...] = ()
    earlier: int = 0


def kept(txn: Txn) -> bool:
    """Whether the schema of this store knows bookings at all."""
    return inspect(txn.connection).has_table(bookings.name)


def over_there(txn: Txn, draft_id: str, digest: str) -> OverThere:
    """How it stands with somebody else's clock, for a draft whose text is of this digest."""
    table = bookings.c  # by name: a store of an older schema has fewer columns, and must be held as well
    query = (
        select(table.digest, table.booking, table.key, table.seen).where(table.draft_id == draft_id).order_by(table.began, table.attempt)
    )
    stood = txn.connection.execute(query).all()
    gone = {each.digest for each in stood if each.seen == "sent"} - {digest}
    tallies = [deliveries.tally(txn, draft_id, each, 0) for each in sorted(gone)]
    return OverThere(
        standing=tuple(each.booking or each.key for each in stood if each.seen not in ENDED),
        earlier=sum(each.sent + each.refused for each in tallies),
    )


def named(txn: Txn, channel: str, name: str) -> tuple[Booking, ...]:
    """The bookings by this way out under this key of ours or this id of theirs: those that stand first, and of these the last one first."""
    query = select(bookings).where(bookings.c.channel == channel, or_(bookings.c.key == name, bookings.c.booking == name))
    found = [_booking(row) for row in txn.connection.execute(query.order_by(bookings.c.began.desc(), bookings.c.attempt.desc()))]
    return tuple(sorted(found, key=lambda each: not each.stands))


def of_another(txn: Txn, channel: str, name: str, draft_id: str) -> str:
    """The other draft that has or had a booking by this way out under this key or id; "" where none has."""
    theirs = and_(bookings.c.draft_id != draft_id, or_(bookings.c.key == name, bookings.c.booking == name))
    query = select(bookings.c.draft_id).where(bookings.c.channel == channel, theirs).order_by(bookings.c.began.desc()).limit(1)
    return txn.connection.execute(query).scalar_one_or_none() or ""


def due(txn: Txn, channels: Iterable[str], *, now: datetime, most: int, after: str = "") -> tuple[str, ...]:
    """Drafts by these ways out with a booking to be looked at now: its hour has come, or it is to be taken away and nobody has asked."""
    stands = bookings.c.seen.not_in(sorted(ENDED))
    unwanted = or_(drafts.c.hold_count > 0, drafts.c.state.not_in([State.BOOKED.value, State.UNKNOWN.value]))
    unpressed = and_(stands, unwanted, bookings.c.pressed < drafts.c.epoch, drafts.c.state != State.BOOKING.value)
    hour = and_(bookings.c.due != "", bookings.c.due <= _text(now))
    query = (
        select(bookings.c.draft_id)
        .join(drafts, drafts.c.id == bookings.c.draft_id)
        .where(bookings.c.channel.in_(list(channels)), or_(hour, unpressed), bookings.c.draft_id > after)
        .distinct()
        .order_by(bookings.c.draft_id)
        .limit(most)
    )
    return tuple(txn.connection.execute(query).scalars())


def _values(booking: Booking) -> dict[str, Any]:
    return {
        "attempt": booking.attempt,
        "draft_id": booking.draft_id,
        "digest": booking.digest,
        "channel": booking.channel,
        "key": booking.key,
        "send_at": _text(booking.at),
        "began": _text(booking.began),
        "booking": booking.booking,
        "seen": booking.seen,
        "looked": _text(booking.looked),
        "due": _text(booking.due),
        "pressed": booking.pressed,
        "worker": booking.worker,
        "ended": _text(booking.ended),
    }


def _booking(row: Row[Any]) -> Booking:
    return Booking(
        attempt=row.attempt,
        draft_id=row.draft_id,
        digest=row.digest,
        channel=row.channel,
        key=row.key,
        at=datetime.fromisoformat(row.send_at),
        began=datetime.fromisoformat(row.began),
        booking=row.booking,
        seen=row.seen,
        looked=_moment(row.looked),
        due=_moment(row.due),
        pressed=row.pressed,
        worker=row.worker,
        ended=_moment(row.ended),
    )


def _text(moment: datetime | None) -> str:
    return moment.isoformat(timespec=_TIMES) if moment else ""


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
