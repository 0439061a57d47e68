"""What every store keeps, on both databases alike."""

import multiprocessing
import os
import random
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import pairwise, product

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from releasegate.channels.mail import seal_mail
from releasegate.errors import Conflict, GateError, StoreError
from releasegate.model.event import Event
from releasegate.model.manifest import Manifest
from releasegate.model.parcel import Parcel
from releasegate.model.schedule import Schedule
from releasegate.model.state import DeliveryState, State
from releasegate.store import clock, deliveries, log, rows, seals
from releasegate.store import store as stores
from releasegate.store.deliveries import Delivery, Settlement, Shift
from releasegate.store.failures import transient
from releasegate.store.rows import Row
from releasegate.store.seals import Reader
from releasegate.store.store import Store, Txn, open_store
from releasegate.store.tables import metadata
from releasegate.store.verifying import verify
from tests.building import make_bench, submitted

NOW = datetime(2026, 6, 29, 3, 0, tzinfo=UTC)
D = DeliveryState


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def _row(draft_id: str = "d1", **more: object) -> Row:
    values: dict[str, object] = {"id": draft_id, "seq": 0, "state": State.DRAFTING, "epoch": 0, "round": 1, "digest": "x", "hold_count": 0}
    values |= {"holds": 0, "channel": "news", "title": "", "reach": 3, "send_at": "", "lease": "", "updated": ""}
    return Row(**(values | more))  # type: ignore[arg-type]  # the columns of the row


def _event(kind: str = "note", draft_id: str = "", seq: int = 0) -> Event:
    return Event(kind=kind, actor="dai", at=NOW, draft_id=draft_id, seq=seq, data={"n": 1}, note="Words beside the chain.")


# --- transactions


@pytest.mark.parametrize("table", ["chain", "gate"])
def test_a_store_that_has_lost_one_of_its_two_rows_says_so_and_writes_nothing(store: Store, store_url: str, table: str) -> None:
    bench = make_bench(store_url)
    other = create_engine(store_url, poolclass=NullPool)
    with other.begin() as connection:
        connection.execute(delete(metadata.tables[table]))

    with pytest.raises(StoreError, match="A row is missing that every store has"):
        submitted(bench.gate)
    with other.begin() as connection:
        assert 0 == connection.execute(text("SELECT count(*) FROM drafts")).scalar_one()
    bench.gate.close()


def test_what_was_acted_is_there_for_whoever_looks(store: Store) -> None:
    store.act(lambda txn: rows.insert(txn, _row()))

    assert _row() == store.look(lambda txn: rows.read(txn, "d1", lock=False))


def test_t37_an_exception_inside_leaves_nothing(store: Store) -> None:
    def fails(txn: Txn) -> None:
        rows.insert(txn, _row())
        log.append(txn, _event())
        raise KeyError

    with pytest.raises(KeyError):
        store.act(fails)

    assert None is store.look(lambda txn: rows.read(txn, "d1", lock=False))
    assert 0 == verify(store).length


def test_a_draft_of_one_name_is_made_once(store: Store) -> None:
    """Two write it at the same moment: whoever is second hears that, and leaves nothing."""
    store.act(lambda txn: rows.insert(txn, _row()))

    with pytest.raises(Conflict, match="d1"):
        store.act(lambda txn: rows.insert(txn, _row(title="Another")))
    assert _row() == store.look(lambda txn: rows.read(txn, "d1", lock=False))


