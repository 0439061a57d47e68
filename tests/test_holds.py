"""A hold is placed by anybody, anywhere, at once; it is lifted by somebody entitled, with a word, one by one."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, update

from releasegate import holding, sending
from releasegate.errors import Blocked, GateError, HoldNotPlaced, NotFound, NotSent, Refused
from releasegate.gate import Gate
from releasegate.holding import Stop
from releasegate.model.parcel import Parcel
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.model.verdict import Decision
from releasegate.store import tables
from releasegate.store.store import open_for_hold
from tests.building import NOON, Bench, Between, approved, confirmed, lifted, mails, make_bench, sign, submitted, written


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


def stopped(bench: Bench) -> str:
    """The first line of why d1 did not leave."""
    with pytest.raises(Blocked) as error:
        bench.gate.send("d1", by="mailer")
    return str(error.value).splitlines()[0]


# Placing


@pytest.mark.parametrize("stage", [written, submitted, confirmed, approved])
@pytest.mark.parametrize("by", ["akari", "ben", "mailer", "The president", ""])
def test_t40_anybody_holds_in_any_state_before_sent(sqlite_url: str, stage: Callable[[Gate], object], by: str) -> None:
    """It is held where it stands, and stands there afterwards."""
    bench = make_bench(sqlite_url)
    stage(bench.gate)
    before = bench.gate.draft("d1").state

    assert bench.gate.hold("d1", by=by)
    assert before is bench.gate.draft("d1").state
    assert stopped(bench).startswith("Not sent")


def test_t40_a_missed_draft_is_held_too(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at="2026-06-29 13:00 Asia/Tokyo")
    bench.clock.forward(days=1)
    stopped(bench)

    assert State.MISSED is bench.gate.draft("d1").state
    assert bench.gate.hold("d1", by="dai")


def test_r12_a_hold_needs_a_store_and_an_id_and_nothing_else(store_url: str) -> None:
    """No policy, no known person, no note, and a schema of a later version: HELD, and it stands in the log."""
    bench = make_bench(store_url)
    approved(bench.gate)
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(update(tables.gate).values(schema=99))
    engine.dispose()
    store = open_for_hold(store_url, clock=bench.clock)
    answer = holding.hold(store, "d1", Stop(by="somebody on the phone"))
    store.close()

    assert (HoldState.HELD, "d1/h1") == (answer.state, answer.hold)
    assert {"hold-active"} == bench.gate.decide("d1").blocked_by


def test_r12_a_gate_with_other_rules_holds_all_the_same(sqlite_url: str) -> None:
    """The safe direction asks for no adoption."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    other = make_bench(sqlite_url, rules='[channels.news]\n[[requirement]]\nname = "other"\napprovers = 1\n')

    assert other.gate.hold("d1", by="akari")
    assert {"hold-active"} == bench.gate.decide("d1").blocked_by


def test_r12_a_hold_that_could_not_be_written_says_so(sqlite_url: str) -> None:
    """Somebody else keeps the store: the caller hears NOT HELD, in time to phone."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    engine = create_engine(sqlite_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        store = bench.gate._office.store
        with pytest.raises(HoldNotPlaced, match=r"\ANOT HELD: d1"):
            _impatient(lambda: holding.hold(store, "d1", Stop(by="dai")))
    engine.dispose()

    assert bench.gate.decide("d1")


def _impatient(act: Callable[[], object]) -> None:
    """The same, within 50 ms."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holding, "PATIENCE", 0.05)
        act()


def test_a_hold_on_a_mistyped_id_is_no_hold(sqlite_url: str) -> None:
    """It raises and names what was meant; nobody takes it for an answer."""
    gate = make_bench(sqlite_url).gate
    approved(gate, "2026-07")
    with pytest.raises(NotFound, match="2026-07"):
        gate.hold("2026-7", by="dai")


# Answering


