"""How alike two texts are: by the runs of three signs that they share, line by line, so that what every issue has can be left out."""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from releasegate.checks.pages import read_page
from releasegate.checks.parts import narrow
from releasegate.model.letter import Letter

_MOST = 256
_RUN = 3
# What mailers add to links changes from send to send, and says nothing.
_TAIL = re.compile(r"(https?://[^\s?#]+)[?#]\S*")


@dataclass(frozen=True, slots=True, eq=False)
class Sketch:
    """A letter as numbers, out of which nobody reads it again: of each line its own and those of its runs; and its attachments.

    One is the same as itself alone: of a sealed text there is one.
    """

    lines: tuple[tuple[int, "array[int]"], ...]
    attachments: frozenset[str]
    size: int

    def runs(self, but: frozenset[int] = frozenset()) -> frozenset[int]:
        """Every run of its lines, those lines left out."""
        return frozenset(chain.from_iterable(runs for line, runs in self.lines if line not in but))


def sketch(letter: Letter) -> Sketch:
    """Of its subject and the longer of its two texts."""
    page = read_page(letter.html).text if letter.html else ""
    text = narrow("\n".join((letter.subject, max(page, letter.text, key=len)))).casefold()
    lines = [line for each in _TAIL.sub(r"\1", text).splitlines() if (line := "".join(each.split()))]
    drawn = tuple((hash(line), array("q", (hash(run) for run in _runs(line)))) for line in lines)
    return Sketch(drawn, frozenset(each.sha256 for each in letter.attachments), sum(map(len, lines)))


def _runs(line: str) -> Iterable[str]:
    return [line[at : at + _RUN] for at in range(max(1, len(line) - _RUN + 1))]


def frame(earlier: Iterable[Sketch]) -> frozenset[int]:
    """The lines that stand in two or more of these: what every issue has."""
    once, twice = set[int](), set[int]()
    for each in earlier:
        mine = {line for line, _ in each.lines}
        twice |= once & mine
        once |= mine
    return frozenset(twice)


# Asked at every decision, of texts that never change.
@lru_cache(maxsize=512)
def alike(one: Sketch, other: Sketch, but: frozenset[int] = frozenset()) -> float:
    """From 0 to 1: the share of runs that both have, the lines in `but` left out where something else is left of both."""
    if one.attachments != other.attachments:
        return 0.0
    mine, theirs = one.runs(but), other.runs(but)
    if not mine or not theirs:
        mine, theirs = one.runs(), other.runs()
    return 2 * len(mine & theirs) / (len(mine) + len(theirs)) if mine and theirs else float(mine == theirs)


_kept: dict[str, Sketch] = {}


def first_sketch(digest: str, letters: Iterable[Letter]) -> Sketch:
    """The sketch of the first of these letters, which are those of this digest: a sealed text never changes."""
    if (known := _kept.get(digest)) is not None:
        return known
    letter = next(iter(letters), Letter(no=1))
    while len(_kept) >= _MOST:
        _kept.pop(next(iter(_kept)), None)
    drawn = _kept[digest] = sketch(letter)
    return drawn
