"""People who do not know each other, in To and Cc of one mail."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import Field

from releasegate.checks.domains import FREEMAIL, domain_of, is_on, registrable
from releasegate.checks.findings import few, place, quote
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.model.letter import Letter
from releasegate.protocols import Context

_BULK = 2


@dataclass(frozen=True, kw_only=True)
class ToCcInsteadOfBcc:
    """No mail shows many outsiders each other's addresses.

    Counted are organisations, not domains: a registrable domain is one, and everybody at a free-mail provider or carrier is one of their
    own. Warns from `warn_at`, blocks from `block_at`; on a bulk channel it blocks from two.
    """

    id: ClassVar[str] = "to-cc-instead-of-bcc"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content", "audience"})
    by_letter: ClassVar[bool] = True

    warn_at: Annotated[int, Field(ge=2)] = 4
    block_at: Annotated[int, Field(ge=2)] = 10
    internal_domains: tuple[str, ...] = ()
    freemail_domains: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        return few(self._find(draft, context))

    def _find(self, draft: Draft, context: Context) -> Iterator[Finding]:
        bulk = bool(context.channel.get("bulk"))
        block_at, warn_at = (_BULK, _BULK) if bulk else (self.block_at, self.warn_at)
        for letter in context.letters:
            count = len(self._organisations(letter))
            if count >= min(block_at, warn_at):
                yield Finding(
                    check=self.id,
                    severity=Severity.BLOCKER if count >= block_at else Severity.WARNING,
                    where=place(draft, letter, "to"),
                    evidence=quote(", ".join((*letter.to, *letter.cc)[:8])),
                    params={"count": count, "people": len(letter.to) + len(letter.cc)},
                    variant="bulk" if bulk else "",
                )

    def _organisations(self, letter: Letter) -> set[str]:
        found = set()
        for address in (*letter.to, *letter.cc):
            domain = domain_of(address)
            if not domain or is_on(domain, self.internal_domains):
                continue
            owner = registrable(domain)
            own = owner in FREEMAIL or domain in FREEMAIL or is_on(domain, self.freemail_domains) or is_on(owner, self.freemail_domains)
            found.add(address.strip().casefold() if own else owner)
        return found
