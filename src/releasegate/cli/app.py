"""All commands, under one program; and what becomes of an error: one message, one exit code."""

import sys
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

import typer

from releasegate import __version__
from releasegate.cli import (
    asking,
    booking,
    checking,
    checks,
    handing,
    history,
    keys,
    measuring,
    proofing,
    rules,
    sending,
    signing,
    starting,
    watching,
    writing,
)
from releasegate.cli.answers import failure, put
from releasegate.cli.config import FILE
from releasegate.cli.exits import Exit
from releasegate.cli.faults import told
from releasegate.cli.help import speak, usage
from releasegate.cli.session import Given, Session
from releasegate.cli.tongue import asked_json, asked_language

app = typer.Typer(
    name="releasegate",
    help='An approval gate between "somebody wants to send this" and "it has left".',
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for part in (starting, writing, signing, handing, proofing, sending, booking, watching, asking, checking, checks, keys):
    part.add_to(app)
app.add_typer(history.app, name="log")
app.add_typer(rules.app, name="policy")
app.add_typer(measuring.app, name="stats")


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - so Typer hands it over
    if wanted:
        print(f"releasegate {__version__}")
        raise typer.Exit


@app.callback(
    epilog="Exit codes: 0 done or open; 1 failed; 2 usage; 3 closed, something must be mended; 4 refused; 5 on hold (from hold: not "
    "certainly held); 6 outcome unknown; 8 closed, waiting for people or for its hour."
)
def _before(
    context: typer.Context,
    *,
    config: Annotated[str, typer.Option("--config", envvar="RELEASEGATE_CONFIG", help="The policy file.")] = FILE,
    store: Annotated[str, typer.Option("--store", envvar="RELEASEGATE_STORE", help="The store, if not the file's: a path or URL.")] = "",
    lang: Annotated[str, typer.Option("--lang", envvar="RELEASEGATE_LANG", help="en or ja.")] = "",
    acting: Annotated[str, typer.Option("--as", help="In a demo: play this person.")] = "",
    _version: Annotated[bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Seal it, have it signed, send it once. `hold ID` stops it, and needs nothing else."""
    context.obj.given = Given(config=config, store=store, lang=lang, acting=acting)


def run(arguments: Sequence[str]) -> int:
    """One command; its exit code. No error gets out as a traceback."""
    session, lang = Session(json=asked_json(arguments)), asked_language(arguments)
    code: object = 0
    try:
        code = _spoken(lang).main(args=list(arguments), prog_name="releasegate", obj=session, standalone_mode=False)
    except SystemExit as end:
        code = end.code
    except BaseException as error:  # noqa: BLE001 - a person is at the other end: one sentence, not a traceback
        unread = hasattr(error, "format_message")
        message, code = (usage(error, lang), Exit.USAGE) if unread else told(error, session.lang, sending=session.sending)
        if session.json:
            put(failure(error, message, code))
        else:
            print(message, file=sys.stderr)
    finally:
        session.close()
    return code if isinstance(code, int) else 0


@cache
def _spoken(lang: str) -> Any:  # noqa: ANN401 - see speak
    """All the commands, with their help in this language: to build them takes 20 ms."""
    return speak(typer.main.get_command(app), lang)
