"""Sealed parcels as a reader meets them: decoded for checks and people, never for sending."""

import re
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from email.utils import getaddresses
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

import orjson

from releasegate.checks.encoded_words import chunks
from releasegate.model.letter import Attachment, Letter
from releasegate.model.parcel import JSON, MAIL, Parcel

T = TypeVar("T")
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "quoted-printable", "base64"})
_FRAME = ("content-type", "content-transfer-encoding", "content-disposition")
# What some reader's program shows in place of the plain text or the page beside it.
_TEXTS = frozenset({"text/plain", "text/enriched", "text/richtext"})
_PAGES = frozenset({"text/html", "text/x-amp-html", "text/watch-html", "application/xhtml+xml"})
# Signs that Python's own codecs (unicode_escape, utf-7, hz, EBCDIC) take for something else than readers' programs do.
_PROBE = bytes(each for each in range(32, 127) if each != ord("\\")) + rb" \x41 \u0041 ~{<:Ky!#~} +AEE- a-b"
KEEP = 16_000_000
# No mail has a header without a name: a letter with this one is a post or a request, and has no subject line.
KIND = ""
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_BARE_CR = re.compile(rb"\r(?!\n)")
_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")
# Mail that declares the narrow set and uses the wider one of Windows is read by every reader's program.
_WIDER = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "gb2312": "gb18030",
}


class Letters:
    """The letters of a draft, to be gone through as often as one likes; `parcels` gives the sealed parcels from the start each time.

    They are parsed once and kept while they are small; of a large draft none is kept, and each pass parses anew.
    """

    def __init__(self, parcels: Callable[[], Iterable[Parcel]], *, keep: int = KEEP) -> None:
        self._parcels = parcels
        self._keep = keep
        self._kept: tuple[Letter, ...] | None = None

    def __iter__(self) -> Iterator[Letter]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Letter] = []
        size = 0
        for no, parcel in enumerate(self._parcels(), start=1):
            letter = read_letter(parcel, no)
            size += len(letter.text) + len(letter.html) + 2000
            if size <= self._keep:
                kept.append(letter)
            else:
                kept.clear()
            yield letter
        if size <= self._keep:
            self._kept = tuple(kept)


def read_letter(parcel: Parcel, no: int) -> Letter:
    """How this parcel looks to a reader. Never raises: what cannot be read stands in `defects`."""
    defects: list[str] = []
    if parcel.media == MAIL:
        return _read_mail(parcel, no, defects)
    text = _read_json(parcel.body, defects) if parcel.media == JSON else _decode(parcel.body, "utf-8", defects)
    return Letter(
        no=no,
        subject=parcel.title,
        sender=parcel.sender,
        envelope=parcel.to,
        text=text,
        headers=((KIND, parcel.media),),
        defects=tuple(defects),
    )


