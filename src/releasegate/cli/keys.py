"""`key`: a key pair, for the anchors of the log or for a person's signatures."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from releasegate.cli.session import Session
from releasegate.store.ed25519 import make_key


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(key)


def key(
    context: typer.Context, file: Annotated[str, typer.Argument(metavar="FILE", help="Where the private key goes.", show_default=False)]
) -> None:
    """Make a key pair: the private key goes into a new file that only you can read, the public one is printed."""
    session: Session = context.obj
    made = make_key(Path(file))
    print(made.public)
    print(session.word("cli.key-made", file=file), file=sys.stderr)
