"""Two sealed texts side by side, as their readers meet them."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff

from releasegate.checks.letters import read_letter
from releasegate.checks.links import links_in
from releasegate.model.letter import Letter
from releasegate.model.parcel import Parcel
from releasegate.store import seals
from releasegate.store.store import Txn

_CHUNK = 200
_BOUNDARY = re.compile(rb"""(?i)boundary="?([^";\s]+)""")
# How it is written down: made anew each time, and nothing that a reader sees.
_FRAME = frozenset({"content-type", "content-transfer-encoding", "mime-version", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What is another for the readers: `changed` mails to the same people, `joined` and `gone` people.

    `lines` are a unified diff of the first mail in which a reader sees it: its headers, its text, its links, its attachments.
    """

    changed: int
    joined: int
    gone: int
    lines: tuple[str, ...]


Key = tuple[tuple[str, ...], int]


def compare(txn: Txn, before: str, after: str) -> Compared:
    """The texts of these two digests."""
    old, new = dict(_places(txn, before)), dict(_places(txn, after))
    pairs = [(old[key][0], new[key][0]) for key in new if key in old and old[key][1] != new[key][1]]
    if not old.keys() & new.keys():
        pairs = [(1, 1)]  # nobody gets both: the first ones stand for the others
    differing = _differing(txn, (before, after), pairs)
    people = [Counter(address for to, _ in side for address in to) for side in (old, new)]
    joined, gone = people[1] - people[0], people[0] - people[1]
    return Compared(changed=len(differing), joined=joined.total(), gone=gone.total(), lines=_lines(txn, (before, after), differing))


def _places(txn: Txn, digest: str) -> Iterator[tuple[Key, tuple[int, str]]]:
    """For each mail whom it is for (and which of those to just these people), where it stands, and the seal of its bytes."""
    reader, count, seen = seals.Reader(digest), seals.manifest(txn, digest).count, Counter[tuple[str, ...]]()
    for start in range(1, count + 1, _CHUNK):
        places = range(start, min(start + _CHUNK, count + 1))
        for no, parcel in zip(places, reader.some(txn, places), strict=True):
            yield (parcel.to, seen[parcel.to]), (no, parcel.content)
            seen[parcel.to] += 1


def _differing(txn: Txn, texts: tuple[str, str], pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The pairs that differ in more than the boundaries between their parts, which are made anew each time."""
    old, new = (seals.Reader(text) for text in texts)
    return [(here, there) for here, there in pairs if _bare(old.parcel(txn, here)) != _bare(new.parcel(txn, there))]


def _bare(parcel: Parcel) -> bytes:
    body = parcel.body
    for boundary in set(_BOUNDARY.findall(body)):
        body = body.replace(boundary, b"")
    return body


def _lines(txn: Txn, texts: tuple[str, str], pairs: list[tuple[int, int]]) -> tuple[str, ...]:
    """The difference of the first pair in which a reader sees one."""
    old, new = (seals.Reader(text) for text in texts)
    for here, there in pairs:
        faces = face(read_letter(old.parcel(txn, here), here)), face(read_letter(new.parcel(txn, there), there))
        if faces[0] != faces[1]:
            return tuple(unified_diff(*faces, texts[0][:8], texts[1][:8], lineterm=""))
    return ()


def face(letter: Letter) -> list[str]:
    """A mail in lines: all that a reader can see of it."""
    headers = [(name, value) for name, value in letter.headers if name.lower() not in _FRAME]
    return [
        *(f"{name}: {value}" for name, value in headers or [("Subject", letter.subject)]),
        "",
        *letter.text.splitlines(),
        *letter.html.splitlines(),
        *(f"Link: {url}" for url in dict.fromkeys(link.url for link in links_in(letter))),
        *(f"Attached: {each.name} ({each.media}, {each.size} bytes, {each.sha256[:8]})" for each in letter.attachments),
    ]
