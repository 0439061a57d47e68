"""Who looked last: one row a watcher, by the store's own clock."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from releasegate.model.beat import Beat
from releasegate.store.prepared import Prepared, insert_new
from releasegate.store.store import Txn
from releasegate.store.tables import heartbeats

_KEPT = timedelta(days=1)
_LAST = Prepared(select(heartbeats.c.watcher, heartbeats.c.at, heartbeats.c.next).order_by(heartbeats.c.at.desc()).limit(1))
_BEAT = Prepared(heartbeats.update().where(heartbeats.c.watcher == bindparam("w")).values(at=bindparam("t"), next=bindparam("n")))
_OLD = Prepared(heartbeats.delete().where(heartbeats.c.at < bindparam("t")))


def beat(txn: Txn, watcher: str, *, every: timedelta) -> datetime:
    """Write that this watcher looks now, and means to look again after `every`. Those that have been silent for a day are forgotten."""
    now = txn.now()
    values = {"w": watcher, "t": _text(now), "n": _text(now + every)}
    _OLD.change(txn, {"t": _text(now - _KEPT)})
    if not _BEAT.change(txn, values):
        txn.connection.execute(insert_new(heartbeats, postgres=txn.postgres), {"watcher": watcher, "at": values["t"], "next": values["n"]})
    return now


def last(txn: Txn) -> Beat | None:
    """The last pass that anybody made, true while it is fresh; None where nobody ever did, or not for a day."""
    row = _LAST.row(txn)
    if row is None:
        return None
    return Beat(by=row[0], at=datetime.fromisoformat(row[1]), next=datetime.fromisoformat(row[2]), asked=txn.now())


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
