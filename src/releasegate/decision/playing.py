"""In a demo one person plays the others: each command that is shown names whom it is done as."""

from collections.abc import Iterable
from dataclasses import replace

from releasegate.model.draft import Draft
from releasegate.model.state import Role
from releasegate.model.verdict import Blocker
from releasegate.policy.policy import Policy

_VERB = "releasegate "
_WAIVE = "releasegate waive "


def as_played(blockers: Iterable[Blocker], draft: Draft, policy: Policy) -> tuple[Blocker, ...]:
    """Outside a demo the same; there with `--as` wherever somebody else than the first author has to act."""
    if policy.mode != "demo":
        return tuple(blockers)
    return tuple(replace(each, how=tuple(_spoken(how, each, draft, policy) for how in each.how)) for each in blockers)


def _spoken(how: str, blocker: Blocker, draft: Draft, policy: Policy) -> str:
    able = _waivers(draft, policy) if how.startswith(_WAIVE) else blocker.who
    if not able or not how.startswith(_VERB) or able[0] == player(policy):
        return how
    return f"{_VERB}--as {able[0]} {how.removeprefix(_VERB)}"


def _waivers(draft: Draft, policy: Policy) -> tuple[str, ...]:
    """Who may let a finding stand: the author is named for mending it."""
    signers = (person for role in (Role.CHECKER, Role.APPROVER) for person in policy.people.with_role(role))
    return tuple(person.id for person in signers if policy.people.eyes(person.id) not in draft.eyes)


def player(policy: Policy) -> str:
    """Who one is in a demo, unless one says otherwise: the first author."""
    return next((person.id for person in policy.people.with_role(Role.AUTHOR)), "")
