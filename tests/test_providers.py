"""What a provider does to a send: it acts and says it failed, says nothing, says later, is another account, or shows no papers."""

import contextlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from releasegate.channels import Smtp
from releasegate.errors import Blocked, NotSent
from releasegate.model.draft import Tally
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.state import State
from releasegate.testing import Outbox
from tests.building import NOON, Bench, approved, lifted, mail, mails, make_bench, sign, written
from tests.smtp_server import Drip, ScriptedSmtp
from tests.test_channels_tls import OURS

AT_ONE = "2026-06-29 13:00 Asia/Tokyo"
BACK = "back"
"""The cable was pulled after the request had arrived."""


class Desk(ThreadingHTTPServer):
    """A provider on loopback: it acts on every request that it gets, and answers as `answers` says, in turn; then with 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.answers: list[int | str] = []
        self.acted: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/send"

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as socketserver has it
        """A line that was cut is what was asked for."""


class _Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        desk = self.server
        assert isinstance(desk, Desk)
        self.rfile.read(int(self.headers["Content-Length"]))
        desk.acted.append(self.headers["Idempotency-Key"])
        answer = desk.answers.pop(0) if desk.answers else 200
        if isinstance(answer, int):
            self.send_response(answer)
            self.send_header("Retry-After", "10800")
            self.end_headers()
            self.wfile.write(b"r1")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass
class Client:
    """A channel as people write one, around a provider's API."""

    url: str
    identity: str = "desk:live"
    keys: list[str] = field(default_factory=list)

    def seal(self, content: object) -> Iterable[Parcel]:
        return Outbox().seal(content)

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        self.keys.append(key)
        request = Request(self.url, data=parcel.body, headers={"Idempotency-Key": key}, method="POST")  # noqa: S310 - loopback
        try:
            with urlopen(request, timeout=5) as answer:  # noqa: S310
                return Receipt(answer.read().decode())
        except HTTPError as error:
            if error.code == 429:
                raise NotSent(str(error)) from error
            raise


@pytest.fixture
def desk() -> Iterator[Desk]:
    server = Desk()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def bench(sqlite_url: str, desk: Desk) -> Bench:
    return make_bench(sqlite_url, channels={"news": Client(desk.url)})  # type: ignore[dict-item]  # another channel than an Outbox


def attempt(bench: Bench) -> Tally:
    """One more try, and who then stands where."""
    with contextlib.suppress(Blocked):
        bench.gate.send("d1", by="mailer")
    return bench.gate.draft("d1").tally


@pytest.mark.parametrize("answer", [500, 502, 503, 504, 408])
def test_f040_a_provider_that_acts_and_answers_500_is_not_asked_again(bench: Bench, desk: Desk, answer: int) -> None:
    """An error of its own says nothing about the letter: unknown, and one request however often it is tried."""
    desk.answers = [answer]
    approved(bench.gate)
    for _ in range(3):
        assert (0, 1) == ((tally := attempt(bench)).sent, tally.unknown)
        bench.clock.forward(minutes=10)

    assert 1 == len(desk.acted)
    assert State.UNKNOWN is bench.gate.draft("d1").state


def test_f035_a_line_that_breaks_after_the_request_leaves_it_unknown(bench: Bench, desk: Desk) -> None:
    """Nothing is tried blindly; the letters behind it go on their way, each under a key of its own."""
    desk.answers = [BACK]
    approved(bench.gate, content=mails(3))
    for _ in range(2):
        assert (2, 1) == ((tally := attempt(bench)).sent, tally.unknown)

    assert 3 == len(desk.acted) == len(set(desk.acted))


def test_f035_f043_a_key_is_that_of_the_letter_and_never_of_another_text(bench: Bench, desk: Desk) -> None:
    """The same letter keeps its key over every attempt that is certain; another text, another round, another draft have their own."""
    desk.answers = [429, 429, BACK]
    approved(bench.gate)
    for _ in range(2):
        attempt(bench)
        bench.clock.forward(minutes=1)
    (unknown,) = bench.gate.send("d1", by="mailer").attempts
    assert [1, 3] == [len(set(desk.acted)), len(desk.acted)]

    bench.gate.settle("d1", attempt=unknown, outcome="not_sent", by="chie", note="They have nothing.")
    lifted(bench.gate, "d1/h1", by="dai", note="Seen.")
    sign(bench.gate)
    assert 1 == attempt(bench).sent
    assert 2 == len(set(desk.acted)), "a new round, with people who said so"

    approved(bench.gate, "d2", content=mail("Another text.", subject="Another"))
    bench.gate.send("d2", by="mailer")
    assert 3 == len(set(desk.acted))


