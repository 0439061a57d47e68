"""Where in a TOML text each key and each value stands: tomllib does not say, and a mistake is mended at a line and a column."""

import contextlib
import re
import tomllib
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_TEXT = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'{3}.*?\'{3,5}|"(?:[^"\\]|\\.)*"|\'[^\']*\'', re.DOTALL)
_BARE = re.compile(r"[^,\]}\n#]+")


@dataclass(slots=True)
class TomlPlaces:
    """The place of each key and each value by its path, in characters from the beginning. Of a text that tomllib reads, all of them."""

    text: str
    keys: dict[Path, int] = field(default_factory=dict)
    values: dict[Path, int] = field(default_factory=dict)
    _at: int = 0
    _counts: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # A text that is none ends here somewhere; what was found so far is right.
        with contextlib.suppress(IndexError, ValueError, AttributeError):
            self._read()

    def spot(self, at: int) -> str:
        """`line:column`, as editors count them."""
        return f"{self.text.count(chr(10), 0, at) + 1}:{at - self.text.rfind(chr(10), 0, at)}"

    def _read(self) -> None:
        table: Path = ()
        self._pass(_BLANK)
        while self._at < len(self.text):
            if self.text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._pass(_BLANK)

    def _pass(self, pattern: re.Pattern[str]) -> str:
        """Go on behind what fits here."""
        found = pattern.match(self.text, self._at)
        self._at = found.end()  # type: ignore[union-attr]  # what does not fit ends the reading
        return found[0]  # type: ignore[index]  # see above

    def _header(self) -> Path:
        brackets = 2 if self.text.startswith("[[", self._at) else 1
        self._at += brackets
        self._pass(_BLANK)
        begins = self._at
        path = self._numbered(self._name(), begins)
        self._at = self.text.index("]", self._at) + brackets
        if brackets == 2:  # noqa: PLR2004 - [[one of many]]
            self._counts[path] = self._counts.get(path, -1) + 1
            path = (*path, self._counts[path])
            self.keys[path] = begins
        return path

    def _numbered(self, names: list[str], begins: int) -> Path:
        """The path of this header; below a name that stands for many tables, the last one is meant."""
        path: Path = ()
        for name in names:
            path = ((*path, self._counts[path]) if path in self._counts else path) + (name,)
            self.keys.setdefault(path, begins)
        return path

    def _name(self) -> list[str]:
        """The parts of a key, with dots between them."""
        parts = []
        while True:
            written = self._pass(_PART)
            parts.append(str(tomllib.loads(f"key = {written}")["key"]) if written[0] in "\"'" else written)
            self._pass(_BLANK)
            if self.text[self._at] != ".":
                return parts
            self._at += 1
            self._pass(_BLANK)

    def _pair(self, table: Path) -> None:
        begins = self._at
        path = table
        for name in self._name():
            path = (*path, name)
            self.keys.setdefault(path, begins)
        self._at = self.text.index("=", self._at) + 1
        self._value(path)

    def _value(self, path: Path) -> None:
        self._pass(_BLANK)
        self.values[path] = self._at
        sign = self.text[self._at]
        if sign in "\"'":
            self._pass(_TEXT)
        elif sign == "[":
            self._several(path, "]")
        elif sign == "{":
            self._several(path, "}")
        else:
            self._pass(_BARE)

    def _several(self, path: Path, end: str) -> None:
        """The values of a list, or the pairs of a table in one line."""
        number = 0
        self._at += 1
        self._pass(_BLANK)
        while self.text[self._at] != end:
            if end == "]":
                self._value((*path, number))
                number += 1
            else:
                self._pair(path)
            self._pass(_BLANK)
            self._at += self.text[self._at] == ","
            self._pass(_BLANK)
        self._at += 1
