"""Who is told of what the gate did by itself, and what becomes of it where they cannot be told."""

from collections.abc import Callable
from typing import cast

import pytest
from structlog.testing import capture_logs

from releasegate.errors import Refused, StoreError
from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.handoff import ReadBack
from releasegate.model.state import State
from releasegate.store.store import Store
from tests.building import PEOPLE, RULES, Between, approved, confirmed, make_bench, make_gate, make_policy, submitted, written

LATER = RULES + 'keep_on = ["schedule.later"]\n'
TEN, ELEVEN, TWELVE = (f"2026-06-30 {hour}:00 Asia/Tokyo" for hour in (10, 11, 12))


def _kinds(gate: Gate) -> list[str]:
    return [event.kind for event in gate.history("d1")]


def test_t06_where_they_cannot_be_told_nothing_is_carried(sqlite_url: str) -> None:
    """An alarm that raises takes nothing back: the draft is submitted, and whoever was not told signs again."""
    bench = make_bench(sqlite_url, rules=LATER)
    approved(bench.gate, send_at=TEN)
    written(bench.gate, send_at=ELEVEN)
    bench.gate._office.alarm = _deaf
    with capture_logs() as logs:
        after = bench.gate.submit("d1", by="akari", note="An hour later.")

    assert State.CHECKING is after.state
    assert "two pairs of eyes" in bench.gate.decide("d1").blocked_by
    untold = [event.data["who"] for event in bench.gate.history("d1") if event.kind == "untold"]
    assert (["ben"], ["chie"]) == tuple(sorted(untold))
    assert "carry" not in _kinds(bench.gate)
    assert [("an alarm did not get through", "error", "d1", "carried")] * 2 == [
        (line["event"], line["log_level"], line["draft"], line["code"]) for line in logs
    ]
    assert ["ConnectionError('no way to them')"] * 2 == [line["error"] for line in logs]


def test_t06_only_whoever_was_told_is_carried(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=LATER)
    approved(bench.gate, send_at=TEN)
    written(bench.gate, send_at=ELEVEN)
    bench.gate._office.alarm = lambda alarm: _deaf(alarm) if alarm.to == ("chie",) else None
    after = bench.gate.submit("d1", by="akari", note="An hour later.")

    assert State.APPROVING is after.state
    assert ["ben"] == [each.by for each in after.signatures if each.carried]


def test_t06_nobody_waits_for_an_alarm(store_url: str) -> None:
    """While somebody is being told, the draft is submitted already, and a hold is placed at once."""
    bench = make_bench(store_url, rules=LATER)
    approved(bench.gate, send_at=TEN)
    written(bench.gate, send_at=ELEVEN)
    seen: list[tuple[State, bool]] = []
    bench.gate._office.alarm = lambda _: seen.append((bench.gate.draft("d1").state, bool(bench.gate.hold("d1", by="dai"))))
    after = bench.gate.submit("d1", by="akari", note="An hour later.")

    assert [(State.CHECKING, True), (State.APPROVING, True)] == seen
    assert (2, 2) == (after.hold_count, len([each for each in after.signatures if each.carried]))


@pytest.mark.parametrize("meanwhile", ["another text", "sent back", "withdrawn", "other people"])
def test_t06_what_has_moved_on_while_they_were_told_is_not_carried(sqlite_url: str, meanwhile: str) -> None:
    bench = make_bench(sqlite_url, rules=LATER)
    gate = bench.gate
    approved(gate, send_at=TEN)
    written(gate, send_at=ELEVEN)
    happens: dict[str, Callable[[], object]] = {
        "another text": lambda: submitted(gate, content="Another text.", send_at=TWELVE),
        "sent back": lambda: gate.send_back("d1", by="ben", note="No."),
        "withdrawn": lambda: gate.withdraw("d1", by="akari", note="Never mind."),
        "other people": lambda: _adopted(gate, sqlite_url),
    }
    gate._office.alarm = _once(happens[meanwhile])
    gate.submit("d1", by="akari", note="An hour later.")

    assert "carry" not in _kinds(gate)


def test_t06_who_has_signed_anew_meanwhile_is_not_carried(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=LATER)
    gate = bench.gate
    approved(gate, send_at=TEN)
    digest = written(gate, send_at=ELEVEN).digest
    gate._office.alarm = _once(lambda: gate.confirm("d1", digest=digest, by="ben", note="An hour later is fine."))
    after = gate.submit("d1", by="akari", note="An hour later.")

    assert {("ben", False), ("chie", True)} == {(each.by, each.carried) for each in after.signatures if each.round == 2}


