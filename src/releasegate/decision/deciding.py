"""The decision: every rule of the gate and of the policy, asked once, answered with everything that shuts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from releasegate.decision.findings import Expected, Looked, judge_findings
from releasegate.decision.people import Bench, Grant
from releasegate.decision.playing import as_played
from releasegate.decision.receiving import unacknowledged
from releasegate.decision.requirements import Result, Standing, standings
from releasegate.decision.timing import Hours, cut_off, hours
from releasegate.model.draft import Draft
from releasegate.model.finding import CheckResult
from releasegate.model.limits import Limits
from releasegate.model.state import State
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.policy.policy import Policy

_READY = frozenset({State.APPROVED, State.CLAIMED})
_NEVER = frozenset({State.WITHDRAWN, State.STOPPED})
_AHEAD = frozenset({State.DRAFTING, State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The checks that must have passed, and the results there are."""

    expected: tuple[Expected, ...] = ()
    found: tuple[CheckResult, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What stands around a draft at the moment of judging: delegations, the channel's identity now (None: not here), and doubts.

    `limits` are those of a channel that keeps its own clock; `watched` says whether somebody has looked after bookings just now.
    `proven` are the signatures (by seq) that a key of the signer's vouches for.
    """

    grants: tuple[Grant, ...] = ()
    identity: str | None = None
    limits: Limits | None = None
    watched: bool = True
    doubts: tuple[Blocker, ...] = ()
    proven: frozenset[int] = frozenset()


def decide(draft: Draft, policy: Policy, results: Results, at: datetime, *, world: World) -> Decision:
    """May it leave at `at`? Pure: touches nothing. No requirement applies, a check unanswered, any doubt: closed, and why."""
    bench = Bench(policy=policy, at=at, grants=world.grants, proven=world.proven)
    rules = standings(draft, bench)
    looked = judge_findings(draft, results.expected, results.found, bench)
    when = _hours(draft, policy, at, world.limits)
    blockers = (
        *_holds(draft, bench),
        *world.doubts,
        *_standing(draft),
        *([] if draft.state.over else unacknowledged(draft, bench)),
        *_place(draft, policy, world.identity),
        *_twins(draft, policy, at),
        *_linked(draft, policy),
        *looked.blockers,
        *_hour(draft, looked),
        *_bookable(draft, policy, world),
        *_turn(draft),
        *(blocker for rule in rules for blocker in rule.blockers),
        *_none_applies(draft, rules),
        *when.blockers,
    )
    return Decision(
        draft_id=draft.id,
        digest=draft.digest,
        at=at,
        blockers=as_played(_once(blockers), draft, policy),
        satisfied=_passed(rules, Result.SATISFIED) if looked.blockers else ("checks", *_passed(rules, Result.SATISFIED)),
        waived=(*_passed(rules, Result.WAIVED), *looked.waived),
        not_applicable=_passed(rules, Result.NOT_APPLICABLE),
        earliest=when.earliest,
        until=_soonest(at, looked.until, when, rules, (*_grants_end(world), *_repeats_end(draft, policy), *_embargo_ends(draft))),
        title=draft.title,
        channel=draft.channel,
        reach=draft.reach,
        schedule=draft.schedule,
        zone=_zone(draft, policy),
        state=draft.state.value,
        names={person.id: person.name or person.id for person in policy.people},
        gone=draft.tally.sent + draft.tally.refused + draft.tally.earlier,
        unknown=draft.tally.unknown,
        in_flight=draft.tally.sending,
    )


def people_part(
    draft: Draft, policy: Policy, at: datetime, *, grants: Sequence[Grant] = (), proven: frozenset[int] = frozenset()
) -> tuple[bool, bool]:
    """(no requirement for checkers is open, no requirement at all is open): what confirm, ripen and lapse ask."""
    rules = standings(draft, Bench(policy=policy, at=at, grants=tuple(grants), proven=proven))
    applying = [rule for rule in rules if rule.result is not Result.NOT_APPLICABLE]
    checked = all(not rule.missing_checkers and rule.result is not Result.ERROR for rule in applying)
    return checked, bool(applying) and all(rule.result.passes for rule in applying)


def _zone(draft: Draft, policy: Policy) -> str:
    """The zone that its people think in: the draft's own, else its channel's."""
    channel = policy.channels.get(draft.channel)
    return draft.schedule.zone or (channel.zone if channel else "")


def _hours(draft: Draft, policy: Policy, at: datetime, limits: Limits | None) -> Hours:
    channel = policy.channels.get(draft.channel)
    return hours(draft, channel.undo if channel else timedelta(0), at, stop_before=cut_off(channel, limits))


def _bookable(draft: Draft, policy: Policy, world: World) -> list[Blocker]:
    """What is handed to somebody else's clock needs an hour, a way back, and somebody who watches it."""
    rules = policy.channels.get(draft.channel)
    if rules is None or not rules.clock or draft.state not in _AHEAD:
        return []
    found = []
    if draft.schedule.at_once:
        how = (f"releasegate write {draft.id} … --send-at …",)
        found.append(Blocker(code="booking-needs-hour", kind=Kind.MEND, params={"channel": draft.channel}, who=(draft.author,), how=how))
    if world.limits is not None and not world.limits.cancels:
        found.append(Blocker(code="cannot-cancel", kind=Kind.MEND, params={"channel": draft.channel}))
    if not world.watched and draft.state in _READY:
        found.append(Blocker(code="watch-absent", kind=Kind.WAIT, params={"channel": draft.channel}, how=("releasegate watch",)))
    return found


def _holds(draft: Draft, bench: Bench) -> list[Blocker]:
    """One for each hold in force: it beats everything, and nothing in a policy can name it."""
    barred = bench.barred(draft)
    lifters = [person.id for person in bench.policy.people.humans if bench.policy.people.eyes(person.id) not in barred and person.roles]
    approvers = [name for name in lifters if "approver" in (bench.policy.people.get(name) or _NOBODY).roles]
    return [
        Blocker(
            code="hold-active",
            kind=Kind.HOLD,
            params={"by": hold.by, "note": hold.note, "hold": hold.id, "final": int(hold.final), "along": hold.along},
            who=() if hold.final else tuple(dict.fromkeys([hold.by, *approvers])),
            how=() if hold.final else (f"releasegate lift {draft.id} {hold.id.rpartition('/')[2]}",),
            since=hold.at,
        )
        for hold in draft.holds
    ]


def _standing(draft: Draft) -> list[Blocker]:
    """States out of which nothing leaves, whatever was signed."""
    if draft.state is State.SENT:
        return [Blocker(code="already-sent", kind=Kind.MEND, params={"n": draft.tally.sent})]
    if draft.state in {State.WITHDRAWN, State.STOPPED}:
        return [Blocker(code=draft.state.value, kind=Kind.MEND)]
    unknown = draft.tally.unknown
    if draft.state is State.UNKNOWN or (unknown and not draft.tally.left and not draft.tally.sending):
        params: dict[str, str | int] = {"n": unknown}
        return [Blocker(code="outcome-unknown", kind=Kind.UNKNOWN, params=params, how=(f"releasegate settle {draft.id}",))]
    if draft.state is State.BOOKING:
        return [Blocker(code="in-progress", kind=Kind.WAIT, params={"until": ""})]
    if draft.state is State.BOOKED:
        return [Blocker(code="booked", kind=Kind.WAIT, params={"until": draft.send_at.isoformat() if draft.send_at else ""})]
    return _back(draft)


def _back(draft: Draft) -> list[Blocker]:
    """What stands over there goes out by itself: nothing else of this draft leaves beside it, whichever text it is of."""
    if not draft.standing:
        return []
    params: dict[str, str | int] = {"booking": ", ".join(draft.standing), "channel": draft.channel}
    return [Blocker(code="booking-stands", kind=Kind.WAIT, params=params, how=(f"releasegate look {draft.id}",))]


def _hour(draft: Draft, looked: Looked) -> list[Blocker]:
    """An hour that names no moment is not "at once", whatever a file makes of the checks that say so."""
    asked = draft.schedule
    if draft.send_at is not None or asked.at_once or any(blocker.where == "schedule" for blocker in looked.blockers):
        return []
    code = "schedule-dst" if asked.problem == "gap" else "schedule-zone"
    variant = {"gap": "gap", "offset": "offset"}.get(asked.problem, "unknown" if asked.zone else "")
    params: dict[str, str | int] = {"zone": asked.zone, "variant": variant}
    how = (f"releasegate write {draft.id} …",)
    return [
        Blocker(code=code, kind=Kind.MEND, name=code, params=params, who=(draft.author,), how=how, where="schedule", evidence=asked.text)
    ]


def _turn(draft: Draft) -> list[Blocker]:
    if draft.state is not State.DRAFTING:
        return []
    how = (f"releasegate submit {draft.id}",)
    return [Blocker(code="not-submitted", kind=Kind.WAIT, params={"author": draft.author}, who=(draft.author,), how=how)]


def _place(draft: Draft, policy: Policy, identity: str | None) -> list[Blocker]:
    """The way out is the one that was approved, it is here, and it is live or test as the draft says."""
    rules = policy.channels.get(draft.channel)
    if rules is None or identity is None:
        return [Blocker(code="channel-missing", kind=Kind.MEND, params={"channel": draft.channel})]
    found = []
    if identity != draft.identity:
        params: dict[str, str | int] = {"approved": draft.identity, "now": identity}
        found.append(Blocker(code="channel-identity", kind=Kind.MEND, params=params, how=(f"releasegate write {draft.id} …",)))
    if (draft.meant == "live") is not (rules.mode == "live"):
        params = {"meant": draft.meant, "mode": rules.mode}
        found.append(Blocker(code="live-test-identity", kind=Kind.MEND, params=params, who=(draft.author,)))
    return found


def _twins(draft: Draft, policy: Policy, at: datetime) -> list[Blocker]:
    """Writing a held text anew is no way round the hold; nor is sending one again inside the repeat window."""
    rules = policy.channels.get(draft.channel)
    beside = {each.draft_id for each in draft.linked if each.now and _paired(policy, draft.channel, each.channel)}
    found = []
    for twin in draft.twins:
        params: dict[str, str | int] = {"twin": twin.draft_id, "what": twin.kind, "at": twin.at.isoformat()}
        if twin.kind in {"held", "withdrawn"}:
            how = (f"releasegate show {twin.draft_id}",)
            found.append(Blocker(code="twin-held", kind=Kind.HOLD, params=params, since=twin.at, how=how))
        elif twin.draft_id not in beside and (rules is None or twin.kind != "sent" or at < twin.at + rules.repeat):
            how = (f"releasegate write {draft.id} …",)
            found.append(Blocker(code="twin-sent", kind=Kind.MEND, params=params, who=(draft.author,), since=twin.at, how=how))
    return found


def _paired(policy: Policy, one: str, other: str) -> bool:
    """The file says that these two ways out take the same news: what stands in both was not sent twice."""
    pairs = ((one, other), (other, one))
    return any(name in policy.channels and second in policy.channels[name].linked for name, second in pairs)


def _linked(draft: Draft, policy: Policy) -> list[Blocker]:
    """Every way out that the file links with this one has its draft of the release: what nobody has written, no hold reaches."""
    rules = policy.channels.get(draft.channel)
    if rules is None or draft.state not in _AHEAD:
        return []
    there = {each.channel for each in draft.linked if each.now and each.state not in _NEVER}
    found = []
    for name in rules.linked:
        if name not in there:
            params: dict[str, str | int] = {"channel": draft.channel, "other": name, "release": draft.release}
            how = f"releasegate write … --channel {name} --release {draft.release}"
            mend = how if draft.release else f"releasegate write {draft.id} … --release …"
            found.append(Blocker(code="linked-missing", kind=Kind.MEND, params=params, who=(draft.author,), how=(mend,)))
    return found


def _none_applies(draft: Draft, rules: Sequence[Standing]) -> list[Blocker]:
    """An empty policy never passes."""
    if any(rule.result is not Result.NOT_APPLICABLE for rule in rules):
        return []
    return [Blocker(code="no-requirement", kind=Kind.MEND, params={"channel": draft.channel}, how=("releasegate policy check",))]


def _passed(rules: Iterable[Standing], result: Result) -> tuple[str, ...]:
    return tuple(rule.name for rule in rules if rule.result is result)


def _once(blockers: Iterable[Blocker]) -> tuple[Blocker, ...]:
    """The same thing is said once."""
    seen: list[Blocker] = []
    for blocker in blockers:
        if blocker not in seen:
            seen.append(blocker)
    return tuple(seen)


def _soonest(at: datetime, looked: datetime | None, when: Hours, rules: Sequence[Standing], ends: Iterable[datetime]) -> datetime | None:
    """The next moment at which time alone changes the answer."""
    moments = [looked, when.latest, when.earliest, *(rule.until for rule in rules), *ends]
    return min((moment for moment in moments if moment is not None and moment > at), default=None)


def _grants_end(world: World) -> list[datetime]:
    return [grant.until for grant in world.grants]


def _repeats_end(draft: Draft, policy: Policy) -> list[datetime]:
    rules = policy.channels.get(draft.channel)
    return [twin.at + rules.repeat for twin in draft.twins] if rules is not None else []


def _embargo_ends(draft: Draft) -> list[datetime]:
    return [draft.declared.embargo.utc] if draft.declared.embargo.utc is not None else []


class _Nobody:
    roles: frozenset[str] = frozenset()


_NOBODY = _Nobody()
