"""Whose step it is and what follows from it, asked before somebody signs and after: pure, as the verdict is."""

from collections.abc import Iterable, Sequence

from releasegate.decision.people import Bench
from releasegate.decision.receiving import deadline, grade, last_stop, waits_for
from releasegate.lifecycle import next_state
from releasegate.model.draft import Draft
from releasegate.model.state import Action, Role, State
from releasegate.model.turn import Turn, Waiting
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.policy.absence import can_be_signed
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy

_FIRST = (Kind.HOLD, Kind.UNKNOWN, Kind.MEND)
_THEN = ("not-submitted", "question-open", "second-look", "confirmation-missing", "approval-missing", "handover-acknowledged")


def turn(draft: Draft, decision: Decision, bench: Bench) -> Turn:
    """Whose turn it is, by the handoff that is due first. What was handed to somebody beside the signing is theirs too."""
    waiting = _waiting(draft, bench)
    beside = [each for each in waiting if each.handoff.kind not in _ASKS and each.handoff.to not in _ROLES]
    who = [*_asked_for(draft, decision, waiting), *(name for each in beside for name in each.who)]
    return Turn(
        draft=draft,
        decision=decision,
        who=tuple(dict.fromkeys(who)),
        since=waiting[0].handoff.since if waiting else draft.since,
        until=waiting[0].until if waiting else None,
        last_stop=last_stop(draft, bench.policy),
        waiting=waiting,
    )


_ASKS = frozenset({"submit", "confirm"})
_ROLES = frozenset(role.value for role in Role)


def _asked_for(draft: Draft, decision: Decision, waiting: Sequence[Waiting]) -> tuple[str, ...]:
    """Whom the decision waits for; of those who could sign, whoever took it over, was asked, or was named."""
    who = waiting_for(decision)
    if any(blocker.kind in _FIRST and blocker.who for blocker in decision.blockers):
        return who
    if draft.taken in who:
        return (draft.taken,)
    asks = [each for each in waiting if each.handoff.kind in _ASKS]
    narrowed = [each for each in asks if each.handoff.asked] or [each for each in asks if each.handoff.to not in _ROLES]
    return tuple(name for each in narrowed for name in each.who) or who


def _waiting(draft: Draft, bench: Bench) -> tuple[Waiting, ...]:
    """The open handoffs that somebody can take over now, the next to be due first."""
    found = [
        Waiting(handoff=each, who=who, until=deadline(each, draft, bench.policy), tier=grade(each, draft, bench.policy))
        for each in draft.handoffs
        if (who := waits_for(each, draft, bench))
    ]
    return tuple(sorted(found, key=lambda each: each.until))


def waiting_for(decision: Decision) -> tuple[str, ...]:
    """The people whose turn it is: turns come in order, nobody is asked to approve what is not yet confirmed. What is over is nobody's."""
    if State(decision.state).over:
        return ()
    by_kind = [[each for each in decision.blockers if each.kind is kind and each.who] for kind in _FIRST]
    by_code = [[each for each in decision.blockers if each.code == code and each.who] for code in _THEN]
    group: list[Blocker] = next((found for found in (*by_kind, *by_code) if found), [])
    return tuple(dict.fromkeys(person for blocker in group for person in blocker.who))


def gaps(draft: Draft, bench: Bench, submitter: str) -> tuple[str, ...]:
    """The requirements that nobody could meet once this person has submitted the draft; with one, it is not taken."""
    return can_be_signed(bench.policy, draft.channel, bench.barred(draft) | {bench.policy.people.eyes(submitter)})


def first_desk(draft: Draft, policy: Policy) -> State:
    """Where a submit leads: checking, or approving where no requirement asks for a checker."""
    asks = any(rule.checkers for rule in policy.applying(draft.channel))
    return next_state(draft.state, Action.SUBMIT, State.CHECKING if asks else State.APPROVING)


def rights(draft: Draft, bench: Bench, person: Person, role: Role) -> tuple[str, ...]:
    """With whose right this person could sign here: an id is a delegation's, "" their own.

    A lent right comes first: with it the signature counts for a group that the signer's own right does not reach, too.
    """
    groups = {"", *(rule.group for rule in bench.policy.applying(draft.channel))}
    found = [right for right in (bench.acts_for(person, role, group) for group in sorted(groups)) if right is not None]
    return tuple(sorted(found, reverse=True))


def free(draft: Draft, bench: Bench, person: Person, found: Iterable[str]) -> tuple[str, ...]:
    """Those of these rights with which nobody acts who had a hand in the text."""
    barred, eyes = bench.barred(draft), bench.policy.people.eyes
    return tuple(via for via in found if not {eyes(name) for name in (person.id, via) if name} & barred)


def following(state: State, *, checked: bool, whole: bool) -> tuple[Action, State] | None:
    """The step that follows by itself from what was signed (the checkers are done, it ripens, it lapses), and where it leads."""
    if state is State.CHECKING and checked:
        return Action.CONFIRM, State.APPROVING
    if state is State.APPROVING and whole:
        return Action.RIPEN, State.APPROVED
    if state is State.APPROVED and not whole:
        return Action.LAPSE, State.APPROVING
    return None
