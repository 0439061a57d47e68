"""The process that watches is killed for real, again and again, in the middle of what it sends."""

import subprocess
import sys
import time
from pathlib import Path

from releasegate.channels import Smtp
from releasegate.gate import Gate
from releasegate.model.state import State
from releasegate.testing import Clock
from tests.building import approved, mail, make_policy
from tests.smtp_server import ScriptedSmtp

ROOT = Path(__file__).parent.parent
DRAFTS = 6
WATCHER = """
import sys
from releasegate.channels import Smtp
from releasegate.gate import Gate
from releasegate.testing import Clock
from tests.building import make_policy

clock = Clock()
clock.forward(hours=8)
gate = Gate(sys.argv[1], policy=make_policy(), channels={"news": Smtp(sys.argv[2])}, clock=clock)
while True:
    gate.watch(by="mailer")
"""


def test_f004_t43_a_watch_that_is_killed_while_it_sends_sends_nothing_twice(sqlite_url: str) -> None:
    """Killed right after a mail has arrived, three times: each reader has one, or it is known that nobody knows."""
    with ScriptedSmtp() as server:
        way = f"smtp://{server.host}:{server.port}"
        clock, out = Clock(), Smtp(way)
        gate = Gate(sqlite_url, policy=make_policy(), channels={"news": out}, clock=clock)
        for each in range(DRAFTS):
            text = mail(f"Text {each}.", to=f"reader{each}@paper.example")
            approved(gate, f"d{each}", text, send_at="2026-06-29 20:00 Asia/Tokyo")
        clock.forward(hours=8)
        for killed in range(1, 4):
            process = subprocess.Popen([sys.executable, "-c", WATCHER, sqlite_url, way], cwd=ROOT)
            _wait_for(server, killed)
            process.kill()
            process.wait()

        gate.watch(by="mailer")
        states = [gate.draft(f"d{each}").state for each in range(DRAFTS)]
        gate.close()
        out.close()

    reached = [address for got in server.received for address in got.rcpt_to]
    assert sorted(set(reached)) == sorted(reached)
    assert {State.SENT, State.UNKNOWN} >= set(states)
    assert 3 >= states.count(State.UNKNOWN)  # at most one for each that was killed
    assert all(f"reader{each}@paper.example" in reached for each, state in enumerate(states) if state is State.SENT)


def _wait_for(server: ScriptedSmtp, mails: int) -> None:
    """Until so many mails have come; or it is given up, and the test goes on with what is so."""
    end = time.monotonic() + 60
    while len(server.received) < mails and time.monotonic() < end:
        time.sleep(0.005)
