"""Nobody is written to who must not be: lists in files, and whoever else knows."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from releasegate import Gate
from releasegate.checks import build_checks, run_check, suppressed_by
from releasegate.checks.suppression import same
from releasegate.errors import Blocked, NotSent, PolicyError
from releasegate.model.draft import Draft
from releasegate.model.finding import Outcome, Severity
from releasegate.model.parcel import Parcel
from releasegate.model.state import State
from releasegate.protocols import Context
from tests.building import NOON, PEOPLE, RULES, Bench, Outbox, approved, mails, make_bench
from tests.cli import Terminal

OUT = RULES + '[checks]\nsuppressed-recipient = { sources = ["out.csv", { file = "gone.csv", column = "Address", reason = "bounced" }] }\n'
DRAFT = Draft(id="d", channel="news", title="July", state=State.DRAFTING, digest="d" * 64, reach=2, count=1)
PAIR = ("reader1@paper.example", "reader2@paper.example")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the policy lies, with two lists that name nobody."""
    (tmp_path / "releasegate.toml").write_text(f"version = 1\n{PEOPLE}\n{OUT}", encoding="utf-8")
    (tmp_path / "out.csv").write_text("email\n", encoding="utf-8")
    (tmp_path / "gone.csv").write_text("No,Address\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def bench(folder: Path) -> Iterator[Bench]:
    """A gate on the policy file of that folder, in a process that works somewhere else."""
    outbox, made = Outbox(), make_bench(f"sqlite:///{folder / 'other.db'}")
    made.gate.close()
    gate = Gate.load(folder / "releasegate.toml", channels={"news": outbox}, clock=made.clock)
    yield Bench(gate, outbox, made.clock, made.alarms)
    gate.close()


def found(folder: Path, *sources: object, people: Collection[str] = PAIR, waiting: Collection[str] | None = None) -> list[str]:
    """What is said of these people by these lists: variants and what was seen."""
    check = next(each for each in build_checks({"suppressed-recipient": {"sources": sources}}) if each.id == "suppressed-recipient")
    result = run_check(check, DRAFT, Context(at=NOON, recipients=people, waiting=waiting, folder=str(folder)))
    assert (Outcome.RAN, True) == (result.outcome, all(each.severity is Severity.BLOCKER for each in result.findings)), result
    return [" ".join(filter(None, (each.variant, each.evidence, str(each.params.get("detail", ""))))) for each in result.findings]


# In files


def test_nobody_on_a_list_from_the_policys_folder_is_reached(bench: Bench, folder: Path) -> None:
    approved(bench.gate, content=mails(2))
    assert bench.gate.decide("d1")
    (folder / "out.csv").write_text("email\nReader2@Paper.example\n", encoding="utf-8")

    with pytest.raises(Blocked, match=r"reader2@paper\.example must not be written to: the address is on the list out\.csv\."):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got


def test_a_list_with_a_reason_gives_it(bench: Bench, folder: Path) -> None:
    (folder / "gone.csv").write_text("No,Address\n1,reader1@paper.example\n", encoding="utf-8")
    approved(bench.gate, content=mails(1))

    assert "on the list gone.csv (bounced)" in bench.gate.decide("d1").explain()
    assert "リスト gone.csv に載っています(bounced)" in bench.gate.decide("d1").explain("ja")


def test_who_leaves_while_it_is_leaving_leaves_after_this_one(bench: Bench, folder: Path) -> None:
    """And who gets it, and leaves at once, does not stop the rest."""

    def leave(_: Parcel) -> None:
        bench.clock.forward(minutes=1)
        (folder / "out.csv").write_text("email\nreader1@paper.example\nreader3@paper.example\n", encoding="utf-8")

    bench.outbox.on_send = leave
    approved(bench.gate, content=mails(3))

    assert 3 == bench.gate.send("d1", by="mailer").sent


def test_what_goes_on_days_later_is_held_against_the_list_of_that_day(bench: Bench, folder: Path) -> None:
    """Whom it has reached does not count; who is still to get it does."""
    bench.outbox.answers = [None, *[NotSent("down")] * 9]
    approved(bench.gate, content=mails(3))
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    bench.outbox.answers = []
    (folder / "out.csv").write_text("email\nreader1@paper.example\n", encoding="utf-8")
    assert bench.gate.decide("d1")

    (folder / "out.csv").write_text("email\nreader1@paper.example\nreader3@paper.example\n", encoding="utf-8")
    assert ["reader3@paper.example"] == [each.evidence for each in bench.gate.decide("d1").blockers]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "unreadable no header row"),
        (b"\n", "unreadable no header row"),
        (b"reader1@paper.example\nreader3@paper.example\n", "unreadable no header row"),
        (b"name,when\nMika,today\n", "column no such column"),
        (b"email,name\nreader1@paper.example\n", "unreadable line 2"),
        (b"name,email\nSato, Mika,reader1@paper.example\n", "unreadable line 2"),
        (b'email\n"reader1@paper.example\n', "unreadable line 2: unexpected end of data"),
        (b"email\n\x81\n", "unreadable neither UTF-8 nor CP932"),
        (None, "unreadable No such file or directory"),
    ],
)
def test_a_list_that_cannot_be_read_whole_is_never_a_pass(folder: Path, data: bytes | None, said: str) -> None:
    (folder / "out.csv").unlink()
    if data is not None:
        (folder / "out.csv").write_bytes(data)

    assert [said] == found(folder, "out.csv")


def test_a_list_that_is_too_large_is_not_read(folder: Path) -> None:
    with (folder / "out.csv").open("wb") as file:
        file.truncate(500_000_001)

    assert ["unreadable 500000001 bytes"] == found(folder, "out.csv")


