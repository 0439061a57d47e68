"""A real process is killed or frozen at every point of a send: no reader twice, each once or named as unknown, the log sound."""

import contextlib
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from releasegate.channels.smtp import Smtp
from releasegate.errors import Blocked
from releasegate.gate import Gate
from releasegate.model.state import HoldState, State
from tests.building import approved, lifted, mails, make_gate
from tests.crash.child import Listing
from tests.smtp_server import ScriptedSmtp

ROOT = Path(__file__).parent.parent
READERS = 5


class Child:
    """A process that sends and stops at its point."""

    def __init__(self, store: str, listing: Path, point: str, number: int = 1, server: str = "") -> None:
        argv = [sys.executable, "-m", "tests.crash.child", store, "d1", str(listing), point, str(number), *([server] if server else [])]
        # Not measured, which takes twice as long: most are killed before they could say where they have been.
        plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        environment = plain | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        self._process = subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.said = ""

    def wait(self) -> str:
        """Until it stands at its point, or has ended."""
        assert self._process.stdout is not None
        self.said = self._process.stdout.readline().strip()
        assert self.said, self._process.communicate()[1]
        return self.said

    def signal(self, number: int) -> None:
        """SIGSTOP freezes it, SIGCONT wakes it."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """The power is gone; of one that has ended already, what it left open is closed."""
        self._process.kill()
        self._process.communicate()

    def wake(self) -> None:
        """It goes on from where it stopped."""
        self._process.send_signal(signal.SIGUSR1)
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> str:
        """What it said at last."""
        return self._process.communicate(timeout=60)[0].strip()


class Ward:
    """The gate of the survivors: a store, what left, and the clock that they go on with."""

    def __init__(self, store: str, path: Path, gate: Gate | None = None) -> None:
        self.store, self.listing = store, path
        self.children: list[Child] = []
        self.gate = gate or self.open()
        approved(self.gate, content=mails(READERS))

    def open(self) -> Gate:
        return make_gate(self.store, channels={"news": Listing(self.listing)}, clock=lambda: datetime.now(UTC))

    def child(self, point: str, number: int = 1, server: str = "") -> Child:
        made = Child(self.store, self.listing, point, number, server)
        self.children.append(made)
        return made

    def close(self) -> None:
        """Nobody is left behind, also where the test has failed half-way."""
        for each in self.children:
            each.kill()
        self.gate.close()

    def died_at(self, point: str, number: int = 1) -> None:
        child = self.child(point, number)
        assert "here" == child.wait()
        child.kill()

    def forget_worker(self) -> None:
        """Somebody takes away what stands beside the log."""
        engine = create_engine(self.gate._office.store._engine.url)
        with engine.begin() as connection:
            connection.execute(text("UPDATE events SET memo = NULL, salt = NULL WHERE kind = 'claim'"))
        engine.dispose()

    def readers(self) -> Counter[str]:
        """How often each reader was reached."""
        lines = self.listing.read_text(encoding="ascii").splitlines() if self.listing.exists() else []
        return Counter(line.split(" ")[1] for line in lines)

    def resume(self) -> tuple[int, int, int]:
        """Another process than the one that died sends what is left: (sent, unknown, left)."""
        with contextlib.suppress(Blocked):
            self.gate.send("d1", by="mailer")
        tally = self.gate.draft("d1").tally
        return tally.sent, tally.unknown, tally.left

    def check(self, *, taken: int = 0) -> None:
        """Nobody twice; each once, or unknown by name; the log sound, but for so many notes that somebody took away."""
        reached, draft = self.readers(), self.gate.draft("d1")
        assert 1 >= max(reached.values(), default=0)
        assert READERS == draft.tally.sent + draft.tally.unknown + draft.tally.left
        assert draft.tally.sent <= sum(reached.values()) <= draft.tally.sent + draft.tally.unknown
        faults = self.gate.verify(anchors=[self.gate.head()]).faults
        assert ["missing: the note beside event"] * taken == [fault[:30] for fault in faults]


@pytest.fixture
def ward(store_url: str, tmp_path: Path) -> Iterator[Ward]:
    made = Ward(store_url, tmp_path / "left")
    yield made
    made.close()


NOTHING_BEGUN = [("claim-before", 1), ("claim-after", 1), ("batch-before", 1), ("batch-after", 1), ("begin-before", 1), ("begin-inside", 1)]


@pytest.mark.parametrize(("point", "number"), NOTHING_BEGUN)
def test_f001_f002_killed_before_the_fence_nothing_has_left_and_all_can_go(ward: Ward, point: str, number: int) -> None:
    """The worker is provably dead: what it had claimed need not wait for its lease, nor the draft itself."""
    ward.died_at(point, number)

    assert (READERS, 0, 0) == ward.resume()
    assert State.SENT is ward.gate.draft("d1").state
    ward.check()


@pytest.mark.parametrize("point", ["claim-after", "batch-before"])
def test_f002_a_claim_with_nothing_in_hand_is_over_with_its_lease(ward: Ward, point: str) -> None:
    """Who it was is not known any more: the note beside the log was taken away."""
    ward.died_at(point)
    ward.forget_worker()
    lease = ward.gate.draft("d1").lease
    assert lease is not None
    assert (0, 0, READERS) == ward.resume()
    later = make_gate(ward.store, channels={"news": Listing(ward.listing)}, clock=lambda: lease)

    assert READERS == later.send("d1", by="mailer").sent
    later.close()
    ward.check(taken=1)


@pytest.mark.parametrize(("point", "number"), [("begin-after", 1), ("send-before", 1), ("begin-after", 3), ("send-before", READERS)])
def test_f003_killed_between_the_fence_and_the_first_byte_one_is_unknown_and_the_rest_go(ward: Ward, point: str, number: int) -> None:
    """It did not leave, but nobody can know that: never sent again by itself."""
    ward.died_at(point, number)

    assert (READERS - 1, 1, 0) == ward.resume()
    assert READERS - 1 == ward.readers().total()
    assert 1 == len(_unknown(ward.gate))
    ward.check()


@pytest.mark.parametrize("number", [1, 3, READERS])
def test_f004_f005_killed_after_the_providers_yes_one_is_unknown_and_nobody_gets_it_twice(ward: Ward, number: int) -> None:
    ward.died_at("send-after", number)

    assert (READERS - 1, 1, 0) == ward.resume()
    assert READERS == ward.readers().total()
    assert 1 == len(_unknown(ward.gate))
    ward.check()


@pytest.mark.parametrize("point", ["begin-before", "begin-inside"])
def test_f005_killed_half_way_with_an_outcome_in_memory(ward: Ward, point: str) -> None:
    """The yes to the second mail was to be written with the fence of the third."""
    ward.died_at(point, 3)

    assert (READERS - 1, 1, 0) == ward.resume()
    ward.check()


@pytest.mark.parametrize(("point", "sent", "unknown"), [("finish-before", READERS - 1, 1), ("finish-after", READERS, 0)])
def test_f006_killed_round_the_last_commit_the_stored_row_is_the_truth(ward: Ward, point: str, sent: int, unknown: int) -> None:
    ward.died_at(point)

    assert (sent, unknown, 0) == ward.resume()
    assert READERS == ward.readers().total()
    ward.check()


def test_t43_a_person_settles_what_the_crash_left_and_the_key_is_the_same(ward: Ward) -> None:
    """Not sent, says a person: a hold that another lifts, the signatures anew, and then the same text under another key of a new round."""
    ward.died_at("send-before", 2)
    ward.resume()
    (attempt,) = _unknown(ward.gate)

    ward.gate.settle("d1", attempt=attempt, outcome="not_sent", by="dai", note="The server has no such message.")

    assert (READERS - 1, 0, 1) == ward.resume()
    lifted(ward.gate, "d1/h1", by="chie", note="Looked at the server's log too.")
    digest = ward.gate.draft("d1").digest
    ward.gate.confirm("d1", digest=digest, by="ben", note="Again.")
    ward.gate.approve("d1", digest=digest, by="chie", note="Again.")
    assert (READERS, 0, 0) == ward.resume()
    ward.check()


def test_f016_a_worker_that_is_out_of_memory_dies_before_the_fence(ward: Ward) -> None:
    """The kernel's killer is a SIGKILL: what it had claimed goes on at once."""
    ward.died_at("batch-after")

    assert (READERS, 0, 0) == ward.resume()
    ward.check()


