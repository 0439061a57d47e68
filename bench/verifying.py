"""`log verify` over plain sha256 of the same bytes."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, in_turn, timed
from bench.shop import open_gate, render
from releasegate.channels import Folder
from releasegate.model.state import State
from releasegate.store import reading
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

EVENTS, ROUNDS = 20_000, 7


def figures() -> Iterator[Figure]:
    """Reading the log, hashing it, following the chain, comparing what stands beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gate = open_gate(folder, {"newsletter": Folder(folder / "out")})
        gate.write("log", channel="newsletter", content=render(1), by="akari")
        store = gate._office.store
        known = [store.look(lambda txn: reading.load(txn, "log", lock=False))]

        def many(txn: Txn) -> None:
            for _ in range(EVENTS // 20):
                said = Step(kind="blocked", actor="mailer", to=State.DRAFTING, note="A note of the usual length, in one line.")
                known[0] = advance(txn, known[0], said)

        for _ in range(20):
            known[0] = store.look(lambda txn: reading.load(txn, "log", lock=False))
            store.act(many)
        kept = store.look(_kept)
        plain = lambda: timed(lambda: [hashlib.sha256(data).digest() for data in kept])  # noqa: E731 - one side of the figure
        mine, other, ratio = in_turn(lambda: timed(gate.verify), plain, rounds=ROUNDS)
        more = {"events": EVENTS, "ours_us": round(mine / EVENTS * 1e6, 2), "theirs_us": round(other / EVENTS * 1e6, 2)}
        theirs = "sha256 of the same bytes, already in memory"
        yield Figure(name="log verify", ours="Gate.verify", theirs=theirs, ratio=ratio, aim=3.0, more=more)
        gate.close()


def _kept(txn: Txn) -> list[bytes]:
    """Every event's bytes, and the notes beside them."""
    from sqlalchemy import select

    from releasegate.store.tables import events

    rows = txn.connection.execute(select(events.c.body, events.c.memo).order_by(events.c.position)).all()
    return [data for row in rows for data in row if data]
