"""One mail, told to a server step by step: sender, recipients, go-ahead, the mail itself."""

import re
import smtplib

from releasegate.channels.line import Line, said
from releasegate.errors import NotSent
from releasegate.messages.words import Words
from releasegate.model.parcel import Parcel

# Less than an address may be, so that none can close the angle brackets: what is one decides the check of addresses.
_ADDRESS = re.compile(r'(?:"[^"<>\\\0-\x1f\x7f]*"|[^\s"<>\0-\x1f\x7f]+)@[^\s"<>\0-\x1f\x7f]+')
_ACCEPTED = frozenset({250, 251})
_REFUSALS, _REFUSED_FOR_GOOD = range(400, 600), range(500, 600)
_DONE, _GO_AHEAD, _CLOSING = 250, 354, 421


def check(parcel: Parcel, wire: bytes) -> None:
    """NotSent for what could be taken for other commands or another mail than this one (SMTP smuggling, CVE-2023-51764)."""
    if (
        b"\0" in wire
        or not wire.count(b"\r\n") == wire.count(b"\r") == wire.count(b"\n")
        or not wire.endswith(b"\r\n")
        or wire.startswith(b".")
    ):
        message = Words("its line ends are not CRLF throughout")
        raise NotSent(message)
    for address in (parcel.sender, *parcel.to):
        if not _ADDRESS.fullmatch(address):
            message = Words("{address!r} is no address", address=address)
            raise NotSent(message)
    if not parcel.to:
        message = Words("it is addressed to nobody")
        raise NotSent(message)


def name_sender(line: Line, parcel: Parcel, wire: bytes) -> None:
    """MAIL, with the options that this mail needs: SIZE, BODY, SMTPUTF8 and no other."""
    options = [f"SIZE={len(wire)}"] if line.has_extn("size") else []
    if not wire.isascii():
        options.append(_option(line, "8bitmime", "BODY=8BITMIME"))
    international = not ("".join((parcel.sender, *parcel.to)).isascii() and wire[: wire.index(b"\r\n\r\n")].isascii())
    if international:
        options.append(_option(line, "smtputf8", "SMTPUTF8"))
    line.command_encoding = "utf-8" if international else "ascii"
    code, text = line.docmd("MAIL", " ".join([f"FROM:<{parcel.sender}>", *options]))
    if code == _CLOSING:
        raise smtplib.SMTPServerDisconnected(said(code, text))
    if code != _DONE:
        raise NotSent(said(code, text))


def _option(line: Line, feature: str, option: str) -> str:
    """The option of MAIL for this feature; a server that does not offer it might change the mail, and so does not get it."""
    if not line.has_extn(feature):
        message = Words("the server does not offer {feature}, which this mail needs", feature=feature.upper())
        raise NotSent(message)
    return option


def name_recipients(line: Line, parcel: Parcel) -> dict[str, str]:
    """RCPT for each; what the server said to those that it refused."""
    refused = {}
    for address in dict.fromkeys(parcel.to):
        code, text = line.docmd("RCPT", f"TO:<{address}>")
        if code == _CLOSING or (code not in _ACCEPTED and code not in _REFUSALS):
            raise NotSent(said(code, text))
        if code not in _ACCEPTED:
            refused[address] = said(code, text)
    return refused


def ask_to_go_ahead(line: Line) -> None:
    """DATA, and the server's 354: the last moment at which nothing has left."""
    code, text = line.docmd("DATA")
    if code != _GO_AHEAD:
        raise NotSent(said(code, text))
    line.check_in_step()


def hand_over(line: Line, wire: bytes, *, until: float) -> tuple[bool, str]:
    """The mail itself, with its dots doubled: whether the server took it, and what it said. SMTPDataError when that is neither yes nor no.

    For the answer all the time may be spent that is left: without it nobody knows whether the mail has left.
    """
    line.send(wire.replace(b"\r\n.", b"\r\n..") + b".\r\n")
    line.wait(until=until)
    code, text = line.getreply()
    if code != _DONE and code not in _REFUSED_FOR_GOOD:
        raise smtplib.SMTPDataError(code, said(code, text))
    return code == _DONE, said(code, text)
