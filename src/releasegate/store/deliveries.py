"""Deliveries: one parcel's way out, each with its claim, its fence and its outcome."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Row, and_, bindparam, func, literal, or_, select

from releasegate.model.draft import Tally
from releasegate.model.state import DeliveryState, State
from releasegate.store.prepared import Prepared
from releasegate.store.store import Txn
from releasegate.store.tables import deliveries, drafts, manifests, sealed

_D = DeliveryState
_TIMES = "microseconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One row: which parcel (`no`, `part`) of which text, for whom, in which attempt of which worker."""

    draft_id: str
    digest: str
    no: int
    part: int
    attempt: str
    to: tuple[str, ...]
    reach: int
    worker: str = ""
    state: DeliveryState = _D.CLAIMED


def key_of(store: str, each: Delivery, number: int, *taken_away: str) -> str:
    """The key of this delivery in the draft's round of this number."""
    parts = (store, each.draft_id, str(number), each.digest, str(each.no), str(each.part), *taken_away)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of one attempt."""

    delivery: Delivery
    state: DeliveryState
    receipt: str = ""
    refused: tuple[tuple[str, str], ...] = ()
    deferred: tuple[tuple[str, str], ...] = ()
    error: str = ""


_HERE = and_(deliveries.c.draft_id == bindparam("d"), deliveries.c.digest == bindparam("g"))
_THIS = and_(_HERE, deliveries.c.no == bindparam("n"), deliveries.c.part == bindparam("p"), deliveries.c.attempt == bindparam("a"))
_UNHANDED = or_(deliveries.c.state == _D.CLAIMED.value, deliveries.c.state == _D.SENDING.value)
_OVER = deliveries.c.lease <= bindparam("now")
_COUNT = Prepared(
    select(deliveries.c.state, _OVER.label("over"), func.sum(deliveries.c.reach), func.sum(deliveries.c.refused))
    .where(_HERE)
    .group_by(deliveries.c.state, _OVER)
)


def tally(txn: Txn, draft_id: str, digest: str, reach: int) -> Tally:
    """How many people stand where, leases that are over counted as over; whatever has no row is waiting."""
    people = dict.fromkeys(_D, 0)
    touched = refused = through = 0
    for state, late, reached, turned in _COUNT.rows(txn, {"d": draft_id, "g": digest, "now": _text(txn.now())}):
        people[_LATE.get(_D(state), _D(state)) if late else _D(state)] += int(reached)
        touched += int(reached)
        refused += int(turned)
        through += int(reached) - int(turned) if state == _D.SENT else 0
    return Tally(
        waiting=people[_D.WAITING] + reach - touched,
        claimed=people[_D.CLAIMED],
        sending=people[_D.SENDING],
        sent=through,
        refused=refused,
        unknown=people[_D.UNKNOWN],
        booked=people[_D.BOOKED],
    )


_LATE = {_D.CLAIMED: _D.WAITING, _D.SENDING: _D.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One run of one worker: what it claims is its own until `lease`; what went back to wait since it `began` is for the next run."""

    worker: str
    began: datetime
    lease: datetime
    most: int = 32


def claim(txn: Txn, draft_id: str, digest: str, shift: Shift) -> list[Delivery]:
    """Take some waiting deliveries for this worker: those put back before its run began first, then the next that were never touched."""
    most, worker, lease = shift.most, shift.worker, shift.lease
    taken = [_delivery(row, uuid.uuid4().hex, worker) for row in txn.connection.execute(_waiting(draft_id, digest, shift)).all()]
    for each in taken:
        txn.connection.execute(
            deliveries.update()
            .where(*_at(each), deliveries.c.state == _D.WAITING.value)
            .values(state=_D.CLAIMED.value, attempt=each.attempt, worker=worker, lease=_text(lease))
        )
    fresh = txn.connection.execute(_fresh(draft_id, digest, most - len(taken))).all() if len(taken) < most else []
    new = [_new(draft_id, digest, row, worker) for row in fresh]
    if new:
        txn.connection.execute(deliveries.insert(), [_row(each, lease) for each in new])
    return taken + new


def _waiting(draft_id: str, digest: str, shift: Shift):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a Select of rows
    here = (deliveries.c.draft_id == draft_id, deliveries.c.digest == digest, deliveries.c.state == _D.WAITING.value)
    return (
        select(deliveries)
        .where(*here, deliveries.c.ended <= _text(shift.began), deliveries.c.worker != shift.worker)
        .order_by(deliveries.c.no, deliveries.c.part)
        .limit(shift.most)
    )


