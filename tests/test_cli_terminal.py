"""Somebody at a real terminal: what they are shown, what they are asked, and what becomes of what they type."""

import json
import os
import pty
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli import Terminal

NOTE = "A note for the next person, in one line: "
MARK = "type its mark (eight characters): "
QUESTIONS = (NOTE, MARK)


@dataclass(frozen=True)
class Sitting:
    """What stood on the screen in the end, and the exit code."""

    screen: str
    code: int


def sit(folder: Path, *words: str, types: dict[str, str | None]) -> Sitting:
    """Run it at a terminal of its own; as soon as one of these questions stands there, type its answer (None: leave, by Ctrl-D)."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "120", "RELEASEGATE_LANG": "", "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "releasegate.cli", *words]
    screen, left = b"", dict(types)
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        while part := _read(ours):
            screen += part
            shown = screen.decode(errors="replace")
            for question in [each for each in (*types, *QUESTIONS) if shown.endswith(each)]:
                if question not in left:
                    process.kill()
                    pytest.fail(f"asked, and nobody thought so: {shown}")
                answer = left.pop(question)
                os.write(ours, b"\x04" if answer is None else f"{answer}\n".encode())
                break
    os.close(ours)
    assert not left, f"never asked: {list(left)}\n{screen.decode()}"
    return Sitting(screen.decode().replace("\r\n", "\n"), process.returncode)


def _read(ours: int) -> bytes:
    assert select.select([ours], [], [], 60)[0], "nothing more came, and it did not end"
    try:
        return os.read(ours, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.fixture
def demo(terminal: Terminal) -> Path:
    terminal.ok("init", "--demo")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")
    return terminal.folder


def _mark(terminal: Terminal) -> str:
    return str(json.loads(terminal("show", "july", "--json").out)["digest"])[:8]


def _notes(terminal: Terminal) -> list[tuple[str, str]]:
    return [(each["kind"], each["note"]) for each in json.loads(terminal.ok("log", "july", "--json")) if each["note"]]


def test_without_m_a_terminal_asks_for_the_note(demo: Path, terminal: Terminal) -> None:
    mark = _mark(terminal)

    assert 0 == sit(demo, "submit", "july", types={NOTE: "Only the pictures are new."}).code
    seen = sit(demo, "--as", "ben", "confirm", "july", types={MARK: mark, NOTE: "Read to the end."})
    assert (0, True) == (seen.code, "july: approving. Now with chie." in seen.screen)
    assert 0 == sit(demo, "--as", "chie", "approve", "july", types={MARK: mark, NOTE: "Go."}).code
    assert 0 == sit(demo, "--as", "chie", "revoke", "july", types={NOTE: "Not yet."}).code
    assert 0 == sit(demo, "--as", "ben", "hold", "july", types={}).code
    assert 0 == sit(demo, "--as", "ben", "lift", "july", "h1", types={NOTE: "It is fine."}).code
    assert 0 == sit(demo, "--as", "ben", "send-back", "july", types={NOTE: "The hour is wrong."}).code
    assert 0 == sit(demo, "withdraw", "july", types={NOTE: "Never mind."}).code
    assert [
        ("submit", "Only the pictures are new."),
        ("confirm", "Read to the end."),
        ("approve", "Go."),
        ("revoke", "Not yet."),
        ("lift", "It is fine."),
        ("send_back", "The hour is wrong."),
        ("withdraw", "Never mind."),
    ] == _notes(terminal)


@pytest.mark.parametrize("answer", ["", "   ", None])
def test_an_empty_answer_is_an_empty_note(demo: Path, terminal: Terminal, answer: str | None) -> None:
    seen = sit(demo, "submit", "july", types={NOTE: answer})

    assert (4, True) == (seen.code, "needs a note for the next person" in seen.screen)
    assert [] == _notes(terminal)


def test_a_note_that_was_given_is_not_asked_for(demo: Path, terminal: Terminal) -> None:
    assert 0 == sit(demo, "submit", "july", "-m", "New.", types={}).code
    assert [("submit", "New.")] == _notes(terminal)


def test_the_questions_in_japanese(demo: Path) -> None:
    assert 0 == sit(demo, "--lang", "ja", "submit", "july", types={"次の人への引き継ぎメモ(1行): ": "写真だけ。"}).code


@pytest.mark.parametrize(
    ("who", "verb", "why"),
    [
        ("root", "confirm", "is no checker in the policy"),
        ("chie", "confirm", "chie is no checker in the policy"),
        ("ben", "approve", "ben is no approver in the policy"),
        ("nobody", "confirm", "Nobody in the policy's [people] is called nobody"),
    ],
)
def test_whoever_may_not_sign_is_told_before_anything_is_asked(demo: Path, terminal: Terminal, who: str, verb: str, why: str) -> None:
    terminal.ok("submit", "july", "-m", "New.")

    seen = sit(demo, "--as", who, verb, "july", types={})

    assert (4, True) == (seen.code, why in seen.screen), seen
    assert not {"mark", "note", "Dear"} & set(seen.screen.split())


def test_what_cannot_be_signed_now_is_said_before_anything_is_asked(demo: Path) -> None:
    seen = sit(demo, "--as", "ben", "confirm", "july", types={})

    assert (4, True) == (seen.code, "is not possible while the draft is still being written" in seen.screen), seen


def test_a_script_at_a_terminal_is_asked_nothing(demo: Path) -> None:
    seen = sit(demo, "submit", "july", "--json", types={})

    assert (4, "note-empty") == (seen.code, json.loads(seen.screen)["error"]["code"])
