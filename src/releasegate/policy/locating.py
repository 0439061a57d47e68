"""From a sentence about a policy to the line and column that it speaks of."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from releasegate.messages.words import Words
from releasegate.policy.toml_places import Path, TomlPlaces

_TABLE = re.compile(r"\[{1,2}([^\[\]]+)\]{1,2}")
_NUMBER = re.compile(r" no\. (\d+)")
_ENDS = frozenset({"", ".", ":", " ", ","})


@dataclass(frozen=True)
class Source:
    """A policy's own text: what it is called, its words, and what tomllib made of them."""

    where: str
    text: str
    data: Mapping[str, Any]

    @cached_property
    def _places(self) -> TomlPlaces:
        return TomlPlaces(self.text)

    def located(self, problems: Iterable[str]) -> list[str]:
        """Each problem behind `file:line:column`; behind the file alone where it speaks of no place in it."""
        return [told(f"{self.where}{':' if (spot := self.spot(problem)) else ''}{spot}", problem) for problem in problems]

    def spot(self, problem: str) -> str:
        """`line:column` of the key or the value that is wrong, else of the table around it; "" where there is none."""
        path, rest = self._path(problem)
        for word in _words(problem):
            if (at := self._search(path, word)) is not None:
                return self._places.spot(at)
        # What is no part of the data speaks of the name: `[groups].Legal.name`.
        is_value = rest.startswith(":") and path in self._places.values and not _children(self._value(path))
        found = self._places.values if is_value else self._places.keys
        return self._places.spot(found[path]) if path in found else ""

    def _path(self, problem: str) -> tuple[Path, str]:
        """The path to what it begins with (`[people].ben.roles`, `[[requirement]] no. 2`, `[checks] send-window`), and the rest of it."""
        found = _TABLE.match(problem)
        if found is None or found[1] not in self.data:
            return (), problem
        path: Path = (found[1],)
        rest = problem[found.end() :]
        while (step := _step(_children(self._value(path)), rest)) is not None:
            path, rest = (*path, step[0]), rest[step[1] :]
        return path, rest

    def _search(self, path: Path, word: str) -> int | None:
        """The place of the first key or text from this path on that is exactly this word; of the whole file only its own keys."""
        if self._value(path) == word:
            return self._places.values.get(path)
        for child in _children(self._value(path)):
            inner = (*path, child)
            if child == word:
                return self._places.keys.get(inner)
            if path and (found := self._search(inner, word)) is not None:
                return found
        return None

    def _value(self, path: Path) -> Any:  # noqa: ANN401 - whatever stands there
        found: Any = self.data
        for step in path:
            found = found[step]
        return found


def told(where: str, problem: str) -> str:
    """The problem behind its place; one that begins with a colon is about the whole file."""
    return Words("{where}{gap}{problem}", where=where, gap="" if problem.startswith(":") else " ", problem=problem)


def _children(value: object) -> tuple[str | int, ...]:
    if isinstance(value, Mapping):
        return tuple(value)
    return tuple(range(len(value))) if isinstance(value, (list, tuple)) else ()


def _step(children: tuple[str | int, ...], rest: str) -> tuple[str | int, int] | None:
    """The child that the sentence names next, and how many letters of it that takes; the longest, where one begins like another."""
    if (number := _NUMBER.match(rest)) and int(number[1]) - 1 in children:
        return int(number[1]) - 1, number.end()
    named = [(child, len(str(child)) + 1) for child in children if rest[:1] in {".", " "} and rest.startswith(str(child), 1)]
    return max((each for each in named if rest[each[1] : each[1] + 1] in _ENDS), key=lambda each: each[1], default=None)


def _words(problem: str) -> Iterator[str]:
    """The facts of the sentence in the order in which it was built: what is wrong comes before what was perhaps meant."""
    for fact in problem.facts.values() if isinstance(problem, Words) else ():
        if isinstance(fact, Words):
            yield from _words(fact)
        elif isinstance(fact, str) and fact:
            yield fact
