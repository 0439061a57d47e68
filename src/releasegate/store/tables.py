"""The tables of a store, as the newest migration leaves them."""

from collections.abc import Callable

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()


class Bytes(LargeBinary):
    """Bytes as they stand: where SQL of somebody else's left text in their place, its bytes, so that the digests tell."""

    def result_processor(self, _dialect: object, _coltype: object) -> Callable[[bytes | str | None], bytes | None]:
        """None, or bytes."""
        return lambda value: value.encode() if isinstance(value, str) else value


SCHEMA = 4
"""The schema that this version reads and writes; it stands in the gate row."""

gate = Table(
    "gate",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("store", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("policy", BigInteger, nullable=False),  # position of the adopt event in force; 0: none yet
    Column("beat", Text, nullable=False),
)
"""One row: the lock of the rules. Whatever changes people, rights, delegations or policy writes it; claim and begin share it."""

chain = Table(
    "chain",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("head", Text, nullable=False),
    Column("at", Text, nullable=False),
)
"""One row: the head of the log."""

drafts = Table(
    "drafts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("hold_count", Integer, nullable=False),
    Column("holds", Integer, nullable=False),  # how many were ever placed: the next one's number
    Column("channel", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("reach", Integer, nullable=False),
    Column("send_at", Text, nullable=False),
    Column("lease", Text, nullable=False),
    Column("updated", Text, nullable=False),
    Index("drafts_digest", "digest"),
    Index("drafts_state", "state", "send_at"),
    Index("drafts_channel", "channel", "state", "updated"),
)
"""One row a draft: its lock, and what queues are sorted by. Everything else is told by its events."""

events = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("draft_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("hash", Text, nullable=False),
    Column("salt", Bytes),
    Column("memo", Bytes),
    UniqueConstraint("draft_id", "seq", name="events_draft"),
)
"""The log, append-only: `hash` is sha256 over the previous hash and `body`; `memo` stands beside the chain, so that it can be erased."""

manifests = Table(
    "manifests",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("seal", Text, nullable=False, unique=True),
    Column("body", Bytes, nullable=False),
)

texts = Table(
    "texts",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("draft_id", Text, primary_key=True),
)
"""Every text that a draft has ever had: what was held stays held for its twins, also after another text was written over it."""

releases = Table(
    "releases",
    metadata,
    Column("release", Text, primary_key=True),
    Column("draft_id", Text, primary_key=True),
    Index("releases_draft", "draft_id"),
)
"""Every release that a draft has ever named: it is never left, so that no other text is a way round a hold."""

sealed = Table(
    "sealed",
    metadata,
    Column("seal", Text, primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("sender", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("reach", Integer, nullable=False),
    Column("media", Text, nullable=False),
    Index("sealed_content", "content"),
)
"""The parcels of a seal in their order; the bytes stand once each in `blobs`."""

blobs = Table(
    "blobs",
    metadata,
    Column("content", Text, primary_key=True),
    Column("base", Text, nullable=False),
    Column("data", Bytes, nullable=False),
)
"""Bytes by their sha256, deflated; `base` names the blob that served as dictionary, if any."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("draft_id", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("no", Integer, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lease", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("ended", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("reach", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("error", Text, nullable=False),
    Index("deliveries_state", "draft_id", "digest", "state"),
)
"""One row a parcel that was ever claimed; no row is `waiting`. `part` grows where some of its recipients were deferred."""

lanes = Table(
    "lanes",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("spent", Text, nullable=False),
)
"""One row a channel without a gate: how many recipients it had in each minute of the last hour, as JSON."""

heartbeats = Table(
    "heartbeats",
    metadata,
    Column("watcher", Text, primary_key=True),
    Column("at", Text, nullable=False),
    Column("next", Text, nullable=False),
)
"""When a watcher last looked, and when it means to look again; once more, behind its name, for each channel that it can look at."""

notices = Table(
    "notices",
    metadata,
    Column("id", Text, primary_key=True),
    Column("draft_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("worker", Text, nullable=False),
    Column("lease", Text, nullable=False),
    Column("ended", Text, nullable=False),
    Column("error", Text, nullable=False),
    Index("notices_state", "state", "made", "id"),
)
"""One row a message of the gate's own to people: `waiting`, `claimed`, `told` or `failed`. `step` is what it was told for."""

kin = Table(
    "kin",
    metadata,
    Column("seal", Text, primary_key=True),
    Column("other", Text, primary_key=True),
)
"""Two seals that hold one of the same messages, in both directions: asked at every step, so found once, when the later one is written."""

bookings = Table(
    "bookings",
    metadata,
    Column("attempt", Text, primary_key=True),
    Column("draft_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("booking", Text, nullable=False),
    Column("send_at", Text, nullable=False),
    Column("began", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("looked", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("pressed", Integer, nullable=False),
    Column("worker", Text, nullable=False, server_default=""),
    Column("ended", Text, nullable=False, server_default=""),
    Index("bookings_draft", "draft_id"),
    Index("bookings_due", "due"),
)
"""One row an attempt to book: written with the fence, so that what may stand over there is known whatever becomes of the answer."""
