"""How much has left by the ways out that have no gate: minute by minute of the last hour, counted over all processes of a store."""

import json
from datetime import datetime

from sqlalchemy import bindparam, select, update

from releasegate.store.prepared import Prepared, insert_new
from releasegate.store.store import Txn
from releasegate.store.tables import lanes

_HOUR = 60


def spend(txn: Txn, channel: str, n: int, *, most: int) -> bool:
    """Count `n` more recipients by this channel; False, and nothing counted, where more than `most` would be reached in one hour."""
    txn.connection.execute(insert_new(lanes, postgres=txn.postgres), {"channel": channel, "spent": "{}"})
    minute = _minute(txn.now())
    # A minute more than an hour: the first one of them may have had only its end in it.
    spent = {at: count for at, count in _read(_SPENT.one(txn, {"c": channel})[0]).items() if at >= minute - _HOUR}
    if sum(spent.values()) + n > most:
        return False
    spent[minute] = spent.get(minute, 0) + n
    _SPEND.change(txn, {"c": channel, "s": json.dumps(spent)})
    return True


def _read(kept: str) -> dict[int, int]:
    return {int(at): int(count) for at, count in json.loads(kept).items()}


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


_SPENT = Prepared(select(lanes.c.spent).where(lanes.c.channel == bindparam("c")).with_for_update())
_SPEND = Prepared(update(lanes).where(lanes.c.channel == bindparam("c")).values(spent=bindparam("s")))
