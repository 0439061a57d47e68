"""The decision in a store of a million drafts over one in a store of a thousand."""

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure, in_turn, timed
from bench.shop import approved, open_gate, render
from releasegate import Gate
from releasegate.channels import Folder

PROBES, ROUNDS = 40, 7
SMALL, LARGE = 1_000, 1_000_000


def figures() -> Iterator[Figure]:
    """gate.decide() of approved drafts, with everything that it reads."""
    with tempfile.TemporaryDirectory() as name:
        small, large = (_filled(Path(name) / str(size), size) for size in (SMALL, LARGE))
        mine, other, ratio = in_turn(lambda: timed(lambda: _decide(large)), lambda: timed(lambda: _decide(small)), rounds=ROUNDS)
        yield Figure(
            name="decision at 1,000,000 drafts",
            ours=f"gate.decide among {LARGE:,} drafts",
            theirs=f"gate.decide among {SMALL:,}",
            ratio=ratio,
            aim=1.3,
            more={"ours_ms": round(mine / PROBES * 1000, 3), "theirs_ms": round(other / PROBES * 1000, 3)},
        )
        small.close()
        large.close()


def _decide(gate: Gate) -> None:
    for number in range(PROBES):
        if not gate.decide(f"probe-{number}").open:
            raise ValueError(gate.decide(f"probe-{number}").explain())


def _filled(folder: Path, size: int) -> Gate:
    folder.mkdir()
    gate = open_gate(folder, {"newsletter": Folder(folder / "out")})
    for number in range(PROBES):
        approved(gate, f"probe-{number}", render(number))
    _others(folder / "gate.db", size - PROBES)
    return gate


def _others(path: Path, count: int) -> None:
    """Other people's drafts: rows of the true shape and size, in bulk."""
    connection = sqlite3.connect(path)
    position = connection.execute("SELECT position FROM chain").fetchone()[0]
    connection.executemany(
        "INSERT INTO drafts SELECT 'd' || ?1, 6, 'sent', 1, 1, 'g' || ?1, 0, 0, channel, title, reach, send_at, lease, updated"
        " FROM drafts WHERE id = 'probe-0'",
        ((number,) for number in range(count)),
    )
    connection.executemany(
        "INSERT INTO sealed SELECT 's' || ?1, 1, 'p' || ?1, 'c' || ?1, \"to\", sender, title, reach, media"
        " FROM sealed WHERE seal = (SELECT seal FROM manifests LIMIT 1)",
        ((number,) for number in range(count)),
    )
    connection.executemany(
        "INSERT INTO manifests SELECT 'g' || ?1, 's' || ?1, body"
        " FROM manifests WHERE digest = (SELECT digest FROM drafts WHERE id = 'probe-0')",
        ((number,) for number in range(count)),
    )
    connection.executemany(
        "INSERT INTO events SELECT ?1, 'd' || ?2, ?3, kind, body, hash, salt, NULL FROM events WHERE draft_id = 'probe-0' AND seq = 1",
        ((position + 1 + number * 6 + seq, number, seq + 1) for number in range(count) for seq in range(6)),
    )
    connection.execute("UPDATE chain SET position = position + ?", (count * 6,))
    connection.commit()
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()
