"""The ways in which a field becomes part of a mail, and what whoever filled it in could mean by it."""

import csv
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.mime.text import MIMEText
from email.utils import formataddr
from typing import Any

from releasegate.channels.mail import seal_mail
from releasegate.channels.merge import merge
from releasegate.channels.people_csv import read_people
from releasegate.channels.text_template import mail_from_text
from releasegate.cli.sealing import parcels_of
from releasegate.model.parcel import Parcel
from tests.hostile import wire

SENDER, ANNA = "news@ok.example", "anna@ok.example"
TEXT = "The new wing opens."
BODY = f"{TEXT}\r\n".encode()
PLAIN = ("from", "to", "subject")
MIME = ("content-type", "content-transfer-encoding", "mime-version")
_EMPTY = re.compile(r"=\?[^?]+\?[bBqQ]\?\?=")

Named = tuple[str, ...] | None


class NeverMade(Exception):
    """What was to be handed over could not even be made: `email` refused the value, or it has no bytes."""


@dataclass(frozen=True, kw_only=True)
class Trip:
    """What was sealed, and what it may be: these header fields in any order, these recipients and this sender (None: nobody is named)."""

    parcels: tuple[Parcel, ...]
    names: tuple[str, ...]
    to: Named = (ANNA,)
    sender: Named = (SENDER,)
    body: bytes | None = BODY


Door = Callable[[str], Trip]


def _made(make: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it makes
    try:
        return make()
    except Exception as error:  # `email` raises whatever it happens to meet
        raise NeverMade from error


def _trip(content: Iterable[bytes | Message] | bytes | Message, names: Iterable[str], **more: Any) -> Trip:  # noqa: ANN401
    return Trip(parcels=tuple(seal_mail(content)), names=tuple(names), **more)


# Messages of `email`


def _message(header: str, value: object) -> EmailMessage:
    def make() -> EmailMessage:
        message = EmailMessage()
        for name, usual in (("From", SENDER), ("To", ANNA), ("Subject", "July")):
            message[name] = value if name == header else usual
        if header not in {"From", "To", "Subject"}:
            message[header] = value
        message.set_content(f"{TEXT}\n")
        return message

    made: EmailMessage = _made(make)
    return made


def _people(value: str) -> Named:
    """Whom this value names to `email`, for which an encoded word without a letter is nothing at all."""
    return wire.addresses(_EMPTY.sub("", value))


def _header(header: str, *, more: tuple[str, ...] = (), **named: Callable[[str], Named]) -> Door:
    def door(value: str) -> Trip:
        message = _message(header, value)
        return _trip(message, (*PLAIN, *more, *MIME), **{key: who(value) for key, who in named.items()})

    return door


def _with_anna(value: str) -> Named:
    others = _people(value) if value.strip() else ()
    return None if others is None else tuple(dict.fromkeys((ANNA, *others)))


def _named(header: str) -> Door:
    """The value as a name beside a good address."""

    def door(value: str) -> Trip:
        address = _made(lambda: Address(value, addr_spec=SENDER if header == "From" else ANNA))
        return _trip(_message(header, address), (*PLAIN, *MIME))

    return door


def _other_name(value: str) -> Trip:
    """The value as the name of a header: as bytes only, a Message refuses most."""
    message = _message("Subject", "July")
    _made(lambda: message.add_header(value, "1"))
    return _trip(message, (*PLAIN, *MIME, value.lower()))


def _attached(value: str) -> Trip:
    message = _message("Subject", "July")
    _made(lambda: message.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename=value))
    return _trip(message, (*PLAIN, "mime-version", "content-type"), body=None)


def _old(header: str, *, named: bool = False) -> Door:
    """A message of the old kind, in which `email` checks nothing."""

    def door(value: str) -> Trip:
        def make() -> MIMEText:
            message = MIMEText(f"{TEXT}\n", _charset="us-ascii")
            for name, usual in (("From", SENDER), ("To", ANNA), ("Subject", "July")):
                message[name] = (formataddr((value, ANNA)) if named else value) if name == header else usual
            return message

        to = wire.addresses(re.sub(r"\r?\n(?=[ \t])", "", value)) if header == "To" and not named else (ANNA,)
        return _trip(_made(make), (*MIME, *PLAIN), to=to)

    return door


# Bytes, texts, lists


def _bytes(text: str) -> bytes:
    data: bytes = _made(lambda: text.encode("utf-8", "surrogateescape"))
    return data


