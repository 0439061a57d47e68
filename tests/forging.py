"""Somebody with full rights on the database, who knows how the log is made: what they change, they make fit again as far as it can be."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import Connection, MetaData, Table, create_engine, delete, insert, select, update
from sqlalchemy.engine import Engine

from releasegate.gate import Gate
from releasegate.model.anchor import Anchor
from releasegate.model.manifest import canonical
from releasegate.store import tables, verifying
from releasegate.store.log import link
from releasegate.store.store import Txn
from releasegate.store.verifying import Verification
from releasegate.store.witnesses import EVERYBODY
from tests.building import Bench, approved, confirmed, lifted, mails, make_bench, submitted, written

TABLES = ("gate", "chain", "drafts", "events", "manifests", "texts", "sealed", "blobs", "deliveries", "kin", "bookings", "releases")
Rows = dict[str, list[dict[str, Any]]]


@dataclass
class World:
    """A store with some history, an anchor in the middle of it, and how it stood some time before."""

    bench: Bench
    engine: Engine
    anchor: Anchor
    backup: Rows
    other: Rows

    def look(self, connection: Connection, *, anchored: bool = True) -> Verification:
        """What `verify` says of what this connection sees."""
        store = connection.execute(select(tables.gate.c.store)).scalar_one_or_none() or ""
        return verifying._verify(Txn(connection, store=store, clock=None), (), (self.anchor,) if anchored else (), EVERYBODY)

    def under(self, tamper: Callable[[Connection], object]) -> tuple[Verification, Verification]:
        """With the anchor and without it; then all is as it was."""
        with self.engine.connect() as connection:
            transaction = connection.begin()
            tamper(connection)
            found = self.look(connection), self.look(connection, anchored=False)
            transaction.rollback()
        return found


def make_world(url: str, other_url: str) -> World:
    """Drafts in every stage, sealed texts that share mails, rules that changed, notes, findings, one that was erased."""
    bench = make_bench(url)
    _live(bench.gate, bench)
    backup = rows_of(url)
    approved(bench.gate, "late", "The late issue.")
    bench.gate.send("late", by="mailer")
    written(bench.gate, "late2", mails(3, "Once more."))
    anchor = bench.gate.anchor()
    submitted(bench.gate, "after", "After the anchor.")
    bench.gate.hold("after", by="dai", note="Stop.")
    approved(bench.gate, "after2", "After the anchor, too.")
    bench.gate.send("after2", by="mailer")
    strange = make_bench(other_url)
    approved(strange.gate, "a", "Another house.")
    return World(bench, create_engine(url), anchor, backup, rows_of(other_url))


def _live(gate: Gate, bench: Bench) -> None:
    approved(gate, "a", mails(3))
    gate.send("a", by="mailer")
    written(gate, "b", [*mails(2), *mails(4, "Else.")[2:]])
    gate.hold("b", by="chie", note="Wait for legal.")
    confirmed(gate, "c", "A third text.")
    written(gate, "c", "A third text, mended.")
    lifted(gate, gate.hold("c", by="dai", note="Hm.").hold, by="dai", note="Fine.")
    gate.delegate("chie", to="ben", until=bench.clock() + timedelta(days=1), by="chie", note="Away.")
    written(gate, "d", "Never.")
    gate.withdraw("d", by="akari", note="No.")
    gate.erase("d", by="chie", note="Asked for.")
    approved(gate, "e", "The fifth.")


def rows_of(url: str) -> Rows:
    """Everything in the store."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {name: [dict(row._mapping) for row in connection.execute(select(_table(name)))] for name in TABLES}
    engine.dispose()
    return found


def _table(name: str) -> Table:
    metadata: MetaData = tables.metadata
    return metadata.tables[name]


def restore(connection: Connection, rows: Rows) -> None:
    """Put these rows in the place of all there are."""
    for name in TABLES:
        connection.execute(delete(_table(name)))
        if rows[name]:
            connection.execute(insert(_table(name)), rows[name])


# --- a log that fits


