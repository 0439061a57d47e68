"""A case: who did what to one text, and what should keep it back."""

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta

Names = str | Iterable[str]


@dataclass(frozen=True)
class Case:
    """Who wrote a text for this channel, who signed it, and the names and codes that should then keep it back (none: it may leave).

    `by` wrote it, in order; who edited it stands there too, and the last one submits it. `waived` says who lets which requirement
    stand, `delegated` who lends their right to whom. They act in this order: write, submit, (`pause`), waive, confirm, approve, hold,
    (`age`); both are lengths of time as a policy writes them (`"10m"`). Wherever a name stands, a list of names may stand, and any
    address or account of a person means that person.
    """

    name: str
    channel: str
    _: KW_ONLY
    by: Names
    confirmed: Names = ()
    approved: Names = ()
    waived: Mapping[str, Names] = field(default_factory=dict, hash=False)
    delegated: Mapping[str, str] = field(default_factory=dict, hash=False)
    held: bool = False
    reach: int = 1
    pause: str | timedelta = timedelta(0)
    age: str | timedelta = timedelta(0)
    blocked_by: Names = frozenset()

    def __post_init__(self) -> None:
        """Lists become tuples: a case is a value, whatever becomes of the list that it was made of."""
        for name in ("by", "confirmed", "approved"):
            object.__setattr__(self, name, listed(getattr(self, name)))
        object.__setattr__(self, "blocked_by", frozenset(listed(self.blocked_by)))
        object.__setattr__(self, "waived", {name: listed(who) for name, who in self.waived.items()})
        object.__setattr__(self, "delegated", dict(self.delegated))

    def __str__(self) -> str:
        return self.name


def listed(names: Names) -> tuple[str, ...]:
    """One name, or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)