def _eml(header: str) -> Door:
    """The bytes of a mail: a line break is one there, so what an independent reader sees in the file is what was meant."""

    def door(value: str) -> Trip:
        lines = [f"{name}: {value if name == header else usual}" for name, usual in (("From", SENDER), ("To", ANNA), ("Subject", "July"))]
        data = _bytes("\r\n".join([*lines, "", TEXT, ""]))
        meant = wire.scan(data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        people = [item for name, item in zip(meant.names, meant.values, strict=True) if name in {"to", "cc", "bcc"}]
        return _trip(data, (name for name in meant.names if name not in {"bcc", "date", "message-id"}), to=_all(people), body=meant.body)

    return door


def _all(values: Iterable[str]) -> Named:
    each = [wire.addresses(value) for value in values if value.strip()]
    return None if None in each or not each else tuple(dict.fromkeys(one for some in each for one in some or ()))


def _text(header: str) -> Door:
    """A plain text with lines above it. A line is a line of that text; what follows a line break is the next one."""

    def door(value: str) -> Trip:
        value = value.replace("\r", " ").replace("\n", " ").strip()
        lines = [f"{name}: {value if name == header else usual}" for name, usual in (("From", SENDER), ("To", ANNA), ("Subject", "July"))]
        mail = mail_from_text(_bytes("\n".join([*lines, "", TEXT, ""])), where="july.txt")
        to = _people(value) if header == "To" else (ANNA,)
        return _trip(mail, (*PLAIN, *MIME), to=to, sender=_people(value) if header == "From" else (SENDER,))

    return door


_TEMPLATE = f"From: {SENDER}\r\nSubject: July $name\r\n%s\r\n{TEXT}\r\n"


def _row(column: str, *, head: str = "", into: str = "") -> Door:
    """A template filled with one row; `into` is the column that becomes the name beside the address."""

    def door(value: str) -> Trip:
        row = {"email": ANNA, "name": "Anna"} | {column: value}
        mails = merge((_TEMPLATE % head).encode(), [row], address_column="email", name_column=into)
        names = ("to", "from", "subject", *(line.partition(":")[0].lower() for line in head.splitlines()))
        return _trip(mails, names, to=_alone(value) if column == "email" else (ANNA,))

    return door


def _alone(value: str) -> Named:
    """The one address that a cell names; none where it could be more, or has a name."""
    own = value.strip(" \t")
    seen = wire.addresses(own)
    return seen if seen is not None and len(seen) == 1 and own.count("@") >= 1 and not own.endswith(">") else None


def _filled(value: str) -> Trip:
    """A value in the text of a mail, which may hold anything, and may not reach its header."""
    row = {"email": ANNA, "name": value}
    template = f"From: {SENDER}\r\nSubject: July\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n$name\r\n".encode()
    return _trip(merge(template, [row], address_column="email"), (*PLAIN, *MIME[:2]), body=None)


def _listed(column: str, *, checked: bool = False) -> Door:
    """A list in a file. `checked`: as `releasegate check` reads it, which shows the check what no header could hold."""

    def door(value: str) -> Trip:
        out = io.StringIO(newline="")
        row = {"email": ANNA, "name": "Anna"} | {column: value}
        _made(lambda: csv.writer(out).writerows([row.keys(), row.values()]))
        people = read_people(_bytes(out.getvalue()), where="list.csv")
        template = (_TEMPLATE % "").encode()
        to = _alone(next(iter(people.rows))["email"]) if column == "email" else (ANNA,)
        if checked:
            return Trip(parcels=tuple(parcels_of(template, people)), names=PLAIN, to=to)
        mails = merge(template, people.rows, address_column=people.address, name_column=people.name)
        return _trip(mails, PLAIN, to=to)

    return door


def _column(value: str) -> Trip:
    """The value as the name of a column, and as a field of the template: there a line break is the template's own."""
    if wire.breaks(value):
        raise NeverMade
    out = io.StringIO(newline="")
    _made(lambda: csv.writer(out).writerows([["email", value], [ANNA, "Anna"]]))
    people = read_people(_bytes(out.getvalue()), where="list.csv")
    template = _bytes(f"From: {SENDER}\r\nSubject: July ${{{value}}}\r\n\r\n{TEXT}\r\n")
    return _trip(merge(template, people.rows, address_column=people.address, name_column=people.name), PLAIN)


DOORS: dict[str, Door] = {
    "subject": _header("Subject"),
    "name in From": _named("From"),
    "name in To": _named("To"),
    "From": _header("From", sender=_people),
    "To": _header("To", to=_people),
    "Cc": _header("Cc", more=("cc",), to=_with_anna),
    "Bcc": _header("Bcc", to=_with_anna),
    "Reply-To": _header("Reply-To", more=("reply-to",)),
    "header's name": _other_name,
    "attachment's name": _attached,
    "old subject": _old("Subject"),
    "old To": _old("To"),
    "old name in To": _old("To", named=True),
    "eml subject": _eml("Subject"),
    "eml To": _eml("To"),
    "text subject": _text("Subject"),
    "text To": _text("To"),
    "text From": _text("From"),
    "merge subject": _row("name"),
    "merge name": _row("name", into="name"),
    "merge address": _row("email"),
    "merge link": _row("name", head="List-Unsubscribe: <https://ok.example/u?$name>\r\n"),
    "merge text": _filled,
    "list name": _listed("name"),
    "list address": _listed("email"),
    "list address, checked": _listed("email", checked=True),
    "list column": _column,
}
