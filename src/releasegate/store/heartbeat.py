"""Who looked last, by the store's own clock: one row a watcher, and one for each channel of a foreign clock that it can look at."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
from sqlalchemy import bindparam, select

from releasegate.model.beat import FRESH, Beat
from releasegate.store.prepared import Prepared, insert_new
from releasegate.store.store import Txn
from releasegate.store.tables import heartbeats

_AT = " "
_KEPT = timedelta(days=1)
_LAST = Prepared(select(heartbeats.c.watcher, heartbeats.c.at, heartbeats.c.next).order_by(heartbeats.c.at.desc()).limit(1))
_FRESH = Prepared(select(heartbeats.c.watcher).where(heartbeats.c.at > bindparam("t")))
_BEAT = Prepared(heartbeats.update().where(heartbeats.c.watcher == bindparam("w")).values(at=bindparam("t"), next=bindparam("n")))
_OLD = Prepared(heartbeats.delete().where(heartbeats.c.at < bindparam("t")))


def beat(txn: Txn, watcher: str, *, every: timedelta, clocks: Iterable[tuple[str, str]] = ()) -> datetime:
    """Write that this watcher looks now, as these channels with these identities too, and means to look again after `every`.

    Those that have been silent for a day are forgotten.
    """
    now = txn.now()
    _OLD.change(txn, {"t": _text(now - _KEPT)})
    for name in (watcher, *(watcher + _AT + _place(*clock) for clock in clocks)):
        values = {"w": name, "t": _text(now), "n": _text(now + every)}
        if not _BEAT.change(txn, values):
            txn.connection.execute(insert_new(heartbeats, postgres=txn.postgres), {"watcher": name, "at": values["t"], "next": values["n"]})
    return now


def last(txn: Txn) -> Beat | None:
    """The last pass that anybody made, true while it is fresh; None where nobody ever did, or not for a day."""
    row = _LAST.row(txn)
    if row is None:
        return None
    who, _, _ = row[0].partition(_AT)
    return Beat(by=who, at=datetime.fromisoformat(row[1]), next=datetime.fromisoformat(row[2]), asked=txn.now())


def covers(txn: Txn, channel: str, identity: str) -> bool:
    """Somebody has made a pass just now who can look at what stands with this channel, by this account."""
    rows = _FRESH.rows(txn, {"t": _text(txn.now() - FRESH)})
    return any(row[0].partition(_AT)[2] == _place(channel, identity) for row in rows)


def _place(channel: str, identity: str) -> str:
    return orjson.dumps([channel, identity]).decode()


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
