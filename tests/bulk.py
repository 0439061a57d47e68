"""A newsletter to many readers, the mail server that takes it, and the programs that send it: some of them are killed."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from releasegate.channels.merge import merge
from releasegate.gate import Gate
from releasegate.model.state import State
from releasegate.sending import report_of
from releasegate.store.store import Txn
from releasegate.store.tables import deliveries
from tests.building import lifted
from tests.building import seen as seen_by

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = (
    b"From: News <news@pr.example>\r\nSubject: The new wing opens\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Dear $name,\r\n\r\nthe new wing opens in July. Your seat has number $number.\r\n"
)


class MailServer:
    """A mail server in its own process, and its record of whom it took which mail for."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._seen, self._count = folder, 0, 0
        self.port = 0
        self.restart()

    def restart(self) -> None:
        """At the port where it was before, with the record that it had."""
        (self._folder / "port").unlink(missing_ok=True)
        self._process = start(str(ROOT / "tests" / "bulk_server.py"), str(self._folder), str(self.port))
        while not (self._folder / "port").exists():
            assert self._process.poll() is None
            time.sleep(0.01)
        self.port = int((self._folder / "port").read_text())

    def kill(self) -> None:
        """In the middle of whatever it does."""
        self._process.kill()
        self._process.wait()

    def count(self) -> int:
        """How many it has taken; only what is new is read."""
        with (self._folder / "record").open("rb") as record:
            record.seek(self._seen)
            new = record.read()
        self._seen += len(new)
        self._count += new.count(b"\n")
        return self._count

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
    while server.count() < count and sender.poll() is None:
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


def storm(
    gate: Gate, store: str, server: MailServer, count: int, *, dice: random.Random, kills: int = 10, workers: int = 3
) -> dict[str, Any]:
    """Several processes send it, while the mail server is killed at random, and comes back; what came of it."""
    began = time.monotonic()
    approve(gate, count)
    team = [start("-m", "tests.bulk_sender", store, str(server.port), "steady") for _ in range(workers)]
    for moment in sorted(dice.sample(range(1, count * 9 // 10), kills)):
        reaches(server, team[0], moment)
        time.sleep(dice.uniform(0, 0.01))
        server.kill()
        server.restart()
    codes = [each.wait(timeout=3600) for each in team]
    return {"codes": codes, "kills": kills, **counted(gate, server, count), "seconds": round(time.monotonic() - began, 1)}


def counted(gate: Gate, server: MailServer, count: int) -> dict[str, Any]:
    """Whom the server took it for more than once, and who neither got it nor is listed."""
    taken = Counter(address for _, address in server.record())
    report = gate._office.store.look(lambda txn: report_of(txn, "july"))
    lost = set(unknown(gate).values())
    return {
        "of": report.of,
        "sent": report.sent,
        "unknown": report.unknown,
        "left": report.left,
        "twice": sorted(address for address, times in taken.items() if times > 1),
        "missing": sorted({row["mail"] for row in readers(count)} - set(taken) - lost),
    }
