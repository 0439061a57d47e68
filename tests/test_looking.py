"""When a booking is looked at, what a look at it means, and whether somebody still watches: pure, to the moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from releasegate.decision.booked import Drift, drifts, looks, next_look, undecided
from releasegate.decision.watching import asked, is_silent, to_ask, watched
from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.handoff import Handoff
from releasegate.model.parcel import Sight
from releasegate.model.state import State
from tests.building import NOON
from tests.by_hand import DIGEST, HOUR, bench, draft, handoff, hold, hour

MINUTE = timedelta(minutes=1)
ONE = timedelta(seconds=1)


def booking(**more: Any) -> Booking:  # noqa: ANN401 - whatever a booking has
    """For noon, seen as it was booked."""
    usual: dict[str, Any] = {"attempt": "a", "draft_id": "d1", "digest": DIGEST, "channel": "news", "key": "k", "seen": "scheduled"}
    return Booking(at=NOON, began=NOON - 9 * HOUR, **usual | more)


# --- when it is looked at


def test_it_is_looked_at_before_it_can_be_stopped_no_more_and_after_its_hour() -> None:
    minutes = [-24 * 60, -60 - 30, -60 - 15, -60, -15, 1, 121]

    assert tuple(NOON + minute * MINUTE for minute in minutes) == looks(NOON, HOUR, 2 * HOUR)
    assert 7 == len(looks(NOON, timedelta(0), HOUR)) + 1  # a quarter before the hour is one of both


RUNGS = (NOON - HOUR, NOON, NOON + HOUR)


@pytest.mark.parametrize(
    ("seen", "now", "urgent", "then"),
    [
        ("scheduled", NOON - 2 * HOUR, False, NOON - HOUR),
        ("scheduled", NOON - HOUR, False, NOON),  # a look that is due now has been taken
        ("scheduled", NOON - 2 * HOUR, True, NOON - 2 * HOUR + 5 * MINUTE),
        ("scheduled", NOON - 2 * MINUTE, True, NOON),
        ("scheduled", NOON + HOUR, False, NOON + 2 * HOUR),  # it stands there although its hour is over
        ("scheduled", NOON + HOUR, True, NOON + 2 * HOUR),
        ("unknown", NOON + 2 * HOUR, False, NOON + 3 * HOUR),
        ("absent", NOON + HOUR, False, None),
        ("absent", NOON, False, NOON + HOUR),  # it may come back
        ("sent", NOON - 2 * HOUR, True, None),
    ],
)
def test_it_is_looked_at_until_nothing_can_change(seen: str, now: datetime, then: datetime | None, *, urgent: bool) -> None:
    assert then == next_look(booking(seen=seen), now, RUNGS, urgent=urgent)


# --- what differs


def drifted(state: str, was: str = "scheduled", *, of: Draft | None = None, now: datetime = NOON, **more: object) -> list[Drift]:
    sight = Sight.model_validate({"state": state} | more)
    return list(drifts(booking(seen=was), sight, of or draft(), now=now))


@pytest.mark.parametrize("state", ["scheduled", "held"])
@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, []),
        ({"at": NOON, "title": "July", "reach": 3}, []),
        ({"at": NOON + MINUTE - ONE}, []),
        ({"at": NOON + MINUTE}, [Drift.MOVED]),
        ({"at": NOON - MINUTE}, [Drift.MOVED]),
        ({"title": "August"}, [Drift.RENAMED]),
        ({"reach": 0}, [Drift.RESIZED]),
        ({"at": NOON + HOUR, "title": "August", "reach": 4}, [Drift.MOVED, Drift.RENAMED, Drift.RESIZED]),
    ],
)
def test_what_stands_there_otherwise_is_named(state: str, more: dict[str, Any], found: list[Drift]) -> None:
    paused = [Drift.PAUSED] * (state == "held")

    assert found + paused == drifted(state, **more)
    assert found == drifted(state, of=draft(holds=(hold(),)), **more)
    assert [] == drifted("unknown", **more) == drifted("sent", **more)


def test_what_comes_back_pauses_or_goes_is_named() -> None:
    held = draft(holds=(hold(),))

    assert [Drift.BACK] == drifted("scheduled", "absent")
    assert [Drift.RESUMED] == drifted("scheduled", "held")
    assert [[Drift.DROPPED]] * 2 == [drifted("absent", was) for was in ("scheduled", "held")]
    assert [[]] * 3 == [drifted("absent", ""), drifted("absent", "absent"), drifted("absent", of=held)]
    assert [[Drift.EARLY], [], []] == [drifted("sent", now=NOON - ahead) for ahead in (MINUTE + ONE, MINUTE, timedelta(0))]


# --- whether a hold may be lifted


def held_at(seq: int, number: int = 1) -> Event:
    return happened("hold", seq, hold=f"d1/h{number}")


def said(seq: int, state: str = "scheduled", name: str = "R1") -> Event:
    return happened("looked", seq, seen={name: state}, spoke_to="Ms Mori")


def happened(kind: str, seq: int, **data: object) -> Event:
    return Event(kind=kind, actor="ben", at=NOON, draft_id="d1", seq=seq, round=1, digest=DIGEST, data=data)


@pytest.mark.parametrize(
    ("events", "free"),
    [
        ([held_at(2)], False),
        ([said(1), held_at(2)], False),
        ([held_at(2), said(3)], True),
        ([held_at(2), said(3, name="k")], True),  # before their id was known
        ([held_at(2), said(3, name="R2")], False),
        ([held_at(2), said(3, "held")], False),
        ([held_at(2), happened("looked", 3, seen={"R1": "scheduled"})], False),
        ([held_at(2), happened("looked", 3, spoke_to="Ms Mori", seen={})], False),
        ([held_at(2), said(3), held_at(4, 2)], False),
        ([held_at(2), said(3), held_at(4, 3)], True),  # that one was lifted again
        ([held_at(2), held_at(4, 2), said(5)], True),
    ],
)
def test_what_they_were_asked_for_is_decided_by_who_spoke_to_them_since(events: list[Event], *, free: bool) -> None:
    stood = booking(booking="R1", pressed=4)
    both = draft(state=State.BOOKED, holds=(hold(), hold(id="d1/h2")))

    assert (None if free else stood) == undecided(both, [stood], events)


@pytest.mark.parametrize(
    ("more", "state", "open_"),
    [
        ({}, State.BOOKED, True),
        ({}, State.UNKNOWN, True),
        ({}, State.APPROVED, False),  # it is asked for, held or not
        ({"pressed": 0}, State.BOOKED, False),
        ({"booking": ""}, State.UNKNOWN, False),
        ({"seen": "absent"}, State.BOOKED, False),
        ({"seen": "sent"}, State.BOOKED, False),
        ({"seen": "unknown"}, State.BOOKED, True),
    ],
)
def test_only_what_they_were_asked_for_and_may_go_out_keeps_a_hold(more: dict[str, Any], state: State, *, open_: bool) -> None:
    stood = booking(**{"booking": "R1", "pressed": 4} | more)

    assert (stood if open_ else None) == undecided(draft(state=state, holds=(hold(),)), [stood], [held_at(2)])


def test_on_hold_there_is_neither_and_each_is_decided_by_itself() -> None:
    paused, left = booking(booking="R1", pressed=4, seen="held"), booking(booking="R2", pressed=4)
    held, events = draft(state=State.BOOKED, holds=(hold(),)), [held_at(2), said(3), said(4, name="R2")]

    assert paused == undecided(held, [left, paused], events)
    assert undecided(held, [left], events) is None


# --- who watches


def lift(**more: Any) -> Handoff:  # noqa: ANN401 - whatever a handoff has
    """A critical one that chie took over at nine."""
    return handoff("lift", "dai", "approver", **{"taken": NOON - 3 * HOUR, "taken_by": "chie"} | more)


def watching(*accepted: Handoff, **more: Any) -> list[tuple[Handoff, datetime]]:  # noqa: ANN401 - whatever a draft has
    return list(watched(draft(**{"schedule": hour(), "accepted": accepted} | more), bench()))


def test_what_is_critical_and_waits_for_its_hour_is_watched() -> None:
    routine = handoff("submit", "akari", "checker", taken=NOON, taken_by="ben")

    assert [(lift(), NOON)] == watching(lift(), routine, lift(taken=None))
    assert [(lift(), NOON)] == watching(routine, lift(), state=State.BOOKED)
    for more in ({"state": State.SENDING}, {"holds": (hold(),)}, {"schedule": draft().schedule}):
        assert [] == watching(lift(), **more)


@pytest.mark.parametrize(
    ("minutes", "more", "closes"),
    [
        (-61, {}, None),
        (-60, {}, -30),
        (-31, {}, -30),
        (-30, {}, None),
        (-16, {}, None),
        (-15, {}, -5),
        (-6, {}, -5),
        (-5, {}, None),
        (-45, {"taken": NOON - 60 * MINUTE}, None),  # who took it over since then still knows
        (-45, {"taken": NOON - 61 * MINUTE}, -30),
        (-45, {"pinged": NOON - 60 * MINUTE}, None),
        (-45, {"pinged": NOON - 61 * MINUTE}, -30),
        (-10, {"pinged": NOON - 60 * MINUTE, "taken": NOON - 50 * MINUTE}, -5),  # the second question is another one
        (-10, {"taken": NOON - 15 * MINUTE}, None),
        (-10, {"taken": None}, -5),
    ],
)
def test_they_are_asked_twice_shortly_before(minutes: int, more: dict[str, Any], closes: int | None) -> None:
    expected = None if closes is None else NOON + closes * MINUTE

    assert expected == to_ask(lift(**more), NOON, NOON + minutes * MINUTE)


@pytest.mark.parametrize(
    ("minutes", "more", "silent"),
    [
        (-31, {"pinged": NOON - 60 * MINUTE}, False),
        (-30, {"pinged": NOON - 60 * MINUTE}, True),
        (-6, {"pinged": NOON - 15 * MINUTE}, False),
        (-5, {"pinged": NOON - 15 * MINUTE}, True),
        (-1, {"pinged": NOON - 5 * MINUTE}, False),  # after the last question: until the hour
        (0, {"pinged": NOON - 5 * MINUTE}, True),
        (-59, {"pinged": NOON - 60 * MINUTE, "unheard": True}, True),
        (0, {"pinged": NOON - 60 * MINUTE, "taken": NOON - 60 * MINUTE}, False),
        (0, {"pinged": NOON - 60 * MINUTE, "taken": None}, False),
        (0, {}, False),
    ],
)
def test_no_answer_in_time_is_one(minutes: int, more: dict[str, Any], *, silent: bool) -> None:
    assert silent is is_silent(lift(**more), NOON, NOON + minutes * MINUTE)


def test_a_person_is_asked_of_what_they_took_over() -> None:
    open_one = lift(pinged=NOON)
    others: Sequence[Handoff] = (
        replace(open_one, id="d1/n2", taken_by="dai"),
        replace(open_one, id="d1/n3", pinged=None),
        replace(open_one, id="d1/n4", taken=None),
        replace(open_one, id="d1/n5", taken=NOON),
    )

    assert ("d1/n1",) == asked(draft(accepted=(*others, open_one)), "chie")