def test_a_transaction_that_met_somebody_is_tried_again_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the first try stands, and what the second one reads is new."""
    monkeypatch.setattr(stores, "pause", lambda *, urgent: None)
    tries: list[int] = []

    def work(txn: Txn) -> str:
        tries.append(rows.count(txn))
        rows.insert(txn, _row(f"d{len(tries)}"))
        if len(tries) < 3:
            raise OperationalError("", {}, _locked(store))
        return "done"

    assert "done" == store.act(work)
    assert [0, 0, 0] == tries
    assert 1 == store.look(rows.count)


def test_f023_a_transaction_that_always_meets_somebody_ends_closed(store: Store) -> None:
    def work(_: Txn) -> None:
        raise OperationalError("", {}, _locked(store))

    with pytest.raises(StoreError, match=r"^The store .* is locked: another program has been writing to it for 0 s"):
        store.act(work, patience=0.0)


def _locked(store: Store) -> Exception:
    import sqlite3

    import psycopg

    return psycopg.errors.DeadlockDetected("deadlock detected") if store.postgres else sqlite3.OperationalError("database is locked")


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03"])
def test_f023_what_postgresql_asks_to_try_again_is_tried_again(code: str) -> None:
    import psycopg

    error = OperationalError("", {}, psycopg.errors.lookup(code)("x"))

    assert transient(error)


def test_f007_a_disk_error_is_not_tried_again() -> None:
    import sqlite3

    import psycopg

    assert not transient(OperationalError("", {}, sqlite3.OperationalError("disk I/O error")))
    assert not transient(OperationalError("", {}, psycopg.errors.DiskFull("no space left on device")))


def test_t46_r25_a_step_that_was_read_before_somebody_elses_is_refused(store: Store) -> None:
    """A revoke between read and write: the loser gets Conflict and nothing of it runs."""
    store.act(lambda txn: rows.insert(txn, _row()))
    seen = store.look(lambda txn: rows.read(txn, "d1", lock=False))
    assert seen is not None
    store.act(lambda txn: rows.move(txn, seen, _row(seq=1, state=State.CHECKING)))

    def late(txn: Txn) -> None:
        log.append(txn, _event(draft_id="d1", seq=1))
        rows.move(txn, seen, _row(seq=1, state=State.APPROVED))

    with pytest.raises(Conflict):
        store.act(late)

    after = store.look(lambda txn: rows.read(txn, "d1", lock=False))
    assert (_row(seq=1, state=State.CHECKING), 0) == (after, verify(store).length)


# --- time


def test_r23_the_time_is_that_of_the_moment_not_that_of_the_transactions_begin(postgres_url: str) -> None:
    """A claim that waited for a lock must not send past its window by an old clock."""
    store = open_store(postgres_url)
    store.act(lambda txn: rows.insert(txn, _row()))
    raw = create_engine(postgres_url, poolclass=NullPool)
    found: dict[str, datetime] = {}

    def waits(txn: Txn) -> None:
        txn.connection.execute(text("SELECT 1"))
        rows.read(txn, "d1")
        found["now"] = txn.now()

    with raw.connect() as theirs:
        outer = theirs.begin()
        theirs.execute(text("SELECT * FROM drafts FOR UPDATE"))
        thread = threading.Thread(target=store.act, args=(waits,))
        thread.start()
        _until(raw, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")
        released = theirs.execute(text("SELECT clock_timestamp()")).scalar_one()
        outer.rollback()
    thread.join()

    assert found["now"] >= released
    raw.dispose()
    store.close()


def _until(raw: object, question: str) -> None:
    with raw.connect() as connection:  # type: ignore[attr-defined]  # an Engine
        while not connection.execute(text(question)).scalar_one():
            connection.rollback()


def test_r23_the_time_never_goes_back_behind_the_last_event(store_url: str) -> None:
    opened = open_store(store_url, clock=lambda: NOW)
    opened.act(lambda txn: log.append(txn, _event()))
    opened.close()
    earlier = open_store(store_url, clock=lambda: NOW - timedelta(hours=2))

    written = earlier.act(lambda txn: (txn.now(), log.append(txn, _event()).at))

    assert (NOW, NOW) == written
    earlier.close()


def test_r23_f065_a_clock_that_jumps_shuts_the_gate_on_sqlite(sqlite_url: str) -> None:
    """The host's clock is the only witness there: it must move as fast as the machine's own."""
    store = open_store(sqlite_url)
    assert "" == store.doubt()

    for jump, said in ((7200, "7200"), (-7200, "-7200"), (29, ""), (31, "31")):
        with time_machine.travel(datetime.now(UTC) + timedelta(seconds=jump), tick=True):
            assert said == clock.doubt()
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=True):
        assert "7200" == store.doubt()
    store.close()


def test_r23_postgresql_is_its_own_clock(postgres_url: str) -> None:
    store = open_store(postgres_url)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=2), tick=True):
        assert "" == store.doubt()
        assert store.look(lambda txn: txn.now()) < datetime.now(UTC) - timedelta(hours=1)
    store.close()


# --- the log


def test_both_databases_write_the_same_bytes(sqlite_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "urandom", lambda n: b"s" * n)
    found = []
    for url in (sqlite_url, postgres_url):
        opened = open_store(url, clock=lambda: NOW)
        opened.act(lambda txn: txn.connection.execute(text("UPDATE gate SET store = 'same'")))
        opened.id = "same"
        for number in range(3):
            opened.act(lambda txn, n=number: log.append(txn, _event("note", f"d{n}", n)))  # type: ignore[misc]  # bound per event
        found.append(
            opened.look(lambda txn: [tuple(row) for row in txn.connection.execute(text("SELECT * FROM events ORDER BY position"))])
        )
        opened.close()

    assert found[0] == [tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in found[1]]
    assert 3 == len(found[0])


def _append(url: str, number: int, start: "multiprocessing.synchronize.Barrier") -> None:
    """A process of its own that writes so many events."""
    store = open_store(url)
    start.wait()
    for _ in range(number):
        store.act(lambda txn: log.append(txn, _event()))
    store.close()


@pytest.mark.no_cover
def test_f021_four_processes_write_one_chain_without_a_gap(store: Store, store_url: str, counts: Callable[[int], int]) -> None:
    """And none fails with "database is locked": a read that turns into a write failed 55 to 62 times in a hundred."""
    spawn, each = multiprocessing.get_context("spawn"), counts(500)
    start = spawn.Barrier(4)
    writers = [spawn.Process(target=_append, args=(store_url, each, start)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [0] * 4 == [writer.exitcode for writer in writers]
    found = verify(store)
    assert ((), 4 * each) == (found.faults, found.length)


def test_t15_fifty_approvals_by_one_person_at_once_count_as_one(store_url: str) -> None:
    bench = make_bench(store_url, rules='[channels.news]\n[[requirement]]\nname = "two approvers"\napprovers = 2\n')
    digest = submitted(bench.gate).digest
    start = threading.Barrier(50)
    failed: list[BaseException] = []

    def approve(number: int) -> None:
        start.wait()
        try:
            bench.gate.approve("d1", digest=digest, by=("chie", "chie@pr.example")[number % 2], note="Yes.")
        except GateError as error:
            failed.append(error)

    threads = [threading.Thread(target=approve, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    draft = bench.gate.draft("d1")
    assert ([], 1, State.APPROVING) == (failed, len(draft.signatures), draft.state)
    assert 50 == sum(event.kind == "approve" for event in bench.gate.history("d1"))
    assert bench.gate.verify().sound
    bench.gate.approve("d1", digest=digest, by="dai", note="Yes.")
    assert State.APPROVED is bench.gate.draft("d1").state
    bench.gate.close()


# --- seals


def _manifest(seal: seals.Seal, title: str = "t") -> Manifest:
    return Manifest(
        parcels=seal.parcels,
        count=seal.count,
        recipients=seal.recipients,
        reach=seal.reach,
        sender=seal.sender,
        title=title,
        channel="news",
        identity="outbox:test",
        meant="live",
        schedule=Schedule(),
        window=0,
    )


def _sealed(store: Store, parcels: list[Parcel], title: str = "t") -> str:
    seal = seals.write(store, parcels)
    made = _manifest(seal, title)
    store.act(lambda txn: seals.bind(txn, seal, made))
    return made.digest


_BODIES = st.binary(max_size=200) | st.binary(min_size=1, max_size=3).map(lambda part: part * 40_000)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
_PARCELS = st.builds(Parcel, body=_BODIES, to=st.lists(_TEXTS, max_size=3).map(tuple), sender=_TEXTS, media=_TEXTS)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def lasting(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Store]:
    """One store for all examples of a property."""
    opened = open_store(postgres_server if request.param == "postgres" else str(tmp_path_factory.mktemp("lasting") / "gate.db"))
    yield opened
    opened.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parcels=st.lists(_PARCELS, min_size=1, max_size=6))
def test_i3_what_was_sealed_comes_out_byte_for_byte(lasting: Store, parcels: list[Parcel]) -> None:
    digest = _sealed(lasting, parcels)

    assert parcels == list(Reader(digest).all(lasting))
    assert lasting.look(lambda txn: seals.whole(txn, digest))


def test_the_same_bytes_stand_once(store: Store) -> None:
    parcels = [Parcel(body=random.Random(1).randbytes(3000), to=(f"r{n}@x.example",)) for n in range(50)]
    _sealed(store, parcels)
    before = store.look(seals.size)

    _sealed(store, parcels, "another title")
    _sealed(store, list(reversed(parcels)))

    assert before == store.look(seals.size) < 4000


def test_the_same_text_again_leaves_no_second_seal(store: Store) -> None:
    parcels = [Parcel(body=b"a", to=("r@x.example",)), Parcel(body=b"b")]
    _sealed(store, parcels)
    _sealed(store, parcels)

    assert 2 == store.look(lambda txn: txn.connection.execute(text("SELECT count(*) FROM sealed")).scalar_one())


def test_a_mail_whose_dictionary_is_another_drafts_fifth_is_found(store: Store) -> None:
    """Draft after draft begins with what was the second mail of the one before."""
    bodies = [f"Dear reader {number}. ".encode() * 50 for number in range(40)]
    digests = [_sealed(store, [Parcel(body=one), Parcel(body=two)]) for one, two in pairwise(bodies)]

    assert bodies[-2:] == [parcel.body for parcel in Reader(digests[-1]).all(store)]


def _letter(number: int) -> EmailMessage:
    """About 16 kB, personal in a few places, as a newsletter is."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "News <news@pr.example>", f"reader{number}@paper.example", f"July, dear reader {number}"
    made["List-Unsubscribe"] = f"<https://pr.example/u?{random.Random(number).randbytes(12).hex()}>"
    words = random.Random(0)
    made.set_content(f"Dear reader {number},\n" + "\n".join(" ".join(f"word{words.randrange(900)}" for _ in range(9)) for _ in range(250)))
    return made


