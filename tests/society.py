"""A model of what the gate promises, kept apart from it: who wrote and signed what, what is held, what the other end has got.

It believes people's answers and the other end's record, and nothing that the gate keeps. It only says what must not leave; when it is
asked, something is leaving.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from releasegate.model.parcel import Parcel

ROLES = {
    "akari": {"author", "checker", "approver"},
    "ben": {"author", "checker"},
    "chie": {"checker", "approver"},
    "dai": {"approver"},
    "eiko": {"checker", "approver"},
}
ROBOTS = {"writer": "akari", "mailer": "akari"}
EVERYBODY = (*ROLES, *ROBOTS)
WITHOUT = {"whole": {}, "less": {"chie": set[str](), "eiko": {"checker"}}}
"""The two directories that people adopt in turn: all roles, and those who have fewer in the second one."""

UNDO = timedelta(minutes=1)
WINDOW = timedelta(hours=2)


def roles(directory: str) -> dict[str, set[str]]:
    """Everybody's roles in this directory."""
    return {**ROLES, **WITHOUT[directory]}


class Grant(NamedTuple):
    """A delegation."""

    giver: str
    taker: str
    since: datetime
    until: datetime


@dataclass
class Signature:
    """One yes, and whether it stands for the present round."""

    by: str
    via: str
    role: str
    digest: str
    stands: bool = True


@dataclass
class Page:
    """One draft, as the people who worked on it remember it."""

    digest: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)
    writers: set[str] = field(default_factory=set)
    signatures: list[Signature] = field(default_factory=list)
    waivers: list[Signature] = field(default_factory=list)
    holds: dict[str, str] = field(default_factory=dict)
    opened: datetime | None = None
    send_at: datetime | None = None
    warned: bool = False
    withdrawn: bool = False
    got: dict[str, int] = field(default_factory=dict)
    lost: dict[str, bool] = field(default_factory=dict)

    def void(self) -> None:
        """A new round: nothing that was signed stands."""
        for each in (*self.signatures, *self.waivers):
            each.stands = False


def eyes(person: str) -> str:
    """A robot and its operator are one pair of eyes."""
    return ROBOTS.get(person, person)


@dataclass
class Society:
    """All drafts, the directory in force, the delegations; `wrong` is what should not have left, and why."""

    directory: str = "whole"
    pages: dict[str, Page] = field(default_factory=dict)
    grants: list[Grant] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def leaves(self, draft: str, parcel: Parcel, at: datetime) -> None:
        """The channel was entered with this parcel: whatever the promises forbid about that is kept in `wrong`."""
        page = self.pages[draft]
        reasons = {
            "held": bool(page.holds),
            "withdrawn": page.withdrawn,
            "other bytes": page.bodies.get(parcel.to[0]) != parcel.body,
            "twice": page.got.get(parcel.to[0], 0) > 0 or parcel.to[0] in page.lost,
            "unsigned": not self.signed(page, at),
            "not waived": page.warned and not any(self._waives(each, page) for each in page.waivers),
            "too early": (page.opened is not None and at < page.opened + UNDO) or (page.send_at is not None and at < page.send_at),
            "too late": page.send_at is not None and at >= page.send_at + WINDOW,
        }
        self.wrong += [f"{draft}: {reason}" for reason, so in reasons.items() if so]

    def signed(self, page: Page, at: datetime) -> bool:
        """A checker and an approver, two pairs of eyes that had no hand in it, entitled at this moment."""
        valid = [each for each in page.signatures if each.stands and each.digest == page.digest and self._entitled(each, at)]
        fit = [each for each in valid if not {each.by, each.via} & {eyes(writer) for writer in page.writers}]
        return any(
            one.role == "checker" and other.role == "approver" and not {one.by, one.via} & {other.by, other.via} - {""}
            for one in fit
            for other in fit
        )

    def _entitled(self, signature: Signature, at: datetime) -> bool:
        known = roles(self.directory)
        if signature.role in known.get(signature.by, ()):
            return True
        return any(
            (grant.giver, grant.taker) == (signature.via, signature.by)
            and grant.since <= at < grant.until
            and signature.role in known.get(grant.giver, ())
            for grant in self.grants
        )

    def _waives(self, each: Signature, page: Page) -> bool:
        known = roles(self.directory).get(each.by, set())
        stands = each.stands and each.digest == page.digest and each.by not in {eyes(writer) for writer in page.writers}
        return stands and bool(known & {"checker", "approver"})