def _read_json(body: bytes, defects: list[str]) -> str:
    """Every string with the path to it, a line each."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        defects.append("the body is not JSON")
        return _decode(body, "utf-8", defects)
    return "\n".join(f"{path}: {text}" if path else text for path, text in _strings(value))


def _strings(value: object) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, str):
            yield path, each
        elif isinstance(each, dict):
            waiting += [(f"{path}.{key}".lstrip("."), inner) for key, inner in reversed(each.items())]
        elif isinstance(each, list):
            waiting += [(f"{path}.{at}".lstrip("."), inner) for at, inner in reversed(list(enumerate(each)))]


def _read_mail(parcel: Parcel, no: int, defects: list[str]) -> Letter:
    # compat32: the newer policy parses every header into a tree, which costs ten times as much.
    message = message_from_bytes(parcel.body)
    head = parcel.body.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if _BARE_CR.search(head):
        defects.append("a bare carriage return in the headers")
    raw = [(name, _unfold(str(value), defects)) for name, value in message.raw_items()]
    headers = tuple((name, _words(value, defects)) for name, value in raw)
    body = _Body(defects)
    body.read(message)
    return Letter(
        no=no,
        subject=_first(headers, "subject"),
        sender=_first(headers, "from") or parcel.sender,
        to=_addresses(raw, "to"),
        cc=_addresses(raw, "cc"),
        envelope=parcel.to,
        text="\n".join(body.text),
        html="\n".join(body.html),
        headers=headers,
        attachments=tuple(body.attachments),
        defects=tuple(dict.fromkeys(defects)),
    )


class _Body:
    """Collects the parts of a mail: words to read, and files to open."""

    def __init__(self, defects: list[str]) -> None:
        self.text: list[str] = []
        self.html: list[str] = []
        self.attachments: list[Attachment] = []
        self._defects = defects

    def read(self, message: Message) -> None:
        waiting = [message]
        while waiting:
            part = waiting.pop()
            self._tried(lambda part=part: self._check_frame(part), None)  # type: ignore[misc]  # bound per part
            if part.is_multipart() and part.get_content_maintype() != "message":
                waiting += reversed(_inner(part))
            else:
                self._leaf(part, whole=part is message)
            # Afterwards: base64 is only looked at when it is decoded.
            self._defects += [type(each).__name__ for each in part.defects]

    def _leaf(self, part: Message, *, whole: bool) -> None:
        """A text that is the `whole` mail is read, attached or not: programs show it."""
        media = part.get_content_type()
        data = self._tried(lambda: _bytes(part), b"")
        attached = str(part.get("content-disposition", "")).strip().lower().startswith("attachment")
        name = self._tried(lambda: str(part.get_filename("")), "")
        if readable := media in _TEXTS | _PAGES and (whole or not attached):
            self._check_encoding(part)
            charset = self._tried(lambda: str(part.get_content_charset("utf-8")), "utf-8")
            (self.html if media in _PAGES else self.text).append(_decode(data, charset, self._defects))
        if name or not readable:
            shown = _words(_unfold(name, self._defects), self._defects)
            self.attachments.append(Attachment(name=shown, media=media, size=len(data), sha256=sha256(data).hexdigest()))

    def _check_frame(self, part: Message) -> None:
        """What stands there twice, or is none: one program takes the first, another the last, a third shows the text as it is."""
        self._defects += [f"two headers {name!r}" for name in _FRAME if len(part.get_all(name, ())) > 1]
        names = [name.lower() for name, _ in part.get_params([])]
        self._defects += [f"two parameters {name!r}" for name in ("charset", "boundary") if names.count(name) > 1]
        said = str(part.get("content-type", part.get_content_type())).partition(";")[0].strip().lower()
        if said != part.get_content_type():
            self._defects.append(f"unknown content type {said[:40]!r}")

    def _check_encoding(self, part: Message) -> None:
        """An encoding that nobody knows is shown undecoded by some programs, and not at all by others."""
        encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
        if encoding not in _ENCODINGS:
            self._defects.append(f"unknown transfer encoding {encoding[:40]!r}")

    def _tried(self, read: Callable[[], T], otherwise: T) -> T:
        """What the parser reads out of a part; it has no list of what it raises for headers that were made to break it."""
        try:
            return read()
        except Exception as error:  # noqa: BLE001 - see above
            self._defects.append(f"a part that cannot be read ({type(error).__name__})")
            return otherwise


def _inner(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _bytes(part: Message) -> bytes:
    if part.is_multipart():  # a mail within a mail: one file to open
        return b"".join(each.as_bytes() for each in _inner(part))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _decode(data: bytes, charset: str, defects: list[str]) -> str:
    """The text of these bytes; what does not fit its charset is replaced and named."""
    if not _keeps_ascii(charset):
        defects.append(f"unknown charset {charset[:40]!r}")
        return data.decode("utf-8", "replace")
    for name in (charset, _WIDER.get(charset.lower(), charset)):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
        except (LookupError, ValueError, RuntimeError):
            defects.append(f"unknown charset {charset[:40]!r}")
            return data.decode("utf-8", "replace")
    defects.append(f"text that does not fit {charset[:40]!r}")
    try:
        return data.decode(charset, "replace")
    except ValueError:  # a codec for something else than text
        return data.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def _keeps_ascii(charset: str) -> bool:
    """False for a charset in which plain letters are others: only Python reads it so. An unknown one is named when it is read."""
    try:
        return _PROBE.decode(charset) == _PROBE.decode("ascii")
    except UnicodeDecodeError:
        return False
    except (LookupError, ValueError, RuntimeError):
        return True


def _unfold(value: str, defects: list[str]) -> str:
    if not value.isascii():
        value = _decode(value.encode("utf-8", "surrogateescape"), "utf-8", defects)
    return _FOLD.sub("", value)


def _words(value: str, defects: list[str]) -> str:
    """The header's value with its encoded words decoded."""
    if "=?" not in value:
        return value
    try:
        found = chunks(value)
    except (MessageError, ValueError):
        defects.append("an encoded word that cannot be read")
        return value
    return "".join(chunk if isinstance(chunk, str) else _decode(chunk, charset or "utf-8", defects) for chunk, charset in found)


def words(value: str) -> str:
    """This value of a header as a reader sees it."""
    return _words(value, [])


def _first(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _addresses(headers: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    """The bare addresses of these headers; where the list cannot be parsed, everything in it that looks like one."""
    found: list[str] = []
    for value in (value for key, value in headers if key.lower() == name):
        parsed = [address for _, address in getaddresses([value]) if address]
        found += parsed if "@" in "".join(parsed) else _ADDRESS.findall(value)
    return tuple(found)
