"""Whose step it is and what follows from it, asked before somebody signs and after: pure, as the verdict is."""

from collections.abc import Iterable

from releasegate.decision.people import Bench
from releasegate.lifecycle import next_state
from releasegate.model.draft import Draft
from releasegate.model.state import Action, Role, State
from releasegate.policy.absence import can_be_signed
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy


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