class Forger:
    """Changes a list of events, and then makes everything fit: numbers, hashes, the chain's row, the drafts' rows, the gate's row."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.events = [_opened(row) for row in connection.execute(select(tables.events).order_by(tables.events.c.position))]

    def write(self) -> None:
        """Make it fit, and put it there."""
        head, seqs, rows = "", dict[str, int](), []
        for position, (body, salt, memo) in enumerate(self.events, start=1):
            draft = body["draft"]
            seqs[draft] = seqs.get(draft, 0) + 1
            body |= {"position": position, "seq": seqs[draft] if draft else position}
            data = canonical(body)
            head = link(head, data)
            columns = {"position": position, "draft_id": draft, "seq": body["seq"], "kind": body["kind"]}
            rows.append(columns | {"body": data, "hash": head, "salt": salt, "memo": memo})
        self.connection.execute(delete(tables.events))
        self.connection.execute(insert(tables.events), rows)
        self.connection.execute(update(tables.chain).values(position=len(rows), head=head, at=self.events[-1][0]["at"]))
        self._drafts()
        changes = [number for number, each in enumerate(self.events, start=1) if each[0]["kind"] in ("adopt", "delegate")]
        adopted = max(number for number in changes if self.events[number - 1][0]["kind"] == "adopt")
        self.connection.execute(update(tables.gate).values(epoch=1 + len(changes), policy=adopted))

    def _drafts(self) -> None:
        for row in self.connection.execute(select(tables.drafts)).all():
            mine = [body for body, *_ in self.events if body["draft"] == row.id]
            if not mine:
                self.connection.execute(delete(tables.drafts).where(tables.drafts.c.id == row.id))
                self.connection.execute(delete(tables.texts).where(tables.texts.c.draft_id == row.id))
                self.connection.execute(delete(tables.deliveries).where(tables.deliveries.c.draft_id == row.id))
                continue
            last, kinds = mine[-1], [body["kind"] for body in mine]
            holds = kinds.count("hold")
            values = {"seq": len(mine), "state": last["data"]["to"], "round": last["round"], "digest": last["digest"], "holds": holds}
            values |= {"hold_count": holds - kinds.count("lift"), "epoch": last["data"]["epoch"], "updated": last["at"]}
            self.connection.execute(update(tables.drafts).where(tables.drafts.c.id == row.id).values(**values))


def _opened(row: Any) -> tuple[dict[str, Any], bytes | None, bytes | None]:  # noqa: ANN401 - a row of events
    return orjson.loads(row.body), row.salt, row.memo


# --- what they do


Tamper = Callable[[Connection, random.Random, World], bool]
"""Does it, and says whether all of it lies after the anchor and was made to fit: then it is not to be found, but said not to be covered."""


def _place(chance: random.Random, world: World, events: list[Any]) -> int:
    """Any event but the first, before the anchor or after it."""
    del world
    return chance.randrange(1, len(events))


def edited(connection: Connection, chance: random.Random, world: World) -> bool:
    """Another name, hour or word in an event, and every hash made anew."""
    forger = Forger(connection)
    at = _place(chance, world, forger.events)
    body = forger.events[at][0]
    change = chance.choice(["actor", "at", "auth", "round"])
    body |= {
        "actor": {"actor": "dai" if body["actor"] != "dai" else "chie"},
        "at": {"at": f"{body['at'][:-13]}.999999+00:00".replace("..", ".")},
        "auth": {"auth": "signed"},
        "round": {"round": body["round"] + 1},
    }[change]
    forger.write()
    return at >= world.anchor.position


def forged(connection: Connection, chance: random.Random, world: World) -> bool:
    """An approval that nobody gave, put in where it fits."""
    forger = Forger(connection)
    at = _place(chance, world, forger.events)
    model = dict(next(body for body, *_ in forger.events if body["kind"] == "approve"))
    before = next((body for body, *_ in reversed(forger.events[:at]) if body["draft"]), model)
    model |= {name: before[name] for name in ("draft", "digest", "round", "at")} | {"memo": "", "actor": "dai"}
    model["data"] = model["data"] | {"to": before["data"]["to"], "epoch": before["data"]["epoch"]}
    forger.events.insert(at, (model, None, None))
    forger.write()
    return at >= world.anchor.position


def removed(connection: Connection, chance: random.Random, world: World) -> bool:
    """An event taken out, the gap closed."""
    forger = Forger(connection)
    quiet = [
        number for number, (body, *_) in enumerate(forger.events) if number and body["kind"] in ("checked", "confirm", "hold", "submit")
    ]
    at = chance.choice(quiet)
    del forger.events[at]
    forger.write()
    return at >= world.anchor.position


def swapped(connection: Connection, chance: random.Random, world: World) -> bool:
    """Two events in each other's place."""
    forger = Forger(connection)
    at = chance.randrange(1, len(forger.events) - 1)
    forger.events[at], forger.events[at + 1] = forger.events[at + 1], forger.events[at]
    forger.write()
    return at >= world.anchor.position


def cut(connection: Connection, chance: random.Random, world: World) -> bool:
    """The end cut off, with care."""
    forger = Forger(connection)
    keep = chance.randrange(2, len(forger.events))
    del forger.events[keep:]
    forger.write()
    return keep >= world.anchor.position


def replayed(connection: Connection, chance: random.Random, world: World) -> bool:
    """An old backup in its place; sometimes it goes on from there."""
    restore(connection, world.backup)
    if chance.random() < 0.5:
        forger = Forger(connection)
        ending = [each for each in forger.events if each[0]["kind"] == "hold"]
        for _ in range(chance.randrange(1, 40)):
            forger.events.append((dict(chance.choice(ending)[0]), None, None))
            forger.events[-1][0]["memo"] = ""
        forger.write()
    return False


def grafted(connection: Connection, chance: random.Random, world: World) -> bool:
    """Events of another store, with this one's name on them or without."""
    forger = Forger(connection)
    strange = [(orjson.loads(row["body"]), row["salt"], row["memo"]) for row in world.other["events"] if row["draft_id"]]
    at, renamed = _place(chance, world, forger.events), chance.random() < 0.5
    store = forger.events[0][0]["store"]
    for body, salt, memo in strange:
        forger.events.insert(at, ({**body, **({"store": store} if renamed else {})}, salt, memo))
    forger.write()
    return False  # they stand in the wrong order, and their draft has another text


