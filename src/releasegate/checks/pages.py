"""The HTML of a mail as a reader meets it: its words, its attributes, its anchors."""

import re
from dataclasses import dataclass
from functools import lru_cache

_BLOCKS = re.compile(
    r"(?i)<(?=/?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|tr|td|th|table|h[1-6]|section|article|header|footer|blockquote|pre|title|body)\b)"
)
# Outlook reads what stands in these comments, so it is read here too.
_OPENS = re.compile(r"(?i)<!(?:--)?\[if[^\]>]*\]>(?:<!-->|-->)?")
_CLOSES = re.compile(r"(?i)(?:<!--)?<!\[endif\](?:--)?>")
_READ = ("href", "src", "alt", "title", "content", "value", "background", "action", "srcset", "aria-label")
_SELECTOR = ",".join(f"[{name}]" for name in _READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute that a reader follows or reads."""

    tag: str
    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a reader gets out of HTML: `text` without styles and scripts, the attributes in order, the `anchors` that links may point to."""

    text: str
    attributes: tuple[Attribute, ...] = ()
    anchors: frozenset[str] = frozenset()


# As many as one batch of letters: several checks look at the same page.
@lru_cache(maxsize=256)
def read_page(html: str) -> Page:
    """This HTML as a reader meets it; never raises for any text."""
    if not html:
        return Page(text="")
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_BLOCKS.sub("\n<", _CLOSES.sub("", _OPENS.sub("", _clean(html)))))
    tree.strip_tags(["style", "script", "xml"])
    # A node comes once for each part of the selector that it fits.
    nodes = {node.mem_id: node for node in tree.css(_SELECTOR)}
    attributes = tuple(
        Attribute(tag=node.tag or "", name=name, value=value or "")
        for node in nodes.values()
        for name, value in node.attributes.items()
        if name in _READ
    )
    named = (node.attributes.get(name) for node in tree.css("[id],[name]") for name in ("id", "name"))
    anchors = frozenset(name for name in named if name)
    return Page(text=tree.root.text() if tree.root else "", attributes=attributes, anchors=anchors)


def _clean(html: str) -> str:
    """Without what no parser takes: lone surrogates and NUL."""
    return html.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
