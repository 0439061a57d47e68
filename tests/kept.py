"""A desk with a signed draft on it: what stood there before somebody handed in something bad stands there afterwards."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from releasegate.cli.faults import reason
from releasegate.errors import GateError
from releasegate.gate import Gate
from releasegate.model.draft import Draft
from tests.cli import MAIL, PEOPLE, TEAM, Seen, Terminal

TEXT = MAIL.replace("To: list\n", "")
WRITE = ("write", "july", "july.txt", "--channel", "newsletter", "--to")


@dataclass(frozen=True)
class Stand:
    """Everything: the draft with its signatures, the head of the log, how many rows each table has, and the files of the folder."""

    draft: Draft
    head: str
    rows: dict[str, int]
    files: dict[str, str]


@dataclass(frozen=True)
class Desk:
    """A terminal at which Akari's draft `july` has been confirmed by Ben."""

    terminal: Terminal

    def write(self, *words: str, lang: str = "en") -> Seen:
        """Akari writes `july` anew."""
        self.terminal.login = "akari"
        return self.terminal("--lang", lang, *words)

    def gate(self) -> Gate:
        """The same desk, in Python."""
        return Gate.load(self.terminal.folder / "releasegate.toml")

    def draft(self) -> Draft:
        """`july` as it stands."""
        with closing(self.gate()) as gate:
            return gate.draft("july")

    def stand(self) -> Stand:
        """What there is now."""
        folder = self.terminal.folder
        with closing(self.gate()) as gate:
            draft, head = gate.draft("july"), gate.head()
            assert gate.verify().sound
        files = {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if not path.name.startswith("gate.db")}
        return Stand(draft, head, rows(folder / "gate.db"), files)


def rows(store: Path) -> dict[str, int]:
    """How many rows each table has."""
    with closing(sqlite3.connect(store)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}  # noqa: S608 - names of ours


_made: dict[str, bytes] = {}
"""The files of such a desk: it is set up once, and copied."""


def make_desk(terminal: Terminal) -> Desk:
    """Akari writes and submits, Ben confirms."""
    desk = Desk(terminal)
    if not _made:
        _set_up(desk)
        _made.update({path.name: path.read_bytes() for path in terminal.folder.iterdir()})
    for name, data in _made.items():
        terminal.write(name, data).chmod(0o600)
    terminal.login = "akari"
    return desk


def _set_up(desk: Desk) -> None:
    terminal = desk.terminal
    for name, text in {"releasegate.toml": TEAM, "july.txt": TEXT, "people.csv": PEOPLE}.items():
        terminal.write(name, text)
    terminal.login = "akari"
    terminal.ok(*WRITE, "people.csv")
    terminal.ok("submit", "july", "-m", "Please check.")
    terminal.login = "ben"
    terminal.ok("confirm", "july", "--digest", desk.draft().digest, "-m", "Names are right.")


def said(error: GateError) -> tuple[str, str]:
    """The error's sentence in both languages, as a program would show it."""
    assert str(error) == reason(error, "en")
    return reason(error, "en"), reason(error, "ja")
