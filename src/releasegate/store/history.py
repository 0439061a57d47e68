"""What has left by a channel before."""

from datetime import datetime

from sqlalchemy import bindparam, select

from releasegate.model.state import State
from releasegate.protocols import LastSend
from releasegate.store.prepared import Prepared
from releasegate.store.store import Txn
from releasegate.store.tables import drafts

_MOST = 10


def last_sends(txn: Txn, channel: str, *, but: str) -> tuple[LastSend, ...]:
    """The last ten drafts that left by this channel, the newest first; `but` is the draft that is judged."""
    return tuple(
        LastSend(draft_id=draft_id, at=datetime.fromisoformat(at), digest=digest, reach=reach)
        for draft_id, at, digest, reach in _LAST.rows(txn, {"c": channel, "i": but})
    )


_LAST = Prepared(
    select(drafts.c.id, drafts.c.updated, drafts.c.digest, drafts.c.reach)
    .where(drafts.c.channel == bindparam("c"), drafts.c.id != bindparam("i"), drafts.c.state == State.SENT.value)
    .order_by(drafts.c.updated.desc())
    .limit(_MOST)
)
