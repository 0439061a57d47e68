"""The moment from which the news may be known, against the hour at which it leaves."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from releasegate.checks.domains import domain_of, is_on
from releasegate.checks.findings import quote
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.protocols import Context


@dataclass(frozen=True, kw_only=True)
class EmbargoEarly:
    """What has an embargo leaves at that moment or later, but for those in `agreed`, who keep it: addresses, domains, `.domain` below.

    What leaves at once is judged by the moment that it is.
    """

    id: ClassVar[str] = "embargo-early"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"audience", "schedule", "time"})

    agreed: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        until, leaves = draft.declared.embargo.utc, draft.send_at or context.at
        if until is None or leaves >= until:
            return
        others = self._others(context.recipients)
        # Where a channel counts people and names none, nobody has agreed to anything.
        n = len(others) if context.recipients else draft.reach
        if n:
            params: dict[str, str | int] = {"until": until.isoformat(), "n": n}
            yield Finding(check=self.id, where="schedule", evidence=quote(str(draft.declared.embargo)), params=params)

    def _others(self, recipients: Collection[str]) -> dict[str, None]:
        """Each of them who has not agreed to keep it, once."""
        addresses = frozenset(each.casefold() for each in self.agreed if "@" in each)
        domains = tuple(each for each in self.agreed if "@" not in each)
        return {each: None for each in recipients if each.strip().casefold() not in addresses and not is_on(domain_of(each), domains)}
