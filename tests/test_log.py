"""The log finds what was changed in it, and says what it cannot vouch for."""

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import IntegrityError

from releasegate.dispatch import dispatch
from releasegate.errors import Blocked, NotSent, StoreError
from releasegate.gate import Gate
from releasegate.model.state import DeliveryState
from releasegate.store import beside, log, streaming, walking
from releasegate.store.deliveries import Settlement
from releasegate.store.verifying import Verification
from tests.building import approved, mails, make_bench, make_gate, written
from tests.long_log import empty, lengthen


@pytest.fixture
def gate(store_url: str) -> Iterator[Gate]:
    """A gate with three drafts: sent, held, and only written."""
    bench = make_bench(store_url)
    approved(bench.gate, "a")
    bench.gate.send("a", by="mailer")
    written(bench.gate, "b", "Another text.")
    bench.gate.hold("b", by="chie", note="Wait for legal.")
    written(bench.gate, "c", "A third text.")
    yield bench.gate
    bench.gate.close()


@pytest.fixture
def sql(store_url: str, gate: Gate) -> Iterator[Callable[..., Any]]:
    """SQL of somebody who holds the store."""
    engine = create_engine(store_url)
    yield lambda statement, **values: _run(engine, statement, values)
    engine.dispose()


def _run(engine: Engine, statement: str, values: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the statement gives
    with engine.begin() as connection:
        result = connection.execute(text(statement), values)
        return result.fetchall() if result.returns_rows else None


def _rewrite(connection: Connection, *, start: int) -> None:
    """What a careful forger does: every hash from here on made anew, the chain's row too."""
    rows = connection.execute(text("SELECT position, body FROM events ORDER BY position")).fetchall()
    head = ""
    for position, body in rows:
        head = log.link(head, bytes(body)) if position >= start else _hash(connection, position)
        connection.execute(text("UPDATE events SET hash = :h WHERE position = :p"), {"h": head, "p": position})
    connection.execute(text("UPDATE chain SET head = :h, position = :p"), {"h": head, "p": rows[-1].position})


def _hash(connection: Connection, position: int) -> str:
    return str(connection.execute(text("SELECT hash FROM events WHERE position = :p"), {"p": position}).scalar_one())


def _kinds(found: Verification) -> set[str]:
    return {fault.partition(":")[0] for fault in found.faults}


def test_an_untouched_log_is_sound(gate: Gate) -> None:
    found = gate.verify(anchors=[gate.head()])

    assert () == found.faults
    assert found.sound
    assert (found.length, gate.head()) == (found.covered, found.head)
    assert found.since is None


def test_f129_an_edited_event_is_named(gate: Gate, sql: Callable[..., Any]) -> None:
    body = bytes(sql("SELECT body FROM events WHERE position = 4")[0].body)
    sql("UPDATE events SET body = :b WHERE position = 4", b=body.replace(b"akari", b"dai"))

    assert "changed: event 4 is not what was written after event 3" in gate.verify().faults


def test_f129_an_event_that_became_text_in_a_shell_is_named(gate: Gate, sql: Callable[..., Any], store_url: str) -> None:
    if store_url.startswith("sqlite"):
        sql("UPDATE events SET body = replace(body, 'akari', 'dai') WHERE position = 4")
    else:
        sql("UPDATE events SET body = convert_to(replace(convert_from(body, 'UTF8'), 'akari', 'dai'), 'UTF8') WHERE position = 4")

    assert "changed: event 4 is not what was written after event 3" in gate.verify().faults


def test_f129_an_event_that_is_no_json_any_more_is_named(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("UPDATE events SET body = :b WHERE position = 4", b=b'{"kind": "confirm"')

    assert {"changed", "unreadable"} <= _kinds(gate.verify())


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'{"data": 7}', b"\xff"])
def test_f129_a_last_event_that_is_none_any_more_does_not_bear_out_its_row(gate: Gate, sql: Callable[..., Any], body: bytes) -> None:
    """Where the draft stands can no longer be told from its log: its row is not believed either."""
    position = gate.history("c")[-1].position
    sql("UPDATE events SET body = :b WHERE position = :p", b=body, p=position)

    found = gate.verify()

    assert {"changed", "unreadable", "cache"} <= _kinds(found)
    assert "cache: the row of c is not where its events end" in found.faults


