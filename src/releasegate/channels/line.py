"""A connection to a mail server on which no wait outlasts the deadline."""

import smtplib
import socket
import ssl
import time
from math import inf

from releasegate.messages.words import Words

_PIECE = 65536
_LONGEST_ANSWER = 500


class Line(smtplib.SMTP):
    """smtplib's own dialogue, over a socket that is given, with one end for all waits. `written` counts the bytes of the last `send`.

    smtplib's time-out is for each read: a server that sends a byte now and then would hold it for ever.
    """

    def __init__(self, sock: socket.socket, *, until: float, patience: float) -> None:
        super().__init__(local_hostname=_name(sock))
        self.sock: socket.socket | None = sock
        self.file: _Answers | None = None
        self.written = 0
        self.wait(until=until, patience=patience)

    def wait(self, *, until: float, patience: float = inf) -> None:
        """From now on no wait goes beyond `until` (on the monotonic clock), and none is longer than `patience` seconds."""
        self._until, self._patience = until, patience

    def send(self, s: str | bytes) -> None:  # type: ignore[override]  # smtplib takes more kinds of buffer
        """Write all of it. No byte is written after the deadline."""
        data = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        self.written = 0
        while self.written < len(data):
            self.written += self.ready().send(data[self.written : self.written + _PIECE])

    def putcmd(self, cmd: str, args: str = "") -> None:
        """Give a command; each one is answered before the next."""
        self.check_in_step()
        super().putcmd(cmd, args)

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer."""
        self.file = self.file or _Answers(self)
        return super().getreply()

    def ready(self) -> socket.socket:
        """The socket, set to wait as long as is left; TimeoutError when nothing is."""
        if self.sock is None:
            message = Words("the connection is closed")
            raise smtplib.SMTPServerDisconnected(message)
        left = min(self._patience, self._until - time.monotonic())
        if left <= 0:
            message = Words("the time for this send is over")
            raise TimeoutError(message)
        self.sock.settimeout(left)
        return self.sock

    def check_in_step(self) -> None:
        """Refuse to go on with a server that has said more than it was asked: its next answer would belong to something else."""
        if self.file is not None and self.file.pending:
            message = Words("the server has said more than it was asked: {pending!r}", pending=self.file.pending[:80])
            raise smtplib.SMTPServerDisconnected(message)

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Go on under TLS, knowing nothing of what was said before: somebody between could have said it."""
        self.sock = context.wrap_socket(self.ready(), server_hostname=host)
        self.file = None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False


class _Answers:
    """What smtplib reads answers from."""

    def __init__(self, line: Line) -> None:
        self.pending = b""
        self._line = line

    def readline(self, limit: int) -> bytes:
        """The next line, or as much of it as there is."""
        while b"\n" not in self.pending and len(self.pending) < limit:
            received = self._line.ready().recv(_PIECE)
            if not received:
                break
            self.pending += received
        end = min(self.pending.find(b"\n") + 1 or len(self.pending), limit)
        line, self.pending = self.pending[:end], self.pending[end:]
        return line

    def close(self) -> None:
        """Nothing more will be read."""
        self.pending = b""


def said(code: int, text: bytes | str) -> str:
    """A server's answer on one line."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:_LONGEST_ANSWER]


def _name(sock: socket.socket) -> str:
    """How we introduce ourselves. smtplib would ask the DNS, and wait for it."""
    name = socket.gethostname()
    if "." in name and name.isascii():
        return name
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
