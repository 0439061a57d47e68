"""Where secrets stand (addresses of teams, keys of webhooks): in the environment, or in a file that only its owner reads."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from releasegate.errors import PolicyError
from releasegate.messages.words import Words

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


ALARM = "[gate].alarm"


def read_secrets(entries: Iterable[str], *, folder: str = "", where: str = ALARM) -> Iterator[str]:
    """What stands behind `env:NAME` and `file:PATH`, one a line. Raises PolicyError for what is not there; no error holds a secret."""
    for entry in entries:
        kind, _, name = entry.partition(":")
        if kind == "env":
            yield from _lines(_from_environment(name, where))
        elif kind == "file":
            yield from _lines(_from_file(Path(folder) / name, where))


def _from_environment(name: str, where: str) -> str:
    found = os.environ.get(name, "")
    if not found.strip():
        raise PolicyError([Words("{where}: the environment has no {name}; set it", where=where, name=name)])
    return found


def _from_file(path: Path, where: str) -> str:
    try:
        others = stat.S_IMODE(path.stat().st_mode) & _OTHERS
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([Words("{where}: {path} cannot be read: {error}", where=where, path=path, error=type(error).__name__)]) from None
    if others:
        raise PolicyError([Words("{where}: others can read {path}; it holds secrets: chmod 600", where=where, path=path)])
    return text


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
