"""Durable state changes over a hand-written sqlite3 loop of the same statements."""

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, fsync_cost, in_turn, timed
from bench.shop import open_gate, render
from releasegate.channels import Folder
from releasegate.model.state import State
from releasegate.store import reading
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Store, Txn

COUNT, ROUNDS = 300, 7


def figures() -> Iterator[Figure]:
    """Steps a second: one row moved by compare-and-set, one event appended to the chain, one commit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gate = open_gate(folder, {"newsletter": Folder(folder / "out")})
        gate.write("steps", channel="newsletter", content=render(1), by="akari")
        store = gate._office.store
        known = store.look(lambda txn: reading.load(txn, "steps", lock=False))
        bare = _copy(folder / "gate.db", folder / "bare.db")
        kept = [known]

        def step(txn: Txn) -> None:
            said = Step(kind="blocked", actor="mailer", to=State.DRAFTING, data={"n": 3}, memo={"by": ["two pairs of eyes"]})
            kept[0] = advance(txn, kept[0], said)

        def ours() -> float:
            kept[0] = store.look(lambda txn: reading.load(txn, "steps", lock=False))
            return timed(lambda: _times(store, step))

        mine, other, ratio = in_turn(lambda: 1 / ours(), lambda: 1 / timed(lambda: _loop(bare)), rounds=ROUNDS)
        yield Figure(
            name="durable state changes",
            ours="Store.act(advance), SQLAlchemy Core",
            theirs="sqlite3, the same statements by hand",
            ratio=ratio,
            aim=0.5,
            higher_is_better=True,
            more={"ours_per_s": round(mine * COUNT), "theirs_per_s": round(other * COUNT), "fsync_ms": fsync_cost(folder)},
        )
        gate.close()


def _times(store: Store, step: object) -> None:
    for _ in range(COUNT):
        store.act(step)  # type: ignore[arg-type]


def _copy(source: Path, target: Path) -> sqlite3.Connection:
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    connection = sqlite3.connect(target, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=0"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _loop(connection: sqlite3.Connection) -> None:
    """What a step does, and nothing else: no canonical form, no hash, no check of anything."""
    body = b"x" * 600
    for _ in range(COUNT):
        connection.execute("BEGIN IMMEDIATE")
        (at,) = connection.execute("SELECT at FROM chain WHERE id = 1").fetchone()
        (seq,) = connection.execute("SELECT seq FROM drafts WHERE id = 'steps'").fetchone()
        connection.execute("UPDATE drafts SET seq = ?, state = 'drafting', updated = ? WHERE id = 'steps' AND seq = ?", (seq + 1, at, seq))
        position, head, at = connection.execute("SELECT position, head, at FROM chain WHERE id = 1").fetchone()
        connection.execute(
            "INSERT INTO events (position, draft_id, seq, kind, body, hash, salt, memo) VALUES (?, 'steps', ?, 'blocked', ?, ?, ?, ?)",
            (position + 1, seq + 1, body, head, b"y" * 16, b"z" * 40),
        )
        connection.execute("UPDATE chain SET position = ?, head = ?, at = ? WHERE id = 1", (position + 1, head, at))
        connection.execute("COMMIT")