def test_f027_frozen_before_the_fence_for_longer_than_its_lease_it_sends_nothing_when_it_wakes(ward: Ward) -> None:
    child = ward.child("batch-after")
    assert "here" == child.wait()
    child.signal(signal.SIGSTOP)
    lease = ward.gate.draft("d1").lease
    assert lease is not None
    after = lease.replace(year=lease.year + 1)
    later = make_gate(ward.store, channels={"news": Listing(ward.listing)}, clock=lambda: after)
    assert READERS == later.send("d1", by="mailer").sent

    child.wake()
    said = child.end()

    assert (f"{READERS} 0 0 0 0 False", READERS) == (said, ward.readers().total())
    later.close()
    ward.check()


def test_f028_frozen_between_the_fence_and_the_first_byte_a_hold_is_in_flight_never_held(ward: Ward) -> None:
    child = ward.child("send-before", 2)
    assert "here" == child.wait()
    child.signal(signal.SIGSTOP)

    answer = ward.gate.hold("d1", by="dai", note="Stop.")

    assert (HoldState.IN_FLIGHT, False) == (answer.state, bool(answer))
    assert (1, 1, READERS - 2) == (ward.gate.draft("d1").tally.sent, answer.in_flight, answer.stopped)
    child.wake()
    assert f"2 0 0 {READERS - 2} 0 False" == child.end()
    assert (2, 0, READERS - 2) == ward.resume()
    assert 2 == ward.readers().total()
    ward.check()


