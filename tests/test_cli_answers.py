"""--json on every verb that acts: one object on stdout, done or not, and the exit code of always."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from releasegate import __version__
from tests.cli import MAIL, PEOPLE, TEAM, Seen, Terminal
from tests.smtp_server import DROP, ScriptedSmtp


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A strict gate; nobody has written anything yet."""
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.txt", MAIL.replace("To: list", "To: boss@museum.example"))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    return terminal


WRITE = ("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")


def _as(desk: Terminal, login: str, *words: str) -> Seen:
    desk.login = login
    return desk(*words)


def _told(desk: Terminal, login: str, *words: str, code: int = 0) -> dict[str, Any]:
    """The one object on stdout; nothing on stderr."""
    desk.login = login
    seen = desk(*words, "--json")
    assert (code, "") == (seen.code, seen.err), seen
    told: dict[str, Any] = json.loads(seen.out)
    return told


def test_every_verb_that_acts_says_what_was_done_and_how_it_stands(desk: Terminal) -> None:
    written = _told(desk, "akari", *WRITE)
    digest = written["draft"]["digest"]
    assert ("write", "july", 2, digest[:8], ["akari"]) == (
        written["done"],
        *(written["draft"][key] for key in ("id", "reach", "mark")),
        written["with"],
    )
    assert ["In the mail's own To, but not on the list, and so without a mail: boss@museum.example The list decides who gets it."] == [
        each.partition(" Add ")[0] for each in written["remarks"]
    ]
    assert written["decision"]["digest"] == digest

    steps = [
        ("akari", ("submit", "july"), "checking"),
        ("ben", ("confirm", "july", "--digest", digest), "approving"),
        ("chie", ("approve", "july", "--digest", digest), "approved"),
        ("chie", ("revoke", "july"), "approving"),
        ("chie", ("approve", "july", "--digest", digest), "approved"),
        ("ben", ("send-back", "july"), "drafting"),
    ]
    for who, words, state in steps:
        told = _told(desk, who, *words, "-m", "Said.")
        assert (words[0], state) == (told["done"], told["draft"]["state"])
    assert "july/h1" == _told(desk, "ben", "hold", "july")["hold"]
    assert ["july/h2"] == [each["hold"] for each in json.loads(desk.ok("hold-channel", "newsletter", "--json"))]
    lifted = _told(desk, "ben", "lift", "july", "h1", "-m", "Fine.", *desk.back())
    assert ("lift", ["july/h2"]) == (lifted["done"], lifted["draft"]["holds"])
    assert ("withdraw", []) == ((told := _told(desk, "akari", "withdraw", "july", "-m", "Never mind."))["done"], told["with"])


def test_taking_over_too(desk: Terminal) -> None:
    desk.ok(*WRITE)
    desk.ok("submit", "july", "-m", "New.")

    asked = _as(desk, "ben", "question", "july", "-m", "Which year?", "--json")
    assert ("question", True) == (json.loads(asked.out)["done"], asked.err.startswith("Akari Sato: july: Ben Ito asks"))
    assert "answer" == _told(desk, "akari", "answer", "july", "-m", "This one.")["done"]
    assert "acknowledge" == _told(desk, "ben", "acknowledge", "july")["done"]
    desk.login = "akari"
    desk.ok("write", "august", "july.txt", "--channel", "newsletter", "--to", "people.csv", "--title", "August")
    desk.ok("submit", "august", "-m", "New.")
    assert "decline" == json.loads(_as(desk, "ben", "decline", "august", "-m", "I am away.", "--json").out)["done"]


def test_a_waiver_a_send_and_its_settling(desk: Terminal) -> None:
    desk.write("people.csv", PEOPLE + "ken@reader.example,Ken\n")
    with ScriptedSmtp({"END": DROP}) as server:
        desk.write("releasegate.toml", TEAM.replace("folder:sent", f"smtp://{server.host}:{server.port}"))
        digest = _told(desk, "akari", *WRITE)["draft"]["digest"]
        _told(desk, "akari", "submit", "july", "-m", "New.")
        assert "waive" == _told(desk, "ben", "waive", "july", "duplicate-recipients", "--digest", digest, "-m", "He wants two.")["done"]
        _told(desk, "ben", "confirm", "july", "--digest", digest, "-m", "Read.")
        _told(desk, "chie", "approve", "july", "--digest", digest, "-m", "Go.")

        sent = _told(desk, "mailer", "send", "july", code=6)
        assert ("send", 3, 0, 3, False) == tuple(sent[key] for key in ("done", "of", "sent", "unknown", "again"))
        closed = _told(desk, "mailer", "send", "july", code=6)
        assert ("blocked", 6, 3, False) == (closed["error"]["code"], closed["exit"], closed["report"]["unknown"], closed["open"])
        assert closed["error"]["message"].startswith("Stopped half-way: july")

        listed = _told(desk, "ben", "settle", "july", code=2)
        attempts = listed["error"]["params"]["unsettled"]
        assert [["ken@reader.example"], ["ken@reader.example"], ["mika@reader.example"]] == sorted(attempts.values())
        said = ("--outcome", "sent", "-m", "On their record.")
        settled = [_told(desk, "ben", "settle", "july", "--attempt", attempt, *said) for attempt in attempts]
        assert ("settle", "sent") == (settled[-1]["done"], settled[-1]["draft"]["state"])


