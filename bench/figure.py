"""One figure: two sides measured in turn in the same run, the ratio of their medians, and what it should be."""

import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A ratio of ours over theirs; `aim` None where it is only printed, to be driven down."""

    name: str
    ours: str
    theirs: str
    ratio: float
    aim: float | None
    higher_is_better: bool = False
    more: Mapping[str, float | int | str] = field(default_factory=dict)

    def line(self) -> str:
        """One JSON line."""
        told = {"name": self.name, "ratio": round(self.ratio, 3), "aim": self.aim, "higher_is_better": self.higher_is_better}
        return json.dumps({**told, "ours": self.ours, "theirs": self.theirs, **self.more})


def in_turn(ours: Callable[[], float], theirs: Callable[[], float], *, rounds: int) -> tuple[float, float, float]:
    """Run both sides alternately: the medians of their seconds, and the median of the ratios round by round."""
    pairs = []
    for number in range(rounds):
        first = ours() if number % 2 else None
        other = theirs()
        pairs.append((first if first is not None else ours(), other))
    mine, other_side = (statistics.median(side) for side in zip(*pairs, strict=True))
    return mine, other_side, statistics.median(a / b for a, b in pairs)


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def fsync_cost(folder: Path, *, times: int = 200) -> float:
    """Milliseconds of one 4 KiB append with fdatasync on this disk: what every durable figure stands beside."""
    with tempfile.TemporaryFile(dir=folder) as file:
        start = time.perf_counter()
        for _ in range(times):
            os.write(file.fileno(), b"x" * 4096)
            os.fdatasync(file.fileno())
        return round((time.perf_counter() - start) / times * 1000, 3)
