"""Where the addresses of teams stand, which are secrets themselves: in the environment, or in a file that only its owner reads."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from releasegate.errors import PolicyError
from releasegate.messages.words import Words

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def urls(entries: Iterable[str], *, folder: str = "") -> Iterator[str]:
    """The URLs behind `env:NAME` and `file:PATH`, one a line. Raises PolicyError for what is not there; no error holds a URL."""
    for entry in entries:
        kind, _, name = entry.partition(":")
        if kind == "env":
            yield from _lines(_from_environment(name))
        elif kind == "file":
            yield from _lines(_from_file(Path(folder) / name))


def _from_environment(name: str) -> str:
    found = os.environ.get(name, "")
    if not found.strip():
        raise PolicyError([Words("[gate].alarm: the environment has no {name}; set it to the URL", name=name)])
    return found


def _from_file(path: Path) -> str:
    try:
        others = stat.S_IMODE(path.stat().st_mode) & _OTHERS
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([Words("[gate].alarm: {path} cannot be read: {error}", path=path, error=type(error).__name__)]) from None
    if others:
        raise PolicyError([Words("[gate].alarm: others can read {path}; it holds secrets: chmod 600", path=path)])
    return text


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
