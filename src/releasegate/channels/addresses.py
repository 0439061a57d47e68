"""The addresses of a header, read from its raw value. Strict, because `email.utils` is not: CVE-2023-27043 on Python 3.11.7."""

import re
from collections.abc import Iterable, Iterator

from releasegate.errors import ContentError
from releasegate.messages.words import Words

_TOKEN = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<angle><(?:"(?:[^"\\]|\\.)*"|[^<>"])*>)
    | (?P<comment>\((?:[^()\\]|\\.)*\))
    | (?P<literal>\[[^\[\]\\]*\])
    | (?P<comma>,)
    | (?P<group>[:;])
    | (?P<space>[ \t]+)
    | (?P<word>[^\s"<>()\[\],:;]+)
    | (?P<stray>.)""",
    re.VERBOSE | re.DOTALL,
)
_PLAIN = re.compile(r"[^\s\"<>()\[\],:;@\\]+@[^\s\"<>()\[\],:;@\\]+")
_SPEC = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|[^\s"<>()\[\],:;@\\]+)@(?:\[[^\[\]\\]*\]|[^\s"<>()\[\],:;@\\]+)""")
_ENCODED_WORD = re.compile(r"=\?[^?]*\?[bBqQ]\?")
_NAME = frozenset({"quoted", "word", "space"})

_Token = tuple[str, str]


def read_addresses(value: str, *, where: str) -> list[str]:
    """The addresses in this header's value, in order, repeats kept.

    What cannot be read as exactly one address is kept as it stands, for the check of addresses to name; nothing is dropped.
    """
    if _PLAIN.fullmatch(value):
        return [_checked(value, where)]
    return [_checked(_address(item), where) for item in _items(value, where)]


def is_address(text: str) -> bool:
    """It reads as exactly one address."""
    return bool(_SPEC.fullmatch(text))


def _items(value: str, where: str) -> Iterator[list[_Token]]:
    """What stands between the commas; the empty and the commented-out left out."""
    item: list[_Token] = []
    for found in _TOKEN.finditer(value):
        kind = found.lastgroup or "stray"
        if kind == "group":
            raise ContentError(
                what=Words("{sign!r} makes a group of addresses: {value!r}.", sign=found[0], value=value[:60]),
                where=where,
                mend=Words("Write each address out; those that nobody shall see belong into Bcc, with your own address in To."),
            )
        if kind != "comma":
            item.append((kind, found[0]))
            continue
        if _says_something(item):
            yield item
        item = []
    if _says_something(item):
        yield item


def _says_something(item: Iterable[_Token]) -> bool:
    return any(kind not in {"space", "comment"} for kind, _ in item)


def _address(item: list[_Token]) -> str:
    """The one address of this item; or the item as it stands."""
    raw = "".join(text for _, text in item).strip(" \t")
    said = [(kind, text) for kind, text in item if kind != "comment"]
    while said[-1][0] == "space":
        said.pop()
    *name, (kind, last) = said
    if kind == "angle":
        is_name = all(k in _NAME for k, _ in name) and not any("@" in text for k, text in name if k == "word")
        return last[1:-1] if is_name and _SPEC.fullmatch(last[1:-1]) else raw
    bare = "".join(text for _, text in said).strip(" \t")
    return bare if _SPEC.fullmatch(bare) else raw


def _checked(address: str, where: str) -> str:
    """Refuse an encoded word as an address: `email` writes one for a local part in Japanese, and it would pass as an ASCII one.

    Before a bracket it is a name, and stands here because what the bracket holds is no address: that is for the check to say.
    """
    if _ENCODED_WORD.search(address.rpartition("<")[2]):
        raise ContentError(
            what=Words("an encoded word stands where an address must stand: {address!r}.", address=address),
            where=where,
            mend=Words("Only names are encoded; write the address itself in ASCII or UTF-8."),
        )
    return address


def without_repeats(addresses: Iterable[str]) -> tuple[str, ...]:
    """Each mailbox once, in order: one mailbox gets one mail. Only the domain is compared without case."""
    mailboxes: dict[tuple[str, str], str] = {}
    for address in addresses:
        local, _, domain = address.rpartition("@")
        mailboxes.setdefault((local, domain.lower()), address)
    return tuple(mailboxes.values())
