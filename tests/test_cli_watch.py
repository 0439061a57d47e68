"""The watch and its figures on the command line: pass after pass, until somebody ends it."""

import ast
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

import releasegate
from releasegate.cli.watching import _until_ended
from releasegate.errors import StoreError
from releasegate.messages.catalogue import known
from releasegate.store import heartbeat
from releasegate.store.store import open_store
from tests.cli import MAIL, TEAM, Terminal

ONE = MAIL.replace("To: list", "To: mika@reader.example").replace("$name", "Mika")
WEDNESDAY = datetime(2030, 6, 5, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """The command sets up logging for its own process, which here is that of the tests."""
    root, own = logging.getLogger(), logging.getLogger("releasegate")
    before, level = list(root.handlers), own.level
    yield
    root.handlers[:] = before
    own.setLevel(level)


@pytest.fixture
def desk(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A team with one draft that is approved for an hour later, on a Wednesday, and whoever runs as `mailer`."""
    monkeypatch.setattr("releasegate.store.clock.doubt", str)  # the hour is set here, not in the machine
    with time_machine.travel(WEDNESDAY):
        yield _approved(terminal)


def _approved(terminal: Terminal) -> Terminal:
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.eml", ONE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--send-at", "2030-06-05 13:00 UTC")
    terminal.ok("submit", "july", "-m", "Please.")
    digest = json.loads(terminal("show", "july", "--json").out)["digest"]
    for login, verb in (("ben", "confirm"), ("chie", "approve")):
        terminal.login = login
        terminal.ok(verb, "july", "--digest", digest, "-m", "Fine.")
    terminal.login = "mailer"
    return terminal


def _later(minutes: float) -> time_machine.travel:
    return time_machine.travel(WEDNESDAY + timedelta(minutes=minutes))


def _sent(desk: Terminal) -> int:
    return len(list((desk.folder / "sent").rglob("*.eml")))


def test_one_pass_says_what_it_did_and_ends(desk: Terminal) -> None:
    assert "" == desk.ok("watch", "--once")
    with _later(61):
        said = desk.ok("watch", "--once")
        told = json.loads(desk.ok("watch", "--once", "--json"))

    assert "july: sent to 1; refused 0, unknown 0, left 0\n" == said
    assert ([], {}, 1) == (told["deeds"], told["count"], _sent(desk))


def test_a_watch_that_can_tell_nobody_says_so(desk: Terminal) -> None:
    """Its reminders would stand in its log, and nobody would read them."""
    deaf = desk("watch", "--once").err
    desk.write("releasegate.toml", TEAM.replace('store = "gate.db"', 'store = "gate.db"\nalarm = ["chie", "env:TEAM"]'))

    assert "names no way to tell people" in deaf
    assert "" == desk("watch", "--once").err


def test_whoever_may_not_send_watches_without_sending(desk: Terminal) -> None:
    """Who is nobody in the file cannot even watch: nobody would know who sent."""
    desk.login = "stranger"

    assert 4 == desk("watch", "--once").code
    assert 0 == _sent(desk)


@pytest.mark.parametrize("every", ["soon", "5"])
def test_a_pause_that_is_none_is_a_wrong_call(desk: Terminal, every: str) -> None:
    seen = desk("watch", "--every", every)

    assert (2, True) == (seen.code, "write it like '10m'" in seen.err)


def test_a_pass_that_could_not_look_after_a_draft_ends_with_an_error(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(desk.folder / "gate.db")
    store.act(lambda txn: txn.connection.exec_driver_sql("UPDATE drafts SET round = 7"))
    store.close()

    seen = desk("watch", "--once")

    assert (1, True) == (seen.code, "july: could not be looked after" in seen.out)


def test_a_store_that_does_not_answer_is_an_error_of_one_pass(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "beat", _full)

    seen = desk("watch", "--once")

    assert (1, True) == (seen.code, "No space left" in seen.err)


def _full(*_: object, **__: object) -> None:
    message = "No space left on device"
    raise StoreError(message)


def test_a_store_that_does_not_answer_for_a_while_ends_no_watch(
    desk: Terminal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It goes on with the next pass; SIGTERM ends it, and it ends well."""
    real, passes = heartbeat.beat, []

    def beat(*given: object, **more: object) -> object:
        passes.append(1)
        if len(passes) == 1:
            _full()
        os.kill(os.getpid(), signal.SIGTERM)
        return real(*given, **more)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(heartbeat, "beat", beat)
    seen = desk("watch", "--every", "0s")

    assert (0, 2) == (seen.code, len(passes))
    assert "no pass: the store did not answer" in caplog.text


def test_the_first_signal_lets_the_pass_end_and_the_second_one_interrupts() -> None:
    with _until_ended() as ended:
        signal.raise_signal(signal.SIGINT)
        assert ended.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert signal.default_int_handler is signal.getsignal(signal.SIGINT)


def test_it_watches_until_it_is_told_to_end(desk: Terminal) -> None:
    """A process of its own: pass after pass in its log, each a beat in the store; SIGTERM, and it is gone with 0."""
    program = "import sys; from releasegate.cli import login, main; login.os_login = lambda: 'mailer'; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", program, "watch", "--every", "1s"],
        cwd=desk.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    first = [process.stderr.readline() for _ in range(3)][1:]  # the first one says that it can tell nobody
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=60)

    assert (0, "") == (process.returncode, rest[0])
    assert all("event='pass'" in line for line in first)
    store = open_store(desk.folder / "gate.db")
    beat = store.look(heartbeat.last)
    store.close()
    assert beat is not None
    assert str(process.pid) == beat.by.rpartition(":")[2]


