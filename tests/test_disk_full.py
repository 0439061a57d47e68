"""A disk that is full: nothing is claimed that cannot be written, what is known is said, and reading goes on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from releasegate.errors import Blocked
from releasegate.gate import Gate
from releasegate.model.state import State
from tests.building import approved, mails, make_gate
from tests.crash.child import Listing

ROOT = Path(__file__).parent.parent


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """Where it is written down what left."""
    return tmp_path / "left"


@pytest.fixture
def gate(sqlite_url: str, left: Path) -> Iterator[Gate]:
    made = make_gate(sqlite_url, channels={"news": Listing(left)}, clock=lambda: datetime.now(UTC))
    approved(made, content=mails(3))
    yield made
    made.close()


def _on_a_full_disk(store: str, left: Path, when: str) -> tuple[dict[str, str], str]:
    """What a process could do there, and what it said on stderr."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    argv = [sys.executable, "-m", "tests.crash.full", store, str(left), when]
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, str] = json.loads(done.stdout)
    return found, done.stderr


def test_f008_a_full_disk_before_the_claim_sends_nothing_and_still_reads(gate: Gate, sqlite_url: str, left: Path) -> None:
    found, _ = _on_a_full_disk(sqlite_url, left, "claim")

    assert found["send"].startswith("StoreError: The disk of the store ")
    assert found["hold"].startswith("HoldNotPlaced: NOT HELD: d1. The hold could not be written: ")
    assert {"state": "approved", "open": "True", "history": "7", "sound": "True"} == {
        key: found[key] for key in ("state", "open", "history", "sound")
    }
    assert not left.exists()
    assert 3 == gate.send("d1", by="mailer").sent
    assert gate.verify().sound


def test_f009_a_full_disk_after_the_first_mail_is_said_on_stderr_and_nobody_gets_it_twice(gate: Gate, sqlite_url: str, left: Path) -> None:
    found, said = _on_a_full_disk(sqlite_url, left, "sent")

    assert found["send"].startswith("StoreError: Stopped half-way: 1 messages of d1 were handed over before the store failed.")
    assert "event='outcome not written' draft='d1' delivery='1.0' attempt='" in said
    assert "outcome='sent'" in said
    assert "@" not in said
    assert ("sending", "True") == (found["state"], found["sound"])
    report = gate.send("d1", by="mailer")
    assert (2, 1, 0) == (report.sent, report.unknown, report.left)
    assert ["reader1@paper.example", "reader2@paper.example", "reader3@paper.example"] == _reached(left)
    assert State.UNKNOWN is gate.draft("d1").state
    with pytest.raises(Blocked):
        gate.send("d1", by="mailer")
    assert 3 == len(_reached(left))


def _reached(left: Path) -> list[str]:
    return [line.split(" ")[1] for line in left.read_text(encoding="ascii").splitlines()]
