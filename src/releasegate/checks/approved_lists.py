"""The list against the one that the approvers saw."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from releasegate.checks.findings import quote
from releasegate.checks.registry import settings_of
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.state import Role
from releasegate.protocols import Carried, Context

_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class ListChangedSinceApproval:
    """Somebody who approved it has seen this list: an approval that came along from an earlier text is none for whom it did not see.

    A new list is a new text, and signatures stand only where `keep_on` lets them: of those this check asks. `mode`: by `allow_removals` the
    list may have lost people since, by `exact` not even that, by `any` it may have changed at will.
    """

    id: ClassVar[str] = "list-changed-since-approval"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"audience", "history"})

    mode: Literal["exact", "allow_removals", "any"] = "allow_removals"

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        if self.mode == "any" or _seen_anew(draft):
            return
        # Where no approver has signed, the confirmations are all the approval that there is.
        approvals = [each for each in context.carried if each.role is Role.APPROVER] or context.carried
        if any(self._covers(each) for each in approvals):
            return
        for each in approvals:
            yield from self._told(each)

    def _covers(self, each: Carried) -> bool:
        return not each.gained and not (each.lost and self.mode == "exact")

    def _told(self, each: Carried) -> Iterator[Finding]:
        if each.gained:
            yield _finding(each.by, each.gained, "")
        if each.lost and self.mode == "exact":
            yield _finding(each.by, each.lost, "shrunk")


def _seen_anew(draft: Draft) -> bool:
    """An approver has signed this very text in this round."""
    mine = (each for each in draft.signatures if (each.digest, each.round) == (draft.digest, draft.round))
    return any(each.role is Role.APPROVER and not each.carried for each in mine)


def _finding(by: str, people: tuple[str, ...], variant: str) -> Finding:
    names = ", ".join(people[:_SHOWN]) + (" …" if people[_SHOWN:] else "")
    params: dict[str, str | int] = {"signer": by, "n": len(people)}
    return Finding(check=ListChangedSinceApproval.id, where="to", evidence=quote(names), params=params, variant=variant)
