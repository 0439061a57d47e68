"""The most memory of a bulk send and of a pass of the watch, 1,000,000 deliveries over 10,000: `python -m bench.run memory`, an hour."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figure import Figure

FEW, MANY = 10_000, 1_000_000


def figures() -> Iterator[Figure]:
    """Each part in a process of its own, to an end that takes all and keeps nothing: what is measured is the gate."""
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        for part in ("write", "send", "watch"):
            ours, theirs = _part(part, MANY, Path(many)), _part(part, FEW, Path(few))
            if part != "write":  # what was written is there for the other two
                yield Figure(
                    name=f"memory of {part}, {MANY} deliveries",
                    ours=f"{MANY} deliveries",
                    theirs=f"{FEW} deliveries",
                    ratio=ours["mb"] / theirs["mb"],
                    aim=1.3,
                    more={"ours_mb": ours["mb"], "theirs_mb": theirs["mb"], "ours_s": ours["s"], "theirs_s": theirs["s"]},
                )


def _part(part: str, size: int, folder: Path) -> dict[str, float]:
    argv = [sys.executable, "-m", "bench.memory_worker", part, str(size), str(folder)]
    told: dict[str, float] = json.loads(subprocess.run(argv, check=True, stdout=subprocess.PIPE).stdout)
    return told
