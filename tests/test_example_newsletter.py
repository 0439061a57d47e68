"""A newsletter script before and after, killed by `kill -9` while the server has a mail and has not answered: who gets it how often."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from mail_server import MailServer

from releasegate import Gate
from tests.test_examples import EXAMPLES, run

pytestmark = pytest.mark.no_cover

READERS = [f"reader-{number}@readers.example" for number in range(1, 13)]
HALF = 5
ONCE = dict.fromkeys(READERS, 1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, server: MailServer) -> Path:
    """What the team has: the scripts, the text, the list; and for the gate a policy."""
    for name in ("newsletter_before.py", "newsletter.py", "body.txt"):
        shutil.copy(EXAMPLES / name, tmp_path / name)
    policy = (EXAMPLES / "releasegate.toml").read_text(encoding="utf-8")
    (tmp_path / "releasegate.toml").write_text(policy.replace("localhost:8025", server.address), encoding="utf-8")
    (tmp_path / "members.csv").write_text("\n".join(["email,name", *(f"{each},Reader" for each in READERS)]) + "\n", encoding="utf-8")
    return tmp_path


def _killed(folder: Path, server: MailServer, *words: str) -> None:
    """The program runs until the server has taken so many mails and is still silent about the last one; then it is killed."""
    server.fall_silent_after(HALF)
    with subprocess.Popen([sys.executable, *words], cwd=folder, stdout=subprocess.DEVNULL) as program:
        assert server.is_silent.wait(60)
        program.kill()
    server.speak()


def _got(server: MailServer) -> Counter[str]:
    return Counter(recipient for recipient, _ in server.taken)


def test_before_whoever_was_in_flight_gets_it_twice(folder: Path, server: MailServer) -> None:
    """And nobody was asked."""
    before = ("newsletter_before.py", "members.csv", "body.txt", server.address)
    _killed(folder, server, *before)
    again = run(folder, *before)

    assert 0 == again.returncode, again.stderr
    assert ONCE | {READERS[HALF - 1]: 2} == _got(server)
    assert READERS == (folder / "done.txt").read_text(encoding="utf-8").split()


def test_after_nobody_gets_it_twice_however_often_it_is_started(folder: Path, server: MailServer) -> None:
    written = run(folder, "newsletter.py", "write")
    assert (0, "2026-07: 12 people, text ") == (written.returncode, written.stdout[:25]), written.stderr
    closed = run(folder, "newsletter.py", "send")
    assert (1, True, {}) == (closed.returncode, closed.stdout.startswith("Not sent: 2026-07"), _got(server))
    _sign(folder)

    _killed(folder, server, "newsletter.py", "send")
    assert dict.fromkeys(READERS[:HALF], 1) == _got(server)
    again = [run(folder, "newsletter.py", "send").stdout for _ in range(2)]

    assert ONCE == _got(server)
    assert ("Sent: 11 of 12; 1 unknown.", True) == (again[0].splitlines()[0], "11 of 12 sent, 1 unknown" in again[1].splitlines()[0])
    assert not (folder / "done.txt").exists()


def test_after_the_one_in_flight_is_settled_by_what_the_server_has_on_record(folder: Path, server: MailServer) -> None:
    run(folder, "newsletter.py", "write")
    _sign(folder)
    _killed(folder, server, "newsletter.py", "send")
    run(folder, "newsletter.py", "send")

    with closing(Gate.load(folder / "releasegate.toml")) as gate:
        ((attempt, (address,)),) = gate.unsettled("2026-07").items()
        (number,) = [number for taken, number in server.taken if taken == address]
        gate.settle("2026-07", attempt=attempt, outcome="sent", by="ben", note=f"On the server's record: {number}")
    last = run(folder, "newsletter.py", "send")

    assert (READERS[HALF - 1], 0, "Sent: 12 of 12.\n", ONCE) == (address, last.returncode, last.stdout, _got(server))


def test_after_is_three_calls_of_the_gate() -> None:
    source = (EXAMPLES / "newsletter.py").read_text(encoding="utf-8")

    assert ["Gate.load", "gate.send", "gate.write"] == sorted(re.findall(r"\b[Gg]ate\.\w+(?=\()", source))


def _sign(folder: Path) -> None:
    """Three people: one hands it on, one confirms, one approves what was sealed."""
    with closing(Gate.load(folder / "releasegate.toml")) as gate:
        digest = gate.draft("2026-07").digest
        gate.submit("2026-07", by="akari", note="Opening day confirmed by phone.")
        gate.confirm("2026-07", digest=digest, by="ben", note="Read to the end.")
        gate.approve("2026-07", digest=digest, by="chie", note="Go.")
