"""Anchors: made, signed, kept outside the store, and asked before anything leaves."""

import asyncio
import json
import os
import shutil
import smtplib
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from structlog.testing import capture_logs

from releasegate.anchoring import Anchors, Stamping
from releasegate.channels.anchor_mail import AnchorMail
from releasegate.errors import Blocked, GateError, PolicyError, StoreError
from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.anchor import Anchor, read_anchor
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.verdict import Decision
from releasegate.policy.policy import Policy
from releasegate.store import anchor_file, ed25519, time_stamps
from releasegate.store.ed25519 import make_key, read_key
from tests.building import PEOPLE, RULES, Between, Clock, Outbox, approved, confirmed, mails, make_gate, written
from tests.forging import Forger
from tests.smtp_server import ScriptedSmtp
from tests.tsa import STAMPING, Authority

DATA = Path(__file__).parent / "data" / "time_stamp"


@dataclass
class Shop:
    """A gate whose log is anchored in a file beside its policy."""

    folder: Path
    url: str
    rules: str
    clock: Clock = field(default_factory=Clock)
    outbox: Outbox = field(default_factory=Outbox)
    alarms: list[Alarm] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.folder / "anchors.jsonl"

    def gate(self, rules: str = "") -> Gate:
        """A gate of a process of its own."""
        path = self.folder / "releasegate.toml"
        path.write_text(f"version = 1\n{PEOPLE}{RULES}\n[anchors]\n{rules or self.rules}", encoding="utf-8")
        made = Gate(self.url, policy=Policy.load(path), channels={"news": self.outbox}, clock=self.clock, alarm=self.alarms.append)
        self.gates.append(made)
        return made

    def lines(self) -> list[Anchor]:
        """What stands in the file, once what was begun is written."""
        for gate in self.gates:
            gate._office.anchors.wait(10)
        return [read_anchor(line) for line in self.file.read_text(encoding="utf-8").splitlines()]

    def close(self) -> None:
        for gate in self.gates:
            gate.close()
        self.gates.clear()


@pytest.fixture
def shop(store_url: str, tmp_path: Path) -> Iterator[Shop]:
    key = make_key(tmp_path / "anchor.key")
    made = Shop(tmp_path, store_url, f'files = ["anchors.jsonl"]\nkey = "anchor.key"\nsigners = ["{key.public}"]\nwithin = "1h"\n')
    yield made
    made.close()


@pytest.fixture
def lite(sqlite_url: str, tmp_path: Path) -> Iterator[Shop]:
    """The same where the database makes no difference."""
    key = make_key(tmp_path / "anchor.key")
    made = Shop(tmp_path, sqlite_url, f'files = ["anchors.jsonl"]\nkey = "anchor.key"\nsigners = ["{key.public}"]\nwithin = "1h"\n')
    yield made
    made.close()


# --- they are made


def test_each_signature_hold_and_send_is_anchored(shop: Shop) -> None:
    gate = shop.gate()
    steps: list[Callable[[], object]] = [
        lambda: confirmed(gate),
        lambda: gate.approve("d1", digest=gate.draft("d1").digest, by="chie", note="Read twice."),
        lambda: gate.send("d1", by="mailer"),
        lambda: gate.hold_channel("news", by="dai", note="Stop all."),
        lambda: gate.hold("d2", by="dai", note="Stop."),
    ]
    written(gate, "d2", "Another text.")
    for step in steps:
        step()
        assert gate.head() == shop.lines()[-1].plain

    assert (True, 5) == (gate.verify().sound, gate.verify().anchors)
    assert gate.verify().covered == gate.verify().length
    assert [] == shop.alarms


def test_an_awaited_send_is_anchored_too(lite: Shop) -> None:
    gate = lite.gate()
    approved(gate)
    asyncio.run(gate.send_async("d1", by="mailer"))

    assert gate.head() == lite.lines()[-1].plain


def test_an_anchor_is_signed_by_the_key_of_the_policy(lite: Shop) -> None:
    made = lite.gate().anchor()

    assert made.key == read_key(lite.folder / "anchor.key").public
    assert ed25519.fits(made.key, made.signature, made.statement())
    assert not ed25519.fits(made.key, made.signature, replace(made, position=made.position + 1).statement())
    assert not ed25519.fits(make_key(lite.folder / "other").public, made.signature, made.statement())
    assert not ed25519.fits(made.key, "no base64", made.statement())
    assert not ed25519.fits("ed25519:short", made.signature, made.statement())
    assert made.signature not in repr(read_key(lite.folder / "anchor.key"))


