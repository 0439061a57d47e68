"""What tests of the guard begin with: a gate with a gated and an ungated channel, a server, and a mail."""

from collections.abc import Callable
from smtplib import SMTP

import pytest

from releasegate.errors import Blocked
from releasegate.gate import Gate
from tests.building import RULES, Outbox, make_gate
from tests.smtp_server import ScriptedSmtp

LANES = (
    RULES
    + """
[channels.system]
gated = false
most = 3
"""
)
TEXT = b"From: news@pr.example\r\nTo: anna@x.example\r\nSubject: Your password\r\n\r\nHere.\r\n"
SENDING = ("MAIL", "RCPT", "DATA", "BDAT", "BURL", "SEND")


def lanes_gate(store_url: str, rules: str = LANES, **more: object) -> Gate:
    """A gate with the gated channel `news` and the ungated channel `system`."""
    return make_gate(store_url, rules=rules, channels={"news": Outbox()}, **more)


def connected(server: ScriptedSmtp, kind: type[SMTP] = SMTP) -> SMTP:
    """A client of this class, connected."""
    return kind(server.host, server.port, local_hostname="here.example", timeout=5)


def people(count: int) -> list[str]:
    """So many addresses."""
    return [f"reader{number}@x.example" for number in range(1, count + 1)]


def said(server: ScriptedSmtp) -> list[str]:
    """What came in that would make a mail leave, in order."""
    return [line for line in server.commands if line.upper().startswith(SENDING)]


def stopped(call: Callable[[], object]) -> str:
    """The code of what kept this call from sending."""
    with pytest.raises(Blocked) as caught:
        call()
    assert str(caught.value).startswith("Not sent: ")
    (code,) = caught.value.decision.blocked_by  # type: ignore[attr-defined]  # a guard's decision is a Decision
    return str(code)
