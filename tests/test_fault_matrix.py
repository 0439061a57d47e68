"""Every named point of a send, a booking, a look, a hold, a settlement and a pass of the watch, killed, frozen and with an I/O error."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FAULTS = ("SIGKILL", "SIGSTOP", "EIO")


def run_matrix(store: str, *arguments: str) -> dict[str, Any]:
    """In a process of its own, which has no threads: it forks."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    argv = [sys.executable, str(ROOT / "tests" / "matrix" / "run.py"), store, *arguments]
    done = subprocess.run(argv, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False, timeout=1500)
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.counts
def test_f001_to_f029_nothing_twice_nothing_after_held_and_nothing_waits_for_ever(store_url: str, counts: Callable[[int], int]) -> None:
    """At least 40 points, each with three faults, on both databases; a thirtieth of the cases in `make test`."""
    part = 1 if counts(20) == 20 else 30
    seed = int(store_url.startswith("postgres"))  # the other database: where one held here, one goes on there
    found = run_matrix(store_url, "--seed", str(seed), "--part", str(part))

    assert [] == found["violations"]
    assert found["points"] >= 40
    assert found["cells"] == found["points"] * len(FAULTS)
    assert found["cases"] >= found["cells"] // part
    assert all(found["faults"][fault] > 0 for fault in FAULTS)
