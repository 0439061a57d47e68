"""Who is told when nobody answers, and when: reminder, deputy and sender, supervisor, and at last a hold. Pure, as the verdict is."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from releasegate.decision.people import Bench
from releasegate.decision.receiving import grade, is_quiet, span, waits_for
from releasegate.decision.timing import cut_off, hours
from releasegate.decision.turns import turn
from releasegate.model.draft import Draft
from releasegate.model.handoff import Ladder, Rung, Tier
from releasegate.model.state import Role, State
from releasegate.model.verdict import Decision
from releasegate.policy.policy import Policy

RUNGS = (Rung.FIRST, Rung.DUE, Rung.SUPERVISOR, Rung.END)
_SHARES = {Rung.FIRST: 0.5, Rung.DUE: 1.0, Rung.SUPERVISOR: 1.5, Rung.END: 2.0}
_GOING = frozenset({State.APPROVED, State.CLAIMED, State.SENDING, State.BOOKING, State.BOOKED})
_AT_WORK = frozenset({State.CLAIMED, State.SENDING, State.BOOKING})
_WEIGHTS = {State.UNKNOWN: Tier.CRITICAL, State.MISSED: Tier.ELEVATED, State.APPROVED: Tier.ELEVATED, State.BOOKED: Tier.ELEVATED}
_AT_ONCE = frozenset({State.UNKNOWN, State.MISSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Something that waits for somebody: a handoff, or the desk itself (`handoff` is "") where nothing is handed on.

    `what` is the step or the state that it waits in. With `at_once` the first rung is told when it begins.
    """

    handoff: str
    what: str
    sender: str
    since: datetime
    weight: Tier
    ladder: Ladder
    who: tuple[str, ...] = ()
    at_once: bool = False
    text: str = ""

    def moment(self, rung: Rung, draft: Draft, bench: Bench) -> datetime:
        """When this rung is due by the clock alone."""
        if rung is Rung.FIRST and self.at_once:
            return self.since
        return span(self.since, self.weight, draft, bench.policy, share=_SHARES[rung])


def waits(draft: Draft, bench: Bench) -> tuple[Wait, ...]:
    """All that waits for a person on this draft: each handoff that somebody could take over; where there is none, the desk."""
    found = tuple(
        Wait(
            handoff=each.id,
            what="question" if each.asked else "outside" if each.outside else each.kind,
            sender=each.asked[-1] if each.asked else each.sender,
            since=each.since,
            weight=grade(each, draft, bench.policy),
            ladder=each.ladder,
            who=who,
            at_once=each.kind == "hold",
            text=each.question or each.text,
        )
        for each in draft.handoffs
        if (who := waits_for(each, draft, bench))
    )
    return found or _desk(draft, bench)


def _desk(draft: Draft, bench: Bench) -> tuple[Wait, ...]:
    """The desk's own wait. None while it is over, at work, or only waits for its hour."""
    since = _since(draft, bench)
    if since is None or draft.state.over:
        return ()
    held = bool(draft.holds) and draft.state not in _AT_ONCE
    weight = Tier.ELEVATED if held else _WEIGHTS.get(draft.state, Tier.ROUTINE)
    at_once = not held and (draft.state in _AT_ONCE or (draft.state is State.APPROVED and draft.send_at is not None))
    what = "desk-held" if held else f"desk-{draft.state.value}"
    return (Wait(handoff="", what=what, sender=draft.author, since=since, weight=weight, ladder=draft.ladder, at_once=at_once),)


def _since(draft: Draft, bench: Bench) -> datetime | None:
    """Since when the desk waits; None while only the clock, or a worker, has to go on."""
    if draft.state in _AT_WORK or draft.moved is None:
        return None
    if draft.state is State.BOOKED and not draft.holds:
        return max(draft.moved, draft.send_at) if draft.send_at is not None else draft.moved
    if draft.state is not State.APPROVED or draft.holds:
        return draft.moved
    rules = bench.policy.channels.get(draft.channel)
    earliest = hours(draft, rules.undo if rules else timedelta(0), bench.at, stop_before=cut_off(rules, None)).earliest
    return draft.moved if earliest is None else max(draft.moved, earliest + (_GRACE if draft.send_at is not None else timedelta(0)))


