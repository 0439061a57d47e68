"""Opening a store: made whole or not at all, and refused where its promises could not be kept."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool, StaticPool

from releasegate import holding
from releasegate.dispatch import dispatch
from releasegate.errors import HoldNotPlaced, StoreError
from releasegate.holding import Stop
from releasegate.model.state import State
from releasegate.store import bookings, log, opening
from releasegate.store import engine as engines
from releasegate.store.place import check_file, file_system, store_url
from releasegate.store.store import Store, open_for_hold, open_store
from tests.booking import FRIDAY, make_press
from tests.building import Bench, approved, make_bench, make_gate, written

pytestmark = pytest.mark.empty


@pytest.fixture
def raw(store_url: str) -> Iterator[Engine]:
    """Somebody else's way into the database."""
    if store_url.startswith("sqlite"):
        Path(str(make_url(store_url).database)).touch(mode=0o600)
    made = create_engine(store_url, poolclass=NullPool)
    yield made
    made.dispose()


def _sql(raw: Engine, statement: str) -> None:
    with raw.begin() as connection:
        connection.execute(text(statement))


def _sqlite(tmp_path: Path, name: str = "gate.db") -> Path:
    path = tmp_path / name
    open_store(str(path)).close()
    return path


# --- where it lives


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true", "sqlite:///"])
def test_r22_a_store_in_memory_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="in memory is gone with its process"):
        open_store(url)


def test_r22_an_engine_on_memory_is_refused_too() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)

    with pytest.raises(StoreError, match="in memory"):
        open_store(engine)


@pytest.mark.parametrize(
    ("url", "words"), [("mysql://x/y", "'mysql' is not supported"), ("://", "cannot be read"), ("oracle://x", "not supported")]
)
def test_another_database_is_refused(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        open_store(url)


def test_postgresql_is_reached_by_psycopg_however_it_is_spelled() -> None:
    assert "postgresql+psycopg" == store_url("postgresql://gate@db/gate").drivername


def test_a_path_object_is_a_path(tmp_path: Path) -> None:
    """`Gate(tmp_path / "gate.db", …)`, as everything else in Python takes it."""
    assert store_url(str(tmp_path / "gate.db")) == store_url(tmp_path / "gate.db")


def test_a_path_is_a_sqlite_file() -> None:
    assert ("sqlite+pysqlite", "gate.db") == (store_url("gate.db").drivername, store_url("gate.db").database)


def test_f013_a_store_on_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("releasegate.store.place.file_system", lambda _: "nfs4")

    with pytest.raises(
        StoreError, match=r"network file system \(nfs4\), where SQLite's locks do not hold. Use a local disk, or PostgreSQL"
    ):
        open_store(str(tmp_path / "gate.db"))
    assert not (tmp_path / "gate.db").exists()


def test_f013_the_mount_that_is_nearest_decides(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/a / ext4 rw 0 0\nserver:/x /srv/data nfs4 rw 0 0\n//s/p /srv/my\\040disk cifs rw 0 0\ntmpfs /srv/data/fast tmpfs rw 0 0\n"
    )

    found = [
        file_system(Path(path), mounts)
        for path in ("/srv", "/srv/data", "/srv/data/a/b", "/srv/my disk/a", "/srv/data/fast/a", "/srv/database")
    ]

    assert ["ext4", "nfs4", "nfs4", "cifs", "tmpfs", "ext4"] == found


def test_f013_a_machine_that_does_not_tell_is_not_refused(tmp_path: Path) -> None:
    assert "" == file_system(tmp_path, tmp_path / "nothing")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is no folder; the store gate\.db cannot be made there"):
        open_store(str(tmp_path / "no" / "gate.db"))


def test_a_folder_in_the_files_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no regular file"):
        open_store(str(tmp_path))


def test_a_file_that_cannot_be_made_is_named() -> None:
    with pytest.raises(StoreError, match="cannot be made: No such file or directory"):
        check_file(Path("/proc/self/gate.db"))


def test_a_link_that_leads_nowhere_is_no_place_for_a_store(tmp_path: Path) -> None:
    """Whoever made the link would choose where the store lies, and who may read it."""
    (tmp_path / "gate.db").symlink_to(tmp_path / "elsewhere.db")

    with pytest.raises(StoreError, match="There is no store at"):
        open_store(str(tmp_path / "gate.db"))
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_new_store_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        gate = make_gate(str(tmp_path / "gate.db"))
    finally:
        os.umask(before)

    assert {"0o600"} == {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    gate.close()


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604])
def test_a_file_that_others_may_open_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = _sqlite(tmp_path)
    path.chmod(mode)

    with pytest.raises(StoreError, match=rf"can be read or written by others \(mode {mode:04o}\). Run: chmod 600 "):
        open_store(str(path))
    path.chmod(0o600)
    open_store(str(path)).close()


