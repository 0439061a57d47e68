"""The rules of the policy, each with its result: satisfied, unsatisfied, waived, expired, error, not applicable."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from releasegate.decision.people import Bench, Count, count
from releasegate.model.draft import Draft
from releasegate.model.state import Role
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.requirement import Requirement, Votes


class Result(StrEnum):
    """How a requirement stands. Only SATISFIED and WAIVED pass."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    WAIVED = "waived"
    EXPIRED = "expired"
    ERROR = "error"
    NOT_APPLICABLE = "not applicable"

    @property
    def passes(self) -> bool:
        """The requirement does not shut the gate."""
        return self in {Result.SATISFIED, Result.WAIVED, Result.NOT_APPLICABLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One requirement's result, its blockers, and the moment at which age alone would change it."""

    name: str
    result: Result
    blockers: tuple[Blocker, ...] = ()
    until: datetime | None = None
    missing_checkers: int = 0


def standings(draft: Draft, bench: Bench) -> tuple[Standing, ...]:
    """Every requirement of the policy, judged for this draft."""
    return tuple(_stand(draft, requirement, bench) for requirement in bench.policy.requirements)


def _stand(draft: Draft, requirement: Requirement, bench: Bench) -> Standing:
    if not requirement.applies_to(draft.channel):
        return Standing(name=requirement.name, result=Result.NOT_APPLICABLE)
    if requirement.group and requirement.group not in bench.policy.groups:
        blocker = Blocker(code="requirement-error", kind=Kind.MEND, name=requirement.name, params={"reason": requirement.group})
        return Standing(name=requirement.name, result=Result.ERROR, blockers=(blocker,))
    filled = count(draft, requirement, bench)
    if not filled.missing_checkers and not filled.missing_approvers:
        return Standing(name=requirement.name, result=Result.SATISFIED, until=filled.until)
    if waived(draft, requirement.name, requirement.waivable_by, bench):
        return Standing(name=requirement.name, result=Result.WAIVED, until=filled.until)
    return Standing(
        name=requirement.name,
        result=Result.EXPIRED if filled.expired else Result.UNSATISFIED,
        blockers=_missing(draft, requirement, filled, bench),
        until=filled.until,
        missing_checkers=filled.missing_checkers,
    )


def waived(draft: Draft, name: str, votes: Votes | None, bench: Bench) -> bool:
    """As many entitled people as the file says let it stand, for this text, under these rules, in this round. None: never."""
    return votes is not None and enough(draft, waivers(draft, name, bench), votes, bench)


def waivers(draft: Draft, name: str, bench: Bench, *, finding: str = "") -> set[str]:
    """Who has let this stand, for this text, under these rules, in this round; with a finding's fingerprint: who had that before them."""
    return {
        waiver.by
        for waiver in draft.waivers
        if (waiver.name, waiver.digest, waiver.rules, waiver.round) == (name, draft.digest, bench.policy.rules, draft.round)
        and (not finding or finding in waiver.findings)
    }


def enough(draft: Draft, given: set[str], votes: Votes, bench: Bench) -> bool:
    """These people fill the places: distinct pairs of eyes, none that had a hand in the text, each entitled now."""
    barred = bench.barred(draft)
    people = {person.id for person in bench.policy.people.humans}  # a robot's name would hide its operator's
    fit = {bench.policy.people.eyes(name): name for name in given & people if bench.policy.people.eyes(name) not in barred}
    checkers = {name for name in fit.values() if _role(bench, name, Role.CHECKER)}
    approvers = {name for name in fit.values() if _role(bench, name, Role.APPROVER)}
    together = len(checkers | approvers)
    return len(checkers) >= votes.checkers and len(approvers) >= votes.approvers and together >= votes.checkers + votes.approvers


def _role(bench: Bench, name: str, role: Role) -> bool:
    person = bench.policy.people.get(name)
    return person is not None and person.kind == "human" and role in person.roles


def _missing(draft: Draft, requirement: Requirement, filled: Count, bench: Bench) -> tuple[Blocker, ...]:
    """What is still to be signed, by whom, how."""
    if requirement.second_look is not None:
        again = (draft.written or bench.at) + requirement.second_look
        who = tuple(person.id for person in bench.policy.people.humans)
        how = (f"releasegate approve {draft.id}",)
        params: dict[str, str | int] = {"until": again.isoformat()}
        return (Blocker(code="second-look", kind=Kind.WAIT, name=requirement.name, params=params, who=who, how=how),)
    places = (
        (Role.CHECKER, "confirm", "confirmation-missing", filled.missing_checkers, requirement.checkers),
        (Role.APPROVER, "approve", "approval-missing", filled.missing_approvers, requirement.approvers),
    )
    signed = {signature.by for signature in draft.signatures if (signature.digest, signature.round) == (draft.digest, draft.round)}
    return tuple(
        Blocker(
            code=code,
            kind=Kind.WAIT,
            name=requirement.name,
            params={"missing": missing, "have": need - missing, "need": need, "stale": filled.stale, "expired": filled.expired}
            | ({"unsigned": filled.unsigned} if filled.unsigned else {}),
            who=tuple(
                person.id
                for person in bench.able(draft, role, requirement.group)
                if (filled.expired or filled.unsigned or person.id not in signed) and (person.keys or not requirement.auth)
            ),
            how=(f"releasegate {verb} {draft.id}",),
        )
        for role, verb, code, missing, need in places
        if missing
    )