@pytest.mark.counts
def test_twelve_thousand_personal_mails_take_less_than_ten_megabytes(store: Store, counts: Callable[[int], int]) -> None:
    number = counts(12_000)

    _sealed(store, list(seal_mail(_letter(n) for n in range(number))))

    assert 16_000 < len(next(seal_mail(_letter(1))).body) < 24_000
    assert store.look(seals.size) < 10_000_000 * number // 12_000 + 10_000


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE blobs SET data = :x",
        "UPDATE sealed SET content = 'x'",
        'UPDATE sealed SET "to" = \'["other@x.example"]\'',
        "UPDATE sealed SET sender = 'x'",
        "UPDATE sealed SET reach = 9",
        "UPDATE sealed SET digest = 'x'",
        "DELETE FROM sealed",
        "DELETE FROM blobs",
        "DELETE FROM blobs WHERE base = ''",
        "UPDATE blobs SET base = 'x' WHERE base <> ''",
        "UPDATE blobs SET base = content",
    ],
)
def test_sealed_bytes_that_were_changed_do_not_leave(store: Store, damage: str) -> None:
    digest = _sealed(store, [Parcel(body=b"one " * 100, to=("a@x.example",)), Parcel(body=b"one " * 100 + b"two", to=("b@x.example",))])
    store.act(lambda txn: txn.connection.execute(text(damage), {"x": b"garbage"} if ":x" in damage else {}))

    with pytest.raises(StoreError, match=r"Sealed message no\. [12] is missing or was changed in the store\. It does not leave"):
        list(Reader(digest).all(store))


