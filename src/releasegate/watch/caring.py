"""What each open draft may need when time has passed, asked of it in order: one look at a draft that needs nothing."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from releasegate.model.deed import Deed
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.store import reading
from releasegate.store.reading import Known
from releasegate.store.store import Txn
from releasegate.watch.bookings import stop_unsigned
from releasegate.watch.climbing import climb
from releasegate.watch.errand import Errand
from releasegate.watch.freshening import freshen
from releasegate.watch.items import remind_of_items
from releasegate.watch.leases import end_lease, let_lapse, mark_missed
from releasegate.watch.still import ask_still
from releasegate.watch.tracing import trace_lost

Act: TypeAlias = Callable[[], Iterable[Deed]]
Care: TypeAlias = Callable[[Office, Txn, Known], Act | None]
"""Looks at a draft, and gives back what is to be done about it: that looks again, under the lock, whether it still is. None: nothing."""

CARES: tuple[Care, ...] = (end_lease, trace_lost, mark_missed, let_lapse, stop_unsigned, freshen, ask_still, remind_of_items, climb)
"""In this order: what is over is ended before anybody is told of what is left."""

_OPEN = tuple(state for state in State if not state.over)


def look_after(errand: Errand) -> Iterator[Deed]:
    """Everything that time asks for on each open draft."""
    office = errand.office

    def work(draft_id: str) -> Iterator[Deed]:
        left = CARES
        while left:
            act, left = office.store.look(lambda txn: _next(office, txn, draft_id, left))  # noqa: B023 - called at once
            yield from act()

    yield from errand.each(errand.drafts(_OPEN), work)


def _next(office: Office, txn: Txn, draft_id: str, cares: tuple[Care, ...]) -> tuple[Act, tuple[Care, ...]]:
    """The first of these that has something to do, and those after it: they look at what it has left."""
    known = reading.load(txn, draft_id, lock=False)
    for number, care in enumerate(cares, start=1):
        if (act := care(office, txn, known)) is not None:
            return act, cares[number:]
    return tuple, ()
