"""Writers take turns on SQLite: they wait for the lock as long as they were told to, and no longer."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from releasegate.errors import StoreError
from releasegate.store.engine import Wait, open_engine
from releasegate.store.place import store_url
from releasegate.store.store import run


@pytest.fixture
def somebody(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that writes to the same file."""
    path = tmp_path / "store.db"
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("CREATE TABLE turns (who TEXT)")
        yield connection


@pytest.mark.parametrize("urgent", [True, False])
def test_a_writer_comes_in_as_soon_as_the_other_one_is_done(tmp_path: Path, somebody: sqlite3.Connection, urgent: bool) -> None:
    engine = open_engine(store_url(str(tmp_path / "store.db")))
    somebody.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.05, lambda: somebody.execute("COMMIT"))
    release.start()

    run(engine, lambda connection: connection.execute(text("INSERT INTO turns VALUES ('me')")), urgent=urgent, patience=10.0)

    release.join()
    assert [("me",)] == somebody.execute("SELECT who FROM turns").fetchall()
    engine.dispose()


def test_a_writer_that_cannot_begin_in_time_says_that_nothing_was_changed(tmp_path: Path, somebody: sqlite3.Connection) -> None:
    engine = open_engine(store_url(str(tmp_path / "store.db")))
    somebody.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match=r"locked.*Nothing was changed"):
        run(engine, lambda connection: connection.execute(text("INSERT INTO turns VALUES ('me')")), urgent=True, patience=0.05)

    somebody.execute("COMMIT")
    assert [] == somebody.execute("SELECT who FROM turns").fetchall()
    engine.dispose()


def test_what_waiting_cannot_mend_is_said_at_once(tmp_path: Path, somebody: sqlite3.Connection) -> None:
    """A connection that is in a transaction already will not come out of it by being asked again."""
    engine = open_engine(store_url(str(tmp_path / "store.db")))
    wait = Wait(until=time.monotonic() + 3600, urgent=False)

    with engine.connect().execution_options(gate_write=wait) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("BEGIN")
        with pytest.raises(OperationalError, match="within a transaction"):
            connection.begin()
    engine.dispose()
