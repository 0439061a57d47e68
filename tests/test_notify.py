"""The gate's own mail and its teams: by a client of its own, to known people only, in their language, and no secret in any log."""

import json
import logging
import socket
import sys
import threading
import warnings
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from releasegate.errors import GateError, PolicyError
from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.notify import teams
from releasegate.notify.opening import open_post
from releasegate.notify.post import NotTold, Post
from releasegate.notify.secrets import read_secrets
from releasegate.policy.policy import Policy
from releasegate.testing import Clock, Outbox
from tests.building import RULES, confirmed
from tests.smtp_server import ScriptedSmtp

with warnings.catch_warnings(action="ignore"):  # on Python 3.11 its plug-ins look for imghdr, which says that it will go
    import apprise

    apprise.Apprise().add("json://localhost")

PEOPLE = """
[people]
akari  = { name = "Sato Akari", email = "akari@pr.example", roles = ["author", "checker", "approver"] }
ben    = { name = "Ben Ito", email = "ben@pr.example", roles = ["author", "checker"] }
chie   = { name = "田中 千絵", email = "chie@pr.example", roles = ["checker", "approver"], lang = "ja" }
dai    = { name = "Oi Dai", roles = ["approver"] }
mailer = { kind = "robot", operator = "akari", roles = [] }
"""
ALARM = Alarm(
    code="question", to=("chie",), draft_id="d1", params={"by": "Ben Ito", "note": "Which year?", "head": "7:abc", "title": "July"}
)
LOUD = Alarm(code="remind-held", to=("dai",), draft_id="d1", params={"what": "wait-lift", "who": "Dai", "until": "", "title": "July"})


@pytest.fixture
def server() -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp() as made:
        yield made


def policy(via: str, *, alarm: str = "[]", folder: Path | None = None) -> Policy:
    lane = f'[channels.alarms]\ngated = false\nmost = 3\nvia = "{via}"\n'
    gate = f'[gate]\nmail = "alarms"\nmail_from = "gate@pr.example"\nalarm = {alarm}\n'
    text = f"version = 1\n{gate}{PEOPLE}{lane}{RULES}"
    if folder is None:
        return Policy.parse(text)
    (folder / "releasegate.toml").write_text(text, encoding="utf-8")
    return Policy.load(folder / "releasegate.toml")