@pytest.mark.parametrize("state", list(HoldState))
def test_r13_only_held_is_true(state: HoldState) -> None:
    """`if gate.hold(…):` means what it says."""
    assert (state is HoldState.HELD) is bool(HoldAnswer(hold="d1/h1", draft_id="d1", state=state))


def test_r13_only_an_open_decision_is_true(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    submitted(gate)
    closed: Decision = gate.decide("d1")
    sign(gate)
    let_through: Decision = gate.decide("d1")

    assert (False, False) == (bool(closed), closed.open)
    assert (True, True) == (bool(let_through), let_through.open)


def test_t49_what_has_begun_is_not_called_held(store_url: str) -> None:
    """In the middle of a letter: IN_FLIGHT, with what has gone, is in flight and was stopped."""
    bench, answers = make_bench(store_url), list[HoldAnswer]()
    approved(bench.gate, content=mails(5))

    def second(_: Parcel) -> None:
        if len(bench.outbox.got) == 1:
            answers.append(bench.gate.hold("d1", by="dai"))

    bench.outbox.on_send = second
    assert "Stopped half-way" in stopped(bench)
    assert (HoldState.IN_FLIGHT, 1, 1, 3) == (answers[0].state, answers[0].gone, answers[0].in_flight, answers[0].stopped)
    assert 2 == len(bench.outbox.got)


def _hold(bench: Bench) -> None:
    bench.gate.hold("d1", by="dai")


def test_r16_a_hold_stops_a_bulk_send_at_the_next_letter(store_url: str) -> None:
    """Held before the first letter of a hundred is handed over: it alone leaves."""
    bench = make_bench(store_url)
    approved(bench.gate, content=mails(100))
    bench.outbox.on_send = lambda _: _hold(bench)
    stopped(bench)

    assert ["reader1@paper.example"] == bench.outbox.reached
    assert (State.APPROVED, 99) == (bench.gate.draft("d1").state, bench.gate.draft("d1").tally.left)


def test_r16_held_and_lifted_between_two_letters_the_old_run_is_over(store_url: str) -> None:
    """A lift brings nothing back that had been claimed before the hold."""
    bench = make_bench(store_url)
    approved(bench.gate, content=mails(3))

    def first(_: Parcel) -> None:
        if not bench.outbox.got:
            bench.gate.hold("d1", by="dai")
            lifted(bench.gate, "d1/h1", by="dai", note="Never mind.")

    bench.outbox.on_send = first
    stopped(bench)

    assert 1 == len(bench.outbox.got)
    assert 3 == bench.gate.send("d1", by="mailer").sent


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ([], HoldState.TOO_LATE),
        ([TimeoutError()], HoldState.UNKNOWN),
        ([NotSent("no")] * 5, HoldState.HELD),
    ],
)
def test_the_answer_is_as_certain_as_what_is_known(sqlite_url: str, answers: list[object], state: HoldState) -> None:
    """Sent: too late. No answer: unknown. Certainly not sent: held."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    bench.outbox.answers = answers
    with contextlib.suppress(Blocked):
        bench.gate.send("d1", by="mailer")

    assert state is bench.gate.hold("d1", by="dai").state


def test_a_hold_on_what_is_over_answers_and_changes_nothing(sqlite_url: str) -> None:
    """Withdrawn: HELD, for nothing leaves. Sent: TOO_LATE. It never raises."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, "gone")
    bench.gate.send("gone", by="mailer")
    written(bench.gate, "withdrawn", content="Another.")
    bench.gate.withdraw("withdrawn", by="akari", note="Never mind.")

    answers = [bench.gate.hold(name, by="dai") for name in ("gone", "withdrawn")]
    assert [HoldState.TOO_LATE, HoldState.HELD] == [answer.state for answer in answers]
    assert ["", ""] == [answer.hold for answer in answers]


