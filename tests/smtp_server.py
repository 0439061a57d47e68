r"""A mail server whose every answer a test can choose, on loopback.

    rules = {"RCPT TO:<full@x.example>": "452 4.2.2 mailbox full", "END": DROP}
    with ScriptedSmtp(rules) as server:
        Smtp(f"smtp://{server.host}:{server.port}").send(parcel, key="k1")
    assert [Received("news@x.example", ["anna@x.example"], b"...")] == server.received

It speaks plain SMTP and answers yes to all, except where a rule's key is the beginning of the line that the client sent (without case; the
longest key wins), or one of these moments:

    CONNECT     the greeting
    END         the answer to the dot at the end of the mail

A rule's value is

    "550 5.1.1 no such user"    this answer (several lines: put \r\n between them, and write the codes)
    DROP                        no answer: the connection is closed
    Slow("250 ok", event)       this answer, once the event is set; none if the server ends before
    Drip("250 ok", seconds)     this answer, a byte every so many seconds
    AtFirst(rule)               this rule the first time, afterwards yes
    CutOff(1000)                only for END: the connection is closed once 1000 bytes of the mail have come
    Handed(certificate, key)    only for STARTTLS: "220", and `more` in the same breath, then TLS with these files

`received` are the mails that the server has taken or refused after the dot, their dots undoubled; `raw` is every byte of each mail as it
came, with the dot at the end; `commands` is every other line that came in; `connections` counts.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

DROP = None
FEATURES = ("SIZE 10000000", "8BITMIME", "SMTPUTF8")


@dataclass(frozen=True)
class Slow:
    """The answer, once `go` is set."""

    answer: str
    go: threading.Event


@dataclass(frozen=True)
class Drip:
    """The answer, a byte every `every` seconds."""

    answer: str
    every: float


@dataclass
class AtFirst:
    """`rule` the first time, yes afterwards."""

    rule: "Rule"
    used: bool = False


@dataclass(frozen=True)
class CutOff:
    """The connection is closed when so many bytes of the mail have come."""

    after: int


@dataclass(frozen=True)
class Handed:
    """Yes, and then TLS with this certificate."""

    certificate: str
    key: str
    more: str = ""


Rule = str | None | Slow | Drip | AtFirst | CutOff | Handed


@dataclass(frozen=True)
class Received:
    """A mail as it came: its envelope and its bytes, the dots undoubled."""

    mail_from: str
    rcpt_to: list[str]
    data: bytes


class _Over(Exception):
    """The connection has ended."""


class ScriptedSmtp:
    """The server; a context manager. `tls` is a (certificate, key) pair for a server that speaks TLS from the first byte."""

    def __init__(
        self, rules: Mapping[str, Rule] | None = None, *, features: Sequence[str] = FEATURES, tls: tuple[str, str] | None = None
    ) -> None:
        self.rules = dict(rules or {})
        self.features = list(features)
        self.received: list[Received] = []
        self.raw: list[bytes] = []
        self.commands: list[str] = []
        self.connections = 0
        self._tls = tls
        self._ended = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self._listener.getsockname()[:2]

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in list(self._threads):
            thread.join()

    def hang_up(self) -> None:
        """Close every connection that is open, as a server does that is started anew."""
        for sock in list(self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]  # bound methods
        self._threads.append(thread)
        thread.start()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(_Over, OSError), contextlib.closing(_Talk(self, sock)) as talk:
            if self._tls is not None:
                talk.encrypt(*self._tls)
            talk.run()

    def rule(self, line: str) -> Rule:
        """The rule for this line or moment; "" where there is none."""
        keys = [key for key in self.rules if line.upper().startswith(key.upper())]
        found = self.rules[max(keys, key=len)] if keys else ""
        if isinstance(found, AtFirst):
            found.used, found = True, "" if found.used else found.rule
        return found

    def wait_for_the_end(self, seconds: float) -> bool:
        """Whether the server has ended within this time."""
        return self._ended.wait(seconds)


class _Talk:
    """One connection."""

    def __init__(self, server: ScriptedSmtp, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self.pending = b""
        self.mail_from = ""
        self.rcpt_to: list[str] = []

    def close(self) -> None:
        self.sock.close()

    def encrypt(self, certificate: str, key: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.server._open.append(self.sock)
        self.pending = b""

    def run(self) -> None:
        self.answer("CONNECT", "220 scripted.example ESMTP")
        while True:
            line = self.until(b"\r\n").decode("utf-8")
            self.server.commands.append(line)
            self.obey(line, line.split(" ")[0].upper())

    def obey(self, line: str, verb: str) -> None:
        if verb == "EHLO":
            self.answer(line, "\r\n".join(["250-scripted.example", *(f"250-{each}" for each in self.server.features), "250 HELP"]))
        elif verb == "MAIL":
            self.mail_from, self.rcpt_to = _path(line), []
            self.answer(line, "250 2.1.0 ok")
        elif verb == "RCPT":
            if self.answer(line, "250 2.1.5 ok").startswith("25"):
                self.rcpt_to.append(_path(line))
        elif verb == "DATA":
            if self.answer(line, "354 go ahead").startswith("354"):
                self.take()
        elif verb == "STARTTLS" and isinstance(rule := self.server.rule(line), Handed):
            self.sock.sendall(f"220 go ahead\r\n{rule.more}".encode())
            self.encrypt(rule.certificate, rule.key)
        elif verb == "QUIT":
            self.answer(line, "221 bye")
            raise _Over
        else:
            self.answer(line, "235 2.7.0 ok" if verb == "AUTH" else "250 ok")

    def take(self) -> None:
        rule = self.server.rule("END")
        if isinstance(rule, CutOff):
            while len(self.pending) < rule.after:
                self.more()
            raise _Over
        raw = self.until(b"\r\n.\r\n") + b"\r\n.\r\n"
        data = raw[: -len(b".\r\n")].replace(b"\r\n..", b"\r\n.")
        self.server.raw.append(raw)
        self.server.received.append(Received(self.mail_from, list(self.rcpt_to), data))
        self.obey_rule(rule, "250 2.0.0 queued as 1")

    def answer(self, line: str, usual: str) -> str:
        """Answer as the rule for this line says; what was answered."""
        return self.obey_rule(self.server.rule(line), usual)

    def obey_rule(self, rule: Rule, usual: str) -> str:
        if rule is DROP:
            raise _Over
        if isinstance(rule, Drip):
            for byte in f"{rule.answer}\r\n".encode():
                self.sock.sendall(bytes([byte]))
                if self.server.wait_for_the_end(rule.every):
                    raise _Over
            return rule.answer
        if isinstance(rule, Slow):
            while not rule.go.wait(0.01):
                if self.server.wait_for_the_end(0):
                    raise _Over
            rule = rule.answer
        text = rule if isinstance(rule, str) and rule else usual
        self.sock.sendall(f"{text}\r\n".encode())
        return text

    def until(self, end: bytes) -> bytes:
        while end not in self.pending:
            self.more()
        taken, _, self.pending = self.pending.partition(end)
        return taken

    def more(self) -> None:
        received = self.sock.recv(65536)
        if not received:
            raise _Over
        self.pending += received


def _path(line: str) -> str:
    return line[line.index("<") + 1 : line.rindex(">")]
