"""A draft as its events tell it, with everything that stands beside them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import orjson
from sqlalchemy import and_, bindparam, case, exists, or_, select, union

from releasegate.decision.folding import Surroundings, fold
from releasegate.errors import NotFound, StoreError
from releasegate.messages.words import Words
from releasegate.model.booking import ENDED
from releasegate.model.draft import Draft, Linked, Twin
from releasegate.model.event import Event
from releasegate.model.manifest import read_manifest
from releasegate.model.state import DeliveryState, State
from releasegate.store import bookings, deliveries, log, rows, seals
from releasegate.store.prepared import Prepared
from releasegate.store.rows import Row
from releasegate.store.store import Txn
from releasegate.store.tables import bookings as booked
from releasegate.store.tables import deliveries as outcomes
from releasegate.store.tables import drafts, kin, manifests, releases, texts
from releasegate.store.tables import events as log_events

_TWINS = 20

_MINE = select(manifests.c.seal).where(manifests.c.digest == bindparam("g"))
_SHARING = union(_MINE, select(kin.c.other).where(kin.c.seal == _MINE.scalar_subquery())).subquery("sharing")
"""The seals that hold one of the messages of this text, its own among them."""
_GOING = [State.CLAIMED, State.SENDING, State.BOOKING, State.BOOKED, State.UNKNOWN, State.SENT, State.STOPPED]
# A send that paused half-way is approved again: what has left then is told by its deliveries alone.
_BEGUN = exists().where(outcomes.c.draft_id == drafts.c.id, outcomes.c.state.not_in([DeliveryState.WAITING, DeliveryState.CLAIMED]))
# What stands with somebody else's clock goes out by itself, whatever its draft is by now, and whichever text it has.
_STANDS = exists().where(booked.c.draft_id == drafts.c.id, booked.c.digest == manifests.c.digest, booked.c.seen.not_in(sorted(ENDED)))
# Those that shut for good come first: twenty old sends must not push a hold out of sight.
_WEIGHT = case((drafts.c.hold_count > 0, 0), (drafts.c.state == State.WITHDRAWN, 1), else_=2).label("weight")
_TWIN = (
    select(drafts.c.id, drafts.c.state, drafts.c.hold_count, drafts.c.updated, _WEIGHT, _STANDS.label("stands"))
    .select_from(_SHARING)
    .join(manifests, manifests.c.seal == _SHARING.c.seal)
    .join(texts, texts.c.digest == manifests.c.digest)
    .join(drafts, drafts.c.id == texts.c.draft_id)
    .where(
        drafts.c.id != bindparam("i"),
        or_(
            drafts.c.hold_count > 0,
            drafts.c.state == State.WITHDRAWN,
            and_(drafts.c.digest == manifests.c.digest, or_(drafts.c.state.in_(_GOING), _BEGUN)),
            _STANDS,
        ),
    )
    .distinct()
    .order_by(_WEIGHT, drafts.c.updated.desc())
    .limit(_TWINS)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A draft, the row that locks it, its events, and what it was folded with."""

    draft: Draft
    row: Row
    events: tuple[Event, ...]
    around: Surroundings


def load(txn: Txn, draft_id: str, *, lock: bool = True) -> Known:
    """Everything the store knows of this draft. Where row and events disagree, the events count and the draft says so in `faults`."""
    row = rows.read(txn, draft_id, lock=lock)
    if row is None:
        raise NotFound("draft", draft_id, near=rows.near(txn, draft_id))
    events, faults = log.of_draft(txn, draft_id)
    digest = events[-1].digest if events else row.digest
    made = seals.manifest(txn, digest)
    there = bookings.over_there(txn, draft_id, digest) if any(map(_to_book, events)) else bookings.OverThere()
    around = Surroundings(
        manifest=made,
        tally=replace(deliveries.tally(txn, draft_id, digest, made.reach), earlier=there.earlier),
        twins=_twins(txn, draft_id, digest),
        linked=_linked(txn, draft_id, made.release),
        standing=there.standing,
        epoch=row.epoch,
        lease=datetime.fromisoformat(row.lease) if row.lease else None,
        faults=faults,
        others=_others(txn, draft_id, digest),
    )
    draft = _folded(draft_id, events, around)
    told = (draft.seq, draft.state, draft.round, draft.digest, draft.hold_count)
    if told != (row.seq, row.state, row.round, row.digest, row.hold_count):
        around = replace(around, faults=(*around.faults, "row"))
        draft = fold(events, around)
    return Known(draft=draft, row=row, events=events, around=around)


