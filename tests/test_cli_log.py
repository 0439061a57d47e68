"""`log anchor`, `log verify` and `key` from the command line; an authority of time stamps over HTTP."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from releasegate.channels.time_stamping import TimeStampAuthority
from releasegate.errors import GateError
from tests.cli import MAIL, PEOPLE, TEAM, Terminal
from tests.tsa import Authority


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """Akari's draft; nothing is anchored yet."""
    for name, words in {"releasegate.toml": TEAM, "july.txt": MAIL.replace("To: list\n", ""), "people.csv": PEOPLE}.items():
        terminal.write(name, words)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    return terminal


def signing(desk: Terminal) -> str:
    """The same with a key and a file of anchors, which Chie puts in force; its public key."""
    desk.login = "chie"
    public = desk.ok("key", "anchor.key").split()[0]
    desk.write("releasegate.toml", f'{TEAM}\n[anchors]\nfiles = ["anchors.jsonl"]\nkey = "anchor.key"\nsigners = ["{public}"]\n')
    desk("policy", "adopt", "-m", "Anchors.")
    desk.login = "ben"
    desk("policy", "adopt", "-m", "Anchors.")
    return public


def test_a_key_pair_is_made_once(desk: Terminal) -> None:
    seen = desk("key", "anchor.key")

    assert re.fullmatch(r"ed25519:[A-Za-z0-9+/]{43}=\n", seen.out)
    assert "The private key is in anchor.key. Give the line above to those who check" in seen.err
    assert "PRIVATE KEY" in (desk.folder / "anchor.key").read_text()
    again = desk("key", "anchor.key")
    assert (1, True) == (again.code, "File exists" in again.err)


def test_without_anchors_in_the_policy_it_prints_the_head_alone(desk: Terminal) -> None:
    assert re.fullmatch(r"\d+:[0-9a-f]{64}\n", desk.ok("log", "anchor"))


def test_a_signed_anchor_is_kept_and_verify_reads_it_by_itself(desk: Terminal) -> None:
    public = signing(desk)
    line = desk.ok("log", "anchor")

    assert (public, line) == (json.loads(line)["key"], (desk.folder / "anchors.jsonl").read_text())
    said = desk.ok("log", "verify")
    assert "The log is sound" in said
    assert "no anchor" not in said.lower()
    told = json.loads(desk.ok("log", "verify", "--json"))
    assert (True, 1, 0) == (told["sound"], told["anchors"], told["uncovered"])


def test_who_verifies_elsewhere_gives_the_file_and_the_key(desk: Terminal) -> None:
    """Legal has the anchors by mail, and a policy of its own reading."""
    public = signing(desk)
    desk.ok("log", "anchor")
    (desk.folder / "anchors.jsonl").rename(desk.folder / "kept.jsonl")
    desk.write("releasegate.toml", TEAM)

    assert "no anchor was given" in desk.ok("log", "verify").lower()
    assert "no anchor" not in desk.ok("log", "verify", "--anchors", "kept.jsonl", "--key", public).lower()
    desk.ok("key", "other.key")
    other = desk.ok("key", "another.key").split()[0]
    seen = desk("log", "verify", "--anchors", "kept.jsonl", "--key", other)
    assert (1, True) == (seen.code, "signed by none of the keys that count" in seen.out)
    assert "有効な鍵による署名がありません" in desk("--lang", "ja", "log", "verify", "--anchors", "kept.jsonl", "--key", other).out
    seen = desk("log", "verify", "--anchors", "missing.jsonl")
    assert (2, True) == (seen.code, "cannot be opened" in seen.err)
    desk.write("kept.jsonl", "# by mail\nno anchor\n")
    seen = desk("log", "verify", "--anchors", "kept.jsonl")
    assert (2, True) == (seen.code, "'no' is no anchor" in seen.err)