def test_f015_a_sqlite_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.36.0")

    with pytest.raises(StoreError, match=r"SQLite 3.36.0 is too old; 3.37.0 or later is needed"):
        open_store(str(tmp_path / "gate.db"))


# --- the connections it makes itself


def test_f010_every_sqlite_connection_is_durable_and_never_waits_in_the_driver(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "gate.db"))

    def settings(txn: object) -> dict[str, str]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return {name: str(txn.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in names}  # type: ignore[attr-defined]  # a Txn

    assert {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "0"} == store.look(settings)
    store.close()


def test_f010_a_sqlite_that_does_not_take_the_settings_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_PRAGMAS", (("journal_mode", "wal"), ("synchronous", "7")))

    with pytest.raises(StoreError, match="did not take the settings that the promises rest on"):
        open_store(str(tmp_path / "gate.db"))


def test_f010_every_postgresql_commit_is_durable(postgres_url: str) -> None:
    store = open_store(postgres_url)

    assert "on" == store.look(lambda txn: txn.connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    assert "read committed" == store.act(lambda txn: txn.connection.exec_driver_sql("SHOW transaction_isolation").scalar_one())
    store.close()


def test_f024_a_replica_is_refused(postgres_url: str) -> None:
    """The server's own word for it, since a test has no second server: the first answer of pg_is_in_recovery() is faked in the database."""
    schema = "CREATE SCHEMA fake; CREATE FUNCTION fake.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'"
    database = make_url(postgres_url).database
    engine = create_engine(postgres_url, poolclass=NullPool)
    _sql(engine, f"{schema}; ALTER DATABASE {database} SET search_path = fake, pg_catalog, public")
    engine.dispose()

    with pytest.raises(StoreError, match="This PostgreSQL server is a replica"):
        open_store(postgres_url)


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "SERIALIZABLE"])
def test_r22_a_callers_engine_gives_its_url_and_nothing_else(store_url: str, level: str) -> None:
    """With an AUTOCOMMIT engine a rolled back transaction once stood: `sending` with no event."""
    theirs = create_engine(store_url, isolation_level=level, poolclass=NullPool)
    store = open_store(theirs)

    def fails(txn: object) -> None:
        txn.connection.execute(text("UPDATE chain SET position = 77"))  # type: ignore[attr-defined]  # a Txn
        raise KeyError

    with pytest.raises(KeyError):
        store.act(fails)

    assert 0 == store.look(lambda txn: txn.connection.execute(text("SELECT position FROM chain")).scalar_one())
    store.close()
    theirs.dispose()


def test_r22_a_hold_stands_although_the_callers_transaction_is_rolled_back(store_url: str, raw: Engine) -> None:
    bench = make_bench(store_url)
    approved(bench.gate)
    with raw.connect() as theirs:
        outer = theirs.begin()
        theirs.execute(text("SELECT count(*) FROM drafts"))
        answer = bench.gate.hold("d1", by="dai", note="Stop.")
        outer.rollback()

    assert answer
    assert 1 == bench.gate.draft("d1").hold_count
    bench.gate.close()


