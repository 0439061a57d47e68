"""What stands with channels that keep their own clock: what lost its signatures is held, and what is due is looked at."""

from collections.abc import Iterator

from releasegate import booked, bookkeeping
from releasegate.decision.deciding import people_part
from releasegate.model.deed import Deed
from releasegate.model.state import State
from releasegate.store import reading
from releasegate.store.store import Txn
from releasegate.watch.errand import Errand


def stop_unsigned(errand: Errand) -> Iterator[Deed]:
    """What is booked was approved; where a signature counts no more, it is not."""
    office = errand.office

    def loose(txn: Txn, draft_id: str) -> bool:
        draft = reading.load(txn, draft_id, lock=False).draft
        return not draft.holds and not people_part(draft, office.rules(txn), txn.now(), grants=office.force(txn).grants)[1]

    def work(draft_id: str) -> Iterator[Deed]:
        if office.store.look(lambda txn: loose(txn, draft_id)) and bookkeeping.unsigned(office, draft_id):
            yield Deed(code="held", draft_id=draft_id)

    yield from errand.each(errand.drafts([State.BOOKED]), work)


def look_at_bookings(errand: Errand) -> Iterator[Deed]:
    """Each booking whose hour to be looked at has come, or which a hold is to stop: asked for, looked at, and what follows."""
    office = errand.office

    def work(draft_id: str) -> Iterator[Deed]:
        draft = booked.read_back(office, draft_id)
        yield Deed(code="looked", draft_id=draft_id, params={"state": draft.state.value})

    yield from errand.each(booked.due(office), work)
