"""Whom a sealed text is for: the addresses on its envelopes, read without the parcels."""

from collections.abc import Callable, Collection, Iterable, Iterator

import orjson
from sqlalchemy import bindparam, select

from releasegate.model.state import DeliveryState
from releasegate.store.prepared import Prepared
from releasegate.store.store import Txn
from releasegate.store.tables import deliveries, manifests, sealed


class Addresses(Collection[str]):
    """Every envelope address in order, repeats kept, read when first asked for."""

    def __init__(self, read: Callable[[], Iterable[str]]) -> None:
        self._read = read
        self._known: tuple[str, ...] | None = None

    def __iter__(self) -> Iterator[str]:
        if self._known is None:
            self._known = tuple(self._read())
        return iter(self._known)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, address: object) -> bool:
        return any(address == each for each in self)


def everybody(txn: Txn, digest: str) -> Addresses:
    """All whom this text is for."""
    return Addresses(lambda: (address for _, address in _placed(txn, digest)))


def waiting(txn: Txn, draft_id: str, digest: str) -> Addresses:
    """Those of them to whom nothing has gone yet."""

    def read() -> Iterator[str]:
        gone = {(no, address) for no, to in _GONE.rows(txn, {"d": draft_id, "g": digest}) for address in orjson.loads(to)}
        return (address for no, address in _placed(txn, digest) if (no, address) not in gone)

    return Addresses(read)


def _placed(txn: Txn, digest: str) -> Iterator[tuple[int, str]]:
    for no, to in _TO.rows(txn, {"g": digest}):
        yield from ((no, address) for address in orjson.loads(to) or ())  # of one that was erased: nobody


_TO = Prepared(
    select(sealed.c.no, sealed.c.to)
    .join(manifests, manifests.c.seal == sealed.c.seal)
    .where(manifests.c.digest == bindparam("g"))
    .order_by(sealed.c.no)
)
_GONE = Prepared(
    select(deliveries.c.no, deliveries.c.to)
    .where(deliveries.c.draft_id == bindparam("d"), deliveries.c.digest == bindparam("g"))
    .where(deliveries.c.state != DeliveryState.WAITING.value, deliveries.c.state != DeliveryState.CLAIMED.value)
)
