"""A policy with one key of one requirement gone, or asking for one less: what somebody could change in the file by mistake."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from releasegate.policy.duration import write_duration
from releasegate.policy.policy import Policy
from releasegate.policy.requirement import Requirement, Votes


@dataclass(frozen=True, slots=True, kw_only=True)
class Bent:
    """The bent policy, and the case that is missing where no case notices."""

    policy: Policy
    missing: str


def bend(policy: Policy, rule: Requirement) -> Iterator[Bent]:
    """Every way to bend this requirement. What is left of it still asks for somebody: that it is gone altogether, its no would tell."""
    for changes, missing in (*_places(rule), *_scope(rule), *_times(rule), *_waiver(rule)):
        bent = Requirement.model_validate({name: value for name, value in _given(rule, changes).items() if value})
        rules = tuple(bent if each is rule else each for each in policy.requirements)
        yield Bent(policy=replace(policy, requirements=rules), missing=missing)


_Change = tuple[dict[str, object], str]


def _given(rule: Requirement, changes: dict[str, object]) -> dict[str, object]:
    return {**{name: getattr(rule, name) for name in type(rule).model_fields}, **changes}


def _places(rule: Requirement) -> Iterator[_Change]:
    if rule.checkers + rule.approvers < 2:  # noqa: PLR2004 - without its one place nothing is left of it
        return
    for role, count, other in (("checkers", rule.checkers, rule.approvers), ("approvers", rule.approvers, rule.checkers)):
        if count:
            rest = " and everybody else" if other else ""
            yield {role: count - 1}, f"no case would notice one less in {role}; add one with {count - 1} of {count}{rest}"


def _scope(rule: Requirement) -> Iterator[_Change]:
    if rule.group:
        yield {"group": ""}, f"no case would notice that group {rule.group!r} is gone; add one that others sign, with the same roles"
    for channel in rule.channels if len(rule.channels) > 1 else ():
        rest = tuple(each for each in rule.channels if each != channel)
        yield {"channels": rest}, f"no case would notice that it no longer applies to {channel!r}; add one there that it keeps back"


def _times(rule: Requirement) -> Iterator[_Change]:
    if rule.second_look is not None:
        pause = write_duration(rule.second_look)
        yield {"second_look": timedelta(seconds=1)}, f"no case is approved before {pause} are over; add one with a shorter pause"
    if rule.valid_for is not None:
        yield {"valid_for": None}, f"no case sees a signature age; add one with age={write_duration(rule.valid_for)!r}"


def _waiver(rule: Requirement) -> Iterator[_Change]:
    votes = rule.waivable_by
    if votes is None:
        return
    yield {"waivable_by": None}, "no case sees it waived; add one with waived="
    if votes.checkers + votes.approvers == 1:
        return
    for role, count in dict(votes).items():
        if count:
            fewer = Votes(**{each: value for each, value in {**dict(votes), role: count - 1}.items() if value})
            yield {"waivable_by": fewer}, f"no case would notice one vote less of {role}; add one with {count - 1} of {count} in waived="