def test_a_second_pass_with_nothing_new_writes_nothing(lite: Shop) -> None:
    """Every minute somebody asks, on several machines."""
    gate = lite.gate()
    first = gate.anchor()

    assert first == gate.anchor() == lite.gate().anchor()
    lite.clock.forward(minutes=31)  # more than half of what its age may be
    assert first != gate.anchor()
    assert 2 == len(lite.lines())


def test_without_a_limit_of_age_only_what_is_new_is_anchored(lite: Shop) -> None:
    gate = lite.gate('files = ["anchors.jsonl"]\n')
    gate.anchor()
    lite.clock.forward(days=9)
    gate.anchor()
    written(gate)
    last = gate.anchor()

    assert (2, "") == (len(lite.lines()), last.signature)
    assert gate.verify().sound


def test_a_policy_without_files_keeps_no_anchors_but_gives_one(lite: Shop) -> None:
    gate = make_gate(lite.url)
    approved(gate)
    made = gate.anchor()

    assert (gate.head(), "") == (made.plain, made.signature)
    assert gate.verify(anchors=[made.line()]).covered == made.position
    assert not lite.file.exists()


def test_what_a_crash_cut_short_stays_for_itself(lite: Shop) -> None:
    gate = lite.gate()
    first = gate.anchor()
    with lite.file.open("a") as file:
        file.write('{"v":1,"sto')
    written(gate)
    gate.anchor()

    assert (True, 2) == (gate.verify().sound, gate.verify().anchors)
    assert first.line() == lite.file.read_text().splitlines()[0]
    assert 0o600 == stat.S_IMODE(lite.file.stat().st_mode)


def test_only_the_end_of_a_long_file_is_read(lite: Shop) -> None:
    gate = lite.gate()
    made = gate.anchor()
    lite.file.write_text("x" * 300_000 + "\n" + made.line() + "\n")

    assert [made] == list(anchor_file.latest(lite.file, made.store))
    lite.file.write_text(made.line() + "\n" + replace(made, store="other").line() + "\n")
    assert [made] == list(anchor_file.latest(lite.file, made.store))
    lite.file.write_text(made.line() + "\n" + "x" * 300_000 + "\n")
    assert [] == list(anchor_file.latest(lite.file, made.store))