def test_the_rules_too(desk: Terminal) -> None:
    desk.ok("queue")
    desk.write("releasegate.toml", TEAM + 'valid_for = "72h"\n')

    told = [_told(desk, who, "policy", "adopt", "-m", "Signatures age.") for who in ("akari", "chie")]
    assert ["propose", "adopt"] == [each["done"] for each in told]
    assert 64 == len(told[0]["rules"])
    until = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d} 18:00 Asia/Tokyo"
    lent = _told(desk, "chie", "policy", "delegate", "chie", "--to", "ben", "--until", until, "-m", "Away.")
    assert ("delegate", "chie", "ben", f"{until[:10]}T09:00:00+00:00") == tuple(lent[key] for key in ("done", "person", "to", "until"))


@pytest.mark.parametrize(
    ("who", "words", "code", "name"),
    [
        ("akari", ("submit", "juli", "-m", "x"), 2, "not-found"),
        ("akari", ("submit",), 2, "usage"),
        ("akari", ("sumbit", "july"), 2, "usage"),
        ("akari", ("submit", "july"), 4, "note-empty"),
        ("stranger", ("submit", "july", "-m", "x"), 4, "nobody"),
        ("ben", ("confirm", "july", "--digest", "0" * 64, "-m", "x"), 4, "text-changed"),
        ("ben", ("confirm", "july", "--digest", "0", "-m", "x"), 2, "usage"),
        ("ben", ("lift", "july", "-m", "x"), 2, "usage"),
        ("akari", ("write", "july", "nowhere.txt", "--channel", "newsletter"), 2, "content"),
        ("akari", ("--config", "broken.toml", "submit", "july", "-m", "x"), 2, "policy"),
        ("akari", ("--store", "broken.db", "submit", "july", "-m", "x"), 1, "store"),
        ("akari", ("show", "juli"), 2, "not-found"),
        ("akari", ("hold", "juli"), 2, "not-found"),
        ("akari", ("hold", "july", "--nonsense"), 2, "usage"),
        ("akari", ("--store", "nowhere.db", "hold", "july"), 5, "not-held"),
        ("akari", ("hold-channel", "newsleter"), 5, "none-open"),
    ],
)
def test_what_was_not_done_says_so_on_stdout_too(desk: Terminal, who: str, words: tuple[str, ...], code: int, name: str) -> None:
    desk.ok(*WRITE)
    desk.write("broken.toml", "version = 7\n")
    desk.write("broken.db", "this is a shopping list" * 100).chmod(0o600)

    told = _told(desk, who, *words, code=code)

    assert (name, code) == (told["error"]["code"], told["exit"])
    plain = desk(*words)
    assert (code, told["error"]["message"]) == (plain.code, plain.err.rstrip("\n"))


def test_the_facts_of_a_refusal_are_no_sentence(desk: Terminal) -> None:
    desk.ok(*WRITE)

    assert {"kind": "draft", "name": "juli", "near": ["july"]} == _told(desk, "akari", "show", "juli", code=2)["error"]["params"]
    params = _told(desk, "ben", "revoke", "july", "--digest", "0" * 64, "-m", "x", code=4)["error"]["params"]
    assert ("july", "0" * 64) == (params["draft"], params["saw"])
    desk.write("releasegate.toml", "version = 1\n[peopel]\n")
    assert 1 <= len(_told(desk, "akari", "queue", code=2)["error"]["params"]["problems"])


def test_a_word_after_two_dashes_is_no_option(desk: Terminal) -> None:
    seen = desk("submit", "--", "--json")

    assert (2, "") == (seen.code, seen.out)


def test_the_version(desk: Terminal) -> None:
    assert f"releasegate {__version__}\n" == desk.ok("--version")
