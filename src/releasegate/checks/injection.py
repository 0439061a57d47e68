"""Line breaks where a header must be one line: what follows them would become a header of its own."""

import re
from collections.abc import Iterable, Iterator
from email.errors import MessageError
from email.header import decode_header
from itertools import chain

from releasegate.checks.findings import few, place, quote
from releasegate.checks.registry import check
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter
from releasegate.protocols import Context

ID = "recipient-header-injection"
_BREAK = re.compile("[\r\n\0\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
_PERCENT = re.compile(r"(?i)%0[ad]")
_WORD = re.compile(r"=\?[^?\s]*\?[BbQq]\?[^?]*\?=")
_ONE_LINE = ("bcc", "reply-to", "return-path", "resent-to", "resent-cc", "resent-bcc", "list-id", "list-unsubscribe", "organization")


@check(ID, reads=("content", "audience"), by_letter=True)
def recipient_header_injection(draft: Draft, context: Context) -> Iterable[Finding]:
    """No address, name, subject or sender holds a line break, also not as an encoded word."""
    return few(_find(draft, context))


def _find(draft: Draft, context: Context) -> Iterator[Finding]:
    letters = iter(context.letters)
    first = next(letters, None)
    # What is the draft's own, and not a letter's, is looked at with the first batch only.
    if first is None or first.no <= 1:
        yield from _in_draft(draft, context.recipients)
    if first is not None:
        for letter in chain((first,), letters):
            yield from (_finding(place(draft, letter, part), value) for part, value in _lines(letter) if breaks(value))


def _in_draft(draft: Draft, recipients: Iterable[str]) -> Iterator[Finding]:
    yield from (_finding(part, value) for part, value in (("title", draft.title), ("sender", draft.sender)) if breaks(value))
    yield from (_finding("to", address) for address in dict.fromkeys(recipients) if breaks(address) or _PERCENT.search(address))


def _lines(letter: Letter) -> Iterator[tuple[str, str]]:
    yield "subject", letter.subject
    yield "from", letter.sender
    yield from (("to", address) for address in letter.to)
    yield from (("cc", address) for address in letter.cc)
    yield from ((name.lower(), value) for name, value in letter.headers if name.lower() in _ONE_LINE)
    # Such a mail has been given another header already; where the break stood cannot be told from its headers.
    yield from (("headers", f"{defect}\r") for defect in letter.defects if defect.startswith("a bare carriage return"))


def breaks(text: str) -> bool:
    """Whether this would not stay one line, as it stands or once its encoded words are decoded."""
    if _BREAK.search(text):
        return True
    return "=?" in text and any(_BREAK.search(_decoded(word)) for word in _WORD.findall(text))


def _decoded(word: str) -> str:
    try:
        return "".join(chunk if isinstance(chunk, str) else _text(chunk, charset) for chunk, charset in decode_header(word))
    except (MessageError, ValueError):
        return ""


def _text(chunk: bytes, charset: str | None) -> str:
    try:
        return chunk.decode(charset or "ascii", "replace")
    except (LookupError, ValueError, RuntimeError):
        return chunk.decode("ascii", "replace")


def _finding(where: str, value: str) -> Finding:
    return Finding(check=ID, where=where, evidence=quote(value))
