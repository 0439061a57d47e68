"""Asking whether somebody still watches: whoever took over something critical, shortly before it leaves; silence is no yes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from releasegate.decision import watching
from releasegate.model.deed import Deed
from releasegate.model.handoff import Handoff
from releasegate.office import Office
from releasegate.store import reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.watch.telling import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """A handoff whose receiver is to be asked (answer wanted by `until`), or who did not answer (None); `stop`: the last safe stop."""

    handoff: Handoff
    stop: datetime
    until: datetime | None


def ask_still(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """Ask where it is time to; where no answer came, what was taken over is open again, and nothing leaves."""
    return partial(_go, office, known.draft.id) if _needs(office, txn, known) else None


def _go(office: Office, draft_id: str) -> Iterator[Deed]:
    if code := office.store.act(lambda txn: _act(office, txn, draft_id)):
        yield Deed(code=code, draft_id=draft_id)


def _needs(office: Office, txn: Txn, known: Known) -> _Need | None:
    at = txn.now()
    for each, stop in watching.watched(known.draft, office.bench(txn)):
        if watching.is_silent(each, stop, at):
            return _Need(handoff=each, stop=stop, until=None)
        if until := watching.to_ask(each, stop, at):
            return _Need(handoff=each, stop=stop, until=until)
    return None


def _act(office: Office, txn: Txn, draft_id: str) -> str:
    """Ask, or take it back, if that is still to be done."""
    known = reading.load(txn, draft_id)
    need = _needs(office, txn, known)
    if need is None:
        return ""
    name, who = need.handoff.id, need.handoff.taken_by
    if need.until is None:
        advance(txn, known, Step(kind="revert", actor="gate", to=known.draft.state, data={"handoff": name, "who": who}))
        return "reverted"
    step = {"handoff": name, "rung": "still"}
    after = advance(txn, known, Step(kind="ping", actor="gate", to=known.draft.state, data={"step": step, "who": [who]}))
    tell(txn, after, code="still", to=(who,), step=step, params={"until": need.until.isoformat(), "at": need.stop.isoformat()})
    return "asked-still"
