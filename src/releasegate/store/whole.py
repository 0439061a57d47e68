"""Whether the sealed texts that the log names are whole: for each message its row, in order, as the manifest seals them."""

import hashlib
from collections.abc import Iterable, Iterator

from sqlalchemy import select

from releasegate.messages.words import Words
from releasegate.model.manifest import read_manifest, sha256
from releasegate.store.store import Txn
from releasegate.store.streaming import stream
from releasegate.store.tables import manifests, sealed

_ROWS = select(sealed.c.seal, sealed.c.digest).order_by(sealed.c.seal, sealed.c.no)
_RAW = "SELECT seal, digest FROM sealed ORDER BY seal, no"


def text_faults(txn: Txn, texts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with these texts (draft, digest). The bytes themselves are checked when they leave, each against its row."""
    made = {row.digest: row for row in txn.connection.execute(select(manifests))}
    found = _seals(txn)
    for draft_id, digest in sorted(texts):
        row = made.get(digest)
        if row is None or sha256(row.body) != digest:
            yield Words("missing: the sealed text {mark} of {draft_id}", mark=digest[:8], draft_id=draft_id)
            continue
        told = read_manifest(row.body)
        if found.get(row.seal) != (told.parcels, told.count):
            yield Words("changed: the messages of {draft_id} are not those that were sealed as {mark}", draft_id=draft_id, mark=digest[:8])


def _seals(txn: Txn) -> dict[str, tuple[str, int]]:
    """For each seal the running digest over its messages' digests, and how many there are."""
    running: dict[str, tuple[hashlib._Hash, int]] = {}
    for seal, digest in stream(txn, _ROWS, raw=_RAW):
        hashed, count = running.get(seal) or (hashlib.sha256(), 0)
        hashed.update(digest.encode())
        running[seal] = hashed, count + 1
    return {seal: (hashed.hexdigest(), count) for seal, (hashed, count) in running.items()}
