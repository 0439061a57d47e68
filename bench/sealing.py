"""Rendering and sealing a bulk send over rendering alone."""

import tempfile
from collections.abc import Iterator
from email.policy import SMTP
from pathlib import Path

from bench.figure import Figure, fsync_cost, in_turn, timed
from bench.shop import letters, open_gate
from releasegate.channels import Folder
from releasegate.channels.mail import seal_mail
from releasegate.store import seals

COUNT, ROUNDS = 300, 5


def figures() -> Iterator[Figure]:
    """Letters made, sealed, deflated and committed; the checks come on top and are printed beside."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gate = open_gate(folder, {"newsletter": Folder(folder / "out")})
        store = gate._office.store
        numbers = iter(range(10**6))
        mine, other, ratio = in_turn(
            lambda: timed(lambda: seals.write(store, seal_mail(letters(COUNT, start=1000 * next(numbers))))),
            lambda: timed(lambda: [letter.as_bytes(policy=SMTP) for letter in letters(COUNT, start=1000 * next(numbers))]),
            rounds=ROUNDS,
        )
        written = timed(lambda: gate.write("july", channel="newsletter", content=letters(COUNT, start=10**7), by="akari"))
        more = {"ours_ms": round(mine / COUNT * 1000, 3), "theirs_ms": round(other / COUNT * 1000, 3)}
        more |= {"with_checks_ms": round(written / COUNT * 1000, 3), "fsync_ms": fsync_cost(folder)}
        ours, theirs = "render, seal, deflate, commit", "render to bytes"
        yield Figure(name="sealing over rendering", ours=ours, theirs=theirs, ratio=ratio, aim=1.2, more=more)
        gate.close()
