"""Booking: the sealed bytes with a channel that keeps its own clock, at most once; only a booking that is gone is held."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from releasegate import booked, booking, holding, looking, patience
from releasegate import dispatch as dispatching
from releasegate.bookkeeping import Seen, record
from releasegate.decision.booked import AFTER, Drift, drifts, looks, next_look
from releasegate.dispatch import Going, Steps, dispatch
from releasegate.errors import Blocked, ContentError, NotSent, Refused
from releasegate.holding import Stop
from releasegate.model.alarm import Alarm
from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.limits import Limits
from releasegate.model.parcel import Parcel, Receipt, Sight
from releasegate.model.report import HoldAnswer
from releasegate.model.state import DeliveryState, HoldState, State
from releasegate.model.verdict import Decision
from releasegate.office import Office
from releasegate.settling import Said
from releasegate.store import bookings
from releasegate.store.deliveries import Settlement
from releasegate.testing import Distributor
from releasegate.watch.bookings import _stop as stop_booked
from releasegate.workers import name_worker
from tests.booking import CUT_OFF, FRIDAY, PRESS, TEN, Press, left, make_press
from tests.building import PEOPLE, Between, lifted, make_bench, make_policy, seen

MINUTE = timedelta(minutes=1)


@pytest.fixture
def press(store_url: str) -> Press:
    """On both databases."""
    return make_press(store_url)


@pytest.fixture
def desk(sqlite_url: str) -> Press:
    """What does not ask anything of the database."""
    return make_press(sqlite_url)


def stood(press: Press, draft_id: str = "press-17") -> tuple[Booking, ...]:
    """The bookings as the store has them."""
    return press.gate._office.store.look(lambda txn: bookings.of_draft(txn, draft_id))


def shut(blocked: Blocked) -> set[str]:
    """Why it was not done."""
    assert isinstance(blocked.decision, Decision)
    return set(blocked.decision.blocked_by)


def held(press: Press, draft_id: str = "press-17") -> HoldAnswer:
    """Ben says stop."""
    return press.gate.hold(draft_id, by="ben", note="Postponed.")


# --- book


def test_what_is_booked_is_what_was_approved_for_its_hour_and_once(press: Press) -> None:
    draft = press.booked()

    (record,) = press.desk.records.values()
    assert State.BOOKED is draft.state
    assert (TEN, b'{"text":"The new wing opens.","title":"New wing"}') == (record.at, record.parcel.body)
    assert draft == press.gate.book("press-17", by="mailer")
    assert ["R1"] == list(press.desk.records)
    assert ["ripen", "claim", "begin", "booked"] == [event.kind for event in press.gate.history("press-17")][-4:]
    assert "R1" == stood(press)[0].booking
    assert press.gate.verify().sound


def test_what_is_booked_goes_out_by_their_clock_and_is_seen(press: Press) -> None:
    press.booked()
    press.until(TEN + timedelta(minutes=10))

    assert [("R1", TEN)] == [(name, at) for name, _, at in press.desk.out]
    draft = press.gate.draft("press-17")
    assert (State.SENT, 350) == (draft.state, draft.tally.sent)
    assert draft == press.gate.book("press-17", by="mailer")
    assert [] == press.alarms
    assert press.gate.verify().sound


def test_a_draft_that_is_not_open_is_not_booked(press: Press) -> None:
    press.approved()
    held(press)

    with pytest.raises(Blocked, match="Not sent") as caught:
        press.gate.book("press-17", by="mailer")
    assert {"hold-active"} == shut(caught.value)
    assert {} == press.desk.records


def test_what_they_refuse_is_not_booked_and_may_be_tried_again(press: Press) -> None:
    press.approved()
    press.desk.refuse = 1

    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    assert {"not-booked"} == shut(caught.value)
    assert "releasegate book press-17" in str(caught.value)
    assert State.APPROVED is press.gate.draft("press-17").state
    assert ("absent", None) == (stood(press)[0].seen, stood(press)[0].due)
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state


def test_f051_a_lost_answer_is_found_by_our_reference_and_nothing_is_booked_twice(press: Press) -> None:
    press.approved()
    press.desk.lose_replies = 1

    assert State.BOOKED is press.gate.book("press-17", by="mailer").state
    assert [("R1", "scheduled")] == [(each.booking, each.seen) for each in stood(press)]
    assert 1 == len([1 for verb, _ in press.desk.asked if verb == "book"])


def test_f036_a_request_that_was_lost_is_unknown_until_it_would_be_found(press: Press) -> None:
    """Not found, and found nowhere after the time in which it would be, is absent; then it may be booked again."""
    press.approved()
    press.desk.lose_requests = 1

    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    assert {"outcome-unknown"} == shut(caught.value)
    assert ["booking-unknown"] == [alarm.code for _, alarm in press.alarms]
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    press.until(FRIDAY + timedelta(minutes=1))
    assert State.UNKNOWN is press.gate.draft("press-17").state
    press.until(FRIDAY + timedelta(minutes=15))
    assert State.APPROVED is press.gate.draft("press-17").state
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state
    assert ["R1"] == list(press.desk.records)


def test_where_not_found_proves_nothing_it_stays_unknown(sqlite_url: str) -> None:
    press = make_press(sqlite_url, limits=Limits())
    press.approved()
    press.desk.lose_requests = 1

    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    press.until(FRIDAY + timedelta(hours=20))
    assert State.UNKNOWN is press.gate.draft("press-17").state


@pytest.mark.parametrize("answer", [None, Receipt(""), "R1"])
def test_an_answer_that_names_no_booking_is_unknown(sqlite_url: str, answer: object) -> None:
    press = make_press(sqlite_url)
    press.approved()
    press.desk.book = lambda parcel, *, at, key: answer  # type: ignore[method-assign,assignment,return-value]

    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    assert {"outcome-unknown"} == shut(caught.value)


def test_what_was_taken_away_is_booked_again_under_another_reference(press: Press) -> None:
    """A provider that keeps to its keys would answer with the booking that is gone."""
    press.booked()
    assert held(press)
    lifted(press.gate, "press-17/h1", by="chie", note="Monday after all.")
    press.clock.forward(minutes=1)

    assert State.BOOKED is press.gate.book("press-17", by="mailer").state
    assert ["R1", "R2"] == list(press.desk.records)
    first, second = stood(press)
    assert (("absent", "scheduled"), True) == ((first.seen, second.seen), first.key != second.key)


def test_what_was_not_booked_is_booked_again_under_the_same_reference(press: Press) -> None:
    press.approved()
    press.desk.refuse = 1
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    press.gate.book("press-17", by="mailer")

    first, second = stood(press)
    assert first.key == second.key


def test_what_keeps_its_own_clock_is_not_sent_and_what_does_not_is_not_booked(sqlite_url: str) -> None:
    press = make_press(sqlite_url)
    press.approved()
    with pytest.raises(Refused) as caught:
        press.gate.send("press-17", by="mailer")
    assert "not-sendable" == caught.value.code

    bench = make_bench(sqlite_url + "2")
    bench.gate.write("d1", channel="news", content="The new wing opens.", by="akari")
    with pytest.raises(Refused) as refused:
        bench.gate.book("d1", by="mailer")
    assert "not-bookable" == refused.value.code


def test_without_its_channel_nothing_is_booked(sqlite_url: str) -> None:
    press = make_press(sqlite_url)
    press.approved()
    office = press.gate._office
    office.channels = {}

    with pytest.raises(Blocked) as caught:
        booking.book(office, "press-17", by="mailer")
    assert "channel-missing" in shut(caught.value)


def test_one_draft_is_one_booking(desk: Press) -> None:
    with pytest.raises(Refused) as caught:
        desk.gate.write("two", channel="press", content=["One.", "Two."], by="akari")

    assert "booking-of-many" == caught.value.code
    assert "Write a draft for each" in str(caught.value)


def test_a_booking_needs_an_hour(desk: Press) -> None:
    desk.gate.write("now", channel="press", content="At once.", by="akari")

    assert "booking-needs-hour" in desk.gate.decide("now").blocked_by


def test_f048_what_cannot_be_cancelled_is_not_booked(sqlite_url: str) -> None:
    press = make_press(sqlite_url, limits=Limits(cancels=False))
    press.approved()

    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    assert {"cannot-cancel"} == shut(caught.value)


def test_what_could_not_be_stopped_any_more_is_not_booked_any_more(press: Press) -> None:
    press.approved()
    press.until(CUT_OFF - MINUTE)
    assert press.gate.decide("press-17")
    press.until(CUT_OFF)

    with pytest.raises(Blocked, match="as long as it could still be stopped there") as caught:
        press.gate.book("press-17", by="mailer")
    assert {"missed"} == shut(caught.value)
    assert State.MISSED is press.gate.draft("press-17").state


def test_an_approval_that_comes_too_late_for_them_is_refused(press: Press) -> None:
    draft = press.gate.write("late", channel="press", content="Late.", by="akari", send_at="2026-06-29T10:00")
    press.gate.submit("late", by="akari", note="Please.")
    press.gate.confirm("late", digest=draft.digest, by="ben", note="Names are right.")
    press.clock.at = CUT_OFF

    with pytest.raises(Refused, match="must be booked by Mon 29 June 2026, 09:45 JST"):
        press.gate.approve("late", digest=draft.digest, by="chie", note="Go.", read_back=seen(press.gate, "late"))


def test_the_channel_itself_may_need_more_time_than_the_policy_says(sqlite_url: str) -> None:
    press = make_press(sqlite_url, limits=Limits(stop_before=timedelta(hours=3)))
    press.approved()

    assert TEN - timedelta(hours=3) == press.gate.decide("press-17").until


def test_a_worker_that_dies_with_the_booking_in_its_hands_leaves_an_unknown_that_is_found(press: Press) -> None:
    """It has booked, and died before it could say so."""
    press.approved()
    whole = press.desk.book

    def dies(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        whole(parcel, at=at, key=key)
        raise KeyboardInterrupt

    press.desk.book = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        press.gate.book("press-17", by="mailer")
    assert State.UNKNOWN is press.gate.draft("press-17").state
    press.watch()
    assert (State.BOOKED, ["R1"]) == (press.gate.draft("press-17").state, list(press.desk.records))


def test_an_answer_that_comes_after_the_lease_still_names_what_must_be_taken_away(press: Press) -> None:
    press.approved()
    whole = press.desk.book

    def slow(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        answer = whole(parcel, at=at, key=key)
        press.clock.forward(hours=1)
        press.desk.blind = 10**6
        press.gate.decide("press-17")
        press.watch()
        return answer

    press.desk.book = slow  # type: ignore[method-assign]
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    (one,) = stood(press)
    assert "R1" == one.booking
    press.desk.blind = 0
    press.until(press.clock.at + timedelta(minutes=10))
    assert State.APPROVED is press.gate.draft("press-17").state, "a late answer is a hold, and the hold takes it away"
    assert "absent" == press.desk.records["R1"].real


def _booked(press: Press) -> None:
    with suppress(Blocked):
        press.gate.book("press-17", by="mailer")


def test_of_two_that_book_at_once_one_does(press: Press) -> None:
    press.approved()
    inside, go = threading.Event(), threading.Event()
    whole = press.desk.book

    def waits(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        inside.set()
        go.wait(20)
        return whole(parcel, at=at, key=key)

    press.desk.book = waits  # type: ignore[method-assign]
    first = threading.Thread(target=lambda: _booked(press))
    first.start()
    inside.wait(20)
    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    answer = held(press)
    go.set()
    first.join()
    assert {"in-progress"} == shut(caught.value)
    assert HoldState.PENDING is answer.state
    assert ["R1"] == list(press.desk.records)


def test_a_hold_that_comes_while_it_is_being_booked_takes_it_away_at_once(press: Press) -> None:
    press.approved()
    whole = press.desk.book

    def held_meanwhile(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        assert HoldState.PENDING is held(press).state
        return whole(parcel, at=at, key=key)

    press.desk.book = held_meanwhile  # type: ignore[method-assign]
    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    assert {"hold-active"} == shut(caught.value)
    assert ("absent", State.APPROVED) == (press.desk.records["R1"].real, press.gate.draft("press-17").state)


def test_whoever_was_first_has_it(press: Press) -> None:
    """Between claim and fence somebody else took the delivery: nothing is booked, and the draft is nobody's."""
    press.approved()
    office = press.gate._office
    store = office.store

    def steal() -> None:
        store.act(lambda txn: txn.connection.execute(text("UPDATE deliveries SET attempt = 'theirs'")))

    object.__setattr__(office, "store", Between(store, 3, steal))
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    office.store = store
    assert {} == press.desk.records


