"""A statement of the path that every letter takes: SQLAlchemy writes it, and on SQLite the driver runs it as it was written."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Executable, Insert, Table
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from releasegate.errors import StoreError
from releasegate.messages.words import Words

if TYPE_CHECKING:
    from releasegate.store.store import Txn

_NOTHING: Mapping[str, object] = {}


class Prepared:
    """One statement with named parameters, put into words once. Columns come as SQLite keeps them: numbers, text, bytes.

    By way of SQLAlchemy a statement takes 13 to 25 µs more of the processor than SQLite itself, and a letter's fence needs five. On
    PostgreSQL the way to the server costs more than that, and SQLAlchemy knows what a lost connection means: there it runs them.
    """

    __slots__ = ("_fixed", "_statement", "_text")

    def __init__(self, statement: Executable) -> None:
        compiled: Any = statement.compile(dialect=sqlite.dialect(paramstyle="named"))  # type: ignore[attr-defined]  # every one that is built has it
        self._statement, self._text = statement, str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def row(self, txn: "Txn", values: Mapping[str, object] = _NOTHING) -> Sequence[Any] | None:
        """The one row that it finds, or None."""
        found = self.rows(txn, values)
        return found[0] if found else None

    def rows(self, txn: "Txn", values: Mapping[str, object] = _NOTHING) -> Sequence[Sequence[Any]]:
        """All that it finds."""
        if txn.postgres:
            return txn.connection.execute(self._statement, values).all()
        found: list[Sequence[Any]] = self._run(txn, values).fetchall()
        return found

    def one(self, txn: "Txn", values: Mapping[str, object] = _NOTHING) -> Sequence[Any]:
        """The one row that every store has; StoreError where it is gone."""
        found = self.row(txn, values)
        if found is None:
            message = Words("A row is missing that every store has. Nothing leaves; restore the store from a copy.")
            raise StoreError(message)
        return found

    def change(self, txn: "Txn", values: Mapping[str, object]) -> int:
        """How many rows it changed."""
        return int(txn.connection.execute(self._statement, values).rowcount if txn.postgres else self._run(txn, values).rowcount)

    def _run(self, txn: "Txn", values: Mapping[str, object]) -> sqlite3.Cursor:
        try:
            cursor: sqlite3.Cursor = txn.driver.execute(self._text, {**self._fixed, **values})
        except sqlite3.Error as error:
            raise DBAPIError(self._text, None, error) from error
        return cursor


def insert_new(table: Table, *, postgres: bool) -> Insert:
    """An insert that leaves a row that is there already. One dialect is loaded, not both."""
    if postgres:
        from sqlalchemy.dialects.postgresql import insert as into_postgres

        return into_postgres(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.sqlite import insert

    return insert(table).on_conflict_do_nothing()
