"""`init`: the first files. Nothing that is there is ever written over."""

import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from releasegate.cli import login
from releasegate.cli.exits import Exit
from releasegate.cli.session import Session

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}", re.ASCII)
_PLAYED = ("ben", "chie")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(init)


def init(context: typer.Context, *, demo: Annotated[bool, typer.Option("--demo", help="A gate that can hurt nobody.")] = False) -> None:
    """Write a policy file to fill in; with --demo one that runs as it is, with a mail and two readers."""
    session: Session = context.obj
    account = login.os_login()
    if demo:
        author = account if _ID.fullmatch(account) and account not in _PLAYED else "akari"
        _write(
            session,
            {
                session.given.config: _text(session, "demo.toml", AUTHOR=author),
                "july.eml": _text(session, "july.eml"),
                "readers.csv": _text(session, "readers.csv"),
            },
        )
        session.say("init-demo", file=session.given.config, author=author)
        session.say("next", command="releasegate write july july.eml --to readers.csv")
    else:
        _write(session, {session.given.config: _text(session, "strict.toml", AUTHOR=_plain(account), LOGIN=_plain(account))})
        session.say("init", file=session.given.config)
        session.say("next", command="releasegate policy check")


def _plain(account: str) -> str:
    """The account as it can stand between quotes in TOML."""
    return re.sub(r'["\\\x00-\x1f\x7f]', "?", account)


def _text(session: Session, name: str, **values: str) -> str:
    """The template in the reader's language, filled in."""
    folder = resources.files("releasegate.cli") / "templates"
    stem, dot, kind = name.rpartition(".")
    text = (folder / (f"{stem}.ja{dot}{kind}" if session.lang == "ja" else name)).read_text(encoding="utf-8")
    for place, value in values.items():
        text = text.replace(f"@{place}@", value)
    return text


def _write(session: Session, files: dict[str, str]) -> None:
    """All of them or none: where one is there already, nothing is written."""
    if there := [name for name in files if Path(name).exists()]:
        session.fail(session.word("cli.init-there", files=session.word("list.between").join(there)), Exit.USAGE)
    for name, text in files.items():
        with Path(name).open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