def test_f129_a_first_event_that_is_none_any_more_tells_of_no_text(gate: Gate, sql: Callable[..., Any]) -> None:
    mark = gate.draft("b").mark
    sql("UPDATE events SET body = :b WHERE draft_id = 'b' AND kind = 'write'", b=b"{")

    assert f"cache: b never had the text {mark}" in gate.verify().faults


@pytest.mark.parametrize("change", ["memo = :b", "salt = :b"])
def test_f129_an_edited_note_is_named(gate: Gate, sql: Callable[..., Any], change: str) -> None:
    position = sql("SELECT max(position) AS p FROM events WHERE kind = 'hold'")[0].p
    sql(f"UPDATE events SET {change} WHERE position = :p", b=b'{"note":"Go on."}', p=position)  # noqa: S608 - the test's own words

    assert f"changed: the note beside event {position}" in gate.verify().faults


def test_f138_a_note_that_was_taken_away_is_named_and_counted(gate: Gate, sql: Callable[..., Any]) -> None:
    """What `erase` took away is only counted: tests/test_erasing.py."""
    position = sql("SELECT max(position) AS p FROM events WHERE kind = 'hold'")[0].p
    sql("UPDATE events SET memo = NULL, salt = NULL WHERE kind = 'hold'")

    found = gate.verify()

    assert ((f"missing: the note beside event {position}; no entry says that it was erased",), 1) == (found.faults, found.erased)


@pytest.mark.parametrize("where", ["position = 3", "position = (SELECT max(position) FROM events)", "draft_id = 'b'"])
def test_f129_a_deleted_event_is_missed(gate: Gate, sql: Callable[..., Any], where: str) -> None:
    sql(f"DELETE FROM events WHERE {where}")  # noqa: S608

    assert not gate.verify().sound


def test_f129_a_draft_that_was_deleted_whole_is_missed(gate: Gate, sql: Callable[..., Any]) -> None:
    first, last = sql("SELECT min(position) AS a, max(position) AS z FROM events WHERE draft_id = 'b'")[0]
    sql("DELETE FROM events WHERE draft_id = 'b'")
    sql("DELETE FROM drafts WHERE id = 'b'")

    assert any(fault == f"missing: event {first} to {last}" for fault in gate.verify().faults)


def test_f129_two_events_that_changed_places_are_named(gate: Gate, sql: Callable[..., Any]) -> None:
    for old, new in ((3, 900), (4, 3), (900, 4)):
        sql("UPDATE events SET position = :n WHERE position = :o", n=new, o=old)

    assert {"changed", "moved"} <= _kinds(gate.verify())


def test_f127_an_event_moved_to_another_draft_is_named(gate: Gate, sql: Callable[..., Any]) -> None:
    position = sql("SELECT max(position) AS p FROM events WHERE draft_id = 'b'")[0].p
    sql("UPDATE events SET draft_id = 'c', seq = 9 WHERE position = :p", p=position)

    assert {"moved", "gap", "cache"} <= _kinds(gate.verify())


def test_f131_a_rewritten_history_is_found_by_an_anchor_and_only_by_one(gate: Gate, sql: Callable[..., Any], store_url: str) -> None:
    anchor = gate.head()
    body = bytes(sql("SELECT body FROM events WHERE kind = 'hold'")[0].body)
    sql("UPDATE events SET body = :b WHERE kind = 'hold'", b=body.replace(b'"chie"', b'"dai"'))
    engine = create_engine(store_url)
    with engine.begin() as connection:
        _rewrite(connection, start=1)
    engine.dispose()

    assert gate.verify().sound
    found = gate.verify(anchors=[anchor])
    assert ({"rewritten"}, 0) == (_kinds(found), found.covered)


