"""The lifecycle as a graph, and what becomes of steps that it does not know."""

import json
import threading
from collections.abc import Callable, Iterable
from itertools import product

import pytest
from sqlalchemy import create_engine, insert, select, text, update

from releasegate.errors import Blocked, Conflict, GateError, HoldNotPlaced, NotSent, Refused, StoreError, TransitionError
from releasegate.gate import Gate
from releasegate.lifecycle import TABLE, machine, next_state, possible
from releasegate.model.state import Action, State
from releasegate.store import reading, tables
from releasegate.store.stepping import Step, advance
from tests.building import RULES, Bench, approved, confirmed, mails, make_bench, sign, submitted, written
from tests.lifecycle_page import PAGE, page

OUT = {State.SENDING, State.BOOKING, State.BOOKED, State.SENT}
"""Where something has left, or a booking stands."""


def edges() -> list[tuple[State, Action, State]]:
    return [(source, action, target) for action, sources, targets in TABLE for source in sources for target in targets]


def reached(start: Iterable[State], *, without: Iterable[Action] = (), backwards: bool = False) -> set[State]:
    """Every state that a path leads to."""
    found = set(start)
    steps = [(to, of) if backwards else (of, to) for of, action, to in edges() if action not in set(without)]
    while more := {to for of, to in steps if of in found} - found:
        found |= more
    return found


# The graph


def test_no_state_is_unreachable() -> None:
    assert set(State) == reached({State.DRAFTING})


def test_no_state_is_a_trap() -> None:
    """From every state a way leads to an end, and no way leads out of one."""
    ends = {state for state in State if state.over}

    assert set(State) == reached(ends, backwards=True)
    assert not [step for step in edges() if step[0].over]


def test_r01_t33_nothing_is_on_its_way_but_through_begin() -> None:
    """Take `begin` out of the table, and nothing is ever sent, booked or lost."""
    assert not (OUT | {State.UNKNOWN}) & reached({State.DRAFTING}, without={Action.BEGIN})
    assert {State.SENDING, State.BOOKING} == {to for _, action, to in edges() if action is Action.BEGIN}
    assert {Action.BEGIN} == {action for _, action, to in edges() if to in {State.SENDING, State.BOOKING}}


def test_t33_nothing_reaches_begin_but_through_claim_and_nothing_is_claimed_but_approved() -> None:
    """And nothing is approved but by ripening, or coming back from a way that had begun so."""
    assert {State.CLAIMED} == {of for of, action, _ in edges() if action is Action.BEGIN}
    assert {(State.APPROVED, Action.CLAIM)} == {(of, action) for of, action, to in edges() if to is State.CLAIMED}
    assert State.APPROVED not in reached({State.DRAFTING}, without={Action.RIPEN})


def test_unknown_is_left_only_by_settling_or_for_good() -> None:
    """No retry leads out of it."""
    assert {Action.SETTLE, Action.WITHDRAW} == possible(State.UNKNOWN)


@pytest.mark.parametrize(("state", "action"), list(product(State, Action)))
def test_machine_and_table_agree(state: State, action: Action) -> None:
    """For every pair, and for every state that might be asked for."""
    wanted = {to for of, by, to in edges() if (of, by) == (state, action)}

    assert wanted == {to for to in State if _leads(state, action, to)}
    assert bool(wanted) is (action in possible(state))
    if len(wanted) == 1:
        assert wanted == {next_state(state, action)}
    elif wanted:
        with pytest.raises(TransitionError):
            next_state(state, action)


def _leads(state: State, action: Action, to: State) -> bool:
    try:
        return to is next_state(state, action, to)
    except TransitionError:
        return False


def test_the_machine_knows_nothing_beside_the_table() -> None:
    """No `to_sent`, and no action of its own."""
    assert {action.value for action in Action} == set(machine().events)


def test_the_page_is_drawn_from_the_table() -> None:
    """After a change of the table, `python -m tests.lifecycle_page` writes it anew."""
    assert page() == PAGE.read_text(encoding="utf-8")


# Steps that are refused


def kinds(gate: Gate, draft_id: str = "d1") -> list[str]:
    return [each.kind for each in gate.history(draft_id)]


def attempts(gate: Gate, digest: str) -> dict[str, Callable[[], object]]:
    return {
        "submit": lambda: gate.submit("d1", by="akari", note="Please."),
        "confirm": lambda: gate.confirm("d1", digest=digest, by="ben", note="Right."),
        "approve": lambda: gate.approve("d1", digest=digest, by="chie", note="Right."),
        "revoke": lambda: gate.revoke("d1", digest=digest, by="chie", note="Wait."),
        "send_back": lambda: gate.send_back("d1", by="chie", note="No."),
        "waive": lambda: gate.waive("d1", "two pairs of eyes", digest=digest, by="dai", note="Go."),
        "write": lambda: written(gate, content="Another."),
        "withdraw": lambda: gate.withdraw("d1", by="akari", note="Away."),
    }


