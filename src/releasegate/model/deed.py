"""What one pass of the watch did: Deed, Pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing that a pass did, or could not do, to one draft: a code and its facts."""

    code: str
    draft_id: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One pass: who made it, when by the store's time, and what came of it, in order.

    `deeds` holds the first thousand; `count` counts all, by their codes: a pass over a long list must not grow with it.
    """

    by: str
    at: datetime
    deeds: tuple[Deed, ...] = ()
    count: Mapping[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """How many drafts it could not look after."""
        return self.count.get("failed", 0)

    def of(self, code: str) -> tuple[str, ...]:
        """The drafts to which this was done."""
        return tuple(each.draft_id for each in self.deeds if each.code == code)