@pytest.mark.parametrize("damage", ["UPDATE manifests SET body = :x", "DELETE FROM manifests"])
def test_a_manifest_that_was_changed_names_nothing(store: Store, damage: str) -> None:
    digest = _sealed(store, [Parcel(body=b"one")])
    store.act(lambda txn: txn.connection.execute(text(damage), {"x": b"{}"} if ":x" in damage else {}))

    with pytest.raises(StoreError, match=r"is missing or was changed in the store\. Nothing leaves"):
        store.look(lambda txn: seals.manifest(txn, digest))


def test_a_list_that_is_shorter_than_the_manifest_is_not_whole(store: Store) -> None:
    digest = _sealed(store, [Parcel(body=b"one"), Parcel(body=b"two")])
    store.act(lambda txn: txn.connection.execute(text("DELETE FROM sealed WHERE no = 2")))

    assert not store.look(lambda txn: seals.whole(txn, digest))


# --- deliveries: every state with every operation

LEASE = NOW + timedelta(minutes=5)


def _shift(worker: str = "w", *, began: datetime = NOW, most: int = 32) -> Shift:
    return Shift(worker=worker, began=began, lease=LEASE, most=most)


def _one(store: Store, state: DeliveryState | None) -> tuple[str, Delivery | None]:
    """A draft with one parcel whose delivery is in this state (None: never touched), with attempt and worker as they then are."""
    digest = _sealed(store, [Parcel(body=b"one", to=("a@x.example", "b@x.example"))])
    if state is None:
        return digest, None
    (made,) = store.act(lambda txn: deliveries.claim(txn, "d1", digest, _shift()))
    if state is D.WAITING:
        store.act(lambda txn: deliveries.let_go(txn, "d1", digest, "w"))
    elif state is not D.CLAIMED:
        store.act(lambda txn: deliveries.begin(txn, made, now=NOW, until=LEASE))
        if state is not D.SENDING:
            store.act(lambda txn: deliveries.settle(txn, Settlement(delivery=made, state=state), now=NOW))
    return digest, made


