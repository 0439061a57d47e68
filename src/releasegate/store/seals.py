"""Sealed bytes: parcels by their place, blobs by their digest, deflated against the draft's first mail."""

import contextlib
import hashlib
import uuid
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import NoResultFound

from releasegate.errors import StoreError
from releasegate.messages.words import Words
from releasegate.model.manifest import Manifest, read_manifest, sha256
from releasegate.model.parcel import Parcel
from releasegate.store.prepared import insert_new
from releasegate.store.store import Store, Txn
from releasegate.store.tables import blobs, kin, manifests, sealed, texts

_CHUNK = 100
"""Parcels written in one transaction: no maintenance write may hold up a hold for longer than some 50 ms."""
_LEVEL = 3
"""How hard deflate tries on what differs from the first: half the time of its usual 6, for 8 % more bytes."""


@dataclass(slots=True)
class Seal:
    """A seal in the making: what the manifest needs to know of all parcels, gathered while they stream by."""

    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    count: int = 0
    kept: int = 0  # of which the store has taken so many
    kin: tuple[str, ...] = ()  # other seals that hold one of the same messages
    reach: int = 0
    sender: str = ""
    title: str = ""
    _parcels: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _people: list[str] = field(default_factory=list)
    _senders: dict[str, None] = field(default_factory=dict)
    base: str = ""
    base_body: bytes = b""

    def take(self, parcel: Parcel) -> None:
        """Count this parcel in."""
        if not self.count:
            self.title, self.base, self.base_body = parcel.title, parcel.content, parcel.body
        self.count += 1
        self.reach += parcel.reach
        self._senders[parcel.sender] = None
        self.sender = ", ".join(self._senders)
        self._parcels.update(parcel.digest.encode())
        self._people.extend(parcel.to)

    @property
    def parcels(self) -> str:
        """sha256 over the parcels' digests in order."""
        return self._parcels.hexdigest()

    @property
    def recipients(self) -> str:
        """sha256 over the recipients, sorted: two lists with the same people have the same seal."""
        return sha256(orjson.dumps(sorted(self._people)))


def write(store: Store, parcels: Iterable[Parcel]) -> Seal:
    """Stream the parcels into the store, some at a time; until a manifest names the seal, nothing refers to them.

    Where one of them cannot be had or kept, those before it are taken back.
    """
    seal = Seal()
    try:
        _stream(store, seal, iter(parcels))
    except BaseException:
        _take_back(store, seal)
        raise
    # All its rows are committed: of two that are written at once, whichever asks later sees the other.
    seal.kin = store.look(lambda txn: tuple(txn.connection.execute(_KIN, {"s": seal.id}).scalars()))
    return seal


def _stream(store: Store, seal: Seal, parcels: Iterator[Parcel]) -> None:
    while chunk := list(islice(parcels, _CHUNK)):
        rows = []
        for parcel in chunk:
            seal.take(parcel)
            rows.append((seal.count, parcel, _deflate(parcel, seal)))
        store.act(lambda txn, rows=rows: _put(txn, seal.id, rows))  # type: ignore[misc]  # bound per chunk
        seal.kept = seal.count


def _take_back(store: Store, seal: Seal) -> None:
    """Forget what has been written of it, some at a time, as far as the store lets us; the error that led here is the one to tell."""
    of_seal = sealed.c.seal == seal.id
    with contextlib.suppress(StoreError):
        for last in range(_CHUNK, seal.kept + _CHUNK, _CHUNK):
            some = sealed.delete().where(of_seal, sealed.c.no <= last)
            store.act(lambda txn, some=some: txn.connection.execute(some), patience=1.0)  # type: ignore[misc]  # bound per chunk


def _deflate(parcel: Parcel, seal: Seal) -> bytes:
    """The first blob stands for itself; the others are told as what differs from it (12,000 mails: a few MB)."""
    if parcel.content == seal.base:
        return zlib.compress(parcel.body, 6)
    deflater = zlib.compressobj(_LEVEL, zdict=seal.base_body[-32768:])
    return deflater.compress(parcel.body) + deflater.flush()


