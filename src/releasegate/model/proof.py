"""A proof: a marked copy of one sealed message, for people to look at; never a delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Which message of which text was shown to whom. `to` is the id of a person, or `@test`; `by` who asked for it.

    `taken` has the server's answer for each address, `failed` why it is certain that a copy did not get there, `unknown` why nobody knows.
    """

    draft_id: str
    digest: str
    no: int
    to: str
    by: str
    taken: Mapping[str, str] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """The digest's first eight characters, as the copy shows them."""
        return self.digest[:8]
