"""A newsletter to 12,000 readers, its program killed ten times and held once: everybody once, or listed as unknown; nobody twice."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from releasegate.channels.merge import merge
from releasegate.channels.smtp import Smtp
from releasegate.gate import Gate
from releasegate.model.state import HoldState, State
from releasegate.sending import report_of
from releasegate.store.store import Txn
from releasegate.store.tables import deliveries
from tests.building import lifted
from tests.building import seen as seen_by
from tests.bulk_sender import open_gate

ROOT = Path(__file__).resolve().parents[1]
KILLS = 10
TEMPLATE = (
    b"From: News <news@pr.example>\r\nSubject: The new wing opens\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Dear $name,\r\n\r\nthe new wing opens in July. Your seat has number $number.\r\n"
)


class MailServer:
    """A mail server in its own process, and its record of whom it took which mail for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process = start(str(ROOT / "tests" / "bulk_server.py"), str(folder))
        while not (folder / "port").exists():
            assert self._process.poll() is None
            time.sleep(0.01)
        self.port = int((folder / "port").read_text())

    def record(self) -> list[tuple[str, str]]:
        """(Message-ID, address) of everything taken."""
        lines = (self._folder / "record").read_text(encoding="ascii").splitlines()
        return [(number, address) for number, _, address in (line.partition(" ") for line in lines)]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def start(*arguments: str) -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, stdout=subprocess.DEVNULL)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    made = MailServer(tmp_path)
    yield made
    made.close()


@pytest.fixture
def gate(store_url: str, server: MailServer) -> Iterator[Gate]:
    with closing(Smtp(f"smtp://127.0.0.1:{server.port}")) as way, closing(open_gate(store_url, way)) as made:
        yield made


def readers(count: int) -> list[dict[str, str]]:
    return [{"mail": f"reader{no}@paper.example", "name": f"Reader {no}", "number": str(no)} for no in range(count)]


def approve(gate: Gate, count: int) -> None:
    mails = merge(TEMPLATE, readers(count), address_column="mail", name_column="name")
    seen = gate.write("july", channel="news", content=mails, by="akari")
    gate.submit("july", by="akari", note="Please check.")
    gate.confirm("july", digest=seen.digest, by="ben", note="Names are right.")
    gate.approve("july", digest=seen.digest, by="chie", note="Read twice.", read_back=seen_by(gate, "july"))


def reaches(server: MailServer, sender: "subprocess.Popen[bytes]", count: int) -> None:
    """Wait until the server has taken so many, or the sender has ended."""
    while len(server.record()) < count and sender.poll() is None:
        time.sleep(0.002)


def unknown(gate: Gate) -> dict[str, str]:
    """The attempts whose outcome is not known, each with its reader."""

    def look(txn: Txn) -> dict[str, str]:
        query = select(deliveries.c.attempt, deliveries.c.to).where(deliveries.c.state == "unknown")
        return {row.attempt: orjson.loads(row.to)[0] for row in txn.connection.execute(query)}

    return gate._office.store.look(look)


def settle(gate: Gate, taken: set[str]) -> None:
    """Chie looks into the server's record; what is not there goes out again once dai has lifted the hold."""
    for attempt, reader in unknown(gate).items():
        gate.settle("july", attempt=attempt, outcome="sent" if reader in taken else "not_sent", by="chie", note="The server's record.")
    for hold in gate.draft("july").holds:
        lifted(gate, hold.id, by="dai", note="The record says that it did not arrive.")
    if gate.draft("july").state is State.APPROVING:
        gate.confirm("july", digest=gate.draft("july").digest, by="ben", note="Again.")
        gate.approve("july", digest=gate.draft("july").digest, by="dai", note="Again.", read_back=seen_by(gate, "july"))


@pytest.mark.counts
def test_everybody_gets_it_once_though_its_program_is_killed_ten_times_and_held_once(
    gate: Gate, store_url: str, server: MailServer, counts: Callable[[int], int]
) -> None:
    count, dice = counts(12_000), random.Random()
    approve(gate, count)
    moments = sorted(dice.sample(range(1, count * 9 // 10), KILLS + 1))
    held = dice.randrange(KILLS + 1)

    for no, moment in enumerate(moments):
        sender = start("-m", "tests.bulk_sender", store_url, str(server.port))
        reaches(server, sender, moment)
        time.sleep(dice.uniform(0, 0.01))
        if no == held:
            hold_and_lift(gate, server, sender)
        else:
            sender.kill()
            sender.wait()
    sender = start("-m", "tests.bulk_sender", store_url, str(server.port))
    assert 0 == sender.wait(timeout=600)

    # Before anybody has looked into the server's record: once, or listed; nobody twice.
    taken = Counter(address for _, address in server.record())
    report = gate._office.store.look(lambda txn: report_of(txn, "july"))
    lost = set(unknown(gate).values())
    assert {1} == set(taken.values())
    assert {row["mail"] for row in readers(count)} == set(taken) | lost
    assert (count, len(lost), 0) == (report.of, report.unknown, report.left)
    assert len(lost) <= KILLS

    settle(gate, set(taken))
    if gate.draft("july").state is not State.SENT:
        gate.send("july", by="mailer")
    taken = Counter(address for _, address in server.record())
    assert {row["mail"]: 1 for row in readers(count)} == taken
    assert count == len({number for number, _ in server.record()})
    assert (State.SENT, ()) == (gate.draft("july").state, gate.verify().faults)


def hold_and_lift(gate: Gate, server: MailServer, sender: "subprocess.Popen[bytes]") -> None:
    """After HELD nothing arrives; after IN_FLIGHT at most what was in flight."""
    answer = gate.hold("july", by="dai")
    before = len(server.record())
    sender.wait(timeout=60)
    assert answer.state in {HoldState.HELD, HoldState.IN_FLIGHT, HoldState.UNKNOWN}
    assert len(server.record()) <= before + answer.in_flight
    lifted(gate, answer.hold, by="chie", note="It is fine.")
