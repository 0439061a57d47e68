"""The ladder while nobody answers: what waits, when the next rung is due, whom it reaches, and whether a hold stands at its end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from releasegate.decision.ladder import Circle, Wait, charge, circle, due, stops, waits, with_desk
from releasegate.decision.people import Grant
from releasegate.model.handoff import Ladder, Rung, Tier
from releasegate.model.note import Outside
from releasegate.model.state import State
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.policy.policy import Policy
from tests.building import NEWS, NOON, PEOPLE, RULES, TWO_EYES, make_policy
from tests.by_hand import DIGEST, HOUR, POLICY, bench, draft, grant, handoff, hold, hour

MINUTE = timedelta(minutes=1)
BOSS = PEOPLE.replace('"chie@pr.example",', '"chie@pr.example", deputy = "dai", supervisor = "akari",')


def wait(**more: Any) -> Wait:  # noqa: ANN401 - whatever a wait has
    """A lift that chie was to take over by a quarter past."""
    usual: dict[str, Any] = {
        "handoff": "d1/n1",
        "what": "lift",
        "sender": "dai",
        "since": NOON,
        "weight": Tier.CRITICAL,
        "ladder": Ladder(),
        "who": ("chie",),
    }
    return Wait(**usual | more)


# --- what waits


def test_each_handoff_waits_by_itself() -> None:
    climbed = Ladder(told=("first",))
    asked = handoff("submit", "akari", "checker", id="d1/n2", asked=("chie", "ben"), question="Which price?", text="Please.")
    out = handoff("approve", "chie", "@outside", id="d1/n3", outside=Outside(name="Desk 4"))
    held = handoff("hold", "dai", "akari", id="d1/n4", since=NOON + HOUR, text="Wait.")
    plain = handoff("confirm", "ben", "approver", id="d1/n5", ladder=climbed, text="Go.")
    waiting = handoff("confirm", "ben", "approver", id="d1/n6")
    usual: dict[str, Any] = {"since": NOON, "ladder": Ladder()}

    assert (
        Wait(handoff="d1/n2", what="question", sender="ben", weight=Tier.ROUTINE, who=("akari",), text="Which price?", **usual),
        Wait(handoff="d1/n3", what="outside", sender="chie", weight=Tier.CRITICAL, who=("chie",), **usual),
        Wait(
            handoff="d1/n4",
            what="hold",
            sender="dai",
            since=NOON + HOUR,
            weight=Tier.CRITICAL,
            ladder=Ladder(),
            who=("akari",),
            at_once=True,
            text="Wait.",
        ),
        Wait(
            handoff="d1/n5", what="confirm", sender="ben", since=NOON, weight=Tier.ELEVATED, ladder=climbed, who=("chie", "dai"), text="Go."
        ),
    ) == waits(draft(state=State.APPROVING, handoffs=(asked, out, held, plain)), bench())
    assert ["desk-checking"] == [each.what for each in waits(draft(state=State.CHECKING, moved=NOON, handoffs=(waiting,)), bench())]


def desk(**more: Any) -> list[tuple[str, datetime, Tier, bool]]:  # noqa: ANN401 - whatever a draft has
    """What waits on the desk itself, since when, how heavy, and whether it is told at once."""
    found = waits(draft(**{"moved": NOON} | more), bench())
    assert {("", "akari", ())} >= {(each.handoff, each.sender, each.who) for each in found}
    return [(each.what, each.since, each.weight, each.at_once) for each in found]


@pytest.mark.parametrize("state", list(State))
def test_the_desk_waits_where_nothing_is_handed_on(state: State) -> None:
    """Not while a worker is at it, and not when it is over."""
    weights = {State.UNKNOWN: Tier.CRITICAL, State.MISSED: Tier.ELEVATED, State.APPROVED: Tier.ELEVATED, State.BOOKED: Tier.ELEVATED}
    resting = state.over or state in {State.CLAIMED, State.SENDING, State.BOOKING}
    at_once = state in {State.UNKNOWN, State.MISSED}

    assert ([] if resting else [(f"desk-{state.value}", NOON, weights.get(state, Tier.ROUTINE), at_once)]) == desk(state=state)
    assert [] == desk(state=state, moved=None)
    held = [(f"desk-{state.value}" if at_once else "desk-held", NOON, weights[state] if at_once else Tier.ELEVATED, at_once)]
    assert ([] if resting else held) == desk(state=state, holds=(hold(),))


def test_the_desk_of_what_only_waits_for_its_hour_begins_then() -> None:
    """Two minutes of grace, for somebody may be about to send it."""
    late = hour(NOON + HOUR)

    assert [("desk-approved", NOON + HOUR + 2 * MINUTE, Tier.ELEVATED, True)] == desk(schedule=late)
    assert [("desk-approved", NOON, Tier.ELEVATED, True)] == desk(schedule=hour(NOON - HOUR))
    assert [("desk-booked", NOON + HOUR, Tier.ELEVATED, False)] == desk(state=State.BOOKED, schedule=late)
    assert [("desk-booked", NOON, Tier.ELEVATED, False)] == desk(state=State.BOOKED, schedule=hour(NOON - HOUR))
    assert (
        [("desk-held", NOON, Tier.ELEVATED, False)]
        == desk(schedule=late, holds=(hold(),))
        == desk(state=State.BOOKED, schedule=late, holds=(hold(),))
    )


def test_the_delay_counts_too() -> None:
    policy = make_policy(NEWS + 'undo = "30m"\n' + TWO_EYES)
    of = draft(moved=NOON, opened=NOON, ladder=Ladder(told=("first",)))
    (found,) = waits(of, bench(policy))

    assert (NOON + HOUR / 2, Ladder(told=("first",))) == (found.since, found.ladder)
    assert NOON == waits(draft(moved=NOON, opened=NOON, channel="gone"), bench(policy))[0].since


def test_what_is_approved_for_somebody_elses_clock_waits_to_be_booked() -> None:
    """At once, not at its hour."""
    press = make_policy('[channels.news]\nclock = "distributor"\n' + TWO_EYES)

    assert NOON == waits(draft(moved=NOON, schedule=hour(NOON + HOUR)), bench(press))[0].since


# --- when the next rung is due


@pytest.mark.parametrize(
    ("ladder", "minutes", "rung"),
    [
        (Ladder(), 7, None),
        (Ladder(), 7.5, Rung.FIRST),  # half of the quarter of an hour
        (Ladder(), 99, Rung.FIRST),  # one at a time
        (Ladder(told=("first",)), 14, None),
        (Ladder(told=("first",)), 15, Rung.DUE),
        (Ladder(told=("first", "due")), 22, None),
        (Ladder(told=("first", "due")), 22.5, Rung.SUPERVISOR),
        (Ladder(told=("first", "due", "supervisor")), 29, None),
        (Ladder(told=("first", "due", "supervisor")), 30, Rung.END),
        (Ladder(told=("first", "due", "supervisor", "end")), 9999, None),
        (Ladder(told=("first",), at=NOON + 20 * MINUTE), 23, None),  # a quarter of its time after the last rung
        (Ladder(told=("first",), at=NOON + 20 * MINUTE), 23.75, Rung.DUE),
        (Ladder(told=("first",), untold=("first",), at=NOON + 20 * MINUTE), 1, Rung.DUE),  # nobody heard of it
        (Ladder(told=("first", "due"), untold=("first",)), 16, None),
        (Ladder(told=("first", "due", "supervisor"), untold=("supervisor",)), 1, Rung.END),
    ],
)
def test_one_rung_after_the_other(ladder: Ladder, minutes: float, rung: Rung | None) -> None:
    approving = draft(state=State.APPROVING)

    assert rung is due(wait(ladder=ladder), approving, bench(at=NOON + minutes * MINUTE))


def test_the_hold_at_the_end_is_never_before_its_hour() -> None:
    deaf = wait(ladder=Ladder(told=("first", "due", "supervisor"), untold=("supervisor",)))

    assert [None, Rung.END] == [due(deaf, draft(), bench(at=NOON + minutes * MINUTE)) for minutes in (29, 30)]


QUIET = make_policy('[channels.news]\nzone = "Asia/Tokyo"\n' + TWO_EYES + '[handoff]\nquiet = "22:00-07:00"\n')
DAYTIME = make_policy('[channels.news]\nzone = "Asia/Tokyo"\n' + TWO_EYES + '[handoff]\nquiet = "12:00-13:30"\n')
FRIDAY = datetime(2026, 6, 26, 3, tzinfo=UTC)
"""At noon in Tokyo; a day of work later it is Saturday's noon, and half a day later midnight."""


