"""What is over: leases that ended, windows that closed, signatures that do not count any more."""

from collections.abc import Iterator

from releasegate import messages
from releasegate.concluding import is_late, miss, tidy
from releasegate.decision.deciding import people_part
from releasegate.decision.turns import following
from releasegate.model.deed import Deed
from releasegate.model.state import State
from releasegate.signing import mature
from releasegate.store import deliveries, reading
from releasegate.store.reading import Known
from releasegate.store.store import Txn
from releasegate.watch.errand import Errand

_TAKEN = (State.CLAIMED, State.SENDING)
_OPEN = (State.CHECKING, State.APPROVING, State.APPROVED)


def end_leases(errand: Errand) -> Iterator[Deed]:
    """What was claimed by a worker whose time is over, or who is dead, is let go; what was begun is unknown."""
    store = errand.office.store

    def at_work(txn: Txn, draft_id: str) -> bool:
        known = reading.load(txn, draft_id, lock=False)
        return bool(deliveries.running(txn, draft_id, known.draft.digest))

    def work(draft_id: str) -> Iterator[Deed]:
        before, after = store.act(lambda txn: _tidied(txn, draft_id))
        if before.draft != after.draft:
            yield Deed(
                code="lease-ended", draft_id=draft_id, params={"state": after.draft.state.value, "unknown": after.draft.tally.unknown}
            )

    # A send that paused is approved again, and a dead worker may still have some of it in hand.
    paused = (each for each in errand.drafts([State.APPROVED]) if store.look(lambda txn: at_work(txn, each)))  # noqa: B023 - called at once
    yield from errand.each(errand.drafts(_TAKEN), work)
    yield from errand.each(paused, work)


def _tidied(txn: Txn, draft_id: str) -> tuple[Known, Known]:
    before = reading.load(txn, draft_id)
    return before, tidy(txn, before)


def mark_missed(errand: Errand) -> Iterator[Deed]:
    """Past its window a draft is missed, whether it is held or not; it never leaves late by itself."""
    office = errand.office

    def late(txn: Txn, known: Known) -> bool:
        return is_late(known.draft, office.rules(txn), txn.now())

    def close(txn: Txn, draft_id: str) -> Known | None:
        known = reading.load(txn, draft_id)
        if not late(txn, known):
            return None
        until = known.draft.send_at.isoformat() if known.draft.send_at else ""
        note = messages.text("note.missed", office.policy.lang, at=until, zone=known.draft.schedule.zone)
        return miss(txn, known, note=note)

    def work(draft_id: str) -> Iterator[Deed]:
        if office.store.look(lambda txn: late(txn, reading.load(txn, draft_id, lock=False))) and office.store.act(
            lambda txn: close(txn, draft_id)
        ):
            yield Deed(code="missed", draft_id=draft_id)

    yield from errand.each(errand.drafts(_OPEN), work)


def let_lapse(errand: Errand) -> Iterator[Deed]:
    """What was signed under rights that are gone, or has aged, does not count any more; what was given back counts again."""
    office = errand.office

    def moves(txn: Txn, known: Known) -> bool:
        policy, grants = office.rules(txn), office.force(txn).grants
        checked, whole = people_part(known.draft, policy, txn.now(), grants=grants)
        return not known.draft.faults and following(known.draft.state, checked=checked, whole=whole) is not None

    def work(draft_id: str) -> Iterator[Deed]:
        if office.store.look(lambda txn: moves(txn, reading.load(txn, draft_id, lock=False))):
            after = office.store.act(lambda txn: mature(office, txn, reading.load(txn, draft_id)))
            yield Deed(code="signatures", draft_id=draft_id, params={"state": after.draft.state.value})

    yield from errand.each(errand.drafts(_OPEN), work)
