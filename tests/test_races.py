"""Senders, editors, a holder and an administrator, each a process of its own: what tests/races/history.py forbids never happens."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import COUNTS
from tests.races.history import History
from tests.races.run import race

SENDS = int(os.environ.get("RELEASEGATE_RACES", "20000")) if COUNTS == "full" else 200
"""On both databases together. `make full RACES=…` says another number."""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="races-"))
    yield made
    shutil.rmtree(made)


@pytest.mark.counts
def test_nothing_is_begun_after_held_or_after_a_right_is_gone_and_nothing_twice(store_url: str, folder: Path) -> None:
    found = race(store_url, SENDS // 2, folder)

    assert ({}, 0, 0) == (found["broken"], found["doubles"], found["errors"])
    assert found["held"] > 0
    assert found["sends"] >= SENDS // 2
    assert found["bookings"] > 0 or COUNTS == "short"  # in a short race by chance


if COUNTS == "full":  # eight processes and as many retries: too dear for every run

    @pytest.mark.counts
    def test_serializable_hides_nothing_that_read_committed_would_have_shown(postgres_url: str, folder: Path) -> None:
        """The promises rest on rows that are locked in the same order, not on what the database calls the transaction."""
        found = race(postgres_url, 150, folder, isolation="SERIALIZABLE")

        # A write that PostgreSQL refuses for longer than anybody waits is an error that says so: nothing was promised.
        assert ({}, 0) == (found["broken"], found["doubles"])
        assert found["held"] > 0


# The checker: each kind of violation is seen, and what only looks like one is not.


def send(entered: int, *, since: int = 0, version: int = 1, no: int = 0, answer: str = "taken") -> dict[str, object]:
    return {"draft": "d", "version": version, "no": no, "since": since, "entered": entered, "answer": answer}


def signed(by: str = "dan", version: int = 1) -> dict[str, object]:
    return {"what": "approving", "draft": "d", "version": version, "by": by}


def hold(answered: int, state: str = "HELD", in_flight: int = 0) -> dict[str, object]:
    return {"what": "hold", "draft": "d", "hold": "d/h1", "state": state, "in_flight": in_flight, "answered": answered}


LIFT = {"what": "lift", "hold": "d/h1", "asked": 30}


@pytest.mark.parametrize(
    ("expected", "sends", "told"),
    [
        ({"held": 1}, [send(9), send(20)], [signed(), hold(10)]),
        ({}, [send(9), send(40)], [signed(), hold(10), LIFT]),
        ({"held": 1}, [send(20)], [signed(), hold(10), LIFT]),
        ({}, [send(20)], [signed(), hold(10, "IN_FLIGHT", 1)]),
        ({"in flight": 1}, [send(20), send(21, no=1)], [signed(), hold(10, "IN_FLIGHT", 1)]),
        ({}, [send(20)], [signed(), hold(10, "UNKNOWN")]),
        ({"withdrawn": 1}, [send(9), send(20)], [signed(), {"what": "withdrawn", "draft": "d", "answered": 10}]),
        ({"old text": 1}, [send(9), send(20)], [signed(), {"what": "text", "draft": "d", "version": 2, "digest": "", "answered": 10}]),
        ({"unsigned": 1}, [send(9)], []),
        ({"unsigned": 1}, [send(9)], [signed(), signed() | {"what": "not approved"}]),
        ({"right": 1}, [send(20, since=11)], [signed("cat"), {"what": "removed", "answered": 10}]),
        ({}, [send(20, since=9)], [signed("cat"), {"what": "removed", "answered": 10}]),
        ({}, [send(20, since=11)], [signed("cat"), signed("dan"), {"what": "removed", "answered": 10}]),
        ({}, [send(20, since=11)], [signed("cat"), {"what": "removed", "answered": 10}, {"what": "given", "asked": 15}]),
    ],
)
def test_what_people_were_told_is_held_against_what_was_sent(
    expected: dict[str, int], sends: list[dict[str, object]], told: list[dict[str, object]]
) -> None:
    assert expected == dict(+History(sends=sends, told=told).violations())


def event(position: int, kind: str, **more: str) -> dict[str, object]:
    return {"kind": kind, "draft": "d", "digest": "x", "position": position, "at": f"{position:02}", "hold": "", "directory": "", **more}


@pytest.mark.parametrize(
    ("expected", "log", "begun"),
    [
        ({"hold order": 1}, [event(2, "hold", hold="h"), event(3, "begin"), event(4, "lift", hold="h")], []),
        ({}, [event(1, "begin"), event(2, "hold", hold="h"), event(4, "lift", hold="h"), event(5, "begin")], ["01", "05"]),
        ({"hold order": 1}, [event(2, "hold", hold="h")], ["03"]),
        ({"right order": 2}, [event(1, "adopt", directory="a"), event(2, "adopt", directory="b"), event(3, "begin")], ["03"]),
        ({}, [event(1, "adopt", directory="a"), event(2, "begin"), event(3, "adopt", directory="b")], ["02"]),
    ],
)
def test_the_order_of_the_store_is_held_against_itself(expected: dict[str, int], log: list[dict[str, object]], begun: list[str]) -> None:
    text = {"what": "text", "draft": "d", "version": 1, "digest": "x", "answered": 0}
    history = History(sends=[], told=[signed("cat"), text], log=log, begun=[{"draft": "d", "digest": "x", "at": at} for at in begun])

    assert expected == dict(+history.violations())


def stood(made: int, stopped: int) -> dict[str, object]:
    return {"draft": "d", "made": made, "stopped": stopped}


@pytest.mark.parametrize(
    ("expected", "desk", "told"),
    [
        ({"standing": 1}, [stood(5, 20)], [hold(10)]),
        ({"standing": 1}, [stood(15, 20)], [hold(10), LIFT]),
        ({}, [stood(5, 9), stood(31, 40)], [hold(10), LIFT]),
        ({}, [stood(5, 20)], [hold(10, "PENDING")]),
        ({"standing": 1}, [stood(5, 20)], [{"what": "withdrawn", "draft": "d", "answered": 10}]),
        ({"two": 1}, [stood(5, 20), stood(19, 30)], []),
        ({}, [stood(5, 20), stood(21, 30)], []),
    ],
)
def test_what_stands_at_the_desk_is_held_against_what_people_were_told(
    expected: dict[str, int], desk: list[dict[str, object]], told: list[dict[str, object]]
) -> None:
    assert expected == dict(+History(sends=[], told=told, desk=desk).violations())


def test_a_refusal_takes_back_no_yes_that_came_before_it() -> None:
    told = [signed("dan"), signed("dan"), signed("dan") | {"what": "not approved"}]

    assert {} == dict(+History(sends=[send(9)], told=told).violations())


def test_what_was_booked_and_taken_away_may_be_booked_again() -> None:
    assert 0 == History(sends=[send(1) | {"book": True}, send(2) | {"book": True}], told=[]).doubles()


def test_what_the_server_took_again_is_a_double_whether_it_answered_or_not() -> None:
    sends = [send(1, answer="later"), send(2, answer="lost"), send(3), send(4, no=1)]

    assert 1 == History(sends=sends, told=[]).doubles()
