"""Whether the parts of a policy fit each other: every name that is used is declared, and no rule contradicts another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.check_rules import CheckRules
from releasegate.policy.codes import GATE_CODES
from releasegate.policy.naming import fold
from releasegate.policy.nearest import nearest
from releasegate.policy.people import people_faults
from releasegate.policy.person import Person
from releasegate.policy.requirement import Requirement
from releasegate.policy.via import is_folder


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
            yield f"[groups].{group}: no person {member[:40]!r}; {nearest(member, parts.person_ids)}"


def _channels(parts: Parts) -> Iterator[str]:
    for name, rules in parts.channels.items():
        place = f"[channels].{name}"
        for other in rules.linked:
            if other not in parts.channel_names:
                yield f"{place}.linked: no channel {other[:40]!r}; {nearest(other, parts.channel_names - {name})}"
            elif other == name or (other in parts.channels and not parts.channels[other].gated):
                yield f"{place}.linked: {other!r} is this channel itself, or not gated; link another gated channel"
        if parts.mode == "demo" and not is_folder(rules.via):
            yield f"{place}.via: mode = 'demo' reaches nobody; write it like 'folder:sent', or take the mode away"


def _requirement(parts: Parts, rule: Requirement, place: str) -> Iterator[str]:
    for name in rule.channels:
        if name not in parts.channel_names:
            yield f"{place}.channels: no channel {name[:40]!r}; {nearest(name, parts.channel_names)}"
        elif name in parts.channels and not parts.channels[name].gated:
            yield f"{place}.channels: {name!r} is not gated, no requirement applies there; take it away, or gate it"
    if rule.group and rule.group not in parts.group_names:
        yield f"{place}.group: no group {rule.group[:40]!r}; {nearest(rule.group, parts.group_names)}"
    elif rule.group and not parts.groups.get(rule.group, {""}):
        yield f"{place}.group: {rule.group!r} is empty, nobody could sign; name its members"
    humans = [person.id for person in parts.persons if person.kind == "human"]
    if rule.second_look is not None and len(humans) != 1:
        yield f"{place}.second_look: is for one person alone, here are {len(humans)} ({', '.join(humans)}); ask for checkers and approvers"


def name_faults(requirements: Mapping[int, Requirement], checks: Mapping[str, CheckRules]) -> Iterator[str]:
    """Each name means one thing: a waiver of it can never mean something else."""
    reserved = {_spelled(code): f"{code!r} is a rule of the gate itself" for code in GATE_CODES}
    for check in checks:
        if _spelled(check) in reserved:
            yield f"[checks].{check}: {reserved[_spelled(check)]}; no file can change it, take the line away"
    reserved |= {_spelled(check): f"{check!r} is a check" for check in checks if _spelled(check) not in reserved}
    for number, rule in requirements.items():
        name = _spelled(rule.name)
        if name in reserved:
            yield f"[[requirement]] no. {number}.name: {reserved[name]}; give the requirement another name"
        reserved.setdefault(name, f"no. {number} has the name {rule.name!r} too")


def _spelled(name: str) -> str:
    """As names are compared: neither case nor the way of joining words makes another name."""
    return "-".join(fold(name).replace("_", " ").replace("-", " ").split())
