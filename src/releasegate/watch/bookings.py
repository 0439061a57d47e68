"""What stands with channels that keep their own clock: what lost its signatures is held, and what is due is looked at."""

from collections.abc import Callable, Iterator
from functools import partial

from releasegate import booked, bookkeeping
from releasegate.decision.deciding import people_part
from releasegate.model.deed import Deed
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.store.reading import Known
from releasegate.store.store import Txn
from releasegate.watch.errand import Errand


def stop_unsigned(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """What is booked was approved; where a signature counts no more, it is not."""
    if known.draft.state is not State.BOOKED or known.draft.holds:
        return None
    _, complete = people_part(known.draft, office.rules(txn), txn.now(), grants=office.force(txn).grants)
    return None if complete else partial(_stop, office, known.draft.id)


def _stop(office: Office, draft_id: str) -> Iterator[Deed]:
    if hold := bookkeeping.unsigned(office, draft_id):
        yield Deed(code="held", draft_id=draft_id, params={"hold": hold})


def look_at_bookings(errand: Errand) -> Iterator[Deed]:
    """Each booking whose hour to be looked at has come, or which a hold is to stop: asked for, looked at, and what follows."""
    office = errand.office

    def work(draft_id: str) -> Iterator[Deed]:
        draft = booked.read_back(office, draft_id)
        yield Deed(code="looked", draft_id=draft_id, params={"state": draft.state.value})

    yield from errand.each(booked.due(office), work)
