"""A SQLite file that was cut, taken away, replaced, copied without its log, or went on twice: nothing leaves from what is not whole."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from releasegate.errors import Blocked, HoldNotPlaced, StoreError
from releasegate.gate import Gate
from tests.building import Bench, Clock, Outbox, approved, mails, make_bench, make_gate


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store lies."""
    return tmp_path / "gate.db"


@pytest.fixture
def bench(path: Path) -> Iterator[Bench]:
    """Thirty letters, approved."""
    made = make_bench(str(path))
    approved(made.gate, content=mails(30))
    yield made
    made.gate.close()


def opened(copy: Path, clock: Clock, way_out: Outbox) -> Gate:
    """A gate on this copy, an hour or a day later."""
    copy.chmod(0o600)
    return make_gate(str(copy), channels={"news": way_out}, clock=clock)


# --- cut


def refused(store: Path, clock: Clock, way_out: Outbox) -> str:
    """Why nothing leaves from this store: it does not open, or what it holds is not believed."""
    try:
        gate = opened(store, clock, way_out)
    except StoreError as error:
        return str(error)
    with pytest.raises((StoreError, Blocked)) as stopped:
        gate.send("d1", by="mailer")
    gate.close()
    return str(stopped.value)


def test_a_store_cut_in_the_middle_of_a_page_is_refused_in_words(bench: Bench, path: Path, tmp_path: Path) -> None:
    """A copy that ended half-way, a disk that was full: whichever page it ends in, and wherever in it."""
    bench.gate.close()
    whole, way_out = path.read_bytes(), Outbox()
    pages = range(4096, len(whole), 4096)
    cuts = [50, 100, 1000, *pages, *(page + 1800 for page in pages if page + 1800 < len(whole)), len(whole) - 1]

    said = set()
    for cut in cuts:
        copy = tmp_path / "cut.db"
        copy.write_bytes(whole[:cut])
        said.add(refused(copy, bench.clock, way_out).splitlines()[0])
        for each in tmp_path.glob("cut.db*"):
            each.unlink()

    known = (
        "The store did not take it: ",
        "The store ",
        "Event ",
        "Not sent: d1",
    )  # SQLite noticed; an event cannot be read; the chain does not hold
    assert set() == {each for each in said if not each.startswith(known)}
    assert [] == way_out.got


def test_a_store_that_ends_within_its_last_page_is_not_verified(bench: Bench, path: Path, tmp_path: Path) -> None:
    """The driver reads such a page at first, and fails in the middle of it; or reads zeros, which are no event."""
    bench.gate.close()
    whole, said = path.read_bytes(), set[str]()
    for cut in range(len(whole) - 4096, len(whole), 512):
        copy = tmp_path / f"cut{cut}.db"
        copy.write_bytes(whole[:cut])
        try:
            assert not opened(copy, bench.clock, Outbox()).verify().sound
        except StoreError as error:
            said.add(str(error))

    assert {"is damaged: database disk image is malformed. Nothing was changed. Restore it from a copy."} == {
        each.partition(".db ")[2] for each in said
    }


def test_f014_a_copy_without_its_log_of_writes_is_shorter_than_the_anchor_in_the_holds_answer(
    bench: Bench, path: Path, tmp_path: Path
) -> None:
    """What was committed last stands in the -wal alone: whoever copies without it copies the past, without the hold."""
    bench.gate.close()
    again = make_bench(str(path), clock=bench.clock)
    answer = again.gate.hold("d1", by="dai", note="Stop.")
    shutil.copy(path, tmp_path / "copy.db")
    again.gate.close()

    copy = opened(tmp_path / "copy.db", bench.clock, Outbox())

    assert () == copy.draft("d1").holds
    number = int(answer.head.partition(":")[0])
    assert (f"cut: the anchor names event {number}, the log ends at {number - 1}",) == copy.verify(anchors=[answer.head]).faults
    copy.close()


# --- taken away or replaced while it is open


def unlink(end: str) -> Callable[[Path], None]:
    """Take one of the three files away."""
    return lambda path: Path(f"{path}{end}").unlink()


def restore(path: Path) -> None:
    """Put a copy in the place of the store."""
    shutil.copy(path, path.with_name("backup"))
    path.with_name("backup").replace(path)


def renew(path: Path) -> None:
    """Take the -wal away; another program makes a new one."""
    unlink("-wal")(path)
    Path(f"{path}-wal").touch(mode=0o600)


@pytest.mark.parametrize(
    "damage", [unlink("-wal"), unlink("-shm"), unlink(""), restore, renew], ids=["wal", "shm", "file", "backup", "new"]
)
def test_f014_a_store_whose_files_were_taken_away_while_it_was_open_is_shut(
    bench: Bench, path: Path, damage: Callable[[Path], None]
) -> None:
    """A hold written into a file that nobody else can open would be answered HELD, and another process would send."""
    damage(path)

    with pytest.raises(HoldNotPlaced, match="was taken away or replaced while it was open"):
        bench.gate.hold("d1", by="dai", note="Stop.")
    with pytest.raises(StoreError, match="Stop every program that uses it"):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got


def test_a_store_named_by_a_relative_path_is_the_same_wherever_the_process_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bench = make_bench("gate.db")
    approved(bench.gate)
    monkeypatch.chdir("/")

    assert 1 == bench.gate.send("d1", by="mailer").sent
    bench.gate.close()


# --- the past, and two presents


def test_f011_a_store_restored_from_yesterday_is_shorter_than_todays_anchor(bench: Bench, path: Path, tmp_path: Path) -> None:
    bench.gate.close()
    shutil.copy(path, tmp_path / "yesterday.db")
    again = make_bench(str(path), clock=bench.clock)
    head = again.gate.send("d1", by="mailer").head
    again.gate.close()

    yesterday = opened(tmp_path / "yesterday.db", bench.clock, Outbox())

    assert yesterday.verify().sound
    assert yesterday.verify(anchors=[head]).faults[0].startswith("cut: the anchor names event ")
    yesterday.close()


def test_f012_two_copies_that_both_went_on_do_not_fit_each_others_anchors(bench: Bench, path: Path, tmp_path: Path) -> None:
    bench.gate.close()
    shutil.copy(path, tmp_path / "other.db")
    one, other = make_gate(str(path), clock=bench.clock), opened(tmp_path / "other.db", bench.clock, Outbox())
    heads = [gate.hold("d1", by=by, note="Stop.").head for gate, by in ((one, "dai"), (other, "chie"))]

    assert [(), ()] == [gate.verify(anchors=[head]).faults for gate, head in zip((one, other), heads, strict=True)]
    position = heads[0].partition(":")[0]
    for gate, head in zip((one, other), reversed(heads), strict=True):
        assert (f"rewritten: event {position} is not the one that the anchor names",) == gate.verify(anchors=[head]).faults
    one.close()
    other.close()


def test_an_empty_file_is_a_new_store_and_holds_nothing_that_could_leave(bench: Bench, path: Path, tmp_path: Path) -> None:
    """Cut to nothing it cannot be told from one that was just made: the drafts are gone, and say so."""
    bench.gate.close()
    (tmp_path / "empty.db").touch()
    gate = opened(tmp_path / "empty.db", bench.clock, Outbox())

    assert () == gate.queue()
    gate.close()
