"""The layout of a policy file: which tables there are, and what is read from each."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from releasegate.messages.words import Words
from releasegate.policy.anchor_rules import NO_ANCHORS, AnchorRules
from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.check_rules import CheckRules
from releasegate.policy.consistency import Parts, contradictions
from releasegate.policy.gate_table import GateTable
from releasegate.policy.handoff_rules import HandoffRules
from releasegate.policy.locating import Source
from releasegate.policy.naming import FilledLine, Identifier, Names
from releasegate.policy.part import Part
from releasegate.policy.people import People
from releasegate.policy.person import Person
from releasegate.policy.reading import Reading, data_faults
from releasegate.policy.requirement import Requirement

_TABLES = ("version", "gate", "people", "groups", "channels", "requirement", "checks", "handoff", "anchors")


class _Group(Part):
    """People by a common name."""

    name: Identifier
    members: Names


class _CheckName(Part):
    """What a check is called."""

    name: Annotated[FilledLine, Field(max_length=100)]


def read_document(data: Mapping[str, Any], where: str, source: Source | None = None) -> dict[str, Any]:
    """What a policy is made of, by the names of its fields. Raises PolicyError with everything that is wrong with these data.

    With their `source`, each problem is told with its line and column.
    """
    reading = Reading(where, source)
    reading.complain(data_faults(dict(data)))
    reading.finish()
    reading.keys(data, _TABLES, "")
    reading.complain(version_faults(data.get("version")))
    gate = reading.part(GateTable, reading.table(data, "gate"), "[gate]") or GateTable()
    handoff = reading.part(HandoffRules, reading.table(data, "handoff"), "[handoff]") or HandoffRules()
    anchors = reading.part(AnchorRules, reading.table(data, "anchors"), "[anchors]") or NO_ANCHORS
    parts = _parts(reading, data, gate.mode)
    reading.complain(contradictions(parts))
    reading.finish()
    return {
        "version": data["version"],
        **dict(gate),
        "people": People(parts.persons),
        "groups": parts.groups,
        "channels": parts.channels,
        "requirements": tuple(parts.requirements.values()),
        "checks": parts.checks,
        "handoff": dict(handoff),
        "anchors": anchors,
    }


def version_faults(version: object) -> Iterator[str]:
    """What is wrong with the version of the format; there is only the first."""
    if version is None:
        yield Words(": no 'version'; begin the file with version = 1")
    elif type(version) is not int or version != 1:
        # The key is for whoever looks for its line.
        yield Words(
            ": version {version!r} is not known here; write version = 1, or use the release that knows it",
            version=str(version)[:20],
            key="version",
        )


def _parts(reading: Reading, data: Mapping[str, Any], mode: str) -> Parts:
    people, groups, channels = (reading.table(data, key) for key in ("people", "groups", "channels"))
    persons = [reading.part(Person, table, f"[people].{name[:100]}", id=name) for name, table in reading.tables(people, "people")]
    rules = [
        reading.part(ChannelRules, table, f"[channels].{name[:100]}", name=name) for name, table in reading.tables(channels, "channels")
    ]
    return Parts(
        persons=tuple(sorted((person for person in persons if person), key=lambda person: person.id)),
        groups=_groups(reading, groups),
        channels={each.name: each for each in sorted((each for each in rules if each), key=lambda each: each.name)},
        requirements=_requirements(reading, data),
        checks=_checks(reading, data),
        mode=mode,
        person_ids=frozenset(people),
        channel_names=frozenset(channels),
        group_names=frozenset(groups),
    )


def _groups(reading: Reading, groups: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    found = {}
    for name, members in groups.items():
        make = partial(_Group.model_validate, {"name": name, "members": members})
        if group := reading.made(make, _Group, f"[groups].{name[:100]}"):
            found[name] = frozenset(group.members)
    return dict(sorted(found.items()))


def _requirements(reading: Reading, data: Mapping[str, Any]) -> dict[int, Requirement]:
    tables = data.get("requirement", [])
    if not isinstance(tables, (list, tuple)) or not all(isinstance(table, dict) for table in tables):
        reading.complain([Words("[requirement]: is no list of tables; write each like [[requirement]]")])
        return {}
    found = {number: reading.part(Requirement, table, f"[[requirement]] no. {number}") for number, table in enumerate(tables, 1)}
    return {number: rule for number, rule in found.items() if rule}


def _checks(reading: Reading, data: Mapping[str, Any]) -> dict[str, CheckRules]:
    found = {}
    for name, table in reading.tables(reading.table(data, "checks"), "checks"):
        place = f"[checks].{name[:100]}"
        named = reading.made(partial(_CheckName.model_validate, {"name": name}), _CheckName, place)
        rules = reading.made(partial(CheckRules.from_table, table), CheckRules, place)
        if named and rules:
            found[name] = rules
    return dict(sorted(found.items()))
