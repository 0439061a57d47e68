"""May it leave, and if not: what, who, how: Decision, Blocker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from releasegate import messages
from releasegate.model.schedule import Schedule


class Kind(StrEnum):
    """What a blocker waits for: something to be mended, people or the hour, a hold to be lifted, an unknown outcome to be settled."""

    MEND = "mend"
    WAIT = "wait"
    HOLD = "hold"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """One thing that keeps the gate shut. `code` names the rule, `name` the requirement or check; `who` can clear it, by doing `how`."""

    code: str
    kind: Kind
    name: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)
    who: tuple[str, ...] = ()
    how: tuple[str, ...] = ()
    since: datetime | None = None
    where: str = ""
    evidence: str = ""

    @property
    def label(self) -> str:
        """The name that tests and people know it by: the requirement's, else the check's, else the code."""
        return self.name or self.code


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Open, or closed with every reason. `bool()` is true only when open.

    `until`: the moment at which time alone could change the answer; `earliest`: before it, an approved draft waits for its hour
    (send_at, or the undo delay). `tried` is set where somebody tried to send: the first line then says that nothing left.
    That of a guard speaks of a client: it has no draft, and its `draft_id` is empty.
    """

    draft_id: str
    digest: str
    at: datetime
    blockers: tuple[Blocker, ...] = ()
    satisfied: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    not_applicable: tuple[str, ...] = ()
    earliest: datetime | None = None
    until: datetime | None = None
    title: str = ""
    channel: str = ""
    reach: int = 0
    schedule: Schedule = field(default_factory=Schedule)
    zone: str = ""
    state: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    tried: bool = False
    gone: int = 0
    unknown: int = 0
    in_flight: int = 0

    def __bool__(self) -> bool:
        return self.open

    @property
    def open(self) -> bool:
        """It may leave at `at`."""
        return not self.blockers

    @property
    def blocked_by(self) -> frozenset[str]:
        """What shuts it: names of requirements and checks, codes of the gate's own rules."""
        return frozenset(blocker.label for blocker in self.blockers)

    def explain(self, lang: str = "en") -> str:
        """The whole message, in `en` or `ja`; its first line says whether anything left."""
        return messages.explain(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON: what a web client shows and what `--json` prints."""
        return {
            "open": self.open,
            "draft": self.draft_id,
            "digest": self.digest,
            "at": self.at.isoformat(),
            "state": self.state,
            "title": self.title,
            "channel": self.channel,
            "reach": self.reach,
            "send_at": self.schedule.utc.isoformat() if self.schedule.utc else None,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "blockers": [
                {
                    "code": blocker.code,
                    "kind": blocker.kind.value,
                    "name": blocker.name,
                    "params": dict(blocker.params),
                    "who": list(blocker.who),
                    "how": list(blocker.how),
                    "since": blocker.since.isoformat() if blocker.since else None,
                    "where": blocker.where,
                    "evidence": blocker.evidence,
                }
                for blocker in self.blockers
            ],
            "satisfied": list(self.satisfied),
            "waived": list(self.waived),
            "not_applicable": list(self.not_applicable),
        }
