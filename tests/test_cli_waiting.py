"""`send --wait`: the seconds on the terminal, and an end as soon as anything but the hour shuts the gate; how far a send is."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from releasegate.cli import sending, waiting
from releasegate.cli.exits import Exit
from releasegate.holding import Stop, hold
from releasegate.store.store import open_for_hold
from tests.cli import MAIL, PEOPLE, TEAM, Terminal


def _approved(terminal: Terminal, undo: str) -> Terminal:
    terminal.write("releasegate.toml", TEAM.replace('via = "folder:sent"', f'via = "folder:sent"\nundo = "{undo}"'))
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    terminal.ok("submit", "july", "-m", "Only the pictures are new.")
    for who, verb in (("ben", "confirm"), ("chie", "approve")):
        terminal.login = who
        terminal.ok(verb, "july", "--digest", json.loads(terminal("show", "july", "--json").out)["digest"], "-m", "Yes.")
    terminal.login = "mailer"
    return terminal


def _held_by_somebody(store: Path) -> None:
    with closing(open_for_hold(str(store))) as opened:
        hold(opened, "july", Stop(by="ben"))


@pytest.fixture
def seated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at a terminal, and sees each change."""
    monkeypatch.setattr(waiting, "_is_seen", lambda: True)
    monkeypatch.setattr(waiting, "_REDRAW", 0.0)


@pytest.mark.usefixtures("seated")
def test_it_counts_down_and_then_leaves(terminal: Terminal) -> None:
    desk = _approved(terminal, "2s")

    seen = desk("send", "july", "--wait")

    assert (Exit.DONE, True) == (seen.code, seen.out.startswith("Sent"))
    assert "\r\x1b[Kjuly leaves in 2 s. To stop it, in another terminal: releasegate hold july" in seen.err
    assert "\r\x1b[Kjuly leaves in 1 s. " in seen.err
    assert "\r\x1b[Kjuly: 2 of 2 handed over. To stop it, in another terminal: releasegate hold july" in seen.err
    assert seen.err.endswith("\r\x1b[K")


def test_a_hold_ends_the_waiting_at_once_and_nothing_leaves(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """The countdown is no promise of its own: it asks the gate each second."""
    desk, naps = _approved(terminal, "10m"), list[float]()

    def nap(seconds: float) -> None:
        """Somebody holds it at the second look; whoever goes on looking is stopped."""
        naps.append(seconds)
        if len(naps) == 2:
            _held_by_somebody(desk.folder / "gate.db")
        if len(naps) > 9:
            raise KeyboardInterrupt

    monkeypatch.setattr("releasegate.cli.waiting.time.sleep", nap)
    seen = desk("send", "july", "--wait")

    assert [1.0, 1.0] == naps
    assert (Exit.HELD, True) == (seen.code, "On hold" in seen.err), seen
    assert "\r" not in seen.both  # no terminal, no line that is written over


def test_what_somebody_else_sends_meanwhile_is_told_as_theirs(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = _approved(terminal, "0s")
    monkeypatch.setattr(sending, "wait_for_hour", lambda session, draft_id: session.gate.send(draft_id, by="mailer"))

    told = json.loads(desk("send", "july", "--wait", "--json").out)

    assert (2, True) == (told["sent"], told["again"])


def test_whoever_stops_waiting_is_told_that_nothing_left_and_nothing_was_stopped(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = _approved(terminal, "10m")

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("releasegate.cli.waiting.time.sleep", interrupted)
    seen = desk("send", "july", "--wait")

    assert (Exit.WAIT, True) == (
        seen.code,
        seen.err.startswith("Nothing was sent: you stopped waiting. july is still approved, and not on hold"),
    )


def test_without_wait_the_hour_is_told_and_nothing_leaves(terminal: Terminal) -> None:
    assert Exit.WAIT == _approved(terminal, "10m")("send", "july").code
