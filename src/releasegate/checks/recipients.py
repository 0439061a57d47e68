"""The list as a whole: that there is somebody on it, and nobody twice."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from releasegate.checks.findings import few, quote
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context


@dataclass(frozen=True, kw_only=True)
class RecipientsEmpty:
    """At least `min` people are reached: a send to an empty list ends well and says nothing."""

    id: ClassVar[str] = "recipients-empty"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"audience"})

    min: Annotated[int, Field(ge=1)] = 1

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        reached = max(draft.reach, sum(1 for address in context.recipients if address.strip()))
        if reached < self.min:
            yield Finding(check=self.id, where="to", params={"count": max(reached, 0), "min": self.min})


@dataclass(frozen=True, kw_only=True)
class DuplicateRecipients:
    """Nobody is on the list twice, whatever the letter case and whichever line the address stands in."""

    id: ClassVar[str] = "duplicate-recipients"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"audience"})

    action: Literal["dedupe", "block"] = "dedupe"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:  # noqa: ARG002 - every check is called alike
        """What it finds in this draft."""
        return few(self._find(context.recipients))

    def _find(self, recipients: Iterable[str]) -> Iterator[Finding]:
        severity = Severity.BLOCKER if self.action == "block" else Severity.WARNING
        # Compared as written but for the letter case: dots and plus signs make another mailbox nearly everywhere.
        counted = Counter(address.strip().casefold() for address in recipients)
        for address, times in counted.items():
            if times > 1:
                yield Finding(check=self.id, severity=severity, where="to", evidence=quote(address), params={"times": times})
