"""What goes wrong with a distributor, row by row: its word, its record, its staff, its keys, its rights."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from releasegate import dispatch as dispatching
from releasegate import holding
from releasegate.channels import seal_json
from releasegate.dispatch import dispatch
from releasegate.errors import Blocked, HoldNotPlaced
from releasegate.holding import Stop
from releasegate.model.booking import Booking
from releasegate.model.limits import Limits
from releasegate.model.parcel import Parcel, Receipt, Sight
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.store import bookings
from releasegate.store.store import Txn
from releasegate.testing import Distributor
from releasegate.testing.distributor import OnStop
from releasegate.workers import name_worker
from tests.booking import CUT_OFF, FRIDAY, TEN, Press, left, make_press
from tests.building import Between, Outbox, lifted

MINUTE = timedelta(minutes=1)
RUNGS = (TEN - timedelta(hours=24), TEN - timedelta(hours=1), CUT_OFF - 30 * MINUTE, CUT_OFF - 15 * MINUTE, CUT_OFF)
"""When people must hear that it still stands: the last but one with a quarter of an hour to phone."""


@pytest.fixture
def press(sqlite_url: str) -> Press:
    """What does not ask anything of the database."""
    return make_press(sqlite_url)


def stood(press: Press, draft_id: str = "press-17") -> tuple[Booking, ...]:
    """The bookings as the store has them."""
    return press.gate._office.store.look(lambda txn: bookings.of_draft(txn, draft_id))


def asked(press: Press, verb: str) -> list[str]:
    """What they were asked by this verb, in order."""
    return [name for each, name in press.desk.asked if each == verb]


def leap(press: Press, *moments: datetime) -> None:
    """A pass at each of these moments, and none between."""
    for moment in moments:
        press.clock.at = moment
        press.watch()


def shut(press: Press) -> set[str]:
    """Why it is not booked now."""
    with pytest.raises(Blocked) as caught:
        press.gate.book("press-17", by="mailer")
    return set(caught.value.decision.blocked_by)  # type: ignore[attr-defined]  # a Decision


# --- their word, and their record


def test_f044_shown_as_gone_and_sent_all_the_same_is_an_incident_with_its_evidence(press: Press) -> None:
    """They answered 200 to the cancellation, their record says so too, and it goes out."""
    press.booked()
    press.desk.on_stop = "lie"
    assert HoldState.HELD is press.gate.hold("press-17", by="ben", note="Postponed.").state

    leap(press, TEN, TEN + 2 * MINUTE)
    ((_, alarm),) = [each for each in press.alarms if each[1].code == "went-out"]
    assert ("ben", "akari", "chie") == alarm.to
    assert alarm.explain().startswith("INCIDENT: press-17 went out by press (booking R1) although it was to be stopped.")
    (evidence,) = [event for event in press.gate.history("press-17") if event.kind == "went_out"]
    assert {"R1": "sent"} == evidence.data["seen"]
    assert 350 == press.gate.draft("press-17").tally.sent
    assert press.gate.verify().sound


def test_f045_a_yes_to_the_asking_is_no_stop_while_it_is_still_scheduled(press: Press) -> None:
    """It is asked again, and people are told to phone, in time before the cut-off."""
    press.booked()
    press.desk.on_stop = "ignore"
    answer = press.gate.hold("press-17", by="ben", note="Postponed.")
    assert (HoldState.PENDING, False, "scheduled") == (answer.state, bool(answer), answer.contact["seen"])

    leap(press, *RUNGS)
    assert [FRIDAY, *RUNGS] == [at for at, alarm in press.alarms if alarm.code == "still-booked" and alarm.to]
    assert 1 + len(RUNGS) == len(asked(press, "stop"))
    assert State.BOOKED is press.gate.draft("press-17").state


def test_f047_when_their_hold_is_over_by_itself_is_said_and_people_are_told_before(sqlite_url: str) -> None:
    """It lives two days there; on Sunday at noon it goes on."""
    press = make_press(sqlite_url, limits=Limits(pause=timedelta(days=2)))
    press.booked()
    press.desk.on_stop = "pause"
    answer = press.gate.hold("press-17", by="ben", note="Postponed.")
    assert '  Their "on hold" is over by itself Sun 28 June 2026, 12:00 JST.' in str(answer).splitlines()
    assert "先方の「保留」は 2026年6月28日(日)12:00 JST に自動で解除されます" in answer.explain("ja")

    ends = FRIDAY + timedelta(days=2)
    leap(press, ends - timedelta(hours=1), ends - 15 * MINUTE, ends - 10 * MINUTE)
    told = [(at, alarm) for at, alarm in press.alarms if alarm.params.get("variant") == "pause"]
    assert [ends - 15 * MINUTE] == [at for at, _ in told]
    assert 'and "on hold" with press is over by itself Sun 28 June 2026, 12:00 JST: booking R1 then goes on' in told[0][1].explain()
    assert "に自動で解除され、配信に進みます" in told[0][1].explain("ja")

    press.desk.on_stop = "cancel"
    press.desk.shift_change()
    leap(press, ends)
    assert ("absent", State.APPROVED) == (press.desk.records["R1"].real, press.gate.draft("press-17").state)
    assert "drift" in press.codes()


def test_f047_a_hold_that_they_end_and_take_up_again_lives_as_long_as_the_second(sqlite_url: str) -> None:
    press = make_press(sqlite_url, limits=Limits(pause=timedelta(days=2)))
    press.booked()
    press.desk.on_stop = "pause"
    press.gate.hold("press-17", by="ben", note="Postponed.")
    press.desk.on_stop = "ignore"
    press.desk.restore("R1")
    press.desk.deadline = 0.5
    leap(press, FRIDAY + timedelta(hours=1))
    press.desk.pause("R1")
    leap(press, FRIDAY + timedelta(hours=2))
    press.desk.blind = 2
    leap(press, FRIDAY + timedelta(hours=3))

    answer = press.gate.hold("press-17", by="ben", note="Once more.")
    assert (FRIDAY + timedelta(days=2, hours=2)).isoformat() == answer.contact["pause"]


def test_f050_what_was_stopped_and_goes_on_again_over_there_is_stopped_again_and_counted(press: Press) -> None:
    """Another user of theirs, or their support, takes it up again."""
    press.booked()
    assert press.gate.hold("press-17", by="ben", note="Postponed.")
    press.desk.restore("R1")

    leap(press, RUNGS[0])
    assert (["R1", "R1"], "absent") == (asked(press, "stop"), press.desk.records["R1"].real)
    assert 1 == press.codes().count("drift")
    assert [["back"]] == [event.data["drift"] for event in press.gate.history("press-17") if "drift" in event.data]
    assert press.gate.hold("press-17", by="ben", note="Once more.")


def test_t12_what_they_took_otherwise_than_it_was_approved_is_taken_away_at_once(press: Press) -> None:
    """The title is read back right after the booking, not a day before the hour."""
    press.approved()
    whole = press.desk.book

    def other(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        receipt = whole(parcel, at=at, key=key)
        press.desk.change(receipt.id, title="Old wing")
        return receipt

    press.desk.book = other  # type: ignore[method-assign]
    assert {"hold-active"} == shut(press)
    assert ({"drift"}, "absent") == (set(press.codes()), press.desk.records["R1"].real)


def test_t12_they_count_others_than_were_approved(press: Press) -> None:
    press.approved()
    whole = press.desk.look
    press.desk.look = lambda booking: Sight(**whole(booking).model_dump() | {"reach": 35_000})  # type: ignore[method-assign]

    assert {"hold-active"} == shut(press)
    assert "absent" == press.desk.records["R1"].real


# --- hold, lift, and going on


def test_r14_a_lift_calls_no_channel_and_going_on_is_a_new_booking(press: Press) -> None:
    press.booked()
    assert press.gate.hold("press-17", by="ben", note="Postponed.")
    before = list(press.desk.asked)

    lifted(press.gate, "press-17/h1", by="chie", note="Monday after all.")
    assert before == press.desk.asked
    leap(press, TEN, TEN + 2 * MINUTE, TEN + 15 * MINUTE)
    assert ([], State.MISSED) == (press.desk.out, press.gate.draft("press-17").state)


@pytest.mark.parametrize(("then", "state"), [("cancel", State.APPROVED), ("pause", State.BOOKED)])
def test_r14_lifted_while_they_were_at_it_what_they_did_is_seen_and_nothing_goes_on_by_itself(
    press: Press, then: str, state: State
) -> None:
    """They said that they leave it: what it then is, it is held again, and people are told."""
    press.booked()
    press.desk.on_stop = "ignore"
    press.gate.hold("press-17", by="ben", note="Postponed.")
    left(press)
    lifted(press.gate, "press-17/h1", by="chie", note="Monday after all.")
    press.clock.forward(minutes=10)
    (press.desk.drop if then == "cancel" else press.desk.pause)("R1")

    leap(press, RUNGS[0])
    draft = press.gate.draft("press-17")
    assert (state, ["gate"]) == (draft.state, [hold.by for hold in draft.holds])
    assert "drift" in press.codes()


def test_r21_all_of_a_way_out_is_held_at_once_and_each_has_its_answer(press: Press) -> None:
    """A draft has one way out: one state, one answer."""
    press.booked()
    press.approved("press-18", "The old wing closes.")
    press.gate.book("press-18", by="mailer")
    press.desk.records["R2"].at = press.clock.at - MINUTE
    press.desk.tick()

    answers = press.gate.hold_channel("press", by="ben", note="Stop all.")
    assert {"press-17": HoldState.HELD, "press-18": HoldState.TOO_LATE} == {each.draft_id: each.state for each in answers}


def test_r21_either_all_of_a_way_out_is_held_or_nothing_is_called_held(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.booked()
    press.approved("press-18", "The old wing closes.")
    whole = holding._one

    def breaks(txn: Txn, draft_id: str, stop: Stop) -> HoldAnswer:
        if draft_id == "press-18":
            raise RuntimeError
        return whole(txn, draft_id, stop)

    monkeypatch.setattr(holding, "_one", breaks)
    with pytest.raises(HoldNotPlaced):
        press.gate.hold_channel("press", by="ben", note="Stop all.")
    assert ((), ()) == (press.gate.draft("press-17").holds, press.gate.draft("press-18").holds)


# --- answers that are none


def lost(press: Press) -> None:
    """It was booked, and the answer was lost; its time to be found is over."""
    press.approved()
    press.desk.lose_replies = press.desk.blind = 1
    shut(press)
    press.clock.forward(minutes=10)


@pytest.mark.parametrize(
    "answer",
    [lambda found: found[0], lambda _: False, lambda _: {}, lambda _: {"error": 503}, lambda _: "", lambda _: "<html>", lambda _: [None]],
    ids=["one", "no", "nothing", "error", "empty", "page", "odd"],
)
def test_i2_what_is_no_list_of_what_they_found_is_no_answer(press: Press, answer: Callable[[list[Sight]], object]) -> None:
    """Nothing is known then: it is not taken for "not there"."""
    lost(press)
    whole = press.desk.find
    press.desk.find = lambda key: answer(whole(key))  # type: ignore[method-assign,assignment,return-value]  # whatever a client answers

    assert HoldState.UNKNOWN is press.gate.hold("press-17", by="ben", note="Postponed.").state
    press.desk.find = lambda key: tuple(whole(key))  # type: ignore[method-assign,assignment,return-value]
    press.clock.forward(minutes=5)
    press.watch()
    assert "absent" == press.desk.records["R1"].real


def silent(_key: str) -> list[Sight]:
    """Their search is down."""
    raise TimeoutError


def test_i2_where_the_search_gives_no_answer_another_may_stand_there(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two was taken away, and nobody can say whether it was the only one."""
    press.desk.twice = 1
    monkeypatch.setattr(press.desk, "find", silent)
    press.booked()

    assert HoldState.PENDING is press.gate.hold("press-17", by="ben", note="Postponed.").state
    assert ["still-booked"] == press.codes()
    monkeypatch.undo()
    leap(press, press.clock.at + 5 * MINUTE)
    assert {"absent"} == {record.real for record in press.desk.records.values()}
    assert State.APPROVED is press.gate.draft("press-17").state


