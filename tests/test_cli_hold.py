"""`hold` on the command line: it needs the store and an id, nothing else; exit 0 only where nothing leaves from now on."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from releasegate.cli import main
from tests.cli import MAIL, PEOPLE, TEAM, Terminal


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A strict gate with one draft of akari's."""
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    return terminal


def _holds(desk: Terminal) -> list[dict[str, object]]:
    events = json.loads(desk.ok("log", "july", "--json"))
    return [{"by": each["actor"], "note": each["note"], **each["data"]} for each in events if each["kind"] == "hold"]


@pytest.mark.parametrize(
    "broken",
    ["", "version = 1\n[gate]\nstore = 'gate.db'\nlang = \"ja\n", '[gate]\nstore = "gate.db"\nfoo = 1\n[people]\nakari = 5\n', None],
    ids=["empty", "no TOML", "wrong keys", "missing"],
)
def test_a_broken_policy_does_not_stop_a_hold(desk: Terminal, broken: str | None) -> None:
    path = desk.folder / "releasegate.toml"
    path.unlink() if broken is None else path.write_text(broken, encoding="utf-8")

    seen = desk("hold", "july")

    assert (0, "") == (seen.code, seen.err)
    desk.write("releasegate.toml", TEAM)
    assert [("os:akari", True)] == [(hold["by"], hold.get("unverified")) for hold in _holds(desk)]


def test_who_holds_is_the_account_that_is_logged_in(desk: Terminal) -> None:
    desk.login = "chie"
    desk.ok("hold", "july", "-m", "Wait.")
    desk.login = "stranger"
    desk.ok("hold", "july", "--note=Me too.")

    assert [("chie", None, "Wait."), ("os:stranger", True, "Me too.")] == [(h["by"], h.get("unverified"), h["note"]) for h in _holds(desk)]


def test_nobody_plays_others_outside_a_demo(desk: Terminal) -> None:
    desk.login = "stranger"

    desk.ok("--as", "chie", "hold", "july")

    assert ["os:stranger"] == [hold["by"] for hold in _holds(desk)]


def test_json_says_how_certain_the_stop_is(desk: Terminal) -> None:
    told = json.loads(desk.ok("hold", "july", "--json"))

    assert (True, "HELD", "july/h1") == (told["held"], told["state"], told["hold"])


def test_everything_on_a_channel_is_stopped_at_once(desk: Terminal) -> None:
    desk.ok("write", "august", "july.txt", "--channel", "newsletter", "--to", "people.csv", "--title", "August")

    told = json.loads(desk.ok("hold-channel", "newsletter", "--json"))

    assert ["august/h1", "july/h1"] == [each["hold"] for each in told]
    assert 'Held: august "August"' in desk.ok("hold-channel", "newsletter")


def test_a_channel_without_open_drafts_is_not_called_held(desk: Terminal) -> None:
    seen = desk("hold-channel", "newsleter")

    assert (5, "NOT HELD: no open draft leaves by channel newsleter. Open drafts leave by: newsletter.\n") == (seen.code, seen.err)
    assert "進行中の下書きがあるチャンネル: newsletter\n" in desk("--lang", "ja", "hold-channel", "newsleter").err
    desk.ok("withdraw", "july", "-m", "Never mind.")
    assert "NOT HELD: no open draft leaves by channel newsletter.\n" == desk("hold-channel", "newsletter").err


def test_an_unknown_draft_is_named_with_what_comes_near(desk: Terminal) -> None:
    seen = desk("hold", "juli")

    assert (2, "NOT HELD. There is no draft juli. Did you mean july?\n") == (seen.code, seen.err)


def test_without_a_store_it_says_that_it_is_not_held_and_makes_none(terminal: Terminal) -> None:
    seen = terminal("hold", "july")

    assert 5 == seen.code
    assert seen.err.startswith("NOT HELD: july. The hold could not be placed: there is no store at ")
    assert [] == list(terminal.folder.iterdir())


def test_a_file_that_is_no_store_is_not_held(terminal: Terminal) -> None:
    path = terminal.write("gate.db", "this is a shopping list" * 100)
    path.chmod(0o600)

    seen = terminal("hold", "july")

    assert (5, "NOT HELD: july.") == (seen.code, seen.err[:15])