@pytest.mark.counts
def test_t41_a_hold_racing_a_send_has_one_winner(store_url: str, counts: Callable[[int], int]) -> None:
    """HELD and nothing left afterwards, or the hold says that something had begun: never both."""
    bench = make_bench(store_url)
    for number in range(counts(100)):
        name, answers = f"d{number}", list[HoldAnswer]()
        approved(bench.gate, name, content=f"Text {number}.")
        before = len(bench.outbox.got)
        start = threading.Barrier(2)

        def stop(draft_id: str = name, said: list[HoldAnswer] = answers, gun: threading.Barrier = start) -> None:
            gun.wait()
            said.append(bench.gate.hold(draft_id, by="dai"))

        holder = threading.Thread(target=stop)
        holder.start()
        start.wait()
        with contextlib.suppress(Blocked):
            bench.gate.send(name, by="mailer")
        holder.join()
        assert (answers[0].state is HoldState.HELD) is (len(bench.outbox.got) == before)


def test_f019_a_hold_between_any_two_steps_of_a_send_has_one_answer(store_url: str) -> None:
    """Before the claim, before the batch, before each fence, before the end: HELD and nothing more leaves, or it says what has gone."""
    found = []
    for number in range(1, 20):
        bench, answers = make_bench(store_url), list[HoldAnswer]()
        name = f"d{number}"
        approved(bench.gate, name, content=mails(2, f"Text {number}."))
        office, got = bench.gate._office, bench.outbox.got

        def stop(answers: list[HoldAnswer] = answers, bench: Bench = bench, draft: str = name) -> None:
            answers.append(bench.gate.hold(draft, by="dai"))

        with contextlib.suppress(Blocked):
            sending.send(replace(office, store=Between(office.store, number, stop)), name, by="mailer")  # type: ignore[arg-type]  # it quacks
        bench.gate.close()
        if not answers:
            break
        (answer,) = answers
        found.append((answer.state, answer.gone + answer.in_flight, len(got)))

    assert all(told == left for _, told, left in found), "what was said to have gone, or to be going, is what the other end has"
    held, flying, late = HoldState.HELD, HoldState.IN_FLIGHT, HoldState.TOO_LATE
    assert [(held, 0, 0), (held, 0, 0), (held, 0, 0), (flying, 1, 1), (flying, 2, 2)] == [each for each in found if each[0] is not late][:5]


# Lifting


def test_f033_each_hold_is_lifted_by_itself(store_url: str) -> None:
    """Dai lifts his; chie's is still in force."""
    gate = make_bench(store_url).gate
    approved(gate)
    gate.hold("d1", by="dai")
    gate.hold("d1", by="chie")
    lifted(gate, "d1/h1", by="dai", note="Mine is settled.")

    assert ["d1/h2"] == [hold.id for hold in gate.draft("d1").holds]
    assert {"hold-active"} == gate.decide("d1").blocked_by
    lifted(gate, "d1/h2", by="chie", note="Mine too.")
    assert gate.decide("d1")


@pytest.mark.counts
def test_f033_a_hold_while_another_is_lifted_stands(store_url: str, counts: Callable[[int], int]) -> None:
    """The last write does not win: pressed at the same moment, the new hold is in force."""
    gate = make_bench(store_url).gate
    approved(gate)
    for number in range(1, 2 * counts(40), 2):
        gate.hold("d1", by="dai")
        lifting = threading.Thread(target=lambda no=number: lifted(gate, f"d1/h{no}", by="dai", note="Go on."))
        lifting.start()
        gate.hold("d1", by="chie")
        lifting.join()
        assert [f"d1/h{number + 1}"] == [hold.id for hold in gate.draft("d1").holds]
        lifted(gate, f"d1/h{number + 1}", by="chie", note="Go on.")


@pytest.mark.parametrize(
    ("by", "code"), [("akari", "may-not-lift"), ("ben", "may-not-lift"), ("mailer", "robot-signs"), ("stranger", "unknown-person")]
)
def test_t40_lifting_needs_a_right(sqlite_url: str, by: str, code: str) -> None:
    """An approver who had no hand in the text, or whoever placed it."""
    gate = make_bench(sqlite_url).gate
    approved(gate)
    gate.hold("d1", by="dai")

    assert code == refused(lambda: lifted(gate, "d1/h1", by=by, note="Go on."))
    assert {"hold-active"} == gate.decide("d1").blocked_by


