"""What a database said, in words of ours: what is wrong with which store, and how to mend it."""

import sqlite3
from collections.abc import Mapping

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from releasegate.errors import StoreError
from releasegate.messages.words import Words

_TRANSIENT = frozenset({"5", "6", "40001", "40P01", "55P03"})
# The facts are filled in when it happens.
_NONE = {"place": "", "error": "", "seconds": ""}
_LOCKED = Words("The store {place} is locked: another program has been writing to it for {seconds} s.", **_NONE)
_READ_ONLY = Words("The store {place} cannot be written to: {error}.", **_NONE)
_CLOSED = Words("The store {place} cannot be opened: {error}.", **_NONE)
_GONE = Words("The store {place} cannot be reached: {error}.", **_NONE)
_FULL = Words("The disk of the store {place} is full: {error}.", **_NONE)
_FAILING = Words("The disk of the store {place} fails: {error}.", **_NONE)
_DAMAGED = Words("The store {place} is damaged: {error}.", **_NONE)
_STRANGE = Words("The store did not take it: {error}.", **_NONE)
_RIGHTS = Words("Give this account the right to write to it, to the -wal and -shm beside it, and to its folder.")
_RESTORE = Words("Restore it from a copy.")
_ROOM = Words("Make room, and do it again.")

_OF_SQLITE: Mapping[str, tuple[Words, Words]] = {
    **dict.fromkeys(
        (str(sqlite3.SQLITE_BUSY), str(sqlite3.SQLITE_LOCKED)),
        (_LOCKED, Words("Try again; if it stays so, end that program (lsof {place} names it).", **_NONE)),
    ),
    str(sqlite3.SQLITE_READONLY): (_READ_ONLY, _RIGHTS),
    str(sqlite3.SQLITE_CANTOPEN): (_CLOSED, _RIGHTS),
    str(sqlite3.SQLITE_FULL): (_FULL, _ROOM),
    str(sqlite3.SQLITE_IOERR): (_FAILING, Words("It may be full, or broken: look at it, and do it again.")),
    **dict.fromkeys((str(sqlite3.SQLITE_CORRUPT), str(sqlite3.SQLITE_NOTADB)), (_DAMAGED, _RESTORE)),
}
_REACH = (_GONE, Words("See that the database runs and that the network leads there, and do it again."))
_OF_POSTGRES: Mapping[str, tuple[Words, Words]] = {
    **dict.fromkeys(
        ("40001", "40P01", "55P03"), (_LOCKED, Words("Try again; if it stays so, end that program (pg_stat_activity names it)."))
    ),
    **dict.fromkeys(("25006", "42501"), (_READ_ONLY, Words("Give the primary, and an account that may write."))),
    **dict.fromkeys(("28000", "28P01"), (_CLOSED, Words("Check the user and the password."))),
    "53100": (_FULL, _ROOM),
    **dict.fromkeys(("XX001", "XX002"), (_DAMAGED, _RESTORE)),
    # One that is not reached, or goes away, gives no state.
    "": _REACH,
}


def failure(error: DBAPIError, url: URL, *, seconds: float, doubtful: bool) -> StoreError:
    """The error to raise: `seconds` is how long it was tried; `doubtful` says that only the commit of a write was left."""
    sqlite = url.get_backend_name() == "sqlite"
    facts = {
        "place": str(url.database) if sqlite else url.render_as_string(hide_password=True),
        "error": str(error.orig).splitlines()[0].strip().rstrip("."),
        "seconds": f"{seconds:g}",
    }
    if doubtful and error.connection_invalidated:
        return StoreError(
            Words(
                "The store {place} was lost while it wrote: {error}. Nobody knows whether it was written: look before you do it again.",
                **facts,
            )
        )
    what, mend = _of(_code(error), sqlite=sqlite)
    said = Words(what.template, **facts)
    if mend is None:
        return StoreError(Words("{what} Nothing was changed.", what=said))
    return StoreError(Words("{what} Nothing was changed. {mend}", what=said, mend=Words(mend.template, **facts)))


def _of(code: str, *, sqlite: bool) -> tuple[Words, Words | None]:
    if sqlite:
        return _OF_SQLITE.get(code, (_STRANGE, None))
    return _REACH if code[:2] in {"08", "57"} else _OF_POSTGRES.get(code, (_STRANGE, None))


def transient(error: DBAPIError) -> bool:
    """Somebody else was in the way and the whole transaction may be tried again: nothing of it stands."""
    return _code(error) in _TRANSIENT


def _code(error: DBAPIError) -> str:
    """PostgreSQL's state, or SQLite's primary code; "" where there is neither."""
    if state := getattr(error.orig, "sqlstate", None):
        return str(state)
    # The driver raises some errors itself, without a code.
    if isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig):
        return str(sqlite3.SQLITE_BUSY)
    code = getattr(error.orig, "sqlite_errorcode", None)
    return str(code & 0xFF) if isinstance(code, int) else ""
