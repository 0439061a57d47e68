"""The parts of a letter that a reader sees, and the text in each."""

from collections.abc import Iterator
from functools import lru_cache

from releasegate.checks.pages import read_page
from releasegate.model.letter import Letter

_SEEN = ("alt", "title", "aria-label", "value")
_SCANNED = frozenset({"from", "to", "cc", "reply-to", "sender", "list-unsubscribe", "list-id"})
# Full-width forms of ASCII, one for one, so that what is found stands at the same place in the text as it was written.
_NARROW = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}


def parts_of(letter: Letter) -> Iterator[tuple[str, str]]:
    """Where and what a reader reads: subject, sender's name, text, HTML with its alternative texts, names of attachments."""
    yield "subject", letter.subject
    yield "from", letter.sender
    yield "text", letter.text
    if letter.html:
        page = read_page(letter.html)
        yield "html", page.text
        yield "html", "\n".join(each.value for each in page.attributes if each.name in _SEEN)
    yield "attachment", "\n".join(each.name for each in letter.attachments)


def scanned(letter: Letter) -> Iterator[tuple[str, str]]:
    """Where and what a field of a template may stand in: also headers that no reader sees, and the addresses behind links."""
    yield "subject", letter.subject
    yield from ((name.lower(), value) for name, value in letter.headers if name.lower() in _SCANNED)
    if not letter.headers:
        yield "from", letter.sender
    yield "text", letter.text
    if letter.html:
        page = read_page(letter.html)
        yield "html", page.text
        yield from (("html", each.value) for each in page.attributes)
    yield from (("attachment", each.name) for each in letter.attachments)


# Several checks read the same text, a batch of letters after the other.
@lru_cache(maxsize=1024)
def narrow(text: str) -> str:
    """The same text, as long as before, with plain letters, digits and signs for full-width ones."""
    return text if text.isascii() else text.translate(_NARROW)
