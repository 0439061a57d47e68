"""What has left before, and what a signature saw before it was carried here."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import and_, bindparam, or_, select

from releasegate.checks.letters import read_letter
from releasegate.model.draft import Draft, Signature
from releasegate.model.letter import Letter
from releasegate.model.state import DeliveryState, State
from releasegate.protocols import Carried, LastSend
from releasegate.store import envelopes, seals
from releasegate.store.erased import is_erased
from releasegate.store.prepared import Prepared
from releasegate.store.store import Txn
from releasegate.store.tables import deliveries, drafts

_MOST = 10
_EARLIER = 100


def last_sends(txn: Txn, channel: str, *, but: str) -> tuple[LastSend, ...]:
    """The last ten drafts that left by this channel and were not erased, the newest first; `but` is the draft that is judged."""
    return tuple(_send(txn, *row) for row in _LAST.rows(txn, {"c": channel, "i": but}))


def earlier(txn: Txn, since: datetime, *, but: str) -> tuple[LastSend, ...]:
    """The last 100 drafts of any channel of which something has left since then, or may have, the newest first."""
    return tuple(_send(txn, *row) for row in _SINCE.rows(txn, {"s": since.isoformat(timespec="microseconds"), "i": but}))


def carried(txn: Txn, draft: Draft) -> tuple[Carried, ...]:
    """The signatures of this round that came along from an earlier text, each with how the list has changed since its owner saw it."""
    mine = [each for each in draft.signatures if each.carried and (each.digest, each.round) == (draft.digest, draft.round)]
    return tuple(_compared(txn, draft, each) for each in mine)


def _compared(txn: Txn, draft: Draft, signature: Signature) -> Carried:
    if seals.manifest(txn, signature.seen).recipients == seals.manifest(txn, draft.digest).recipients:
        return Carried(by=signature.by, role=signature.role)
    saw, now = (dict.fromkeys(envelopes.everybody(txn, digest)) for digest in (signature.seen, draft.digest))
    gained, lost = (tuple(each for each in these if each not in those) for these, those in ((now, saw), (saw, now)))
    return Carried(by=signature.by, role=signature.role, gained=gained, lost=lost)


def _send(txn: Txn, draft_id: str, channel: str, at: str, digest: str, reach: int) -> LastSend:
    return LastSend(
        draft_id=draft_id,
        at=datetime.fromisoformat(at),
        digest=digest,
        reach=reach,
        channel=channel,
        letters=_Letters(txn, digest),
        recipients=envelopes.everybody(txn, digest),
    )


class _Letters:
    """The letters of a sealed text, read one by one as they are asked for."""

    def __init__(self, txn: Txn, digest: str) -> None:
        self._txn, self._digest = txn, digest

    def __iter__(self) -> Iterator[Letter]:
        reader = seals.Reader(self._digest)
        for no in range(1, seals.manifest(self._txn, self._digest).count + 1):
            yield read_letter(reader.parcel(self._txn, no), no)


_COLUMNS = (drafts.c.id, drafts.c.channel, drafts.c.updated, drafts.c.digest, drafts.c.reach)
_LAST = Prepared(
    select(*_COLUMNS)
    .where(drafts.c.channel == bindparam("c"), drafts.c.id != bindparam("i"), drafts.c.state == State.SENT.value, ~is_erased(drafts.c.id))
    .order_by(drafts.c.updated.desc())
    .limit(_MOST)
)
_BEGUN = (
    select(deliveries.c.draft_id)
    .where(deliveries.c.draft_id == drafts.c.id, deliveries.c.digest == drafts.c.digest)
    .where(deliveries.c.state != DeliveryState.WAITING.value, deliveries.c.state != DeliveryState.CLAIMED.value)
    .exists()
)
_SINCE = Prepared(
    select(*_COLUMNS)
    .where(drafts.c.updated >= bindparam("s"), drafts.c.id != bindparam("i"), ~is_erased(drafts.c.id))
    .where(or_(drafts.c.state == State.SENT.value, and_(drafts.c.state != State.DRAFTING.value, _BEGUN)))
    .order_by(drafts.c.updated.desc())
    .limit(_EARLIER)
)
