"""What is said to a mail server, line by line: what may pass, and what the server's answers change. It reads and writes nothing itself."""

import re
import threading

from releasegate.guards.lane import Lane
from releasegate.guards.steering import steering

# What makes no mail leave. All else is shut, so that what a server learns tomorrow (BURL, …) is shut too.
_HARMLESS = frozenset({"AUTH", "EHLO", "EXPN", "HELO", "HELP", "LHLO", "NOOP", "QUIT", "RSET", "STARTTLS", "VRFY"})
_OPTIONS = {"MAIL": ("BODY", "SIZE", "SMTPUTF8"), "RCPT": ("NOTIFY", "ORCPT")}  # HOLDFOR and HOLDUNTIL are somebody else's clock
_COMMAND = re.compile(rb"([A-Za-z]+)(?:[ \t][^\r\n]*)?\r\n")
# An address in which nothing can hide: no quotes, no second address, no option.
_ENVELOPE = re.compile(rb"(?i:MAIL FROM|RCPT TO):[ ]?<[^<>\s\"\\,;()]*>((?: [^<>\s]+)*) ?\r\n")
_ANSWER = re.compile(rb"[A-Za-z0-9+/=*-]*\r\n")
_END = b"\r\n.\r\n"
_LONE_DOT = re.compile(rb"(?:\A|[\r\n])\.[\r\n]")
_OK, _GO_AHEAD, _CHALLENGE = 250, 354, 334


class Dialogue:
    """One connection. `is_open`: the server has taken a sender, and knows `named` recipients; `in_mail`: it waits for the mail itself.

    Where a mail may pass, each step of it is answered before the next: a count is worth something only in step with the server.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_open = False
        self.in_mail = False
        self.named = 0
        self._is_challenged = False
        self._lock = threading.Lock()

    def says(self, piece: bytes, lane: Lane) -> None:
        """Let this piece pass to the server, or raise Blocked."""
        with self._lock:
            if self.in_mail:
                self.asked.append(_whole_mail(piece, lane))
                self.in_mail = False
            elif self._is_challenged and not self.asked and _ANSWER.fullmatch(piece):
                self.asked.append("")
            else:
                self.asked.append(self._command(piece, lane))

    def answered(self, code: int) -> None:
        """The server has answered the oldest piece that was open."""
        with self._lock:
            verb = self.asked.pop(0) if self.asked else ""
            self._is_challenged = code == _CHALLENGE
            if (verb, code) == ("MAIL", _OK):
                # Only its yes proves that no earlier recipients stand: to a second MAIL in one mail it says no, and keeps them.
                self.is_open, self.named = True, 0
            elif (verb, code) == ("DATA", _GO_AHEAD):
                self.in_mail = True
            elif verb in {"RSET", "."}:
                self.is_open = False

    def _command(self, piece: bytes, lane: Lane) -> str:
        found = _COMMAND.fullmatch(piece)
        verb = found[1].decode().upper() if found else ""
        if verb not in _HARMLESS:
            self._step(verb, piece, lane)
        return verb

    def _step(self, verb: str, piece: bytes, lane: Lane) -> None:
        """MAIL, RCPT or DATA in its turn; all else is nothing that the guard could judge."""
        most = lane.most()
        if self.asked or verb not in {"MAIL", "RCPT", "DATA"} or not (self.is_open or verb == "MAIL"):
            raise lane.blocked("lane-by-hand", command=_shown(piece))
        if verb in _OPTIONS:
            _check_envelope(verb, piece, lane)
        if verb == "DATA":
            lane.spend(self.named)
        if verb == "RCPT":
            if self.named >= most:
                raise lane.blocked("lane-too-wide", n=self.named + 1, most=most)
            self.named += 1


def _check_envelope(verb: str, piece: bytes, lane: Lane) -> None:
    """One plain address, and options that are known to change neither the hour nor the recipients."""
    found = _ENVELOPE.fullmatch(piece)
    if found is None:
        raise lane.blocked("lane-by-hand", command=_shown(piece))
    for option in found[1].decode("utf-8", "replace").split():
        if option.partition("=")[0].upper() not in _OPTIONS[verb]:
            raise lane.blocked("lane-option", verb=verb, option=option, allowed=", ".join(_OPTIONS[verb]))


def _whole_mail(piece: bytes, lane: Lane) -> str:
    """All of the mail and nothing after it: its header is to be judged before a byte of it leaves."""
    if not piece.endswith(_END) or _LONE_DOT.search(piece[: -len(_END)] + b"\r\n"):
        raise lane.blocked("lane-by-hand", command=_shown(piece))
    if header := steering(piece):
        raise lane.blocked("lane-bulk", header=header)
    return "."


def _shown(piece: bytes) -> str:
    return piece[:60].decode("utf-8", "replace").strip() or repr(piece[:60])