_GRACE = timedelta(minutes=2)
"""So long after its hour somebody may be just about to send it: nobody is told that it has not left."""


def due(wait: Wait, draft: Draft, bench: Bench) -> Rung | None:
    """The rung that is to be taken now; one at a time, also for somebody who looks after a long night.

    Where nobody heard of the last one, the next is due at once; only the hold at the end is never before its hour. In quiet hours what is
    routine waits; a ladder at whose end a hold stands never does.
    """
    rung = next((each for each in RUNGS if each not in wait.ladder.told), None)
    if rung is None or (wait.weight is Tier.ROUTINE and is_quiet(draft, bench)):
        return None
    moment = wait.moment(rung, draft, bench)
    unheard = bool(wait.ladder.told) and wait.ladder.told[-1] in wait.ladder.untold
    if unheard and not (rung is Rung.END and stops(wait, draft)):
        return rung
    if wait.ladder.at is not None:
        moment = max(moment, wait.ladder.at + (wait.moment(Rung.DUE, draft, bench) - wait.since) / 4)
    return rung if bench.at >= moment else None


def stops(wait: Wait, draft: Draft) -> bool:
    """At the end of this ladder stands a hold: something critical that nobody took over, on a draft that could leave.

    A hold's own handoff never leads to another hold; what is held stays held.
    """
    critical = wait.weight is Tier.CRITICAL and wait.handoff != "" and wait.what != "hold"
    return critical and draft.state in _GOING and not draft.holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Whom a rung reaches: `who` are told, `instead` those of them who stand in for somebody who is away (`chie>dai`)."""

    who: tuple[str, ...]
    instead: tuple[str, ...] = ()


def circle(wait: Wait, rung: Rung, draft: Draft, bench: Bench, charge: Sequence[str]) -> Circle:
    """The people of this rung: its own; where that is nobody, those in charge; where that is nobody, the author."""
    people = bench.policy.people
    given = {
        Rung.FIRST: (*wait.who, *(charge if wait.at_once and not wait.handoff else ())),
        Rung.DUE: (*(person.deputy for name in wait.who if (person := people.get(name)) and person.deputy), wait.sender),
        Rung.SUPERVISOR: tuple(person.supervisor for name in wait.who if (person := people.get(name)) and person.supervisor),
        Rung.END: (*charge, wait.sender, draft.author),
    }[rung]
    for group in (given, charge, (draft.author,)):
        if found := _present(group, bench):
            return found
    return Circle(who=())


def _present(names: Iterable[str], bench: Bench) -> Circle | None:
    """These people as humans who are there: who has lent their desk to somebody is away, and that one is told instead."""
    people, who, instead = bench.policy.people, dict[str, None](), []
    for name in names:
        person = people.get(people.eyes(name))
        if person is None or person.kind != "human":
            continue
        lent = [grant.to for grant in bench.grants if grant.person == person.id and grant.holds(bench.at)]
        instead += [f"{person.id}>{other}" for other in lent]
        who |= dict.fromkeys(lent or [person.id])
    return Circle(who=tuple(who), instead=tuple(dict.fromkeys(instead))) if who else None


def with_desk(wait: Wait, draft: Draft, bench: Bench, judge: Callable[[], Decision]) -> Wait:
    """The same, with whom the desk waits for: that takes the whole verdict, and is asked only when somebody is to be told."""
    if wait.handoff:
        return wait
    return replace(wait, who=turn(draft, judge(), bench).who or (draft.author,))


def charge(policy: Policy, brought: Policy) -> tuple[str, ...]:
    """Who is in charge: the people of `[gate] alarm` in the file that this process brought; where it names none, the approvers."""
    named = tuple(name for name in brought.alarm if policy.people.get(name))
    return named or tuple(person.id for person in policy.people.with_role(Role.APPROVER))
