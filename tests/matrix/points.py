"""The named points of a program, and what happens to the process that reaches one: it is killed, frozen, or gets an I/O error."""

import os
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy.exc import OperationalError

from releasegate.store.failures import failure
from releasegate.store.store import Store
from tests.matrix.otherside import Line, Reach

FAULTS = ("SIGKILL", "SIGSTOP", "EIO")


@dataclass
class Points:
    """Names every transaction and every question to the other end of this process, and counts how often each name has come.

    Without a fault it is a tour: `seen` are the points that were passed. With one, it comes where `target` is reached, once.
    """

    target: str = ""
    fault: str = ""
    seen: list[str] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)

    def at(self, what: str) -> Reach:
        """The next place of this name."""
        self.times[what] += 1
        place = f"{what} {self.times[what]}"
        return lambda where: self._reached(f"{place} {where}")

    def _reached(self, name: str) -> bool:
        self.seen.append(name)
        if name != self.target:
            return False
        self.target = ""
        if self.fault != "EIO":
            os.kill(os.getpid(), signal.Signals[self.fault])
            return False
        return True

    def arm(self, store: Store, line: Line) -> None:
        """From now on, in this process."""
        line.reach = self.at
        real_act, dialect = Store.act, store._engine.dialect
        real_commit = dialect.do_commit
        failing = {"now": ""}

        def act(each: Store, work: Callable[..., Any], **more: Any) -> Any:  # noqa: ANN401 - as it is
            reach = self.at(_place(sys._getframe(1)))
            if reach("before"):
                raise failure(_broken(store, "BEGIN"), store._engine.url, seconds=0, doubtful=False)

            def watched(txn: Any) -> Any:  # noqa: ANN401
                result = work(txn)
                failing["now"] = "inside" if reach("inside") else ""
                return result

            found = real_act(each, watched, **more)
            if reach("after"):
                raise failure(_broken(store, "COMMIT"), store._engine.url, seconds=0, doubtful=True)
            return found

        def commit(connection: Any) -> None:  # noqa: ANN401 - the pool's
            if failing.pop("now", ""):
                if store.postgres:
                    connection.driver_connection.close()
                raise _cause(store)
            real_commit(connection)

        Store.act = act  # type: ignore[method-assign, assignment]  # in this process only
        dialect.do_commit = commit  # type: ignore[method-assign, assignment]  # likewise


def _place(frame: Any) -> str:  # noqa: ANN401 - a frame
    """Who asked for this transaction: a function's name and its module."""
    return f"{frame.f_globals['__name__'].rpartition('.')[2]}.{frame.f_code.co_name.strip('_')}"


def _cause(store: Store) -> Exception:
    if store.postgres:
        return psycopg.OperationalError("server closed the connection unexpectedly")
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


def _broken(store: Store, statement: str) -> OperationalError:
    return OperationalError(statement, {}, _cause(store), connection_invalidated=store.postgres)
