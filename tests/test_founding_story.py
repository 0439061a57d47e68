"""The founding story in its variants: on Friday somebody says stop; on Monday at ten it must not have gone out, or people knew in time.

Each ends in HELD, in TOO_LATE, or with an alarm to named people at least 15 minutes before the last moment at which it can be stopped.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from releasegate.errors import Blocked
from releasegate.holding import Stop, hold
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from tests.booking import CUT_OFF, FRIDAY, TEN, Press, make_press
from tests.linked import make_house

MINUTE = timedelta(minutes=1)
ENDS = {State.APPROVED, State.SENT, State.STOPPED, State.WITHDRAWN, State.UNKNOWN, State.MISSED}
IN_TIME = CUT_OFF - timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What the other side does: `friday` before the hold, `weekend` between, and how it is to end."""

    booking: Callable[[Press], object] = lambda _: None
    friday: Callable[[Press], object] = lambda _: None
    weekend: Callable[[Press], object] = lambda _: None
    monday: Callable[[Press], object] = lambda _: None
    answer: HoldState
    out: int
    alarms: frozenset[str] = field(default_factory=frozenset)
    afterwards: str = "went-out"
    bare: bool = False
    silent: bool = False  # over before anybody had to be told


def mode(word: str) -> Callable[[Press], object]:
    """What asking to stop does there."""
    return lambda press: setattr(press.desk, "on_stop", word)


def with_lag(minutes: int) -> Callable[[Press], object]:
    """Their screens show what stood so long ago."""
    return lambda press: setattr(press.desk, "lag", timedelta(minutes=minutes))


def both(*some: Callable[[Press], object]) -> Callable[[Press], object]:
    """One after another."""

    def all_of(press: Press) -> None:
        for each in some:
            each(press)

    return all_of


STORIES = {
    "the booking is taken away": Story(answer=HoldState.HELD, out=0),
    "on hold, and the next shift knows nothing of it": Story(
        friday=mode("pause"),
        weekend=lambda press: press.desk.shift_change(),
        answer=HoldState.PENDING,
        out=0,
        alarms=frozenset({"still-booked"}),
    ),
    "on hold, and the shift changes right before the hour": Story(
        friday=mode("pause"),
        monday=both(mode("ignore"), lambda press: press.desk.shift_change()),
        answer=HoldState.PENDING,
        out=1,
        alarms=frozenset({"still-booked", "drift"}),
    ),
    "the message is lost": Story(friday=mode("ignore"), answer=HoldState.PENDING, out=1, alarms=frozenset({"still-booked"})),
    "they answer nothing at all": Story(
        friday=both(mode("ignore"), lambda press: setattr(press.desk, "blind", 10**6)),
        answer=HoldState.PENDING,
        out=1,
        alarms=frozenset({"still-booked"}),
        afterwards="booking-unknown",
    ),
    "they answer late, and then do it": Story(
        friday=lambda press: setattr(press.desk, "blind", 4), answer=HoldState.PENDING, out=0, alarms=frozenset({"still-booked"})
    ),
    "the look-up lags behind": Story(friday=with_lag(10), answer=HoldState.PENDING, out=0, alarms=frozenset({"still-booked"})),
    "taken away, and taken up again by somebody there": Story(
        weekend=lambda press: press.desk.restore("R1"), answer=HoldState.HELD, out=0, alarms=frozenset({"drift"})
    ),
    "taken away, taken up again, and not to be stopped any more": Story(
        weekend=both(lambda press: press.desk.restore("R1"), mode("ignore")),
        answer=HoldState.HELD,
        out=1,
        alarms=frozenset({"drift", "still-booked"}),
    ),
    "on hold, and resumed by somebody there": Story(
        friday=mode("pause"),
        weekend=both(lambda press: press.desk.restore("R1"), mode("cancel")),
        answer=HoldState.PENDING,
        out=0,
        alarms=frozenset({"still-booked"}),
    ),
    "booked twice by one request": Story(
        friday=lambda press: press.desk._new(press.desk.records["R1"].parcel, TEN, press.desk.records["R1"].key),
        answer=HoldState.HELD,
        out=0,
    ),
    "booked twice, and only the first is taken away": Story(
        friday=both(
            lambda press: press.desk._new(press.desk.records["R1"].parcel, TEN, press.desk.records["R1"].key),
            lambda press: setattr(press.desk, "stop", lambda name: press.desk._set(press.desk.records["R1"], "absent", "absent")),
        ),
        answer=HoldState.PENDING,
        out=1,
        alarms=frozenset({"still-booked"}),
    ),
    "moved to another hour by them, and then stopped": Story(
        friday=lambda press: press.desk.change("R1", at=TEN + timedelta(hours=2)), answer=HoldState.HELD, out=0
    ),
    "taken away by them before anybody asked": Story(friday=lambda press: press.desk.drop("R1"), answer=HoldState.HELD, out=0),
    "a liar: shown as gone, and sent all the same": Story(friday=mode("lie"), answer=HoldState.HELD, out=1),
    "the answer to the booking was lost": Story(booking=lambda press: setattr(press.desk, "lose_replies", 1), answer=HoldState.HELD, out=0),
    "the answer to the booking was lost, and is found later": Story(
        booking=both(lambda press: setattr(press.desk, "lose_replies", 1), lambda press: setattr(press.desk, "blind", 9)),
        friday=lambda press: setattr(press.desk, "blind", 9),
        answer=HoldState.UNKNOWN,
        out=0,
        alarms=frozenset({"booking-unknown"}),
    ),
    "the request to book was lost": Story(
        booking=lambda press: setattr(press.desk, "lose_requests", 1), answer=HoldState.HELD, out=0, alarms=frozenset({"booking-unknown"})
    ),
    "held while it was being booked": Story(
        booking=lambda press: setattr(press.desk, "book", held_meanwhile(press, press.desk.book)), answer=HoldState.HELD, out=0
    ),
    "moved forward by them, and out before anybody looks": Story(
        friday=both(lambda press: press.desk.change("R1", at=FRIDAY + MINUTE), lambda press: press.desk.tick()),
        answer=HoldState.TOO_LATE,
        out=1,
        alarms=frozenset({"went-out"}),
    ),
    "asked after their cut-off": Story(
        friday=both(lambda press: setattr(press.desk, "cut_off", timedelta(minutes=15)), lambda press: press.until(CUT_OFF + MINUTE)),
        answer=HoldState.TOO_LATE,
        out=1,
    ),
    "held with nothing but the store, from another machine": Story(
        friday=mode("pause"), weekend=mode("cancel"), bare=True, answer=HoldState.PENDING, out=0, silent=True
    ),
    "withdrawn instead of held": Story(
        friday=lambda press: press.gate.withdraw("press-17", by="akari", note="Not at all."), answer=HoldState.HELD, out=0
    ),
}