def test_t40_lifting_needs_a_word(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    approved(gate)
    gate.hold("d1", by="dai")

    assert "note-empty" == refused(lambda: lifted(gate, "d1/h1", by="dai", note=" "))


def test_t40_lifting_sends_nothing_and_changes_no_state(sqlite_url: str) -> None:
    """Back to where it stood; whoever sends, sends."""
    bench = make_bench(sqlite_url)
    confirmed(bench.gate)
    bench.gate.hold("d1", by="dai")

    assert State.APPROVING is lifted(bench.gate, "d1/h1", by="dai", note="Go on.").state
    assert [] == bench.outbox.got


def test_the_writer_lifts_only_a_hold_of_her_own(sqlite_url: str) -> None:
    """And never one that was placed in her name by somebody whom nobody knows."""
    gate = make_bench(sqlite_url).gate
    approved(gate)
    gate.hold("d1", by="akari")
    gate.hold("d1", by="Akari, on the phone")
    gate.hold("d1", by="writer")

    lifted(gate, "d1/h1", by="akari", note="Mine.")
    assert "may-not-lift" == refused(lambda: lifted(gate, "d1/h2", by="akari", note="Mine too."))
    assert "may-not-lift" == refused(lambda: lifted(gate, "d1/h3", by="akari", note="My robot's."))


def test_a_hold_is_lifted_once(sqlite_url: str) -> None:
    """Again, or under a name that is no hold in force: refused, and the others stand."""
    gate = make_bench(sqlite_url).gate
    approved(gate)
    gate.hold("d1", by="dai")
    lifted(gate, "d1/h1", by="dai", note="Go on.")
    gate.hold("d1", by="dai")
    for name in ("d1/h1", "d1", "h2", "d1/h3", "d1/"):
        with pytest.raises(GateError):
            lifted(gate, name, by="dai", note="Go on.")

    assert {"hold-active"} == gate.decide("d1").blocked_by


def test_r29_lifting_starts_the_undo_delay_anew(sqlite_url: str) -> None:
    """Lifted at the last second, it does not leave at the next."""
    bench = make_bench(sqlite_url, rules='[channels.news]\nundo = "5m"\n[[requirement]]\nname = "one"\napprovers = 1\n')
    seen = submitted(bench.gate)
    bench.gate.approve("d1", digest=seen.digest, by="chie", note="Yes.")
    bench.gate.hold("d1", by="dai")
    bench.clock.forward(hours=1)
    lifted(bench.gate, "d1/h1", by="dai", note="Go on.")

    assert {"waiting-for-time"} == bench.gate.decide("d1").blocked_by
    assert NOON + timedelta(minutes=65) == bench.gate.decide("d1").earliest


def test_a_withdrawal_on_its_way_is_a_hold_that_nobody_lifts(store_url: str) -> None:
    """While a letter is in flight: at once held for good; afterwards stopped."""
    bench = make_bench(store_url)
    approved(bench.gate, content=mails(3))

    def first(_: Parcel) -> None:
        bench.gate.withdraw("d1", by="akari", note="The price is wrong.")
        assert "hold-final" == refused(lambda: lifted(bench.gate, "d1/h1", by="dai", note="Go on."))

    bench.outbox.on_send = first
    stopped(bench)

    assert (State.STOPPED, 1) == (bench.gate.draft("d1").state, len(bench.outbox.got))


def test_hold_channel_holds_all_that_is_not_over(store_url: str) -> None:
    """Everything on this way out, in one step; what is over is left alone."""
    gate = make_bench(store_url).gate
    for number in range(3):
        approved(gate, f"d{number}", content=f"Text {number}.")
    gate.send("d0", by="mailer")

    assert ["d1", "d2"] == [answer.draft_id for answer in gate.hold_channel("news", by="dai") if answer]
    assert not gate.decide("d1")
    assert not gate.decide("d2")