# --- hold


def test_a_booking_that_is_taken_away_is_held(press: Press) -> None:
    press.booked()

    answer = held(press)

    assert HoldState.HELD is answer.state
    assert (State.APPROVED, {"hold-active"}) == (press.gate.draft("press-17").state, set(press.gate.decide("press-17").blocked_by))
    assert {"R1": "absent"} == press.gate.history("press-17")[-1].data["seen"]
    assert press.gate.verify().sound


def test_their_word_is_no_stop(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "pause"

    answer = held(press)

    assert HoldState.PENDING is answer.state
    assert """\
NOT HELD YET: press-17 "New wing"
  The distributor was asked to stop. Its record now reads "on hold"; the booking is still there.
  Phone now: Distributor desk, +81-3-0000-0000 (open 9-19 JST)
  Say: "Please cancel booking R1, and send us the screen after it in writing."
  It can be stopped until Mon 29 June 2026, 09:45 JST.
  Afterwards: releasegate saw press-17 absent --spoke-to NAME -m "…\"""" == str(answer)
    ((_, alarm),) = press.alarms
    assert ("still-booked", ("ben", "akari", "chie")) == (alarm.code, alarm.to)
    assert "+81-3-0000-0000" in alarm.explain("ja")


def test_f046_past_the_cut_off_it_is_too_late_to_ask(press: Press) -> None:
    press.desk.cut_off = timedelta(minutes=15)
    press.booked()
    press.until(CUT_OFF + MINUTE)

    answer = held(press)

    assert (HoldState.TOO_LATE, False) == (answer.state, bool(answer))
    assert [
        'TOO LATE TO ASK THEM: press-17 "New wing"',
        '  They can stop it no more by the usual way; the booking still stands, and reads "scheduled".',
    ] == (str(answer).splitlines()[:2])
    assert "  It could be stopped until Mon 29 June 2026, 09:45 JST." in str(answer)
    press.until(TEN + timedelta(minutes=2))
    assert "went-out" == press.alarms[-1][1].code
    assert HoldState.TOO_LATE is held(press).state


def test_a_hold_without_the_channel_is_passed_on_by_the_next_pass(press: Press) -> None:
    """The command line holds with nothing but the store: whoever has the channel asks them."""
    from releasegate.holding import Stop, hold

    press.booked()
    press.clock.forward(minutes=1)
    answer = hold(press.gate._office.store, "press-17", Stop(by="ben", note="Stop."))
    assert HoldState.PENDING is answer.state
    assert [] == [name for verb, name in press.desk.asked if verb == "stop"]

    press.watch()
    assert State.APPROVED is press.gate.draft("press-17").state
    press.watch()
    assert 1 == len([name for verb, name in press.desk.asked if verb == "stop"])


def test_a_hold_on_a_channel_that_is_not_here_says_so(sqlite_url: str) -> None:
    press = make_press(sqlite_url)
    press.booked()
    press.gate._office.channels = {}

    answer = held(press)
    assert (HoldState.PENDING, "R1") == (answer.state, answer.contact["booking"])


def test_all_of_a_channel_is_asked_for(press: Press) -> None:
    press.booked("press-17")
    press.approved("press-18", "The old wing closes.")
    press.gate.book("press-18", by="mailer")

    answers = press.gate.hold_channel("press", by="ben", note="Stop all.")
    assert [HoldState.HELD, HoldState.HELD] == [answer.state for answer in answers]
    assert {"absent"} == {record.real for record in press.desk.records.values()}


def test_a_hold_stands_whatever_becomes_of_the_asking(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.booked()

    def breaks(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(booked, "_round", breaks)
    answer = held(press)
    assert HoldState.PENDING is answer.state
    assert {"hold-active", "booked"} == press.gate.decide("press-17").blocked_by


def test_they_hang_and_nobody_waits_for_ever(press: Press) -> None:
    press.booked()
    press.desk.deadline = 0.05
    stuck = threading.Event()
    press.desk.stop = press.desk.look = lambda _: stuck.wait(20)  # type: ignore[assignment,method-assign,return-value]

    answer = held(press)
    stuck.set()
    assert HoldState.PENDING is answer.state


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was to be waited for each question, in order."""
    found = list[float]()

    def within(seconds: float, call: Callable[[], object]) -> object:
        found.append(seconds)
        return patience.within(seconds, call)

    monkeypatch.setattr(looking, "within", within)
    return found


@pytest.fixture
def hanging(press: Press) -> Iterator[Press]:
    """Booked with a distributor whose every answer hangs."""
    press.booked()
    press.desk.deadline = 0.2
    stuck, whole = threading.Event(), press.desk.stop

    def stop(booking: str) -> None:
        whole(booking)
        stuck.wait(20)

    press.desk.stop = stop  # type: ignore[method-assign]
    press.desk.find = press.desk.look = lambda _: stuck.wait(20)  # type: ignore[assignment,method-assign,return-value]
    yield press
    stuck.set()


def test_a_hold_waits_for_all_their_answers_together_no_longer_than_the_deadline(hanging: Press, waited: list[float]) -> None:
    """And whatever hangs first, they are asked to take it away."""
    hanging.desk.deadline = 0.4
    assert HoldState.PENDING is held(hanging).state
    assert (5, True, True) == (len(waited), waited[2] > 0, sum(waited) <= 0.4)
    assert ("stop", "R1") in hanging.desk.asked


def test_where_nobody_waits_each_question_may_take_its_deadline(hanging: Press, waited: list[float]) -> None:
    holding.hold(hanging.gate._office.store, "press-17", Stop(by="ben", note="Postponed."))
    hanging.watch()

    assert 5 == len(waited)
    assert 0.5 < sum(waited) <= 1.0
    assert 0.2 >= max(waited)


def test_a_withdrawal_takes_the_booking_away_first(press: Press) -> None:
    press.booked()

    assert State.WITHDRAWN is press.gate.withdraw("press-17", by="akari", note="Not at all.").state
    assert "absent" == press.desk.records["R1"].real


def test_a_withdrawal_waits_until_the_booking_is_gone(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "ignore"

    assert State.BOOKED is press.gate.withdraw("press-17", by="akari", note="Not at all.").state
    press.desk.on_stop = "cancel"
    press.until(FRIDAY + timedelta(minutes=10))
    assert State.WITHDRAWN is press.gate.draft("press-17").state


def test_what_was_withdrawn_and_goes_out_all_the_same_is_an_incident(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "lie"
    press.gate.withdraw("press-17", by="akari", note="Not at all.")

    press.until(TEN + timedelta(minutes=2))
    draft = press.gate.draft("press-17")
    assert (State.WITHDRAWN, 350) == (draft.state, draft.tally.sent)
    assert ["went-out"] == [alarm.code for _, alarm in press.alarms]
    assert press.gate.verify().sound


def test_a_hold_that_is_lifted_before_they_did_it_leaves_the_booking(press: Press) -> None:
    """A lift calls no channel; what was put on hold over there is found to be so."""
    press.booked()
    press.desk.on_stop = "ignore"
    held(press)
    left(press)
    lifted(press.gate, "press-17/h1", by="chie", note="It may go.")
    press.desk.pause("R1")
    press.until(TEN - timedelta(hours=23))

    assert "drift" in press.codes()
    assert ["paused"] == [event.data["drift"][0] for event in press.gate.history("press-17") if event.data.get("drift")]


# --- drift


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda desk: desk.change("R1", at=TEN - timedelta(hours=1)), "moved"),
        (lambda desk: desk.change("R1", title="Old wing"), "renamed"),
        (lambda desk: desk.pause("R1"), "paused"),
        (lambda desk: desk.drop("R1"), "dropped"),
        (lambda desk: desk._new(desk.records["R1"].parcel, TEN, desk.records["R1"].key), "twice"),
        (lambda desk: setattr(desk, "look", lambda name: Sight(state="scheduled", at=TEN, reach=35)), "resized"),
    ],
)
def test_f052_what_changes_over_there_is_stopped_and_told(press: Press, change: Callable[[Distributor], object], word: str) -> None:
    press.booked()
    press.clock.forward(hours=1)
    press.watch()
    change(press.desk)
    press.until(TEN - timedelta(hours=23))

    assert word in {each for event in press.gate.history("press-17") for each in event.data.get("drift", ())}
    ((_, alarm), *_) = press.alarms
    assert ("drift", True) == (alarm.code, bool(alarm.to))
    assert word in str(alarm.params["kinds"])
    assert ["gate"] == [hold.by for hold in press.gate.draft("press-17").holds]
    if word != "resized":
        assert State.APPROVED is press.gate.draft("press-17").state
        assert {"absent"} == {record.real for record in press.desk.records.values()}


def test_r31_what_they_drop_after_the_hour_is_missed(press: Press) -> None:
    press.booked()
    press.clock.at = TEN + timedelta(seconds=1)
    press.desk.drop("R1")
    press.clock.forward(minutes=2)
    press.watch()

    assert State.MISSED is press.gate.draft("press-17").state
    assert "drift" == press.alarms[-1][1].code


def test_what_goes_out_before_its_hour_is_an_incident(press: Press) -> None:
    press.booked()
    press.desk.change("R1", at=FRIDAY + timedelta(hours=1))
    press.until(TEN - timedelta(hours=20))

    assert State.SENT is press.gate.draft("press-17").state
    assert press.alarms[-1][1].explain("en").startswith("INCIDENT: press-17 went out by press (booking R1) before its hour.")
    assert "予定より前" in press.alarms[-1][1].explain("ja")


def test_what_is_not_out_after_its_window_is_told_and_stopped(press: Press) -> None:
    press.booked()
    press.desk.tick = lambda: None  # type: ignore[method-assign]
    press.until(TEN + timedelta(minutes=15))

    assert "not-out" in [alarm.code for _, alarm in press.alarms]
    assert ["gate"] == [hold.by for hold in press.gate.draft("press-17").holds]
    assert ("stop", "R1") in press.desk.asked


def test_r31_what_nobody_can_see_after_its_window_is_unknown(press: Press) -> None:
    press.booked()
    press.until(TEN - timedelta(minutes=1))
    press.desk.blind = 10**6
    press.until(TEN + timedelta(minutes=15))

    assert State.UNKNOWN is press.gate.draft("press-17").state
    assert "booking-unknown" in [alarm.code for _, alarm in press.alarms]
    press.desk.blind = 0
    press.until(TEN + timedelta(hours=3))
    assert State.SENT is press.gate.draft("press-17").state


def test_a_right_that_is_taken_away_stops_what_is_booked(press: Press) -> None:
    press.booked()
    without = make_policy(PRESS, people=PEOPLE.replace('["checker", "approver"] }\ndai', '["checker"] }\ndai'))
    press.gate.adopt(without, by="akari", note="Chie has left.")
    if not press.gate.adopt(without, by="dai", note="Chie has left."):
        pytest.fail("two have said so")
    press.gate._office.policy = without
    press.until(TEN - timedelta(hours=23))

    assert "booked-unsigned" in press.codes()
    assert ["gate"] == [hold.by for hold in press.gate.draft("press-17").holds]
    assert "absent" == press.desk.records["R1"].real


def test_one_booking_that_cannot_be_looked_at_keeps_nobody_from_the_others(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.booked("a-1")
    press.approved("b-1", "The old wing closes.")
    press.gate.book("b-1", by="mailer")
    press.clock.at = TEN - timedelta(hours=24)
    whole = booked.read_back

    def breaks(office: Office, draft_id: str) -> Draft:
        if draft_id == "a-1":
            raise RuntimeError
        return whole(office, draft_id)

    monkeypatch.setattr(booked, "read_back", breaks)
    passed = press.gate.watch()
    assert (("a-1",), ("b-1",)) == (passed.of("failed"), passed.of("looked"))
    assert TEN - timedelta(hours=24) == stood(press, "b-1")[0].looked


def test_what_is_due_comes_a_page_at_a_time(press: Press) -> None:
    press.booked("a-1")
    press.approved("b-1", "The old wing closes.")
    press.gate.book("b-1", by="mailer")
    press.clock.at = TEN - timedelta(hours=24)

    assert ["a-1", "b-1"] == list(booked.due(press.gate._office, most=1))
    press.gate._office.channels = {}
    assert [] == list(booked.due(press.gate._office))


def test_r18_nothing_is_booked_that_nobody_watches(press: Press) -> None:
    press.approved()
    press.clock.forward(minutes=5)

    with pytest.raises(Blocked, match="Nobody has watched") as caught:
        press.gate.book("press-17", by="mailer")
    assert {"watch-absent"} == shut(caught.value)
    assert {} == press.desk.records
    press.watch()
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state


def test_whoever_could_not_be_told_is_told_by_the_next_pass(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "ignore"
    told, broken = press.gate._office.alarm, [True]

    def alarm(what: Alarm) -> None:
        if broken:
            raise ConnectionError
        told(what)

    press.gate._office.alarm = alarm
    held(press)
    assert [] == press.alarms
    broken.clear()
    press.watch()
    assert "still-booked" in [each.code for _, each in press.alarms]


def test_two_that_look_at_once_write_what_was_seen_once(press: Press) -> None:
    """Every pass may run twice and on several machines at once."""
    press.booked()
    press.clock.at = TEN - timedelta(hours=1)
    passes = [threading.Thread(target=press.watch) for _ in range(4)]
    for each in passes:
        each.start()
    for each in passes:
        each.join()

    looks_then = [event for event in press.gate.history("press-17") if event.kind == "looked" and event.at == press.clock.at]
    assert 1 == len(looks_then)


# --- a person's word


def blind(press: Press) -> None:
    """Their record cannot be read from here."""
    press.desk.blind = 10**9


def test_where_no_record_can_be_read_a_person_says_who_said_so(press: Press) -> None:
    press.booked()
    blind(press)
    assert HoldState.PENDING is held(press).state

    draft = press.gate.saw("press-17", "absent", by="ben", spoke_to="Ms Mori, desk", note="She read me the screen.")
    assert State.APPROVED is draft.state
    last = press.gate.history("press-17")[-1]
    assert ("unbook", "ben", "Ms Mori, desk") == (last.kind, last.actor, last.data["spoke_to"])
    press.until(TEN - timedelta(hours=23))
    assert State.APPROVED is press.gate.draft("press-17").state, "not to be able to look takes nobody's word back"
    assert "absent" == stood(press)[0].seen


def test_a_person_names_the_booking_that_was_lost(press: Press) -> None:
    press.approved()
    press.desk.lose_replies = 1
    blind(press)
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")

    draft = press.gate.saw("press-17", "scheduled", by="ben", spoke_to="Ms Mori", note="R1, for Monday.", booking="R1")
    assert (State.BOOKED, "R1") == (draft.state, stood(press)[0].booking)


def test_i2_a_person_cannot_name_the_booking_of_another_draft(desk: Press) -> None:
    """A hold would take away that one's, and say HELD while its own stands."""
    desk.booked()
    desk.approved("press-18", "Another one.")
    desk.desk.lose_replies = 1
    blind(desk)
    with pytest.raises(Blocked):
        desk.gate.book("press-18", by="mailer")

    for wrong in ("R1", f" {stood(desk)[0].key} "):
        with pytest.raises(Refused) as caught:
            desk.gate.saw("press-18", "scheduled", by="ben", spoke_to="Ms Mori", note="R1, she says.", booking=wrong)
        assert "booking-of-another" == caught.value.code
    assert State.BOOKED is desk.gate.saw("press-18", "scheduled", by="ben", spoke_to="Ms Mori", note="R2!", booking="R2").state
    assert desk.gate.hold("press-18", by="ben", note="Postponed.").state in {HoldState.PENDING, HoldState.UNKNOWN}
    assert ["scheduled", "absent"] == [desk.desk.records[name].real for name in ("R1", "R2")]


def test_where_their_record_can_be_read_it_counts(press: Press) -> None:
    press.booked()
    press.desk.on_stop = "ignore"
    held(press)

    with pytest.raises(Refused) as caught:
        press.gate.saw("press-17", "absent", by="ben", spoke_to="Ms Mori", note="She says it is gone.")
    assert "record-says-otherwise" == caught.value.code
    assert State.BOOKED is press.gate.saw("press-17", "scheduled", by="ben", spoke_to="Ms Mori", note="It stands.").state


def test_a_person_may_correct_a_person(press: Press) -> None:
    press.booked()
    blind(press)
    press.gate.saw("press-17", "held", by="ben", spoke_to="Mr Abe", note="On hold, he says.")
    assert State.BOOKED is press.gate.draft("press-17").state
    press.gate.saw("press-17", "absent", by="chie", spoke_to="Ms Mori", note="Gone now.")
    assert State.APPROVED is press.gate.draft("press-17").state


def test_who_is_reminded_of_what_is_to_be_booked_hears_until_when(desk: Press) -> None:
    """Its hour has not come: it is a booking that is missing, and after the last moment at which they could stop it there is none."""
    desk.approved()
    desk.watch()
    (told,) = [alarm for _, alarm in desk.alarms]

    assert ("remind", "wait-desk-book") == (told.code, told.params["what"])
    assert " is approved and not booked yet. It can be booked until Mon 29 June 2026, 09:45 JST: releasegate book " in told.explain("en")
    assert "予約は 2026年6月29日(月)09:45 JST までです: releasegate book press-17" in told.explain("ja")


@pytest.mark.parametrize(
    ("more", "code"),
    [({"spoke_to": " "}, "witness-needs-name"), ({"by": "mailer"}, "robot-signs"), ({"note": ""}, "note-empty")],
)
def test_a_word_without_a_name_is_no_evidence(desk: Press, more: dict[str, str], code: str) -> None:
    desk.booked()

    with pytest.raises(Refused) as caught:
        desk.gate.saw("press-17", **({"state": "absent", "by": "ben", "spoke_to": "Ms Mori", "note": "Gone."} | more))  # type: ignore[arg-type]
    assert code == caught.value.code


def test_only_what_a_record_says_can_be_said(desk: Press) -> None:
    desk.booked()
    with pytest.raises(ContentError, match="is nothing that a record says"):
        desk.gate.saw("press-17", "stopped", by="ben", spoke_to="Ms Mori", note="Stopped.")  # type: ignore[arg-type]


def test_of_what_is_booked_nowhere_there_is_nothing_to_say(desk: Press) -> None:
    desk.approved()
    with pytest.raises(Refused) as caught:
        desk.gate.saw("press-17", "absent", by="ben", spoke_to="Ms Mori", note="Gone.")
    assert "nothing-booked" == caught.value.code


@pytest.mark.parametrize(("outcome", "state", "there"), [("sent", State.SENT, "sent"), ("not_sent", State.APPROVING, "absent")])
def test_an_unknown_booking_can_be_settled_like_any_attempt(press: Press, outcome: Said, state: State, there: str) -> None:
    press.approved()
    press.desk.lose_requests = 1
    blind(press)
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    ((attempt, _),) = press.gate.unsettled("press-17").items()

    assert state is press.gate.settle("press-17", attempt=attempt, outcome=outcome, by="ben", note="Their log.").state
    assert there == stood(press)[0].seen


def test_what_a_person_called_not_sent_and_stands_there_is_stopped(press: Press) -> None:
    press.approved()
    press.desk.lose_replies = 1
    blind(press)
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    ((attempt, _),) = press.gate.unsettled("press-17").items()
    press.gate.settle("press-17", attempt=attempt, outcome="not_sent", by="ben", note="Not in their list.")
    press.desk.blind = 0

    press.until(TEN - timedelta(hours=23))
    assert "absent" == press.desk.records["R1"].real
    assert "drift" in press.codes()


# --- pure


def a_booking(seen: str = "scheduled") -> Booking:
    """One for Monday at ten."""
    return Booking(attempt="a", draft_id="d", digest="g", channel="press", key="k", at=TEN, began=FRIDAY, booking="R1", seen=seen)


def test_a_booking_is_looked_at_before_the_cut_off_and_after_the_hour() -> None:
    moments = looks(TEN, timedelta(minutes=15), timedelta(minutes=10))

    assert {
        TEN - timedelta(hours=24),
        TEN - timedelta(hours=1),
        CUT_OFF - timedelta(minutes=30),
        CUT_OFF - timedelta(minutes=15),
        CUT_OFF,
        TEN + AFTER,
        TEN + timedelta(minutes=11),
    } == set(moments)
    assert sorted(moments) == list(moments)


def test_the_next_look_is_the_next_promised_one_or_soon() -> None:
    rungs = (TEN - timedelta(hours=1), TEN + AFTER)

    assert rungs[0] == next_look(a_booking(), FRIDAY, rungs, urgent=False)
    assert FRIDAY + timedelta(minutes=5) == next_look(a_booking(), FRIDAY, rungs, urgent=True)
    assert rungs[1] == next_look(a_booking(), rungs[1] - MINUTE, rungs, urgent=True)
    assert rungs[1] + timedelta(hours=1) == next_look(a_booking(), rungs[1], rungs, urgent=True)
    assert next_look(a_booking(seen="sent"), FRIDAY, rungs, urgent=False) is None
    assert next_look(a_booking(seen="absent"), rungs[1], rungs, urgent=False) is None
    assert rungs[1] == next_look(a_booking(seen="absent"), rungs[0], rungs, urgent=False)


def test_what_stands_as_it_was_booked_is_no_drift(desk: Press) -> None:
    draft = desk.approved()
    same = Sight(state="scheduled", at=TEN + timedelta(seconds=30), title=draft.title, reach=350)

    assert () == drifts(a_booking(), same, draft, now=FRIDAY)
    assert (Drift.DROPPED,) == drifts(a_booking(), Sight(state="absent"), draft, now=FRIDAY)
    assert () == drifts(a_booking(seen=""), Sight(state="absent"), draft, now=FRIDAY)
    assert (Drift.PAUSED, Drift.BACK) == tuple(
        sorted(drifts(a_booking(seen="absent"), Sight(state="held"), draft, now=FRIDAY), reverse=True)
    )
    assert (Drift.RESUMED,) == drifts(a_booking(seen="held"), Sight(state="scheduled"), draft, now=FRIDAY)
    assert () == drifts(a_booking(), Sight(state="sent"), draft, now=TEN)
    assert (Drift.EARLY,) == drifts(a_booking(), Sight(state="sent"), draft, now=FRIDAY)


def test_without_an_hour_nothing_is_handed_over() -> None:
    with pytest.raises(NotSent):
        booking._hour(SimpleNamespace(at=None))  # type: ignore[arg-type]


def test_what_went_out_while_somebody_looked_stays_out(press: Press) -> None:
    """Of two looks at once the slower one saw it scheduled; the faster one saw it go."""
    press.booked()
    (one,) = stood(press)
    press.until(TEN + timedelta(minutes=2))
    events = press.gate.history("press-17")

    late = Seen(booking=one, sight=Sight(state="scheduled", booking="R1"))
    assert State.SENT is record(press.gate._office, "press-17", [late]).state
    assert events == press.gate.history("press-17")
    assert "sent" == stood(press)[0].seen


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        ("DELETE FROM kin", "cache: 2 texts share a message with another one, and it is not written down"),
        ("DELETE FROM bookings", "cache: the booking of press-17 is gone, or is never looked at again"),
        ("UPDATE bookings SET due = ''", "cache: the booking of press-17 is gone, or is never looked at again"),
    ],
)
def test_verify_sees_a_booking_that_nobody_looks_at_and_a_twin_that_is_forgotten(press: Press, tamper: str, says: str) -> None:
    press.booked()
    press.gate.write("press-18", channel="press", content="The new wing opens.", by="akari", send_at="2026-06-30T10:00")
    assert press.gate.verify().sound

    press.gate._office.store.act(lambda txn: txn.connection.execute(text(tamper)))
    assert (says,) == press.gate.verify().faults


def test_i8_what_is_booked_does_not_wait_in_silence(press: Press) -> None:
    """It is not out after its hour: named people are told."""
    press.booked()
    press.desk.tick = lambda: None  # type: ignore[method-assign]
    press.until(TEN + timedelta(minutes=15))

    assert "not-out" in {alarm.code for _, alarm in press.alarms if alarm.to}


def test_i8_what_is_being_booked_does_not_wait_in_silence(press: Press) -> None:
    """Its worker never comes back: it is unknown, looked for, and people are told."""
    press.approved()
    steps = dispatch(press.gate._office, "press-17", by="mailer", deadline=30, into=State.BOOKING)
    next(steps)
    assert State.BOOKING is press.gate.draft("press-17").state

    press.clock.forward(minutes=2)
    press.desk.blind = 9
    press.watch()
    assert State.UNKNOWN is press.gate.draft("press-17").state
    assert "booking-unknown" in {alarm.code for _, alarm in press.alarms if alarm.to}
    steps.close()


def test_an_old_look_does_not_go_before_a_newer_one(press: Press) -> None:
    """One saw it gone; while it was about to write that down, it was taken up again over there, and another one saw that."""
    press.booked()
    held(press)
    (one,) = stood(press)
    press.desk.restore("R1")
    press.desk.on_stop = "ignore"
    press.until(TEN - timedelta(hours=24))
    assert "scheduled" == stood(press)[0].seen

    record(press.gate._office, "press-17", [Seen(booking=one, sight=Sight(state="absent", booking="R1"))])
    assert "scheduled" == stood(press)[0].seen


def test_whose_signatures_came_back_meanwhile_is_not_stopped(press: Press) -> None:
    """The pass looks, and looks again under the lock."""
    press.booked()

    assert [] == list(stop_booked(press.gate._office, "press-17"))
    assert () == press.gate.draft("press-17").holds


def test_the_fake_takes_a_parcel_as_it_is_and_only_what_is_on_hold_is_forgotten(press: Press) -> None:
    parcel = Parcel(body=b"{}", title="New wing", reach=1, media="application/json")
    press.booked()
    press.desk.shift_change()

    assert [parcel] == list(press.desk.seal(parcel))
    assert "scheduled" == press.desk.look("R1").state


def _begun(press: Press) -> tuple[Steps, Going]:
    """A worker that has passed the fence, and stands still before its first byte; beyond its lease."""
    press.approved()
    steps = dispatch(press.gate._office, "press-17", by="mailer", deadline=32.0, into=State.BOOKING)
    going = next(steps)
    press.clock.forward(minutes=10)
    return steps, going


def test_what_a_sleeper_may_yet_book_is_not_held_and_what_it_books_is_taken_away(press: Press) -> None:
    """It is not found, and every time for it to be found is over: but whoever was to book it lives, and may go on."""
    steps, going = _begun(press)
    assert HoldState.UNKNOWN is held(press).state
    press.clock.forward(minutes=10)
    assert HoldState.UNKNOWN is held(press).state

    receipt = press.desk.book(going.parcel, at=TEN, key=going.key)
    with suppress(StopIteration):
        steps.send(Settlement(delivery=going.delivery, state=DeliveryState.BOOKED, receipt=receipt.id))
    press.watch()

    assert HoldState.HELD is held(press).state
    assert "absent" == press.desk.look(receipt.id).state


def test_what_a_sleeper_may_yet_book_is_not_booked_by_another(press: Press) -> None:
    """Nobody holds it: it stays unknown, and people are told."""
    steps, _ = _begun(press)
    press.watch()

    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")
    assert State.UNKNOWN is press.gate.draft("press-17").state
    assert "booking-unknown" in press.codes()
    steps.close()


def test_of_a_worker_that_is_dead_nothing_comes_any_more(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    boot, process, _, number = name_worker().rsplit("/", 3)
    monkeypatch.setattr(dispatching, "name_worker", lambda: f"{boot}/{process}/0/{number}")
    steps, _ = _begun(press)

    assert HoldState.UNKNOWN is held(press).state, "its last request may still be on its way"
    press.clock.forward(minutes=3)
    assert HoldState.HELD is held(press).state
    steps.close()


def test_i2_what_a_worker_sent_right_before_it_died_is_waited_for(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """It slept for hours behind its fence, woke, sent its request and was killed: it counts from when it was first found dead."""
    boot, process, _, number = name_worker().rsplit("/", 3)
    monkeypatch.setattr(dispatching, "name_worker", lambda: f"{boot}/{process}/0/{number}")
    steps, going = _begun(press)
    press.clock.forward(hours=2)
    press.desk.lag = timedelta(minutes=1)
    press.desk.book(going.parcel, at=TEN, key=going.key)
    press.clock.forward(seconds=1)

    assert HoldState.UNKNOWN is held(press).state
    press.clock.forward(minutes=3)
    press.desk.lag = timedelta(0)
    assert HoldState.HELD is held(press).state
    assert "absent" == press.desk.records["R1"].real
    steps.close()


@pytest.mark.parametrize("named", ["", "R9"])
def test_i2_somebodys_word_does_not_wake_a_sleeper(press: Press, named: str) -> None:
    """They say that it stands there; it is not found, and whoever was to book it may yet do so."""
    steps, going = _begun(press)
    press.desk.look = lambda booking: (  # type: ignore[method-assign]  # a record answers for what it has not
        Distributor.look(press.desk, booking) if booking in press.desk.records else Sight(state="absent")
    )
    press.desk.stop = lambda _: None  # type: ignore[method-assign,assignment]
    press.gate.saw("press-17", "scheduled", by="ben", spoke_to="Ms Mori", note="It is there.", booking=named)
    assert HoldState.PENDING is held(press).state

    press.desk.book(going.parcel, at=TEN, key=going.key)
    press.watch()
    del press.desk.stop
    press.clock.forward(minutes=5)
    press.watch()
    assert "absent" == press.desk.records["R1"].real
    steps.close()


def test_i2_a_request_may_be_on_its_way_for_as_long_as_it_is_given(press: Press) -> None:
    """Where no deadline is declared, that is two minutes, from when it was given up, and then the time in which it would be found."""
    press.approved()
    del press.desk.deadline
    whole = press.desk.book

    def slow(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        press.clock.forward(seconds=110)
        whole(parcel, at=at, key=key)
        raise TimeoutError

    press.desk.book = slow  # type: ignore[method-assign]
    press.desk.lag = timedelta(minutes=3, seconds=50)
    _booked(press)
    press.clock.forward(minutes=3)
    assert HoldState.UNKNOWN is held(press).state
    press.desk.lag = timedelta(0)
    press.clock.forward(minutes=1)
    assert HoldState.HELD is held(press).state
    assert "absent" == press.desk.records["R1"].real
