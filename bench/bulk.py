"""A bulk send by several processes over the same processes without the gate, to one mail server, on both databases."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path

from bench.figure import Figure, in_turn
from bench.postgres import database, server
from bench.shop import approved, letters, open_gate
from bench.sink import sink
from releasegate.channels import Smtp
from releasegate.model.state import State

COUNT, WORKERS, ROUNDS = 600, 3, 5
LOOPS = {"smtplib send_message": 0.8, "the same channel's send of ready bytes": None}
"""What the other side does in a loop, a share each, and the aim: the first is what people have; the second is what it could be at best."""


def figures() -> Iterator[Figure]:
    """Mails a second, from the word that lets all of them begin to the last one's end."""
    with ExitStack() as stack:
        port = stack.enter_context(sink())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stores = {"SQLite": str(folder / "gate.db"), "PostgreSQL": database(stack.enter_context(server()))}
        for name, store in stores.items():
            yield from _figures(name, store, port)


def _figures(name: str, store: str, port: int) -> Iterator[Figure]:
    with closing(Smtp(f"smtp://127.0.0.1:{port}")) as way, closing(open_gate(store, {"newsletter": way})) as gate:
        rounds = count()

        def ours() -> float:
            draft_id = f"bulk-{next(rounds)}"
            approved(gate, draft_id, letters(COUNT, start=10**6 * int(draft_id[5:])))
            seconds = _team(store, port, draft_id)
            if gate.draft(draft_id).state is not State.SENT:
                raise RuntimeError(draft_id)
            return COUNT / seconds

        for loop, aim in LOOPS.items():
            mine, other, ratio = in_turn(ours, lambda loop=loop: COUNT / _team(loop, port, ""), rounds=ROUNDS)  # type: ignore[misc]  # bound now
            yield Figure(
                name=f"bulk send by {WORKERS} processes, {name}",
                ours="gate.send, claim, fence and settlement committed",
                theirs=f"{loop}, a share each",
                ratio=ratio,
                aim=aim,
                higher_is_better=True,
                more={"mails": COUNT, "ours_per_s": round(mine), "theirs_per_s": round(other)},
            )


def _team(store: str, port: int, draft_id: str) -> float:
    """Seconds that all of them take, once each is ready."""
    team = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.bulk_worker", store, str(port), draft_id, str(no)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for no in range(WORKERS)
    ]
    for each in team:
        _line(each)
    began = time.perf_counter()
    for each in team:
        each.communicate(b"go\n")
    seconds = time.perf_counter() - began
    if any(each.returncode for each in team):
        raise RuntimeError([each.returncode for each in team])
    return seconds


def _line(each: "subprocess.Popen[bytes]") -> None:
    if each.stdout is None or each.stdout.readline() != b"ready\n":
        raise RuntimeError("a worker did not begin")
