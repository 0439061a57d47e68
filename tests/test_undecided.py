"""A cancel that is undecided: they were asked to take a booking away, and until somebody knows what they do, no hold of it is lifted."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from releasegate.errors import Blocked, Refused
from releasegate.holding import Stop, hold
from releasegate.model.draft import Draft
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from tests.booking import PRESS, TEN, Press, left, make_press
from tests.building import approved, lifted
from tests.linked import make_house

MINUTE = timedelta(minutes=1)


@pytest.fixture
def press(sqlite_url: str) -> Press:
    """Booked with a desk that does nothing that it is asked."""
    return ignoring(sqlite_url)


def ignoring(store_url: str, rules: str = PRESS) -> Press:
    press = make_press(store_url, rules=rules)
    press.booked()
    press.desk.on_stop = "ignore"
    return press


def held(press: Press) -> HoldAnswer:
    return press.gate.hold("press-17", by="ben", note="Postponed.")


def lift(press: Press, number: int = 1) -> Draft:
    return lifted(press.gate, f"press-17/h{number}", by="chie", note="Monday after all.")


def undecided(call: Callable[[], object]) -> Refused:
    """Its refusal."""
    with pytest.raises(Refused) as caught:
        call()
    assert "cancel-undecided" == caught.value.code
    return caught.value


def passes(press: Press, *minutes: int) -> None:
    """A pass after so many minutes, each time."""
    for each in minutes:
        press.clock.forward(minutes=each)
        press.watch()


def test_r14_while_nobody_knows_whether_they_take_it_away_it_is_not_lifted(press: Press) -> None:
    """Nor when our own look shows that it stands: they may only be slow."""
    held(press)
    refusal = undecided(lambda: lift(press))
    passes(press, 5)

    undecided(lambda: lift(press))
    assert (State.BOOKED, 1) == ((draft := press.gate.draft("press-17")).state, len(draft.holds))
    assert "R1" == refusal.params["booking"]
    assert "asked to take booking R1 with press away" in str(refusal)
    assert "Phone Distributor desk, +81-3-0000-0000." in str(refusal)
    assert 'releasegate saw press-17 scheduled --booking R1 --spoke-to NAME -m "…"' in str(refusal)


def test_r14_it_is_said_in_japanese_too(sqlite_url: str) -> None:
    press = ignoring(sqlite_url, PRESS + '\n[gate]\nlang = "ja"\n')
    held(press)

    assert "先方が取り消すかどうか分かっていません。電話: Distributor desk, +81-3-0000-0000。" in str(undecided(lambda: lift(press)))
    press.desk.pause("R1")
    passes(press, 5)
    assert "先方は「保留」にしただけで" in str(undecided(lambda: lift(press)))


def test_r14_somebody_hears_that_they_leave_it_and_it_goes_out_as_booked(press: Press) -> None:
    """The way out that the refusal names, to its end: on Monday it goes out, and nobody is told of an incident."""
    held(press)
    undecided(lambda: lift(press))
    left(press)
    assert (State.BOOKED, ()) == ((draft := lift(press)).state, draft.holds)

    told = len(press.alarms)
    press.until(TEN + 2 * MINUTE)
    assert State.SENT is press.gate.draft("press-17").state
    assert [] == press.alarms[told:]
    assert [("ben", "Ms Mori")] == [
        (event.actor, event.data["spoke_to"]) for event in press.gate.history("press-17") if "spoke_to" in event.data
    ]


def test_r14_what_they_take_away_in_the_end_is_lifted_and_booked_anew(press: Press) -> None:
    held(press)
    undecided(lambda: lift(press))
    press.desk.on_stop = "cancel"
    passes(press, 5)

    assert (State.APPROVED, ()) == ((draft := lift(press)).state, draft.holds)
    assert State.BOOKED is press.gate.book("press-17", by="mailer").state
    assert ["absent", "scheduled"] == [record.real for record in press.desk.records.values()]


def test_r14_what_was_said_before_a_later_hold_says_nothing_of_it(press: Press) -> None:
    """With each hold they are asked again: none of several is lifted before somebody has heard what they do now."""
    held(press)
    left(press)
    held(press)
    for number in (1, 2):
        undecided(lambda: lift(press, number))  # noqa: B023 - called at once

    left(press)
    lift(press, 1)
    passes(press, 5)
    assert () == lift(press, 2).holds


def test_r14_on_hold_there_is_neither_gone_nor_left(press: Press) -> None:
    """Their pause ends by itself, or by whoever comes next: it has to be taken away."""
    press.desk.on_stop = "pause"
    held(press)
    with pytest.raises(Refused) as caught:
        left(press)
    assert "record-says-otherwise" == caught.value.code
    assert 'have put it "on hold", which is neither gone nor going out' in str(undecided(lambda: lift(press)))

    press.desk.on_stop = "cancel"
    passes(press, 5)
    assert State.APPROVED is lift(press).state


def test_r14_what_was_left_and_is_then_put_on_hold_is_not_lifted(press: Press) -> None:
    held(press)
    left(press)
    press.desk.pause("R1")
    passes(press, 5)

    undecided(lambda: lift(press))


def test_r14_where_no_record_can_be_read_the_last_word_counts(sqlite_url: str) -> None:
    """And whom to phone is the way out itself, where the policy has no card."""
    press = ignoring(sqlite_url, "\n".join(line for line in PRESS.splitlines() if not line.startswith("contact")))
    press.desk.blind = 10**6
    held(press)
    press.gate.saw("press-17", "held", by="ben", spoke_to="Mr Abe", note="On hold, he says.")
    refusal = undecided(lambda: lift(press))
    assert ("held", True) == (refusal.params["variant"], "Phone press:" in str(refusal))

    left(press)
    assert State.BOOKED is lift(press).state


def test_r14_a_hold_for_which_they_were_never_asked_is_lifted(press: Press) -> None:
    """Placed with nothing but the store."""
    answer = hold(press.gate._office.store, "press-17", Stop(by="ben", note="Wait."))
    assert HoldState.PENDING is answer.state

    lift(press)
    passes(press, 5)
    assert ((State.BOOKED, ()), []) == (
        ((draft := press.gate.draft("press-17")).state, draft.holds),
        [name for verb, name in press.desk.asked if verb == "stop"],
    )


def test_r14_lifted_while_the_request_is_on_its_way_what_it_does_is_held_again_and_told(press: Press) -> None:
    """A hold without the channel, passed on by the watch: of two that come at once, whoever lifts is first."""
    hold(press.gate._office.store, "press-17", Stop(by="ben", note="Wait."))

    def stop(booking: str) -> None:
        lift(press)
        press.desk.drop(booking)

    press.desk.stop = stop  # type: ignore[method-assign]
    passes(press, 5)
    draft = press.gate.draft("press-17")
    assert (State.APPROVED, ["gate"]) == (draft.state, [each.by for each in draft.holds])
    assert ["drift"] == press.codes()


def test_r14_nobody_lifts_what_was_withdrawn(press: Press) -> None:
    press.gate.withdraw("press-17", by="akari", note="Not at all.")

    with pytest.raises(Refused) as caught:
        lift(press)
    assert "hold-final" == caught.value.code


def lost(press: Press) -> None:
    """It was booked, and the answer was lost."""
    press.approved()
    press.desk.lose_replies, press.desk.blind = 1, 2
    with pytest.raises(Blocked):
        press.gate.book("press-17", by="mailer")


def test_r14_without_their_id_nobody_could_be_asked(sqlite_url: str) -> None:
    """The outcome stays unknown, held or not."""
    press = make_press(sqlite_url)
    lost(press)
    press.desk.blind = 10**6
    assert HoldState.UNKNOWN is held(press).state

    assert (State.UNKNOWN, ()) == ((draft := lift(press)).state, draft.holds)


def test_r14_what_was_found_and_asked_for_is_known_by_its_id_even_if_they_then_fall_silent(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    press = make_press(sqlite_url)
    lost(press)
    press.desk.blind = 0
    monkeypatch.setattr(press.desk, "stop", lambda _: setattr(press.desk, "blind", 10**6))
    assert HoldState.UNKNOWN is held(press).state

    assert "R1" == undecided(lambda: lift(press)).params["booking"]


def test_r14_of_a_release_each_way_out_is_lifted_by_itself(sqlite_url: str) -> None:
    """The article stands on the own site: nobody was asked for that."""
    house = make_house(sqlite_url)
    house.wing()
    house.desk.on_stop = "ignore"
    house.gate.hold("wing", by="ben", note="Postponed.")

    assert () == lifted(house.gate, "wing-site/h1", by="chie", note="The article may go.").holds
    undecided(lambda: lifted(house.gate, "wing/h1", by="chie", note="Monday after all."))


def test_r14_of_two_that_stand_each_is_decided_by_its_own_id(press: Press) -> None:
    """An earlier text that is back beside the booked one: a word about the one says nothing of the other."""
    press.desk.on_stop = "cancel"
    held(press)
    approved(press.gate, "press-17", "The wing opens later.", channel="press", send_at="2026-07-06T10:00")
    lift(press)
    press.clock.forward(minutes=1)
    press.gate.book("press-17", by="mailer")
    press.desk.on_stop = "ignore"
    press.desk.restore("R1")
    press.gate.look("press-17")
    assert ["gate"] == [each.by for each in press.gate.draft("press-17").holds]

    left(press, "R2")
    assert "R1" == undecided(lambda: lift(press, 2)).params["booking"]
    left(press, "R1")
    assert State.BOOKED is lift(press, 2).state
