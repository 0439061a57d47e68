"""Checks that have aged are asked again before the hour comes, and what they find then is told."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from releasegate import writing
from releasegate.model.deed import Deed
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.store import reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.watch.telling import tell

_OPEN = frozenset({State.CHECKING, State.APPROVING, State.APPROVED})

PAUSE = timedelta(minutes=15)
"""A check that could not answer is not asked again before that: the log would fill with its silence."""


def freshen(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """Run again what has no result for the present text, or one that has aged out."""
    draft, at = known.draft, txn.now()
    if draft.state not in _OPEN or draft.faults or not office.same(office.rules(txn)) or _just_asked(known, at):
        return None
    names = tuple(check.id for check in office.checking.missing(known.events, draft.digest, at))
    return partial(_ask_again, office, draft.id, names) if names else None


def _ask_again(office: Office, draft_id: str, names: tuple[str, ...]) -> Iterator[Deed]:
    writing.refresh(office, draft_id)
    yield Deed(code="checked", draft_id=draft_id, params={"checks": ", ".join(names)})
    if office.store.act(lambda txn: _warn(office, txn, draft_id)):
        yield Deed(code="shut-ahead", draft_id=draft_id)


def _just_asked(known: Known, at: datetime) -> bool:
    last = next((event.at for event in reversed(known.events) if event.kind == "checked"), None)
    return last is not None and at - last < PAUSE


def _warn(office: Office, txn: Txn, draft_id: str) -> bool:
    """Its author is told where it is approved, waits for its hour, and would not leave then as it stands."""
    known = reading.load(txn, draft_id)
    at = known.draft.send_at
    if known.draft.state is not State.APPROVED or at is None or known.draft.holds or at <= txn.now():
        return False
    # As things stand now: what was asked an hour before would have aged by then, and will have been asked again.
    reasons = office.judge(txn, known).blocked_by - {"waiting-for-time"}
    if not reasons:
        return False
    step = {"shut": ", ".join(sorted(reasons))}
    after = advance(txn, known, Step(kind="remind", actor="gate", to=known.draft.state, data={"step": step, "who": [known.draft.author]}))
    tell(txn, after, code="shut", to=(known.draft.author,), step=step, params={"at": at.isoformat()})
    return True