def _state(store: Store) -> DeliveryState | None:
    found = store.look(lambda txn: txn.connection.execute(text("SELECT state FROM deliveries ORDER BY part")).scalars().all())
    return D(found[0]) if found else None


LATER = NOW + timedelta(minutes=4)
OVER = LEASE

OPERATIONS: dict[str, Callable[[Txn, str, Delivery], object]] = {
    "claim": lambda txn, digest, _: deliveries.claim(txn, "d1", digest, _shift("other", began=LATER)),
    "begin": lambda txn, _, each: deliveries.begin(txn, each, now=LATER, until=OVER),
    "begin late": lambda txn, _, each: deliveries.begin(txn, each, now=OVER, until=OVER + timedelta(minutes=5)),
    "settle": lambda txn, _, each: deliveries.settle(txn, Settlement(delivery=each, state=D.SENT, receipt="r"), now=LATER),
    "expire": lambda txn, digest, _: deliveries.expire(txn, "d1", digest, now=LATER),
    "expire late": lambda txn, digest, _: deliveries.expire(txn, "d1", digest, now=OVER),
    "expire dead": lambda txn, digest, _: deliveries.expire(txn, "d1", digest, now=LATER, dead=["w"]),
    "let go": lambda txn, digest, _: deliveries.let_go(txn, "d1", digest, "w"),
    "let go of another's": lambda txn, digest, _: deliveries.let_go(txn, "d1", digest, "other"),
    "resolve": lambda txn, _, each: deliveries.resolve(txn, each, D.SENT, now=LATER, error=""),
    "resolve back": lambda txn, _, each: deliveries.resolve(txn, each, D.WAITING, now=LATER, error=""),
}
MOVES: dict[tuple[DeliveryState | None, str], DeliveryState] = {
    (None, "claim"): D.CLAIMED,
    (D.WAITING, "claim"): D.CLAIMED,
    (D.CLAIMED, "begin"): D.SENDING,
    (D.CLAIMED, "expire late"): D.WAITING,
    (D.CLAIMED, "expire dead"): D.WAITING,
    (D.CLAIMED, "let go"): D.WAITING,
    (D.SENDING, "settle"): D.SENT,
    (D.SENDING, "expire late"): D.UNKNOWN,
    (D.SENDING, "expire dead"): D.UNKNOWN,
    (D.UNKNOWN, "resolve"): D.SENT,
    (D.UNKNOWN, "resolve back"): D.WAITING,
}


