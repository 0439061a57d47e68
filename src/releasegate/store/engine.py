"""Connections of the gate's own: settings that its promises rest on, and one retry loop in which holds go first."""

import os
import random
import sqlite3
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from releasegate.errors import StoreError
from releasegate.messages.words import Words
from releasegate.store.place import check_file

_OLDEST = (3, 37, 0)
_PRAGMAS = (("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "0"))
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Wait:
    """How a writer waits for its turn on SQLite: until then (of the monotonic clock), and whether it goes before others."""

    until: float
    urgent: bool


def open_engine(url: URL, *, new: bool = True) -> Engine:
    """A new engine on this URL whose every connection is proven to be durable and to write only in transactions.

    `new`: a SQLite file that is not there is made.
    """
    engine = _sqlite(url, new=new) if url.get_backend_name() == "sqlite" else _postgres(url)
    _engines.add(engine)
    return engine


def _sqlite(url: URL, *, new: bool) -> Engine:
    if sqlite3.sqlite_version_info < _OLDEST:
        message = Words(
            "SQLite {sqlite_version} is too old; {names} or later is needed.",
            sqlite_version=sqlite3.sqlite_version,
            names=".".join(map(str, _OLDEST)),
        )
        raise StoreError(message)
    check_file(Path(str(url.database)), new=new)
    engine = create_engine(url, poolclass=QueuePool, pool_size=5, max_overflow=20, connect_args={"timeout": 0, "check_same_thread": False})
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: sqlite3.Connection, record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver opens no transaction by itself; _sqlite_begin does
    for name, _ in _PRAGMAS:
        connection.execute(f"PRAGMA {name}={_}").fetchall()
    got = {name: str(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name, _ in _PRAGMAS}
    if got != dict(_PRAGMAS):
        message = Words(
            "SQLite did not take the settings that the promises rest on: wanted {wanted}, got {got}.", wanted=dict(_PRAGMAS), got=got
        )
        raise StoreError(message)
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    connection.execute("SELECT 1 FROM sqlite_master").fetchall()  # opens -wal and -shm
    record.info["files"] = path, _files(path)


def _sqlite_begin(connection: Connection) -> None:
    """BEGIN IMMEDIATE for all that writes: a read that turns into a write fails under contention (55 to 62 % of 4 writers)."""
    wait = connection.get_execution_options().get("gate_write")
    if not (isinstance(wait, Wait) and _take_lock(connection.connection.driver_connection, wait)):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if wait else "BEGIN")
    _same_files(connection)


def _same_files(connection: Connection) -> None:
    """The files under this connection are still those at its path. Raises StoreError otherwise: nobody else would see what it commits.

    Which file the log of writes is, is asked for each hold and at most once in a second for the rest: where somebody asks for its
    times, Linux has to write new ones with the next commit (60 µs of 300). That it is there at all is asked each time.
    """
    path, files = connection.info["files"]
    wait, now = connection.get_execution_options().get("gate_write"), time.monotonic()
    if (isinstance(wait, Wait) and wait.urgent) or now >= connection.info.get("look", 0.0):
        connection.info["look"] = now + _LOOK
        same = files == _files(path)
    else:
        same = (files[0], files[2]) == (_identity(path), _identity(path + "-shm")) and os.access(path + "-wal", os.F_OK)
    if not same:
        connection.info["look"] = now
        message = Words(
            "{path} (or the -wal or -shm beside it) was taken away or replaced while it was open. Stop every program that uses it.",
            path=path,
        )
        raise StoreError(message)


_LOOK = 1.0


def _files(path: str) -> tuple[tuple[int, int] | None, ...]:
    """Which files these are, whatever name they bear later: the database, its log of writes, its index."""
    return tuple(_identity(path + end) for end in ("", "-wal", "-shm"))


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - at every transaction: pathlib takes twice as long
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _take_lock(driver: Any, wait: Wait) -> bool:  # noqa: ANN401 - a driver's connection
    """Begin as soon as nobody else writes, at the driver itself.

    By way of SQLAlchemy a vain try costs 0.1 ms of processor instead of 0.004, and those who wait take it from the one who is at work.
    """
    while time.monotonic() < wait.until:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                return False
        else:
            return True
        pause(urgent=wait.urgent)
    return False


# A server that has vanished without a word is noticed within seconds, before a hold has to say that it is not in force.
_PATIENCE = {"connect_timeout": 4, "tcp_user_timeout": 5000, "keepalives_idle": 4, "keepalives_interval": 1}


def _postgres(url: URL) -> Engine:
    if find_spec("psycopg") is None:
        raise StoreError(Words('A store on PostgreSQL needs one more package: pip install "releasegate[postgres]"'))
    patience = {name: value for name, value in _PATIENCE.items() if name not in url.query}
    engine = create_engine(url, isolation_level="READ COMMITTED", pool_size=5, max_overflow=20, connect_args=patience)
    event.listen(engine, "connect", _postgres_connect)
    return engine


def _postgres_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    """Durable commits on a primary: a replica may be behind, and `synchronous_commit = off` loses acknowledged holds."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET lock_timeout = '2s'")
        cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
        cursor.execute("SELECT pg_is_in_recovery()")
        if cursor.fetchone()[0]:
            message = Words("This PostgreSQL server is a replica: what it says may be old. Give the primary.")
            raise StoreError(message)
    connection.commit()


def for_database(engine: Engine, options: Mapping[str, object]) -> dict[str, Any]:
    """The options of one transaction. On PostgreSQL a view is one snapshot: two statements of READ COMMITTED see two states."""
    if "gate_view" in options and engine.dialect.name == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return dict(options)


def pause(*, urgent: bool) -> None:
    """Between two tries: holds come back within 0.1 ms, all others stand aside for 1 to 4 ms."""
    time.sleep(random.uniform(0, 1e-4) if urgent else random.uniform(1e-3, 4e-3))  # noqa: S311 - jitter, no secret


def _forget_in_child() -> None:
    """A forked child must not use its parent's connections, nor close them."""
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_in_child)
