"""Open items whose hour has passed: their owners are told, once."""

from collections.abc import Callable, Iterator
from functools import partial

from releasegate.messages.line import shortened
from releasegate.model.deed import Deed
from releasegate.model.handoff import Item
from releasegate.office import Office
from releasegate.store import reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.watch.telling import tell


def remind_of_items(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """The owner of an open item is told when its hour has passed."""
    return partial(_remind, office, known.draft.id) if _overdue(txn, known) else None


def _overdue(txn: Txn, known: Known) -> Item | None:
    now = txn.now()
    return next((item for item in known.draft.items if item.due and now >= item.due and not item.reminded), None)


def _remind(office: Office, draft_id: str) -> Iterator[Deed]:
    while name := office.store.act(lambda txn: _take(txn, draft_id)):
        yield Deed(code="item-due", draft_id=draft_id, params={"item": name})


def _take(txn: Txn, draft_id: str) -> str:
    """Tell of one of them; its id, "" where none is left."""
    known = reading.load(txn, draft_id)
    item = _overdue(txn, known)
    if item is None or item.due is None:
        return ""
    step = {"item": item.id}
    after = advance(txn, known, Step(kind="remind", actor="gate", to=known.draft.state, data={"step": step, "who": [item.owner]}))
    params = {"item": item.id, "note": shortened(item.text), "at": item.due.isoformat()}
    tell(txn, after, code="item-due", to=(item.owner,), step=step, params=params)
    return item.id