# --- time stamps over HTTP


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the authority, as one on the network does."""

    authority: ClassVar[Authority]
    status: ClassVar[int] = 200
    seen: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        request = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(f"{self.path} {self.headers['Content-Type']}")
        answer = self.authority(request)
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The authority's address."""
    monkeypatch.setattr(Handler, "authority", Authority(tmp_path_factory.mktemp("tsa")), raising=False)
    monkeypatch.setattr(Handler, "seen", [])
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}/tsr?x=1"
    made.shutdown()
    made.server_close()
    thread.join()


def test_f131_a_time_stamp_is_asked_for_and_verified(desk: Terminal, server: str) -> None:
    roots = desk.write("roots.pem", Handler.authority.roots)
    line = desk.ok("log", "anchor", "--stamp", server, "--roots", str(roots))
    desk.write("kept.jsonl", line)

    assert ["/tsr?x=1 application/timestamp-query"] == Handler.seen
    assert "no anchor" not in desk.ok("log", "verify", "--anchors", "kept.jsonl", "--roots", "roots.pem").lower()
    desk.write("roots.pem", Authority(desk.folder / "other").roots)
    seen = desk("log", "verify", "--anchors", "kept.jsonl", "--roots", "roots.pem")
    assert (1, True) == (seen.code, "its time stamp does not prove it" in seen.out)
    assert 1 == desk("log", "anchor", "--stamp", server, "--roots", "roots.pem").code


def test_a_time_stamp_needs_its_roots(desk: Terminal, server: str) -> None:
    seen = desk("log", "anchor", "--stamp", server)

    assert (2, []) == (seen.code, Handler.seen)
    assert "--stamp needs --roots" in seen.err


@pytest.mark.parametrize("url", ["ftp://tsa.example/", "tsa.example", "http://127.0.0.1:x/", "http://[::1/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(GateError, match="is no address of a time stamp authority"):
        TimeStampAuthority(url)(b"")


def test_an_authority_that_is_away_or_says_no_is_told(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GateError, match="did not answer: Connection refused"):
        TimeStampAuthority("http://127.0.0.1:1")(b"")
    monkeypatch.setattr(Handler, "status", 503)
    monkeypatch.setattr(Handler, "authority", staticmethod(lambda request: b"busy"))
    with pytest.raises(GateError, match="answered 503"):
        TimeStampAuthority(server)(b"x")


def test_the_files_of_anchors_lie_beside_the_policy(desk: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls it from elsewhere adds to the same file."""
    signing(desk)
    monkeypatch.chdir("/")
    desk.ok("--config", str(desk.folder / "releasegate.toml"), "log", "anchor")

    assert 1 == len((desk.folder / "anchors.jsonl").read_text().splitlines())


def test_a_hold_by_the_command_line_is_anchored_after_it_was_answered(desk: Terminal) -> None:
    signing(desk)
    said = desk.ok("hold", "july", "-m", "Wait.")

    assert "Held: july" in said
    assert desk.ok("log", "verify", "--json").count('"uncovered": 0') == 1


@pytest.mark.parametrize("broken", ["[people", "[anchors]\nfiles = 7\n"])
def test_a_hold_is_a_hold_though_its_anchor_cannot_be_kept(desk: Terminal, broken: str) -> None:
    signing(desk)
    if "people" in broken:
        (desk.folder / "anchors.jsonl").mkdir()
    else:
        desk.write("releasegate.toml", f"{TEAM}\n{broken}")
    seen = desk("hold", "july", "-m", "Wait.")

    assert (0, True) == (seen.code, "Held: july" in seen.out)
    assert "The log could not be anchored" in seen.err


def test_a_hold_without_the_key_leaves_the_anchor_to_others(desk: Terminal) -> None:
    signing(desk)
    (desk.folder / "anchor.key").unlink()
    seen = desk("hold", "july", "-m", "Wait.")

    assert (0, "") == (seen.code, seen.err)
    assert not (desk.folder / "anchors.jsonl").exists()
