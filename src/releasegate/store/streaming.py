"""Many rows in order, as plain tuples, some at a time: verifying is mostly reading."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select
from sqlalchemy.exc import DBAPIError

from releasegate.store.store import Txn

_BATCH = 2000


def stream(txn: Txn, query: Select[Any], *, raw: str) -> Iterator[tuple[Any, ...]]:
    """The rows of this query; on SQLite those of `raw`, the same in words of its own, as its driver gives them."""
    if not txn.postgres:
        cursor = txn.connection.exec_driver_sql(raw).cursor
        try:
            while rows := cursor.fetchmany(_BATCH):
                yield from rows
        except sqlite3.Error as error:
            raise DBAPIError(raw, None, error) from error
        return
    for rows in txn.connection.execute(query, execution_options={"yield_per": _BATCH}).partitions(_BATCH):
        yield from map(tuple, rows)