def flipped(connection: Connection, chance: random.Random, world: World) -> bool:
    """One bit somewhere in the log or beside it, and nothing else touched."""
    rows = connection.execute(select(tables.events)).all()
    row = chance.choice(rows)
    name = chance.choice([each for each in ("body", "hash", "memo", "salt") if getattr(row, each)])
    value = getattr(row, name)
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(7)
    changed = raw.decode() if isinstance(value, str) else bytes(raw)
    connection.execute(update(tables.events).where(tables.events.c.position == row.position).values({name: changed}))
    return False


def unhashed(connection: Connection, chance: random.Random, world: World) -> bool:
    """An event deleted, or two with their notes exchanged, or a note taken away: by plain SQL."""
    events = tables.events
    rows = connection.execute(select(events)).all()
    how = chance.randrange(3)
    noted = [row for row in rows if row.memo]
    if how == 0:
        connection.execute(delete(events).where(events.c.position == chance.choice(rows).position))
    elif how == 1:
        one, two = chance.sample(noted, 2)
        for row, other in ((one, two), (two, one)):
            connection.execute(update(events).where(events.c.position == row.position).values(memo=other.memo, salt=other.salt))
    else:
        connection.execute(update(events).where(events.c.position == chance.choice(noted).position).values(memo=None, salt=None))
    return False


_BESIDE: dict[str, dict[str, Callable[[Any], object]]] = {
    "gate": {"epoch": lambda n: n + 1, "policy": lambda n: n + 1, "store": lambda s: s[::-1]},
    "chain": {"position": lambda n: n - 1, "head": lambda s: s[::-1], "at": lambda s: s.replace("2026", "2025")},
    "drafts": {
        **dict.fromkeys(("seq", "epoch", "round", "hold_count", "holds", "reach"), lambda n: n + 1),
        "state": lambda s: "sent" if s != "sent" else "approved",
        "updated": lambda s: s.replace("2026-06", "2026-05"),
        **dict.fromkeys(("digest", "channel", "title", "send_at"), lambda s: f"{s}x"),
    },
    "manifests": {"body": lambda b: bytes(b).replace(b"news", b"mews"), "seal": lambda s: s[::-1]},
    "texts": {"digest": lambda s: s[::-1], "draft_id": lambda s: {"a": "b"}.get(s, "a")},
    "sealed": {
        **dict.fromkeys(("sender", "title", "media"), lambda s: f"{s}x"),
        "digest": lambda s: s[::-1],
        "content": lambda s: s[::-1],
        "to": lambda s: '["thief@x.example"]',
        "reach": lambda n: n + 1,
        "no": lambda n: n + 7,
    },
    "kin": {"seal": lambda s: s[::-1], "other": lambda s: s[::-1]},
    "blobs": {"data": lambda b: bytes(b)[:-1], "content": lambda s: s[::-1], "base": lambda s: s[::-1] or "0"},
    "deliveries": {
        "state": lambda s: "refused" if s != "refused" else "sent",
        **dict.fromkeys(("attempt", "receipt"), lambda s: f"{s}x"),
        "to": lambda s: '["thief@x.example"]',
        **dict.fromkeys(("reach", "refused", "no", "part"), lambda n: n + 50),
        "digest": lambda s: s[::-1],
        "draft_id": lambda s: f"{s}x",
    },
}
"""Every table beside the log, and each of its columns that the log can tell of."""


def beside(connection: Connection, chance: random.Random, world: World) -> bool:
    """A row of another table changed, taken out or put in."""
    name = chance.choice(sorted(_BESIDE))
    table = _table(name)
    rows = [row for row in connection.execute(select(table)).all() if not _erased(name, row)]
    row = chance.choice(rows)
    this = [table.c[key.name] == getattr(row, key.name) for key in table.primary_key]
    column = chance.choice(sorted(_BESIDE[name]))
    after = dict(row._mapping) | {column: _BESIDE[name][column](getattr(row, column))}
    how = chance.randrange(4)
    connection.execute(delete(table).where(*this))
    if how == 0 and name in ("texts", "deliveries"):
        connection.execute(insert(table), [dict(row._mapping), after | _elsewhere(name, row)])
    elif how > 1 or name in ("gate", "chain"):
        connection.execute(insert(table), [after])
    return False


def _erased(name: str, row: Any) -> bool:  # noqa: ANN401 - a row of that table
    """Of a message that was erased nothing is left that could be changed."""
    return bool(name == "sealed" and row.to == "null")


def _elsewhere(name: str, row: Any) -> dict[str, object]:  # noqa: ANN401
    return {"draft_id": "e", "digest": sha256(row.digest.encode()).hexdigest()} if name == "texts" else {"draft_id": "e", "no": 99}


KINDS: tuple[Tamper, ...] = (edited, forged, removed, swapped, cut, replayed, grafted, flipped, unhashed, beside, beside, beside)


def deeds(chance: random.Random) -> Iterator[Tamper]:
    """One kind after the other, each at random places."""
    while True:
        yield from chance.sample(KINDS, len(KINDS))
