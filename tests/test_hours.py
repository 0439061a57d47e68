"""When it may leave: not before its hour nor before the delay is over, and never after the end of its window."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from releasegate.decision.timing import Hours, cut_off, hours
from releasegate.model.draft import Draft
from releasegate.model.limits import Limits
from releasegate.model.state import State
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.channel_rules import ChannelRules
from tests.building import NOON, TWO_EYES, make_policy
from tests.by_hand import HOUR, POLICY, draft, hour

NONE, HALF = timedelta(0), HOUR / 2
ONE = HOUR / 3600
AT_NOON = draft(schedule=hour(NOON))


def missed(until: str) -> Blocker:
    how = ("releasegate write d1 … --send-at …",)
    return Blocker(code="missed", kind=Kind.MEND, params={"until": until}, who=("akari",), how=how)


def waiting(until: datetime, why: str) -> Blocker:
    return Blocker(code="waiting-for-time", kind=Kind.WAIT, params={"until": until.isoformat(), "why": why})


@pytest.mark.parametrize(
    ("of", "undo", "earliest", "latest", "why"),
    [
        (draft(), NONE, None, None, ""),
        (draft(), HALF, None, None, ""),  # nothing has opened it yet
        (draft(opened=NOON), NONE, None, None, ""),
        (draft(opened=NOON), HALF, NOON + HALF, None, "undo"),
        (draft(schedule=hour(NOON)), NONE, NOON, NOON + 2 * HOUR, "send_at"),
        (draft(schedule=hour(NOON), opened=NOON), HALF, NOON + HALF, NOON + 2 * HOUR, "undo"),
        (draft(schedule=hour(NOON + HOUR), opened=NOON), HALF, NOON + HOUR, NOON + 3 * HOUR, "send_at"),
        (draft(schedule=hour(NOON + HALF), opened=NOON), HALF, NOON + HALF, NOON + 5 * HALF, "send_at"),
        (draft(schedule=hour(NOON), window=60), NONE, NOON, NOON + HOUR / 60, "send_at"),
    ],
)
def test_before_the_later_of_hour_and_delay_it_waits(
    of: Draft, undo: timedelta, earliest: datetime | None, latest: datetime | None, why: str
) -> None:
    """To the moment."""
    if earliest is not None:
        assert Hours(earliest=earliest, latest=latest, blockers=(waiting(earliest, why),)) == hours(of, undo, earliest - ONE)
    assert Hours(earliest=earliest, latest=latest, blockers=()) == hours(of, undo, earliest or NOON)


def test_its_window_is_over_to_the_moment() -> None:
    end = NOON + 2 * HOUR

    assert () == hours(AT_NOON, NONE, end - ONE).blockers
    assert (missed(end.isoformat()),) == hours(AT_NOON, NONE, end).blockers
    assert (missed(end.isoformat()),) == hours(draft(schedule=hour(NOON), opened=end), HALF, end).blockers  # not: in half an hour


@pytest.mark.parametrize("state", list(State))
def test_what_waits_can_be_missed_and_nothing_else(state: State) -> None:
    """What was sent, stopped, withdrawn, booked or lost is not missed besides."""
    still = {State.DRAFTING, State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED, State.SENDING, State.MISSED}
    found = hours(draft(state=state, schedule=hour(NOON)), NONE, NOON + 9 * HOUR).blockers

    assert [missed((NOON + 2 * HOUR).isoformat())] * (state in still) == list(found)


def test_what_was_missed_stays_so() -> None:
    """Whatever the hour says now, and where there is none."""
    assert (missed(""),) == hours(draft(state=State.MISSED), NONE, NOON).blockers
    assert (missed((NOON + 3 * HOUR).isoformat()),) == hours(draft(state=State.MISSED, schedule=hour(NOON + HOUR)), NONE, NOON).blockers


# --- with somebody else's clock


PRESS = make_policy('[channels.news]\nclock = "distributor"\nstop_before = "30m"\n' + TWO_EYES).channels["news"]


@pytest.mark.parametrize(
    ("rules", "limits", "before"),
    [
        (None, Limits(stop_before=HOUR), None),
        (POLICY.channels["news"], Limits(stop_before=HOUR), None),  # the gate keeps the clock
        (PRESS, None, HALF),
        (PRESS, Limits(), HALF),
        (PRESS, Limits(stop_before=HOUR), HOUR),
        (PRESS, Limits(stop_before=HALF / 2), HALF),
        (PRESS.model_copy(update={"stop_before": None}), None, NONE),
    ],
)
def test_they_can_stop_it_until_policy_or_channel_say_no_more(
    rules: ChannelRules | None, limits: Limits | None, before: timedelta | None
) -> None:
    assert before == cut_off(rules, limits)


def test_it_is_booked_as_soon_as_the_delay_is_over_and_as_long_as_it_can_be_stopped() -> None:
    """Not at its hour: that is theirs."""
    of = draft(schedule=hour(NOON + HOUR), opened=NOON)
    late = replace(missed((NOON + HALF).isoformat()), params={"until": (NOON + HALF).isoformat(), "variant": "booking"})

    assert Hours(earliest=None, latest=NOON + HALF, blockers=()) == hours(of, NONE, NOON, stop_before=HALF)
    assert Hours(earliest=NOON + HALF / 2, latest=NOON + HALF, blockers=(waiting(NOON + HALF / 2, "undo"),)) == hours(
        of, HALF / 2, NOON, stop_before=HALF
    )
    assert () == hours(of, NONE, NOON + HALF - ONE, stop_before=HALF).blockers
    assert (late,) == hours(of, NONE, NOON + HALF, stop_before=HALF).blockers
    assert (missed(""),) == hours(draft(state=State.MISSED), NONE, NOON, stop_before=NONE).blockers
