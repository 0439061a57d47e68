"""The options that many commands share, each written once."""

from typing import Annotated

import typer

Id = Annotated[str, typer.Argument(metavar="ID", help="The draft's id, such as 2026-07.", show_default=False)]
NoteText = Annotated[str, typer.Option("--note", "-m", help="For the next person: what they must know.")]
Digest = Annotated[str, typer.Option("--digest", help="The text that you have read: all 64 characters of its digest.")]
KeyFile = Annotated[str, typer.Option("--key", help="Sign it with the private key in this file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
