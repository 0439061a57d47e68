"""The command line in this process: what a person types, what they see, and the exit code."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from releasegate.cli import main


@dataclass(frozen=True)
class Seen:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def both(self) -> str:
        return self.out + self.err


@dataclass
class Terminal:
    """A folder, and somebody in it who types commands; `login` is their account."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    login: str = "root"

    def __call__(self, *words: str) -> Seen:
        self.capture.readouterr()
        code = main(words)
        seen = self.capture.readouterr()
        return Seen(int(code), seen.out, seen.err)

    def ok(self, *words: str) -> str:
        """What a command says that must succeed."""
        seen = self(*words)
        assert 0 == seen.code, seen
        return seen.out

    def back(self, draft_id: str = "july") -> tuple[str, ...]:
        """The options by which somebody who has looked reads back what leaves."""
        told = json.loads(self("show", draft_id, "--json").out)
        return ("--mark", told["digest"][:8], "--recipients", str(told["reach"]), "--leaves", told["send_at"] or "now")

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


Answers = Callable[[str], str]

MAIL = "From: Museum <news@museum.example>\nTo: list\nSubject: July issue for $name\n\nDear $name,\nthe new wing opens.\n"
PEOPLE = "email,name\nmika@reader.example,Mika\nken@reader.example,Ken\n"
TEAM = """
version = 1
[gate]
store = "gate.db"
[people]
akari  = { name = "Akari Sato", email = "akari@museum.example", roles = ["author"], also = ["os:akari"] }
ben    = { name = "Ben Ito", roles = ["author", "checker"], also = ["os:ben"] }
chie   = { name = "Chie Tanaka", roles = ["approver"], also = ["os:chie"] }
mailer = { kind = "robot", operator = "akari", also = ["os:mailer"] }
[channels.newsletter]
via = "folder:sent"
[[requirement]]
name = "two pairs of eyes"
checkers = 1
approvers = 1
"""