def _put(txn: Txn, seal: str, rows: list[tuple[int, Parcel, bytes]]) -> None:
    base = rows[0][1].content if rows[0][0] == 1 else txn.connection.execute(_BASE, {"s": seal}).scalar_one()
    txn.connection.execute(
        insert_new(blobs, postgres=txn.postgres),
        [{"content": each.content, "base": "" if each.content == base else base, "data": data} for _, each, data in rows],
    )
    txn.connection.execute(
        sealed.insert(),
        [
            {
                "seal": seal,
                "no": no,
                "digest": each.digest,
                "content": each.content,
                "to": orjson.dumps(each.to).decode(),
                "sender": each.sender,
                "title": each.title,
                "reach": each.reach,
                "media": each.media,
            }
            for no, each, _ in rows
        ],
    )


_mine = sealed.alias("mine")
_theirs = sealed.alias("theirs")
_KIN = (
    select(_theirs.c.seal)
    .select_from(_mine)
    .join(_theirs, _theirs.c.content == _mine.c.content)
    .where(_mine.c.seal == bindparam("s"), _theirs.c.seal != _mine.c.seal)
    .distinct()
)
_BASE = select(sealed.c.content).where(sealed.c.seal == bindparam("s"), sealed.c.no == 1)


def bind(txn: Txn, seal: Seal, manifest: Manifest) -> None:
    """Let this manifest name the seal; where the same text was sealed before, the new copy is dropped."""
    known = txn.connection.execute(select(manifests.c.seal).where(manifests.c.digest == manifest.digest)).scalar_one_or_none()
    if known is None:
        txn.connection.execute(manifests.insert().values(digest=manifest.digest, seal=seal.id, body=manifest.body()))
        if pairs := [{"seal": one, "other": two} for each in seal.kin for one, two in ((seal.id, each), (each, seal.id))]:
            txn.connection.execute(insert_new(kin, postgres=txn.postgres), pairs)
    else:
        drop(txn, seal)


def name(txn: Txn, digest: str, draft_id: str) -> None:
    """Keep that this draft has had this text."""
    row = {"digest": digest, "draft_id": draft_id}
    known = select(texts.c.digest).where(texts.c.digest == digest, texts.c.draft_id == draft_id)
    if txn.connection.execute(known).one_or_none() is None:
        txn.connection.execute(texts.insert().values(**row))


def drop(txn: Txn, seal: Seal) -> None:
    """Forget a seal that no manifest names; its blobs may serve others."""
    txn.connection.execute(sealed.delete().where(sealed.c.seal == seal.id))


def manifest(txn: Txn, digest: str) -> Manifest:
    """What this digest names; StoreError where the stored bytes are not those of the digest."""
    row = txn.connection.execute(_MANIFEST, {"d": digest}).one_or_none()
    if row is None or sha256(row.body) != digest:
        message = Words(
            "The sealed text {digest} is missing or was changed in the store. Nothing leaves; restore the store from a copy.",
            digest=digest[:8],
        )
        raise StoreError(message)
    return read_manifest(row.body)


def whole(txn: Txn, digest: str) -> bool:
    """The parcels' digests in the store are, in order, those that the manifest seals."""
    told = manifest(txn, digest)
    seal = txn.connection.execute(_SEAL, {"d": digest}).scalar_one()
    running = hashlib.sha256()
    count = 0
    for row in txn.connection.execute(select(sealed.c.digest).where(sealed.c.seal == seal).order_by(sealed.c.no)):
        running.update(row.digest.encode())
        count += 1
    return (running.hexdigest(), count) == (told.parcels, told.count)


_MANIFEST = select(manifests.c.body).where(manifests.c.digest == bindparam("d"))
_SEAL = select(manifests.c.seal).where(manifests.c.digest == bindparam("d"))
_SOME = (
    select(sealed, blobs.c.data, blobs.c.base)
    .join(manifests, manifests.c.seal == sealed.c.seal)
    .outerjoin(blobs, blobs.c.content == sealed.c.content)
    .where(manifests.c.digest == bindparam("d"), sealed.c.no.in_(bindparam("n", expanding=True)))
)
_BLOB = select(blobs.c.data, blobs.c.base).where(blobs.c.content == bindparam("c"))


