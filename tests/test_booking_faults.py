"""What goes wrong with a distributor, row by row: its word, its record, its staff, its keys, its rights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from releasegate import holding
from releasegate.channels import seal_json
from releasegate.errors import Blocked, HoldNotPlaced
from releasegate.holding import Stop
from releasegate.model.booking import Booking, Limits
from releasegate.model.parcel import Parcel, Receipt, Sight
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.store import bookings
from releasegate.store.store import Txn
from tests.booking import CUT_OFF, FRIDAY, TEN, Press, make_press
from tests.building import lifted

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
    press.desk.look = lambda name: Sight(state=press.desk.records[name].real, booking=name, reach=35_000)  # type: ignore[method-assign,arg-type]

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
def test_r14_lifted_while_they_were_at_it_what_they_did_is_seen_and_nothing_goes_on_by_itself(press: Press, then: str, state: State) -> None:
    """The lift comes before their answer: what it then is, it is held again, and people are told."""
    press.booked()
    press.desk.on_stop = "ignore"
    press.gate.hold("press-17", by="ben", note="Postponed.")
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
    whole = holding.place

    def breaks(txn: Txn, draft_id: str, stop: Stop) -> HoldAnswer:
        if draft_id == "press-18":
            raise RuntimeError
        return whole(txn, draft_id, stop)

    monkeypatch.setattr(holding, "place", breaks)
    with pytest.raises(HoldNotPlaced):
        press.gate.hold_channel("press", by="ben", note="Stop all.")
    assert ((), ()) == (press.gate.draft("press-17").holds, press.gate.draft("press-18").holds)


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
    assert State.BOOKED is press.booked().state
    leap(press, TEN - MINUTE)
    assert (State.BOOKED, 0) == (press.gate.draft("press-17").state, press.gate.draft("press-17").tally.sent)

    mailer.work(TEN)
    leap(press, TEN, TEN + 2 * MINUTE)
    assert State.SENT is press.gate.draft("press-17").state


def test_f139_a_queue_that_nobody_works_off_is_told(press: Press) -> None:
    press.gate._office.channels = {"press": Queueing()}
    press.booked()

    leap(press, TEN, TEN + 2 * MINUTE, TEN + 15 * MINUTE)
    assert "not-out" in [alarm.code for _, alarm in press.alarms if alarm.to]
