"""The body of a mail as a reader's program shows it: every text in it, and the files to open."""

import re
from collections.abc import Callable, Iterator
from email.message import Message
from hashlib import sha256
from typing import TypeVar

from releasegate.checks.decoding import decode, spoken, unfold
from releasegate.model.letter import Attachment

T = TypeVar("T")
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary", "quoted-printable", "base64"})
_FRAME = ("content-type", "content-transfer-encoding", "content-disposition")
# Shown by some reader's program in place of the plain text. Every other kind of text is shown as plain text.
_PAGES = frozenset({"text/html", "text/x-amp-html", "text/watch-html", "application/xhtml+xml"})
_CALENDAR = "text/calendar"
_MAILS = frozenset({"message/rfc822", "message/global"})
# What a program shows of a mail within a mail; of any other message (a report) it shows all.
_HEAD = frozenset({"from", "to", "cc", "subject"})
_STOCK = re.compile(r"\s*(?:this is a (?:multi-?part|cryptographically signed) message in mime format\W*)?\s*", re.IGNORECASE)
_NO_HEX = re.compile(r"=(?![0-9A-Fa-f]{2}|[ \t]*(?:\r?\n|\Z))[^\r\n]{0,2}")
_CONTROL = re.compile(rb"[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_FOLDED_LINE = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\([nN,;\\])")


class Body:
    """Collects the parts of a mail: words to read, and files to open. Nothing that a program may show is passed over."""

    def __init__(self, defects: list[str]) -> None:
        self.texts: list[str] = []
        self.pages: list[str] = []
        self.attachments: list[Attachment] = []
        self._outside: list[str] = []
        self._defects = defects

    @property
    def text(self) -> str:
        """All that is shown as plain text; what stands before the first part and behind the last one comes at the end."""
        return "\n".join([*self.texts, *self._outside])

    def read(self, message: Message) -> None:
        """Go through every part, in order."""
        waiting = [message]
        while waiting:
            part = waiting.pop()
            self._tried(lambda part=part: self._check_frame(part), None)  # type: ignore[misc]  # bound per part
            if part.is_multipart() and part.get_content_maintype() == "message":
                waiting += reversed(self._message(part))
            elif part.is_multipart():
                self._outside += [self._shown(each) for each in (part.preamble, part.epilogue) if not _STOCK.fullmatch(each or "")]
                waiting += reversed(_inner(part))
            else:
                self._leaf(part, whole=part is message)
            # Afterwards: base64 is only looked at when it is decoded.
            self._defects += [type(each).__name__ for each in part.defects]

    def _shown(self, text: str | None) -> str:
        return decode((text or "").encode("utf-8", "surrogateescape"), "utf-8", self._defects)

    def _message(self, part: Message) -> list[Message]:
        """A mail within the mail: a file to open, which most programs show at once, its header too."""
        inner = _inner(part)
        media = part.get_content_type()
        self._attach(part, media, self._tried(lambda: b"".join(each.as_bytes() for each in inner), b""))
        encoding = _encoding(part)
        if encoding in {"base64", "quoted-printable"}:  # the rules of mail allow none here: some programs decode it
            self._defects.append(f"unknown transfer encoding {f'{encoding} of {media}'!r}")
        for each in inner:
            self.texts += [
                self._header(name, str(value)) for name, value in each.raw_items() if media not in _MAILS or name.lower() in _HEAD
            ]
        return inner

    def _header(self, name: str, value: str) -> str:
        return f"{name}: {spoken(unfold(value, self._defects), self._defects)}"

    def _leaf(self, part: Message, *, whole: bool) -> None:
        """A text that is the `whole` mail is read, attached or not: programs show it. So is an invitation."""
        media = part.get_content_type()
        data = self._tried(lambda: _bytes(part), b"")
        attached = str(part.get("content-disposition", "")).strip().lower().startswith("attachment")
        readable = media in _PAGES or media.startswith("text/")
        if shown := readable and (whole or not attached or media == _CALENDAR):
            self._tried(lambda: self._check_encoding(part, data), None)
            charset = self._tried(lambda: str(part.get_content_charset("utf-8")), "utf-8")
            text = decode(data, charset, self._defects)
            (self.pages if media in _PAGES else self.texts).append(_appointment(text) if media == _CALENDAR else text)
        if not shown or self._name(part):
            self._attach(part, media, data)

    def _attach(self, part: Message, media: str, data: bytes) -> None:
        self.attachments.append(Attachment(name=self._name(part), media=media, size=len(data), sha256=sha256(data).hexdigest()))

    def _name(self, part: Message) -> str:
        name = self._tried(lambda: str(part.get_filename("")), "")
        return spoken(unfold(name, self._defects), self._defects)

    def _check_frame(self, part: Message) -> None:
        """What stands there twice, or is none: one program takes the first, another the last, a third shows the text as it is."""
        self._defects += [f"two headers {name!r}" for name in _FRAME if len(part.get_all(name, ())) > 1]
        names = [name.lower() for name, _ in part.get_params([])]
        self._defects += [f"two parameters {name!r}" for name in ("charset", "boundary") if names.count(name) > 1]
        said = str(part.get("content-type", part.get_content_type())).partition(";")[0].strip().lower()
        if said != part.get_content_type():
            self._defects.append(f"unknown content type {said[:40]!r}")

    def _check_encoding(self, part: Message, data: bytes) -> None:
        """An encoding that nobody knows is shown undecoded by some programs, and not at all by others; a broken one as it happens."""
        encoding = _encoding(part)
        if encoding not in _ENCODINGS:
            self._defects.append(f"unknown transfer encoding {encoding[:40]!r}")
        elif encoding == "quoted-printable" and (found := next(_not_quoted(str(part.get_payload()), data), "")):
            self._defects.append(f"broken quoted-printable {found!r}")

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


def _encoding(part: Message) -> str:
    return str(part.get("content-transfer-encoding", "")).strip().lower()


def _bytes(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _not_quoted(written: str, read: bytes) -> Iterator[str]:
    """What no program that encodes quoted-printable writes: a bare `=`, or `=12` where `?id=12` stood and a control character is read."""
    yield from (found[0] for found in _NO_HEX.finditer(written))
    yield from (f"={found[0][0]:02X}" for found in _CONTROL.finditer(read))


def _appointment(text: str) -> str:
    """The lines of an invitation whole, and its line breaks and commas as they are shown."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], _FOLDED_LINE.sub("", text))
