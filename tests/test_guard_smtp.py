"""smtplib past the gate: nothing of a mail reaches the server, whichever way it is tried."""

import copy
import pickle
import smtplib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from smtplib import LMTP, SMTP, SMTP_SSL
from typing import assert_type

import pytest

from releasegate.channels import Smtp
from releasegate.errors import Blocked, GuardError, NotFound
from releasegate.gate import Gate
from tests.building import Clock, approved, mail, make_policy
from tests.guarding import TEXT, connected, lanes_gate, people, said, stopped
from tests.smtp_server import ScriptedSmtp

Way = Callable[[SMTP], object]
TO = "anna@x.example"


def by_hand(client: SMTP) -> object:
    """As a script does that knows the protocol."""
    client.ehlo()
    return client.mail("news@pr.example"), client.rcpt(TO), client.data(TEXT)


WAYS: dict[str, Way] = {
    "send_message": lambda client: client.send_message(mail()),
    "sendmail": lambda client: client.sendmail("news@pr.example", TO, TEXT),
    "mail": lambda client: client.mail("news@pr.example"),
    "rcpt": lambda client: client.rcpt(TO),
    "data": lambda client: client.data(TEXT),
    "by hand": by_hand,
    "docmd MAIL": lambda client: client.docmd("MAIL", "FROM:<news@pr.example>"),
    "docmd DATA": lambda client: client.docmd("DATA"),
    "putcmd": lambda client: client.putcmd("rcpt", f"TO:<{TO}>"),
    "send": lambda client: client.send(b"MAIL FROM:<news@pr.example>\r\n"),
    "send in pieces": lambda client: client.send("MA"),
    "send two at once": lambda client: client.send("NOOP\r\nMAIL FROM:<news@pr.example>\r\n"),
    "send behind a bare line feed": lambda client: client.send("NOOP x\nMAIL FROM:<news@pr.example>\r\n"),
    "BDAT": lambda client: client.send(b"BDAT 5 LAST\r\nHello"),
    "BURL": lambda client: client.docmd("BURL", "imap://x.example/1 LAST"),
    "the class's own sendmail": lambda client: SMTP.sendmail(client, "news@pr.example", TO, TEXT),
    "the class's own mail": lambda client: SMTP.mail(client, "news@pr.example"),
    "the class's own rcpt": lambda client: SMTP.rcpt(client, TO),
    "the class's own data": lambda client: SMTP.data(client, TEXT),
}


@pytest.fixture
def gate(sqlite_url: str) -> Gate:
    return lanes_gate(sqlite_url)


@pytest.fixture
def server() -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp() as running:
        yield running


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_r20_nothing_of_a_mail_reaches_the_server(gate: Gate, server: ScriptedSmtp, way: Way) -> None:
    """Not MAIL, not RCPT, not a byte of DATA: of a class as of an object."""
    with connected(server, gate.guard(SMTP, channel="news")) as made, gate.guard(connected(server), channel="news") as locked:
        assert ["past-the-gate"] * 2 == [stopped(lambda: way(made)), stopped(lambda: way(locked))]

    assert ([], [], 2) == (said(server), server.received, server.connections)


@pytest.mark.parametrize("kind", [SMTP, SMTP_SSL, LMTP])
@pytest.mark.parametrize("way", ["send_message", "sendmail", "mail", "rcpt", "data"])
def test_r20_every_class_of_smtplib_is_held_without_a_connection_too(gate: Gate, kind: type[SMTP], way: str) -> None:
    """A caller that waits for the server to come back would try for ever."""
    made, locked = gate.guard(kind, channel="news"), gate.guard(kind(), channel="news")

    assert ["past-the-gate"] * 2 == [stopped(lambda: WAYS[way](made())), stopped(lambda: WAYS[way](locked))]
    assert (True, True) == (issubclass(made, kind), isinstance(locked, kind))


class Backend:
    """Connects anew whenever it has to, as Django's does."""

    connection_class: type[SMTP] = SMTP

    def __init__(self, server: ScriptedSmtp) -> None:
        self.server, self.connection = server, None

    connection: SMTP | None

    def send_messages(self, fail_silently: bool) -> int:
        try:
            self.connection = self.connection or connected(self.server, self.connection_class)
            self.connection.send_message(mail())
        except (smtplib.SMTPException, OSError):
            if not fail_silently:
                raise
            return 0
        return 1

    def close(self) -> None:
        if self.connection is not None:
            self.connection.quit()
            self.connection = None


