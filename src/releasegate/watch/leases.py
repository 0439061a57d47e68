"""What is over: leases that ended, windows that closed, signatures that do not count any more."""

from collections.abc import Callable, Iterator
from functools import partial

from releasegate import messages
from releasegate.concluding import is_late, miss, tidy
from releasegate.decision.deciding import people_part
from releasegate.decision.turns import following
from releasegate.model.deed import Deed
from releasegate.model.draft import Draft
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.signing import mature
from releasegate.store import deliveries, reading
from releasegate.store.reading import Known
from releasegate.store.store import Txn

_TAKEN = frozenset({State.CLAIMED, State.SENDING, State.BOOKING})


def end_lease(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """What was claimed by a worker whose time is over, or who is dead, is let go; what was begun is unknown."""
    draft = known.draft
    # A send that paused is approved again, and a dead worker may still have some of it in hand.
    paused = draft.state is State.APPROVED and draft.tally.begun and bool(deliveries.workers(txn, draft.id, draft.digest))
    return partial(_end, office, draft.id) if draft.state in _TAKEN or paused else None


def _end(office: Office, draft_id: str) -> Iterator[Deed]:
    def work(txn: Txn) -> tuple[Known, Known]:
        before = reading.load(txn, draft_id)
        return before, tidy(txn, before)

    before, after = office.store.act(work)
    if before.draft != after.draft:
        yield Deed(code="lease-ended", draft_id=draft_id, params={"state": after.draft.state.value, "unknown": after.draft.tally.unknown})


def mark_missed(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """Past its window a draft is missed, whether it is held or not; it never leaves late by itself."""
    return partial(_miss, office, known.draft.id) if _late(office, txn, known.draft) else None


def _late(office: Office, txn: Txn, draft: Draft) -> bool:
    return is_late(draft, office.rules(txn), txn.now(), limits=office.limits(draft.channel))


def _miss(office: Office, draft_id: str) -> Iterator[Deed]:
    def work(txn: Txn) -> bool:
        known = reading.load(txn, draft_id)
        draft = known.draft
        if not _late(office, txn, draft):
            return False
        until = draft.send_at.isoformat() if draft.send_at else ""
        miss(txn, known, note=messages.text("note.missed", office.policy.lang, at=until, zone=draft.schedule.zone))
        return True

    if office.store.act(work):
        yield Deed(code="missed", draft_id=draft_id)


def let_lapse(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """What was signed under rights that are gone, or has aged, does not count any more; what was given back counts again."""
    checked, whole = people_part(known.draft, office.rules(txn), txn.now(), grants=office.force(txn).grants)
    moves = following(known.draft.state, checked=checked, whole=whole) is not None and not known.draft.faults
    return partial(_mature, office, known.draft.id) if moves else None


def _mature(office: Office, draft_id: str) -> Iterator[Deed]:
    after = office.store.act(lambda txn: mature(office, txn, reading.load(txn, draft_id)))
    yield Deed(code="signatures", draft_id=draft_id, params={"state": after.draft.state.value})
