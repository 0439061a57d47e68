"""What was lost on its way: looked up in the provider's own record, where it can be searched."""

from collections.abc import Callable, Iterator
from functools import partial

from releasegate import tracing
from releasegate.model.deed import Deed
from releasegate.office import Office
from releasegate.store.reading import Known
from releasegate.store.store import Txn


def trace_lost(office: Office, _: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """Whether the provider can be asked what became of it."""
    return partial(_trace, office, known.draft.id) if tracing.is_traced(office, known.draft) else None


def _trace(office: Office, draft_id: str) -> Iterator[Deed]:
    if found := tracing.trace(office, draft_id, most=tracing.A_PASS):
        yield Deed(code="traced", draft_id=draft_id, params={"n": found})