def test_r20_a_backend_that_connects_anew_stays_guarded(gate: Gate, server: ScriptedSmtp) -> None:
    """A guarded object would have been lost at the second connection."""

    class Guarded(Backend):
        connection_class = gate.guard(SMTP, channel="news")

    with closing(Guarded(server)) as backend:
        for _ in range(2):
            assert "past-the-gate" == stopped(lambda: backend.send_messages(fail_silently=False))
            backend.close()

    assert ([], 2) == (server.received, server.connections)


def test_f140_what_fails_silently_does_not_swallow_it(gate: Gate, server: ScriptedSmtp) -> None:
    """Blocked is no error of any client: neither SMTPException nor OSError."""

    class Guarded(Backend):
        connection_class = gate.guard(SMTP, channel="news")

    with closing(Guarded(server)) as backend:
        assert "past-the-gate" == stopped(lambda: backend.send_messages(fail_silently=True))
    assert not issubclass(Blocked, (smtplib.SMTPException, OSError, ValueError, RuntimeError))


def test_an_object_that_connects_anew_stays_guarded(gate: Gate, server: ScriptedSmtp) -> None:
    """Also for who had it before, and for a method of it that was taken before."""
    with connected(server) as client:
        taken = client.send_message
        assert client is gate.guard(client, channel="news")
        client.quit()
        client.connect(server.host, server.port)
        assert ["past-the-gate"] * 2 == [stopped(lambda: taken(mail())), stopped(lambda: client.send_message(mail()))]

    assert [] == said(server)


def test_all_else_that_a_client_does_goes_on(gate: Gate) -> None:
    """Greeting, login (in all its turns), noop, rset, vrfy, quit, and the block of `with`."""
    answers = {"AUTH LOGIN": "334 VXNlcm5hbWU6", "YW5uYQ==": "334 UGFzc3dvcmQ6"}
    with ScriptedSmtp({**answers, "c2VjcmV0": "235 ok"}, features=["AUTH LOGIN"]) as server:
        with connected(server, gate.guard(SMTP, channel="news")) as client:
            client.login("anna", "secret", initial_response_ok=False)
            assert [250] * 4 == [client.noop()[0], client.rset()[0], client.verify("anna")[0], client.ehlo()[0]]
        with connected(server, gate.guard(SMTP, channel="news")) as client:
            assert "past-the-gate" == stopped(lambda: client.send_message(mail()))
            assert 221 == client.quit()[0]

    assert ["AUTH LOGIN", "YW5uYQ==", "c2VjcmV0", "noop", "rset", "vrfy anna"] == server.commands[1:7]
    assert [] == said(server)


def test_a_challenge_is_answered_once_and_with_nothing_else(gate: Gate) -> None:
    """What follows the answer is a command again."""
    with ScriptedSmtp({"AUTH": "334 "}, features=["AUTH LOGIN"]) as server, connected(server, gate.guard(SMTP, channel="news")) as client:
        client.ehlo()
        client.docmd("AUTH", "LOGIN")
        client.docmd("YW5uYQ==")
        assert "past-the-gate" == stopped(lambda: client.docmd("MAIL", "FROM:<news@pr.example>"))
    with ScriptedSmtp({"AUTH": "334 ", "YW5uYQ==": "535 no"}) as server, connected(server, gate.guard(SMTP, channel="news")) as client:
        client.docmd("AUTH", "LOGIN")
        assert "past-the-gate" == stopped(lambda: client.send("YW5uYQ==\r\nMAIL FROM:<news@pr.example>\r\n"))
        client.docmd("YW5uYQ==")
        assert "past-the-gate" == stopped(lambda: client.docmd("DATA"))


def test_a_copy_is_guarded_and_nothing_of_it_travels(gate: Gate, server: ScriptedSmtp) -> None:
    """What is pickled would come back without its gate: it cannot be."""
    with gate.guard(connected(server), channel="news") as client:
        assert "past-the-gate" == stopped(lambda: copy.copy(client).send_message(mail()))
    for locked in (gate.guard(SMTP, channel="news")(), gate.guard(SMTP(), channel="news")):
        assert "past-the-gate" == stopped(partial(copy.copy(locked).send_message, mail()))
        with pytest.raises((pickle.PicklingError, TypeError)):
            pickle.dumps(locked)