def test_f043_a_text_that_was_changed_is_not_taken_for_the_first_one(bench: Bench, desk: Desk) -> None:
    """A provider that gives back its first answer for a key it knows has never seen this one."""
    desk.answers = [429]
    approved(bench.gate)
    attempt(bench)
    written(bench.gate, content="The old wing opens.")
    bench.gate.submit("d1", by="akari", note="Corrected.")
    sign(bench.gate)

    assert 1 == attempt(bench).sent
    assert 2 == len(set(desk.acted))


def test_f062_a_provider_that_says_later_than_the_window_is_not_obeyed(bench: Bench, desk: Desk) -> None:
    """In three hours, it says, and the window is two: it is missed, people are asked, and nothing leaves late."""
    desk.answers = [429] * 99
    approved(bench.gate, send_at=AT_ONE)
    for minutes in range(60, 300, 20):
        bench.clock.at = NOON + timedelta(minutes=minutes)
        attempt(bench)
        desk.answers = desk.answers if minutes < 160 else []

    assert (State.MISSED, 0) == (bench.gate.draft("d1").state, bench.gate.draft("d1").tally.sent)
    assert 6 == len(desk.acted)


@pytest.mark.parametrize(("signed", "now"), [("desk:test", "desk:live"), ("desk:live", "desk:test")])
def test_f061_what_was_approved_for_one_account_does_not_leave_by_the_other(sqlite_url: str, desk: Desk, signed: str, now: str) -> None:
    """The account and its mode are signed: another endpoint is another text."""
    ways = {"news": Client(desk.url, identity=signed)}
    first = approved(make_bench(sqlite_url, channels=ways).gate)  # type: ignore[arg-type]  # another channel than an Outbox
    other = make_bench(sqlite_url, channels={"news": Client(desk.url, identity=now)})  # type: ignore[dict-item]
    with pytest.raises(Blocked):
        other.gate.send("d1", by="mailer")

    assert "channel-identity" in other.gate.decide("d1").blocked_by
    assert [] == desk.acted
    assert first.digest != written(other.gate).digest


def test_f058_a_server_that_nobody_vouches_for_gets_no_byte_and_the_draft_waits(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays approved; with the right papers it leaves."""
    with ScriptedSmtp(tls=OURS) as server, contextlib.closing(Smtp(f"smtps://localhost:{server.port}", timeout=5)) as smtp:
        bench = make_bench(sqlite_url, channels={"news": smtp})  # type: ignore[dict-item]
        approved(bench.gate, content=mail())
        tally = attempt(bench)
        assert ([], State.APPROVED, 1) == (server.commands, bench.gate.draft("d1").state, tally.left)

        monkeypatch.setenv("SSL_CERT_FILE", OURS[0])
        bench.clock.forward(minutes=1)
        assert 1 == bench.gate.send("d1", by="mailer").sent
        assert 1 == len(server.received)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Drip("250 " + "x" * 1000, 0.01), id="drips"),
        pytest.param("250 " + "x" * 5_000_000, id="long"),
        pytest.param("250-" + "\r\n250-" * 100_000 + " ok", id="many"),
    ],
)
def test_f064_an_answer_that_never_ends_is_not_waited_for_and_is_no_yes(sqlite_url: str, answer: Drip | str) -> None:
    """The mail was handed over whole: unknown, soon, without keeping what came, and nothing is sent again."""
    with ScriptedSmtp({"END": answer}) as server, contextlib.closing(Smtp(f"smtp://localhost:{server.port}", timeout=0.2)) as smtp:
        bench = make_bench(sqlite_url, channels={"news": smtp})  # type: ignore[dict-item]
        approved(bench.gate, content=mail())
        for _ in range(2):
            tally = attempt(bench)
            assert (0, 1, 0) == (tally.sent, tally.unknown, tally.left)

        assert 1 == len(server.received)
        (event,) = [each for each in bench.gate.history("d1") if each.kind == "unknown"]
        assert len(str(event)) < 5_000
