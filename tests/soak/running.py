"""Races, the fault matrix with cases chosen by chance, and bulk sends through a mail server that is killed, in turn, for so long."""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from releasegate.channels.smtp import Smtp
from tests.bulk import MailServer, storm
from tests.bulk_sender import open_gate
from tests.races.run import race
from tests.soak.page import with_run

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "soak.md"
MANY = 100_000
LONG = 45
"""A soak of so many minutes has a bulk send to so many; a shorter one to a few."""


class Ground(NamedTuple):
    """Where one turn is played: an empty database, a folder of its own, dice, and how many minutes are left."""

    store: str
    folder: Path
    dice: random.Random
    left: float


Turn = Callable[[Ground], dict[str, Any]]


def race_turn(ground: Ground, *, isolation: str = "") -> dict[str, Any]:
    """A race of some hundred sends."""
    sends = 200 if ground.left < LONG else 2_000
    found = race(ground.store, sends, ground.folder, seed=ground.dice.randrange(10**6), isolation=isolation)
    wrong = [f"{name}: {times}" for name, times in found["broken"].items()]
    wrong += [f"{name}: {found[name]}" for name in ("doubles", "errors") if found[name]]
    counts = {"sends": found["sends"], "bookings": found["bookings"], "holds": found["holds"], "settled": sum(found["settled"].values())}
    return counts | ({"serializable": found["sends"]} if isolation else {}) | {"wrong": wrong}


def serializable_turn(ground: Ground) -> dict[str, Any]:
    """The same, with every write of PostgreSQL in SERIALIZABLE."""
    return race_turn(ground, isolation="SERIALIZABLE")


def matrix_turn(ground: Ground) -> dict[str, Any]:
    """Cases of the fault matrix by chance, in a process of its own."""
    minutes = min(0.5 if ground.left < LONG else 4.0, max(ground.left, 0.1))
    given = ["--minutes", str(minutes), "--seed", str(ground.dice.randrange(10**6))]
    argv = [sys.executable, str(ROOT / "tests" / "matrix" / "run.py"), ground.store, *given]
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    done = subprocess.run(argv, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)
    if not done.stdout:
        return {"wrong": [done.stderr[-2000:]]}
    found = json.loads(done.stdout.splitlines()[-1])
    return {"cases": found["cases"], "wrong": found["violations"]}


def bulk_turn(ground: Ground) -> dict[str, Any]:
    """A bulk send by several processes while the mail server is killed ten times."""
    count = 1_000 if ground.left < LONG else MANY
    with ExitStack() as stack:
        server = stack.enter_context(closing(MailServer(ground.folder)))
        way = stack.enter_context(closing(Smtp(f"smtp://127.0.0.1:{server.port}")))
        gate = stack.enter_context(closing(open_gate(ground.store, way)))
        found = storm(gate, ground.store, server, count, dice=ground.dice)
    wrong = [f"{name}: {found[name][:5]}" for name in ("twice", "missing") if found[name]]
    wrong += [f"{name}: {found[name]}" for name in ("left", "codes") if found[name] not in (0, [0, 0, 0])]
    return {"mails": found["sent"] + found["unknown"], "kills": found["kills"], "wrong": wrong}


TURNS: tuple[tuple[str, Turn], ...] = (
    ("postgresql", matrix_turn),
    ("sqlite", race_turn),
    ("sqlite", matrix_turn),
    ("postgresql", race_turn),
    ("sqlite", bulk_turn),
    ("postgresql", serializable_turn),
    ("postgresql", bulk_turn),
)


def main() -> int:
    """Play the turns, tell each, and add what came of all to the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100000)
    given = parser.parse_args()
    began, total, dice = time.monotonic(), Counter[str](), random.Random(given.seed)
    with _postgres() as server:
        for number, (database, turn) in enumerate(cycle(TURNS)):
            left = given.minutes - (time.monotonic() - began) / 60
            if left <= 0:
                break
            total.update(_played(turn, database, server, number, dice, left))
    total["minutes"] = round((time.monotonic() - began) / 60)
    PAGE.write_text(
        with_run(PAGE.read_text(encoding="utf-8"), f"{datetime.now(UTC):%Y-%m-%d}", f"make soak MINUTES={given.minutes:g}", total)
    )
    print(json.dumps({"seed": given.seed, **total}), flush=True)
    return 1 if total["violations"] else 0


def _played(turn: Turn, database: str, server: str, number: int, dice: random.Random, left: float) -> Counter[str]:
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir="/tmp"))  # a socket's path must be short
    try:
        store = str(folder / "store.db") if database == "sqlite" else _new(server, f"soak_{number}")
        found = turn(Ground(store, folder, dice, left))
    except Exception as error:  # noqa: BLE001 - what was done so far is not to be lost
        found = {"wrong": [repr(error)]}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"turn": turn.__name__, "database": database, **found}), flush=True)
    wrong = found.pop("wrong")
    return Counter(found | {"violations": len(wrong)})


def _new(server: str, name: str) -> str:
    url = make_url(server)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return url.set(database=name).render_as_string(hide_password=False)


@contextmanager
def _postgres() -> Iterator[str]:
    """A server of our own."""
    from tests.races.run import _postgres as opened

    folder = Path(tempfile.mkdtemp(prefix="soak-pg-", dir="/tmp"))
    try:
        with opened(folder) as url:
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)
