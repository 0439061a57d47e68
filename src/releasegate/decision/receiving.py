"""Who takes a handoff over, by when, and with what: tiers, deadlines, receivers, read-backs; and what shuts while nobody has."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from releasegate.decision.people import Bench
from releasegate.model.draft import Draft
from releasegate.model.handoff import Handoff, Heard, ReadBack, Tier
from releasegate.model.schedule import parse_schedule
from releasegate.model.state import Role, State
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.policy import Policy

_TIERS = {"submit": Tier.ROUTINE, "confirm": Tier.ELEVATED, "approve": Tier.ELEVATED, "hold": Tier.CRITICAL, "lift": Tier.CRITICAL}
_WEEKEND = frozenset({5, 6})


def tier(step: str, draft: Draft, policy: Policy) -> Tier:
    """What this step asks for: the file's tier, else the usual one; an approval of many, or for somebody else's clock, is critical."""
    rules = policy.channels.get(draft.channel)
    if step == "approve" and (draft.reach > policy.handoff["read_back_over"] or (rules is not None and bool(rules.clock))):
        return Tier.CRITICAL
    given: Mapping[str, str] = policy.handoff["tiers"]
    return Tier(given[step]) if step in given else _TIERS.get(step, Tier.ROUTINE)


def grade(handoff: Handoff, draft: Draft, policy: Policy) -> Tier:
    """The tier of this handoff: its step's; what goes to an outside party is critical, whatever the step."""
    return Tier.CRITICAL if handoff.outside is not None else tier(handoff.kind, draft, policy)


def last_stop(draft: Draft, policy: Policy) -> datetime | None:
    """The last moment at which it can still be stopped; None while it has no hour."""
    rules = policy.channels.get(draft.channel)
    if draft.send_at is None or rules is None:
        return draft.send_at
    return draft.send_at - (rules.stop_before or timedelta(0))


def deadline(handoff: Handoff, draft: Draft, policy: Policy) -> datetime:
    """By when it is to be taken over: the tier's time, never more than a quarter of what was left to the last safe stop.

    A routine one counts working days: Saturdays and Sundays, in the draft's zone, do not.
    """
    return span(handoff.since, grade(handoff, draft, policy), draft, policy)


def span(since: datetime, weight: Tier, draft: Draft, policy: Policy, *, share: float = 1) -> datetime:
    """When this share of the tier's time is over for what began then."""
    length: timedelta = policy.handoff[weight.value] * share
    usual = _working(since, length, _zone(draft, policy)) if weight is Tier.ROUTINE else since + length
    stop = last_stop(draft, policy)
    return min(usual, since + (stop - since) * share / 4) if stop is not None and stop > since else usual


def is_quiet(draft: Draft, bench: Bench) -> bool:
    """People sleep, and what is routine can wait until they do not: it can still be stopped then."""
    hours: str = bench.policy.handoff["quiet"]
    if not hours:
        return False
    zone = _zone(draft, bench.policy)
    here = bench.at.astimezone(ZoneInfo(zone) if zone else UTC)
    begins, ends = hours.split("-")
    clock = f"{here:%H:%M}"
    if not (begins <= clock < ends if begins < ends else clock >= begins or clock < ends):
        return False
    morning = here.replace(hour=int(ends[:2]), minute=int(ends[3:]), second=0, microsecond=0) + timedelta(days=clock >= ends)
    stop = last_stop(draft, bench.policy)
    return stop is None or morning < stop


def _working(since: datetime, length: timedelta, zone: str) -> datetime:
    """So much later, on days when people work."""
    local = ZoneInfo(zone) if zone else UTC
    moment, left = since, length
    while left > timedelta(0) or moment.astimezone(local).weekday() in _WEEKEND:
        here = moment.astimezone(local)
        midnight = (here.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(days=1)).replace(tzinfo=local)
        if here.weekday() in _WEEKEND:
            moment = midnight
            continue
        step = min(left, midnight.astimezone(UTC) - moment.astimezone(UTC))
        moment, left = moment.astimezone(UTC) + step, left - step
    return moment.astimezone(UTC)


def _zone(draft: Draft, policy: Policy) -> str:
    rules = policy.channels.get(draft.channel)
    return draft.schedule.zone if draft.send_at is not None else rules.zone if rules else ""


def waits_for(handoff: Handoff, draft: Draft, bench: Bench) -> tuple[str, ...]:
    """Whose turn it is with this handoff: its sender's while a question is open, else its receivers'.

    Somebody outside tells us nothing by themselves: until their words are recorded it is their sender who has to get them.
    """
    return _senders(handoff, bench) if handoff.asked or handoff.outside is not None else receivers(handoff, draft, bench)