def test_f130_a_cut_tail_is_found_by_the_chain_row(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM events WHERE position = (SELECT max(position) FROM events)")

    assert "cut" in _kinds(gate.verify())


def test_f130_a_tail_cut_with_care_is_found_by_an_anchor(gate: Gate, sql: Callable[..., Any]) -> None:
    """Draft c vanishes without a trace in the store: only who kept the head knows of it."""
    anchor = gate.head()
    first = sql("SELECT min(position) AS p FROM events WHERE draft_id = 'c'")[0].p
    sql("DELETE FROM events WHERE position >= :p", p=first)
    sql("DELETE FROM drafts WHERE id = 'c'")
    sql("UPDATE chain SET position = :p, head = (SELECT hash FROM events WHERE position = :p)", p=first - 1)
    _, at = first, gate.history("b")[-1].at.isoformat(timespec="microseconds")
    sql("UPDATE chain SET at = :t", t=at)

    assert gate.verify().sound
    assert {"cut"} == _kinds(gate.verify(anchors=[anchor]))


def test_f011_a_store_restored_from_a_backup_is_shorter_than_its_anchor(gate: Gate, sql: Callable[..., Any]) -> None:
    """The same by accident: yesterday's file, today's anchor."""
    number, head = gate.head().split(":")

    found = gate.verify(anchors=[f"{int(number) + 7}:{head}"])

    assert (f"cut: the anchor names event {int(number) + 7}, the log ends at {number}",) == found.faults


def test_f012_two_copies_that_went_on_apart_are_told_by_their_anchors(gate: Gate, sql: Callable[..., Any]) -> None:
    number, _ = gate.head().split(":")
    other = f"{number}:{'0' * 64}"

    found = gate.verify(anchors=[gate.head(), other])

    assert ({"rewritten"}, int(number)) == (_kinds(found), found.covered)


def test_f130_what_no_anchor_covers_is_said_with_its_beginning(gate: Gate) -> None:
    anchor = gate.head()
    after = gate.hold("c", by="chie", note="Stop.")

    found = gate.verify(anchors=[anchor])

    assert (found.length - 1, gate.history("c")[-1].at) == (found.covered, found.since)
    assert (0, gate.verify(anchors=[after.head]).length) == (gate.verify().covered, gate.verify(anchors=[after.head]).covered)


def test_changed_deliveries_are_named(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("UPDATE deliveries SET state = 'refused' WHERE draft_id = 'a'")

    assert ("changed: the deliveries of a are not those that were logged",) == gate.verify().faults


def test_deleted_deliveries_are_named(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM deliveries WHERE draft_id = 'a'")

    assert ("changed: the deliveries of a are not those that were logged",) == gate.verify().faults


@pytest.mark.parametrize("state", ["claimed", "sending"])
def test_i6_a_delivery_that_seems_to_be_at_work_hides_no_other(gate: Gate, sql: Callable[..., Any], state: str) -> None:
    """What is over has nobody at work on it, whatever a row says."""
    sql("UPDATE deliveries SET receipt = '' WHERE draft_id = 'a'")
    columns = 'digest, part, attempt, worker, lease, began, ended, "to", reach, refused, receipt, error'
    sql(
        f"INSERT INTO deliveries (draft_id, no, state, {columns}) "  # noqa: S608 - words of this test
        f"SELECT 'a', 99, :state, {columns} FROM deliveries WHERE draft_id = 'a'",
        state=state,
    )

    assert ("changed: the deliveries of a are not those that were logged",) == gate.verify().faults


@pytest.mark.parametrize("change", ["hold_count = 0", "state = 'approved'", "round = 7", "digest = 'x'", "seq = seq + 1"])
def test_f125_a_changed_row_is_named(gate: Gate, sql: Callable[..., Any], change: str) -> None:
    sql(f"UPDATE drafts SET {change} WHERE id = 'b'")  # noqa: S608

    assert ("cache: the row of b is not where its events end",) == gate.verify().faults


def test_a_row_without_events_and_events_without_a_row_are_named(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("UPDATE drafts SET id = 'z' WHERE id = 'b'")

    assert {"cache: the row of z is not where its events end", "cache: b has events but no row"} == set(gate.verify().faults)


def test_rules_put_back_in_the_gate_row_are_named(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("UPDATE gate SET policy = 3")

    assert ("cache: the rules in force are those of event 3, not of event 1",) == gate.verify().faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("DELETE FROM sealed WHERE no = 1", "changed: the messages of {} are not those that were sealed as {}"),
        ("DELETE FROM sealed", "changed: the messages of {} are not those that were sealed as {}"),
        ("UPDATE sealed SET digest = 'x'", "changed: the messages of {} are not those that were sealed as {}"),
        ("DELETE FROM manifests", "missing: the sealed text {1} of {0}"),
        ("UPDATE manifests SET body = 'x'", "missing: the sealed text {1} of {0}"),
    ],
)
def test_messages_that_were_taken_from_a_sealed_text_are_named(gate: Gate, sql: Callable[..., Any], change: str, fault: str) -> None:
    """Of whatever text of a draft, also of one that was written over: a send would find out too late for whoever looks tonight."""
    first = gate.draft("c").mark
    written(gate, "c", [b"From: a@b.example\r\nTo: c@d.example\r\n\r\nA.\r\n", b"From: a@b.example\r\nTo: e@d.example\r\n\r\nB.\r\n"])
    texts = [*((each, gate.draft(each).mark) for each in ("a", "b", "c")), ("c", first)]
    assert gate.verify().sound

    sql(change)

    assert {fault.format(*each) for each in texts} == set(gate.verify().faults)


@pytest.mark.parametrize("change", ["DELETE FROM sealed", "DELETE FROM blobs"])
def test_a_message_that_is_not_there_is_not_shown(gate: Gate, sql: Callable[..., Any], change: str) -> None:
    sql(change)

    with pytest.raises(StoreError, match=r"Sealed message no\. 1 is missing or was changed"):
        gate.letter("b")


def test_a_message_that_was_put_into_a_sealed_text_is_named(gate: Gate, sql: Callable[..., Any]) -> None:
    mark = gate.draft("b").mark
    sql(
        'INSERT INTO sealed (seal, no, digest, content, "to", sender, title, reach, media) '
        'SELECT seal, 2, digest, content, "to", sender, title, reach, media FROM sealed '
        "WHERE seal = (SELECT seal FROM manifests WHERE digest = :digest)",
        digest=gate.draft("b").digest,
    )

    assert f"changed: the messages of b are not those that were sealed as {mark}" in gate.verify().faults


@pytest.mark.parametrize("epoch", ["0", "epoch + 1"])
def test_rules_whose_row_moved_without_an_event_are_named(gate: Gate, sql: Callable[..., Any], epoch: str) -> None:
    """Who claims looks whether the row has moved: one put back would let a claim pass that read older rules."""
    gate.delegate("chie", to="ben", until=gate.history("c")[-1].at + timedelta(days=1), by="chie", note="Away.")
    assert gate.verify().sound
    expected = {"0": 0, "epoch + 1": 4}[epoch]

    sql(f"UPDATE gate SET epoch = {epoch}")  # noqa: S608

    assert (f"cache: the rules have moved {expected} times, not 3",) == gate.verify().faults


@pytest.mark.parametrize(
    "change",
    [
        "epoch = epoch + 1",
        "holds = holds + 1",
        "channel = 'other'",
        "title = 'Other'",
        "reach = 7",
        "send_at = '2026-06-29T03:00:00.000000+00:00'",
        "updated = '2026-06-29T02:00:00.000000+00:00'",
        "updated = '2026-06-29T04:00:00.000000+00:00'",
        "updated = 'soon'",
        "lease = '2026-06-29T04:00:00.000000+00:00'",
    ],
)
def test_f125_what_else_a_row_keeps_is_compared_too(gate: Gate, sql: Callable[..., Any], change: str) -> None:
    sql(f"UPDATE drafts SET {change} WHERE id = 'b'")  # noqa: S608

    assert ("cache: the row of b is not where its events end",) == gate.verify().faults


def test_a_gap_in_a_drafts_events_is_named_by_its_number(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM events WHERE draft_id = 'a' AND seq = 3")

    assert "gap: a jumps to its event 4" in gate.verify().faults


def test_a_text_that_a_draft_never_had_is_named(gate: Gate, sql: Callable[..., Any]) -> None:
    """A hold on b would follow it into c."""
    sql("INSERT INTO texts (draft_id, digest) SELECT 'c', digest FROM drafts WHERE id = 'b'")

    assert (f"cache: c never had the text {gate.draft('b').mark}",) == gate.verify().faults


@pytest.mark.parametrize(
    "change",
    [
        """UPDATE sealed SET "to" = '["thief@x.example"]'""",
        """UPDATE sealed SET "to" = 'none'""",
        "UPDATE sealed SET sender = 'x'",
        "UPDATE sealed SET reach = 7",
        "UPDATE sealed SET content = 'x'",
        "UPDATE blobs SET data = content",
        "UPDATE blobs SET data = data || data",
        "DELETE FROM blobs",
    ],
)
def test_a_message_that_is_not_what_was_sealed_is_named(gate: Gate, sql: Callable[..., Any], change: str, store_url: str) -> None:
    """Nobody waits until it shall leave."""
    sql(change if store_url.startswith("sqlite") else change.replace("data = content", "data = content::bytea"))

    assert {f"changed: 1 messages of {each} do not hold what was sealed" for each in ("a", "b", "c")} <= set(gate.verify().faults)


@pytest.mark.parametrize(("draft", "digest"), [("c", "digest"), ("a", "'x'"), ("z", "digest")])
def test_deliveries_of_which_the_log_does_not_tell_are_named(gate: Gate, sql: Callable[..., Any], draft: str, digest: str) -> None:
    """Whoever is in such a row would be passed over."""
    columns = 'no, part, state, attempt, worker, lease, began, ended, "to", reach, refused, receipt, error'
    sql(
        f"INSERT INTO deliveries (draft_id, digest, {columns}) "  # noqa: S608 - words of this test
        f"SELECT '{draft}', {digest}, {columns} FROM deliveries WHERE draft_id = 'a'"
    )

    assert (f"changed: there are deliveries of {draft} of which the log does not tell",) == gate.verify().faults


def test_a_send_that_was_interrupted_twice_is_sound(store_url: str) -> None:
    """Paused once, and killed in the second run: what it did after the pause stands in no entry yet."""
    bench = make_bench(store_url)
    approved(bench.gate, "a", mails(4))
    bench.outbox.answers = [None, *[NotSent("down")] * 5]
    with pytest.raises(Blocked):
        bench.gate.send("a", by="mailer")
    bench.outbox.answers = []
    steps = dispatch(bench.gate._office, "a", by="mailer", deadline=60)
    going = next(steps)
    steps.send(Settlement(delivery=going.delivery, state=DeliveryState.SENT, receipt="r"))

    assert bench.gate.verify().sound
    steps.close()
    assert bench.gate.verify().sound


def test_a_log_that_is_broken_throughout_is_told_on_some_pages(
    gate: Gate, sql: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "MOST", 3)
    sql("UPDATE events SET hash = draft_id")

    faults = gate.verify().faults
    assert (4, "and ") == (len(faults), faults[-1][:4])


@pytest.mark.counts
def test_verifying_takes_no_more_memory_for_a_longer_log(
    store_url: str, counts: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five times as many events, in five times as many drafts."""
    monkeypatch.setattr(streaming, "_BATCH", 300)  # what is read at once, so that the short log is longer than that
    monkeypatch.setattr(beside, "_CHUNK", 50)
    peaks = []
    for name, count in (("short", counts(60_000)), ("long", counts(300_000))):
        url = store_url.replace("store.sqlite3", f"{name}.sqlite3")
        gate = make_gate(url)
        lengthen(gate, url, count)
        tracemalloc.start()
        found = gate.verify()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert ((), True) == (found.faults, found.length > count)
        gate.close()
        if not url.startswith("sqlite"):
            empty(url)

    assert peaks[1] - peaks[0] < 500_000, peaks  # 40 bytes an event of the short run, 2 of the long one


def test_a_missing_gate_row_is_named(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM gate")

    assert {
        "cache: the rules in force are those of event None, not of event 1",
        "cache: the rules have moved None times, not 2",
    } == set(gate.verify().faults)


def test_a_missing_chain_row_is_named(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM chain")

    assert "cut" in _kinds(gate.verify())


def test_a_log_that_was_emptied_is_no_sound_one(gate: Gate, sql: Callable[..., Any]) -> None:
    sql("DELETE FROM events")
    sql("UPDATE chain SET position = 0, head = ''")

    assert {"cache", "changed"} == _kinds(gate.verify())


@pytest.mark.parametrize("anchor", ["", "41", "x:" + "0" * 64, "41:abc"])
def test_what_is_no_anchor_is_refused(gate: Gate, anchor: str) -> None:
    with pytest.raises(ValueError, match="is no anchor"):
        gate.verify(anchors=[anchor])


COLUMNS = {"events": ("position", "draft_id", "seq", "kind", "body", "hash", "salt", "memo"), "chain": ("position", "head", "at")}


@given(data=st.data())
def test_any_flipped_byte_of_log_and_chain_is_found(flipping: "Flipping", data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(COLUMNS)))
    column = data.draw(st.sampled_from(COLUMNS[table]))
    key = data.draw(st.sampled_from(flipping.keys(table, column)))
    value = flipping.value(table, column, key)
    changed: object
    if isinstance(value, int):
        changed = value ^ (1 << data.draw(st.integers(0, 20)))
    else:
        raw = bytearray(value.encode() if isinstance(value, str) else value)
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 6))
        changed = raw.decode("ascii") if isinstance(value, str) else bytes(raw)

    assert flipping.found(table, column, key, changed)


class Flipping:
    """A store in which one value is changed, looked at, and put back."""

    def __init__(self, gate: Gate, engine: Engine) -> None:
        self._gate, self._engine = gate, engine

    def keys(self, table: str, column: str) -> list[int]:
        """The rows that have something there."""
        key = "position" if table == "events" else "id"
        rows = _run(self._engine, f"SELECT {key} FROM {table} WHERE {column} IS NOT NULL AND CAST({column} AS TEXT) <> ''", {})  # noqa: S608
        return [row[0] for row in rows]

    def value(self, table: str, column: str, key: int) -> Any:  # noqa: ANN401 - a number, text or bytes
        """What stands there."""
        name = "position" if table == "events" else "id"
        return _run(self._engine, f"SELECT {column} FROM {table} WHERE {name} = :k", {"k": key})[0][0]  # noqa: S608

    def found(self, table: str, column: str, key: int, changed: object) -> bool:
        """Whether verify finds this in its place; a number that another row has is refused by the database itself."""
        name, before = ("position" if table == "events" else "id"), self.value(table, column, key)
        try:
            _run(self._engine, f"UPDATE {table} SET {column} = :v WHERE {name} = :k", {"v": changed, "k": key})  # noqa: S608
        except IntegrityError:
            return True
        try:
            return not self._gate.verify().sound
        finally:
            now = changed if column == name else key
            _run(self._engine, f"UPDATE {table} SET {column} = :v WHERE {name} = :k", {"v": before, "k": now})  # noqa: S608


@pytest.fixture(scope="module")
def flipping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flipping]:
    """A small store for many small changes."""
    url = f"sqlite:///{tmp_path_factory.mktemp('flip') / 'store.sqlite3'}"
    gate = make_bench(url).gate
    written(gate, "b", "Another text.")
    gate.hold("b", by="chie", note="Wait for legal.")
    engine = create_engine(url)
    yield Flipping(gate, engine)
    engine.dispose()
    gate.close()
