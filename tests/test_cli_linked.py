"""Several ways out of one release on the command line: written with a name, held as one, told wherever somebody looks."""

import json

import pytest

from tests.cli import TEAM, Terminal
from tests.test_cli_booking import PRESS

LINKED = PRESS.replace("[channels.press]\n", '[channels.site]\nvia = "folder:site"\n\n[channels.press]\n')
WING = "2026-03-wing"


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """An article that is only written, and the release that is booked with a distributor without an API."""
    assert LINKED.count("[channels.") == TEAM.count("[channels.") + 1
    terminal.write("releasegate.toml", LINKED)
    for name in ("site", "press"):
        text = f"From: press@museum.example\nTo: {name}@museum.example\nSubject: New wing\n\nThe new wing opens: {name}.\n"
        terminal.write(f"{name}.eml", text.encode())
    terminal.login = "akari"
    terminal.ok("write", "article", "site.eml", "--channel", "site", "--release", WING)
    signed(terminal, "wing", "press", "--send-at", "2031-06-30T10:00")
    terminal.login = "mailer"
    terminal.ok("watch", "--once")
    terminal.ok("book", "wing")
    return terminal


def signed(terminal: Terminal, draft_id: str, channel: str, *more: str) -> None:
    """Written into the release, confirmed and approved."""
    terminal.login = "akari"
    terminal.ok("write", draft_id, f"{channel}.eml", "--channel", channel, "--release", WING, *more)
    terminal.ok("submit", draft_id, "-m", "Please.")
    seen = json.loads(terminal("show", draft_id, "--json").out)
    back = ("--mark", seen["digest"][:8], "--recipients", "1", "--leaves", "2031-06-30 10:00") if more else ()
    for who, verb, read in (("ben", "confirm", ()), ("chie", "approve", back[2:])):
        terminal.login = who
        terminal.ok(verb, draft_id, "--digest", seen["digest"], "-m", "Yes.", *read)


def test_s0_07_a_hold_prints_the_worst_answer_and_the_list(desk: Terminal) -> None:
    """Exit 5: what somebody must phone for comes first."""
    desk.login = "ben"
    held = desk("hold", "article", "-m", "Postponed.")
    told = held.out.splitlines()

    assert 5 == held.code
    assert "NOT ALL HELD: 1 of 2 drafts of the release are held." == told[0]
    assert 'NOT HELD YET: wing "New wing"' == told[1]
    assert 'Held: article "New wing"' in told
    again = json.loads(desk("hold", "wing", "--json").out)
    assert ("PENDING", False, ["wing", "article"]) == (again["state"], again["held"], [each["draft"] for each in again["drafts"]])


def test_s0_07_what_is_booked_is_asked_for_though_something_else_is_out(desk: Terminal) -> None:
    """TOO_LATE is the answer; the distributor gets the letter all the same."""
    signed(desk, "teaser", "site")
    desk.login = "mailer"
    desk.ok("send", "teaser")
    desk.login = "ben"

    assert "TOO_LATE" == json.loads(desk("hold", "article", "--json").out)["state"]
    assert any("stop" in path.name or "cancel" in path.name for path in (desk.folder / "letters").iterdir())


def test_whoever_looks_sees_the_release(desk: Terminal) -> None:
    """Before signing, in the queue, and after another way out was withdrawn."""
    desk.login = "ben"
    assert f"  Release {WING}; its other ways out: wing (press, booked)\n" in desk("show", "article").out
    assert f" {WING} " in desk("queue").out
    told = json.loads(desk("show", "article", "--json").out)
    assert (WING, [{"draft": "wing", "channel": "press", "state": "booked", "holds": 0}]) == (told["release"], told["linked"])
    assert {WING} == {each["release"] for each in json.loads(desk("queue", "--json").out)}
    desk("hold", "article", "-m", "Wait.")
    shown = desk("show", "wing").out
    assert f"  Release {WING}; its other ways out: article (site, drafting, on hold)\n" in shown
    assert ': "Wait.". It came with article/h1, of the same release.\n' in shown
    desk.login = "akari"
    assert "On hold, of the same release: wing\n" in desk.ok("withdraw", "article", "-m", "No.")


def test_whoever_looks_sees_that_a_name_that_was_taken_off_still_binds(desk: Terminal) -> None:
    desk.login = "akari"
    desk.ok("write", "article", "site.eml", "--channel", "site")
    assert "  It was of a release that it names no more, and is held with: wing (press, booked)\n" in desk("show", "article").out
    desk.ok("write", "other", "site.eml", "--channel", "site", "--release", "2026-04-cafe")
    assert "  Release 2026-04-cafe; it has no other way out yet\n" in desk("show", "other").out