def test_a_store_that_cannot_be_written_in_time_is_not_held(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("releasegate.holding.PATIENCE", 0.05)
    with sqlite3.connect(desk.folder / "gate.db") as other:
        other.execute("BEGIN IMMEDIATE")
        seen = desk("--lang", "ja", "hold", "july")
        other.rollback()
    other.close()

    assert (5, "保留できていません: july") == (seen.code, seen.err[:15])


def test_whatever_breaks_it_is_not_held(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("releasegate.store.store.open_for_hold", lambda where: 1 / 0)  # a stand-in for any fault

    seen = desk("hold", "july")

    assert (5, True) == (seen.code, "ZeroDivisionError" in seen.err)


def test_what_has_left_is_too_late(desk: Terminal) -> None:
    """Exit 5: a script must not take it for a stop."""
    digest = json.loads(desk("show", "july", "--json").out)["digest"]
    desk.ok("submit", "july", "-m", "New.")
    for login, verb in (("ben", "confirm"), ("chie", "approve")):
        desk.login = login
        desk.ok(verb, "july", "--digest", digest, "-m", "Yes.")
    desk.login = "mailer"
    desk.ok("send", "july")

    seen = desk("hold", "july")

    assert (5, "TOO LATE:") == (seen.code, seen.out[:9])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("hold",), "Name one draft"),
        (("hold", "july", "august"), "What is 'august'?"),
        (("hold", "july", "-m"), "-m needs a value."),
        (("hold", "july", "--force"), "There is no option '--force'."),
    ],
)
def test_a_call_that_cannot_be_read_holds_nothing(terminal: Terminal, words: tuple[str, ...], says: str) -> None:
    seen = terminal(*words)

    assert (2, True) == (seen.code, says in seen.err)
    assert "Usage: releasegate hold ID" in seen.err


def test_help_for_hold(terminal: Terminal) -> None:
    assert "needs only the store" in terminal.ok("hold", "--help")


@pytest.mark.parametrize("words", [("hold", "july"), ("hold-channel", "newsletter")])
def test_a_call_that_only_typer_can_read_holds_too(desk: Terminal, monkeypatch: pytest.MonkeyPatch, words: tuple[str, str]) -> None:
    monkeypatch.setattr("releasegate.cli.stopping.is_meant", lambda arguments: False)

    assert 'Held: july "July issue for Mika"' in desk.ok(*words, "-m", "Stop.")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), False),
        (("hold", "x"), True),
        (("--lang", "ja", "hold-channel", "x"), True),
        (("--lang=ja", "hold", "x"), True),
        (("--lang", "hold", "show", "x"), False),
        (("--lang",), False),
        (("show", "hold"), False),
    ],
)
def test_which_calls_are_holds(words: tuple[str, ...], *, expected: bool) -> None:
    from releasegate.cli.stopping import is_meant

    assert expected == is_meant(words)


def test_a_hold_imports_nothing_that_it_does_not_need(desk: Terminal) -> None:
    """No model, no rules, no migrations, no command line library: a cold hold is a fast one."""
    heavy = {
        "pydantic",
        "transitions",
        "alembic",
        "typer",
        "rich",
        "email_validator",
        "selectolax",
        "releasegate.checks",
        "releasegate.policy",
    }
    program = f"import sys; from releasegate.cli import main; main(['hold', 'july']); print(sorted(set(sys.modules) & {heavy!r}))"

    done = subprocess.run([sys.executable, "-c", program], cwd=desk.folder, capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.splitlines()[-1]
    assert done.stdout.startswith("Held: july")


def test_a_hold_from_a_shell(desk: Terminal) -> None:
    environment = {**os.environ, "RELEASEGATE_STORE": str(desk.folder / "gate.db"), "RELEASEGATE_LANG": "ja"}

    done = subprocess.run(
        [sys.executable, "-m", "releasegate.cli", "hold", "july"],
        cwd=Path("/"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.startswith("保留しました: july")


def test_main_takes_the_words_of_the_program(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["releasegate", "hold", "july"])

    assert 0 == main()
    assert "Held: july" in desk.capture.readouterr().out


@pytest.mark.parametrize("words", [("hold", "july"), ("hold", "july", "--json"), ("hold-channel", "newsletter")])
def test_a_hold_whose_words_nobody_takes_is_told_by_its_exit_code(desk: Terminal, words: tuple[str, ...]) -> None:
    """A full disk, or a reader that has gone: it is held, and 1 or a traceback would say that it is not."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "releasegate.cli", *words], cwd=desk.folder, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert (0, b"") == (done.returncode, done.stderr)
    assert 1 == len(_holds(desk))
