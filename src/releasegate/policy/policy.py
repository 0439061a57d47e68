"""The rules and the people of one gate: read from a file whole, or not at all."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from os import PathLike, fspath
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, Self

import orjson

from releasegate.errors import PolicyError
from releasegate.messages.words import Words
from releasegate.policy import consistency
from releasegate.policy.alarms import alarm_faults
from releasegate.policy.anchor_rules import NO_ANCHORS, AnchorRules
from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.check_rules import CheckRules
from releasegate.policy.document import read_document, version_faults
from releasegate.policy.gate_table import GateTable
from releasegate.policy.handoff_rules import HandoffRules
from releasegate.policy.locating import Source
from releasegate.policy.part import plain, written
from releasegate.policy.people import People
from releasegate.policy.reading import Reading, parse_toml, read_file
from releasegate.policy.requirement import Requirement

# What says where and whom to phone, and decides nothing: another server is another identity, which the manifest holds. A webhook
# opens nothing, and its secret changes without new signatures.
_UNDECIDING = frozenset({"name", "via", "contact", "webhook"})


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules and the people. Loads whole or not at all; frozen. Raises PolicyError where its parts contradict each other.

    `rules` is the digest that signatures stand on; `directory` the digest of people and groups, who are read again at every decision.
    """

    version: int = 1
    store: str = ""
    lang: str = "en"
    mode: str = ""
    alarm: tuple[str, ...] = ()
    mail: str = ""
    mail_from: str = ""
    people: People = field(default_factory=People)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    channels: Mapping[str, ChannelRules] = field(default_factory=dict)
    requirements: tuple[Requirement, ...] = ()
    checks: Mapping[str, CheckRules] = field(default_factory=dict)
    # All keys of HandoffRules, also those that nobody wrote.
    handoff: Mapping[str, Any] = field(default_factory=dict)
    anchors: AnchorRules = NO_ANCHORS
    # Where the file lay: files that it names are taken from there. Moved, it is the same policy.
    folder: str = field(default="", compare=False, repr=False)
    # The text that it was read from: what is found wrong later is told with its line, too.
    source: Source | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        reading = Reading(self.source.where if self.source else "policy", self.source)
        gate = reading.part(GateTable, {key: getattr(self, key) for key in GateTable.model_fields}, "[gate]") or GateTable()
        handoff = reading.part(HandoffRules, self.handoff, "[handoff]") or HandoffRules()
        misnamed = [(name, rules.name) for name, rules in self.channels.items() if rules.name != name]
        reading.complain(Words("[channels].{name}: is called {other!r}; use one name", name=name, other=other) for name, other in misnamed)
        reading.complain(version_faults(self.version))
        reading.complain(alarm_faults(gate, self.people, self.channels))
        self._freeze(gate, handoff)
        reading.complain(consistency.contradictions(self._parts()))
        reading.finish()

    def _freeze(self, gate: GateTable, handoff: HandoffRules) -> None:
        """Read-only tables in one order, so that policies that say the same are equal."""
        groups = {name: frozenset(members) for name, members in self.groups.items()}
        tables = {"groups": groups, "channels": self.channels, "checks": self.checks, "handoff": dict(handoff)}
        frozen = {name: MappingProxyType(dict(sorted(table.items()))) for name, table in tables.items()}
        for name, value in (dict(gate) | frozen | {"requirements": tuple(self.requirements)}).items():
            object.__setattr__(self, name, value)

    def _parts(self) -> consistency.Parts:
        persons = tuple(self.people)
        return consistency.Parts(
            persons=persons,
            groups=self.groups,
            channels=self.channels,
            requirements=dict(enumerate(self.requirements, 1)),
            checks=self.checks,
            mode=self.mode,
            person_ids=frozenset(person.id for person in persons),
            channel_names=frozenset(self.channels),
            group_names=frozenset(self.groups),
        )

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """The policy in this file."""
        source = _source(read_file(path), PurePath(fspath(path)).name)
        return cls(**read_document(source.data, source.where, source), folder=str(Path(fspath(path)).resolve().parent), source=source)

    @classmethod
    def parse(cls, text: str, *, where: str = "policy") -> Self:
        """The policy in this TOML text; `where` is what problems call it."""
        source = _source(text, where)
        return cls(**read_document(source.data, where, source), source=source)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, where: str = "policy") -> Self:
        """The policy in these data, laid out as in a file."""
        return cls(**read_document(data, where))

    def located(self, problems: Iterable[str]) -> tuple[str, ...]:
        """These problems of its parts, each with the line and column of its text, where it has one."""
        return tuple(self.source.located(problems) if self.source else problems)

    @contextmanager
    def locating(self) -> Iterator[None]:
        """What is found wrong with its parts in here is told with its line and column."""
        try:
            yield
        except PolicyError as error:
            raise PolicyError(self.located(error.problems)) from error

    def applying(self, channel: str) -> tuple[Requirement, ...]:
        """The requirements that a draft on this channel has to meet. None at all: nothing leaves there."""
        return tuple(rule for rule in self.requirements if rule.applies_to(channel))

    def check_parameters(self) -> dict[str, dict[str, Any]]:
        """For each check of the file its own settings, as plain data; whether such checks exist is for who builds them to say."""
        return {name: plain(rules.settings) for name, rules in self.checks.items()}

    def taken_names(self, check_ids: Iterable[str]) -> tuple[str, ...]:
        """What is wrong with this policy beside checks of these ids: requirements that are called like one of them."""
        parts = self._parts()
        beside = {**dict.fromkeys(check_ids, CheckRules()), **parts.checks}
        return tuple(consistency.name_faults(parts.requirements, beside))

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain JSON, laid out as in a file, defaults written out; `from_dict` makes an equal policy of it."""
        gate = {name: plain(getattr(self, name)) for name in GateTable.model_fields}
        return {
            "version": self.version,
            "gate": written(gate),
            "people": self.people.to_dict(),
            "groups": plain(self.groups),
            "channels": {name: rules.to_table() for name, rules in self.channels.items()},
            "requirement": [rule.to_table() for rule in self.requirements],
            "checks": {name: rules.to_table() for name, rules in self.checks.items()},
            "handoff": _handoff(self.handoff),
            **({"anchors": table} if (table := self.anchors.to_table()) else {}),
        }

    def rules_text(self) -> bytes:
        """Everything that decides, in one canonical form: comments and the order in the file change nothing. Without people and places.

        The mode is in it: a copy of the file that says `demo`, where one person plays all, is another policy.
        """
        decides = {
            "version": self.version,
            "mode": self.mode,
            "requirements": [rule.to_dict() for rule in sorted(self.requirements, key=lambda rule: rule.name)],
            "channels": {name: _deciding(rules) for name, rules in self.channels.items()},
            "checks": {name: rules.to_dict() for name, rules in self.checks.items()},
            "handoff": _handoff(self.handoff),
            **({"anchors": asked} if (asked := self.anchors.deciding()) else {}),
        }
        return orjson.dumps(decides, option=orjson.OPT_SORT_KEYS)

    @cached_property
    def rules(self) -> str:
        """The digest of `rules_text`: a signature counts only under these very rules."""
        return sha256(self.rules_text()).hexdigest()

    @cached_property
    def directory(self) -> str:
        """The digest of people and groups. Another one voids no signature; a right that is gone counts at once."""
        who = {"people": self.people.to_dict(), "groups": plain(self.groups)}
        return sha256(orjson.dumps(who, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _handoff(rules: Mapping[str, Any]) -> dict[str, Any]:
    """As plain JSON, without the hours that nobody has written: signatures from before there were any stand."""
    return {name: value for name, value in plain(rules).items() if value or name != "quiet"}


def _source(text: str, where: str) -> Source:
    return Source(where=where, text=text, data=parse_toml(text, where))


def _deciding(rules: ChannelRules) -> dict[str, Any]:
    return {key: value for key, value in rules.to_dict().items() if key not in _UNDECIDING}
