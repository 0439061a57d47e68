"""The transcripts of the pages: what a block of `console` shows is typed, and what comes must be what the page says.

A line that begins with `$` or `NAME$` is a command (NAME is who is logged in); the lines below it are what is printed, stdout before
stderr. `$ echo $?` prints the exit code of the command before. What differs from run to run is compared by its kind: hours and dates,
heads of the log, ids of attempts. A mark or a digest may differ too, but one of the page is the same one of the run wherever it stands.
"""

import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli import Terminal

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(\w*)\$ (.*)")
_CHANGING = {
    "HEAD": r"\d+:[0-9a-f]{64}",
    "ATTEMPT": r"\b[0-9a-f]{32}\b",
    "STAMP": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?\+00:00)?",
    "DAY": r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w+ \d{4}|\d{4}年\d{1,2}月\d{1,2}日\([月火水木金土日]\)",
    "HOUR": r"\b\d\d:\d\d\b",
}
_DIGEST = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{8})\b")


@dataclass(frozen=True, slots=True)
class Step:
    """A command, who types it, and what the page says comes of it."""

    login: str
    command: str
    shown: str


def steps(text: str) -> list[Step]:
    """Every command of the page's console blocks, in order."""
    found: list[Step] = []
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            if told := _COMMAND.fullmatch(line):
                found.append(Step(told[1], told[2], ""))
            else:
                last = found.pop()
                found.append(Step(last.login, last.command, f"{last.shown}{line}\n"))
    return found


@dataclass
class Player:
    """Types the commands of a page at a terminal, and remembers which digest of the page is which of the run."""

    terminal: Terminal
    code: int = 0
    digests: dict[str, str] = field(default_factory=dict)

    def play(self, text: str) -> None:
        """The whole page. Fails at the first command that says something else than the page."""
        for step in steps(text):
            if step.login:
                self.terminal.login = step.login
            printed = self._run(_DIGEST.sub(lambda found: self._own(found[0]), step.command))
            assert self._plain(step.shown, printed) == _kinds(printed), step.command

    def _own(self, digest: str) -> str:
        """The run's own digest for this one of the page."""
        return self.digests.get(digest, digest)

    def _run(self, command: str) -> str:
        if command == "echo $?":
            return f"{self.code}\n"
        words = shlex.split(command)
        if words[0] == "releasegate" and not {"|", ">", ";"} & set(words):
            seen = self.terminal(*words[1:])
            self.code = seen.code
            return seen.both
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.terminal.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        self.code = done.returncode
        return done.stdout

    def _plain(self, shown: str, printed: str) -> str:
        """What the page shows, with the run's own digests; the kinds of what changes instead of it."""
        for theirs, ours in zip(_DIGEST.findall(_kinds(shown)), _DIGEST.findall(_kinds(printed)), strict=False):
            for length in (8, 64):
                self.digests.setdefault(theirs[:length], ours[:length])
        return _DIGEST.sub(lambda found: self._own(found[0]), _kinds(shown))


def _kinds(text: str) -> str:
    """The text with what differs from run to run replaced by its kind."""
    for kind, pattern in _CHANGING.items():
        text = re.sub(pattern, kind, text)
    return text


def files(text: str) -> dict[str, str]:
    """The files that a page shows: blocks of Python, TOML, CSV or text whose first line is a remark with the file's name."""
    found = re.findall(r"^```(?:python|toml|text)\n# (\S+\.\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return dict(found)


def lay(text: str, folder: Path) -> None:
    """Write the files of a page."""
    for name, content in files(text).items():
        (folder / name).write_text(content, encoding="utf-8")