def test_r22_a_database_that_does_not_roll_back_is_refused(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-test of two connections, on an engine in AUTOCOMMIT behind the gate's back."""
    open_store(store_url).close()
    real = opening._self_test
    engine = create_engine(store_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)

    with pytest.raises(StoreError, match="does not keep transactions apart"):
        real(engine)
    engine.dispose()


def test_the_self_test_steps_aside_where_somebody_is_writing(store_url: str, raw: Engine) -> None:
    open_store(store_url).close()
    with raw.connect() as theirs:
        outer = theirs.begin()
        theirs.execute(text("UPDATE gate SET beat = 'busy'"))
        engine = engines.open_engine(make_url(store_url))
        opening._self_test(engine)
        engine.dispose()
        outer.rollback()


# --- whole or not at all


def test_f018_a_store_without_its_gate_row_is_refused(store_url: str, raw: Engine) -> None:
    open_store(store_url).close()
    _sql(raw, "DELETE FROM gate")

    with pytest.raises(StoreError, match="holds part of a store: it has no gate row"):
        open_store(store_url)
    with pytest.raises(StoreError, match="it has no gate row"):
        open_for_hold(store_url)


@pytest.mark.parametrize(
    "damage", ["DROP TABLE alembic_version", "DELETE FROM alembic_version", "UPDATE alembic_version SET version_num = '0000'"]
)
def test_f018_a_store_whose_migration_is_not_known_is_refused(store_url: str, raw: Engine, damage: str) -> None:
    open_store(store_url).close()
    _sql(raw, damage)

    with pytest.raises(StoreError, match="is half migrated"):
        open_store(store_url)


def test_f018_tables_without_a_gate_are_refused_and_left_alone(store_url: str, raw: Engine) -> None:
    _sql(raw, "CREATE TABLE drafts (id TEXT)")

    with pytest.raises(StoreError, match="a migration was cut short"):
        open_store(store_url)
    with raw.connect() as connection:
        assert [] == connection.execute(text("SELECT * FROM drafts")).fetchall()


def test_f018_a_store_that_fails_half_way_through_its_making_is_not_there(
    store_url: str, monkeypatch: pytest.MonkeyPatch, raw: Engine
) -> None:
    def fails(_connection: object) -> None:
        _connection.execute(text("CREATE TABLE gate (id INTEGER)"))  # type: ignore[attr-defined]  # a Connection
        message = "the power is gone"
        raise OSError(message)

    with monkeypatch.context() as patch:
        patch.setattr(opening, "_migrate", fails)
        with pytest.raises(OSError, match="the power is gone"):
            open_store(store_url)
    open_store(store_url).close()


def test_f142_a_newer_store_is_refused_but_still_holds(store_url: str, raw: Engine) -> None:
    bench = make_bench(store_url)
    approved(bench.gate)
    bench.gate.close()
    _sql(raw, "UPDATE gate SET schema = schema + 1")
    _sql(raw, "UPDATE alembic_version SET version_num = '9999'")
    _sql(raw, "ALTER TABLE drafts ADD COLUMN more TEXT")

    with pytest.raises(StoreError, match=r"written by a newer releasegate \(schema \d+; this one knows \d+\). Only a hold can be placed"):
        open_store(store_url)
    store = open_for_hold(store_url)
    assert holding.hold(store, "d1", Stop(by="the president"))
    store.close()


def _older(store_url: str, raw: Engine) -> Bench:
    """A store of the first schema with an approved draft in it."""
    bench = make_bench(store_url)
    approved(bench.gate)
    approved(bench.gate, "d2")
    bench.gate.hold("d2", by="ben", note="Wait.")
    bench.gate.close()
    for table in ("heartbeats", "notices", "bookings", "kin", "releases"):
        _sql(raw, "DROP TABLE " + table)
    _sql(raw, "UPDATE gate SET schema = 1")
    _sql(raw, "UPDATE alembic_version SET version_num = '0001'")
    return bench


def test_an_older_store_is_brought_up_to_date_as_a_whole_when_it_is_opened(store_url: str, raw: Engine) -> None:
    """What stood in it stands."""
    bench = _older(store_url, raw)

    open_store(store_url).close()

    assert 0 == bench.gate.watch().failed
    assert "approved" == bench.gate.draft("d1").state
    assert ["d2"] == [twin.draft_id for twin in bench.gate.draft("d1").twins]


def test_of_what_was_booked_in_an_older_store_only_what_was_answered_is_over(store_url: str, raw: Engine) -> None:
    """Whoever was at the other one may yet go on."""
    press = make_press(store_url)
    press.booked()
    press.approved("press-18", "The old wing closes.")
    steps = dispatch(press.gate._office, "press-18", by="mailer", deadline=32.0, into=State.BOOKING)
    going = next(steps)
    for change in ("DROP TABLE releases", "ALTER TABLE bookings DROP COLUMN worker", "ALTER TABLE bookings DROP COLUMN ended"):
        _sql(raw, change)
    _sql(raw, "UPDATE gate SET schema = 3")
    _sql(raw, "UPDATE alembic_version SET version_num = '0003'")

    open_store(store_url).close()
    look = press.gate._office.store.look
    (over,) = look(lambda txn: bookings.of_draft(txn, "press-17"))
    (open_one,) = look(lambda txn: bookings.of_draft(txn, "press-18"))
    assert ("", FRIDAY) == (over.worker, over.ended)
    assert (going.delivery.worker, None) == (open_one.worker, open_one.ended)
    steps.close()


def test_whoever_finds_that_another_has_just_done_that_leaves_it(store_url: str, raw: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    bench, real, first = _older(store_url, raw), opening._versions, [True]

    def looks(connection: Connection) -> object:
        found = real(connection)
        if first and first.pop():
            open_store(store_url).close()
        return found

    monkeypatch.setattr(opening, "_versions", looks)
    open_store(store_url).close()

    assert "approved" == bench.gate.draft("d1").state


def test_opening_for_a_hold_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store at"):
        open_for_hold(str(tmp_path / "gate.bd"))
    assert [] == list(tmp_path.iterdir())


def test_opening_for_a_hold_names_a_database_that_is_no_store(store_url: str, raw: Engine) -> None:
    _sql(raw, "CREATE TABLE other (id TEXT)")

    with pytest.raises(StoreError, match="The store did not take it"):
        open_for_hold(store_url)


def test_many_open_the_same_new_store_at_once_and_get_one(store_url: str) -> None:
    stores: list[Store] = []
    threads = [threading.Thread(target=lambda: stores.append(open_store(store_url))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (8, 1) == (len(stores), len({store.id for store in stores}))
    for store in stores:
        store.close()


def test_a_store_is_opened_while_others_write(store_url: str) -> None:
    """Every connection of the opener meets the lock of somebody else."""
    bench = make_bench(store_url)
    written(bench.gate)
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            bench.gate.hold("d1", by="dai", note="Again.")

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            open_store(store_url).close()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    bench.gate.close()


# --- forks


def test_f017_a_forked_child_makes_connections_of_its_own(store_url: str) -> None:
    bench = make_bench(store_url)
    written(bench.gate)
    store = bench.gate._office.store
    parents = store.look(lambda txn: txn.connection.connection.driver_connection)
    child = os.fork()
    if not child:
        status = 1
        try:
            held = bench.gate.hold("d1", by="child", note="From the child.")
            own = store.look(lambda txn: txn.connection.connection.driver_connection) is not parents
            status = 0 if held and own else 2
        finally:
            os._exit(status)

    assert 0 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert bench.gate.hold("d1", by="parent", note="From the parent.")
    assert ["child", "parent"] == [hold.by for hold in bench.gate.draft("d1").holds]
    assert bench.gate.verify().sound
    bench.gate.close()


def test_f017_a_child_that_ends_does_not_end_its_parents_transaction(store_url: str) -> None:
    bench = make_bench(store_url)
    written(bench.gate)
    store = open_store(store_url)

    def work(txn: object) -> int:
        txn.connection.execute(text("UPDATE drafts SET title = 'from the parent'"))  # type: ignore[attr-defined]  # a Txn
        child = os.fork()
        if not child:
            os._exit(0)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert 0 == store.act(work)
    assert "from the parent" == store.look(lambda txn: txn.connection.execute(text("SELECT title FROM drafts")).scalar_one())
    store.close()
    bench.gate.close()


# --- a connection that died


def test_a_hold_is_placed_although_every_kept_connection_has_died(postgres_url: str) -> None:
    """A firewall that forgot, a server that was started anew: the first word on an old connection fails, and nothing of it stands."""
    bench = make_bench(postgres_url)
    written(bench.gate)
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.begin() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        assert connection.execute(text(others)).fetchall()

    assert bench.gate.hold("d1", by="dai", note="Stop.")
    engine.dispose()
    bench.gate.close()


def test_all_connections_taken_is_said_and_a_hold_says_that_it_is_not_in_force(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    store._engine.pool._timeout = 0.01  # type: ignore[attr-defined]  # a QueuePool
    taken = [store._engine.connect() for _ in range(25)]

    with pytest.raises(StoreError, match=r"All connections to the store are taken\. Nothing was changed"):
        store.act(log.head)
    with pytest.raises(HoldNotPlaced, match="All connections"):
        holding.hold(store, "d1", Stop(by="dai"))
    for connection in taken:
        connection.close()
    store.close()


def test_a_view_is_one_state_while_others_write(store_url: str) -> None:
    """READ COMMITTED shows two states to two statements: a row ahead of its events would be called a broken history."""
    bench = make_bench(store_url)
    written(bench.gate)
    store = open_store(store_url)

    def twice(txn: object) -> tuple[str, str]:
        before = log.head(txn)  # type: ignore[arg-type]  # a Txn
        bench.gate.hold("d1", by="dai", note="Meanwhile.")
        return before, log.head(txn)  # type: ignore[arg-type]  # a Txn

    before, after = store.look(twice)

    assert before == after != bench.gate.head()
    store.close()
    bench.gate.close()


def test_nothing_is_written_by_looking(postgres_url: str) -> None:
    store = open_store(postgres_url)

    with pytest.raises(StoreError, match="read-only transaction"):
        store.look(lambda txn: txn.connection.execute(text("UPDATE chain SET position = 9")))
    store.close()
