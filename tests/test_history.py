"""A draft's history is read only as it was written: whoever holds the store cannot make a gate open."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from releasegate.errors import Blocked, NotSent, StoreError
from releasegate.store import log
from tests.building import Bench, approved, confirmed, lifted, mails, make_bench, submitted, written


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url)
    yield made
    made.gate.close()


@pytest.fixture
def sql(store_url: str) -> Iterator[Callable[..., Any]]:
    """SQL of somebody who holds the store."""
    engine = create_engine(store_url)

    def run(statement: str, **values: object) -> Any:  # noqa: ANN401 - whatever the statement gives
        with engine.begin() as connection:
            result = connection.execute(text(statement), values)
            return result.fetchall() if result.returns_rows else None

    yield run
    engine.dispose()


def _stays(bench: Bench, draft_id: str, *codes: str) -> None:
    with pytest.raises(Blocked) as caught:
        bench.gate.send(draft_id, by="mailer")
    assert set(codes) <= {blocker.code for blocker in caught.value.decision.blockers}  # type: ignore[attr-defined]  # a Decision
    assert [] == bench.outbox.got


def test_a_send_that_goes_on_after_a_pause_is_no_change_of_what_was_logged(bench: Bench) -> None:
    """The outcomes of the pause are in the chain; the letter now on its way is not among them."""
    bench.outbox.answers = [None, NotSent("no route")]
    approved(bench.gate, content=mails(2))
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    faults: list[tuple[str, ...]] = []
    bench.outbox.on_send = lambda _: faults.append(bench.gate.verify().faults)

    bench.gate.send("d1", by="mailer")

    assert [()] == faults


def test_r04_a_text_that_was_taken_from_its_draft_in_sql_is_missed(bench: Bench, sql: Callable[..., Any]) -> None:
    """A hold on d1 would no longer follow its text into another draft."""
    written(bench.gate)
    sql("DELETE FROM texts WHERE draft_id = 'd1'")

    assert ("cache: a text of d1 is not kept as one of its texts",) == bench.gate.verify().faults


def test_f125_a_state_set_in_sql_opens_nothing(bench: Bench, sql: Callable[..., Any]) -> None:
    submitted(bench.gate)
    sql("UPDATE drafts SET state = 'approved' WHERE id = 'd1'")

    _stays(bench, "d1", "history-broken", "hold-unknown", "approval-missing")


def test_f125_a_hold_taken_out_of_the_row_still_holds(bench: Bench, sql: Callable[..., Any]) -> None:
    approved(bench.gate)
    bench.gate.hold("d1", by="dai", note="Stop.")
    sql("UPDATE drafts SET hold_count = 0 WHERE id = 'd1'")

    _stays(bench, "d1", "hold-active", "history-broken")


def test_f132_a_hold_that_was_deleted_in_sql_opens_nothing(bench: Bench, sql: Callable[..., Any]) -> None:
    approved(bench.gate)
    bench.gate.hold("d1", by="dai", note="Stop.")
    bench.gate.hold("d1", by="ben", note="Also from me.")
    lifted(bench.gate, "d1/h2", by="ben", note="Mine is settled.")
    sql("DELETE FROM events WHERE kind = 'hold' AND seq = (SELECT min(seq) FROM events WHERE kind = 'hold')")
    sql("UPDATE drafts SET hold_count = 0 WHERE id = 'd1'")

    _stays(bench, "d1", "history-broken", "hold-unknown")


@pytest.mark.parametrize(("kind", "old", "new"), [("confirm", b'"ben"', b'"dai"'), ("write", b'"round":1', b'"round":2')])
def test_f129_an_event_edited_in_sql_opens_nothing(bench: Bench, sql: Callable[..., Any], kind: str, old: bytes, new: bytes) -> None:
    approved(bench.gate)
    body = bytes(sql("SELECT body FROM events WHERE draft_id = 'd1' AND kind = :k", k=kind)[0].body)
    assert old in body
    sql("UPDATE events SET body = :b WHERE draft_id = 'd1' AND kind = :k", b=body.replace(old, new), k=kind)

    _stays(bench, "d1", "history-broken")


def test_an_event_that_no_draft_can_have_had_shuts_the_gate_by_name(bench: Bench, sql: Callable[..., Any]) -> None:
    """A submit that calls itself an approval names no rules."""
    approved(bench.gate)
    body = bytes(sql("SELECT body FROM events WHERE kind = 'submit'")[0].body)
    sql("UPDATE events SET body = :b WHERE kind = 'submit'", b=body.replace(b'"kind":"submit"', b'"kind":"approve"'))

    with pytest.raises(StoreError, match=r"The log of d1 holds an event that this version cannot read\. Nothing leaves"):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got


def test_f126_an_approval_written_by_hand_opens_nothing(bench: Bench, sql: Callable[..., Any]) -> None:
    """Well-formed, and in its place in the draft, but not what the chain goes on from."""
    seen = confirmed(bench.gate)
    row = sql("SELECT position, body FROM events WHERE draft_id = 'd1' AND kind = 'confirm'")[0]
    body = bytes(row.body).replace(b'"kind":"confirm"', b'"kind":"approve"').replace(b'"actor":"ben"', b'"actor":"chie"')
    body = body.replace(b'"seq":%d' % (seen.seq - 1), b'"seq":%d' % (seen.seq + 1)).replace(
        b'"position":%d' % row.position, b'"position":50'
    )
    insert = "INSERT INTO events (position, draft_id, seq, kind, body, hash, salt, memo) SELECT 50, 'd1', :s, 'approve', :b, :h, salt, memo"
    sql(f"{insert} FROM events WHERE position = :p", s=seen.seq + 1, b=body, h=log.link("", body), p=row.position)
    sql("UPDATE drafts SET seq = :s, state = 'approved' WHERE id = 'd1'", s=seen.seq + 1)

    with pytest.raises((Blocked, StoreError)):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got


def test_an_event_that_cannot_be_read_shuts_the_gate_by_name(bench: Bench, sql: Callable[..., Any]) -> None:
    approved(bench.gate)
    sql("UPDATE events SET body = :b WHERE kind = 'confirm'", b=b"{}")

    with pytest.raises(StoreError, match=r"Event \d+ in the log of d1 cannot be read. Nothing leaves"):
        bench.gate.send("d1", by="mailer")
    assert bench.gate.hold("d1", by="dai")
    assert [] == bench.outbox.got


def test_a_history_that_nobody_touched_is_whole(bench: Bench) -> None:
    approved(bench.gate)

    assert () == bench.gate.draft("d1").faults
    assert ["write", "checked", "submit", "confirm", "pass", "approve", "ripen"] == [event.kind for event in bench.gate.history("d1")]
