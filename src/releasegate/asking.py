"""Asking: what stands where, and why; nothing here changes anything, and none of it raises because the gate is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from releasegate import carrying
from releasegate.checks.letters import read_letter
from releasegate.comparing import Compared, compare
from releasegate.decision.turns import turn as whose_turn
from releasegate.errors import NotFound
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.letter import Letter
from releasegate.model.manifest import Manifest
from releasegate.model.turn import Turn
from releasegate.model.verdict import Decision
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store import deliveries, log, reading, rows, seals
from releasegate.store.reading import Known
from releasegate.store.store import Txn


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """What has changed between two texts of a draft: the kinds, what the readers see of it, and both manifests."""

    draft_id: str
    since: str
    now: str
    kinds: frozenset[str]
    seen: Compared
    before: Manifest
    after: Manifest


def draft(office: Office, draft_id: str) -> Draft:
    """The draft as it stands, frozen."""
    return office.store.look(lambda txn: reading.load(txn, draft_id, lock=False).draft)


def decide(office: Office, draft_id: str, *, at: datetime | None = None) -> Decision:
    """May it leave now, or at `at`; if not: what, who, how."""
    office.anchors.look()
    return office.store.look(lambda txn: office.judge(txn, reading.load(txn, draft_id, lock=False), at))


def history(office: Office, draft_id: str) -> tuple[Event, ...]:
    """Everything that happened, in order, with its notes."""
    return office.store.look(lambda txn: reading.load(txn, draft_id, lock=False).events)


def queue(office: Office, person: str | None = None) -> tuple[Draft, ...]:
    """What is not over, the next to leave first; with a person: what waits for that person."""
    return tuple(each.draft for each in turns(office, person))


def turns(office: Office, person: str | None = None) -> tuple[Turn, ...]:
    """The same, each with whose turn it is, since when and until when. An open item keeps its owner's turn."""

    def work(txn: Txn) -> tuple[Turn, ...]:
        who = office.person(txn, person).id if person is not None else ""
        found = [_turn(office, txn, reading.load(txn, draft_id, lock=False)) for draft_id in rows.open_ids(txn)]
        return tuple(each for each in found if person is None or who in (*each.who, *(item.owner for item in each.draft.items)))

    office.anchors.look()
    return office.store.look(work)


def turn(office: Office, draft_id: str) -> Turn:
    """Whose turn it is with this draft."""
    office.anchors.look()
    return office.store.look(lambda txn: _turn(office, txn, reading.load(txn, draft_id, lock=False)))


def _turn(office: Office, txn: Txn, known: Known) -> Turn:
    return whose_turn(known.draft, office.judge(txn, known), office.bench(txn))


def diff(office: Office, draft_id: str, *, since: str) -> Diff:
    """What has changed since the text of that digest. Raises StoreError for a digest that this store never sealed."""

    def work(txn: Txn) -> Diff:
        known = reading.load(txn, draft_id, lock=False)
        now = known.draft.digest
        before, after = seals.manifest(txn, since), seals.manifest(txn, now)
        kinds, seen = carrying.differences(txn, since, now), compare(txn, since, now)
        return Diff(draft_id=draft_id, since=since, now=now, kinds=kinds, seen=seen, before=before, after=after)

    return office.store.look(work)


def letter(office: Office, draft_id: str, no: int, *, digest: str = "") -> Letter:
    """Mail no. `no` of the present text, or of the draft's text of that digest. Raises NotFound where there is no such mail or text."""

    def work(txn: Txn) -> Letter:
        known = reading.load(txn, draft_id, lock=False)
        text = digest or known.draft.digest
        if text not in {event.digest for event in known.events}:
            raise NotFound("text", text)
        made = seals.manifest(txn, text)
        if not 1 <= no <= made.count:
            raise NotFound("mail", f"{no} of {made.count}")
        return read_letter(seals.Reader(text).parcel(txn, no), no)

    return office.store.look(work)


def unsettled(office: Office, draft_id: str) -> Mapping[str, tuple[str, ...]]:
    """The attempts whose outcome is not known, and whom each was for."""

    def work(txn: Txn) -> dict[str, tuple[str, ...]]:
        digest = reading.load(txn, draft_id, lock=False).draft.digest
        found = {attempt: deliveries.with_attempt(txn, draft_id, attempt) for attempt in deliveries.unknown(txn, draft_id, digest)}
        return {attempt: each.to for attempt, each in found.items() if each is not None}

    return office.store.look(work)


def in_force(office: Office) -> Policy:
    """The policy in force in the store."""
    return office.store.look(office.rules)


def head(office: Office) -> str:
    """The log's head as an anchor: keep it where the store is not."""
    return office.store.look(log.head)
