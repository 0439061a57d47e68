"""Who takes a handoff over, by when, with what read back; and what stays shut until somebody has."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from releasegate.decision.people import Grant
from releasegate.decision.receiving import (
    deadline,
    grade,
    last_stop,
    misheard,
    misread,
    needs_read_back,
    receivers,
    span,
    tier,
    unacknowledged,
    waits_for,
)
from releasegate.errors import ContentError
from releasegate.model.draft import Draft
from releasegate.model.handoff import Handoff, Heard, ReadBack, Tier
from releasegate.model.note import Outside
from releasegate.model.schedule import Schedule
from releasegate.model.state import State
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.policy import Policy
from tests.building import NEWS, NOON, RULES, TWO_EYES, make_policy
from tests.by_hand import DIGEST, HOUR, POLICY, bench, draft, grant, handoff, hour

PRESS = make_policy('[channels.news]\nclock = "distributor"\nstop_before = "30m"\n' + TWO_EYES)
TIERS = make_policy(RULES + '[handoff]\nread_back_over = 2\n[handoff.tiers]\nsubmit = "critical"\nlift = "elevated"\napprove = "routine"\n')
LEGAL = make_policy(RULES + '[groups]\nlegal = ["dai", "mailer", "akari"]\n')
DEMO = make_policy('[gate]\nmode = "demo"\n[channels.news]\nvia = "folder:sent"\n' + TWO_EYES)
STEPS = ("submit", "confirm", "approve", "send_back", "hold", "lift", "withdraw")


# --- how much it asks


@pytest.mark.parametrize(
    ("policy", "reach", "tiers"),
    [
        (POLICY, 3, "routine elevated elevated routine critical critical routine"),
        (POLICY, 1000, "routine elevated elevated routine critical critical routine"),
        (POLICY, 1001, "routine elevated critical routine critical critical routine"),
        (PRESS, 1, "routine elevated critical routine critical critical routine"),  # their clock
        (TIERS, 2, "critical elevated routine routine critical elevated routine"),
        (TIERS, 3, "critical elevated critical routine critical elevated routine"),
    ],
)
def test_each_step_has_its_tier(policy: Policy, reach: int, tiers: str) -> None:
    assert [Tier(each) for each in tiers.split()] == [tier(step, draft(reach=reach), policy) for step in STEPS]


def test_where_the_channel_is_gone_it_is_the_usual_one() -> None:
    gone = draft(channel="gone")

    assert (Tier.ELEVATED, Tier.CRITICAL) == (tier("approve", gone, PRESS), tier("approve", draft(channel="gone", reach=1001), PRESS))


# --- by when


@pytest.mark.parametrize(
    ("of", "policy", "stop"),
    [
        (draft(), POLICY, None),
        (draft(), PRESS, None),
        (draft(schedule=hour()), POLICY, NOON),
        (draft(schedule=hour()), PRESS, NOON - HOUR / 2),
        (draft(schedule=hour(), channel="gone"), PRESS, NOON),
    ],
)
def test_the_last_stop_is_as_long_before_the_hour_as_the_channel_needs(of: Draft, policy: Policy, stop: datetime | None) -> None:
    assert stop == last_stop(of, policy)


@pytest.mark.parametrize(
    ("kind", "policy", "until"),
    [
        ("submit", POLICY, NOON + 24 * HOUR),
        ("confirm", POLICY, NOON + 4 * HOUR),
        ("lift", POLICY, NOON + HOUR / 4),
        ("submit", make_policy(RULES + '[handoff]\nroutine = "3h"\nelevated = "2h"\ncritical = "1h"\n'), NOON + 3 * HOUR),
        ("confirm", make_policy(RULES + '[handoff]\nroutine = "3h"\nelevated = "2h"\ncritical = "1h"\n'), NOON + 2 * HOUR),
        ("lift", make_policy(RULES + '[handoff]\nroutine = "3h"\nelevated = "2h"\ncritical = "1h"\n'), NOON + HOUR),
    ],
)
def test_each_tier_has_its_time(kind: str, policy: Policy, until: datetime) -> None:
    assert until == deadline(handoff(kind, "akari", "checker"), draft(), policy)


@pytest.mark.parametrize(
    ("leaves", "until"),
    [
        (NOON + 16 * HOUR, NOON + 4 * HOUR),
        (NOON + 15 * HOUR, NOON + 15 * HOUR / 4),
        (NOON + 4 * HOUR, NOON + HOUR),
        (NOON + timedelta(seconds=4), NOON + timedelta(seconds=1)),
        (NOON, NOON + 4 * HOUR),  # nothing is left to be quartered
        (NOON - HOUR, NOON + 4 * HOUR),
    ],
)
def test_it_is_never_more_than_a_quarter_of_what_is_left(leaves: datetime, until: datetime) -> None:
    assert until == deadline(handoff("confirm", "akari", "approver"), draft(schedule=hour(leaves)), POLICY)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+00:00")


@pytest.mark.parametrize(
    ("since", "zone", "until"),
    [
        ("07-02T03:00", "Asia/Tokyo", "07-03T03:00"),  # Thursday noon there: Friday noon
        ("07-03T03:00", "Asia/Tokyo", "07-06T03:00"),  # Friday: Monday
        ("07-03T14:59", "Asia/Tokyo", "07-06T14:59"),  # the last minute of Friday
        ("07-03T15:00", "Asia/Tokyo", "07-06T15:00"),  # the first of Saturday: the whole of Monday
        ("07-04T03:00", "Asia/Tokyo", "07-06T15:00"),
        ("07-05T14:59", "Asia/Tokyo", "07-06T15:00"),
        ("07-05T15:00", "Asia/Tokyo", "07-06T15:00"),  # the first minute of Monday
        ("07-04T03:00:15.500000", "Asia/Tokyo", "07-06T15:00"),  # Monday begins with its first second
        ("07-02T15:00", "Asia/Tokyo", "07-05T15:00"),  # all of Friday: till Monday begins, not till Saturday does
        ("07-03T15:00", "", "07-06T15:00"),  # in UTC it is still Friday
        ("10-23T10:00", "Europe/Berlin", "10-26T11:00"),  # the clocks went back on Sunday
        ("03-27T12:00", "Europe/Berlin", "03-30T11:00"),  # and forth
        ("07-02T12:30:15", "America/New_York", "07-03T12:30:15"),
    ],
)
def test_a_routine_one_has_a_day_on_which_people_work(since: str, zone: str, until: str) -> None:
    policy = make_policy(NEWS + (f'zone = "{zone}"\n' if zone else "") + TWO_EYES)
    found = deadline(handoff("submit", "akari", "checker", since=moment(since)), draft(), policy)

    assert (moment(until), UTC) == (found, found.tzinfo)


def test_only_a_routine_one_waits_for_a_day_on_which_people_work() -> None:
    of = handoff("confirm", "akari", "approver", since=moment("07-04T09:00"))

    assert moment("07-04T13:00") == deadline(of, draft(), POLICY)


def test_the_machines_own_zone_is_nothing_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        found = deadline(handoff("submit", "akari", "checker", since=moment("07-04T03:00")), draft(), POLICY)
    time.tzset()

    assert "2026-07-07T00:00:00+00:00" == found.isoformat()


@pytest.mark.parametrize(("hours", "until"), [(1, "07-06T01:00"), (48, "07-08T00:00"), (121, "07-13T01:00")])
def test_several_days_are_several_days_of_work(hours: int, until: str) -> None:
    """From Saturday on."""
    policy = make_policy(RULES + f'[handoff]\nroutine = "{hours}h"\n')

    assert moment(until) == deadline(handoff("submit", "akari", "checker", since=moment("07-04T09:00")), draft(), policy)


def test_the_days_are_those_of_its_hours_zone() -> None:
    """The draft's own zone only where it has an hour; else the channel's; without a channel none."""
    since = moment("07-03T15:30")
    of = handoff("submit", "akari", "checker", since=since)
    tokyo = make_policy(NEWS + 'zone = "Asia/Tokyo"\n' + TWO_EYES)
    far = Schedule(text="then", zone="UTC", utc=moment("12-01T00:00"))

    assert moment("07-06T15:00") == deadline(of, draft(), tokyo)
    assert moment("07-06T15:30") == deadline(of, draft(schedule=far), tokyo)
    assert moment("07-06T15:00") == deadline(of, draft(schedule=Schedule(text="10:00", zone="UTC")), tokyo)
    assert moment("07-06T15:30") == deadline(of, draft(channel="gone"), tokyo)


# --- who


def who(of: Handoff, *, in_draft: Draft | None = None, policy: Policy = LEGAL, grants: tuple[Grant, ...] = ()) -> tuple[str, ...]:
    return receivers(of, in_draft or draft(state=State.APPROVING), bench(policy, *grants))


@pytest.mark.parametrize(
    ("kind", "sender", "to", "named"),
    [
        ("submit", "akari", "checker", ("ben", "chie")),
        ("submit", "akari", "approver", ("chie", "dai")),
        ("submit", "ben", "checker", ("chie",)),  # never its sender
        ("submit", "ben.ito@mail.example", "checker", ("chie",)),
        ("approve", "chie", "ben", ("ben",)),
        ("approve", "chie", "ben.ito@mail.example", ("ben",)),
        ("approve", "chie", "writer", ("akari",)),  # who answers for a robot
        ("approve", "chie", "author", ("akari",)),
        ("approve", "chie", "legal", ("akari", "dai")),  # of a group those who are people
        ("approve", "dai", "legal", ("akari",)),
        ("approve", "chie", "gone", ("dai",)),  # nobody else is there: the approvers
        ("approve", "chie", "chie", ("dai",)),
        ("submit", "akari", "author", ("chie", "dai")),
        ("submit", "writer", "akari", ("chie", "dai")),  # the robot's operator is its sender
    ],
)
def test_it_goes_to_whom_it_names_and_never_to_its_sender(kind: str, sender: str, to: str, named: tuple[str, ...]) -> None:
    assert named == who(handoff(kind, sender, to))


def test_a_confirmation_waits_for_the_approvers_until_the_checkers_are_done() -> None:
    checking = draft(state=State.CHECKING)

    assert () == who(handoff("confirm", "ben", "approver"), in_draft=checking)
    assert ("chie", "dai") == who(handoff("confirm", "ben", "approver"))
    assert ("dai",) == who(handoff("confirm", "ben", "dai"), in_draft=checking)
    assert ("chie", "dai") == who(handoff("submit", "akari", "approver"), in_draft=checking)


def test_who_stands_in_may_take_it_over_while_they_do() -> None:
    named = handoff("approve", "chie", "dai")

    assert ("ben", "dai") == who(named, grants=(grant("dai", "ben"), grant("akari", "chie")))
    assert ("dai",) == who(named, grants=(grant("dai", "ben", until=NOON),))
    assert ("akari", "ben") == who(handoff("approve", "chie", "author"), grants=(grant("akari", "ben"),))


def test_a_question_is_its_senders() -> None:
    asked = handoff("submit", "writer", "checker", asked=("ben",))

    assert ("akari",) == waits_for(asked, draft(), bench())
    assert ("ben", "chie") == waits_for(handoff("submit", "writer", "checker"), draft(), bench())
    assert () == waits_for(handoff("submit", "gone", "checker", asked=("ben",)), draft(), bench())


# --- reading back


@pytest.mark.parametrize(
    ("step", "policy", "reach", "asked"),
    [
        ("approve", POLICY, 3, False),
        ("approve", POLICY, 1001, True),
        ("lift", POLICY, 3, True),
        ("hold", POLICY, 3, False),  # a stop is never made harder
        ("submit", TIERS, 1, True),
        ("lift", TIERS, 1, False),
        ("lift", DEMO, 3, False),
    ],
)
def test_a_critical_step_is_read_back(step: str, policy: Policy, reach: int, *, asked: bool) -> None:
    assert asked is needs_read_back(step, draft(reach=reach), policy)


def said(**more: Any) -> ReadBack:  # noqa: ANN401 - whatever is read back
    usual: dict[str, Any] = {"mark": DIGEST[:8], "recipients": 3}
    return ReadBack(**usual | more)


@pytest.mark.parametrize(
    ("of", "back", "wrong"),
    [
        (draft(), said(), ()),
        (draft(), said(mark="DDDD dddd\n"), ()),
        (draft(), said(mark="ddddddde"), ("mark",)),
        (draft(), said(mark=DIGEST), ("mark",)),
        (draft(), said(recipients=4), ("recipients",)),
        (draft(), said(mark="", recipients=0, send_at=NOON), ("mark", "recipients", "send_at")),
        (draft(schedule=hour()), said(), ("send_at",)),
        (draft(schedule=hour()), said(send_at=NOON), ()),
        (draft(schedule=hour()), said(send_at="2026-06-29 12:00"), ()),  # in the draft's zone
        (draft(schedule=hour()), said(send_at="2026-06-29 12:00 Europe/Berlin"), ("send_at",)),
        (draft(schedule=hour()), said(send_at=NOON + HOUR), ("send_at",)),
        (draft(schedule=Schedule(text="10:00", problem="zone")), said(), ("send_at",)),  # no moment is not "at once"
        (draft(schedule=Schedule(text="10:00", problem="zone")), said(send_at="2026-06-29 10:00"), ()),
        (draft(), said(send_at="2026-06-29 10:00"), ("send_at",)),
    ],
)
def test_what_is_read_back_otherwise_is_named(of: Draft, back: ReadBack, wrong: tuple[str, ...]) -> None:
    assert wrong == misread(back, of, POLICY)


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(ContentError):
        misread(said(send_at="soon"), draft(), POLICY)


# --- what shuts


def test_a_critical_handoff_shuts_until_somebody_takes_it_over() -> None:
    lifted = handoff("lift", "dai", "approver", id="d1/n9", since=NOON + HOUR)

    assert [
        Blocker(
            code="handover-acknowledged",
            kind=Kind.WAIT,
            params={"by": "dai", "handoff": "d1/n9", "until": (NOON + 5 * HOUR / 4).isoformat()},
            who=("chie",),
            how=("releasegate acknowledge d1",),
            since=NOON + HOUR,
        )
    ] == unacknowledged(draft(handoffs=(lifted,)), bench())


def test_a_question_shuts_whatever_it_was_asked_of() -> None:
    asked = handoff("submit", "writer", "checker", asked=("chie", "dai", "ben"), question="Which price?")

    assert [
        Blocker(
            code="question-open",
            kind=Kind.WAIT,
            params={"by": "ben", "handoff": "d1/n1", "until": (NOON + 24 * HOUR).isoformat(), "question": "Which price?"},
            who=("akari",),
            how=('releasegate answer d1 -m "…"',),
            since=NOON,
        )
    ] == unacknowledged(draft(handoffs=(asked,)), bench())


def test_nothing_else_shuts() -> None:
    """Of a hold the hold itself does, also when it is asked about; what comes after it is looked at all the same."""
    quiet = handoff("submit", "akari", "checker"), handoff("confirm", "ben", "approver")
    held = handoff("hold", "dai", "akari", asked=("akari",), question="Why?")

    assert [] == unacknowledged(draft(handoffs=(*quiet, held)), bench())
    assert ["handover-acknowledged"] * 2 == [
        each.code
        for each in unacknowledged(
            draft(handoffs=(held, handoff("lift", "dai", "approver"), *quiet, handoff("lift", "ben", "dai"))), bench()
        )
    ]
    assert ["handover-acknowledged"] == [each.code for each in unacknowledged(draft(handoffs=quiet[:1]), bench(TIERS))]


# --- somebody outside


OUT = handoff("approve", "chie", "@outside", outside=Outside(name="Desk 4", ticket="T-9"))


def test_what_goes_outside_is_critical_and_its_senders_to_get_confirmed() -> None:
    assert (Tier.CRITICAL, Tier.ELEVATED) == (grade(OUT, draft(), POLICY), grade(handoff("approve", "chie", "dai"), draft(), POLICY))
    assert ((), ("chie",)) == (receivers(OUT, draft(), bench()), waits_for(OUT, draft(), bench()))
    assert NOON + HOUR / 4 == deadline(OUT, draft(), POLICY)
    (found,) = unacknowledged(draft(handoffs=(OUT,)), bench())
    assert (("chie",), ('releasegate acknowledge d1 --spoke-to NAME --words "…"',)) == (found.who, found.how)


@pytest.mark.parametrize(
    ("ticket", "recipients", "send_at", "wrong"),
    [
        (" T-9 ", 3, None, ()),
        ("T-8", 3, None, ("ticket",)),
        ("", 3, None, ("ticket",)),
        ("T-9", 4, NOON, ("recipients", "send_at")),
    ],
)
def test_what_they_said_otherwise_is_named(ticket: str, recipients: int, send_at: datetime | None, wrong: tuple[str, ...]) -> None:
    heard = Heard(name="Mori", words="Yes.", recipients=recipients, send_at=send_at, ticket=ticket)

    assert wrong == misheard(heard, OUT, draft(), POLICY)
    assert tuple(each for each in wrong if each != "ticket") == misheard(heard, handoff("approve", "chie", "dai"), draft(), POLICY)


@pytest.mark.parametrize(
    ("send_at", "wrong"),
    [
        (NOON.isoformat(), ()),
        ("2026-06-29T12:00:00", ()),  # without an offset in the draft's zone
        ("2026-06-29T03:00:00", ("send_at",)),
    ],
)
def test_a_moment_with_its_offset_is_that_moment(send_at: str, wrong: tuple[str, ...]) -> None:
    assert wrong == misread(said(send_at=send_at), draft(schedule=hour()), POLICY)


@pytest.mark.parametrize(
    ("share", "weight", "leaves", "until"),
    [
        (0.5, Tier.ELEVATED, None, NOON + 2 * HOUR),
        (1.5, Tier.ELEVATED, None, NOON + 6 * HOUR),
        (2, Tier.CRITICAL, None, NOON + HOUR / 2),
        (0.5, Tier.ROUTINE, None, NOON + 12 * HOUR),
        (0.5, Tier.ELEVATED, NOON + 4 * HOUR, NOON + HOUR / 2),
        (2, Tier.ELEVATED, NOON + 4 * HOUR, NOON + 2 * HOUR),
        (2, Tier.ELEVATED, NOON, NOON + 8 * HOUR),
    ],
)
def test_a_share_of_the_time_is_one_of_the_quarter_too(share: float, weight: Tier, leaves: datetime | None, until: datetime) -> None:
    of = draft(schedule=hour(leaves)) if leaves else draft()

    assert until == span(NOON, weight, of, POLICY, share=share)
