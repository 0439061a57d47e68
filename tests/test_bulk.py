"""A newsletter to many readers, its program or its mail server killed ten times: everybody once, or listed as unknown; nobody twice."""

import random
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from releasegate.channels.smtp import Smtp
from releasegate.gate import Gate
from releasegate.model.state import HoldState, State
from releasegate.sending import report_of
from tests.building import lifted
from tests.bulk import MailServer, approve, reaches, readers, settle, start, storm, unknown
from tests.bulk_sender import open_gate

KILLS = 10


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    made = MailServer(tmp_path)
    yield made
    made.close()


@pytest.fixture
def gate(store_url: str, server: MailServer) -> Iterator[Gate]:
    with closing(Smtp(f"smtp://127.0.0.1:{server.port}")) as way, closing(open_gate(store_url, way)) as made:
        yield made


@pytest.mark.counts
def test_everybody_gets_it_once_though_its_program_is_killed_ten_times_and_held_once(
    gate: Gate, store_url: str, server: MailServer, counts: Callable[[int], int]
) -> None:
    count, kills, dice = counts(4_000), max(3, counts(KILLS)), random.Random()
    approve(gate, count)
    moments = sorted(dice.sample(range(1, count * 9 // 10), kills + 1))
    held = dice.randrange(kills + 1)

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
    assert len(lost) <= kills

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
    before = server.count()
    sender.wait(timeout=60)
    assert answer.state in {HoldState.HELD, HoldState.IN_FLIGHT, HoldState.UNKNOWN}
    assert server.count() <= before + answer.in_flight
    lifted(gate, answer.hold, by="chie", note="It is fine.")


@pytest.mark.counts
def test_several_programs_send_it_though_the_mail_server_is_killed_ten_times(
    postgres_url: str, server: MailServer, counts: Callable[[int], int]
) -> None:
    """What was in its hands when it was killed is listed, and a person looks; the rest goes out once it is there again."""
    count = counts(12_000)
    with closing(Smtp(f"smtp://127.0.0.1:{server.port}")) as way, closing(open_gate(postgres_url, way)) as gate:
        found = storm(gate, postgres_url, server, count, dice=random.Random(), kills=max(3, counts(KILLS)))

        assert ([], [], [0, 0, 0]) == (found["twice"], found["missing"], found["codes"])
        assert (count, 0) == (found["sent"] + found["unknown"], found["left"])
        settle(gate, {address for _, address in server.record()})
        if gate.draft("july").state is not State.SENT:
            gate.send("july", by="mailer")
        assert {row["mail"]: 1 for row in readers(count)} == Counter(address for _, address in server.record())
        assert (State.SENT, ()) == (gate.draft("july").state, gate.verify().faults)
