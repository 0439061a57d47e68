"""`proof` on the command line: to whom it went, and what it says when it did not."""

import json

import pytest

from tests.cli import MAIL, PEOPLE, TEAM, Terminal
from tests.smtp_server import Rule, ScriptedSmtp

LANE = '[gate]\nmail = "alarms"\nmail_from = "gate@museum.example"\n'


def lay(terminal: Terminal, via: str) -> None:
    """A draft of akari's, and a way for the gate's own mail."""
    lane = f'[channels.alarms]\ngated = false\nmost = 3\nvia = "{via}"\n[channels.newsletter]\ntest = ["desk@museum.example"]\n'
    terminal.write("releasegate.toml", TEAM.replace("[gate]\n", LANE).replace("[channels.newsletter]\n", lane))
    terminal.write("july.eml", MAIL)
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "people.csv")


def test_a_proof_lies_where_the_gates_own_mail_goes(terminal: Terminal) -> None:
    lay(terminal, "folder:alarms")

    said = terminal.ok("proof", "july", "--to", "akari", "--no", "2")

    (file,) = (terminal.folder / "alarms").glob("*.eml")
    mark = json.loads(terminal("show", "july", "--json").out)["digest"][:8]
    assert f"Proof of july, text {mark}, mail no. 2: handed over for akari@museum.example. It is no delivery.\n" == said
    assert f"Subject: [PROOF {mark}] July issue for Ken".encode() in file.read_bytes()
    assert not (terminal.folder / "sent").exists()
    log = terminal.ok("log", "july")
    assert ("proof asked for" in log, "proof handed over" in log) == (True, True)


def test_the_log_says_for_whom_a_proof_was(terminal: Terminal) -> None:
    """Two people may have asked for one each: which mail, and for whom, or for the channel's own list."""
    lay(terminal, "folder:alarms")
    terminal.ok("proof", "july", "--to", "akari", "--no", "2")
    terminal.ok("proof", "july", "--to", "@test")

    def told(*lang: str) -> list[str]:
        lines = [line.split("  ") for line in terminal.ok(*lang, "log", "july").splitlines()]
        return [line[-1] for line in lines if {"proof asked for", "確認用コピーの依頼"} & {word.strip() for word in line}]

    assert ["for Akari Sato, mail no. 2", "for @test, mail no. 1"] == told()
    assert ["Akari Satoさん宛て、2通目", "@test宛て、1通目"] == told("--lang", "ja")


def test_a_script_gets_the_facts(terminal: Terminal) -> None:
    lay(terminal, "folder:alarms")

    made = json.loads(terminal.ok("proof", "july", "--to", "@test", "--json"))

    assert ("proof", "july", 1, "@test") == tuple(made[name] for name in ("done", "id", "no", "to"))
    assert (["desk@museum.example"], {}, {}) == (list(made["taken"]), made["failed"], made["unknown"])


@pytest.mark.parametrize(
    ("rules", "code", "en", "ja"),
    [
        (
            {"END": "554 no"},
            1,
            "The proof of july did not reach akari@museum.example: ",
            "july の確認用コピーは akari@museum.example に届いていません",
        ),
        ({"END": None}, 6, "Whether the proof of july reached akari@museum.example is not known", "届いたかどうか分かりません"),
    ],
)
def test_what_did_not_get_there_is_said_with_what_to_do(terminal: Terminal, rules: dict[str, Rule], code: int, en: str, ja: str) -> None:
    with ScriptedSmtp(rules) as server:
        lay(terminal, f"smtp://{server.host}:{server.port}")
        seen = terminal("proof", "july", "--to", "akari")
        other = terminal("--lang", "ja", "proof", "july", "--to", "akari", "--json")

    facts = json.loads(other.out)["error"]
    assert (code, True) == (seen.code, seen.err.startswith(en))
    assert (code, True) == (other.code, ja in facts["message"])
    assert ["akari@museum.example"] == [*facts["params"]["failed"], *facts["params"]["unknown"]]


def test_a_stranger_gets_none(terminal: Terminal) -> None:
    lay(terminal, "folder:alarms")

    seen = terminal("proof", "july", "--to", "press@paper.example")

    assert (4, "Not done: Nobody in the policy's [people] is called press@paper.example.\n") == (seen.code, seen.err)
    assert not (terminal.folder / "alarms").exists()
