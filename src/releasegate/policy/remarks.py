"""What a policy says without meaning it: sentences for `policy check`. The file loads all the same."""

from collections.abc import Iterator

from releasegate.messages.words import Words
from releasegate.model.state import Role
from releasegate.policy.absence import signers
from releasegate.policy.blanks import blank_logins
from releasegate.policy.policy import Policy


def remarks(policy: Policy) -> tuple[str, ...]:
    """What cannot work, or works for nobody, each as `place: what; mend`."""
    return (*_channels(policy), *_requirements(policy), *_kept(policy), *_groups(policy), *_people(policy), *blank_logins(policy))


def _channels(policy: Policy) -> Iterator[str]:
    if not policy.channels:
        yield Words("[channels]: no channel is declared, so nothing can leave; declare one like [channels.newsletter]")
    if not policy.requirements:
        yield Words("[[requirement]]: there is no requirement at all, so nothing can leave a gated channel; add one")
        return
    for name, rules in policy.channels.items():
        if rules.gated and not policy.applying(name):
            yield Words(
                "[channels].{name}: no requirement applies, so nothing can leave here; add one, or name the channel in one", name=name
            )


def _requirements(policy: Policy) -> Iterator[str]:
    gated = [name for name, rules in policy.channels.items() if rules.gated]
    for rule in policy.requirements:
        if not any(rule.applies_to(name) for name in gated):
            yield Words(
                "[[requirement]] {name!r}: applies to no declared channel; declare one, or take the requirement away", name=rule.name
            )


def _kept(policy: Policy) -> Iterator[str]:
    """An approval that stands for a longer list, and a check that does not let it."""
    check = "list-changed-since-approval"
    rules = policy.checks.get(check)
    if rules is not None and rules.settings.get("mode") == "any":
        return
    for rule in policy.requirements:
        if "recipients.grown" in rule.keep_on and rule.approvers:
            yield Words(
                "[[requirement]] {name!r}: keeps approvals on a longer list, and the check {check} asks an approver all the same; "
                "take recipients.grown away, or set its mode to 'any'",
                name=rule.name,
                check=check,
            )


def _groups(policy: Policy) -> Iterator[str]:
    for name, members in policy.groups.items():
        if not members:
            yield Words("[groups].{name}: is empty; name its members, or take it away", name=name)
        elif not any(rule.group == name for rule in policy.requirements):
            yield Words("[groups].{name}: no requirement asks for it; name it in one, or take it away", name=name)
    for rule in policy.requirements:
        for role, needed in ((Role.CHECKER, rule.checkers), (Role.APPROVER, rule.approvers)):
            able = len(signers(policy, role, rule.group))
            if able < needed:
                group = Words(" in group {group!r}", group=rule.group) if rule.group else ""
                asks = Words(
                    "asks for {needed} with role {role!r}{group}, there are {able}",
                    needed=needed,
                    role=role.value,
                    group=group,
                    able=able,
                )
                yield Words("[[requirement]] {name!r}: {asks}; give more people the role", name=rule.name, asks=asks)


def _people(policy: Policy) -> Iterator[str]:
    called = {name for person in policy.people for name in (person.deputy, person.supervisor, person.operator)} | {*policy.alarm}
    for person in policy.people.humans:
        if not person.roles and person.id not in called:
            yield Words("[people].{id}: has no role; give one of author, checker, approver", id=person.id)
    if not policy.people.with_role(Role.AUTHOR):
        yield Words("[people]: nobody has role 'author', so nobody can write; give it to somebody")