class Reader:
    """Takes the sealed parcels of one digest out again, checked against their digests; the dictionary is read once."""

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self._bases: dict[str, bytes] = {}

    def parcel(self, txn: Txn, no: int) -> Parcel:
        """The parcel at this place."""
        return self.some(txn, [no])[0]

    def some(self, txn: Txn, places: Sequence[int]) -> list[Parcel]:
        """The parcels at these places, byte for byte as they were sealed; StoreError where the store gives anything else."""
        rows = {row.no: row for row in txn.connection.execute(_SOME, {"d": self._digest, "n": list(places)})}
        return [self._parcel(txn, no, rows.get(no)) for no in places]

    def _parcel(self, txn: Txn, no: int, row: Any) -> Parcel:  # noqa: ANN401 - a row of _SOME, or None
        if row is None:
            raise _broken(no)
        return self.checked(txn, row)

    def checked(self, txn: Txn, row: Any) -> Parcel:  # noqa: ANN401 - a row of `sealed` with its blob
        """The parcel of this row; StoreError where the store gives anything else than was sealed."""
        no = row.no
        if is_blank(row):
            raise StoreError(Words("Sealed message no. {no} was erased.", no=no))
        if row.data is None:
            raise _broken(no)
        try:
            body = self._inflate(txn, row.base, row.data)
        except (zlib.error, NoResultFound) as error:
            raise _broken(no) from error
        parcel = Parcel(body=body, to=tuple(orjson.loads(row.to)), sender=row.sender, title=row.title, reach=row.reach, media=row.media)
        if parcel.digest != row.digest or parcel.content != row.content:
            raise _broken(no)
        return parcel

    def all(self, store: Store) -> Iterator[Parcel]:
        """Every parcel in order, some at a time."""
        count = store.look(lambda txn: manifest(txn, self._digest).count)
        for start in range(1, count + 1, _CHUNK):
            places = range(start, min(start + _CHUNK, count + 1))
            yield from store.look(lambda txn, places=places: self.some(txn, places))  # type: ignore[misc]  # bound per chunk

    def _inflate(self, txn: Txn, base: str, data: bytes) -> bytes:
        return _unpack(data, self._base(txn, base) if base else b"")

    def _base(self, txn: Txn, wanted: str) -> bytes:
        """The dictionary. A first mail here may have been another draft's fifth: on to one that stands for itself, and back."""
        content, way = wanted, dict[str, tuple[bytes, str]]()
        while content and content not in self._bases:
            if content in way:
                message = "a dictionary of its own"
                raise zlib.error(message)
            row = txn.connection.execute(_BLOB, {"c": content}).one()
            way[content] = row.data, row.base
            content = row.base
        for name, (data, base) in reversed(way.items()):
            self._bases[name] = _unpack(data, self._bases[base] if base else b"")
        return self._bases[wanted]


def is_blank(row: Any) -> bool:  # noqa: ANN401 - a row of `sealed`
    """Its envelope was erased."""
    return bool(row.to == BLANK["to"])


BLANK = {"to": "null", "sender": "", "title": "", "media": ""}
"""The envelope of a message that was erased: no list of recipients, not even an empty one."""


def _unpack(data: bytes, dictionary: bytes) -> bytes:
    inflater = zlib.decompressobj(zdict=dictionary[-32768:]) if dictionary else zlib.decompressobj()
    body = inflater.decompress(data) + inflater.flush()
    if not inflater.eof or inflater.unused_data:
        message = "cut off, or with something behind it"
        raise zlib.error(message)
    return body


def _broken(no: int) -> StoreError:
    return StoreError(
        Words("Sealed message no. {no} is missing or was changed in the store. It does not leave; restore the store from a copy.", no=no)
    )


def size(txn: Txn) -> int:
    """Bytes that all sealed content takes in the store."""
    return int(txn.connection.execute(select(func.coalesce(func.sum(func.length(blobs.c.data)), 0))).scalar_one())