@pytest.mark.parametrize(
    ("text", "encoding", "source"),
    [
        ("E-Mail,Name\nreader1@paper.example,Mika\n", "utf-8-sig", "out.csv"),
        ("氏名,メールアドレス\n髙橋,reader1@paper.example\n\n", "cp932", "out.csv"),
        ("whoever\nreader1@paper.example\n\n", "utf-8", "out.csv"),
        ("email,left\nboss@paper.example,reader1@paper.example\nx@paper.example,\n", "utf-8", {"file": "out.csv", "column": "LEFT"}),
    ],
)
def test_lists_are_read_as_programs_write_them(folder: Path, text: str, encoding: str, source: object) -> None:
    (folder / "out.csv").write_text(text, encoding=encoding)

    assert ["reader1@paper.example"] == found(folder, source)


def test_a_list_is_read_again_when_it_has_changed_and_only_then(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked at every decision, in the claim too."""
    read, path = list[Path](), folder / "out.csv"
    before: Callable[[Path], bytes] = Path.read_bytes

    def reading(self: Path) -> bytes:
        read.append(self)
        return before(self)

    monkeypatch.setattr(Path, "read_bytes", reading)
    assert ([], []) == (found(folder, "out.csv"), found(folder, "out.csv"))
    path.write_text("email\nreader1@paper.example\n", encoding="utf-8")
    os.utime(path, ns=(10**18, 10**18))

    assert (["reader1@paper.example"], 2) == (found(folder, "out.csv"), len(read))


def test_a_file_that_is_missing_is_one_of_nobody_only_where_nobody_is_to_be_reached(folder: Path) -> None:
    assert [] == found(folder, "nowhere.csv", people=())
    assert [] == found(folder, "nowhere.csv", waiting=())


def test_without_a_list_nothing_is_read(folder: Path) -> None:
    class Untouched(tuple[str, ...]):
        __slots__ = ()

        def __iter__(self) -> Iterator[str]:
            raise AssertionError

    assert [] == found(folder, people=Untouched())


def test_a_source_that_is_none_does_not_load() -> None:
    for wrong in ([""], [{"file": ""}], [{"path": "out.csv"}], "out.csv", [3]):
        with pytest.raises(PolicyError, match=r"suppressed-recipient\.sources"):
            build_checks({"suppressed-recipient": {"sources": wrong}})


def test_what_makes_no_difference_between_addresses() -> None:
    assert same(' "Taro..Y"@DOCOMO.ne.jp\t') == same("taro..y@docomo.ne.jp")
    assert same("info@日本語.JP") == same("INFO@xn--wgv71a119e.jp")
    assert f"x@{'日' * 64}.jp" == same(f"X@{'日' * 64}.jp")
    assert same("a.b@paper.example") != same("ab@paper.example")


def test_releasegate_check_looks_into_the_lists_of_its_policy(terminal: Terminal, folder: Path) -> None:
    (folder / "out.csv").write_text("email\nreader1@paper.example\n", encoding="utf-8")
    (folder / "july.eml").write_bytes(mails(1)[0].as_bytes())

    seen = terminal("check", str(folder / "july.eml"), "--policy", str(folder / "releasegate.toml"))

    assert (3, True) == (seen.code, "must not be written to" in seen.out), seen


# Whoever else knows


def known(*addresses: str) -> Callable[[Collection[str]], Iterable[str]]:
    return lambda asked: [each.upper() for each in asked if each in addresses]


def test_a_program_that_knows_who_has_left_is_asked(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, checks=[suppressed_by("crm", known("reader2@paper.example"))])
    approved(bench.gate, content=mails(2))

    assert {"suppressed-recipient.crm"} == bench.gate.decide("d1").blocked_by
    assert "reader2@paper.example must not be written to: the address is on the list crm." in bench.gate.decide("d1").explain()
    assert "宛先から外してください。" in bench.gate.decide("d1").explain("ja")


def test_it_is_asked_again_where_its_answer_is_old_also_on_the_way(sqlite_url: str) -> None:
    """A long send does not stop because an answer has grown old, nor for who leaves meanwhile."""
    asked = list[int]()

    def lookup(addresses: Collection[str]) -> list[str]:
        asked.append(len(addresses))
        return ["reader1@paper.example"] if len(asked) > 2 else []

    bench = make_bench(sqlite_url, checks=[suppressed_by("crm", lookup, valid_for=timedelta(seconds=90))])
    approved(bench.gate, content=mails(3))
    assert [3] == asked
    bench.clock.forward(seconds=90)
    assert {"checks-fresh"} == bench.gate.decide("d1").blocked_by

    def slowly(_: Parcel) -> None:
        bench.clock.forward(seconds=90)

    bench.outbox.on_send = slowly

    assert 3 == bench.gate.send("d1", by="mailer").sent
    assert [3, 3] == asked


def test_a_program_that_does_not_answer_shuts_the_gate(sqlite_url: str) -> None:
    def lookup(_: Collection[str]) -> list[str]:
        raise ConnectionError

    bench = make_bench(sqlite_url, checks=[suppressed_by("crm", lookup)])
    approved(bench.gate, content=mails(1))

    assert ["check-crashed"] == [each.code for each in bench.gate.decide("d1").blockers]


def test_nobody_is_asked_about_nobody() -> None:
    check = suppressed_by("crm", known())
    sending = replace(DRAFT, state=State.SENDING)

    assert () == run_check(check, DRAFT, Context(at=NOON)).findings
    assert () == run_check(suppressed_by("crm", lambda _: PAIR), sending, Context(at=NOON, recipients=PAIR)).findings