def rung(policy: Policy, hour: str, **more: Any) -> Rung | None:  # noqa: ANN401 - whatever a wait has
    """What is due at this hour of Tokyo's, on Monday, of something that has waited since Friday."""
    at = datetime.fromisoformat(f"2026-06-29T{hour}+09:00")
    return due(
        wait(**{"since": FRIDAY, "weight": Tier.ROUTINE, "ladder": Ladder()} | more), draft(state=State.CHECKING), bench(policy, at=at)
    )


@pytest.mark.parametrize(
    ("policy", "hour", "told"),
    [
        (QUIET, "21:59", True),
        (QUIET, "22:00", False),
        (QUIET, "00:00", False),
        (QUIET, "06:59", False),
        (QUIET, "07:00", True),
        (DAYTIME, "11:59", True),
        (DAYTIME, "12:00", False),
        (DAYTIME, "13:29", False),
        (DAYTIME, "13:30", True),
        (POLICY, "00:00", True),
    ],
)
def test_at_night_nobody_is_reminded_of_what_is_routine(policy: Policy, hour: str, *, told: bool) -> None:
    assert told is (rung(policy, hour) is Rung.FIRST)


@pytest.mark.parametrize("weight", [Tier.ELEVATED, Tier.CRITICAL])
def test_what_may_end_in_a_hold_is_told_at_any_hour(weight: Tier) -> None:
    """A ladder that slept would hold too late."""
    assert Rung.FIRST is rung(QUIET, "00:00", weight=weight)
    last = Ladder(told=("first", "due", "supervisor"), untold=("supervisor",))
    assert Rung.END is rung(QUIET, "00:00", weight=weight, ladder=last)


