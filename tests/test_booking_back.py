"""What was taken away and stands there again: nobody hears HELD, nothing is booked beside it, and what goes out of it is counted."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from releasegate.dispatch import dispatch
from releasegate.errors import Blocked
from releasegate.model.parcel import Parcel
from releasegate.model.state import HoldState, State
from releasegate.store import bookings
from releasegate.testing import Clock, Distributor
from tests.booking import FRIDAY, PRESS, TEN, Press, make_press
from tests.building import approved, lifted, make_bench

MINUTE = timedelta(minutes=1)
LATER = "2026-07-06T10:00"
WIRE = PRESS.replace("[channels.press]", '[channels.wire]\nclock = "distributor"\nzone = "Asia/Tokyo"\n\n[channels.press]')


@pytest.fixture
def press(sqlite_url: str) -> Press:
    """Of one database: what comes back asks nothing of it."""
    return make_press(sqlite_url)


def back(press: Press) -> None:
    """Booked, held, taken away; then somebody over there takes it up again, and they do nothing that they are asked any more."""
    press.booked()
    assert HoldState.HELD is press.gate.hold("press-17", by="dai", note="stop").state
    press.desk.on_stop = "ignore"
    press.desk.restore("R1")
    press.clock.forward(minutes=5)
    press.gate.look("press-17")
    press.watch()


def leap(press: Press, moment: datetime) -> None:
    """A pass at this moment, and none between."""
    press.clock.at = moment
    press.watch()


def lift_all(press: Press) -> None:
    """Whoever may, lifts what is in force."""
    for hold in press.gate.draft("press-17").holds:
        lifted(press.gate, hold.id, by="dai", note="All is well again.")


def stops(press: Press) -> list[str]:
    """Which bookings they were asked to take away."""
    return [name for verb, name in press.desk.asked if verb == "stop"]


def shut(press: Press) -> set[str]:
    """Why it is not booked now."""
    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    return set(caught.value.decision.blocked_by)  # type: ignore[attr-defined]  # a Decision


def test_i2_what_is_back_is_not_held(press: Press) -> None:
    back(press)

    assert (State.APPROVED, ("R1",)) == ((draft := press.gate.draft("press-17")).state, draft.standing)
    answer = press.gate.hold("press-17", by="chie", note="stop!")
    assert (HoldState.PENDING, "R1", "+81-3-0000-0000") == (answer.state, answer.contact["booking"], answer.contact["phone"])
    press.desk.on_stop = "cancel"
    assert HoldState.HELD is press.gate.hold("press-17", by="chie", note="stop!!").state


def test_i1_beside_what_is_back_nothing_is_booked(press: Press) -> None:
    back(press)
    lift_all(press)

    assert {"booking-stands"} == press.gate.decide("press-17").blocked_by
    assert ("R1", ("releasegate look press-17",)) == (
        (blocker := press.gate.decide("press-17").blockers[0]).params["booking"],
        blocker.how,
    )
    assert {"booking-stands"} == shut(press)
    leap(press, TEN + MINUTE)
    assert ["R1"] == [name for name, *_ in press.desk.out]


def test_i1_an_earlier_text_that_is_back_shuts_out_the_new_one(press: Press) -> None:
    back(press)
    press.approved(text="The right figures.")
    lift_all(press)

    assert {"booking-stands"} == press.gate.decide("press-17").blocked_by
    assert {"booking-stands"} == shut(press)
    assert 1 == press.codes().count("drift")  # its title, hour and reach are compared with no other text


def test_i1_what_comes_back_between_claim_and_fence_is_seen_at_the_fence(press: Press) -> None:
    press.booked()
    press.gate.hold("press-17", by="dai", note="stop")
    lift_all(press)

    def meanwhile(_: str, __: Parcel) -> None:
        press.desk.on_stop = "ignore"
        press.desk.restore("R1")
        press.gate.look("press-17")
        lift_all(press)

    steps = dispatch(press.gate._office, "press-17", by="mailer", deadline=30, into=State.BOOKING, reread=meanwhile)
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert {"booking-stands"} == end.value.value.stopped.blocked_by


def test_i8_what_is_back_is_asked_for_until_it_is_gone_held_or_not(press: Press) -> None:
    back(press)
    lift_all(press)
    before = len(stops(press))

    for _ in range(3):
        press.clock.forward(minutes=5)
        press.watch()
    assert ["R1"] * 3 == stops(press)[before:]
    press.desk.on_stop = "cancel"
    press.clock.forward(minutes=5)
    press.watch()
    assert (set(), "absent") == (set(press.gate.decide("press-17").blocked_by), press.desk.records["R1"].real)
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state


def test_what_they_take_away_themselves_is_no_drift_once_it_is_not_wanted(press: Press) -> None:
    back(press)
    lift_all(press)
    press.desk.drop("R1")

    press.clock.forward(minutes=5)
    press.watch()
    assert (1, ()) == (press.codes().count("drift"), press.gate.draft("press-17").holds)


def test_a_bare_hold_needs_no_table_of_bookings(press: Press) -> None:
    press.approved()
    store = press.gate._office.store
    store.act(lambda txn: txn.connection.execute(text("DROP TABLE bookings")))

    assert press.gate.hold("press-17", by="dai")


def test_i2_an_earlier_text_that_goes_out_is_counted_and_nothing_follows_it(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "lie"
    press.gate.hold("press-17", by="dai", note="stop")
    press.gate.write("press-17", channel="press", content="The wing opens later.", by="akari", send_at=LATER)

    leap(press, TEN + 2 * MINUTE)
    draft, answer = press.gate.draft("press-17"), press.gate.hold("press-17", by="chie", note="?")
    assert (State.STOPPED, 350, 0) == (draft.state, draft.tally.earlier, draft.tally.sent)
    assert (HoldState.TOO_LATE, 350) == (answer.state, answer.gone)
    assert 350 == press.gate.decide("press-17").gone
    assert "went-out" == press.alarms[-1][1].code
    assert press.gate.verify().sound


def test_what_became_of_an_earlier_text_cannot_be_changed_unseen(press: Press) -> None:
    test_i2_an_earlier_text_that_goes_out_is_counted_and_nothing_follows_it(press)
    press.gate._office.store.act(lambda txn: txn.connection.execute(text("UPDATE deliveries SET reach = 1")))

    assert ("changed: the deliveries of press-17 are not those that were logged",) == press.gate.verify().faults


def test_i2_of_what_was_withdrawn_and_went_out_no_stop_is_held(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "lie"
    press.gate.withdraw("press-17", by="akari", note="Not at all.")
    leap(press, TEN + 2 * MINUTE)

    assert (HoldState.TOO_LATE, 350) == ((answer := press.gate.hold("press-17", by="chie", note="?")).state, answer.gone)


def test_i1_when_an_earlier_text_goes_out_the_new_one_is_taken_away(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "lie"
    press.gate.hold("press-17", by="dai", note="stop")
    approved(press.gate, "press-17", "The wing opens later.", channel="press", send_at=LATER)
    lift_all(press)
    press.gate.book("press-17", by="mailer")
    press.desk.on_stop = "cancel"

    leap(press, TEN + 2 * MINUTE)
    assert (["R1"], "absent") == ([name for name, *_ in press.desk.out], press.desk.records["R2"].real)
    assert State.STOPPED is press.gate.draft("press-17").state
    assert "went-out" in [alarm.code for _, alarm in press.alarms]
    assert press.gate.verify().sound


def test_i1_of_two_bookings_of_one_text_the_second_is_taken_away_when_the_first_is_out(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "lie"
    press.gate.hold("press-17", by="dai", note="stop")
    lift_all(press)
    press.gate.book("press-17", by="mailer")
    press.desk.on_stop = "cancel"
    press.desk.change("R1", at=TEN - timedelta(hours=2))

    leap(press, TEN - timedelta(hours=1))
    leap(press, TEN + 2 * MINUTE)
    assert (["R1"], "absent") == ([name for name, *_ in press.desk.out], press.desk.records["R2"].real)
    assert ["went-out", "still-booked"] == [alarm.code for _, alarm in press.alarms][-2:]
    assert State.SENT is press.gate.draft("press-17").state


def test_each_booking_is_looked_at_by_its_own_hour(press: Press) -> None:
    press.booked()
    press.gate.hold("press-17", by="dai", note="stop")
    approved(press.gate, "press-17", "The wing opens later.", channel="press", send_at=LATER)
    lift_all(press)
    press.gate.book("press-17", by="mailer")

    leap(press, TEN + timedelta(hours=2))
    assert (State.BOOKED, ()) == ((draft := press.gate.draft("press-17")).state, draft.holds)
    assert "not-out" not in [alarm.code for _, alarm in press.alarms]


def test_i8_a_withdrawn_one_that_is_back_is_told_and_asked_for(press: Press) -> None:
    press.booked()
    press.gate.withdraw("press-17", by="dai", note="No.")
    press.desk.on_stop = "ignore"
    press.desk.restore("R1")

    leap(press, TEN - timedelta(hours=20))
    assert ["drift", "still-booked"] == press.codes()[:2]
    assert HoldState.PENDING is press.gate.hold("press-17", by="chie", note="?").state
    press.desk.on_stop = "cancel"
    leap(press, press.clock.at + timedelta(minutes=5))
    assert ("absent", HoldState.HELD) == (press.desk.records["R1"].real, press.gate.hold("press-17", by="chie", note="?").state)


def test_i8_what_stands_when_it_is_withdrawn_is_asked_for_at_once(press: Press) -> None:
    back(press)
    lift_all(press)
    press.desk.on_stop = "cancel"

    assert State.WITHDRAWN is press.gate.withdraw("press-17", by="dai", note="No.").state
    assert "absent" == press.desk.records["R1"].real


def test_what_is_written_for_another_way_out_is_still_asked_for_where_it_stands(sqlite_url: str) -> None:
    clock = Clock(FRIDAY)
    desk, wire = Distributor(clock), Distributor(clock, identity="wire:1")
    bench = make_bench(sqlite_url, rules=WIRE, channels={"press": desk, "wire": wire}, clock=clock)  # type: ignore[dict-item]  # any way out
    press = Press(bench.gate, desk, clock, [])
    press.watch()
    press.booked()
    press.gate.hold("press-17", by="dai", note="stop")
    approved(press.gate, "press-17", "The new wing opens.", channel="wire", send_at=LATER)
    desk.restore("R1")

    leap(press, TEN - timedelta(hours=20))
    assert ([], "absent", ["R1", "R1"]) == (wire.asked, desk.records["R1"].real, stops(press))


def test_an_unknown_one_is_not_booked_because_an_earlier_text_stands(press: Press) -> None:
    press.booked()
    press.gate.hold("press-17", by="dai", note="stop")
    approved(press.gate, "press-17", "The wing opens later.", channel="press", send_at=LATER)
    lift_all(press)
    press.desk.lose_requests = 1
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    press.desk.on_stop = "ignore"
    press.desk.restore("R1")

    press.clock.forward(minutes=1)
    assert State.UNKNOWN is press.gate.look("press-17").state
    stood = press.gate._office.store.look(lambda txn: bookings.of_draft(txn, "press-17"))
    assert {"R1": "scheduled", "": "unknown"} == {each.booking: each.seen for each in stood}
    assert "booked" not in [event.kind for event in press.gate.history("press-17")[-3:]]
