"""The transcripts of the pages: what a block of `console` shows is typed, and what comes must be what the page says.

A line that begins with `$` or `NAME$` is a command (NAME is who is logged in); the lines below it are what is printed, stdout before
stderr. `$ echo $?` prints the exit code of the command before. What differs from run to run is compared by its kind: hours and dates,
heads of the log. Marks, digests and ids of attempts may differ too, but one of the page is the same one of the run wherever it stands.

    python -m tests.transcript PAGE …        writes into these pages what comes now: read the difference before you commit it
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.cli import Terminal

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(\w*)\$ (.*)")
_CHANGING = {
    "HEAD": r"\d+:[0-9a-f]{64}",
    "STAMP": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?\+00:00)?",
    "DAY": r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w+ \d{4}|\d{4}年\d{1,2}月\d{1,2}日\([月火水木金土日]\)",
    "HOUR": r"(?<!\d)\d\d:\d\d(?!\d)",
    "AHEAD": r"\(in [\d,]+ \w+(?: \d+ \w+)?\)|\(あと[^)]*\)",
}
_DIGEST = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{12}|[0-9a-f]{8})\b")


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
            shown, come = self._plain(step.shown, printed).splitlines(), _kinds(printed).splitlines()
            if shown != come:
                pytest.fail("\n".join([step.command, *unified_diff(shown, come, "the page", "what comes", lineterm="")]), pytrace=False)

    def _own(self, digest: str) -> str:
        """The run's own digest for this one of the page."""
        return self.digests.get(digest, digest)

    def _run(self, command: str) -> str:
        if command == "echo $?":
            return f"{self.code}\n"
        words = shlex.split(command)
        if _is_ours(words):
            seen = self.terminal(*words[1:])
            self.code = seen.code
            return seen.both
        plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # to measure takes twice as long
        shell = ["/bin/sh", "-c", command]
        done = subprocess.run(
            shell, cwd=self.terminal.folder, env=plain, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        self.code = done.returncode
        return done.stdout

    def _plain(self, shown: str, printed: str) -> str:
        """What the page shows, with the run's own digests; the kinds of what changes instead of it."""
        for theirs, ours in zip(_DIGEST.findall(_kinds(shown)), _DIGEST.findall(_kinds(printed)), strict=False):
            for length in (8, 64):
                self.digests.setdefault(theirs[:length], ours[:length])
        return _DIGEST.sub(lambda found: self._own(found[0]), _kinds(shown))


def _is_ours(words: list[str]) -> bool:
    """Nothing but the program; what a shell has to put together, a shell runs."""
    return words[0] == "releasegate" and not {"|", ">", ">>", ";"} & set(words)


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


AS_LOGIN = Path(__file__).parent.parent / "examples" / "as_login.py"


def record(text: str, folder: Path) -> str:
    """The page with what its commands print now, each typed as a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "RELEASEGATE_"))}
    environment |= {"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(Path(__file__).parent.parent / "src")}
    if not re.search(r"^\w*\$ releasegate( --lang \w+)? init", text, re.MULTILINE):  # it makes its own files
        lay(text, folder)
    login, code, digests = "akari", 0, dict[str, str]()

    def run(command: str) -> str:
        nonlocal code
        if command == "echo $?":
            return f"{code}\n"
        words = shlex.split(_DIGEST.sub(lambda found: digests.get(found[0], found[0]), command))
        typed = [sys.executable, str(AS_LOGIN), login, *words[1:]] if _is_ours(words) else ["/bin/sh", "-c", command]
        done = subprocess.run(typed, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        code = done.returncode
        return done.stdout + done.stderr

    def block(found: re.Match[str]) -> str:
        nonlocal login
        lines = []
        for step in steps(found[0]):
            login = step.login or login
            printed = run(step.command)
            for was, now in zip(_DIGEST.findall(_kinds(step.shown)), _DIGEST.findall(_kinds(printed)), strict=False):
                digests.setdefault(was, now)
            same = _kinds(printed) == _DIGEST.sub(lambda mark: digests.get(mark[0], mark[0]), _kinds(step.shown))
            # What only differs as it does from run to run stays as it is: a page changes where it has something else to say.
            own = step.command if same else _DIGEST.sub(lambda mark: digests.get(mark[0], mark[0]), step.command)
            lines.append(f"{step.login}$ {own}\n{step.shown if same else printed}")
        return "```console\n" + "".join(lines) + "```"

    return _BLOCK.sub(block, text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as scratch:
            page = Path(name)
            page.write_text(record(page.read_text(encoding="utf-8"), Path(scratch)), encoding="utf-8")