def _fresh(draft_id: str, digest: str, most: int):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Parcels beyond the last that was touched: they are always taken in order."""
    last = (
        select(func.coalesce(func.max(deliveries.c.no), 0))
        .where(deliveries.c.draft_id == draft_id, deliveries.c.digest == digest)
        .scalar_subquery()
    )
    return (
        select(sealed.c.no, sealed.c.to, sealed.c.reach)
        .join(manifests, manifests.c.seal == sealed.c.seal)
        .where(manifests.c.digest == digest, sealed.c.no > last)
        .order_by(sealed.c.no)
        .limit(most)
    )


def _new(draft_id: str, digest: str, row: Row[tuple[int, str, int]], worker: str) -> Delivery:
    to = tuple(orjson.loads(row.to))
    return Delivery(draft_id=draft_id, digest=digest, no=row.no, part=0, attempt=uuid.uuid4().hex, to=to, reach=row.reach, worker=worker)


def _row(each: Delivery, lease: datetime | None) -> dict[str, object]:
    return {
        "draft_id": each.draft_id,
        "digest": each.digest,
        "no": each.no,
        "part": each.part,
        "state": each.state.value,
        "attempt": each.attempt,
        "worker": each.worker,
        "lease": _text(lease) if lease else "",
        "began": "",
        "ended": "",
        "to": orjson.dumps(each.to).decode(),
        "reach": each.reach,
        "refused": 0,
        "receipt": "",
        "error": "",
    }


def _delivery(row: Row, attempt: str, worker: str) -> Delivery:  # type: ignore[type-arg]  # rows of the whole table
    to = tuple(orjson.loads(row.to))
    state = _D(row.state)
    return Delivery(
        draft_id=row.draft_id,
        digest=row.digest,
        no=row.no,
        part=row.part,
        attempt=attempt or row.attempt,
        to=to,
        reach=row.reach,
        worker=worker,
        state=state,
    )


def _at(each: Delivery):  # type: ignore[no-untyped-def]  # noqa: ANN202 - the four columns of its place
    table = deliveries.c
    return table.draft_id == each.draft_id, table.digest == each.digest, table.no == each.no, table.part == each.part


_BEGIN = Prepared(
    deliveries.update()
    .where(_THIS, deliveries.c.state == literal(_D.CLAIMED.value), deliveries.c.lease > bindparam("now"))
    .values(state=_D.SENDING.value, began=bindparam("now"), lease=bindparam("until"))
)
_SETTLE = Prepared(
    deliveries.update()
    .where(_THIS, deliveries.c.state == literal(_D.SENDING.value))
    .values(
        state=bindparam("s"),
        ended=bindparam("now"),
        receipt=bindparam("r"),
        refused=bindparam("f"),
        error=bindparam("e"),
        reach=bindparam("c"),
    )
)


def begin(txn: Txn, each: Delivery, *, now: datetime, until: datetime) -> bool:
    """The fence: claimed → sending, for this attempt, while its lease holds. False: somebody else was first."""
    values = _place(each) | {"now": _text(now), "until": _text(until)}
    return _BEGIN.change(txn, values) == 1


def settle(txn: Txn, done: Settlement, *, now: datetime) -> bool:
    """Write what became of this attempt; False when the attempt was fenced off meanwhile: then it is evidence, not a step."""
    each = done.delivery
    left = tuple(address for address, _ in done.deferred)
    later = min(len(left), each.reach)  # a parcel's reach may be more people than it has addresses, or fewer: the parts add up to it
    here = each.reach - later
    refused = here if done.state is _D.REFUSED else min(len(done.refused), here)
    values = _place(each) | {
        "s": done.state.value,
        "now": _text(now),
        "r": _told(done),
        "f": refused,
        "e": _kept(done.error)[:500],
        "c": here,
    }
    if _SETTLE.change(txn, values) != 1:
        return False
    if left:
        rest = Delivery(
            draft_id=each.draft_id,
            digest=each.digest,
            no=each.no,
            part=each.part + 1,
            attempt="",
            to=left,
            reach=later,
            worker=each.worker,
            state=_D.WAITING,
        )
        txn.connection.execute(deliveries.insert(), [_row(rest, None) | {"ended": _text(now)}])
    return True


def stands(txn: Txn, done: Settlement) -> bool:
    """This very outcome is written already: the answer to the commit was lost, not the commit."""
    told = (done.state.value, _kept(done.error)[:500], _told(done))
    row = _STANDS.row(txn, _place(done.delivery))
    return row is not None and tuple(row) == told


_STANDS = Prepared(select(deliveries.c.state, deliveries.c.error, deliveries.c.receipt).where(_THIS))


def _kept(said: str) -> str:
    """As both databases take it: an error may name a file whose name is no text; an outcome that cannot be written is lost."""
    return said.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode()


def _told(done: Settlement) -> str:
    """What the provider said, as it is kept; "" where it said nothing."""
    if not (done.receipt or done.refused or done.deferred):
        return ""
    refused, deferred = ({address: _kept(said) for address, said in each} for each in (done.refused, done.deferred))
    return orjson.dumps({"id": _kept(done.receipt), "refused": refused, "deferred": deferred}).decode()


def _place(each: Delivery) -> dict[str, object]:
    return {"d": each.draft_id, "g": each.digest, "n": each.no, "p": each.part, "a": each.attempt}


def let_go(txn: Txn, draft_id: str, digest: str, worker: str) -> None:
    """Put back what this worker claimed and never began."""
    _LET_GO.change(txn, {"d": draft_id, "g": digest, "w": worker})


_BACK = deliveries.update().values(state=_D.WAITING.value, attempt="", worker="", lease="")
_LET_GO = Prepared(_BACK.where(_HERE, deliveries.c.state == _D.CLAIMED.value, deliveries.c.worker == bindparam("w")))


def expire(txn: Txn, draft_id: str, digest: str, *, now: datetime, dead: Iterable[str] = ()) -> int:
    """Leases that are over, or whose workers are provably dead: claimed → waiting, sending → unknown. How many became unknown."""
    lost = 0
    for worker in ("", *dead):  # no worker has no name: the first pass takes only those whose time is over
        values = {"d": draft_id, "g": digest, "now": _text(now), "w": worker}
        _EXPIRE.change(txn, values)
        lost += _LOSE.change(txn, values)
    return lost


_SILENT = "no answer before the lease was over"
_GONE = or_(_OVER, and_(deliveries.c.worker == bindparam("w"), deliveries.c.worker != ""))
_EXPIRE = Prepared(_BACK.where(_HERE, deliveries.c.state == _D.CLAIMED.value, _GONE))
_LOSE = Prepared(
    deliveries.update()
    .values(state=_D.UNKNOWN.value, ended=bindparam("now"), error=_SILENT)
    .where(_HERE, deliveries.c.state == _D.SENDING.value, _GONE)
)


def workers(txn: Txn, draft_id: str, digest: str) -> tuple[str, ...]:
    """Who has something claimed or begun."""
    return tuple(worker for (worker,) in _WORKERS.rows(txn, {"d": draft_id, "g": digest}))


_WORKERS = Prepared(select(deliveries.c.worker).where(_HERE, _UNHANDED).distinct())


def with_attempt(txn: Txn, draft_id: str, attempt: str) -> Delivery | None:
    """The delivery that this attempt is of; what was never tried has none."""
    if not attempt:
        return None
    query = select(deliveries).where(deliveries.c.draft_id == draft_id, deliveries.c.attempt == attempt)
    row = txn.connection.execute(query).one_or_none()
    return _delivery(row, "", "") if row is not None else None


def resolve(txn: Txn, each: Delivery, state: DeliveryState, *, now: datetime, error: str) -> bool:
    """Unknown → sent, refused or waiting, by evidence or by a person; False where it was not unknown."""
    values = {"state": state.value, "ended": _text(now), "error": error[:500]}
    if state is _D.WAITING:
        values |= {"attempt": "", "worker": "", "lease": ""}
    update = deliveries.update().where(*_at(each), deliveries.c.attempt == each.attempt, deliveries.c.state == _D.UNKNOWN.value)
    return txn.connection.execute(update.values(**values)).rowcount == 1


def turn(txn: Txn, draft_id: str, digest: str, state: DeliveryState, *, now: datetime, told: str) -> int:
    """Booked or unknown → sent, booked, waiting or unknown, by what the other side's own record says. How many were turned."""
    values = {"state": state.value, "ended": _text(now), "error": told[:500]}
    if state is _D.WAITING:
        values |= {"attempt": "", "worker": "", "lease": ""}
    table = deliveries.c
    others = [_D.WAITING.value] if state is _D.SENT else []  # what had been taken away, and went out all the same
    was = table.state.in_([_D.BOOKED.value, _D.UNKNOWN.value, *others])
    here = (table.draft_id == draft_id, table.digest == digest, was, table.state != state.value)
    return txn.connection.execute(deliveries.update().where(*here).values(**values)).rowcount


