"""Whether the log is what was written: edits, deletions, reordering, cut tails, rewrites back to the last anchor."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import func, select

from releasegate.messages.words import Words
from releasegate.model.state import State
from releasegate.store import deliveries
from releasegate.store.rules import CHANGES
from releasegate.store.store import Store, Txn
from releasegate.store.streaming import stream
from releasegate.store.tables import chain, drafts, events, gate, texts
from releasegate.store.whole import text_faults


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
    round: int = 0
    digest: str = ""
    holds: int = 0
    body: bytes = b""

    def told(self) -> tuple[object, ...]:
        """As its row says it; the state is read from the last event alone."""
        return self.seq, self._state(), self.round, self.digest, self.holds

    def _state(self) -> str:
        try:
            return str(orjson.loads(self.body)["data"].get("to", "")) if self.body else ""
        except (ValueError, KeyError, TypeError, AttributeError):
            return ""


_HOLDS = {"hold": 1, "lift": -1}
_SPECIAL = frozenset({"hold", "lift", "adopt", "paused", "unknown", "sent", "settle", "withdraw"})
"""Kinds whose events say more than where a draft stands: holds, the rules in force, the outcomes of deliveries."""


class _Walk:
    """One pass over the chain."""

    def __init__(self, anchors: Mapping[int, frozenset[str]], store: str) -> None:
        self.anchors, self.store = anchors, store
        self.faults: list[str] = []
        self.head, self.position, self.erased, self.covered, self.policy = "", 0, 0, 0, 0
        self.first_body, self.last_body = b"", b""  # the first that no anchor vouches for, and the last of all
        self.drafts: dict[str, _Last] = {}
        self.outcomes: dict[str, tuple[str, str]] = {}
        self.texts: set[tuple[str, str]] = set()

    def follow(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Go along the chain; where an event says what it says right after the last one's, in one look, else word by word."""
        drafts, special, unknown = self.drafts, _SPECIAL, _Last()
        for row in rows:
            position, draft_id, seq, kind, body, stored, salt, memo = row
            head = sha256(self.head.encode() + body).hexdigest()
            told = sha256((salt or b"") + memo).hexdigest() if memo is not None else ""
            last = drafts.get(draft_id, unknown)
            plain = head == stored and position == self.position + 1 and seq == last.seq + 1 and kind not in special
            if plain and self.first_body and position not in self.anchors and body.endswith(self._tail(row, last, told)):
                self.head, self.position, self.last_body = head, position, body
                last.seq, last.body = seq, body
            else:
                self._step(row, head, told)

    def _step(self, row: tuple[Any, ...], head: str, told: str) -> None:
        """One event, word by word."""
        position, draft_id, seq, kind, body, stored, *_ = row
        if position != self.position + 1:
            several = position > self.position + 2
            missing = "missing: event {position} to {last}" if several else "missing: event {position}"
            self.faults.append(Words(missing, position=self.position + 1, last=position - 1))
        if head != stored:
            self.faults.append(
                Words("changed: event {position} is not what was written after event {before}", position=position, before=position - 1)
            )
        self.head, self.position = stored, position
        last = self.drafts.setdefault(draft_id, _Last())
        try:
            self._read(row, last, told, orjson.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.faults.append(Words("unreadable: event {position} is no event", position=position))
        if draft_id and seq != last.seq + 1:
            self.faults.append(Words("gap: {draft_id} jumps to its event {seq}", draft_id=draft_id, seq=seq))
        last.seq, last.body = seq, body
        last.holds += _HOLDS.get(kind, 0)
        self.policy = position if kind == "adopt" else self.policy
        self._anchor(position, body)

    def _tail(self, row: tuple[Any, ...], last: _Last, told: str) -> bytes:
        """How the canonical bytes end if the event says of itself what stands beside it, and text and round are the last event's."""
        return (
            f'"digest":"{last.digest}","draft":"{row[1]}","kind":"{row[3]}","memo":"{told}","position":{row[0]},'
            f'"round":{last.round},"seq":{row[2]},"store":"{self.store}","v":1}}'
        ).encode()

    def _read(self, row: tuple[Any, ...], last: _Last, told: str, data: Mapping[str, Any]) -> None:
        """What the event says of itself, against where it stands."""
        position, draft_id, seq, kind, *_, memo = row
        if (data["position"], data["draft"], data["seq"], data["kind"], data["store"]) != (position, draft_id, seq, kind, self.store):
            self.faults.append(
                Words("moved: event {position} stands under another number, draft or kind, or comes from another store", position=position)
            )
        if data["memo"] and memo is None:
            self.erased += 1
        elif memo is not None and told != data["memo"]:
            self.faults.append(Words("changed: the note beside event {position}", position=position))
        last.round, last.digest = data["round"], data["digest"]
        if kind == "write":
            self.texts.add((draft_id, data["digest"]))
        if "outcomes" in data["data"]:
            self.outcomes[data["draft"]] = (data["digest"], data["data"]["outcomes"])

    def _anchor(self, position: int, body: bytes) -> None:
        self.last_body, named = body, self.anchors.get(position)
        if named is not None and named - {self.head}:
            self.faults.append(Words("rewritten: event {position} is not the one that the anchor names", position=position))
        if named is not None and self.head in named:
            self.covered, self.first_body = position, b""
        elif not self.first_body:
            self.first_body = body


def _time(body: bytes) -> str:
    """When this event happened, "" where it cannot be read."""
    try:
        return datetime.fromisoformat(orjson.loads(body)["at"]).isoformat(timespec="microseconds") if body else ""
    except (ValueError, KeyError, TypeError):
        return ""


def verify(store: Store, *, anchors: Iterable[str] = ()) -> Verification:
    """Read the whole log and say what is wrong with it. `anchors` are heads kept outside (`position:hash`, from answers and receipts)."""
    known: dict[int, frozenset[str]] = {}
    for position, head in map(_anchor, anchors):
        known[position] = known.get(position, frozenset()) | {head}
    return store.look(lambda txn: _verify(txn, known))


def _anchor(text: str) -> tuple[int, str]:
    position, _, head = text.strip().partition(":")
    if not position.isdigit() or len(head) != 64:  # noqa: PLR2004 - a sha256 in hex
        message = Words("{text!r} is no anchor; it looks like 41:9f86d0…, with all 64 characters.", text=text)
        raise ValueError(message)
    return int(position), head


def _verify(txn: Txn, anchors: Mapping[int, frozenset[str]]) -> Verification:
    walk = _Walk(anchors, txn.store)
    walk.follow(stream(txn, select(*_COLUMNS).order_by(events.c.position), raw=_RAW))
    last = txn.connection.execute(select(chain.c.position, chain.c.head, chain.c.at).where(chain.c.id == 1)).one_or_none()
    if last is None or (last.position, last.head) != (walk.position, walk.head):
        walk.faults.append(
            Words(
                "cut: the log ends at event {position}, the chain at {end}",
                position=walk.position,
                end=last.position if last else Words("nowhere"),
            )
        )
    elif walk.position and last.at != _time(walk.last_body):
        walk.faults.append(Words("cache: the chain's time is {at}, not that of event {position}", at=last.at, position=walk.position))
    walk.faults += [
        Words("cut: the anchor names event {position}, the log ends at {end}", position=position, end=walk.position)
        for position in anchors
        if position > walk.position
    ]
    walk.faults += _caches(txn, walk)
    first = _time(walk.first_body)
    return Verification(
        length=walk.position,
        head=f"{walk.position}:{walk.head}",
        faults=tuple(walk.faults),
        covered=walk.covered,
        since=datetime.fromisoformat(first) if first else None,
        erased=walk.erased,
    )


_COLUMNS = (events.c.position, events.c.draft_id, events.c.seq, events.c.kind, events.c.body, events.c.hash, events.c.salt, events.c.memo)
_RAW = (
    "SELECT position, draft_id, seq, kind, CAST(body AS BLOB), hash, CAST(salt AS BLOB), CAST(memo AS BLOB) FROM events ORDER BY position"
)
"""What became text in a shell is bytes again, so that the digests tell."""


def _caches(txn: Txn, walk: _Walk) -> Iterator[str]:
    """The rows beside the log agree with it: where each draft stands, which rules are in force, the outcomes that were told."""
    walk.drafts.pop("", None)
    sending = set()
    for row in txn.connection.execute(select(drafts)):
        told = walk.drafts.pop(row.id, _Last()).told()
        if told != (row.seq, row.state, row.round, row.digest, row.hold_count):
            yield Words("cache: the row of {id} is not where its events end", id=row.id)
        if row.state == State.SENDING.value:
            sending.add(row.id)
    yield from (Words("cache: {draft_id} has events but no row", draft_id=draft_id) for draft_id in walk.drafts)
    yield from _rules(txn, walk)
    yield from text_faults(txn, walk.texts)
    # A hold follows a text into other drafts by these rows alone.
    kept = {(row.draft_id, row.digest) for row in txn.connection.execute(select(texts))}
    yield from (
        Words("cache: a text of {draft_id} is not kept as one of its texts", draft_id=draft_id) for draft_id, _ in walk.texts - kept
    )
    for draft_id, (digest, outcomes) in walk.outcomes.items():
        at_work = draft_id in sending and deliveries.running(txn, draft_id, digest)  # a row `claimed` of what is over hides nothing
        if not at_work and deliveries.outcomes(txn, draft_id, digest) != outcomes:
            yield Words("changed: the deliveries of {draft_id} are not those that were logged", draft_id=draft_id)


def _rules(txn: Txn, walk: _Walk) -> Iterator[str]:
    """The gate row points to the rules in force, and has moved once for each change of them: who claims looks whether it moved."""
    row = txn.connection.execute(select(gate.c.policy, gate.c.epoch).where(gate.c.id == 1)).one_or_none()
    policy, epoch = row or (None, None)
    if policy != walk.policy:
        yield Words("cache: the rules in force are those of event {policy}, not of event {other}", policy=policy, other=walk.policy)
    changes = select(func.count()).select_from(events).where(events.c.draft_id == "", events.c.kind.in_(CHANGES))
    moved = 1 + txn.connection.execute(changes).scalar_one()
    if epoch != moved:
        yield Words("cache: the rules have moved {epoch} times, not {other}", epoch=epoch, other=moved)
