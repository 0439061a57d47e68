"""Who may be absent before nobody can sign: asked of this team, before the first day."""

from collections.abc import Iterator
from dataclasses import dataclass

from releasegate.model.state import Role
from releasegate.policy.matching import assign
from releasegate.policy.policy import Policy
from releasegate.policy.requirement import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """On this channel nobody can sign `requirements` for a draft of `author` while all of `away` are absent.

    `away` is the least that does it. Empty `away`: not even when everybody is there.
    """

    channel: str
    author: str
    away: tuple[str, ...]
    requirements: tuple[str, ...]


def can_be_signed(policy: Policy, channel: str, barred: frozenset[str]) -> tuple[str, ...]:
    """The names of the requirements on this channel that nobody could meet while `barred` may not sign; empty: all can be signed.

    Who is barred bars everybody of the same pair of eyes.
    """
    eyes = frozenset(policy.people.eyes(name) for name in barred)
    return tuple(rule.name for rule in policy.applying(channel) if not can_meet(policy, rule, eyes))


def can_meet(policy: Policy, rule: Requirement, absent: frozenset[str]) -> bool:
    """Enough people are entitled to sign this, each in one place, without `absent` (ids)."""
    return _team(policy, rule, absent) is not None


def _team(policy: Policy, rule: Requirement, absent: frozenset[str]) -> frozenset[str] | None:
    """Some people who together could meet this without `absent`; None where there are none."""
    if rule.second_look is not None:
        # The one human there is signs alone, also their own text.
        return frozenset() if signers(policy, Role.APPROVER) else None
    checkers, approvers = (_able(policy, rule, role) - absent for role in (Role.CHECKER, Role.APPROVER))
    places = [checkers] * rule.checkers + [approvers] * rule.approvers
    taken = assign(places)
    return frozenset(taken.values()) if len(taken) == len(places) else None


def _able(policy: Policy, rule: Requirement, role: Role) -> frozenset[str]:
    """Who could sign this in this role; where it asks for keys, whoever has one."""
    able = signers(policy, role, rule.group)
    return frozenset(name for name in able if has_key(policy, name)) if rule.auth else able


def has_key(policy: Policy, person_id: str) -> bool:
    """The directory has a public key of this person."""
    person = policy.people.get(person_id)
    return person is not None and bool(person.keys)


def signers(policy: Policy, role: Role, group: str = "") -> frozenset[str]:
    """Who has this signing role, in this group where one is named."""
    # No robot among them: it has no role that signs, or the file would not have loaded.
    able = frozenset(person.id for person in policy.people.with_role(role))
    return able & policy.groups.get(group, frozenset()) if group else able


def absences(policy: Policy) -> tuple[Gap, ...]:
    """For each gated channel and each author: every person, and every pair, without whom a draft could not be signed."""
    return tuple(
        gap
        for channel, rules in policy.channels.items()
        if rules.gated
        for author in policy.people.with_role(Role.AUTHOR)
        for gap in _gaps(policy, channel, author.id)
    )


def dead_ends(policy: Policy) -> tuple[str, ...]:
    """The gated channels by which nothing can ever leave: no requirement applies, or no author has a text that could be signed."""
    authors = [author.id for author in policy.people.with_role(Role.AUTHOR)]
    return tuple(
        channel
        for channel, rules in policy.channels.items()
        if rules.gated and (not policy.applying(channel) or all(can_be_signed(policy, channel, frozenset({author})) for author in authors))
    )


def _gaps(policy: Policy, channel: str, author: str) -> Iterator[Gap]:
    own = policy.people.eyes(author)
    found: dict[tuple[str, ...], list[str]] = {}
    for rule in policy.applying(channel):
        for away in _least_away(policy, rule, own):
            found.setdefault(away, []).append(rule.name)
    for away in sorted(found, key=lambda away: (len(away), away)):
        # Where one alone does it already, a pair with that person says nothing new.
        if not any(set(other) < set(away) for other in found):
            yield Gap(channel=channel, author=author, away=away, requirements=tuple(found[away]))


def _least_away(policy: Policy, rule: Requirement, own: str) -> Iterator[tuple[str, ...]]:
    """The sets, of two people at most, without whom `rule` cannot be met for a text of `own`.

    Who is in no team that could sign can be away; so only members of one team, and of one that could stand in, have to be asked.
    """
    team = _team(policy, rule, frozenset({own}))
    if team is None:
        yield ()
        return
    if rule.second_look is not None:
        yield (own,)  # nobody stands in for who is alone
        return
    pairs: set[tuple[str, ...]] = set()
    for each in sorted(team):
        others = _team(policy, rule, frozenset({own, each}))
        if others is None:
            yield (each,)
        else:
            both = (frozenset({each, other}) for other in others)
            pairs |= {tuple(sorted(pair)) for pair in both if not can_meet(policy, rule, pair | {own})}
    yield from pairs
