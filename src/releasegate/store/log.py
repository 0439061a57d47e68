"""The log: one hash chain over the store; the one place where an event is built."""

import hashlib
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select

from releasegate.errors import StoreError
from releasegate.messages.words import Words
from releasegate.model.event import Event
from releasegate.model.manifest import canonical
from releasegate.store.prepared import Prepared
from releasegate.store.store import Txn
from releasegate.store.tables import chain, events

_TIMES = "microseconds"

_SELECT = select(chain.c.position, chain.c.head, chain.c.at).where(chain.c.id == 1)
_HEAD, _LOCKED_HEAD = Prepared(_SELECT), Prepared(_SELECT.with_for_update())
_MOVE = Prepared(chain.update().where(chain.c.id == 1).values(position=bindparam("p"), head=bindparam("h"), at=bindparam("t")))
_INSERT = Prepared(events.insert())
_HASH = Prepared(select(events.c.hash).where(events.c.position == bindparam("p")))
_before = events.alias("before")
_OF_DRAFT = (
    select(events, func.coalesce(_before.c.hash, "").label("previous"))
    .select_from(events.outerjoin(_before, _before.c.position == events.c.position - 1))
    .where(events.c.draft_id == bindparam("d"))
    .order_by(events.c.seq)
)


def append(txn: Txn, event: Event) -> Event:
    """Write this event at the head of the chain, in the caller's transaction. Its time is never before the last one's.

    The rows that it tells of are written first, so that they are the lock; the chain's row is always locked last.
    """
    last, previous, before = _LOCKED_HEAD.one(txn)
    txn.last = max(event.at, datetime.fromisoformat(before))
    position, at = last + 1, txn.last.isoformat(timespec=_TIMES)
    memo, salt = _memo(event)
    body = canonical(
        {
            "v": 1,
            "store": txn.store,
            "position": position,
            "draft": event.draft_id,
            "seq": event.seq or position,
            "round": event.round,
            "digest": event.digest,
            "kind": event.kind,
            "actor": event.actor,
            "auth": event.auth,
            "at": at,
            "data": dict(event.data),
            "memo": hashlib.sha256(salt + memo).hexdigest() if memo else "",
        }
    )
    head = link(previous, body)
    row = {"position": position, "draft_id": event.draft_id, "seq": event.seq or position, "kind": event.kind}
    _INSERT.change(txn, row | {"body": body, "hash": head, "salt": salt or None, "memo": memo or None})
    _MOVE.change(txn, {"p": position, "h": head, "t": at})
    return read_event(body, head, salt, memo)


def link(previous: str, body: bytes) -> str:
    """The chain's next head: sha256 over the previous head and the stored bytes, never over a re-serialisation."""
    return hashlib.sha256(previous.encode() + body).hexdigest()


def _memo(event: Event) -> tuple[bytes, bytes]:
    """What may be erased, and its salt: the chain holds only their digest."""
    content: dict[str, Any] = {**event.memo, **({"note": event.note} if event.note else {})}
    return (orjson.dumps(content, option=orjson.OPT_SORT_KEYS), os.urandom(16)) if content else (b"", b"")


def head(txn: Txn) -> str:
    """The chain's head as an anchor: `position:hash`."""
    position, last, _ = _HEAD.one(txn)
    return f"{position}:{last}"


def hash_at(txn: Txn, position: int) -> str:
    """The chain's head when it had so many events; "" where it has not."""
    found = _HASH.row(txn, {"p": position})
    return str(found[0]) if found is not None else ""


def of_draft(txn: Txn, draft_id: str) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """A draft's events in order, and what is wrong with them: bytes that do not fit their hash, gaps in their numbers."""
    found: list[Event] = []
    faults: list[str] = []
    for number, row in enumerate(txn.connection.execute(_OF_DRAFT, {"d": draft_id}), start=1):
        try:
            event = read_event(row.body, row.hash, row.salt, row.memo)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            message = Words(
                "Event {position} in the log of {draft_id} cannot be read. Nothing leaves; restore the store from a copy.",
                position=row.position,
                draft_id=draft_id,
            )
            raise StoreError(message) from error
        told = (event.draft_id, event.seq, event.kind, event.position)
        fits = link(row.previous, row.body) == row.hash and memo_fits(row.body, row.salt, row.memo)
        if told != (draft_id, number, row.kind, row.position) or not fits:
            faults.append(f"event {row.position}")
        found.append(event)
    return tuple(found), tuple(faults)


def of_store(txn: Txn, *, kinds: Iterable[str]) -> tuple[Event, ...]:
    """The events of these kinds that belong to no draft, in order."""
    query = select(events).where(events.c.draft_id == "", events.c.kind.in_(list(kinds))).order_by(events.c.seq)
    return tuple(read_event(row.body, row.hash, row.salt, row.memo) for row in txn.connection.execute(query))


def memo_fits(body: bytes, salt: bytes | None, memo: bytes | None) -> bool:
    """What stands beside the chain is what was written, or was erased as a whole."""
    return memo is None or orjson.loads(body)["memo"] == hashlib.sha256((salt or b"") + memo).hexdigest()


def read_event(body: bytes, head: str, _salt: bytes | None, memo: bytes | None) -> Event:
    """The event that these stored bytes hold."""
    data: Mapping[str, Any] = orjson.loads(body)
    more: dict[str, Any] = orjson.loads(memo) if memo else {}
    return Event(
        kind=data["kind"],
        actor=data["actor"],
        at=datetime.fromisoformat(data["at"]),
        draft_id=data["draft"],
        position=data["position"],
        seq=data["seq"],
        round=data["round"],
        digest=data["digest"],
        auth=data["auth"],
        data=data["data"],
        note=more.pop("note", ""),
        memo=more,
        hash=head,
    )