@pytest.mark.parametrize(("leaves", "told"), [("06:30", True), ("07:00", True), ("07:01", False)])
def test_what_leaves_before_the_morning_is_told_at_night(leaves: str, *, told: bool) -> None:
    before, leaving = (datetime.fromisoformat(f"2026-06-{day}+09:00") for day in ("29T23:00", f"30T{leaves}"))
    going = draft(state=State.CHECKING, schedule=hour(leaving))

    assert told is (due(wait(since=FRIDAY, weight=Tier.ROUTINE), going, bench(QUIET, at=before)) is Rung.FIRST)


def test_what_is_told_at_once_is() -> None:
    assert [None, Rung.FIRST] == [due(wait(at_once=True), draft(), bench(at=NOON + delta * MINUTE)) for delta in (-1, 0)]
    assert None is due(wait(at_once=True, ladder=Ladder(told=("first",))), draft(), bench())


@pytest.mark.parametrize("state", list(State))
def test_at_the_end_of_what_is_critical_stands_a_hold_where_it_could_leave(state: State) -> None:
    going = state in {State.APPROVED, State.CLAIMED, State.SENDING, State.BOOKING, State.BOOKED}

    assert going is stops(wait(), draft(state=state))
    for other in (wait(weight=Tier.ELEVATED), wait(handoff=""), wait(what="hold")):
        assert not stops(other, draft(state=state))
    assert not stops(wait(), draft(state=state, holds=(hold(),)))


# --- whom it reaches


def reached(rung: Rung, *grants: Grant, **more: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ANN401 - whatever a wait has
    """Who is told, and for whom."""
    found = circle(wait(**more), rung, draft(), bench(make_policy(people=BOSS), *grants), ("dai", "ben"))
    return found.who, found.instead


@pytest.mark.parametrize(
    ("rung", "more", "who"),
    [
        (Rung.FIRST, {}, ("chie",)),
        (Rung.FIRST, {"at_once": True}, ("chie",)),
        (Rung.FIRST, {"at_once": True, "handoff": ""}, ("chie", "dai", "ben")),
        (Rung.FIRST, {"handoff": ""}, ("chie",)),
        (Rung.FIRST, {"who": ("gone", "chie")}, ("chie",)),
        (Rung.FIRST, {"who": ()}, ("dai", "ben")),  # nobody's: whoever is in charge
        (Rung.DUE, {"sender": "ben"}, ("dai", "ben")),  # the deputy, and who sent it
        (Rung.DUE, {"who": ("ben", "gone"), "sender": "writer"}, ("akari",)),  # a robot's operator
        (Rung.SUPERVISOR, {}, ("akari",)),
        (Rung.SUPERVISOR, {"who": ("ben",)}, ("dai", "ben")),
        (Rung.END, {"sender": "chie"}, ("dai", "ben", "chie", "akari")),
    ],
)
def test_each_rung_has_its_people(rung: Rung, more: dict[str, Any], who: tuple[str, ...]) -> None:
    assert (who, ()) == reached(rung, **more)


def test_who_is_away_is_stood_in_for() -> None:
    assert (("ben",), ("chie>ben",)) == reached(Rung.FIRST, grant("chie", "ben"))
    assert (("ben", "dai"), ("chie>ben", "chie>dai")) == reached(
        Rung.FIRST, grant("chie", "ben"), grant("chie", "dai"), who=("chie", "chie")
    )
    assert (("chie",), ()) == reached(Rung.FIRST, grant("chie", "ben", until=NOON), grant("ben", "dai"))


def test_where_nobody_is_left_it_is_its_author_or_nobody() -> None:
    def last(author: str) -> Circle:
        return circle(wait(who=("gone",)), Rung.FIRST, draft(author=author), bench(), ("gone",))

    assert (Circle(who=("akari",)), Circle(who=())) == (last("akari"), last("gone"))


def test_the_desk_waits_for_whom_the_verdict_waits_for() -> None:
    blocker = Blocker(code="approval-missing", kind=Kind.WAIT, who=("dai",))
    of = draft(state=State.APPROVING)

    def judge(*blockers: Blocker) -> Decision:
        return Decision(draft_id="d1", digest=DIGEST, at=NOON, blockers=blockers, state="approving")

    assert wait(handoff="", who=("dai",)) == with_desk(wait(handoff=""), of, bench(), lambda: judge(blocker))
    assert wait(handoff="", who=("akari",)) == with_desk(wait(handoff=""), of, bench(), judge)
    assert wait() == with_desk(wait(), of, bench(), lambda: judge(blocker))


def test_in_charge_are_those_of_the_file_else_the_approvers() -> None:
    named = make_policy('[gate]\nalarm = ["ben"]\n' + RULES)

    assert (("ben",), ("akari", "chie", "dai")) == (charge(POLICY, named), charge(named, POLICY))
    stranger = make_policy('[gate]\nalarm = ["zoe"]\n' + RULES, people=PEOPLE + 'zoe = { roles = ["approver"] }\n')
    assert ("akari", "chie", "dai") == charge(POLICY, stranger)