def _once(act: Callable[[], object]) -> Callable[[Alarm], None]:
    """An alarm during which somebody acts; those that this raises do nothing."""
    left = [act]

    def alarm(_: Alarm) -> None:
        if left:
            left.pop()()

    return alarm


def _adopted(gate: Gate, sqlite_url: str) -> None:
    """Chie is no approver any more."""
    people = PEOPLE.replace('roles = ["checker", "approver"]', 'roles = ["checker"]')
    other = make_policy(LATER, people=people)
    for who in ("akari", "dai"):
        make_gate(sqlite_url, rules=LATER).adopt(other, by=who, note="Chie has left the desk.")


def test_t06_a_store_that_does_not_take_the_carrying_does_not_hide_the_submit(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=LATER)
    approved(bench.gate, send_at=TEN)
    written(bench.gate, send_at=ELEVEN)
    bench.gate._office.store = cast(Store, Between(bench.gate._office.store, 2, _full))
    with capture_logs() as logs:
        after = bench.gate.submit("d1", by="akari", note="An hour later.")

    assert State.CHECKING is after.state is bench.gate.draft("d1").state
    assert ["no signature was carried on"] == [line["event"] for line in logs]


def _full() -> None:
    raise StoreError("No space left on device")


def _deaf(alarm: object) -> None:
    raise ConnectionError("no way to them")


def test_a_question_that_does_not_get_through_stands_all_the_same(sqlite_url: str) -> None:
    """Its receiver asked, and it waits for the sender, told or not."""
    bench = make_bench(sqlite_url)
    submitted(bench.gate)
    bench.gate._office.alarm = _deaf
    with capture_logs() as logs:
        bench.gate.question("d1", by="ben", note="Which year?")

    assert ["question"] == [line["code"] for line in logs]
    assert "question" in _kinds(bench.gate)


class Killed(BaseException):
    """The process ends here."""


def _killed(gate: Gate, act: int, call: Callable[[], object]) -> None:
    """It dies right before the n-th transaction of this call."""
    office = gate._office
    store, office.store = office.store, cast(Store, Between(office.store, act, _die))
    with pytest.raises(Killed):
        call()
    office.store = store


def _die(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize("verb", ["question", "decline"])
def test_f001_i8_killed_before_it_was_told_what_somebody_asked_is_told_by_the_next_pass(sqlite_url: str, verb: str) -> None:
    bench = make_bench(sqlite_url)
    submitted(bench.gate)
    _killed(bench.gate, 2, lambda: getattr(bench.gate, verb)("d1", by="ben", note="Which year?"))
    assert (verb, []) == (_kinds(bench.gate)[-1], bench.alarms)

    bench.gate.watch()
    assert [(verb, ("akari",), "Which year?")] == [(alarm.code, alarm.to, alarm.params["note"]) for alarm in bench.alarms]
    bench.gate.watch()
    assert 1 == len(bench.alarms)


def test_f001_i8_killed_before_it_was_told_a_wrong_read_back_is_told_by_the_next_pass(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    seen = confirmed(bench.gate)
    wrong = ReadBack(mark=seen.mark, recipients=seen.reach + 1, send_at=None)
    _killed(bench.gate, 2, lambda: bench.gate.approve("d1", digest=seen.digest, by="chie", note="Go.", read_back=wrong))
    assert ("misread", []) == (_kinds(bench.gate)[-1], bench.alarms)

    bench.gate.watch()
    assert [("read-back-differs", ("chie", "akari"))] == [(alarm.code, alarm.to) for alarm in bench.alarms]


def test_t06_killed_after_they_were_told_nothing_is_carried_on_unseen(sqlite_url: str) -> None:
    """Of the two the safe one: they have heard of it, and sign again."""
    bench = make_bench(sqlite_url, rules=LATER)
    approved(bench.gate, send_at=TEN)
    written(bench.gate, send_at=ELEVEN)
    _killed(bench.gate, 2, lambda: bench.gate.submit("d1", by="akari", note="An hour later."))

    assert (["carried"], False) == ([alarm.code for alarm in bench.alarms], "carry" in _kinds(bench.gate))
    assert "two pairs of eyes" in bench.gate.decide("d1").blocked_by


def test_a_wrong_read_back_is_refused_whether_both_can_be_told_or_not(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    seen = confirmed(bench.gate)
    bench.gate._office.alarm = _deaf
    wrong = ReadBack(mark=seen.mark, recipients=seen.reach + 1, send_at=None)
    with capture_logs(), pytest.raises(Refused) as refused:
        bench.gate.approve("d1", digest=seen.digest, by="chie", note="Go.", read_back=wrong)

    assert "read-back-differs" == refused.value.code