def test_i1_a_search_that_gave_no_answer_is_soon_tried_again(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """Booked twice, and nobody could see it at first."""
    press.desk.twice = 1
    monkeypatch.setattr(press.desk, "find", silent)
    press.booked()

    monkeypatch.undo()
    leap(press, press.clock.at + 5 * MINUTE)
    assert [["twice"]] == [event.data["drift"] for event in press.gate.history("press-17") if "drift" in event.data]
    leap(press, press.clock.at + 5 * MINUTE)
    assert {"absent"} == {record.real for record in press.desk.records.values()}


@pytest.mark.parametrize("state", ["absent", "sent"])
def test_i2_what_they_say_of_another_booking_says_nothing_of_this_one(press: Press, state: str) -> None:
    press.booked()
    press.desk.on_stop = "ignore"
    press.desk.look = lambda booking: Sight.model_validate({"state": state, "booking": "R999"})  # type: ignore[method-assign]
    press.desk.find = lambda key: []  # type: ignore[method-assign]  # it is slow

    assert HoldState.PENDING is press.gate.hold("press-17", by="ben", note="Postponed.").state
    assert "scheduled" == stood(press)[0].seen
    assert ["R1"] == asked(press, "stop")


def test_i2_what_their_search_still_has_is_not_gone(press: Press) -> None:
    """Of two answers that differ, the one counts by which it may go out."""
    press.booked()
    press.desk.on_stop = "ignore"
    press.desk.look = lambda booking: Sight(state="absent")  # type: ignore[method-assign]

    assert HoldState.PENDING is press.gate.hold("press-17", by="ben", note="Postponed.").state


def test_a_search_that_comes_by_and_by_holds_nobody_up(press: Press) -> None:
    press.booked()
    press.desk.deadline = 0.05
    stuck, late, whole = threading.Event(), list[str](), press.desk.find

    def slowly(key: str) -> Iterator[Sight]:
        stuck.wait(5)
        late.append(key)
        yield from whole(key)

    press.desk.find = slowly  # type: ignore[method-assign,assignment]
    answer = press.gate.hold("press-17", by="ben", note="Postponed.")
    assert (HoldState.PENDING, []) == (answer.state, late)
    stuck.set()
    leap(press, press.clock.at + 5 * MINUTE)
    assert State.APPROVED is press.gate.draft("press-17").state


# --- whoever watches


def test_r18_who_cannot_look_at_this_channel_does_not_watch_it(press: Press) -> None:
    """A process without the distributor's client makes its passes, and sees nothing of what stands there."""
    press.approved()
    office, with_it = press.gate._office, press.gate._office.channels
    press.clock.forward(minutes=5)
    office.channels = {"Press": press.desk, "press ": press.desk, "news": Outbox()}
    press.gate.watch(by="mailer")
    office.channels = with_it

    assert press.gate.watched()
    assert {"watch-absent"} == shut(press)
    with pytest.raises(Blocked, match="Nobody has watched the bookings with press in the last five minutes"):
        press.gate.book("press-17", by="mailer")
    press.gate.watch(by="mailer")
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state


@pytest.mark.parametrize("says", ["cancel", "pause"])
def test_r18_a_hold_on_a_booking_that_nobody_watches_says_so(press: Press, says: OnStop) -> None:
    """Certain now, and nobody would see it come back."""
    press.booked()
    press.desk.on_stop = says
    press.clock.forward(minutes=5)

    alone = press.gate.hold("press-17", by="ben", note="Postponed.")
    press.watch()
    watched = press.gate.hold("press-17", by="ben", note="Once more.")
    assert (says == "cancel") is bool(alone)
    assert "Nobody watches the bookings there" in str(alone)
    assert "見張る処理が動いていません" in alone.explain("ja")
    assert "Nobody watches" not in str(watched)


# --- another account


class Sandbox(Distributor):
    """What it does not have is not there: 404."""

    def look(self, booking: str) -> Sight:
        return super().look(booking) if booking in self.records else Sight(state="absent")


def by_another_account(press: Press) -> Sandbox:
    """From here on this process has other credentials."""
    other = Sandbox(press.clock, identity="distributor:sandbox")
    press.gate._office.channels = {"press": other}
    return other


def test_i2_another_account_neither_looks_nor_asks(press: Press) -> None:
    """Its record says nothing of what was booked by the other one: nothing is known, and whoever is to be phoned is named."""
    press.booked()
    live, other = press.gate._office.channels, by_another_account(press)
    answer = press.gate.hold("press-17", by="ben", note="Postponed.")
    assert (HoldState.PENDING, "R1", []) == (answer.state, answer.contact["booking"], other.asked)

    press.gate._office.channels = live
    press.watch()
    assert State.APPROVED is press.gate.draft("press-17").state
    assert "absent" == press.desk.records["R1"].real


def test_i1_another_accounts_watch_drops_nothing(press: Press) -> None:
    press.booked()
    by_another_account(press)
    leap(press, TEN - timedelta(hours=24))

    assert (State.BOOKED, ()) == (press.gate.draft("press-17").state, press.gate.draft("press-17").holds)
    assert "scheduled" == stood(press)[0].seen


def test_i2_each_text_is_looked_for_by_the_account_that_booked_it(press: Press) -> None:
    """Booked, taken away, and booked by a new account: what the old one may bring back, the new one cannot see."""
    press.booked()
    held = press.gate.hold("press-17", by="ben", note="The account changes.")
    lifted(press.gate, held.hold, by="dai", note="Now by the new one.")
    live, other = press.gate._office.channels, by_another_account(press)
    leap(press, press.clock.at + MINUTE)
    press.booked()
    press.desk.restore("R1")
    leap(press, TEN - timedelta(hours=24))
    assert ["absent", "scheduled"] == [each.seen for each in stood(press)]
    assert State.BOOKED is press.gate.draft("press-17").state

    press.gate._office.channels = live
    press.watch()
    assert "absent" == press.desk.records["R1"].real, "it came back, so it is held, and taken away"
    assert "scheduled" == other.records["R1"].real


def test_r18_who_looks_by_another_account_does_not_watch_it(press: Press) -> None:
    press.approved()
    live = press.gate._office.channels
    by_another_account(press)
    press.clock.forward(minutes=5)
    press.watch()
    press.gate._office.channels = live

    assert {"watch-absent"} == shut(press)
    press.watch()
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state
    press.clock.forward(minutes=5)
    by_another_account(press)
    press.watch()
    assert press.gate.hold("press-17", by="ben", note="Postponed.").unwatched


# --- keys, and requests that are still under way


def under_way(press: Press, monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], object]) -> None:
    """A request that arrives when its worker is long dead; what happens before it does."""
    boot, process, _, number = name_worker().rsplit("/", 3)
    monkeypatch.setattr(dispatching, "name_worker", lambda: f"{boot}/{process}/0/{number}")
    whole, sent = press.desk.book, list[str]()

    def book(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        if not sent:
            sent.append(key)
            monkeypatch.setattr(dispatching, "name_worker", name_worker)
            leap(press, press.clock.at + 15 * MINUTE, press.clock.at + 20 * MINUTE)
            meanwhile()
        return whole(parcel, at=at, key=key)

    press.desk.book = book  # type: ignore[method-assign]


def test_f042_r17_a_request_that_arrives_late_books_nothing_a_second_time(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their record had nothing of it, somebody else booked, and then it came: one key, one booking, while they keep the key."""
    press.approved()
    under_way(press, monkeypatch, lambda: press.gate.book("press-17", by="mailer"))
    with suppress(Blocked):
        press.gate.book("press-17", by="mailer")

    assert ["R1"] == list(press.desk.records)
    assert 2 == len(asked(press, "book"))
    assert 1 == len({each.key for each in stood(press)})
    leap(press, press.clock.at + 5 * MINUTE)
    assert "absent" == press.desk.records["R1"].real, "a late answer is a hold, and the hold takes it away"
    assert ["gate"] == [hold.by for hold in press.gate.draft("press-17").holds]
    assert press.gate.verify().sound


def test_r17_what_arrives_late_after_another_was_refused_is_found_and_taken_away(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else had booked, and nobody is left who could say so."""
    press.approved()
    boot, process, _, number = name_worker().rsplit("/", 3)
    monkeypatch.setattr(dispatching, "name_worker", lambda: f"{boot}/{process}/0/{number}")
    steps = dispatch(press.gate._office, "press-17", by="mailer", deadline=30, into=State.BOOKING)
    going = next(steps)
    monkeypatch.setattr(dispatching, "name_worker", name_worker)
    leap(press, FRIDAY + 15 * MINUTE, FRIDAY + 20 * MINUTE)
    press.desk.refuse = 1
    assert {"not-booked"} == shut(press)

    press.desk.book(going.parcel, at=TEN, key=going.key)
    leap(press, TEN - timedelta(hours=24))
    assert {"R1": "absent"} == {name: record.real for name, record in press.desk.records.items()}
    assert (["gate"], True) == ([hold.by for hold in press.gate.draft("press-17").holds], "drift" in press.codes())
    steps.close()


def test_f042_a_key_that_they_no_longer_keep_is_not_leaned_on(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another booking then: found under its own reference, and everything of both is taken away."""
    press = make_press(sqlite_url, limits=Limits(key_life=10 * MINUTE, settling=2 * MINUTE))
    press.approved()
    under_way(press, monkeypatch, lambda: press.gate.book("press-17", by="mailer"))
    with suppress(Blocked):
        press.gate.book("press-17", by="mailer")

    assert ["R1", "R2"] == list(press.desk.records)
    assert 2 == len({each.key for each in stood(press)})
    leap(press, press.clock.at + 5 * MINUTE)
    assert {"absent"} == {record.real for record in press.desk.records.values()}
    assert ["gate"] == [hold.by for hold in press.gate.draft("press-17").holds]


def test_f042_a_key_is_no_reason_to_book_again_what_nobody_knows(sqlite_url: str) -> None:
    """However long they keep it: where not found proves nothing, a person decides."""
    press = make_press(sqlite_url, limits=Limits(key_life=timedelta(days=30)))
    press.approved()
    press.desk.lose_requests = 1
    assert {"outcome-unknown"} == shut(press)

    leap(press, FRIDAY + timedelta(hours=1), FRIDAY + timedelta(hours=20))
    assert {"outcome-unknown"} == shut(press)
    assert 1 == len(asked(press, "book"))


# --- rights


@pytest.mark.parametrize("says", [False, None, "yes"])
def test_f060_what_the_credentials_may_not_take_away_is_not_booked(press: Press, says: object) -> None:
    """The token still books; whether it may cancel is asked first, and only a yes is one."""
    press.approved()
    press.desk.may_stop = says  # type: ignore[assignment]  # whatever a client answers

    assert {"cannot-cancel"} == shut(press)
    assert [] == asked(press, "book")
    press.desk.may_stop = True
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state


def test_f060_where_the_right_was_lost_since_it_is_still_booked_and_named(press: Press) -> None:
    """To be asked is no condition of what stands there: book again gives the same booking."""
    press.booked()
    press.desk.may_stop = False

    assert State.BOOKED is press.gate.book("press-17", by="mailer").state
    assert ["R1"] == list(press.desk.records)


def test_f060_no_answer_is_no_yes(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    press.approved()

    def revoked() -> bool:
        raise PermissionError

    monkeypatch.setattr(press.desk, "can_stop", revoked)
    with pytest.raises(Blocked, match="does not say that it would take a booking away") as caught:
        press.gate.book("press-17", by="mailer")
    assert "今の権限で取り消せることを確認できない" in caught.value.decision.explain("ja")


# --- accepted is not sent


@dataclass
class Queueing:
    """A mailer that puts every message into a queue of its own and returns at once, wrapped as what it is: a clock of somebody else's."""

    identity: str = "queue:news"
    limits: Limits = field(default_factory=Limits)
    queue: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def seal(self, content: object) -> Iterator[Parcel]:
        yield from seal_json({"text": str(content)}, reach=350, title="New wing")

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        self.queue[key] = (at, "scheduled")
        return Receipt(key)

    def stop(self, booking: str) -> None:
        del self.queue[booking]

    def look(self, booking: str) -> Sight:
        return Sight.model_validate({"state": self.queue.get(booking, (None, "absent"))[1], "booking": booking})

    def work(self, now: datetime) -> None:
        """Its worker sends what is due."""
        self.queue = {key: (at, "sent" if now >= at else state) for key, (at, state) in self.queue.items()}


def test_f139_what_a_mailer_has_only_queued_is_booked_and_not_sent(press: Press) -> None:
    mailer = Queueing()
    press.gate._office.channels = {"press": mailer}
    press.watch()
    assert State.BOOKED is press.booked().state
    leap(press, TEN - MINUTE)
    assert (State.BOOKED, 0) == (press.gate.draft("press-17").state, press.gate.draft("press-17").tally.sent)

    mailer.work(TEN)
    leap(press, TEN, TEN + 2 * MINUTE)
    assert State.SENT is press.gate.draft("press-17").state


def test_f139_a_queue_that_nobody_works_off_is_told(press: Press) -> None:
    press.gate._office.channels = {"press": Queueing()}
    press.watch()
    press.booked()

    leap(press, TEN, TEN + 2 * MINUTE, TEN + 15 * MINUTE)
    assert "not-out" in [alarm.code for _, alarm in press.alarms if alarm.to]


@pytest.mark.parametrize("act", [2, 3], ids=["before it was claimed", "after it was told"])
def test_f001_i8_killed_after_a_look_the_alarm_that_it_raised_is_told_all_the_same(sqlite_url: str, act: int) -> None:
    """Held, and out all the same: the step stands in the log, and people hear of it from whoever watches next."""
    press = make_press(sqlite_url)
    press.booked()
    press.desk.on_stop = "lie"
    press.gate.hold("press-17", by="dai", note="Stop.")
    press.clock.at = TEN + timedelta(minutes=2)
    press.desk.tick()
    office, store = press.gate._office, press.gate._office.store

    def die() -> None:
        raise KeyboardInterrupt

    office.store = Between(store, act, die)  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        press.gate.look("press-17")
    office.store = store
    assert act - 2 == [alarm.code for _, alarm in press.alarms].count("went-out")

    press.watch()
    press.clock.forward(minutes=6)
    press.watch()
    assert act - 1 == [alarm.code for _, alarm in press.alarms].count("went-out")
