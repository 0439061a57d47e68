"""A hold needs a store and an id: nothing that is strange, broken or busy stands before it, and where it is not in force it says so."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from releasegate import holding
from releasegate.errors import HoldNotPlaced, NotFound, StoreError
from releasegate.holding import Stop
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState
from releasegate.store.store import open_for_hold
from tests.building import Bench, approved, make_bench, written


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url)
    yield made
    made.gate.close()


@pytest.fixture
def raw(store_url: str, bench: Bench) -> Iterator[Engine]:
    """Somebody else's way into the database."""
    made = create_engine(store_url, poolclass=NullPool)
    yield made
    made.dispose()


def _sql(raw: Engine, statement: str) -> Any:  # noqa: ANN401 - whatever the statement gives
    with raw.begin() as connection:
        result = connection.execute(text(statement))
        return result.fetchall() if result.returns_rows else None


def test_r12_a_state_that_only_a_newer_version_knows_is_held_and_kept(bench: Bench, raw: Engine, store_url: str) -> None:
    written(bench.gate)
    _sql(raw, "UPDATE drafts SET state = 'parked'")
    store = open_for_hold(store_url)

    answer = holding.hold(store, "d1", Stop(by="the president"))

    assert (HoldState.UNKNOWN, "d1/h1") == (answer.state, answer.hold)
    assert [("parked", 1)] == [tuple(row) for row in _sql(raw, "SELECT state, hold_count FROM drafts")]
    with pytest.raises(StoreError):
        bench.gate.send("d1", by="mailer")
    store.close()


def test_r13_what_somebody_else_has_booked_is_pending_and_not_true(bench: Bench, raw: Engine) -> None:
    """Whoever cannot look at what is booked does not say that it is held."""
    written(bench.gate)
    _sql(raw, "UPDATE drafts SET state = 'booked'")

    answer = bench.gate.hold("d1", by="dai")

    assert (HoldState.PENDING, False, "d1/h1") == (answer.state, bool(answer), answer.hold)


def test_r13_what_has_left_is_not_called_held_whatever_its_row_says(bench: Bench, raw: Engine) -> None:
    """The deliveries tell what has gone: a row that was set back does not make it HELD."""
    approved(bench.gate)
    bench.gate.send("d1", by="mailer")
    _sql(raw, "UPDATE drafts SET state = 'approved'")

    answer = bench.gate.hold("d1", by="dai")

    assert (HoldState.TOO_LATE, False, 1) == (answer.state, bool(answer), answer.gone)


@pytest.mark.parametrize("word", ["\udc89\udc84", "\x00", "延期", "a\nb", "x" * 5000])
def test_r12_no_word_stands_before_a_hold(bench: Bench, word: str) -> None:
    """A terminal in Shift_JIS hands over bytes that are no UTF-8."""
    written(bench.gate)

    assert bench.gate.hold("d1", by=word, note=word)
    assert bench.gate.verify().sound


def test_r12_a_broken_chain_is_no_stack_trace_but_a_hold_that_is_not_in_force(bench: Bench, raw: Engine) -> None:
    written(bench.gate)
    _sql(raw, "DELETE FROM chain")

    with pytest.raises(HoldNotPlaced, match="NOT HELD: d1"):
        bench.gate.hold("d1", by="dai")
    with pytest.raises(HoldNotPlaced, match="NOT HELD: news"):
        bench.gate.hold_channel("news", by="dai")


def test_an_unknown_id_is_said_with_what_comes_close(bench: Bench) -> None:
    written(bench.gate, "july")

    with pytest.raises(NotFound, match="'july'"):
        bench.gate.hold("juli", by="dai")


def test_f030_a_database_that_stays_locked_is_a_hold_that_is_not_in_force(
    bench: Bench, raw: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(bench.gate)
    monkeypatch.setattr(holding, "PATIENCE", 0.05)
    with raw.connect() as theirs:
        outer = theirs.begin()
        theirs.execute(text("UPDATE drafts SET title = 'a report runs'"))
        with pytest.raises(HoldNotPlaced, match=r"NOT HELD: d1\. The hold could not be written"):
            bench.gate.hold("d1", by="dai")
        outer.rollback()

    assert bench.gate.hold("d1", by="dai")


def test_r24_the_driver_never_waits_and_a_hold_comes_back_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three writers in a tight loop: the hold's pauses are eager, theirs polite, and it is in force after few tries."""
    for name in ("a", "b", "c", "d1"):
        written(bench.gate, name, f"Text of {name}.")
    over, tries = threading.Event(), {True: 0, False: 0}
    from releasegate.store import engine, store

    real = engine.pause

    def counted(*, urgent: bool) -> None:
        tries[urgent] += 1
        real(urgent=urgent)

    for module in (engine, store):
        monkeypatch.setattr(module, "pause", counted)

    def write(name: str) -> None:
        while not over.is_set():
            bench.gate._office.store.act(
                lambda txn: txn.connection.execute(text("UPDATE drafts SET title = :t WHERE id = :i"), {"t": "x", "i": name})
            )

    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    try:
        answers = [bench.gate.hold("d1", by="dai", note=str(number)) for number in range(20)]
    finally:
        over.set()
        for writer in writers:
            writer.join()

    assert all(answers)
    assert 20 == bench.gate.draft("d1").hold_count
    assert 20 * 400 > tries[True]


def test_a_hold_on_a_whole_channel_never_waits_for_somebody_who_waits_for_it(
    bench: Bench, raw: Engine, counts: Callable[[int], int]
) -> None:
    """All rows first, the chain last: else an approval that holds a row and wants the chain would lock both out."""
    for number in range(6):
        written(bench.gate, f"d{number}", f"Text {number}.")
    over = threading.Event()

    def single(name: str) -> None:
        while not over.is_set():
            bench.gate.hold(name, by="ben", note="One.")

    others = [threading.Thread(target=single, args=(name,)) for name in ("d5", "d0", "d3")]
    for other in others:
        other.start()
    try:
        answers: list[tuple[HoldAnswer, ...]] = [bench.gate.hold_channel("news", by="dai", note="All.") for _ in range(counts(400))]
    finally:
        over.set()
        for other in others:
            other.join()

    assert all(6 == len(each) for each in answers)
    if bench.gate._office.store.postgres:
        assert [(0,)] == [tuple(row) for row in _sql(raw, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")]


def test_a_hold_on_a_channel_stops_what_is_not_over_and_nothing_else(bench: Bench) -> None:
    approved(bench.gate, "a")
    bench.gate.send("a", by="mailer")
    written(bench.gate, "b", "Another.")

    assert ["b"] == [answer.draft_id for answer in bench.gate.hold_channel("news", by="dai")]


def test_what_is_over_is_answered_not_refused(bench: Bench) -> None:
    approved(bench.gate, "a")
    bench.gate.send("a", by="mailer")
    written(bench.gate, "b", "Another.")
    bench.gate.withdraw("b", by="akari", note="Not this year.")

    late, gone = bench.gate.hold("a", by="dai"), bench.gate.hold("b", by="dai")

    assert ((HoldState.TOO_LATE, 1, ""), (HoldState.HELD, 0, "")) == tuple((each.state, each.gone, each.hold) for each in (late, gone))


def test_the_store_says_what_went_wrong_and_that_nothing_was_changed(bench: Bench) -> None:
    with pytest.raises(StoreError, match=r"The store did not take it: .*nonsense.*\. Nothing was changed\.") as caught:
        bench.gate._office.store.act(lambda txn: txn.connection.execute(text("nonsense")))

    assert isinstance(caught.value.__cause__, OperationalError) or bench.gate._office.store.postgres