def test_a_disk_that_takes_half_a_line_is_told(lite: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = lite.gate()
    monkeypatch.setattr(os, "write", lambda number, data: 7)

    with pytest.raises(GateError, match=r"anchors\.jsonl: No space left on device"):
        gate.anchor()


# --- and never in the way


def test_a_hold_waits_for_no_anchor(lite: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of the anchors hangs: the hold has its answer before."""
    gate = lite.gate()
    written(gate)
    hangs, goes_on, waited = threading.Event(), threading.Event(), list[bool]()
    real = anchor_file.add

    def slow(path: Path, anchor: Anchor) -> None:
        hangs.set()
        waited.append(goes_on.wait(10))
        real(path, anchor)

    monkeypatch.setattr(anchor_file, "add", slow)

    assert gate.hold("d1", by="dai", note="Stop.")
    assert hangs.wait(30)
    assert gate.hold("d1", by="dai", note="Stop again.")
    goes_on.set()
    assert gate.head() == lite.lines()[-1].plain
    assert {True} == set(waited)


def test_what_cannot_be_anchored_is_an_alarm_and_stops_no_hold(lite: Shop) -> None:
    gate = lite.gate()
    written(gate)
    lite.file.mkdir()

    assert gate.hold("d1", by="dai", note="Stop.")
    gate._office.anchors.wait(10)

    (alarm,) = lite.alarms
    assert ("anchor-failed", ("akari", "chie", "dai")) == (alarm.code, alarm.to)
    assert "anchors.jsonl: Is a directory." in alarm.explain("en")
    assert "フォルダーです。" in alarm.explain("ja")
    with pytest.raises(GateError, match="could not be added"):
        gate.anchor()


class Killed(BaseException):
    """The process ends here."""


def test_f001_i8_killed_before_it_was_told_what_was_not_anchored_is_told_by_the_next_pass(lite: Shop) -> None:
    gate = lite.gate()
    office, store = gate._office, gate._office.store
    lite.alarms.clear()

    def die() -> None:
        raise Killed

    office.store = Between(store, 2, die)  # type: ignore[assignment]  # it quacks
    with pytest.raises(Killed):
        gate._not_anchored("The disk is gone.")
    office.store = store
    assert [] == lite.alarms

    gate.watch()
    assert [("anchor-failed", "The disk is gone.")] == [(each.code, each.params["error"]) for each in lite.alarms]


def test_where_the_store_takes_nothing_what_was_not_anchored_is_told_all_the_same(lite: Shop) -> None:
    gate = lite.gate()
    office, store = gate._office, gate._office.store
    lite.alarms.clear()

    def full() -> None:
        raise StoreError("No space left on device")

    office.store = Between(store, 1, full)  # type: ignore[assignment]  # it quacks
    with capture_logs() as logs:
        gate._not_anchored("The disk is gone.")
    office.store = store
    assert ["anchor-failed"] == [each.code for each in lite.alarms]
    assert ["an alarm could not be written down"] == [line["event"] for line in logs]


def test_whatever_goes_wrong_in_the_other_thread_is_told(lite: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = lite.gate()
    written(gate)
    monkeypatch.setattr(Anchors, "take", lambda self: 1 / 0)
    lite.alarms.clear()
    gate.hold("d1", by="dai", note="Stop.")
    gate._office.anchors.wait(10)

    assert ["division by zero"] == [each.params["error"] for each in lite.alarms]


def test_an_alarm_may_close_the_gate(lite: Shop) -> None:
    """It is called in the thread that writes the anchors."""
    gate = lite.gate()
    written(gate)
    lite.file.mkdir()
    done = threading.Event()

    def close(_: Alarm) -> None:
        gate.close()
        done.set()

    gate._office.alarm = close

    gate.hold("d1", by="dai", note="Stop.")
    assert done.wait(10)


def test_a_process_without_the_key_leaves_it_to_others(lite: Shop) -> None:
    gate = lite.gate()
    written(gate)
    (lite.folder / "anchor.key").unlink()
    gate.hold("d1", by="dai", note="Stop.")

    assert (False, []) == (lite.file.exists(), lite.alarms)
    with pytest.raises(GateError, match=r"anchor\.key cannot be read: No such file"):
        gate.anchor()


# --- what they say against sending


def codes(error: pytest.ExceptionInfo[Blocked]) -> frozenset[str]:
    assert isinstance(error.value.decision, Decision)
    return error.value.decision.blocked_by


def test_f133_nothing_leaves_when_the_anchoring_was_stopped(shop: Shop) -> None:
    gate = shop.gate()
    approved(gate)
    shop.lines()
    shop.clock.forward(minutes=61)

    assert {"anchor-old"} == gate.decide("d1").blocked_by
    with pytest.raises(Blocked) as blocked:
        gate.send("d1", by="mailer")
    assert {"anchor-old"} == codes(blocked)
    assert "The log was last anchored 03:00 UTC; it must be anchored every 1h." in str(blocked.value)
    assert [] == shop.outbox.got

    gate.anchor()
    assert 1 == gate.send("d1", by="mailer").sent


def test_every_question_is_answered_with_the_last_anchor_known(lite: Shop) -> None:
    """A process that has just begun reads it, whatever it is asked first."""
    approved(lite.gate())
    lite.lines()
    lite.close()

    assert lite.gate().turn("d1").decision
    assert [True] == [bool(turn.decision) for turn in lite.gate().turns()]
    assert lite.gate().decide("d1")


def test_f133_an_anchor_that_somebody_else_signed_is_none(lite: Shop) -> None:
    gate = lite.gate()
    approved(gate)
    lite.lines()
    other = make_key(lite.folder / "other.key")
    made = gate.anchor()
    forged = replace(made, key=other.public, signature=other.sign(made.statement()))
    lite.file.write_text(forged.line() + "\n" + replace(made, key="", signature="").line() + "\n")

    assert {"anchor-old"} == gate.decide("d1").blocked_by
    assert "The log has no anchor yet" in gate.decide("d1").explain()
    faults = gate.verify().faults
    n = made.position
    assert faults == (
        f"forged: the anchor for event {n} counts for nothing: it is signed by none of the keys that count",
        f"forged: the anchor for event {n} counts for nothing: it is not signed",
    )


def test_a_long_send_looks_at_its_anchors_again(lite: Shop) -> None:
    """Another process anchors every few minutes: a send that takes longer than `within` does not stop."""
    minute = lite.rules.replace("1h", "1m")
    gate, watch = lite.gate(minute), lite.gate(minute)
    approved(gate, content=mails(2))
    real = lite.outbox.send

    def slow(parcel: Parcel, *, key: str) -> Receipt:
        lite.clock.forward(seconds=70)
        watch.anchor()
        return real(parcel, key=key)

    lite.outbox.send = slow  # type: ignore[method-assign]

    assert 2 == gate.send("d1", by="mailer").sent


def test_f011_f132_nothing_leaves_from_a_log_that_does_not_go_on_from_its_anchor(lite: Shop) -> None:
    """A hold placed at night; in the morning the store of the evening is back."""
    gate = lite.gate()
    approved(gate)
    lite.lines()
    lite.close()
    store = lite.folder / "store.sqlite3"
    shutil.copy(store, lite.folder / "evening")
    assert lite.gate().hold("d1", by="dai", note="Postponed.")
    last = lite.lines()[-1]
    lite.close()
    for end in ("-wal", "-shm"):
        Path(f"{store}{end}").unlink(missing_ok=True)
    (lite.folder / "evening").replace(store)

    gate = lite.gate()
    assert f"cut: the anchor names event {last.position}, the log ends at {last.position - 1}" in gate.verify().faults
    assert {"anchor-mismatch"} == gate.decide("d1").blocked_by
    with pytest.raises(Blocked) as blocked:
        gate.send("d1", by="mailer")
    assert f"The log does not go on from its last anchor (event {last.position})" in str(blocked.value)
    assert f"最後の控え(アンカー、{last.position}番目)とつながりません" in gate.decide("d1").explain("ja")
    with pytest.raises(StoreError, match=r"changed, or restored from an old copy\. No anchor was made"):
        gate.anchor()


def test_f143_a_replica_that_lost_the_tail_sends_nothing(shop: Shop) -> None:
    """The hold had been committed and anchored; the machine that took over has never heard of it."""
    gate = shop.gate()
    approved(gate)
    gate.hold("d1", by="dai", note="Postponed.")
    shop.lines()
    shop.close()
    engine = create_engine(shop.url)
    with engine.begin() as connection:
        forger = Forger(connection)
        del forger.events[-1]
        forger.write()
    engine.dispose()

    gate = shop.gate()
    assert (True, ()) == (gate.verify(kept=[]).sound, gate.draft("d1").holds)
    assert {"anchor-mismatch"} == gate.decide("d1").blocked_by
    assert not gate.verify().sound


def test_f012_a_copy_that_went_on_is_told_from_a_rewrite(lite: Shop) -> None:
    """Two hosts use copies of one file and add to one file of anchors."""
    gate = lite.gate()
    written(gate)
    lite.close()
    shutil.copy(lite.folder / "store.sqlite3", lite.folder / "copy")
    one = lite.gate()
    one.hold("d1", by="dai", note="Stop.")
    last = lite.lines()[-1]
    lite.clock.forward(minutes=5)
    other = make_gate(f"sqlite:///{lite.folder / 'copy'}", clock=lite.clock)
    assert other.hold("d1", by="chie", note="Stop.").head.startswith(f"{last.position}:")

    (fault,) = other.verify(kept=[last.line()]).faults
    assert fault.startswith(
        f"restored: event {last.position} was written at 2026-06-29T03:05:00+00:00, after the anchor that names another"
    )
    key = read_key(lite.folder / "anchor.key")
    fork = replace(last, head="0" * 64, at=lite.clock())
    fork = replace(fork, signature=key.sign(fork.statement()))
    assert f"forked: two anchors name two logs at event {last.position}" in one.verify(kept=[last.line(), fork.line()]).faults


def test_an_anchor_that_went_back_tells_of_an_old_copy(lite: Shop) -> None:
    gate = lite.gate('files = ["anchors.jsonl"]\n')
    first = gate.anchor()
    written(gate)
    lite.clock.forward(minutes=1)
    second = gate.anchor()
    late = replace(first, at=lite.clock.forward(minutes=1))

    assert (
        f"restored: the anchor of 2026-06-29T03:02:00+00:00 names event {first.position}, one before it had seen event {second.position}",
    ) == gate.verify(kept=[second.line(), first.line(), late.line()]).faults


def test_anchors_of_another_store_are_named(lite: Shop) -> None:
    made = lite.gate('files = ["anchors.jsonl"]\n').anchor()

    fault = f"foreign: the anchor for event {made.position} is of another store"
    assert (fault,) == lite.gates[0].verify(kept=[replace(made, store="other").line()]).faults


def test_a_note_by_hand_counts_beside_signed_ones(lite: Shop) -> None:
    """Somebody kept the head that a hold was answered with; in a file of signed anchors it is nobody's."""
    gate = lite.gate()
    gate.anchor()
    written(gate)
    head = gate.head()

    assert gate.verify(anchors=[head]).covered == gate.verify().length
    assert not gate.verify(kept=[head]).sound


# --- keys and lines


def test_f124_a_private_key_is_read_by_its_owner_alone(lite: Shop) -> None:
    path = lite.folder / "anchor.key"
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    path.chmod(0o640)

    with pytest.raises(GateError, match="may be read by others than its owner"):
        lite.gate()
    with pytest.raises(GateError, match="may be read by others"):
        read_key(path)


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    make_key(tmp_path / "k")

    with pytest.raises(GateError, match="cannot be made: File exists"):
        make_key(tmp_path / "k")


@pytest.mark.parametrize("text", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "tls"])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "k"
    path.write_text((DATA.parent / "tls" / "localhost.key").read_text() if text == "tls" else text)
    path.chmod(0o600)

    with pytest.raises(GateError, match="holds no Ed25519 key"):
        read_key(path)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ('within = "1h"', "within: no 'files' name where the anchors are"),
        ('key = "k"', "key: 'signers' does not name its public key"),
        ('signers = ["ed25519:AAAA"]', "'ed25519:AAAA' is no public key"),
        ('file = ["a"]', "unknown key 'file'; did you mean 'files'?"),
    ],
)
def test_anchors_that_could_not_work_do_not_load(lite: Shop, rules: str, said: str) -> None:
    with pytest.raises(PolicyError, match=r"releasegate.toml:\d+:\d+ .*" + said.replace("?", r"\?")):
        lite.gate(rules)


