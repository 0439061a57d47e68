"""What every test may take: the counts, a database of its own, and a network that ends at this machine."""

import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import make_url

from releasegate.cli import login
from releasegate.store.store import open_store
from tests.cli import Terminal
from tests.memory import in_memory
from tests.postgres import administrator, server

COUNTS = os.environ.get("RELEASEGATE_COUNTS", "short")
if COUNTS not in ("short", "full"):
    raise pytest.UsageError(f"RELEASEGATE_COUNTS is {COUNTS!r}: say short or full")

tempfile.tempdir = os.environ["TMPDIR"] = in_memory()  # that of the processes that tests start, too

settings.register_profile("short", deadline=None, print_blob=True, max_examples=50)
settings.register_profile("full", deadline=None, print_blob=True, max_examples=1000)
settings.load_profile(COUNTS)


@pytest.hookimpl(trylast=True)  # once the order has been drawn
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is run many times is not measured: it goes where another test has been, and takes twice as long.

    It comes last: what it was first to import, or to keep in a cache, no measured test would run again.
    """
    for item in items:
        if item.get_closest_marker("counts"):
            item.add_marker("no_cover")
    items.sort(key=lambda item: item.get_closest_marker("no_cover") is not None)


@pytest.fixture(autouse=True)
def not_measured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test is marked `no_cover`, neither are the processes that it starts."""
    if request.node.get_closest_marker("no_cover"):
        for name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
            monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def counts() -> Callable[[int], int]:
    """How often to run: all the times in `make full`, a twentieth of them in `make test`."""
    return lambda full: full if COUNTS == "full" else max(1, full // 20)


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """No socket of this process connects to anything but loopback and unix sockets."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_here(getattr(socket.socket, name)))
        yield


def _only_here(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def guarded(self: socket.socket, address: Any) -> Any:  # noqa: ANN401  # what connect takes depends on the family
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            self.close()  # or a ResourceWarning would follow
            # Not an Exception: a channel under test must not be able to take this for a network error.
            pytest.fail(f"a test tried to connect to {address!r}: tests reach loopback and unix sockets only")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of this test run's own; the URL of its `postgres` database."""
    with server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database with a store that nobody has opened a gate on."""
    (name, url) = _create(postgres_server, "template1")
    open_store(url).close()
    return name


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A PostgreSQL database with a new store in it, dropped after the test with whatever is still connected to it."""
    name, url = _create(postgres_server, "template1" if _is_empty(request) else postgres_template)
    if not _is_empty(request):
        with administrator(url) as connection:
            connection.execute("UPDATE gate SET store = %s", [uuid4().hex])
    yield url
    with administrator(postgres_server) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _is_empty(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("empty") is not None


def _create(server: str, template: str) -> tuple[str, str]:
    name = f"test_{uuid4().hex}"
    with administrator(server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))
    return name, make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a store that nobody has opened a gate on."""
    path = tmp_path_factory.mktemp("template") / "store.sqlite3"
    open_store(path).close()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path, request: pytest.FixtureRequest) -> str:
    """A SQLite database with a new store in it; where the test is marked `empty`, a file that does not exist yet."""
    path = tmp_path / "store.sqlite3"
    if not _is_empty(request):
        shutil.copy(sqlite_template, path)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE gate SET store = ?", [uuid4().hex])
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A new store; a test that takes it runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Somebody (`terminal.login`) types commands in an empty folder, in English."""
    monkeypatch.chdir(tmp_path)
    for name in ("RELEASEGATE_LANG", "RELEASEGATE_STORE", "RELEASEGATE_CONFIG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    made = Terminal(tmp_path, capsys)
    monkeypatch.setattr(login, "os_login", lambda: made.login)
    return made


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Whoever captures logs configures structlog, and it stays configured: the next test's gate would print."""
    yield
    if "structlog" in sys.modules:
        sys.modules["structlog"].reset_defaults()
