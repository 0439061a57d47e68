"""A newsletter service over HTTP, in a process of its own: what somebody edits there after the approval does not go out."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from releasegate.errors import Blocked
from releasegate.gate import Gate
from tests.building import sign
from tests.test_examples import EXAMPLES, copied

PEOPLE = [{"address": "mika@reader.example", "name": "Mika"}, {"address": "ken@reader.example", "name": "Ken"}]
TEMPLATE = {"subject": "Issue {{issue}}", "html": "<p>Dear {{name}}, the new wing opens.</p>"}


@dataclass
class Service:
    """A service that is running, and people at its web page."""

    base: str
    process: subprocess.Popen[str]

    def edit(self, path: str, content: object) -> None:
        request = Request(f"{self.base}{path}", data=json.dumps(content).encode(), method="PUT")  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            assert 200 == answer.status

    def sent(self) -> list[dict[str, str]]:
        with urlopen(f"{self.base}/sent", timeout=10) as answer:  # noqa: S310
            found: list[dict[str, str]] = json.loads(answer.read())
        return found


@pytest.fixture
def service() -> Iterator[Service]:
    command = [sys.executable, str(EXAMPLES / "provider" / "provider.py"), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        made = Service(process.stdout.readline().strip(), process)
        made.edit("/templates/T1", TEMPLATE)
        made.edit("/lists/members", PEOPLE)
        yield made
        process.terminate()


@pytest.fixture
def opened(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Gate, Any]]:
    """The example's folder as it would lie in somebody's project; an approved issue."""
    folder = copied("provider", tmp_path)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "campaign", raising=False)
    from campaign import Campaign

    channel = Campaign(service.base, "token", account="museum")
    gate = Gate.load(folder / "releasegate.toml", channels={"newsletter": channel})
    content = channel.read("T1", "members", {"issue": "7"}, title="Issue 7")
    gate.write("july", channel="newsletter", content=content, by="akari")
    gate.submit("july", by="akari", note="The July issue.")
    sign(gate, "july")
    yield gate, channel
    gate.close()


Opened = tuple[Gate, Any]


def test_what_was_approved_is_rendered_and_sent_once(opened: Opened, service: Service) -> None:
    gate, channel = opened

    report = gate.send("july", by="mailer")

    assert (2, 0) == (report.sent, report.left)
    assert ["ken@reader.example", "mika@reader.example"] == sorted(mail["to"] for mail in service.sent())
    assert {"Issue 7"} == {mail["subject"] for mail in service.sent()}
    parcel = next(channel.seal(channel.read("T1", "members", {"issue": "7"}, title="Issue 7")))
    assert channel.send(parcel, key="again") == channel.send(parcel, key="again")
    assert 4 == len(service.sent()), "a key of its own, once"


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/templates/T1", {**TEMPLATE, "html": "<p>Dear {{name}}, it is cancelled.</p>"}),
        ("/lists/members", [*PEOPLE, {"address": "all@press.example", "name": "all"}]),
    ],
)
def test_what_was_edited_over_there_after_the_approval_does_not_go_out(
    opened: Opened, service: Service, path: str, content: object
) -> None:
    gate, _ = opened
    service.edit(path, content)

    with pytest.raises(Blocked, match="The provider holds something else than was approved") as error:
        gate.send("july", by="mailer")

    assert "template-changed" in str(getattr(error.value.decision, "blocked_by", ""))
    assert ([], "approved") == (service.sent(), gate.draft("july").state.value)


def test_a_service_that_is_down_or_has_lost_it_sends_nothing(opened: Opened, service: Service) -> None:
    gate, channel = opened
    parcel = next(channel.seal(channel.read("T1", "members", {}, title="Issue 7")))
    channel.read = lambda *_, **__: (_ for _ in ()).throw(OSError("down"))
    with pytest.raises(Blocked, match="cannot be read back"):
        gate.send("july", by="mailer")
    lost = parcel.model_copy(update={"body": parcel.body.replace(b"T1", b"T9")})

    from releasegate.errors import NotSent

    with pytest.raises(NotSent, match="422"):
        channel.send(lost, key="k")
    service.process.terminate()
    service.process.wait()
    with pytest.raises(NotSent, match="refused"):
        channel.send(parcel, key="k")