@pytest.mark.parametrize("name", ["submit", "confirm", "approve", "revoke", "send_back", "waive", "write", "withdraw"])
@pytest.mark.parametrize("end", ["sent", "withdrawn"])
def test_t47_a_decision_on_what_is_over_is_refused_in_words(sqlite_url: str, end: str, name: str) -> None:
    """No crash and no change: a refusal that says how it stands."""
    gate = make_bench(sqlite_url, rules=RULES + "waivable_by = { approvers = 1 }\n").gate
    seen = approved(gate)
    if end == "sent":
        gate.send("d1", by="mailer")
    else:
        gate.withdraw("d1", by="dai", note="Never.")
    before = kinds(gate)
    with pytest.raises(Refused) as refused:
        attempts(gate, seen.digest)[name]()

    assert str(refused.value)
    assert before == kinds(gate)


@pytest.mark.parametrize(("stage", "wrong"), [(written, "confirm"), (written, "approve"), (submitted, "approve"), (submitted, "submit")])
def test_t37_a_step_out_of_turn_is_refused_with_its_reasons(sqlite_url: str, stage: Callable[[Gate], object], wrong: str) -> None:
    """State and log stay as they were."""
    gate = make_bench(sqlite_url).gate
    stage(gate)
    before = gate.draft("d1")
    with pytest.raises(Refused) as refused:
        attempts(gate, before.digest)[wrong]()

    assert ("not-its-turn", before.state.value) == (refused.value.code, refused.value.params["state"])
    assert before == gate.draft("d1")


def test_t46_a_step_from_an_old_reading_is_a_conflict(store_url: str) -> None:
    """Whoever read before somebody else wrote does not write."""
    gate = make_bench(store_url).gate
    written(gate)
    store = gate._office.store
    old = store.look(lambda txn: reading.load(txn, "d1", lock=False))
    gate.submit("d1", by="akari", note="Please.")
    with pytest.raises(Conflict):
        store.act(lambda txn: advance(txn, old, Step(kind="submit", actor="akari", to=State.CHECKING)))

    assert 1 == kinds(gate).count("submit")


