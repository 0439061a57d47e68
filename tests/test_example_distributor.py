"""The founding story over HTTP: the agency's own client, wrapped, against a distributor in another process whose staff change shift."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from releasegate.errors import Blocked
from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.state import HoldState, State
from releasegate.testing import Clock
from tests.booking import FRIDAY, TEN
from tests.building import seen
from tests.test_examples import EXAMPLES, copied

HERE = EXAMPLES / "distributor"


@dataclass
class Wire:
    """A distributor that is running, and its staff."""

    base: str
    clock: Clock

    def staff(self, what: str, **data: float) -> None:
        request = Request(f"{self.base}/staff/{what}", data=json.dumps(data).encode(), method="POST")  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            assert 200 == answer.status

    def at(self, moment: datetime) -> None:
        """It is this late, here and there."""
        self.clock.at = moment
        self.staff("clock", now=moment.timestamp())

    def sent(self) -> list[str]:
        with urlopen(f"{self.base}/sent", timeout=10) as answer:  # noqa: S310
            return [str(each) for each in json.loads(answer.read())]


@pytest.fixture
def wire() -> Iterator[Wire]:
    with subprocess.Popen([sys.executable, str(HERE / "wire.py"), "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Wire(process.stdout.readline().strip(), Clock(FRIDAY))
        process.terminate()


@pytest.fixture
def opened(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Gate, Any, list[Any]]]:
    """The example's folder as it would lie in somebody's project: gate, channel, alarms."""
    folder = copied("distributor", tmp_path)
    monkeypatch.syspath_prepend(str(folder))
    for name in ("press", "newswire"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from newswire import Newswire
    from press import Press

    alarms: list[Any] = []

    def told(alarm: Alarm) -> None:
        if not alarm.code.startswith("remind"):
            alarms.append(alarm)

    channel = Press(Newswire(wire.base, "token"), account="agency-17")
    gate = Gate.load(
        folder / "releasegate.toml",
        channels={"press": channel},
        clock=wire.clock,
        alarm=told,
    )
    gate.watch(by="mailer")
    draft = gate.write(
        "press-17", channel="press", content={"title": "新館開館", "text": "新館が開きます。"}, by="akari", send_at="2026-06-29T10:00"
    )
    gate.submit("press-17", by="akari", note="月曜10時です。")
    gate.confirm("press-17", digest=draft.digest, by="ben", note="日付を確認しました。")
    gate.approve("press-17", digest=draft.digest, by="chie", note="承認します。", read_back=seen(gate, "press-17"))
    yield gate, channel, alarms
    gate.close()


Opened = tuple[Gate, Any, list[Any]]


def test_a_hold_takes_the_booking_away_and_the_shift_change_changes_nothing(opened: Opened, wire: Wire) -> None:
    gate, _, alarms = opened
    assert State.BOOKED is gate.book("press-17", by="mailer").state

    assert HoldState.HELD is gate.hold("press-17", by="chie", note="7月に延期").state
    wire.staff("shift-change")
    wire.at(TEN)
    gate.watch(by="mailer")
    assert ([], []) == (wire.sent(), alarms)
    assert (State.MISSED, {"hold-active", "missed"}) == (gate.draft("press-17").state, set(gate.decide("press-17").blocked_by))


def test_their_hold_is_a_promise_and_goes_with_the_shift(opened: Opened, wire: Wire) -> None:
    """What the agency did before: `hold`. It is answered PENDING, people are told at every look, and the incident within the minute."""
    gate, channel, alarms = opened
    channel.stop = channel._api.hold
    gate.book("press-17", by="mailer")

    answer = gate.hold("press-17", by="chie", note="7月に延期")
    assert HoldState.PENDING is answer.state
    assert "先方の現在の表示は「保留中」" in answer.explain("ja")
    assert "03-0000-0000" in answer.explain("ja")

    channel.stop = lambda booking: None
    wire.staff("shift-change")
    wire.at(TEN.replace(hour=0))
    gate.watch(by="mailer")
    assert "まだ止まったとは言えません" in alarms[-1].explain("ja")
    assert ("chie", "akari", "ben") == alarms[-1].to

    wire.at(TEN)
    wire.at(TEN.replace(minute=1))
    gate.watch(by="mailer")
    assert ["R1"] == wire.sent()
    assert alarms[-1].explain("ja").startswith("事故: press-17 は止めるはずでしたが")


def test_a_distributor_that_is_not_there_has_booked_nothing(opened: Opened) -> None:
    gate, channel, _ = opened
    channel._api._base = "http://127.0.0.1:1"

    with pytest.raises(Blocked) as caught:
        gate.book("press-17", by="mailer")
    assert {"not-booked"} == set(caught.value.decision.blocked_by)  # type: ignore[attr-defined]


def test_a_lost_answer_is_found_under_our_reference(opened: Opened, wire: Wire) -> None:
    gate, channel, _ = opened
    whole: Callable[..., str] = channel._api.create_release

    def lost(*words: Any) -> str:  # noqa: ANN401
        whole(*words)
        raise TimeoutError

    channel._api.create_release = lost
    assert State.BOOKED is gate.book("press-17", by="mailer").state
    assert ["R1"] == [sight.booking for sight in channel.find(gate._office.store.look(_key))]


def _key(txn: Any) -> str:  # noqa: ANN401
    from releasegate.store import bookings

    return bookings.of_draft(txn, "press-17")[0].key


class Elsewhere(ThreadingHTTPServer):
    """It sends everybody on to another place, and knows who came there."""

    daemon_threads = True

    def __init__(self, code: int) -> None:
        super().__init__(("127.0.0.1", 0), _Away)
        self.code = code
        self.came: list[str] = []


class _Away(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Elsewhere)
        self.server.came.append(f"{self.command} {self.path}")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.server.code if self.path == "/releases" else 200)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/another-host")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - as http.server calls it

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_f063_a_text_that_is_sent_on_to_another_host_goes_to_nobody(opened: Opened, code: int) -> None:
    """What became of it is not known: whoever answered may have taken it."""
    gate, channel, _ = opened
    with Elsewhere(code) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        channel._api._base = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(Blocked) as caught:
            gate.book("press-17", by="mailer")
        server.shutdown()

    assert {"outcome-unknown"} == set(caught.value.decision.blocked_by)  # type: ignore[attr-defined]
    assert ["POST /releases"] == [each for each in server.came if each.startswith("POST")]
    assert [] == [each for each in server.came if "another-host" in each]


def test_the_client_is_as_long_as_it_says() -> None:
    assert 60 >= len((HERE / "newswire.py").read_text(encoding="utf-8").splitlines())