def test_who_signs_and_how_old_decide_and_where_they_lie_does_not() -> None:
    def rules(table: str) -> str:
        return Policy.parse(f"version = 1\n{PEOPLE}{RULES}\n{table}").rules

    plain = rules("")
    assert plain == rules('[anchors]\nfiles = ["a"]') == rules("[anchors]")
    assert plain != rules('[anchors]\nfiles = ["a"]\nwithin = "1h"')
    assert rules('[anchors]\nfiles = ["a"]\nwithin = "1h"') == rules('[anchors]\nfiles = ["b"]\nwithin = "60m"')


def test_a_policy_with_anchors_comes_back_from_the_store(lite: Shop) -> None:
    gate = lite.gate()

    assert gate.in_force().anchors == gate._office.policy.anchors


GOOD = Anchor(position=41, head="ab" * 32, store="s", at=datetime(2026, 11, 22, 8, tzinfo=UTC), key="k", signature="s", token="t")


def test_an_anchor_is_read_as_it_was_written() -> None:
    assert GOOD == read_anchor(GOOD.line())
    assert Anchor(position=41, head="ab" * 32) == read_anchor(f" {GOOD.plain}\n")
    assert GOOD.plain == read_anchor(GOOD.plain).line()


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"at": "2026-11-22T08:00:00"},
        {"at": "soon"},
        {"at": 7},
        {"store": ""},
        {"store": 7},
        {"position": "41"},
        {"position": True},
        {"position": -1},
        {"position": 2**53},
        {"head": "AB" * 32},
        {"head": "ab"},
        {"head": None},
        {"key": 7},
        {"token": "t" * 40_001},
        {"more": "x"},
    ],
)
def test_what_is_no_anchor_is_not_taken_for_one(change: dict[str, object]) -> None:
    data = json.loads(GOOD.line()) | change

    with pytest.raises(ValueError, match="is no anchor"):
        read_anchor(json.dumps(data))
    with pytest.raises(ValueError, match="is no anchor"):
        read_anchor("{")


