"""`$field` and `${field}` in a text, filled from a row; what no column or only an empty cell would fill is left for a check to name."""

import html
import re
from collections.abc import Mapping
from email.header import Header
from string import Template
from urllib.parse import quote

from releasegate.errors import ContentError
from releasegate.messages.words import Words

_BREAK = re.compile("[\0-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
# What people and programs write for "I do not know". (Nan and Nil are names.)
_NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "–",
        "—",
        "―",
        "ー",
        "N/A",
        "n/a",
        "#N/A",
        "<NA>",
        "null",
        "NULL",
        "(null)",
        "None",
        "nan",
        "NaN",
        "NaT",
        "undefined",
        "不明",
    }
)
_UNSEEN = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0]"
)
_OPENS_ANOTHER = re.compile('[<>"]')


class _Hole(str):
    """Stands where a row has nothing for a field: seen in the preview, named by a check, never nothing at all."""

    __slots__ = ()


def with_holes(row: Mapping[str, str]) -> Mapping[str, str]:
    """The row; where a cell is blank, or says so (`-`, `N/A`, `不明`), `${name: empty}` in its place."""
    return {name: value if _says_something(value) else _Hole(f"${{{name}: empty}}") for name, value in row.items()}


def _says_something(value: str) -> bool:
    return _UNSEEN.sub("", value).strip() not in _NOTHING


class _Filled(Template):
    """Bare names are ASCII, so that `$nameさん` reads `name`; in braces stands any column's name."""

    braceidpattern = r"[^{}$\r\n]+"


def fill(text: str, row: Mapping[str, str]) -> str:
    """The text as it stands, with this row's values."""
    return _Filled(text).safe_substitute(row)


def fill_html(text: str, row: Mapping[str, str]) -> str:
    """HTML with this row's values, escaped: no value becomes markup."""
    return _Filled(text).safe_substitute({name: html.escape(value) for name, value in row.items()})


def fill_url(text: str, row: Mapping[str, str]) -> str:
    """A header of URLs with this row's values, percent-encoded: none can end the URL."""
    return _Filled(text).safe_substitute(
        {name: value if isinstance(value, _Hole) else quote(value, safe="") for name, value in row.items()}
    )


def fill_subject(text: str, row: Mapping[str, str], *, where: str) -> bytes:
    """The header field Subject with this row's values."""
    subject = _one_line(fill(text, row), Words("{where}, Subject", where=where))
    return b"Subject: " + _encoded(subject, "Subject") + b"\r\n"


def recipient(address: str, name: str, *, where: str) -> bytes:
    """The header field To for this one person. In brackets, so that a value with a comma does not become two people."""
    if _BREAK.search(address) or _OPENS_ANOTHER.search(address):
        raise ContentError(
            what=Words("{address!r} cannot stand in a header.", address=address),
            where=where,
            mend=Words("Write the address alone, without brackets or quotes."),
        )
    spoken = _one_line(name.strip(), Words("{where}, name", where=where))
    if spoken and spoken.isascii() and "=?" not in spoken:
        spoken = '"' + re.sub(r'(["\\])', r"\\\1", spoken) + '"'
    shown = _encoded(spoken, "To") + b" " if spoken else b""
    return b"To: " + shown + b"<" + address.strip(" \t").encode("utf-8") + b">\r\n"


def _one_line(text: str, where: str) -> str:
    if _BREAK.search(text):
        raise ContentError(
            what=Words("a line break or control character in it: {text!r}.", text=text[:60]),
            where=where,
            mend=Words("Take it out of the row."),
        )
    return text


def _encoded(text: str, name: str) -> bytes:
    if text.isascii() and "=?" not in text:
        return text.encode("ascii")
    return Header(text, "utf-8", header_name=name).encode(linesep="\r\n").encode("ascii")
