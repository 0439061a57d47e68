"""Checks that have aged are asked again before the hour comes, and what they find then is told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from releasegate import writing
from releasegate.model.deed import Deed
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.store import reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.watch.errand import Errand
from releasegate.watch.telling import tell

_OPEN = (State.CHECKING, State.APPROVING, State.APPROVED)

PAUSE = timedelta(minutes=15)
"""A check that could not answer is not asked again before that: the log would fill with its silence."""


def freshen(errand: Errand) -> Iterator[Deed]:
    """Run again what has no result for the present text, or one that has aged out."""
    office = errand.office

    def wanting(txn: Txn, draft_id: str) -> tuple[str, ...]:
        known = reading.load(txn, draft_id, lock=False)
        at = txn.now()
        if known.draft.faults or not office.same(office.rules(txn)) or _just_asked(known, at):
            return ()
        return tuple(check.id for check in office.checking.missing(known.events, known.draft.digest, at))

    def work(draft_id: str) -> Iterator[Deed]:
        names = office.store.look(lambda txn: wanting(txn, draft_id))
        if names:
            writing.refresh(office, draft_id)
            yield Deed(code="checked", draft_id=draft_id, params={"checks": ", ".join(names)})
            if office.store.act(lambda txn: _warn(office, txn, draft_id)):
                yield Deed(code="shut-ahead", draft_id=draft_id)

    yield from errand.each(errand.drafts(_OPEN), work)


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
