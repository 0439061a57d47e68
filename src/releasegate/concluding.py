"""What time and workers' deaths make of a send, and how it stands when nobody is at work on it."""

from dataclasses import replace
from datetime import datetime, timedelta

from releasegate import lifting
from releasegate.decision.timing import cut_off, hours
from releasegate.lifecycle import next_state
from releasegate.model.draft import Draft
from releasegate.model.limits import Limits
from releasegate.model.state import Action, State
from releasegate.model.verdict import Decision
from releasegate.policy.policy import Policy
from releasegate.store import deliveries
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.workers import is_dead

_GOING = frozenset({State.SENDING, State.BOOKING})


def overdue(txn: Txn, known: Known, verdict: Decision) -> Known:
    """Past its window a draft is missed; it never leaves late by itself."""
    late = "missed" in verdict.blocked_by
    if not late or known.draft.state not in _MISSING:
        return known
    return miss(txn, known)


_MISSING = frozenset({State.CHECKING, State.APPROVING, State.APPROVED})


def is_late(draft: Draft, policy: Policy, at: datetime, *, limits: Limits | None = None) -> bool:
    """Its window is past, by the hour alone, and it is missed from where it stands."""
    rules = policy.channels.get(draft.channel)
    when = hours(draft, rules.undo if rules else timedelta(0), at, stop_before=cut_off(rules, limits))
    late = any(blocker.code == "missed" for blocker in when.blockers)
    return late and draft.state in _MISSING and not draft.faults


def miss(txn: Txn, known: Known, *, note: str = "") -> Known:
    """It is missed."""
    to, changes = next_state(known.draft.state, Action.MISS), {"epoch": known.row.epoch + 1}
    return advance(txn, known, Step(kind="miss", actor="gate", to=to, note=note, changes=changes))


def tidy(txn: Txn, known: Known) -> Known:
    """Leases that are over, or whose workers are dead: what was claimed is let go, what was begun is unknown."""
    draft, now = known.draft, txn.now()
    if draft.state not in {State.CLAIMED, State.SENDING, State.BOOKING, State.APPROVED} or draft.faults:
        return known
    busy = deliveries.workers(txn, draft.id, draft.digest)
    at_work = {*busy, *_claimer(known)}
    dead = {worker for worker in at_work if is_dead(worker)}
    lost = deliveries.expire(txn, draft.id, draft.digest, now=now, dead=sorted(dead)) if busy else 0
    known = _counted(txn, known) if busy else known
    over = draft.lease is None or now >= draft.lease or (bool(dead) and dead == at_work)
    if draft.state is State.CLAIMED and over:
        step = Step(
            kind="let_go", actor="gate", to=next_state(draft.state, Action.LET_GO), changes={"epoch": known.row.epoch + 1, "lease": ""}
        )
        return advance(txn, known, step)
    if lost or (draft.state in _GOING and not known.draft.tally.sending and not known.draft.tally.claimed):
        return conclude(txn, known, "gate")
    return known


def _claimer(known: Known) -> tuple[str, ...]:
    """Who claimed the draft itself: a worker that died right then has nothing else in hand that would name it."""
    if known.draft.state is not State.CLAIMED:
        return ()
    claim = next(event for event in reversed(known.events) if event.kind == "claim")
    return (claim.memo["worker"],) if "worker" in claim.memo else ()


def _counted(txn: Txn, known: Known) -> Known:
    """The draft with its deliveries counted anew."""
    tally = deliveries.tally(txn, known.draft.id, known.draft.digest, known.draft.reach)
    around = replace(known.around, tally=replace(tally, earlier=known.draft.tally.earlier))
    return replace(known, around=around, draft=replace(known.draft, tally=around.tally))


def conclude(txn: Txn, known: Known, actor: str, *, mine: bool = False) -> Known:
    """Where a send stands when nobody is at work on it: sent or booked, unknown, or approved with the rest still to go."""
    tally, state = known.draft.tally, known.draft.state
    if tally.sending or tally.claimed:
        return known
    if state is State.CLAIMED and mine:
        to = next_state(state, Action.LET_GO)
        return advance(txn, known, Step(kind="let_go", actor=actor, to=to, changes={"epoch": known.row.epoch + 1, "lease": ""}))
    if state not in _GOING:
        return known
    outcomes = {"outcomes": deliveries.outcomes(txn, known.draft.id, known.draft.digest)}
    if tally.left:
        kind, to = "paused", next_state(state, Action.SETTLE, State.APPROVED)
    elif tally.unknown:
        kind, to = "unknown", next_state(state, Action.LOSE)
    elif state is State.BOOKING:
        kind, to = "booked", next_state(state, Action.SETTLE, State.BOOKED)
    else:
        kind, to = "sent", next_state(state, Action.SETTLE, State.SENT)
    counts = {"sent": tally.sent, "refused": tally.refused, "unknown": tally.unknown, "left": tally.left}
    step = Step(kind=kind, actor=actor, to=to, data=outcomes | counts, changes={"epoch": known.row.epoch + 1})
    return lifting.close_if_known(txn, advance(txn, known, step))
