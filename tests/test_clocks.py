"""Clocks that are wrong, jump, stand still or learn new rules: nothing leaves early, nothing late, nothing twice."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import time_machine

from releasegate.errors import Blocked
from releasegate.gate import Gate
from releasegate.model.state import State
from releasegate.sending import send
from releasegate.store import clock as host
from releasegate.testing import Outbox
from tests.building import NOON, Bench, Between, approved, mails, make_bench, make_policy, sign, written

OPENS = NOON + timedelta(hours=1)
CLOSES = OPENS + timedelta(hours=2)
AT_ONE = "2026-06-29 13:00 Asia/Tokyo"
JUMPS = (2, -2)
"""Hours."""


def attempt(bench: Bench) -> None:
    with contextlib.suppress(Blocked):
        bench.gate.send("d1", by="mailer")


# A clock that jumps


@pytest.mark.parametrize(("minutes", "jump"), list(product(range(-60, 241, 60), JUMPS)))
def test_f065_f066_a_clock_that_jumps_two_hours_sends_nothing_early_late_or_twice(sqlite_url: str, minutes: int, jump: int) -> None:
    """It jumps at any moment around the window and back again, while somebody tries all the time."""
    bench, left = make_bench(sqlite_url), list[datetime]()
    bench.outbox.on_send = lambda _: left.append(bench.clock.at)
    approved(bench.gate, send_at=AT_ONE)
    true = OPENS + timedelta(minutes=minutes)

    for by in (0, jump, 0):
        bench.clock.at = true + timedelta(hours=by)
        attempt(bench)
    for later in range(0, 301, 30):
        bench.clock.at = max(true, OPENS + timedelta(minutes=later))
        attempt(bench)

    assert len(left) <= 1
    assert all(OPENS <= moment < CLOSES for moment in left)
    assert bench.gate.draft("d1").state in {State.SENT, State.MISSED}


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


def real(store_url: str, outbox: Outbox) -> Gate:
    """A gate without a clock of its own: it believes the host's or the database's."""
    return Gate(store_url, policy=make_policy(), channels={"news": outbox})


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """A host whose clock is right at noon, and can be made to jump."""
    with time_machine.travel(NOON, tick=True) as traveller:
        monkeypatch.setattr(host, "_start", host._pair())
        yield traveller


@pytest.mark.parametrize(("minutes", "jump"), [(-60, 2), (150, -2)])
def test_f065_a_host_whose_clock_jumped_into_the_window_sends_nothing(
    sqlite_url: str, outbox: Outbox, travel: time_machine.Traveller, minutes: int, jump: int
) -> None:
    """By its clock it is one o'clock; by all that it can know, its clock is wrong. Two hours too early, or too late."""
    gate = real(sqlite_url, outbox)
    approved(gate, send_at=AT_ONE)
    travel.move_to(OPENS + timedelta(minutes=minutes), tick=True)
    host._start = host._pair()
    travel.shift(timedelta(hours=jump))

    with pytest.raises(Blocked):
        gate.send("d1", by="mailer")

    assert "clock-unsure" in gate.decide("d1").blocked_by
    assert [] == outbox.got
    gate.close()


def test_f066_what_was_sent_is_not_sent_again_when_the_clock_goes_back_before_its_hour(store_url: str) -> None:
    """Sent is a state, not an hour: the same report."""
    bench = make_bench(store_url)
    approved(bench.gate, send_at=AT_ONE)
    bench.clock.at = OPENS
    first = bench.gate.send("d1", by="mailer")
    bench.clock.forward(hours=-2)

    assert first == bench.gate.send("d1", by="mailer")
    assert 1 == len(bench.outbox.got)


# Two clocks


@pytest.mark.parametrize("minutes", [10, -10])
def test_f067_with_postgresql_the_clock_of_the_database_decides(postgres_url: str, outbox: Outbox, minutes: int) -> None:
    """A dispatcher that is ten minutes fast does not send ten minutes early, a slow one is not late."""
    gate = real(postgres_url, outbox)
    approved(gate, "now")
    soon = datetime.now(UTC) + timedelta(minutes=5)
    approved(gate, "soon", content="In five minutes.", send_at=soon.isoformat(timespec="seconds") + " UTC")

    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes), tick=True):
        assert "waiting-for-time" in gate.decide("soon").blocked_by
        with pytest.raises(Blocked):
            gate.send("soon", by="mailer")
        assert 1 == gate.send("now", by="mailer").sent

    assert 1 == len(outbox.got)
    assert abs(gate.history("now")[-1].at - datetime.now(UTC)) < timedelta(minutes=1)
    gate.close()


