"""What a policy says without meaning it: sentences for `policy check`. The file loads all the same."""

from collections.abc import Iterator

from releasegate.model.state import Role
from releasegate.policy.absence import signers
from releasegate.policy.policy import Policy


def remarks(policy: Policy) -> tuple[str, ...]:
    """What cannot work, or works for nobody, each as `place: what; mend`."""
    return (*_channels(policy), *_requirements(policy), *_groups(policy), *_people(policy))


def _channels(policy: Policy) -> Iterator[str]:
    if not policy.channels:
        yield "[channels]: no channel is declared, so nothing can leave; declare one like [channels.newsletter]"
    if not policy.requirements:
        yield "[[requirement]]: there is no requirement at all, so nothing can leave a gated channel; add one"
        return
    for name, rules in policy.channels.items():
        if rules.gated and not policy.applying(name):
            yield f"[channels].{name}: no requirement applies, so nothing can leave here; add one, or name the channel in one"


def _requirements(policy: Policy) -> Iterator[str]:
    gated = [name for name, rules in policy.channels.items() if rules.gated]
    for rule in policy.requirements:
        if not any(rule.applies_to(name) for name in gated):
            yield f"[[requirement]] {rule.name!r}: applies to no declared channel; declare one, or take the requirement away"


def _groups(policy: Policy) -> Iterator[str]:
    for name, members in policy.groups.items():
        if not members:
            yield f"[groups].{name}: is empty; name its members, or take it away"
        elif not any(rule.group == name for rule in policy.requirements):
            yield f"[groups].{name}: no requirement asks for it; name it in one, or take it away"
    for rule in policy.requirements:
        for role, needed in ((Role.CHECKER, rule.checkers), (Role.APPROVER, rule.approvers)):
            able = len(signers(policy, role, rule.group))
            if able < needed:
                group = f" in group {rule.group!r}" if rule.group else ""
                asks = f"asks for {needed} with role {role.value!r}{group}, there are {able}"
                yield f"[[requirement]] {rule.name!r}: {asks}; give more people the role"


def _people(policy: Policy) -> Iterator[str]:
    for person in policy.people.humans:
        if not person.roles:
            yield f"[people].{person.id}: has no role; give one of author, checker, approver"
    if not policy.people.with_role(Role.AUTHOR):
        yield "[people]: nobody has role 'author', so nobody can write; give it to somebody"
