"""Whether the parts of a policy fit each other: every name that is used is declared, and no rule contradicts another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from releasegate.messages.words import Words
from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.check_rules import CheckRules
from releasegate.policy.codes import GATE_CODES
from releasegate.policy.naming import fold
from releasegate.policy.nearest import nearest
from releasegate.policy.people import people_faults
from releasegate.policy.person import Person
from releasegate.policy.requirement import Requirement
from releasegate.policy.via import is_folder, is_manual


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What could be read; `person_ids` and `channel_names` are all that the file declares, also what could not be read.

    `requirements` go with their number in the file.
    """

    persons: tuple[Person, ...]
    groups: Mapping[str, frozenset[str]]
    channels: Mapping[str, ChannelRules]
    requirements: Mapping[int, Requirement]
    checks: Mapping[str, CheckRules]
    mode: str
    person_ids: frozenset[str]
    channel_names: frozenset[str]
    group_names: frozenset[str]


def contradictions(parts: Parts) -> Iterator[str]:
    """What does not fit together, each as `place: what; mend`."""
    yield from people_faults(parts.persons, parts.person_ids)
    yield from _groups(parts)
    yield from _channels(parts)
    for number, rule in parts.requirements.items():
        yield from _requirement(parts, rule, f"[[requirement]] no. {number}")
    yield from name_faults(parts.requirements, parts.checks)


def _groups(parts: Parts) -> Iterator[str]:
    for group, members in parts.groups.items():
        for member in sorted(members - parts.person_ids):
            yield Words(
                "[groups].{group}: no person {member!r}; {near}", group=group, member=member[:40], near=nearest(member, parts.person_ids)
            )


def _channels(parts: Parts) -> Iterator[str]:
    for name, rules in parts.channels.items():
        place = f"[channels].{name}"
        for other in rules.linked:
            if other not in parts.channel_names:
                yield Words(
                    "{place}.linked: no channel {other!r}; {near}",
                    place=place,
                    other=other[:40],
                    near=nearest(other, parts.channel_names - {name}),
                )
            elif other == name or (other in parts.channels and not parts.channels[other].gated):
                yield Words(
                    "{place}.linked: {other!r} is this channel itself, or not gated; link another gated channel", place=place, other=other
                )
        if parts.mode == "demo" and not (is_folder(rules.via) or is_manual(rules.via)):
            yield Words("{place}.via: mode = 'demo' reaches nobody; write it like 'folder:sent', or take the mode away", place=place)


def _requirement(parts: Parts, rule: Requirement, place: str) -> Iterator[str]:
    for name in rule.channels:
        if name not in parts.channel_names:
            yield Words(
                "{place}.channels: no channel {name!r}; {near}", place=place, name=name[:40], near=nearest(name, parts.channel_names)
            )
        elif name in parts.channels and not parts.channels[name].gated:
            yield Words(
                "{place}.channels: {name!r} is not gated, no requirement applies there; take it away, or gate it", place=place, name=name
            )
    if rule.group and rule.group not in parts.group_names:
        yield Words(
            "{place}.group: no group {group!r}; {near}", place=place, group=rule.group[:40], near=nearest(rule.group, parts.group_names)
        )
    elif rule.group and not parts.groups.get(rule.group, {""}):
        yield Words("{place}.group: {group!r} is empty, nobody could sign; name its members", place=place, group=rule.group)
    humans = [person.id for person in parts.persons if person.kind == "human"]
    if rule.second_look is not None and len(humans) != 1:
        yield Words(
            "{place}.second_look: is for one person alone, here are {n_humans} ({humans}); ask for checkers and approvers",
            place=place,
            n_humans=len(humans),
            humans=", ".join(humans),
        )


def name_faults(requirements: Mapping[int, Requirement], checks: Mapping[str, CheckRules]) -> Iterator[str]:
    """Each name means one thing: a waiver of it can never mean something else."""
    reserved = {_spelled(code): Words("{code!r} is a rule of the gate itself", code=code) for code in GATE_CODES}
    for check in checks:
        if _spelled(check) in reserved:
            yield Words(
                "[checks].{check}: {reserved}; no file can change it, take the line away", check=check, reserved=reserved[_spelled(check)]
            )
    reserved |= {_spelled(check): Words("{check!r} is a check", check=check) for check in checks if _spelled(check) not in reserved}
    for number, rule in requirements.items():
        name = _spelled(rule.name)
        if name in reserved:
            yield Words(
                "[[requirement]] no. {number}.name: {reserved}; give the requirement another name", number=number, reserved=reserved[name]
            )
        reserved.setdefault(name, Words("no. {number} has the name {name!r} too", number=number, name=rule.name))


def _spelled(name: str) -> str:
    """As names are compared: neither case nor the way of joining words makes another name."""
    return "-".join(fold(name).replace("_", " ").replace("-", " ").split())
