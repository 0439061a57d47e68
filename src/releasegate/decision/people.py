"""Whose signatures count: entitled now, on this text, under these rules, in this round, by nobody who had a hand in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from releasegate.model.draft import Draft, Signature
from releasegate.model.state import Role
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.policy.requirement import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A dated delegation: `to` may sign for `person` until then. Both names count as having acted; it cannot be passed on."""

    person: str
    to: str
    since: datetime
    until: datetime

    def holds(self, at: datetime) -> bool:
        """It is in force at this moment."""
        return self.since <= at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The people of one moment: the policy's directory and the delegations in force at `at`."""

    policy: Policy
    at: datetime
    grants: tuple[Grant, ...] = ()
    proven: frozenset[int] = frozenset()  # the signatures (by seq) that a key of the signer's vouches for

    def barred(self, draft: Draft) -> frozenset[str]:
        """The pairs of eyes that may not sign: everybody who wrote, edited or submitted any version, and whom they acted for.

        Nobody where a second look is the rule: that loads only while there is one human, who is all the eyes there are.
        """
        if any(rule.second_look is not None for rule in self.policy.requirements):
            return frozenset()
        # As they were known then, and as the directory knows them now: a robot that is gone still had its operator's eyes.
        eyes = draft.eyes | {self.policy.people.eyes(name) for name in (*draft.writers, *draft.eyes)}
        acting = {self.policy.people.eyes(grant.person) for grant in self.grants if self.policy.people.eyes(grant.to) in eyes}
        return frozenset(eyes | acting)

    def acts_for(self, person: Person, role: Role, group: str = "") -> str | None:
        """Whose right this person would sign with: "" their own, an id a delegation's, None nobody's."""
        if self._may(person, role, group):
            return ""
        for grant in self.grants:
            giver = self.policy.people.get(grant.person)
            if grant.to == person.id and grant.holds(self.at) and person.kind == "human" and giver and self._may(giver, role, group):
                return giver.id
        return None

    def eyes(self, signature: Signature) -> frozenset[str]:
        """All who acted in this signature, each as one pair of eyes."""
        return frozenset(self.policy.people.eyes(name) for name in (signature.by, signature.via) if name)

    def entitled(self, signature: Signature, group: str = "") -> bool:
        """The signer has the right now: in the directory of this moment, with the same delegation still in force if there was one."""
        person = self.policy.people.get(signature.by)
        return person is not None and self.acts_for(person, signature.role, group) in ("", signature.via)

    def able(self, draft: Draft, role: Role, group: str = "") -> tuple[Person, ...]:
        """Who could still sign this draft in this role."""
        barred = self.barred(draft)
        return tuple(
            person
            for person in self.policy.people.humans
            if self.policy.people.eyes(person.id) not in barred and self.acts_for(person, role, group) is not None
        )

    def _may(self, person: Person, role: Role, group: str) -> bool:
        in_group = not group or person.id in self.policy.groups.get(group, frozenset())
        return person.kind == "human" and role in person.roles and in_group


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How far a requirement has got: places filled and still missing, and signatures that no longer count, by reason."""

    checkers: int
    approvers: int
    missing_checkers: int
    missing_approvers: int
    stale: int = 0
    expired: int = 0
    unsigned: int = 0
    until: datetime | None = None


def count(draft: Draft, requirement: Requirement, bench: Bench) -> Count:
    """Fill the places of one requirement: one person one place, whatever the account, role or delegation."""
    given = [each for each in draft.signatures if bench.entitled(each, requirement.group) and _serves(each, requirement)]
    mine = [each for each in given if not requirement.auth or each.seq in bench.proven]
    current = [signature for signature in mine if _current(signature, draft, bench)]
    fresh = [signature for signature in current if _expiry(signature, requirement) is None or bench.at < _moment(signature, requirement)]
    if requirement.second_look is None:
        barred = bench.barred(draft)
        fresh = [signature for signature in fresh if not bench.eyes(signature) & barred]
        need = (requirement.checkers, requirement.approvers)
    else:
        fresh = [signature for signature in fresh if _looked_again(signature, draft, requirement.second_look)]
        need = (0, 1)
    filled = _fill([(signature.role, bench.eyes(signature)) for signature in fresh], need)
    ends = [_moment(signature, requirement) for signature in fresh if requirement.valid_for is not None]
    return Count(
        checkers=filled[0],
        approvers=filled[1],
        missing_checkers=need[0] - filled[0],
        missing_approvers=need[1] - filled[1],
        stale=len({signature.by for signature in mine} - {signature.by for signature in current}),
        expired=len(current) - len([s for s in current if _expiry(s, requirement) is None or bench.at < _moment(s, requirement)]),
        unsigned=len({each.by for each in given if _current(each, draft, bench)} - {each.by for each in current}),
        until=min(ends, default=None),
    )


def _serves(signature: Signature, requirement: Requirement) -> bool:
    """A carried signature stands only for the requirements that allowed the change."""
    return not signature.carried or requirement.name in signature.carried_for


def _current(signature: Signature, draft: Draft, bench: Bench) -> bool:
    """It names this text, these rules, this round."""
    return (signature.digest, signature.rules, signature.round) == (draft.digest, bench.policy.rules, draft.round)


def _expiry(signature: Signature, requirement: Requirement) -> datetime | None:
    return None if requirement.valid_for is None else signature.at + requirement.valid_for


def _moment(signature: Signature, requirement: Requirement) -> datetime:
    return signature.at + (requirement.valid_for or timedelta.max)


def _looked_again(signature: Signature, draft: Draft, pause: timedelta) -> bool:
    """A second look counts only after the pause since the text last changed."""
    written = draft.written
    return signature.role is Role.APPROVER and written is not None and signature.at >= written + pause


def _fill(signatures: Iterable[tuple[Role, frozenset[str]]], need: tuple[int, int]) -> tuple[int, int]:
    """The most places that can be filled so that no pair of eyes sits in two: (checkers, approvers)."""
    pool = list(signatures)
    best = (0, 0)

    def place(index: int, used: frozenset[str], have: tuple[int, int]) -> None:
        nonlocal best
        best = max(best, have, key=lambda filled: (sum(filled), filled))
        if index == len(pool) or best == need:
            return
        role, eyes = pool[index]
        more = (have[0] + (role is Role.CHECKER), have[1] + (role is Role.APPROVER))
        if not eyes & used and more[0] <= need[0] and more[1] <= need[1]:
            place(index + 1, used | eyes, more)
        place(index + 1, used, have)

    place(0, frozenset(), best)
    return best