@pytest.mark.parametrize("minutes", [10, -10])
def test_f067_with_sqlite_a_host_that_disagrees_with_itself_sends_nothing(
    sqlite_url: str, outbox: Outbox, travel: time_machine.Traveller, minutes: int
) -> None:
    """There it is one and the same clock: more than thirty seconds beside the machine's own, and nothing leaves; it says by how much."""
    gate = real(sqlite_url, outbox)
    approved(gate)
    travel.shift(timedelta(minutes=minutes))
    with pytest.raises(Blocked, match=str(60 * minutes)):
        gate.send("d1", by="mailer")

    assert "clock-unsure" in gate.decide("d1").blocked_by
    assert [] == outbox.got
    gate.close()


# A program that was away


def test_f071_a_dispatcher_that_comes_back_after_the_window_sends_nothing(store_url: str) -> None:
    """Three hours late it is missed; a new hour is a new text, and wants all its signatures again."""
    bench = make_bench(store_url)
    approved(bench.gate, send_at=AT_ONE)
    bench.clock.at = CLOSES + timedelta(hours=1)
    for _ in range(3):
        attempt(bench)
    assert (State.MISSED, []) == (bench.gate.draft("d1").state, bench.outbox.got)

    written(bench.gate, send_at="2026-06-29 17:00 Asia/Tokyo")
    bench.gate.submit("d1", by="akari", note="For five o'clock.")
    bench.clock.at = NOON + timedelta(hours=5)
    attempt(bench)
    assert [] == bench.outbox.got
    sign(bench.gate)
    assert 1 == bench.gate.send("d1", by="mailer").sent


def test_f071_a_window_that_closes_half_way_leaves_the_rest_unsent(store_url: str) -> None:
    """What had left is counted; what had not begun never begins."""
    bench = make_bench(store_url)
    approved(bench.gate, content=mails(3), send_at=AT_ONE)
    bench.clock.at = CLOSES - timedelta(minutes=1)

    def minute(_: object) -> None:
        bench.clock.forward(minutes=1)

    bench.outbox.on_send = minute
    attempt(bench)
    attempt(bench)
    draft = bench.gate.draft("d1")

    assert (State.MISSED, 1, 2) == (draft.state, len(bench.outbox.got), draft.tally.left)


def asleep(bench: Bench, number: int) -> None:
    """A send whose machine sleeps for three hours before its transaction of this number; the process notices no time at all."""
    office = bench.gate._office

    def slept() -> None:
        bench.clock.forward(hours=3)

    with contextlib.suppress(Blocked):
        send(replace(office, store=Between(office.store, number, slept)), "d1", by="mailer")  # type: ignore[arg-type]  # it quacks


@pytest.mark.parametrize("number", [2, 3])
def test_f072_a_machine_that_slept_between_claim_and_fence_is_not_late(store_url: str, number: int) -> None:
    """It woke after the window: the fence asks for the hour too."""
    bench = make_bench(store_url)
    approved(bench.gate, send_at=AT_ONE)
    bench.clock.at = OPENS
    asleep(bench, number)
    attempt(bench)

    assert (State.MISSED, []) == (bench.gate.draft("d1").state, bench.outbox.got)


def test_f072_a_lease_ends_by_the_clock_of_the_store(store_url: str) -> None:
    """Whoever wakes with a claim that is over begins nothing with it; the next run sends."""
    bench = make_bench(store_url)
    approved(bench.gate)
    asleep(bench, 3)
    assert [] == bench.outbox.got

    bench.clock.forward(seconds=1)
    assert 1 == bench.gate.send("d1", by="mailer").sent
    assert 1 == len(bench.outbox.got)


def test_f072_a_machine_that_slept_while_it_sent_does_not_know_and_does_not_repeat(store_url: str) -> None:
    """Its lease was over when it woke: whoever looked meanwhile calls it unknown, and the late answer is evidence, not a step."""
    bench = make_bench(store_url)
    approved(bench.gate)

    def slept(_: object) -> None:
        bench.clock.forward(hours=1)
        attempt(bench)

    bench.outbox.on_send = slept
    attempt(bench)
    draft = bench.gate.draft("d1")

    assert (State.UNKNOWN, 1, 1) == (draft.state, draft.tally.unknown, len(bench.outbox.got))
    assert "hold-active" in bench.gate.decide("d1").blocked_by
