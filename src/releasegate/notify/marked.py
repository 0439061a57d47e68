"""A marked copy of a sealed message: what the reader will see, byte for byte, below a banner that says what it is."""

import base64
import re
from dataclasses import dataclass
from email.header import Header

from releasegate import messages
from releasegate.checks.letters import read_letter
from releasegate.model.letter import Letter
from releasegate.model.parcel import MAIL, Parcel

_CONTENT = re.compile(rb"^content-[!-9;-~]+:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*", re.IGNORECASE | re.MULTILINE)
_SHOWN = ("From", "Sender", "To", "Cc", "Reply-To", "Subject")
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What a proof shows: message no. `no` of `of`, of which draft and text, who asked for it, and from which address it is sent."""

    parcel: Parcel
    no: int
    of: int
    draft_id: str
    digest: str
    by: str
    sender: str


def marked(copy: Copy, *, address: str, lang: str) -> bytes:
    """The mail that shows it to this address. The sealed body is not read and written again: a part of the new mail holds it as it is."""
    letter = read_letter(copy.parcel, copy.no)
    parts = [_text(_banner(copy, letter, lang)), *_shown(copy.parcel, letter)]
    boundary = _boundary(copy.digest, parts)
    head = [
        f"From: {copy.sender}",
        f"To: {address}",
        f"Subject: {_subject(copy, letter, lang)}",
        "Auto-Submitted: auto-generated",
        f"X-Releasegate-Proof: {copy.digest}",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{boundary}"',
        f"Content-Transfer-Encoding: {'7bit' if all(part.isascii() for part in parts) else '8bit'}",
    ]
    between = f"\r\n--{boundary}\r\n".encode()
    return "".join(f"{line}\r\n" for line in head).encode() + between + between.join(parts) + f"\r\n--{boundary}--\r\n".encode()


def _subject(copy: Copy, letter: Letter, lang: str) -> str:
    said = messages.text("proof.subject", lang, mark=copy.digest[:8], title=letter.subject[:_LONGEST_SUBJECT]).strip()
    charset = "us-ascii" if said.isascii() and "=?" not in said else "utf-8"
    return Header(said.encode("utf-8", "replace").decode(), charset, header_name="Subject").encode(linesep="\r\n")


def _banner(copy: Copy, letter: Letter, lang: str) -> str:
    """The first thing that a reader of the copy sees."""
    first = messages.text("proof.first", lang, mark=copy.digest[:8], no=copy.no, of=copy.of, draft=copy.draft_id, by=copy.by)
    told = {name.lower(): value for name, value in reversed(letter.headers)} | {"subject": letter.subject}
    heads = [f"{name}: {messages.plain(value)}" for name in _SHOWN if (value := told.get(name.lower()))]
    return "\n".join([first, "", *heads, "", messages.text("proof.beware", lang), "-" * 60, ""])


def _shown(parcel: Parcel, letter: Letter) -> list[bytes]:
    """A mail's own body; of any other message its text, and the very bytes beside it."""
    if parcel.media != MAIL:
        return [_text(letter.text), _attached(parcel)]
    head, _, body = parcel.body.partition(b"\r\n\r\n")
    return [b"".join(_CONTENT.findall(head + b"\r\n")) + b"\r\n" + body]


def _text(words: str) -> bytes:
    head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + _base64(words.encode("utf-8", "replace"))


def _attached(parcel: Parcel) -> bytes:
    head = f"Content-Type: {parcel.media}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=proof\r\n\r\n"
    return head.encode() + _base64(parcel.body)


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _boundary(digest: str, parts: list[bytes]) -> str:
    """A line that stands in none of the parts, whatever their author wrote."""
    whole, number = b"\n".join(parts), 0
    while (found := f"proof-{digest[:32]}-{number}").encode() in whole:
        number += 1
    return found