def _folded(draft_id: str, events: Sequence[Event], around: Surroundings) -> Draft:
    try:
        return fold(events, around)
    except (ValueError, KeyError, TypeError) as error:
        message = Words(
            "The log of {draft_id} holds an event that this version cannot read. Nothing leaves; restore the store from a copy.",
            draft_id=draft_id,
        )
        raise StoreError(message) from error


def _to_book(event: Event) -> bool:
    """From here on something may stand over there; of a draft that was never claimed for it nobody need ask."""
    return event.kind == "claim" and event.data.get("as") == "book"


_HANDS = (
    select(log_events.c.body)
    .select_from(_SHARING)
    .join(manifests, manifests.c.seal == _SHARING.c.seal)
    .join(texts, texts.c.digest == manifests.c.digest)
    .join(log_events, log_events.c.draft_id == texts.c.draft_id)
    .where(
        texts.c.draft_id != bindparam("i"),
        log_events.c.kind.in_(["write", "submit"]),
    )
    .distinct()
)


def _others(txn: Txn, draft_id: str, digest: str) -> frozenset[str]:
    """The eyes of those who wrote or submitted one of the same messages in another draft: copying a text makes nobody its reader."""
    told = [orjson.loads(body) for body in txn.connection.execute(_HANDS, {"g": digest, "i": draft_id}).scalars()]
    return frozenset(each["data"].get("eyes", each["actor"]) for each in told)


def _twins(txn: Txn, draft_id: str, digest: str) -> tuple[Twin, ...]:
    """Other drafts that hold one of the same messages and are held, withdrawn, or have left."""
    return tuple(
        Twin(draft_id=row.id, kind=_kind(row.state, row.hold_count, stands=bool(row.stands)), at=datetime.fromisoformat(row.updated))
        for row in txn.connection.execute(_TWIN, {"g": digest, "i": draft_id})
    )


_mine, _theirs = releases.alias("mine"), releases.alias("theirs")
_LINKED = Prepared(
    select(drafts.c.id, drafts.c.channel, drafts.c.state, drafts.c.hold_count, manifests.c.body)
    .select_from(_mine)
    .join(_theirs, and_(_theirs.c.release == _mine.c.release, _theirs.c.draft_id != _mine.c.draft_id))
    .join(drafts, drafts.c.id == _theirs.c.draft_id)
    .outerjoin(manifests, manifests.c.digest == drafts.c.digest)
    .where(_mine.c.draft_id == bindparam("i"))
    .order_by(drafts.c.id)
)


def _linked(txn: Txn, draft_id: str, release: str) -> tuple[Linked, ...]:
    """The other drafts that have ever named a release that this one has ever named; `release` is that of its present text."""
    found = {row[0]: row for row in _LINKED.rows(txn, {"i": draft_id})}
    return tuple(
        Linked(draft_id=other, channel=channel, state=state, holds=holds, now=bool(release) and _release(body) == release)
        for other, channel, state, holds, body in found.values()
    )


def _release(body: bytes | None) -> str:
    """The release that this manifest names; one that is gone, or was changed, names none."""
    try:
        return read_manifest(body or b"").release
    except (ValueError, KeyError, TypeError):
        return ""


def _kind(state: str, hold_count: int, *, stands: bool) -> str:
    if hold_count:
        return "held"
    if state == State.WITHDRAWN:
        return "withdrawn"
    if state in {State.CLAIMED, State.SENDING, State.BOOKING}:
        return "going"
    return "unknown" if stands or state in {State.BOOKED, State.UNKNOWN} else "sent"