def test_without_the_extra_it_says_how_to_get_it(lite: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = lite.gate()
    made = gate.anchor()
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)

    for work in (lambda: make_key(lite.folder / "k2"), lambda: ed25519.fits(made.key, made.signature, b"")):
        with pytest.raises(GateError, match=r"pip install 'releasegate\[sign\]'"):
            work()
    with pytest.raises(GateError, match=r"pip install 'releasegate\[sign\]'"):
        time_stamps.stamped(made, bytes, b"")


# --- by mail


def test_f131_an_anchor_goes_by_mail_to_somebody_who_does_not_hold_the_store(lite: Shop) -> None:
    gate = lite.gate()
    with ScriptedSmtp() as server:
        place = AnchorMail(
            connect=lambda: smtplib.SMTP("localhost", server.port), sender="gate@pr.example", to=("legal@law.example",), lang="ja"
        )
        made = gate.anchor(to=[place])

    (mail,) = (message_from_bytes(each.data, policy=policy.default) for each in server.received)
    attached, body = next(mail.iter_attachments()), mail.get_body()
    assert ("legal@law.example", f"記録の控え(アンカー) {made.position}:{made.head[:8]}") == (mail["To"], mail["Subject"])
    assert body is not None
    assert made.plain in body.get_content()
    line = attached.get_content()
    assert isinstance(line, bytes)
    assert gate.verify(kept=line.decode().splitlines()).covered == made.position


