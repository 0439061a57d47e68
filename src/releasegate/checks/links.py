"""Links, found in Japanese and English text and in HTML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from releasegate.checks.pages import read_page
from releasegate.model.letter import Letter

_START = re.compile(r"(?i)https?://")
_ASCII = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
# A host of its own script, up to where a host ends.
_HOST = re.compile(r"[\w\-.]*")
_WORD_TAIL = re.compile(r"[\w%\-._~/?#=&+]+(?=[\s>]|$)")
_DROPPED = ".,;:!?'\""
_PAIRS = {")": "(", "]": "["}
_FOLLOWED = ("href", "src", "background", "action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link as it stands: `part` is where (`text`, `html`, `subject`), `name` the attribute, empty in text; `next` follows it in text."""

    url: str
    part: str
    tag: str = ""
    name: str = ""
    next: str = ""


# Several checks read the same text, a batch of letters after the other.
@lru_cache(maxsize=1024)
def urls_in(text: str) -> tuple[tuple[str, int], ...]:
    """Each http and https address in this text and where it ends, also right after kana; what follows in Japanese is left out.

    A path in Japanese is taken when a blank, a line's end or > follows it at once.
    """
    return tuple(_urls_in(text))


def _urls_in(text: str) -> Iterator[tuple[str, int]]:
    at = 0
    while found := _START.search(text, at):
        end = _end(text, found.end())
        yield text[found.start() : end], end
        at = max(end, found.end())


def _end(text: str, start: int) -> int:
    """Where the address that has its host at `start` ends."""
    host = start
    if start < len(text) and not text[start].isascii() and text[start].isalpha():
        host = _own_script(text, start)
    end = _ASCII.match(text, host).end()  # type: ignore[union-attr] # it matches the empty text too
    if end < len(text) and end > start and not text[end].isascii() and text[end].isalpha() and "/" in text[start:end]:
        tail = _WORD_TAIL.match(text, end)
        end = tail.end() if tail else end
    return _trim(text, start, end)


def _own_script(text: str, start: int) -> int:
    """The end of a host like 日本語.jp: where its top-level domain is ASCII, kana that follow it at once are not part of it."""
    end = _HOST.match(text, start).end()  # type: ignore[union-attr] # it matches the empty text too
    label = text.rfind(".", start, end) + 1
    top = re.match(r"[A-Za-z]+", text[label:end]) if label > start else None
    return label + top.end() if top else end


def _trim(text: str, start: int, end: int) -> int:
    """Without the full stop of the sentence and the bracket that was opened before the link."""
    while end > start:
        last = text[end - 1]
        opener = _PAIRS.get(last)
        unbalanced = opener is not None and text.count(last, start, end) > text.count(opener, start, end)
        if last not in _DROPPED and not unbalanced:
            break
        end -= 1
    return end


def links_in(letter: Letter) -> Iterator[Link]:
    """Every link of a letter: in subject, text and HTML, there also in the attributes that are followed or loaded."""
    for part, text in (("subject", letter.subject), ("text", letter.text)):
        yield from (Link(url=url, part=part, next=text[end : end + 2]) for url, end in urls_in(text))
    if letter.html:
        page = read_page(letter.html)
        for each in page.attributes:
            if each.name in _FOLLOWED:
                yield Link(url=each.value, part="html", tag=each.tag, name=each.name)
        yield from (Link(url=url, part="html", next=page.text[end : end + 2]) for url, end in urls_in(page.text))