def test_every_deed_has_its_words() -> None:
    """In the catalogue, under the code that the pass gives it."""
    found = set()
    for path in (Path(releasegate.__file__).parent / "watch").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Deed":
                found |= {str(each.value.value) for each in node.keywords if each.arg == "code" and isinstance(each.value, ast.Constant)}

    assert {"checked", "due", "failed", "held", "missed", "shut"} < found
    assert [] == [code for code in found if not known(f"deed.{code}")]
    assert all(known(f"deed.{code}") for code in ("sent", "told", "untold", "remind", "remind-due", "remind-supervisor", "remind-end"))


# --- figures


def test_the_figures_of_handing_over(desk: Terminal) -> None:
    """In words, and for a script."""
    desk.login = "akari"
    desk.ok("hold", "july", "-m", "Wait.")

    said = desk.ok("stats", "handoff")
    told = json.loads(desk.ok("stats", "handoff", "--json"))

    assert said.startswith("4 notes on 1 drafts\n  words: 4 (100 %)\ntaken over, routine: 1; half of them within ")
    assert "holds: 1; without a word: 0\n" in said
    assert (4, 1, 0.0) == (told["notes"], told["holds"], told["misread_rate"])


def test_near_misses_are_among_the_figures(desk: Terminal) -> None:
    desk.login = "akari"
    desk.ok("write", "august", "july.eml", "--channel", "newsletter")
    desk.ok("submit", "august", "-m", "Please.")
    desk.login = "ben"
    desk.ok("question", "august", "-m", "Which year?")

    assert "near miss, a question before taking over: 1\n" in desk.ok("stats", "handoff")


# --- to somebody outside, and what is still open


def test_somebody_outside_has_it_when_their_words_are_recorded(desk: Terminal) -> None:
    desk.login = "akari"
    desk.ok("write", "august", "july.eml", "--channel", "newsletter", "--send-at", "2099-12-01 10:00 Asia/Tokyo")
    desk.ok("submit", "august", "-m", "They know.", "--to-outside", "Ms Abe, R-17, 03-0000-0000")

    shown = desk.ok("show", "august") if desk("show", "august").code == 0 else desk("show", "august").out
    half = desk("acknowledge", "august", "--spoke-to", "Abe", "--words", "Yes.")
    wrong = desk(
        "acknowledge", "august", "--spoke-to", "Abe", "--words", "Yes.", "--recipients", "350", "--leaves", "now", "--ticket", "R-17"
    )
    right = ("--recipients", "1", "--leaves", "2099-12-01 10:00 Asia/Tokyo", "--ticket", "R-17")
    desk.ok("acknowledge", "august", "--spoke-to", "Abe", "--words", "Ten, one.", *right)
    told = json.loads(desk("show", "august", "--json").out)

    assert "  Handed by Akari Sato to: Ms Abe R-17 03-0000-0000 (caution)\n" in shown
    assert (2, 4) == (half.code, wrong.code)
    assert "Give --spoke-to, --words, --recipients and --leaves together" in half.err
    assert [] == told["handoffs"]


def test_what_is_carried_along_is_shown(desk: Terminal) -> None:
    """Noted, said to be still open, and dropped with a reason."""
    desk.login = "akari"
    desk.ok("write", "august", "july.eml", "--channel", "newsletter")
    desk.ok("submit", "august", "-m", "Please.", "--item", "ben:Phone", "--item", "ben:Photo")
    for _ in range(2):
        desk.login = "ben"
        desk.ok("send-back", "august", "-m", "Again.", "--still", "i3")
        desk.login = "akari"
        desk.ok("submit", "august", "-m", "Again.", "--dropped", "i3-2") if not _ else desk.ok("submit", "august", "-m", "Again.")

    shown = desk("show", "august").out
    (item,) = json.loads(desk("show", "august", "--json").out)["items"]

    assert ("i3", 4) == (item["id"], item["carried"])
    assert "carried along 4 times: is it still meant?\n" in shown