def _senders(handoff: Handoff, bench: Bench) -> tuple[str, ...]:
    return tuple(person.id for person in bench.policy.people.humans if person.id == bench.policy.people.eyes(handoff.sender))


def receivers(handoff: Handoff, draft: Draft, bench: Bench) -> tuple[str, ...]:
    """Who may take it over: people, never its sender. What goes to the approvers waits until the checkers are done.

    What leads to nobody else (whom it named has left, or was its sender) goes to the approvers: it must not shut the gate for ever.
    """
    if handoff.outside is not None:
        return ()
    if draft.state is State.CHECKING and (handoff.kind, handoff.to) == ("confirm", Role.APPROVER.value):
        return ()
    eyes = bench.policy.people.eyes
    named, others = (
        tuple(name for name in _addressed(to, draft, bench) if eyes(name) != eyes(handoff.sender))
        for to in (handoff.to, Role.APPROVER.value)
    )
    return named or others


def _addressed(to: str, draft: Draft, bench: Bench) -> tuple[str, ...]:
    people = bench.policy.people
    if to in {Role.CHECKER.value, Role.APPROVER.value}:
        return tuple(person.id for person in bench.able(draft, Role(to)))
    if to in bench.policy.groups:
        return tuple(person.id for person in people.humans if person.id in bench.policy.groups[to])
    named = people.eyes(draft.author if to == Role.AUTHOR.value else to)
    standing_in = [grant.to for grant in bench.grants if grant.person == named and grant.holds(bench.at)]
    return tuple(person.id for person in people.humans if person.id in {named, *standing_in})


def needs_read_back(step: str, draft: Draft, policy: Policy) -> bool:
    """This step is taken with a read-back. In a demo never: nothing there reaches anybody."""
    return policy.mode != "demo" and step != "hold" and tier(step, draft, policy) is Tier.CRITICAL


def misread(said: ReadBack, draft: Draft, policy: Policy) -> tuple[str, ...]:
    """What was read back otherwise than it is: of `mark`, `recipients`, `send_at`. Raises ContentError for an hour that cannot be read."""
    right = {"mark": "".join(said.mark.split()).lower() == draft.mark, **_facts(said, draft, policy)}
    return tuple(name for name, same in right.items() if not same)


def misheard(said: Heard, handoff: Handoff, draft: Draft, policy: Policy) -> tuple[str, ...]:
    """What an outside party said otherwise than it is: of `ticket`, `recipients`, `send_at`. A mark is nothing that they know."""
    wanted = handoff.outside.ticket if handoff.outside is not None else ""
    right = {"ticket": not wanted or said.ticket.strip() == wanted, **_facts(said, draft, policy)}
    return tuple(name for name, same in right.items() if not same)


def _facts(said: ReadBack | Heard, draft: Draft, policy: Policy) -> dict[str, bool]:
    """Whether the number and the hour are those that are so."""
    at_once, hour = _hour(said.send_at, _zone(draft, policy))
    same = hour == draft.send_at and at_once == draft.schedule.at_once
    return {"recipients": said.recipients == draft.reach, "send_at": same}


def _hour(said: str | datetime | None, zone: str) -> tuple[bool, datetime | None]:
    """At once, or when: a moment with its offset, as `show --json` tells it, is that moment; anything else is as people write it."""
    if isinstance(said, str):
        with suppress(ValueError):
            moment = datetime.fromisoformat(said)
            if moment.tzinfo is not None:
                return False, moment
    asked = parse_schedule(said, default_zone=zone)
    return asked.at_once, asked.utc


def unacknowledged(draft: Draft, bench: Bench) -> list[Blocker]:
    """What shuts: a critical handoff that nobody has taken over, a question that nobody has answered. Of a hold: the hold itself does."""
    found = []
    for each in draft.handoffs:
        if each.kind == "hold":
            continue
        params: dict[str, str | int] = {"by": each.sender, "handoff": each.id, "until": deadline(each, draft, bench.policy).isoformat()}
        if each.asked:
            params |= {"by": each.asked[-1], "question": each.question}
            how: tuple[str, ...] = (f'releasegate answer {draft.id} -m "…"',)
            blocker = Blocker(code="question-open", kind=Kind.WAIT, params=params, who=_senders(each, bench), how=how, since=each.since)
            found.append(blocker)
        elif grade(each, draft, bench.policy) is Tier.CRITICAL:
            how = (f"releasegate acknowledge {draft.id}" + (' --spoke-to NAME --words "…"' if each.outside else ""),)
            who = waits_for(each, draft, bench)
            found.append(Blocker(code="handover-acknowledged", kind=Kind.WAIT, params=params, who=who, how=how, since=each.since))
    return found