def test_f028_a_hold_behind_a_dead_worker_is_unknown_once_that_is_known(ward: Ward) -> None:
    ward.died_at("send-after", 2)
    ward.gate.hold("d1", by="dai", note="Stop.")
    with pytest.raises(Blocked):
        ward.gate.send("d1", by="mailer")

    assert HoldState.UNKNOWN is ward.gate.hold("d1", by="ben", note="And?").state
    ward.check()


def test_f029_several_survivors_clear_up_after_the_same_dead_worker_and_nobody_gets_it_twice(ward: Ward) -> None:
    ward.died_at("send-after", 2)
    children = [ward.child("run") for _ in range(3)]

    for child in children:
        child.wait()
        child.end()

    assert (READERS - 1, 1, 0) == ward.resume()
    assert READERS == ward.readers().total()
    ward.check()


def test_f020_several_processes_send_the_same_draft_and_each_reader_gets_it_once(ward: Ward) -> None:
    children = [ward.child("run") for _ in range(4)]
    for child in children:
        child.wait()
        child.end()

    assert (READERS, 0, 0) == ward.resume()
    assert {1} == set(ward.readers().values())
    ward.check()


def test_f020_what_one_process_has_claimed_no_other_takes_while_it_lives(ward: Ward) -> None:
    """However long it thinks: its lease and its process stand, and another finds nothing to do."""
    first = ward.child("batch-after")
    assert "here" == first.wait()
    second = ward.child("run")

    assert f"0 0 0 {READERS} 0 False" == second.wait()
    second.end()
    assert {} == ward.readers()
    first.wake()
    assert f"{READERS} 0 0 0 0 True" == first.end()
    ward.check()


@pytest.mark.counts
def test_killed_at_any_moment_nobody_gets_it_twice(tmp_path: Path, counts: Callable[[int], int]) -> None:
    """No point chosen by us: as the file grows, at its first, second, … line."""
    for number in range(counts(40)):
        place = tmp_path / str(number)
        place.mkdir()
        ward = Ward(f"sqlite:///{place / 'store.sqlite3'}", place / "left")
        child = ward.child("run")
        while ward.readers().total() < number % READERS + 1 and child._process.poll() is None:
            pass
        child.kill()

        sent, unknown, left = ward.resume()

        assert (READERS, 0) == (sent + unknown, left)
        assert unknown <= 1
        ward.check()
        ward.close()


def test_f005_killed_in_the_middle_of_a_mail_server_s_loop(store_url: str, tmp_path: Path) -> None:
    """The same with a real server at the other end: counted there."""
    with ScriptedSmtp() as server, closing(Smtp(f"smtp://{server.host}:{server.port}")) as way_out:
        gate = make_gate(store_url, channels={"news": way_out}, clock=lambda: datetime.now(UTC))
        with closing(Ward(store_url, tmp_path / "left", gate)) as ward:
            child = ward.child("send-after", 3, f"{server.host}:{server.port}")
            assert "here" == child.wait()
            child.kill()

            assert (READERS - 1, 1, 0) == ward.resume()

    assert {1} == set(Counter(address for mail in server.received for address in mail.rcpt_to).values())
    assert READERS == len(server.received)


def _unknown(gate: Gate) -> tuple[str, ...]:
    with pytest.raises(Blocked) as caught:
        gate.send("d1", by="mailer")
    attempts: tuple[str, ...] = caught.value.report.attempts  # type: ignore[attr-defined]  # errors stand below the model
    return attempts
