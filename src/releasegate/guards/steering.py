"""Header fields that make a mail bulk mail, or give it recipients or an hour of their own."""

import re
from collections.abc import Iterable
from email.message import Message

_NAMES = frozenset(
    {
        "bcc",
        "x-mailgun-deliver-by",
        "x-mailgun-recipient-variables",
        "x-mc-mergevars",
        "x-mc-sendat",
        "x-msys-api",
        "x-smtpapi",
    }
)
_FAMILIES = ("list-", "resent-")
_BULK = frozenset({"bulk", "junk", "list"})  # of Precedence
# Line ends are CRLF, LF or CR: a server may take each for one.
_FIELD = re.compile(rb"(?:\A|[\r\n])([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r?\n[ \t]|\r[ \t])*)")


def steering(mail: str | bytes) -> str:
    """The name of the first such field in the header of this mail; "" where there is none."""
    raw = re.sub(r"\r\n|\r|\n", "\r\n", mail).encode("utf-8", "surrogateescape") if isinstance(mail, str) else bytes(mail)
    fields = ((found[1].decode(), found[2].decode("utf-8", "replace")) for found in _FIELD.finditer(_header(raw)))
    return _first(fields)


def steering_message(message: Message) -> str:
    """The same of a message that has not been made bytes: smtplib takes Bcc out when it does, and mails them."""
    return _first((name, str(value)) for name, value in message.items())


def _header(mail: bytes) -> bytes:
    """Up to the empty line. Of a mail with line ends of several kinds rather more: readers disagree on where it ends."""
    ends = [end for end in (mail.find(mark) for mark in (b"\r\n\r\n", b"\n\n", b"\r\r")) if end >= 0]
    return mail[: ends[0]] if ends else mail


def _first(fields: Iterable[tuple[str, str]]) -> str:
    return next((name for name, value in fields if _steers(name.strip().lower(), value.strip().lower())), "")


def _steers(name: str, value: str) -> bool:
    return name in _NAMES or name.startswith(_FAMILIES) or (name == "precedence" and value in _BULK)