def test_r35_threads_with_connections_of_their_own_are_all_stopped(gate: Gate, server: ScriptedSmtp) -> None:
    """One guarded class, eight threads."""
    kind, seen = gate.guard(SMTP, channel="news"), list[str]()

    def work() -> None:
        with connected(server, kind) as client:
            seen.extend(stopped(lambda: client.send_message(mail())) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (["past-the-gate"] * 40, []) == (seen, said(server))


def test_r20_smtplib_itself_stays_as_it_was_and_the_gate_still_sends(sqlite_url: str, server: ScriptedSmtp) -> None:
    """What was approved leaves by the gate's own channel, in the same process, while all else is locked."""
    before = dict(vars(SMTP))
    way = Smtp(f"smtp://{server.host}:{server.port}")
    gate = Gate(sqlite_url, policy=make_policy(), channels={"news": way}, clock=Clock())
    with closing(gate), closing(way), gate.guard(connected(server), channel="news") as client:
        approved(gate, content=mail())
        report = gate.send("d1", by="mailer")
        assert "past-the-gate" == stopped(lambda: client.send_message(mail()))

    assert (1, [["reader@paper.example"]], before) == (report.sent, [each.rcpt_to for each in server.received], dict(vars(SMTP)))


def test_the_first_line_says_that_nothing_was_sent_and_what_sends(sqlite_url: str) -> None:
    """With what is in the way, and the two calls that lead out."""
    client = lanes_gate(sqlite_url).guard(SMTP(), channel="news")
    with pytest.raises(Blocked) as caught:
        client.send_message(mail())

    assert [
        "Not sent: the gate guards this client (channel news); its mail goes out by gate.send.",
        "",
        "  1. What leaves by channel news needs its signatures, and is sent by the gate itself.",
        '     How: gate.write(…, channel="news", …) → gate.send(…)',
    ] == str(caught.value).splitlines()
    assert ("", "news", False) == (caught.value.decision.to_dict()["draft"], caught.value.decision.channel, bool(caught.value.decision))  # type: ignore[attr-defined]


def test_it_speaks_the_language_of_the_gate(sqlite_url: str) -> None:
    rules = '[gate]\nlang = "ja"\n' + "\n[channels.news]\n\n[channels.system]\ngated = false\nmost = 3\n"
    gate = lanes_gate(sqlite_url, rules)

    with pytest.raises(Blocked, match="配信していません") as caught:
        gate.guard(SMTP(), channel="news").send_message(mail())
    assert "チャンネル news から出すものには承認が必要です。" in str(caught.value)
    with pytest.raises(Blocked, match="少数宛てのメールだけ"):
        gate.guard(SMTP(), channel="system").sendmail("news@pr.example", people(4), TEXT)


def test_a_client_has_one_channel(gate: Gate) -> None:
    """Guarded again for the same one it stays as it is; by another guard nobody widens a lane."""
    made, locked = gate.guard(SMTP, channel="news"), gate.guard(SMTP(), channel="news")

    assert (made, locked) == (gate.guard(made, channel="news"), gate.guard(locked, channel="news"))
    assert [made] == [kind for kind in type(gate.guard(made(), channel="news")).__mro__ if kind is made]
    for client in (made, locked):
        with pytest.raises(GuardError, match="guarded already, for channel 'news'"):
            gate.guard(client, channel="system")


@pytest.mark.parametrize("more", [{"methods": ["send"]}, {"count": len}])
def test_smtplib_needs_no_names_and_no_count(gate: Gate, more: dict[str, object]) -> None:
    with pytest.raises(GuardError, match="knows smtplib"):
        gate.guard(SMTP, channel="news", **more)  # type: ignore[arg-type]  # one of both


def test_a_client_that_carries_a_way_of_its_own_is_refused(gate: Gate) -> None:
    """It would come before ours."""
    client = SMTP()
    client.send = lambda s: None  # type: ignore[method-assign]  # as instruments do

    with pytest.raises(GuardError, match="'send' of its own"):
        gate.guard(client, channel="news")
    assert SMTP is type(client)


def test_an_unknown_channel_is_said_by_name(gate: Gate) -> None:
    with pytest.raises(NotFound, match=r"no channel 'newsletter'.*'news'"):
        gate.guard(SMTP, channel="newsletter")


def test_a_type_checker_sees_what_was_given(gate: Gate) -> None:
    """`C` in, `C` out."""
    assert_type(gate.guard(SMTP, channel="news"), type[SMTP])
    assert_type(gate.guard(SMTP(), channel="news"), SMTP)
    assert_type(gate.guard(SMTP_SSL(), channel="news"), SMTP_SSL)


def test_the_gate_loads_no_mail_client_before_it_guards_one() -> None:
    """Checked in a process of its own."""
    code = "import sys, releasegate; releasegate.Gate; sys.exit('releasegate.guards' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
