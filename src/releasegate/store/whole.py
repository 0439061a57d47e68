"""Whether the sealed texts that the log names are whole: each message's row, envelope and bytes, in order, as the manifest seals them."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, cast, select

from releasegate.errors import StoreError
from releasegate.messages.words import Words
from releasegate.model.manifest import Manifest
from releasegate.store import seals
from releasegate.store.store import Txn
from releasegate.store.tables import Bytes, blobs, manifests, sealed

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a draft: what its digest names (None: it is gone or another), and whether the draft was erased."""

    draft_id: str
    digest: str
    manifest: Manifest | None
    erased: bool


@dataclass(slots=True)
class _Seal:
    """What the rows of a seal come to: the digest over their digests, how many, and which no longer hold what they seal."""

    parcels: str = ""
    count: int = 0
    broken: int = 0
    blank: int = 0


def message_faults(txn: Txn, named: Sequence[Text]) -> Iterator[str]:
    """What is wrong with these texts."""
    query = select(manifests.c.digest, manifests.c.seal).where(manifests.c.digest.in_({each.digest for each in named}))
    places = {row.digest: row.seal for row in txn.connection.execute(query)}
    found = dict(_seals(txn, places.values()))
    for each in named:
        mark = each.digest[:8]
        seal = found.get(places.get(each.digest, ""), _Seal())
        if each.manifest is None:
            yield Words("missing: the sealed text {mark} of {draft_id}", mark=mark, draft_id=each.draft_id)
        elif (seal.parcels, seal.count) != (each.manifest.parcels, each.manifest.count):
            yield Words("changed: the messages of {draft_id} are not those that were sealed as {mark}", draft_id=each.draft_id, mark=mark)
        elif seal.broken or (seal.blank and not each.erased):
            yield Words(
                "changed: {n} messages of {draft_id} do not hold what was sealed", n=seal.broken + seal.blank, draft_id=each.draft_id
            )


def _seals(txn: Txn, wanted: Iterable[str]) -> Iterator[tuple[str, _Seal]]:
    """Each of these seals as its rows tell it."""
    query = _ROWS.where(sealed.c.seal.in_(set(wanted)))
    rows = txn.connection.execute(query, execution_options={"yield_per": _BATCH})
    for seal, parcels in groupby(rows, key=lambda row: str(row.seal)):
        yield seal, _told(txn, parcels)


_ROWS = (
    select(sealed, cast(blobs.c.data, Bytes).label("data"), blobs.c.base)
    .select_from(sealed.outerjoin(blobs, blobs.c.content == sealed.c.content))
    .order_by(sealed.c.seal, sealed.c.no)
)


def _told(txn: Txn, rows: Iterable[Row[Any]]) -> _Seal:
    seal, running, reader = _Seal(), hashlib.sha256(), seals.Reader("")
    for row in rows:
        running.update(row.digest.encode())
        seal.count += 1
        if seals.is_blank(row):
            seal.blank += 1
        elif row.no != seal.count or not _holds(txn, reader, row):
            seal.broken += 1
    seal.parcels = running.hexdigest()
    return seal


def _holds(txn: Txn, reader: seals.Reader, row: Row[Any]) -> bool:
    try:
        reader.checked(txn, row)
    except (StoreError, ValueError, TypeError):
        return False
    return True
