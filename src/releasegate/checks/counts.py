"""The number of people that the author said beforehand, and the number that the list has."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from releasegate.checks.registry import settings_of
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.protocols import Context

_PERCENT = re.compile(r"(\d{1,2}(?:\.\d{1,2})?) ?%", re.ASCII)


def _tolerance(value: int | str) -> int | str:
    if isinstance(value, int) and value >= 0:
        return value
    if not _PERCENT.fullmatch(str(value)):
        message = Words("{value!r} is no tolerance; give a number of people like 5, or a share like '2%'", value=value)
        raise ValueError(message)
    return value


@dataclass(frozen=True, kw_only=True)
class CountDeclared:
    """The list has as many people as its author said beforehand, give or take `tolerance` (people, or a share such as "2%").

    Where nobody said a number that is enough, but not on the channels in `required_on`, nor for more than `required_above` people.
    """

    id: ClassVar[str] = "count-declared"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"audience"})

    tolerance: Annotated[int | str, AfterValidator(_tolerance)] = 0
    required_on: tuple[str, ...] = ()
    required_above: Annotated[int, Field(ge=0)] | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:  # noqa: ARG002 - every check is called alike
        """What it finds in this draft."""
        said = draft.declared.count
        if said is not None and abs(draft.reach - said) > self._allowed(said):
            yield Finding(check=self.id, where="to", params={"count": draft.reach, "declared": said})
        elif said is None and self._wanted(draft):
            yield Finding(check=self.id, where="to", variant="missing")

    def _allowed(self, said: int) -> Fraction:
        """In exact parts: 2% of 50 is 1."""
        if isinstance(self.tolerance, int):
            return Fraction(self.tolerance)
        return Fraction(self.tolerance.rstrip(" %")) * said / 100

    def _wanted(self, draft: Draft) -> bool:
        return draft.channel in self.required_on or (self.required_above is not None and draft.reach > self.required_above)
