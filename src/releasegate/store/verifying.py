"""Whether the log is what was written: edits, deletions, reordering, cut tails, rewrites back to the last anchor."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import select

from releasegate.store import deliveries
from releasegate.store.store import Store, Txn
from releasegate.store.tables import chain, drafts, events, gate

_BATCH = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found: `faults` in words of codes and places; `covered` is the last position that an anchor vouches for.

    What lies after it (`length - covered` events, since `since`) could have been rewritten by whoever holds the store.
    """

    length: int
    head: str
    faults: tuple[str, ...]
    covered: int
    since: datetime | None
    erased: int

    @property
    def sound(self) -> bool:
        """Nothing was found."""
        return not self.faults


@dataclass(slots=True)
class _Last:
    """Where a draft stands after its last event so far: what its row must say."""

    seq: int = 0
    state: str = ""
    round: int = 0
    digest: str = ""
    holds: int = 0

    def take(self, data: Mapping[str, Any]) -> None:
        self.seq, self.round, self.digest = data["seq"], data["round"], data["digest"]
        self.state = data["data"].get("to", self.state)
        self.holds += {"hold": 1, "lift": -1}.get(data["kind"], 0)

    @property
    def told(self) -> tuple[str | int, ...]:
        return self.seq, self.state, self.round, self.digest, self.holds


class _Walk:
    """One pass over the chain."""

    def __init__(self, anchors: Mapping[int, frozenset[str]], store: str) -> None:
        self.anchors, self.store = anchors, store
        self.faults: list[str] = []
        self.head, self.at, self.position, self.erased, self.covered, self.policy = "", "", 0, 0, 0, 0
        self.since: datetime | None = None
        self.drafts: dict[str, _Last] = {}
        self.outcomes: dict[str, tuple[str, str]] = {}

    def step(self, row: tuple[Any, ...]) -> None:
        position, draft_id, seq, kind, body, stored, salt, memo = row
        self.position += 1
        if position != self.position:
            self.faults.append(f"missing: event {self.position}" + (f" to {position - 1}" if position > self.position + 1 else ""))
            self.position = position
        self.head = sha256(self.head.encode() + body).hexdigest()
        if self.head != stored:
            self.faults.append(f"changed: event {position} is not what was written after event {position - 1}")
            self.head = stored
        try:
            self._told(position, draft_id, (seq, kind, salt, memo), orjson.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.faults.append(f"unreadable: event {position} is no event")

    def _told(self, position: int, draft_id: str, beside: tuple[Any, ...], data: Mapping[str, Any]) -> None:
        """What the event says of itself, against where it stands."""
        seq, kind, salt, memo = beside
        if (data["position"], data["draft"], data["seq"], data["kind"], data["store"]) != (position, draft_id, seq, kind, self.store):
            self.faults.append(f"moved: event {position} stands under another number, draft or kind, or comes from another store")
        if draft_id:
            last = self.drafts.setdefault(draft_id, _Last())
            if seq != last.seq + 1:
                self.faults.append(f"gap: {draft_id} jumps to its event {seq}")
            last.take(data)
        self.policy = position if kind == "adopt" else self.policy
        self._beside(position, data, salt, memo)
        self._anchor(position, data["at"])

    def _beside(self, position: int, data: Mapping[str, Any], salt: bytes | None, memo: bytes | None) -> None:
        if data["memo"] and memo is None:
            self.erased += 1
        elif memo is not None and sha256((salt or b"") + memo).hexdigest() != data["memo"]:
            self.faults.append(f"changed: the note beside event {position}")
        if "outcomes" in data["data"]:
            self.outcomes[data["draft"]] = (data["digest"], data["data"]["outcomes"])

    def _anchor(self, position: int, at: str) -> None:
        self.at, named = at, self.anchors.get(position, frozenset())
        if named - {self.head}:
            self.faults.append(f"rewritten: event {position} is not the one that the anchor names")
        if self.head in named:
            self.covered, self.since = position, None
        elif self.since is None:
            self.since = datetime.fromisoformat(at)


def verify(store: Store, *, anchors: Iterable[str] = ()) -> Verification:
    """Read the whole log and say what is wrong with it. `anchors` are heads kept outside (`position:hash`, from answers and receipts)."""
    known: dict[int, frozenset[str]] = {}
    for position, head in map(_anchor, anchors):
        known[position] = known.get(position, frozenset()) | {head}
    return store.look(lambda txn: _verify(txn, known))


def _anchor(text: str) -> tuple[int, str]:
    position, _, head = text.strip().partition(":")
    if not position.isdigit() or len(head) != 64:  # noqa: PLR2004 - a sha256 in hex
        message = f"{text!r} is no anchor; it looks like 41:9f86d0…, with all 64 characters."
        raise ValueError(message)
    return int(position), head


def _verify(txn: Txn, anchors: Mapping[int, frozenset[str]]) -> Verification:
    walk = _Walk(anchors, txn.store)
    for row in _rows(txn):
        walk.step(row)
    last = txn.connection.execute(select(chain.c.position, chain.c.head, chain.c.at).where(chain.c.id == 1)).one_or_none()
    if last is None or (last.position, last.head) != (walk.position, walk.head):
        walk.faults.append(f"cut: the log ends at event {walk.position}, the chain at {last.position if last else 'nowhere'}")
    elif walk.position and last.at != walk.at:
        walk.faults.append(f"cache: the chain's time is {last.at}, not that of event {walk.position}")
    walk.faults += [
        f"cut: the anchor names event {position}, the log ends at {walk.position}" for position in anchors if position > walk.position
    ]
    walk.faults += _caches(txn, walk)
    return Verification(
        length=walk.position,
        head=f"{walk.position}:{walk.head}",
        faults=tuple(walk.faults),
        covered=walk.covered,
        since=walk.since,
        erased=walk.erased,
    )


def _rows(txn: Txn) -> Iterator[tuple[Any, ...]]:
    """Every event in order, as plain tuples: the driver's own cursor, since verifying is mostly reading."""
    query = select(
        events.c.position, events.c.draft_id, events.c.seq, events.c.kind, events.c.body, events.c.hash, events.c.salt, events.c.memo
    ).order_by(events.c.position)
    result = txn.connection.execution_options(yield_per=_BATCH).execute(query)
    for rows in result.partitions(_BATCH):
        yield from map(tuple, rows)


def _caches(txn: Txn, walk: _Walk) -> Iterator[str]:
    """The rows beside the log agree with it: where each draft stands, which rules are in force, the outcomes that were told."""
    for row in txn.connection.execute(select(drafts)):
        told = walk.drafts.pop(row.id, _Last()).told
        if told != (row.seq, row.state, row.round, row.digest, row.hold_count):
            yield f"cache: the row of {row.id} is not where its events end"
    yield from (f"cache: {draft_id} has events but no row" for draft_id in walk.drafts)
    policy = txn.connection.execute(select(gate.c.policy).where(gate.c.id == 1)).scalar_one_or_none()
    if policy != walk.policy:
        yield f"cache: the rules in force are those of event {policy}, not of event {walk.policy}"
    for draft_id, (digest, outcomes) in walk.outcomes.items():
        if deliveries.outcomes(txn, draft_id, digest) != outcomes and not deliveries.running(txn, draft_id, digest):
            yield f"changed: the deliveries of {draft_id} are not those that were logged"
