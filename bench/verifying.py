"""`log verify` over plain sha256 of the same bytes."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from figure import Figure, in_turn, timed
from shop import open_gate, render

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
                known[0] = advance(txn, known[0], Step(kind="blocked", actor="mailer", to=State.DRAFTING, note="A note of the usual length, in one line."))

        for _ in range(20):
            known[0] = store.look(lambda txn: reading.load(txn, "log", lock=False))
            store.act(many)
        bodies = store.look(_bodies)
        mine, other, ratio = in_turn(lambda: timed(gate.verify), lambda: timed(lambda: [hashlib.sha256(body).digest() for body in bodies]), rounds=ROUNDS)
        more = {"events": len(bodies), "ours_us": round(mine / len(bodies) * 1e6, 2), "theirs_us": round(other / len(bodies) * 1e6, 2)}
        yield Figure(name="log verify", ours="Gate.verify", theirs="sha256 of the same bytes, already in memory", ratio=ratio, aim=3.0, more=more)
        gate.close()


def _bodies(txn: Txn) -> list[bytes]:
    from sqlalchemy import select

    from releasegate.store.tables import events

    return list(txn.connection.execute(select(events.c.body).order_by(events.c.position)).scalars())