class Heard:
    """What a team's chat room was sent, over HTTP on this machine; `status` is what it answers."""

    def __init__(self) -> None:
        self.got: list[dict[str, str]] = []
        self.status = 200
        heard = self

        class Room(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(heard.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Room)
        self.url = f"json://tok3n:s3cret@127.0.0.1:{self.server.server_address[1]}/room"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def room() -> Iterator[Heard]:
    made = Heard()
    yield made
    made.close()


# --- mail


def test_r36_an_alarm_is_mailed_in_its_readers_language_by_a_client_of_its_own(server: ScriptedSmtp) -> None:
    """From the catalogue, from the gate's address, with the head of the log; nothing to click, and no machine answers it."""
    open_post(policy(_url(server)), lambda _: None)(ALARM)

    (got,) = server.received
    text = got.data.decode()
    assert ("gate@pr.example", ["chie@pr.example"]) == (got.mail_from, got.rcpt_to)
    assert "From: gate@pr.example" in text
    assert "Auto-Submitted: auto-generated" in text
    assert "Subject: [releasegate] d1 July" in text
    assert "引き受け前の質問" in _read(got.data)
    assert "7:abc" in _read(got.data)


def _url(server: ScriptedSmtp) -> str:
    return f"smtp://{server.host}:{server.port}"


def _read(body: bytes) -> str:
    return str(message_from_bytes(body, policy=default).get_content())


def test_it_goes_to_people_of_the_directory_only_and_of_a_robot_to_its_operator(server: ScriptedSmtp) -> None:
    alarm = Alarm(code="question", to=("mailer", "mallory@evil.example", "dai"), draft_id="d1", params={"by": "x", "note": ""})

    open_post(policy(_url(server)), lambda _: None)(alarm)

    assert [["akari@pr.example"]] == [got.rcpt_to for got in server.received]


@pytest.mark.parametrize(
    "rules",
    [{"END": "550 no"}, {"RCPT TO": "550 who?"}, {"RCPT TO": "452 full"}, {"END": None}, {"CONNECT": "554 go away"}],
)
def test_what_the_server_did_not_take_was_not_told(rules: dict[str, str | None]) -> None:
    """Refused, put off, or nobody knows: none of it has told anybody."""
    with ScriptedSmtp(rules) as server, capture_logs() as logs, pytest.raises(NotTold, match="nobody could be told"):
        open_post(policy(_url(server)), lambda _: None)(ALARM)

    assert {"a message of the gate's own did not leave"} >= {line["event"] for line in logs}


def test_who_has_no_address_was_not_told() -> None:
    with pytest.raises(NotTold):
        Post(policy=policy("folder:alarms"), client=Outbox())(LOUD)


def test_a_program_that_wants_to_hear_it_does_too(server: ScriptedSmtp) -> None:
    """Beside the mail, and before it; where it raises, nobody was told."""
    heard: list[Alarm] = []

    open_post(policy(_url(server)), heard.append)(ALARM)

    assert ([ALARM], 1) == (heard, len(server.received))
    assert heard.append == open_post(Policy.parse(f"version = 1\n{PEOPLE}{RULES}"), heard.append)


def test_a_demo_writes_its_alarms_into_a_folder(tmp_path: Path) -> None:
    open_post(policy("folder:alarms", folder=tmp_path), lambda _: None)(ALARM)

    (file,) = (tmp_path / "alarms").rglob("*.eml")
    assert "引き受け前の質問" in _read(file.read_bytes())


def test_a_gate_reminds_by_mail(server: ScriptedSmtp, sqlite_url: str) -> None:
    """From `[gate]` to the reader, through a pass of the watch."""
    clock = Clock()
    gate = Gate(sqlite_url, policy=policy(_url(server)), channels={"news": Outbox()}, clock=clock)
    confirmed(gate, send_at="2026-06-29 20:00 Asia/Tokyo")
    clock.forward(hours=1, minutes=1)

    passed = gate.watch()

    assert {"remind": 1, "told": 1} == passed.count
    assert [["akari@pr.example"], ["chie@pr.example"]][1:] == [got.rcpt_to for got in server.received]
    assert "あなたの対応を待っています" in _read(server.received[0].data)
    gate.close()


# --- teams


def test_those_in_charge_and_their_team_hear_what_concerns_them(room: Heard, server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hold for silence is everybody's; a question is between two, and no team hears of it."""
    monkeypatch.setenv("ALARM_URL", room.url)
    tell = open_post(policy(_url(server), alarm='["env:ALARM_URL"]'), lambda _: None)

    tell(ALARM)
    tell(LOUD)
    tell(Alarm(code="remind-held", to=("chie",), draft_id="d1", params=LOUD.params))

    assert ["[releasegate] d1 July"] * 2 == [each["title"] for each in room.got]
    assert "put it on hold" in room.got[0]["message"]
    assert 2 == len(server.received)


def test_where_nobody_can_be_mailed_the_team_hears_all(room: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALARM_URL", room.url)
    text = f'version = 1\n[gate]\nalarm = ["chie", "env:ALARM_URL"]\n{PEOPLE}{RULES}'

    open_post(Policy.parse(text), lambda _: None)(ALARM)

    assert 1 == len(room.got)


@pytest.mark.parametrize("why", ["refused", "not set", "no such kind"])
def test_what_no_team_took_was_not_told_and_no_url_is_in_any_log(
    room: Heard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, why: str
) -> None:
    """Not in ours, not in apprise's, at any level."""
    room.status = 500
    monkeypatch.setenv("ALARM_URL", {"refused": room.url, "not set": " ", "no such kind": "s3cret-nonsense"}[why])
    post = Post(policy=Policy.parse(f'version = 1\n[gate]\nalarm = ["env:ALARM_URL"]\n{PEOPLE}{RULES}'))

    with caplog.at_level(logging.DEBUG), pytest.raises(NotTold) as error:
        post(LOUD)

    assert "s3cret" not in caplog.text + str(error.value)
    assert "tok3n" not in caplog.text


def test_one_of_several_teams_is_enough(room: Heard) -> None:
    assert teams.tell([f"json://127.0.0.1:{_closed()}/", room.url, f"json://127.0.0.1:{_closed()}/"], title="t", text="x")


def _closed() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_without_apprise_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(GateError, match=r"releasegate\[notify\]"):
        teams.tell(["json://127.0.0.1/"], title="t", text="x")


# --- where the addresses of teams stand


def test_urls_stand_in_the_environment_or_in_a_file_that_only_its_owner_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One a line, with room for remarks; ids of people are none."""
    monkeypatch.setenv("ONE", "json://one\n")
    file = tmp_path / "teams.txt"
    file.write_text("# night shift\n\njson://two\n json://three \n", encoding="utf-8")
    file.chmod(0o600)

    assert ["json://one", "json://two", "json://three"] == list(read_secrets(["chie", "env:ONE", "file:teams.txt"], folder=str(tmp_path)))


@pytest.mark.parametrize(("mode", "told"), [(0o640, "others can read"), (0o604, "others can read"), (None, "cannot be read")])
def test_f124_a_file_of_secrets_that_others_can_read_is_refused(tmp_path: Path, mode: int | None, told: str) -> None:
    file = tmp_path / "teams.txt"
    if mode is not None:
        file.write_text("json://s3cret", encoding="utf-8")
        file.chmod(mode)

    with pytest.raises(PolicyError, match=told) as error:
        list(read_secrets([f"file:{file}"]))
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('alarm = ["slack://s3cret"]', "no. 1 is a URL, which may hold a secret"),
        ('alarm = ["chie", "dia"]', "'dia' is no human of [people]; did you mean 'dai'?"),
        ('alarm = ["mailer"]', "'mailer' is no human"),
        ('mail = "news"\nmail_from = "g@pr.example"', "'news' is no channel with gated = false"),
        ('mail = "alarm"\nmail_from = "g@pr.example"', "did you mean 'alarms'?"),
        ('mail = "alarms"', "belong together"),
        ('mail_from = "g@pr.example"', "belong together"),
        ('mail = "alarms"\nmail_from = "gate"', "is no address"),
    ],
)
def test_what_cannot_tell_anybody_is_refused_when_the_file_is_read(lines: str, told: str) -> None:
    lane = '[channels.alarms]\ngated = false\nmost = 3\nvia = "smtp://127.0.0.1:25"\n'

    with pytest.raises(PolicyError) as error:
        Policy.parse(f"version = 1\n[gate]\n{lines}\n{PEOPLE}{lane}{RULES}")

    assert told in str(error.value)
    assert "s3cret" not in str(error.value)
