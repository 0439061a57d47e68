"""A connection on which no wait outlasts the deadline."""

import smtplib
import socket
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from releasegate.channels.line import Line, said


@pytest.fixture
def pair() -> Iterator[tuple[Line, socket.socket]]:
    """A line, and the server's end of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        line = Line(socket.create_connection(listener.getsockname()), until=time.monotonic() + 60, patience=60)
        server, _ = listener.accept()
    with closing(line), server:
        yield line, server


def test_an_answer_may_come_in_pieces_and_hold_several_lines(pair: tuple[Line, socket.socket]) -> None:
    line, server = pair
    server.sendall(b"250-a\r\n25")
    server.sendall(b"0 b\r\n")

    assert (250, b"a\nb") == line.getreply()


def test_an_answer_without_end_is_no_answer(pair: tuple[Line, socket.socket]) -> None:
    """Not a refusal either, though smtplib raises it with the number 500."""
    line, server = pair
    server.sendall(b"250 " + b"x" * 20_000)

    with pytest.raises(smtplib.SMTPResponseException, match="too long"):
        line.getreply()


def test_no_command_is_given_while_an_answer_is_unread(pair: tuple[Line, socket.socket]) -> None:
    line, server = pair
    server.sendall(b"250 a\r\n250 b\r\n")
    line.getreply()

    with pytest.raises(smtplib.SMTPServerDisconnected, match="more than it was asked"):
        line.docmd("NOOP")


def test_a_closed_line_says_so(pair: tuple[Line, socket.socket]) -> None:
    line, _ = pair
    line.close()

    with pytest.raises(smtplib.SMTPServerDisconnected, match="closed"):
        line.docmd("NOOP")


def test_nothing_is_waited_for_when_the_time_is_over(pair: tuple[Line, socket.socket]) -> None:
    line, _ = pair
    line.wait(until=0)

    with pytest.raises(TimeoutError, match="over"):
        line.send("NOOP\r\n")
    assert 0 == line.written


@pytest.mark.parametrize(
    ("host", "address", "name"),
    [
        ("mx.example", "192.0.2.1", "mx.example"),
        ("laptop", "192.0.2.1", "[192.0.2.1]"),
        ("花.example", "192.0.2.1", "[192.0.2.1]"),
        ("laptop", "2001:db8::1", "[IPv6:2001:db8::1]"),
    ],
)
def test_we_introduce_ourselves_without_asking_the_dns(host: str, address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bound(socket.socket):
        def getsockname(self) -> tuple[str, int]:
            return address, 0

    monkeypatch.setattr(socket, "gethostname", lambda: host)
    with closing(Line(Bound(), until=0, patience=0)) as line:
        assert name == line.local_hostname


def test_an_answer_is_shown_on_one_line_and_not_without_end() -> None:
    assert "550 no such user \ufffd" == said(550, b"no such\n user \xff")
    assert 500 == len(said(550, "x" * 1000))