def held_meanwhile(press: Press, whole: Callable[..., Receipt]) -> Callable[..., Receipt]:
    """Somebody says stop while the request is on its way."""

    def book(parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        press.gate.hold("press-17", by="chie", note="Wait.")
        return whole(parcel, at=at, key=key)

    return book


def stop(press: Press, *, bare: bool) -> HoldAnswer:
    """Ben says stop, at his gate, or with nothing but the store."""
    if bare:
        return hold(press.gate._office.store, "press-17", Stop(by="ben", note="Postponed to July."))
    return press.gate.hold("press-17", by="ben", note="Postponed to July.")


def test_there_are_twenty_stories_at_least() -> None:
    assert 20 <= len(STORIES)


@pytest.mark.parametrize("name", STORIES)
def test_f049_the_founding_story(sqlite_url: str, name: str) -> None:
    """Whatever they do over there: never a silent PENDING."""
    story, press = STORIES[name], make_press(sqlite_url)
    press.approved()
    story.booking(press)
    with suppress(Blocked):
        press.gate.book("press-17", by="mailer")
    press.clock.forward(hours=1)
    press.watch()
    story.friday(press)

    answer = stop(press, bare=story.bare)
    assert story.answer is answer.state, answer
    story.weekend(press)
    press.until(TEN - timedelta(minutes=50))
    story.monday(press)
    press.until(TEN + timedelta(minutes=30))

    assert story.out == len(press.desk.out)
    codes = set(press.codes(before=IN_TIME))
    assert story.alarms <= codes
    if story.answer is HoldState.PENDING and not story.silent:
        assert codes & {"still-booked", "drift"}, "a silent PENDING"
    if story.out:
        assert story.afterwards in {alarm.code for _, alarm in press.alarms}
    draft = press.gate.draft("press-17")
    assert draft.state in ENDS or (draft.state is State.BOOKED and draft.holds and not story.out)


@pytest.mark.parametrize("lost", [False, True])
def test_s0_07_the_article_on_the_own_site_is_held_with_the_release(sqlite_url: str, *, lost: bool) -> None:
    """It was to go up at the same hour, by others. On Friday somebody stops the release: on Monday neither is out, or people knew.

    Where what is said to the distributor is lost, the article is held all the same, and named people can phone in time.
    """
    house = make_house(sqlite_url)
    house.wing()
    if lost:
        house.desk.on_stop = "ignore"
        answer = hold(house.gate._office.store, "wing", Stop(by="ben"))
    else:
        answer = house.gate.hold("wing", by="ben", note="Postponed to July.")

    assert {"wing", "wing-post", "wing-site"} == {each.draft_id for each in answer.drafts}
    assert (HoldState.PENDING if lost else HoldState.HELD) is answer.state
    house.press.until(TEN + timedelta(minutes=30))
    assert ([], [], lost) == (house.site.got, house.post.got, bool(house.desk.out))
    assert lost is ("still-booked" in house.press.codes(before=IN_TIME))