@pytest.mark.parametrize(("state", "operation"), list(product([None, *D], OPERATIONS)), ids=str)
def test_a_delivery_moves_by_these_steps_and_no_others(store: Store, state: DeliveryState | None, operation: str) -> None:
    digest, made = _one(store, state)
    each = made or Delivery(draft_id="d1", digest=digest, no=1, part=0, attempt="never", to=("a@x.example",), reach=1)

    answer = store.act(lambda txn: OPERATIONS[operation](txn, digest, each))

    expected = MOVES.get((state, operation), state)
    assert expected is _state(store)
    if operation.startswith(("begin", "settle", "resolve")):
        assert answer is (expected is not state)
    if operation.startswith("expire"):
        assert answer == (expected is D.UNKNOWN and state is D.SENDING)


@pytest.mark.parametrize("operation", ["begin", "settle", "resolve"])
@pytest.mark.parametrize("state", [D.CLAIMED, D.SENDING, D.UNKNOWN])
def test_another_attempt_moves_nothing(store: Store, state: DeliveryState, operation: str) -> None:
    digest, made = _one(store, state)
    assert made is not None
    stranger = Delivery(draft_id="d1", digest=digest, no=1, part=0, attempt="stranger", to=made.to, reach=made.reach)

    assert not store.act(lambda txn: OPERATIONS[operation](txn, digest, stranger))
    assert state is _state(store)


def test_what_was_put_back_in_this_run_is_not_taken_again_by_it(store: Store) -> None:
    digest, made = _one(store, D.SENDING)
    assert made is not None
    store.act(lambda txn: deliveries.settle(txn, Settlement(delivery=made, state=D.WAITING), now=LATER))

    assert [] == store.act(lambda txn: deliveries.claim(txn, "d1", digest, _shift(began=NOW)))
    assert [1] == [each.no for each in store.act(lambda txn: deliveries.claim(txn, "d1", digest, _shift("next", began=OVER)))]


def test_deliveries_are_taken_in_order_a_few_at_a_time_and_by_one_worker_each(store: Store) -> None:
    digest = _sealed(store, [Parcel(body=b"%d" % n, to=(f"r{n}@x.example",)) for n in range(1, 8)])

    taken = [[each.no for each in store.act(lambda txn, w=w: deliveries.claim(txn, "d1", digest, _shift(w, most=3)))] for w in "abc"]  # type: ignore[misc]

    assert [[1, 2, 3], [4, 5, 6], [7]] == taken
    assert ("a", "b", "c") == tuple(sorted(store.look(lambda txn: deliveries.workers(txn, "d1", digest))))