@pytest.mark.counts
def test_t46_two_hands_on_one_button_press_it_once(store_url: str, counts: Callable[[int], int]) -> None:
    """Submitted by two at once: one did it, the other hears so."""
    gate = make_bench(store_url).gate
    for number in range(counts(40)):
        name, told = f"d{number}", list[object]()
        written(gate, name, content=f"Text {number}.")

        def press(draft_id: str = name, said: list[object] = told) -> None:
            try:
                said.append(gate.submit(draft_id, by="akari", note="Please."))
            except GateError as error:
                said.append(error)

        threads = [threading.Thread(target=press) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 1 == kinds(gate, name).count("submit")
        assert 1 == len([each for each in told if isinstance(each, Refused)])


def shut(store_url: str, table: str) -> None:
    """From now on the database takes no new and no changed row in this table."""
    engine = create_engine(store_url)
    says = "nothing can be written here"
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            body = f"BEGIN RAISE EXCEPTION '{says}'; END"
            connection.execute(text(f"CREATE FUNCTION shut() RETURNS trigger LANGUAGE plpgsql AS '{body.replace(chr(39), chr(39) * 2)}'"))
            connection.execute(text(f"CREATE TRIGGER shut BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION shut()"))
        else:
            for what in ("INSERT", "UPDATE"):
                connection.execute(text(f"CREATE TRIGGER shut_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{says}'); END"))
    engine.dispose()


@pytest.mark.parametrize("table", ["events", "chain"])
def test_t53_without_its_log_entry_no_step_is_taken(store_url: str, table: str) -> None:
    """The log cannot be written: the state stays, and nothing leaves."""
    bench = make_bench(store_url)
    approved(bench.gate)
    before = bench.gate.draft("d1")

    shut(store_url, table)
    for act in (
        lambda: bench.gate.send("d1", by="mailer"),
        lambda: bench.gate.revoke("d1", digest=before.digest, by="chie", note="Wait."),
        lambda: bench.gate.hold("d1", by="dai"),
    ):
        with pytest.raises((StoreError, HoldNotPlaced), match="nothing can be written here"):
            act()

    assert before == bench.gate.draft("d1")
    assert [] == bench.outbox.got


# What the row says


def tamper(store_url: str, **values: object) -> None:
    """What somebody with a client for databases can do."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(update(tables.drafts).values(**values))
    engine.dispose()


@pytest.mark.parametrize(
    "values", [{"state": "approved"}, {"state": "claimed"}, {"state": "sending"}, {"hold_count": 0}, {"seq": 99}, {"round": 7}]
)
def test_f125_a_row_that_was_written_to_is_not_believed(store_url: str, values: dict[str, object]) -> None:
    """The verdict is derived from the events; where the row says something else, the gate is shut."""
    bench = make_bench(store_url)
    confirmed(bench.gate)
    bench.gate.hold("d1", by="dai")
    tamper(store_url, **values)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert {"history-broken", "hold-unknown"} <= bench.gate.decide("d1").blocked_by
    assert [] == bench.outbox.got


def test_f125_an_approval_that_was_written_by_hand_is_not_believed(store_url: str) -> None:
    """An event beside the chain, with a row that fits it, shuts the gate too."""
    bench = make_bench(store_url)
    seen = confirmed(bench.gate)
    engine = create_engine(store_url)
    with engine.begin() as connection:
        rows = connection.execute(select(tables.events).where(tables.events.c.draft_id == "d1").order_by(tables.events.c.seq)).all()
        body = json.loads(rows[-1].body) | {"seq": seen.seq + 1, "position": 99, "kind": "approve", "actor": "chie"}
        body["data"] = {"to": "approved", "rules": bench.gate._office.policy.rules}
        forged = rows[-1]._asdict() | {"position": 99, "seq": seen.seq + 1, "kind": "approve", "body": json.dumps(body).encode()}
        connection.execute(insert(tables.events).values(**forged | {"memo": None, "salt": None}))
        connection.execute(update(tables.drafts).values(seq=seen.seq + 1, state="approved"))
    engine.dispose()
    with pytest.raises((Blocked, GateError)):
        bench.gate.send("d1", by="mailer")

    assert [] == bench.outbox.got


# One by one


def test_t34_a_blocked_draft_never_rides_with_another(store_url: str) -> None:
    """Each is judged alone: the held one stays when its neighbours leave, in whatever order."""
    bench = make_bench(store_url)
    for name in ("a", "b", "c"):
        approved(bench.gate, name, content=f"Text {name}.")
    bench.gate.hold("b", by="dai")

    assert ["sent", "blocked", "sent"] == [_try(bench, name) for name in ("a", "b", "c")]
    assert 2 == len(bench.outbox.got)


def _try(bench: Bench, name: str) -> str:
    try:
        bench.gate.send(name, by="mailer")
    except Blocked:
        return "blocked"
    return "sent"


def test_t33_going_on_after_a_failure_asks_the_gate_again(store_url: str) -> None:
    """What is left after a broken run is not left to the old verdict."""
    bench = make_bench(store_url)
    seen = approved(bench.gate, content=mails(3))
    bench.outbox.answers = [None, *[NotSent("no")] * 9]
    assert "blocked" == _try(bench, "d1")
    bench.gate.hold("d1", by="dai")
    bench.clock.forward(minutes=1)
    bench.outbox.answers = []

    assert "blocked" == _try(bench, "d1")
    assert 1 == len(bench.outbox.got)
    assert seen.digest == bench.gate.draft("d1").digest


def test_t08_what_leaves_has_the_digest_that_was_signed(store_url: str) -> None:
    """The parcels in the channel's hands, sealed again, give the manifest's digest of them."""
    bench = make_bench(store_url)
    written(bench.gate, content=mails(3))
    bench.gate.submit("d1", by="akari", note="Please.")
    sign(bench.gate)
    store = bench.gate._office.store
    engine = store._engine
    with engine.connect() as connection, connection.begin():
        sealed = connection.execute(select(tables.sealed.c.digest).order_by(tables.sealed.c.no)).scalars().all()
    bench.gate.send("d1", by="mailer")

    assert list(sealed) == [parcel.digest for parcel, _ in bench.outbox.got]


def test_t08_a_sealed_letter_that_was_changed_in_the_store_does_not_leave(store_url: str) -> None:
    """Neither its bytes nor its envelope."""
    bench = make_bench(store_url)
    approved(bench.gate)
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(update(tables.sealed).values(to='["somebody-else@paper.example"]'))
    engine.dispose()
    with pytest.raises(GateError):
        bench.gate.send("d1", by="mailer")

    assert [] == bench.outbox.got
