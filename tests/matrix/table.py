"""The table of the matrix: which points there are, which cases are tried, and what came of them."""

import argparse
import json
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from tests.matrix.case import THEN, Case
from tests.matrix.otherside import Line, SharedClock, open_other_side
from tests.matrix.points import FAULTS, Points
from tests.matrix.stories import STORIES, Story, World

EVERY = 40
"""After so many cases the log is verified."""
ONCE_WRONG = {("channel.book 1 before", "SIGSTOP")}
"""A booking that a sleeper made after HELD."""


class Cell(NamedTuple):
    """One of the matrix."""

    story: int
    point: str
    fault: str
    then: str

    def __str__(self) -> str:
        return f"{STORIES[self.story].name}: {self.point}, {self.fault}, then {self.then}"


def main() -> int:
    """Run it, and print what came of it."""
    given = _asked()
    folder = Path(tempfile.mkdtemp(prefix="matrix-", dir="/tmp"))  # a socket's path must be short
    clock = SharedClock(datetime(2026, 6, 29, 3, 0, tzinfo=UTC))
    path, other = open_other_side(folder, clock)
    try:
        world = World.open(given.store, Line(path), clock)
        found = _matrix(world, given)
        world.gate.close()
    finally:
        os.kill(other, signal.SIGKILL)
        os.waitpid(other, 0)
        shutil.rmtree(folder)
    print(json.dumps(found), flush=True)
    return 1 if found["violations"] else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store")
    parser.add_argument("--part", type=int, default=1, help="one case of so many")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0, help="cases by chance for so long")
    parser.add_argument("--only", default="", help="only cases in whose name this occurs")
    parser.add_argument("--names", action="store_true", help="tell the names of the points too")
    return parser.parse_args()


def _matrix(world: World, given: argparse.Namespace) -> dict[str, Any]:
    began = time.monotonic()
    points = [(no, point) for no, story in enumerate(STORIES) for point in tour(world, story)]
    both = enumerate(product(points, FAULTS), start=given.seed)  # the next seed has each meet the other one
    cells = [Cell(no, point, fault, THEN[turn % 2]) for turn, ((no, point), fault) in both]
    wrong, ran = list[str](), list[Cell]()
    for number, cell in enumerate(_chosen(cells, given, began)):
        case = Case(world, STORIES[cell.story], f"d{number}", cell.point, cell.fault, cell.then)
        wrong += [f"{cell}: {each}" for each in case.run()]
        ran.append(cell)
        if len(ran) % EVERY == 0:
            wrong += world.gate.verify().faults
    wrong += world.gate.verify().faults
    return {
        "points": len(points),
        "names": [f"{STORIES[no].name}: {point}" for no, point in points] if given.names else [],
        "cells": len(cells),
        "cases": len(ran),
        "faults": {fault: sum(cell.fault == fault for cell in ran) for fault in FAULTS},
        "violations": wrong,
        "seconds": round(time.monotonic() - began, 1),
    }


def _chosen(cells: list[Cell], given: argparse.Namespace, began: float) -> Iterator[Cell]:
    """All of them, one of so many and those that were wrong once, or any for so long."""
    dice = random.Random(given.seed)
    while given.minutes and time.monotonic() < began + 60 * given.minutes:
        yield dice.choice(cells)._replace(then=dice.choice(THEN))
    if not given.minutes:
        dice.shuffle(cells)
        cells = [cell for cell in cells if given.only in str(cell)]
        chosen = dict.fromkeys(
            [*cells[:: given.part], *(cell._replace(then="hold") for cell in cells if (cell.point, cell.fault) in ONCE_WRONG)]
        )
        yield from chosen


def tour(world: World, story: Story) -> list[str]:
    """The points that this story passes when nothing goes wrong, told by a child that passes them."""
    world.gate.watch()
    draft = f"tour-{story.name.replace(' ', '-')}"
    story.begin(world, draft)
    world.rest()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        points = Points()
        points.arm(world.gate._office.store, world.line)
        story.act(world, draft)
        os.write(writing, "\n".join(points.seen).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        seen = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    if status or not seen:
        message = f"the tour of {story.name} failed"
        raise RuntimeError(message)
    if not world.gate.draft(draft).state.over:
        world.gate.withdraw(draft, by="dai", note="Never.")
    return seen
