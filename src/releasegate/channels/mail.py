"""A mail, sealed as the bytes that leave, and stamped with Date and Message-ID when it does."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime
from hashlib import sha256
from typing import TypeAlias

from releasegate.channels.addresses import is_address, read_addresses, without_repeats
from releasegate.channels.headers import Field, check_readable, decoded, split_header
from releasegate.channels.writing import AnyMessage, check_written, write_message
from releasegate.errors import ContentError
from releasegate.messages.words import Words
from releasegate.model.parcel import MAIL, Parcel

Content: TypeAlias = "AnyMessage | bytes | Iterable[AnyMessage | bytes]"

THE_MAIL = Words("the mail")
LARGEST = 50_000_000  # bytes as they leave; most servers take half of that
LINK = Words("Servers refuse such a mail: put the files on a page, and link to it.")
LONGEST_LINE = 998  # octets without the line end, RFC 5322 2.1.1
_LEFT_OUT = frozenset({"date", "message-id", "bcc"})
_ENVELOPE = ("to", "cc", "bcc")
_ONCE = frozenset(
    {"from", "sender", "reply-to", "subject", "mime-version", "content-type", "content-transfer-encoding", "content-disposition"}
)
# Allowed between quotes, and yet no server is told of such a sender: a careless one would see another address.
_TWO_WAYS = re.compile(r"[\\<>]")
# Written by servers on the way, or made for another sending: what leaves from here cannot carry them.
_TRACES = re.compile(r"resent-.+|received(-spf)?|return-path|delivered-to|x-original-to|authentication-results|arc-.+|dkim-signature")
# Recipients or a clock of their own, past the envelope and the schedule that are approved.
_STEERING = frozenset({"x-smtpapi", "x-mc-sendat", "x-mailgun-deliver-by", "x-mailgun-recipient-variables", "deferred-delivery"})


def seal_mail(content: Content) -> Iterator[Parcel]:
    """Each mail as the bytes that will leave, its envelope, sender and subject.

    A Message is written with CRLF line ends; bytes are kept but for the line ends. Date, Message-ID and Bcc are taken out: the first two
    come anew when it is sent, and the addresses in Bcc are in the envelope only. An iterable is consumed once, mail by mail.
    """
    if isinstance(content, (Message, bytes)):
        yield _seal(content, THE_MAIL)
        return
    mails: object = content
    if isinstance(mails, str) or not isinstance(mails, Iterable):
        raise _no_mail(mails, "content")
    for no, mail in enumerate(mails, start=1):
        yield _seal(mail, Words("mail no. {no}", no=no))


def _seal(mail: object, where: str) -> Parcel:
    if isinstance(mail, bytes):
        written = mail
    elif isinstance(mail, Message):
        written = write_message(mail, where=where)
    else:
        raise _no_mail(mail, where)
    fields, rest = split_header(_with_crlf(written, where), where=where)
    if isinstance(mail, Message):
        check_written(mail, fields, where=where)
    _refuse(fields, where)
    check_readable(fields, where=where)
    to = [address for name in _ENVELOPE for address in _addresses(fields, name, where)]
    if not to:
        raise ContentError(what=Words("it is addressed to nobody."), where=where, mend=Words("Name at least one address in To, Cc or Bcc."))
    return Parcel(
        body=b"".join(field.raw for field in fields if field.name not in _LEFT_OUT) + rest,
        to=without_repeats(to),
        sender=_sender(fields, where),
        title=next((decoded(field.value) for field in fields if field.name == "subject"), ""),
        media=MAIL,
    )


def _no_mail(content: object, where: str) -> ContentError:
    return ContentError(
        Words("a {kind} is no mail.", kind=type(content).__name__),
        where=where,
        mend=Words("Give an EmailMessage, the bytes of one mail, or an iterable of those."),
    )


def _with_crlf(mail: bytes, where: str) -> bytes:
    """The mail with CRLF for each line end and at its end; nothing else is changed."""
    if len(mail) > LARGEST:
        raise ContentError(
            Words("it has {size:,} bytes; at most {limit:,} leave in one mail.", size=len(mail), limit=LARGEST), where=where, mend=LINK
        )
    if b"\0" in mail:
        raise ContentError(what=Words("it holds a NUL byte."), where=where, mend=Words("Attach binary data base64-encoded."))
    if not mail.count(b"\r\n") == mail.count(b"\n") == mail.count(b"\r"):
        mail = mail.replace(b"\r\n", b"\n")
        if b"\r" in mail:
            raise ContentError(
                what=Words("it holds a carriage return without a line feed."),
                where=where,
                mend=Words("Servers read it in different ways; write line ends as CRLF."),
            )
        mail = mail.replace(b"\n", b"\r\n")
    lines = mail.split(b"\r\n")
    if len(max(lines, key=len)) > LONGEST_LINE:
        no = next(no for no, line in enumerate(lines, start=1) if len(line) > LONGEST_LINE)
        raise ContentError(
            what=Words("line {no} has more than {most} octets.", no=no, most=LONGEST_LINE),
            where=where,
            mend=Words("Servers break or refuse it; encode the text quoted-printable."),
        )
    return mail if mail.endswith(b"\r\n") else mail + b"\r\n"


def _refuse(fields: list[Field], where: str) -> None:
    for field in fields:
        if _TRACES.fullmatch(field.name):
            raise ContentError(
                what=Words("its header {name!r} comes from an earlier sending.", name=field.name),
                where=where,
                mend=Words("Take it out, or export the mail as a draft."),
            )
        if field.name in _STEERING:
            raise ContentError(
                what=Words("its header {name!r} carries recipients or a time of its own.", name=field.name),
                where=where,
                mend=Words("Write one mail for each recipient, and give the time as send_at."),
            )
    twice = [name for name, times in Counter(field.name for field in fields).items() if times > 1 and name in _ONCE]
    if twice:
        raise ContentError(
            what=Words("its header {name!r} stands there more than once.", name=twice[0]),
            where=where,
            mend=Words("Readers would see one or the other; keep one."),
        )


def _addresses(fields: list[Field], name: str, where: str) -> list[str]:
    return [
        address
        for field in fields
        if field.name == name
        for address in read_addresses(field.value, where=Words("{where}, {name}", where=where, name=name))
    ]


def _sender(fields: list[Field], where: str) -> str:
    """The address in Sender, else the one in From."""
    from_whom = _addresses(fields, "from", where)
    sender = _addresses(fields, "sender", where) or from_whom
    if not from_whom or len(sender) != 1 or not is_address(sender[0]) or _TWO_WAYS.search(sender[0]):
        raise ContentError(
            what=Words("it has no single sender: {who}.", who=", ".join(sender) or Words("nobody")),
            where=where,
            mend=Words("Name exactly one address in From, or one in Sender."),
        )
    return sender[0]


_ID_LEFT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ID_RIGHT = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_LONGEST_ID = 200


def stamp(parcel: Parcel, *, key: str, at: datetime | None = None) -> bytes:
    """The approved bytes with Date and Message-ID in front; they are never parsed again. The same key gives the same Message-ID."""
    if parcel.media != MAIL:
        raise ContentError(
            what=Words("{media} is no mail.", media=parcel.media), mend=Words("Only a parcel made by seal_mail can be stamped.")
        )
    moment = at or datetime.now(UTC)
    if moment.tzinfo is None:
        raise ContentError(what=Words("{moment} names no zone.", moment=moment), where="at", mend=Words("Give an aware datetime."))
    return f"Date: {format_datetime(moment)}\r\nMessage-ID: {message_id(parcel, key=key)}\r\n".encode("ascii") + parcel.body


def message_id(parcel: Parcel, *, key: str) -> str:
    """The Message-ID under which this parcel leaves: the key at the sender's domain; a key that cannot stand there by its sha256."""
    left = key if len(key) <= _LONGEST_ID and _ID_LEFT.fullmatch(key) else sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    domain = parcel.sender.rpartition("@")[2]
    try:
        right = domain.encode("idna").decode("ascii")
    except UnicodeError:
        right = ""
    return f"<{left}@{right if _ID_RIGHT.fullmatch(right) else 'invalid'}>"
