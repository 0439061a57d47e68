"""The page of the commands, from the program itself: each verb with its words, options and help, in both languages."""

import re
from collections.abc import Iterator
from typing import Any

import typer

from docs.making.sentences import catalogue, shown
from docs.making.tables import table
from releasegate.cli.app import app
from releasegate.cli.exits import Exit
from releasegate.messages.words import translated

_MEANS = {
    Exit.DONE: "done; or: open",
    Exit.FAILED: "failed (store, network, bug); nothing left unless it says so",
    Exit.USAGE: "a wrong call, an unknown id, a policy file that does not load",
    Exit.MEND: "closed: something must be mended (a finding, its time is over); from `policy check`: nothing can leave by some channel",
    Exit.REFUSED: "refused: not your role, your own text, not its turn",
    Exit.HELD: "on hold; from `hold`: not certainly held",
    Exit.UNKNOWN: "an outcome is unknown: a person looks",
    Exit.WAIT: "closed: it waits for people or for its hour",
}
_LEAD = """\
# The commands

The verbs of the gate, spelled the same. You are who you are logged in as: there is no `--by`. Options of the program itself
(`--config`, `--store`, `--lang`, `--as`) stand before the verb. `hold ID` needs nothing but the store: no policy that loads, no note, no
known person."""


def page() -> str:
    """The page."""
    root = typer.main.get_command(app)
    exits = table(("code", "means"), [(str(int(each)), _MEANS[each]) for each in Exit])
    parts = [_LEAD, "## Exit codes", exits, "If several apply: 6, 5, 3, 8 in that order.", "## releasegate", *_about(root)]
    for words, command in verbs(root):
        parts += [f"## {words}", *_about(command, words)]
    return "\n\n".join(part for part in parts if part) + "\n"


def verbs(command: Any, before: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - a command of Typer, whose class it does not name
    """Every command by its words, in the program's own order."""
    for name, each in getattr(command, "commands", {}).items():
        words = f"{before} {name}".strip()
        if getattr(each, "commands", None):
            yield from verbs(each, words)
        else:
            yield words, each


def _about(command: Any, words: str = "") -> list[str]:  # noqa: ANN401 - see verbs
    help_text = _line(command.help)
    arguments = " ".join(_metavar(each) for each in command.params if each.param_type_name == "argument")
    usage = f"```text\nreleasegate {words or '[OPTIONS] VERB …'} {arguments}".rstrip() + "\n```"
    return [usage, shown(help_text), f"日本語: {shown(translated(help_text, 'ja'))}", _parameters(command)]


def _parameters(command: Any) -> str:  # noqa: ANN401 - see verbs
    rows = [
        (f"`{_name(each)}`", shown(_line(each.help)), shown(translated(_line(each.help), "ja")))
        for each in command.params
        if getattr(each, "help", None) and each.name != "help"
    ]
    return table(("word or option", "", "日本語"), rows) if rows else ""


def _name(parameter: Any) -> str:  # noqa: ANN401 - a parameter of Typer's
    names = ", ".join(parameter.opts) if parameter.param_type_name == "option" else _metavar(parameter)
    value = "" if parameter.param_type_name == "argument" or parameter.is_flag else " …"
    variable = f" (or {parameter.envvar})" if getattr(parameter, "envvar", None) else ""
    return names + value + variable


def _metavar(parameter: Any) -> str:  # noqa: ANN401 - a parameter of Typer's
    return str(parameter.metavar or parameter.name.upper())


def _line(text: str | None) -> str:
    return re.sub(r"\s+", " ", text or "").strip()


__all__ = ["catalogue", "page", "verbs"]
