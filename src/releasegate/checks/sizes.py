"""The size of the list against the sends before it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Any, ClassVar

from pydantic import Field

from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context


@dataclass(frozen=True, kw_only=True)
class ListSizeChange:
    """On a channel with `bulk = true` the list is about as long as in the last three sends (their median).

    More than `warn_ratio` times as long, or shorter by as much, is a warning; `block_ratio` a blocker, as is the first send after one to
    nobody. Differences of up to `min_abs_change` people are never one. A first send has nothing to be compared with, and says so.
    """

    id: ClassVar[str] = "list-size-change"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"audience", "history"})

    warn_ratio: Annotated[float, Field(gt=1)] = 1.5
    block_ratio: Annotated[float, Field(gt=1)] = 3.0
    min_abs_change: Annotated[int, Field(ge=0)] = 20

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields, the ratios as text: what is signed holds no fractions."""
        return {name: str(value) if isinstance(value, float) else value for name, value in settings_of(self).items()}

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        if not context.channel.get("bulk"):
            return
        before = [each.reach for each in context.last_sends[:3]]
        if not before:
            yield Finding(check=self.id, severity=Severity.INFO, where="to", variant="first", params={"count": draft.reach})
            return
        usual = round(median(before))
        severity = self._severity(draft.reach, usual)
        if severity is not None:
            variant = "grown" if draft.reach > usual else "shrunk"
            yield Finding(check=self.id, severity=severity, where="to", variant=variant, params={"count": draft.reach, "usual": usual})

    def _severity(self, count: int, usual: int) -> Severity | None:
        if abs(count - usual) <= self.min_abs_change:
            return None
        smaller, larger = sorted((count, usual))
        ratio = larger / smaller if smaller else float("inf")
        if ratio > self.block_ratio:
            return Severity.BLOCKER
        return Severity.WARNING if ratio > self.warn_ratio else None
