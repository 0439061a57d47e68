"""The store: transactions of its own, on two databases alike."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from os import PathLike
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from releasegate.diary import diary
from releasegate.errors import StoreError
from releasegate.messages.words import Words
from releasegate.store import clock
from releasegate.store.engine import Wait, for_database, open_engine, pause
from releasegate.store.failures import failure, transient
from releasegate.store.place import store_url
from releasegate.store.prepared import Prepared
from releasegate.store.tables import chain, gate

T = TypeVar("T")
Clock = Callable[[], datetime]


class Txn:
    """One transaction: its connection, the store's id, and the store's time."""

    __slots__ = ("_clock", "connection", "driver", "last", "postgres", "store")

    def __init__(self, connection: Connection, *, store: str, clock: Clock | None) -> None:
        self.connection = connection
        self.driver: Any = connection.connection.driver_connection
        self.store = store
        self.postgres = connection.dialect.name == "postgresql"
        self.last: datetime | None = None  # the last event's time, as this transaction knows it
        self._clock = clock

    def now(self) -> datetime:
        """The store's time at this moment (`now()` of a transaction may be old), never before the last event."""
        if self.last is None and self.postgres and self._clock is None:
            moment: datetime
            moment, last = _BOTH.one(self)  # one way to the server, not two: each letter's fence takes it
            self.last = datetime.fromisoformat(last)
            return max(moment.astimezone(UTC), self.last)
        if self.last is None:
            self.last = datetime.fromisoformat(_LAST.one(self)[0])
        return max(self._read(), self.last)

    def doubt(self) -> str:
        """By how many seconds the last event is ahead of the clock, or "": then one of the two clocks is wrong, and which is not known."""
        read = self._read()
        ahead = (self.now() - read).total_seconds()
        return str(round(ahead)) if ahead > clock.TOLERANCE else ""

    def _read(self) -> datetime:
        if self._clock is not None:
            return self._clock().astimezone(UTC)
        if self.postgres:
            moment: datetime = self.connection.execute(_CLOCK).scalar_one()
            return moment.astimezone(UTC)
        return datetime.now(UTC)


_LAST = Prepared(select(chain.c.at).where(chain.c.id == 1))
_MOMENT = func.clock_timestamp()
_CLOCK = select(_MOMENT)
_BOTH = Prepared(select(_MOMENT, chain.c.at).where(chain.c.id == 1))


class Store:
    """A store that is open: `act` writes, `look` reads, each in a transaction of its own. Share it between threads, not across a fork."""

    patience = 10.0
    """For how many seconds others may be in the way, where nobody says another number."""

    def __init__(self, engine: Engine, *, store: str, clock: Clock | None) -> None:
        self._engine = engine
        self.id = store
        self._clock = clock
        self.postgres = engine.dialect.name == "postgresql"

    def act(self, work: Callable[[Txn], T], *, urgent: bool = False, patience: float | None = None) -> T:
        """Run `work` in one writing transaction and commit it; tried again, whole, when somebody was in the way.

        `urgent` comes back at once (holds). Raises StoreError when it could not be committed within `patience` seconds, or at all.
        """
        seconds = self.patience if patience is None else patience
        return run(self._engine, lambda connection: work(self._txn(connection)), urgent=urgent, patience=seconds)

    def look(self, work: Callable[[Txn], T], *, patience: float | None = None) -> T:
        """Run `work` on one consistent view; it writes nothing."""
        seconds = self.patience if patience is None else patience
        return run(self._engine, lambda connection: work(self._txn(connection)), urgent=False, patience=seconds, options=VIEW)

    def doubt(self) -> str:
        """Why the time cannot be trusted, or "": the host's clock must move as fast as the machine's own."""
        return "" if self.postgres or self._clock is not None else clock.doubt()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _txn(self, connection: Connection) -> Txn:
        return Txn(connection, store=self.id, clock=self._clock)


_WRITE: Mapping[str, object] = {"gate_write": True}
VIEW: Mapping[str, object] = {"gate_view": True}
"""The options of a transaction that only reads, and reads one state."""


def run(engine: Engine, work: Callable[[Connection], T], *, urgent: bool, patience: float, options: Mapping[str, object] = _WRITE) -> T:
    """One transaction, tried again while others are in the way; answers only after its own commit."""
    end, writes = time.monotonic() + patience, "gate_write" in options
    if writes:
        options = {**options, "gate_write": Wait(until=end, urgent=urgent)}
    while True:
        worked = False
        try:
            with engine.connect().execution_options(**for_database(engine, options)) as connection, connection.begin():
                result = work(connection)
                worked = True
        except DBAPIError as error:
            doubtful = worked and writes  # what was lost in the commit may stand
            if not (transient(error) or (error.connection_invalidated and not doubtful)) or time.monotonic() > end:
                diary().error("the store did not take it", kind=type(error.orig).__name__)
                raise failure(error, engine.url, seconds=patience, doubtful=doubtful) from error
        except PoolTimeout as error:
            message = Words("All connections to the store are taken. Nothing was changed.")
            raise StoreError(message) from error
        else:
            return result
        pause(urgent=urgent)


def open_store(where: str | PathLike[str] | Engine, *, clock: Clock | None = None) -> Store:
    """The store at this path, URL or Engine's URL, made if it is new; StoreError where its promises could not be kept."""
    from releasegate.store.opening import prepare

    engine = open_engine(store_url(where))
    with _given_back_where_it_fails(engine):
        return Store(engine, store=prepare(engine), clock=clock)


def open_for_hold(where: str | Engine, *, clock: Clock | None = None) -> Store:
    """An existing store, opened for nothing but a hold: whatever its schema, as long as it has the row."""
    engine = open_engine(store_url(where), new=False)
    with _given_back_where_it_fails(engine):
        store = run(engine, lambda connection: connection.execute(_ID).scalar_one_or_none(), urgent=True, patience=5.0, options=VIEW)
        if store is None:
            message = Words("This database holds part of a store: it has no gate row. Nothing was changed.")
            raise StoreError(message)
        return Store(engine, store=store, clock=clock)


_ID = select(gate.c.store).where(gate.c.id == 1)


@contextmanager
def _given_back_where_it_fails(engine: Engine) -> Iterator[None]:
    """No connection is left behind by a store that was not opened."""
    try:
        yield
    except BaseException:
        engine.dispose()
        raise