# --- by an authority of time stamps


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"))


def test_f131_a_time_stamp_vouches_for_an_anchor_that_nobody_signed(lite: Shop, authority: Authority) -> None:
    gate = make_gate(lite.url)
    made = gate.anchor(stamping=Stamping(ask=authority, roots=authority.roots))

    found = gate.verify(kept=[made.line()], roots=authority.roots)
    assert (True, made.position, 1) == (found.sound, found.covered, found.anchors)
    assert made.statement() not in authority.asked[-1]  # only its digest leaves the house


def test_f134_what_the_authority_did_not_stamp_is_not_taken(lite: Shop, authority: Authority, tmp_path: Path) -> None:
    """Another root, another anchor's stamp, an altered one, an answer to another question, none at all."""
    gate, other = make_gate(lite.url), Authority(tmp_path / "other")
    made = gate.anchor(stamping=Stamping(ask=authority, roots=authority.roots))
    token = made.token

    def told(anchor: Anchor, roots: bytes = authority.roots) -> tuple[str, ...]:
        return gate.verify(kept=[anchor.line()], roots=roots).faults

    nothing = f"forged: the anchor for event {made.position} counts for nothing: "
    assert (f"{nothing}its time stamp does not prove it",) == told(made, other.roots)
    assert (f"{nothing}its time stamp does not prove it",) == told(replace(made, at=lite.clock.forward(hours=1)))
    assert (f"{nothing}its time stamp does not prove it",) == told(
        replace(made, token=token[:400] + ("A" if token[400] != "A" else "B") + token[401:])
    )
    assert (f"{nothing}its time stamp cannot be read",) == told(replace(made, token="#"))
    assert (f"{nothing}it is not signed",) == told(replace(made, token=""))
    old = authority(authority.asked[-1])
    for answer in (old, b"", b"no"):
        with pytest.raises(GateError, match="answer is not good"):
            gate.anchor(stamping=Stamping(ask=lambda request, answer=answer: answer, roots=authority.roots))  # type: ignore[misc]
    with pytest.raises(GateError, match="must be PEM"):
        told(made, b"no certificate")


def test_f134_a_certificate_for_something_else_stamps_nothing(lite: Shop, tmp_path: Path) -> None:
    """Signed by the right root, but made for mails: openssl itself refuses, so its answer is put together by hand."""
    from cryptography.x509.oid import ExtendedKeyUsageOID

    gate = make_gate(lite.url)
    wrong = Authority(tmp_path / "wrong", uses=(STAMPING, ExtendedKeyUsageOID.EMAIL_PROTECTION))

    with pytest.raises((GateError, OSError, Exception)):
        gate.anchor(stamping=Stamping(ask=wrong, roots=wrong.roots))


def test_f135_a_certificate_that_expired_since_was_good_when_it_stamped(authority: Authority, tmp_path: Path) -> None:
    """The one in tests/data was good for 80 seconds. One that had expired before it stamped is refused."""
    anchor = read_anchor((DATA / "anchor.jsonl").read_text())
    assert "" == time_stamps.stamp_fault(anchor, (DATA / "root.pem").read_bytes())

    past = Authority(tmp_path / "past", valid=(datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)))
    with pytest.raises(GateError, match="answer is not good: its time stamp does not prove it"):
        time_stamps.stamped(anchor, past, past.roots)
