"""Telling people: each message is written with its step, claimed before it is told, and told once; one that failed is an event.

An alarm is tried twice: a reminder that is lost has a next rung, an alarm has none.
"""

from collections.abc import Iterator, Mapping

from releasegate.model.alarm import Alarm
from releasegate.model.deed import Deed
from releasegate.model.draft import Draft
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.ringing import LEASE
from releasegate.store import log, notices, reading
from releasegate.store.notices import Notice
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.watch.errand import Errand
from releasegate.workers import is_dead

_LOST = "whoever was telling it did not come back"


def tell(txn: Txn, known: Known, *, code: str, to: tuple[str, ...], step: Mapping[str, str], params: Mapping[str, str | int]) -> None:
    """Write down that these people are to be told, in the transaction of the step that was just taken."""
    facts = {"title": known.draft.title, "zone": known.draft.schedule.zone, "head": log.head(txn), **params}
    notices.put(txn, Notice(id=f"{known.draft.id}/{known.draft.seq}", draft_id=known.draft.id, code=code, to=to, params=facts, step=step))


def deliver(errand: Errand) -> Iterator[Deed]:
    """Tell what waits to be told, the oldest first; what a teller who died had in hand was not told, and an alarm is told again."""
    office = errand.office
    seen = set[str]()
    for each in office.store.look(notices.abandoned):
        if is_dead(each.worker) or office.store.look(lambda txn: notices.over(txn, each.id)):  # noqa: B023 - called at once
            yield from _lost(office, each)
    while page := [each for each in office.store.look(notices.waiting) if each.id not in seen]:
        for each in page:
            seen.add(each.id)
            yield from _deliver(errand, each)
            errand.beat()


def _lost(office: Office, notice: Notice) -> Iterator[Deed]:
    """A reminder is not told again, for its next rung is due; an alarm has none, and is told again, once."""
    if notice.step or not office.store.act(lambda txn: notices.back(txn, notice, error=_LOST)):
        yield from _ended(office, notice, _LOST)


def _deliver(errand: Errand, notice: Notice) -> Iterator[Deed]:
    office = errand.office
    mine = Notice(**{name: getattr(notice, name) for name in notice.__slots__} | {"worker": errand.worker})
    if not office.store.act(lambda txn: notices.claim(txn, mine.id, mine.worker, lease=LEASE)):
        return
    if office.store.look(lambda txn: _is_moot(txn, mine)):
        office.store.act(lambda txn: notices.end(txn, mine))
        return
    told = office.tell(Alarm(code=mine.code, to=mine.to, draft_id=mine.draft_id, params=mine.params))
    yield from _ended(office, mine, "" if told else "no way to them")


def _ended(office: Office, notice: Notice, error: str) -> Iterator[Deed]:
    if office.store.act(lambda txn: _end(txn, notice, error)):
        yield Deed(code="untold" if error else "told", draft_id=notice.draft_id, params={"code": notice.code, "to": ", ".join(notice.to)})


def _end(txn: Txn, notice: Notice, error: str) -> bool:
    """What became of it; of a failure the draft's log says so, and the next rung is due."""
    # The draft's row before the notice's, as wherever both are written: two who end one notice must not wait for each other.
    known = reading.load(txn, notice.draft_id) if error and notice.draft_id else None
    if not notices.end(txn, notice, error=error):
        return False
    if known is not None and not known.draft.state.over and not known.draft.faults:
        data = {"code": notice.code, "who": list(notice.to), "step": dict(notice.step)}
        advance(txn, known, Step(kind="untold", actor="gate", to=known.draft.state, data=data))
    return True


def _is_moot(txn: Txn, notice: Notice) -> bool:
    """What it reminds of has been done meanwhile."""
    if not notice.step:
        return False
    draft = reading.load(txn, notice.draft_id, lock=False).draft
    return draft.state.over or not _still_waits(draft, notice.step)


def _still_waits(draft: Draft, step: Mapping[str, str]) -> bool:
    if "shut" in step:
        return draft.state is State.APPROVED
    if item := step.get("item"):
        return item in {each.id for each in draft.items}
    if step["rung"] == "still":
        return step["handoff"] in {each.id for each in draft.accepted}
    if name := step["handoff"]:
        return any(each.id == name and step["rung"] in each.ladder.told for each in draft.handoffs)
    return step["rung"] in draft.ladder.told
