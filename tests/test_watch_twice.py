"""Two passes at one moment: whoever finds that it was just done does nothing."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

import pytest
from sqlalchemy import update

from releasegate.decision import ladder
from releasegate.errors import Refused
from releasegate.model.handoff import Rung
from releasegate.model.note import Note, OpenItem, Outside
from releasegate.model.schedule import Schedule
from releasegate.model.state import State
from releasegate.policy.policy import Policy
from releasegate.store import tables
from releasegate.store.store import Store
from tests.building import NOON, Bench, Between, approved, confirmed, make_bench, seen, written
from tests.test_ladder import HOUR, LEGAL, TEAM, TEN, critical
from tests.test_watch import Dead, Gone, Links


def _items(bench: Bench) -> None:
    written(bench.gate)
    bench.gate.submit("d1", by="akari", note=Note("Check.", items=[OpenItem(text="Phone.", owner="dai", due=NOON)]))


def _still(bench: Bench) -> None:
    critical(bench, send_at=TEN)
    bench.gate.acknowledge("d1", by="dai", read_back=seen(bench.gate))
    bench.clock.forward(hours=7)


def _rung(bench: Bench) -> None:
    critical(bench, send_at=TEN)
    bench.clock.forward(minutes=8)


def _late(bench: Bench) -> None:
    confirmed(bench.gate, send_at=TEN)
    bench.clock.forward(hours=11)


WAYS: dict[str, Callable[[Bench], None]] = {"item-due": _items, "asked-still": _still, "remind": _rung, "missed": _late}


@pytest.mark.parametrize("what", WAYS)
def test_what_another_pass_has_just_done_is_not_done_again(sqlite_url: str, what: str) -> None:
    """It looked, and somebody was quicker: the second look, under the lock, says so."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    WAYS[what](bench)
    bench.alarms.clear()
    other = make_bench(sqlite_url, rules=LEGAL, people=TEAM, clock=bench.clock)
    others: list[int] = []
    store = bench.gate._office.store
    bench.gate._office.store = cast(Store, Between(store, 2, lambda: others.append(other.gate.watch().count[what])))

    mine = bench.gate.watch().count

    assert ([1], {}, [], 1) == (others, mine, bench.alarms, len(other.alarms))


def _pass(bench: Bench) -> None:
    bench.gate.watch()


def test_what_another_is_telling_is_not_told_again(sqlite_url: str) -> None:
    """The step was mine; the message was quicker in another's hands."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    _rung(bench)
    other = make_bench(sqlite_url, rules=LEGAL, people=TEAM, clock=bench.clock)
    store = bench.gate._office.store
    bench.gate._office.store = cast(Store, Between(store, 3, partial(_pass, other)))

    assert {"remind": 1} == bench.gate.watch().count
    assert ([], ["remind"]) == (bench.alarms, [alarm.code for alarm in other.alarms])


def test_what_a_dead_teller_had_in_hand_is_given_up_once(store_url: str) -> None:
    """Two passes find it at one moment: one event says that nobody was told."""
    bench = make_bench(store_url, rules=LEGAL, people=TEAM)
    _rung(bench)
    store = bench.gate._office.store
    bench.gate._office.store = cast(Store, Gone(store, 3))
    with pytest.raises(Dead):
        bench.gate.watch()
    bench.gate._office.store = store
    store.act(lambda txn: txn.connection.execute(update(tables.notices).values(worker="elsewhere/1/1/x")))
    bench.clock.forward(minutes=6)
    other = make_bench(store_url, rules=LEGAL, people=TEAM, clock=bench.clock)
    bench.gate._office.store = cast(Store, Between(store, 2, partial(_pass, other)))

    bench.gate.watch()

    assert 1 == [event.kind for event in bench.gate.history("d1")].count("untold")


def test_what_is_not_critical_asks_nobody_whether_they_still_watch(sqlite_url: str) -> None:
    """Taken over, and of no great weight."""
    bench = make_bench(sqlite_url, people=TEAM)
    critical(bench, send_at=TEN)
    bench.gate.acknowledge("d1", by="dai")
    bench.clock.forward(hours=7)

    assert () == bench.gate.watch().of("asked-still")
    assert 1 == len(bench.gate.draft("d1").accepted)


def test_what_is_booked_is_somebodys_when_its_hour_has_passed(sqlite_url: str) -> None:
    """No draft of this version is: the ladder is asked."""
    bench = make_bench(sqlite_url, people=TEAM)
    text, asked = approved(bench.gate, send_at=TEN), ()
    office = bench.gate._office
    people = office.store.look(office.bench)

    (with_hour,) = ladder.waits(replace(text, state=State.BOOKED), people)
    (without,) = ladder.waits(replace(text, state=State.BOOKED, schedule=Schedule()), people)

    assert (text.send_at, text.moved, "desk-booked", asked) == (with_hour.since, without.since, with_hour.what, with_hour.who)
    assert () == ladder.waits(replace(text, state=State.BOOKING), people)


def test_where_nobody_is_left_nobody_is_told(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    text = written(bench.gate)
    office = bench.gate._office
    people = office.store.look(office.bench)
    (wait,) = ladder.waits(text, people)

    assert () == ladder.circle(wait, Rung.END, text, replace(people, policy=Policy()), ()).who


def test_somebody_outside_takes_over_by_their_words_alone(sqlite_url: str) -> None:
    """No person of ours can say that they have it."""
    bench = make_bench(sqlite_url, people=TEAM)
    written(bench.gate)
    bench.gate.submit("d1", by="akari", note=Note("They know.", to=Outside(name="Abe")))

    with pytest.raises(Refused) as refused:
        bench.gate.acknowledge("d1", by="ben")
    assert "nothing-to-acknowledge" == refused.value.code


def test_a_check_that_aged_and_finds_nothing_warns_nobody(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, checks=[Links()])
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(seconds=2 * HOUR.total_seconds())

    assert {"checked": 1} == bench.gate.watch().count
