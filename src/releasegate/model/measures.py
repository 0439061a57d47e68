"""How handing over went, counted: Measures."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How long people took until they took something over: how often, and in seconds the middle one and the slowest of twenty."""

    n: int
    p50: float
    p95: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What the log says about handing over, over all drafts. Nobody's name stands in it.

    `elements` counts the notes that had each part (`text`, `signal`, `items`, `if_then`, `nothing_else`); `taken` how long taking over
    took, by tier; `at_once` how many took over within three seconds, as whoever reads nothing does; `late` what was still nobody's at
    the last moment at which the send could be stopped; `near` what stopped a send that would have been wrong, by kind.
    """

    drafts: int = 0
    notes: int = 0
    elements: Mapping[str, int] = field(default_factory=dict)
    taken: Mapping[str, Speed] = field(default_factory=dict)
    at_once: int = 0
    read_backs: int = 0
    misread: int = 0
    late: int = 0
    carried: int = 0
    reminders: int = 0
    untold: int = 0
    holds: int = 0
    holds_owed: int = 0
    near: Mapping[str, int] = field(default_factory=dict)

    @property
    def misread_rate(self) -> float:
        """How many of the read-backs were wrong."""
        asked = self.read_backs + self.misread
        return self.misread / asked if asked else 0.0
