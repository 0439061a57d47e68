"""What it costs to begin: the bare import, a gate loaded, a cold `releasegate hold`; each over an empty interpreter."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.figure import Figure, in_turn, timed

ROUNDS = 15

POLICY = """
version = 1
[gate]
store = "gate.db"
[people]
akari = { email = "akari@museum.jp", roles = ["author"] }
ben = { email = "ben@museum.jp", roles = ["checker"] }
chie = { email = "chie@museum.jp", roles = ["approver"] }
[channels.newsletter]
via = "folder:out"
[[requirement]]
name = "two pairs of eyes"
checkers = 1
approvers = 1
"""

MAIL = b"From: a@museum.jp\r\nTo: b@museum.jp\r\nSubject: July\r\n\r\nHello\r\n"
WRITE = f"from releasegate import Gate; Gate.load().write('july', channel='newsletter', content={MAIL!r}, by='akari')"


def figures() -> Iterator[Figure]:
    """Whole processes, alternately."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "releasegate.toml").write_text(POLICY, encoding="utf-8")
        _run(folder, [sys.executable, "-c", WRITE])
        empty = [sys.executable, "-c", "pass"]
        hold = [sys.executable, "-m", "releasegate.cli", "hold", "july"]
        sides = (
            ("import releasegate", [sys.executable, "-c", "import releasegate"], 1.5),
            ("Gate.load", [sys.executable, "-c", "from releasegate import Gate; Gate.load()"], None),
            ("cold releasegate hold", hold, None),
        )
        for label, command, aim in sides:
            mine, other, ratio = in_turn(_timed(folder, command), _timed(folder, empty), rounds=ROUNDS)
            more = {"ours_ms": round(mine * 1000, 1), "theirs_ms": round(other * 1000, 1)}
            yield Figure(name=label, ours=label, theirs="an empty interpreter", ratio=ratio, aim=aim, more=more)


def _timed(folder: Path, command: list[str]) -> Callable[[], float]:
    return lambda: timed(lambda: _run(folder, command))


def _run(folder: Path, command: list[str]) -> None:
    """As where it is installed: the modules are compiled once, by the first run."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=kept | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")})
