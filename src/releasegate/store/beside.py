"""What stands beside the log agrees with it: rows, rules in force, texts, outcomes of deliveries. Some drafts at a time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Row, bindparam, case, exists, func, select

from releasegate.messages.words import Words
from releasegate.model.manifest import Manifest, read_manifest, sha256
from releasegate.model.state import DeliveryState, State
from releasegate.store import deliveries
from releasegate.store.rules import CHANGES
from releasegate.store.store import Txn
from releasegate.store.tables import bookings, drafts, events, gate, kin, manifests, releases, sealed, texts
from releasegate.store.tables import deliveries as outcomes
from releasegate.store.walking import moment
from releasegate.store.whole import Text, message_faults

_CHUNK = 500
_SLACK = timedelta(minutes=10)
"""A row is stamped before it waits for the chain: by so much its event may be later."""

_TELLING = ("write", "begin", "paused", "unknown", "sent", "settle", "withdraw", "erase", "booked", "unbook", "went_out", "miss")
"""Kinds whose events say more than where a draft stands: its texts, what became of its deliveries, what was erased."""

_GOING = frozenset({State.SENDING, State.BOOKING})
_AT_WORK = frozenset({State.CLAIMED, State.SENDING, State.BOOKING, State.BOOKED, State.UNKNOWN})


@dataclass(slots=True)
class _Told:
    """What the events of a draft say of it."""

    top: int = 0
    whole: bool = False
    holds: int = 0
    lifts: int = 0
    last: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    writes: dict[str, None] = field(default_factory=dict)
    outcomes: tuple[str, str] | None = None  # for which text, and the digest over them; None while a send is at work
    earlier: dict[str, str] = field(default_factory=dict)  # the same of a text that it had no more when a booking of it went out
    begun: bool = False
    erased: bool = False

    @property
    def digest(self) -> str:
        """Its text."""
        return str(self.last.get("digest", ""))

    def hear(self, kind: str, event: Mapping[str, Any]) -> None:
        """One of the telling events."""
        if kind == "write":
            self.writes[event["digest"]] = None
        elif event["data"].get("to") in _GOING:
            self.begun, self.outcomes = True, None
        elif "outcomes" in event["data"] and "text" in event["data"]:
            self.earlier[event["data"]["text"]] = event["data"]["outcomes"]
        elif "outcomes" in event["data"]:
            self.outcomes = event["digest"], event["data"]["outcomes"]
        self.erased = self.erased or kind == "erase"


_mine, _theirs = sealed.alias("mine"), sealed.alias("theirs")
_STRANGERS = (
    select(func.count(func.distinct(_mine.c.seal)))
    .select_from(_mine)
    .join(_theirs, _theirs.c.content == _mine.c.content)
    .where(
        _mine.c.seal != _theirs.c.seal,
        exists().where(manifests.c.seal == _mine.c.seal),
        exists().where(manifests.c.seal == _theirs.c.seal).correlate(_theirs),
        ~exists().where(kin.c.seal == _mine.c.seal, kin.c.other == _theirs.c.seal),
    )
)


def _kin(txn: Txn) -> Iterator[str]:
    """Which texts share a message is written down once; a hold on one of them shuts the others."""
    if n := txn.connection.execute(_STRANGERS).scalar_one():
        yield Words("cache: {n} texts share a message with another one, and it is not written down", n=n)


_UNWATCHED = select(drafts.c.id).where(
    drafts.c.state == State.BOOKED.value, ~exists().where(bookings.c.draft_id == drafts.c.id, bookings.c.due != "")
)


def _bookings(txn: Txn) -> Iterator[str]:
    """What is booked is looked at again."""
    for draft_id in txn.connection.execute(_UNWATCHED).scalars():
        yield Words("cache: the booking of {draft_id} is gone, or is never looked at again", draft_id=draft_id)


def beside(txn: Txn, policy: int) -> Iterator[str]:
    """What disagrees with the log, whose last adopted rules are those of event `policy`."""
    rows = iter(txn.connection.execute(select(drafts).order_by(drafts.c.id), execution_options={"yield_per": _CHUNK}))
    while chunk := list(islice(rows, _CHUNK)):
        yield from _drafts(txn, {row.id: row for row in chunk})
    yield from _kin(txn)
    yield from _bookings(txn)
    lost = txn.connection.execute(_LOST).scalars()
    yield from (Words("cache: {draft_id} has events but no row", draft_id=draft_id) for draft_id in lost)
    yield from _rules(txn, policy)
    strays = txn.connection.execute(_STRAYS).scalars()
    yield from (_untold(draft_id) for draft_id in strays)


def _drafts(txn: Txn, rows: Mapping[str, Row[Any]]) -> Iterator[str]:
    """What is wrong with these drafts."""
    told = _heard(txn, list(rows))
    made = _manifests(txn, {digest for each in told.values() for digest in (*each.writes, each.digest)})
    for draft_id, row in rows.items():
        each = told[draft_id]
        if not each.whole:
            yield from _gap(txn, draft_id)
        if not _stands(row, each, made.get(each.digest)):
            yield Words("cache: the row of {id} is not where its events end", id=draft_id)
    yield from _texts(txn, told)
    yield from _releases(txn, told, made)
    sealed = [Text(draft_id, digest, made.get(digest), each.erased) for draft_id, each in told.items() for digest in each.writes]
    yield from message_faults(txn, sealed)
    yield from _deliveries(txn, told)


def _heard(txn: Txn, ids: Sequence[str]) -> dict[str, _Told]:
    told = {draft_id: _Told() for draft_id in ids}
    for draft_id, count, first, top, holds, lifts in txn.connection.execute(_COUNTS, {"ids": ids}):
        each = told[draft_id]
        each.top, each.whole, each.holds, each.lifts = top, (first, top) == (1, count), holds, lifts
    for draft_id, body in txn.connection.execute(_LAST, {"ids": ids}):
        told[draft_id].last, told[draft_id].at = _read(body), moment(body)
    for draft_id, kind, body in txn.connection.execute(_HEARD, {"ids": ids}):
        if event := _read(body):
            told[draft_id].hear(kind, event)
    return told


def _read(body: bytes) -> Mapping[str, Any]:
    """The event; nothing where it is none any more, which the walk along the chain has said."""
    try:
        event = orjson.loads(body)
        whole = isinstance(event["data"], dict) and isinstance(event["digest"], str) and isinstance(event["round"], int)
    except (ValueError, KeyError, TypeError):
        return {}
    return event if whole else {}


_OF_THESE = events.c.draft_id.in_(bindparam("ids", expanding=True))
_COUNTS = (
    select(
        events.c.draft_id,
        func.count(),
        func.min(events.c.seq),
        func.max(events.c.seq),
        *(func.sum(case((events.c.kind == kind, 1), else_=0)) for kind in ("hold", "lift")),
    )
    .where(_OF_THESE)
    .group_by(events.c.draft_id)
)
_TOPS = select(events.c.draft_id, func.max(events.c.seq).label("top")).where(_OF_THESE).group_by(events.c.draft_id).subquery()
_LAST = select(events.c.draft_id, events.c.body).join(_TOPS, (_TOPS.c.draft_id == events.c.draft_id) & (_TOPS.c.top == events.c.seq))
_HEARD = (
    select(events.c.draft_id, events.c.kind, events.c.body)
    .where(_OF_THESE, events.c.kind.in_(_TELLING))
    .order_by(events.c.draft_id, events.c.seq)
)
_LOST = select(events.c.draft_id).where(events.c.draft_id != "", ~exists().where(drafts.c.id == events.c.draft_id)).distinct()


def _gap(txn: Txn, draft_id: str) -> Iterator[str]:
    """Where the numbers of its events jump."""
    numbers = txn.connection.execute(select(events.c.seq).where(events.c.draft_id == draft_id).order_by(events.c.seq)).scalars()
    for expected, seq in enumerate(numbers, start=1):
        if seq != expected:
            yield Words("gap: {draft_id} jumps to its event {seq}", draft_id=draft_id, seq=seq)
            return


def _stands(row: Row[Any], told: _Told, made: Manifest | None) -> bool:
    """The row says what the events say; what is only of use while somebody is at work stands in it at no other time."""
    last = told.last
    said = (told.top, last.get("data", {}).get("to", ""), last.get("round", 0), told.digest, told.holds - told.lifts, told.holds)
    if said != (row.seq, row.state, row.round, row.digest, row.hold_count, row.holds):
        return False
    if last.get("data", {}).get("epoch", row.epoch) != row.epoch or (row.lease and row.state not in _AT_WORK):
        return False
    return _stamped(row.updated, told.at) and (made is None or _cached(made) == (row.channel, row.title, row.reach, row.send_at))


def _stamped(updated: str, at: datetime | None) -> bool:
    try:
        return at is not None and at - _SLACK <= datetime.fromisoformat(updated) <= at
    except (ValueError, TypeError):
        return False


def _cached(made: Manifest) -> tuple[str, str, int, str]:
    """What the row keeps of the text."""
    utc = made.schedule.utc
    return made.channel, made.title, made.reach, utc.isoformat(timespec="microseconds") if utc else ""


def _manifests(txn: Txn, digests: Iterable[str]) -> dict[str, Manifest]:
    """The manifests of these digests that are what their digest names."""
    query = select(manifests.c.digest, manifests.c.body).where(manifests.c.digest.in_(list(digests)))
    return {row.digest: read_manifest(row.body) for row in txn.connection.execute(query) if sha256(row.body) == row.digest}


def _texts(txn: Txn, told: Mapping[str, _Told]) -> Iterator[str]:
    """A hold follows a text into other drafts by these rows alone."""
    query = select(texts.c.draft_id, texts.c.digest).where(texts.c.draft_id.in_(list(told)))
    kept = {(row.draft_id, row.digest) for row in txn.connection.execute(query)}
    had = {(draft_id, digest) for draft_id, each in told.items() for digest in each.writes}
    for draft_id, _ in sorted(had - kept):
        yield Words("cache: a text of {draft_id} is not kept as one of its texts", draft_id=draft_id)
    for draft_id, digest in sorted(kept - had):
        yield Words("cache: {draft_id} never had the text {mark}", draft_id=draft_id, mark=digest[:8])


def _releases(txn: Txn, told: Mapping[str, _Told], made: Mapping[str, Manifest]) -> Iterator[str]:
    """A hold reaches the other ways out of a release by these rows alone."""
    query = select(releases.c.draft_id, releases.c.release).where(releases.c.draft_id.in_(list(told)))
    kept = {(row.draft_id, row.release) for row in txn.connection.execute(query)}
    named = {(draft_id, made[digest].release) for draft_id, each in told.items() for digest in each.writes if digest in made}
    wrong: dict[str, list[str]] = {}
    for draft_id, name in sorted(kept ^ {pair for pair in named if pair[1]}):
        wrong.setdefault(draft_id, []).append(name)
    for draft_id, names in wrong.items():
        yield Words("cache: what releases {draft_id} has named is not what is kept: {names}", draft_id=draft_id, names=", ".join(names))


def _deliveries(txn: Txn, told: Mapping[str, _Told]) -> Iterator[str]:
    """The outcomes are those that were logged, and there are none where nothing was ever begun. While a send is at work it is not over."""
    begun: dict[str, set[str]] = {}
    for draft_id, digest in txn.connection.execute(_BEGUN, {"ids": list(told)}):
        begun.setdefault(draft_id, set()).add(digest)
    for draft_id, each in told.items():
        found = begun.get(draft_id, set())
        logged = [*each.earlier.items(), *([each.outcomes] if each.outcomes else [])]
        if any(deliveries.outcomes(txn, draft_id, digest) != told for digest, told in logged):
            yield Words("changed: the deliveries of {draft_id} are not those that were logged", draft_id=draft_id)
        elif found - each.earlier.keys() - ({each.outcomes[0]} if each.outcomes else {each.digest} if each.begun else set()):
            yield _untold(draft_id)


def _untold(draft_id: str) -> str:
    return Words("changed: there are deliveries of {draft_id} of which the log does not tell", draft_id=draft_id)


_OUT = outcomes.c.state.not_in([DeliveryState.WAITING.value, DeliveryState.CLAIMED.value])
_BEGUN = select(outcomes.c.draft_id, outcomes.c.digest).where(outcomes.c.draft_id.in_(bindparam("ids", expanding=True)), _OUT).distinct()
_STRAYS = select(outcomes.c.draft_id).where(~exists().where(drafts.c.id == outcomes.c.draft_id)).distinct()


def _rules(txn: Txn, policy: int) -> Iterator[str]:
    """The gate row points to the rules in force, and has moved once for each change of them: who claims looks whether it moved."""
    row = txn.connection.execute(select(gate.c.policy, gate.c.epoch).where(gate.c.id == 1)).one_or_none()
    pointed, epoch = row or (None, None)
    if pointed != policy:
        yield Words("cache: the rules in force are those of event {policy}, not of event {other}", policy=pointed, other=policy)
    changes = select(func.count()).select_from(events).where(events.c.draft_id == "", events.c.kind.in_(CHANGES))
    moved = 1 + txn.connection.execute(changes).scalar_one()
    if epoch != moved:
        yield Words("cache: the rules have moved {epoch} times, not {other}", epoch=epoch, other=moved)
