"""The header of a mail, split field by field as bytes. Nothing here parses a mail and writes it again."""

import re
from collections.abc import Callable
from email.errors import HeaderParseError
from typing import NamedTuple

from releasegate.checks.encoded_words import chunks
from releasegate.errors import ContentError
from releasegate.messages.words import Words

# A folded line of white space only is refused: readers disagree on whether the header ends there.
_FIELD = re.compile(rb"([!-9;-~]+):[^\r\n]*\r\n(?:[ \t]+[^ \t\r\n][^\r\n]*\r\n)*")
_LINE_BREAK = re.compile("[\0-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")

_WORD = re.compile(r"=\?[^?\s]*\?[BbQq]\?[^?]*\?=")


class Field(NamedTuple):
    """One header field: its name in lower case, and its bytes with folded lines and line ends, untouched."""

    name: str
    raw: bytes

    @property
    def value(self) -> str:
        """What stands after the colon, on one line."""
        return self.raw.partition(b":")[2].replace(b"\r\n", b"").decode().strip(" \t")


def split_header(mail: bytes, *, where: str) -> tuple[list[Field], bytes]:
    """The fields of this mail in order, and the rest from the empty line on. Takes CRLF line ends only."""
    end = mail.find(b"\r\n\r\n") + 2
    if end == 1:
        raise ContentError(
            what=Words("there is no empty line between the header and the text."),
            where=where,
            mend=Words("Put one there; a mail begins with lines such as 'From: …', 'To: …', 'Subject: …'."),
        )
    fields, at = [], 0
    while at < end:
        found = _FIELD.match(mail, at, end)
        if found is None:
            raise _no_field(mail, at, where)
        fields.append(Field(found[1].decode("ascii").lower(), found[0]))
        at = found.end()
    return fields, mail[end:]


def _no_field(mail: bytes, at: int, where: str) -> ContentError:
    no = mail.count(b"\r\n", 0, at) + 1
    line = mail[at : mail.index(b"\r\n", at)][:60].decode("utf-8", "replace")
    return ContentError(
        Words("line {no} is neither a header field nor the continuation of one: {line!r}.", no=no, line=line),
        where=where,
        mend=Words("Write 'Name: value', and begin a continued line with a space; an empty line ends the header."),
    )


def check_readable(fields: list[Field], *, where: str) -> None:
    """Refuse a header that readers would take in different ways: not UTF-8, or with a line break or control character hidden in it."""
    for field in fields:
        if not field.raw.isascii() or b"=?" in field.raw or _control(field.raw):
            _read(field, where)


_control: Callable[[bytes], object] = re.compile(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]").search


def _read(field: Field, where: str) -> None:
    place = Words("{where}, {name}", where=where, name=field.name)
    try:
        value = decoded(field.value)
        words = [decoded(word) for word in _WORD.findall(field.value)]
    except UnicodeDecodeError as error:
        raise ContentError(
            what=Words("it holds bytes that are not UTF-8."), where=place, mend=Words("Encode the header (RFC 2047), or write it in UTF-8.")
        ) from error
    except (HeaderParseError, LookupError, ValueError) as error:
        raise ContentError(
            what=Words("an encoded word in it cannot be read: {error}.", error=error), where=place, mend=Words("Write it in UTF-8.")
        ) from error
    # The standard library reads some encoded words otherwise than their own rules, and drops line breaks beside them.
    if not all(is_one_line(text) for text in (field.value, value, *words)):
        raise ContentError(
            what=Words("it hides a line break or a control character."),
            where=place,
            mend=Words("Take it out: it would begin a header of its own."),
        )


def is_one_line(text: str) -> bool:
    """Neither a line break of any kind stands in it, nor a control character."""
    return _LINE_BREAK.search(text) is None


def decoded(value: str) -> str:
    """The value of a header as a reader sees it: encoded words (RFC 2047) read."""
    if "=?" not in value:
        return value
    return "".join(text if isinstance(text, str) else text.decode(charset or "ascii", "replace") for text, charset in chunks(value))
