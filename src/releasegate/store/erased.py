"""What is taken away of a draft that is over, on purpose. The chain needs none of it."""

from functools import partial

from sqlalchemy import ColumnElement, Exists, bindparam, exists, or_, select, text

from releasegate.store.seals import BLANK
from releasegate.store.store import Store, Txn
from releasegate.store.tables import blobs, deliveries, events, manifests, notices, sealed, texts

_CHUNK = 100
"""So many messages in one transaction: a hold on another draft waits for no more."""


def words(txn: Txn, draft_id: str) -> None:
    """The notes and findings beside its events, the addresses beside its deliveries, the facts of what people were to be told.

    Why things were erased stays.
    """
    these = events.c.draft_id == draft_id
    txn.connection.execute(events.update().where(these, events.c.kind != "erase").values(memo=None, salt=None))
    txn.connection.execute(deliveries.update().where(deliveries.c.draft_id == draft_id).values(to="[]", error=""))
    txn.connection.execute(notices.update().where(notices.c.draft_id == draft_id).values(params="{}"))


def seals(txn: Txn, draft_id: str) -> tuple[str, ...]:
    """The seals of its texts that no draft has but those that were erased."""
    other = texts.alias()
    kept = exists().where(other.c.digest == texts.c.digest, ~is_erased(other.c.draft_id))
    query = select(manifests.c.seal).join(texts, texts.c.digest == manifests.c.digest).where(texts.c.draft_id == draft_id, ~kept)
    return tuple(txn.connection.execute(query).scalars())


def is_erased(draft_id: ColumnElement[str]) -> Exists:
    """The log says that this draft was erased."""
    return exists().where(events.c.draft_id == draft_id, events.c.kind == "erase")


def messages(store: Store, seal: str) -> None:
    """The envelopes of this seal, and the bytes that nothing else needs, some at a time."""
    while store.act(lambda txn: _blank(txn, seal)):
        pass
    bases: set[str] = set()
    while gone := store.act(partial(_drop, seal=seal, bases=frozenset(bases))):
        bases |= gone


def _blank(txn: Txn, seal: str) -> int:
    some = select(sealed.c.no).where(sealed.c.seal == seal, _NAMED).limit(_CHUNK)
    numbers = list(txn.connection.execute(some).scalars())
    txn.connection.execute(sealed.update().where(sealed.c.seal == seal, sealed.c.no.in_(numbers)).values(**BLANK))
    return len(numbers)


def _drop(txn: Txn, seal: str, bases: frozenset[str]) -> set[str]:
    """Bytes of this seal that no message holds any more, and no other bytes are told by; and those by which only such ones were told."""
    if txn.postgres:  # a text that is being written right now may count on the bytes that go
        txn.connection.execute(text("LOCK TABLE blobs IN SHARE ROW EXCLUSIVE MODE"))
    gone = {row.content: row.base for row in txn.connection.execute(_IDLE, {"s": seal, "b": list(bases)})}
    txn.connection.execute(blobs.delete().where(blobs.c.content.in_(list(gone))))
    return {*gone, *gone.values()}


_NAMED = sealed.c.to != BLANK["to"]
_held, _told = sealed.alias("held"), blobs.alias("told")
_IDLE = (
    select(blobs.c.content, blobs.c.base)
    .join(sealed, sealed.c.content == blobs.c.content)
    .where(
        or_(sealed.c.seal == bindparam("s"), blobs.c.content.in_(bindparam("b", expanding=True))),
        ~exists().where(_held.c.content == blobs.c.content, _held.c.to != BLANK["to"]),
        ~exists().where(_told.c.base == blobs.c.content),
    )
    .distinct()
    .limit(_CHUNK)
)
