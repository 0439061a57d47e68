"""Three checks of a museum: a function, one with settings, and one that asks somebody else who must not be written to."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from releasegate.checks import check, settings_of, suppressed_by
from releasegate.model import Draft, Finding, Severity
from releasegate.protocols import Context


@check("house-name", by_letter=True)
def house_name(draft: Draft, context: Context) -> Iterator[Finding]:
    """Our name is written as on the door."""
    for letter in context.letters:
        for found in re.finditer(r"city museum|City museum", letter.text):
            yield Finding(
                check="house-name",
                severity=Severity.WARNING,
                where="text" if draft.count == 1 else f"mail {letter.no}, text",
                evidence=found[0],
                params={
                    "says": "Our name is not written as on the door.",
                    "mend": "Write City Museum.",
                    "says_ja": "館名の表記が正式なものと違います。",
                    "mend_ja": "City Museum と書いてください。",
                },
            )


@dataclass(frozen=True, kw_only=True)
class Embargoed:
    """Nothing is said of an exhibition before it is announced: no letter holds one of these `words`."""

    id: ClassVar[str] = "not-yet-announced"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content"})

    words: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields: the policy sets them, and other settings need another result."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        for letter in context.letters:
            for word in self.words:
                if word.casefold() in f"{letter.subject}\n{letter.text}".casefold():
                    yield Finding(check=self.id, evidence=word, params={"says": "This is not announced yet.", "mend": "Take it out."})


def who_has_left(addresses: Collection[str]) -> list[str]:
    """In earnest: a query to the membership database, for all addresses at once."""
    return [each for each in addresses if each.startswith("former.")]


members = suppressed_by("members", who_has_left)