def open_ones(txn: Txn, channel: str) -> Iterator[tuple[Delivery, int]]:
    """The deliveries by this way out that were begun once and whose outcome is open, each with its draft's round.

    After those of the texts that stand those of texts that were written over, whatever became of the draft: they count as not sent.
    """
    mine, theirs = drafts.c, deliveries.c
    states = [_D.UNKNOWN.value, _D.WAITING.value, _D.CLAIMED.value, _D.SENDING.value]
    over = and_(mine.round > 1, theirs.state == _D.WAITING.value)
    kinds = (  # smaller and greater, for an index finds no "other": of a draft with a million mails it would read all
        (theirs.digest == mine.digest, and_(mine.state != State.SENT.value, theirs.state.in_(states))),
        (theirs.digest < mine.digest, over),
        (theirs.digest > mine.digest, over),
    )
    for text, state in kinds:
        both = drafts.join(deliveries, and_(mine.id == theirs.draft_id, text))
        query = select(deliveries, mine.round).select_from(both).where(mine.channel == channel, state)
        yield from [(_delivery(row, "", ""), int(row.round)) for row in txn.connection.execute(query)]


def came_out(txn: Txn, each: Delivery, *, now: datetime, told: str) -> None:
    """Waiting → sent: it counted as not sent, and was."""
    values = {"state": _D.SENT.value, "ended": _text(now), "error": told[:500]}
    txn.connection.execute(deliveries.update().where(*_at(each), deliveries.c.state == _D.WAITING.value).values(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A delivery whose outcome is not known. `over`: when its own worker said so; None where its lease ran out, and it may yet go on."""

    delivery: Delivery
    over: datetime | None


def lost(txn: Txn, draft_id: str, digest: str, *, page: int, most: int | None) -> tuple[Lost, ...]:
    """Those whose outcome is not known: all, or so many of them from the page of this number on; after the last page comes the first."""
    here = (deliveries.c.draft_id == draft_id, deliveries.c.digest == digest, deliveries.c.state == _D.UNKNOWN.value)
    query = select(deliveries).where(*here).order_by(deliveries.c.no, deliveries.c.part)
    if most is not None:
        pages = -(-txn.connection.execute(select(func.count()).select_from(deliveries).where(*here)).scalar_one() // most)
        query = query.limit(most).offset(page % max(1, pages) * most)
    return tuple(
        Lost(delivery=_delivery(row, "", row.worker), over=None if row.error == _SILENT else datetime.fromisoformat(row.ended))
        for row in txn.connection.execute(query)
    )


def unknown(txn: Txn, draft_id: str, digest: str) -> tuple[str, ...]:
    """The attempts whose outcome is not known."""
    return tuple(attempt for (attempt,) in _UNKNOWN.rows(txn, {"d": draft_id, "g": digest}))


_UNKNOWN = Prepared(select(deliveries.c.attempt).where(_HERE, deliveries.c.state == _D.UNKNOWN.value).order_by(deliveries.c.no))


def refusals(txn: Txn, draft_id: str, digest: str) -> dict[str, str]:
    """The addresses that their servers refused, with the answers."""
    found: dict[str, str] = {}
    for (receipt,) in _TURNED.rows(txn, {"d": draft_id, "g": digest}):
        found |= orjson.loads(receipt)["refused"]
    return found


_TURNED = Prepared(
    select(deliveries.c.receipt).where(
        _HERE, deliveries.c.receipt != "", or_(deliveries.c.refused > 0, deliveries.c.state == _D.REFUSED.value)
    )
)


def outcomes(txn: Txn, draft_id: str, digest: str) -> str:
    """sha256 over all deliveries as they stand: what the chain keeps of them when a send pauses or ends."""
    table = deliveries.c
    query = (
        select(table.no, table.part, table.state, table.attempt, table.to, table.reach, table.refused, table.receipt)
        .where(table.draft_id == draft_id, table.digest == digest, table.state.not_in([_D.WAITING.value, _D.CLAIMED.value]))
        .order_by(table.no, table.part)
    )
    running_digest = hashlib.sha256()
    for row in txn.connection.execute(query):
        running_digest.update(orjson.dumps(list(row)))
    return running_digest.hexdigest()


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec=_TIMES)