def test_who_was_put_off_becomes_a_part_of_their_own(store: Store) -> None:
    digest, made = _one(store, D.SENDING)
    assert made is not None
    done = Settlement(delivery=made, state=D.SENT, receipt="r1", deferred=(("b@x.example", "450 later"),))
    store.act(lambda txn: deliveries.settle(txn, done, now=LATER))

    assert (1, 1) == _sent_and_waiting(store, digest)
    (rest,) = store.act(lambda txn: deliveries.claim(txn, "d1", digest, _shift("next", began=OVER)))
    assert (1, 1, ("b@x.example",), 1) == (rest.no, rest.part, rest.to, rest.reach)


def _sent_and_waiting(store: Store, digest: str) -> tuple[int, int]:
    tally = store.look(lambda txn: deliveries.tally(txn, "d1", digest, 2))
    return tally.sent, tally.waiting


def test_a_lease_that_is_over_counts_as_over_the_moment_anybody_looks(store_url: str) -> None:
    at = {"now": NOW}
    opened = open_store(store_url, clock=lambda: at["now"])
    digest, _ = _one(opened, D.SENDING)
    before = opened.look(lambda txn: deliveries.tally(txn, "d1", digest, 2))
    at["now"] = OVER

    after = opened.look(lambda txn: deliveries.tally(txn, "d1", digest, 2))

    assert ((2, 0), (0, 2)) == ((before.sending, before.unknown), (after.sending, after.unknown))
    opened.close()


_OUTCOMES = st.lists(st.sampled_from(["sent", "refused", "deferred"]), min_size=1, max_size=4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(outcomes=st.lists(_OUTCOMES, min_size=1, max_size=4))
def test_the_counts_always_add_up_to_the_reach(lasting: Store, outcomes: list[list[str]]) -> None:
    parcels = [Parcel(body=b"%d" % n, to=tuple(f"r{n}.{m}@x.example" for m in range(len(each)))) for n, each in enumerate(outcomes)]
    digest = _sealed(lasting, parcels, title=os.urandom(8).hex())
    draft, reach = digest[:20], sum(len(each) for each in outcomes)
    for made, each in zip(lasting.act(lambda txn: deliveries.claim(txn, draft, digest, _shift())), outcomes, strict=True):
        told = {kind: tuple((a, kind) for a, b in zip(made.to, each, strict=True) if b == kind) for kind in ("refused", "deferred")}
        state = D.SENT if "sent" in each else D.REFUSED if "refused" in each else D.WAITING
        done = Settlement(delivery=made, state=state, refused=told["refused"], deferred=told["deferred"] if state is not D.WAITING else ())
        lasting.act(lambda txn, m=made, d=done: (deliveries.begin(txn, m, now=NOW, until=LEASE), deliveries.settle(txn, d, now=LATER)))  # type: ignore[misc]

    tally = lasting.look(lambda txn: deliveries.tally(txn, draft, digest, reach))

    wanted = {kind: sum(each.count(kind) for each in outcomes) for kind in ("sent", "refused", "deferred")}
    assert (wanted["sent"], wanted["refused"], wanted["deferred"]) == (tally.sent, tally.refused, tally.left)


def test_an_attempt_that_nobody_made_is_none(store: Store) -> None:
    _one(store, D.WAITING)

    assert (None, None) == store.look(lambda txn: (deliveries.with_attempt(txn, "d1", ""), deliveries.with_attempt(txn, "d1", "x")))


# --- a hold and a fence on the same row


def test_f022_the_isolation_that_the_fence_rests_on_is_set_by_the_store_itself(postgres_url: str) -> None:
    raw = create_engine(postgres_url, poolclass=NullPool)
    with raw.begin() as connection:
        connection.execute(text("ALTER DATABASE " + str(raw.url.database) + " SET default_transaction_isolation = 'repeatable read'"))
    raw.dispose()
    store = open_store(postgres_url)

    assert "read committed" == store.act(lambda txn: txn.connection.exec_driver_sql("SHOW transaction_isolation").scalar_one())
    assert "repeatable read" == store.look(lambda txn: txn.connection.exec_driver_sql("SHOW transaction_isolation").scalar_one())
    store.close()
