"""The policy file read leniently: where the store is, which language, who is logged in; also when its rules cannot be read."""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "releasegate.toml"
_LINE = re.compile(r"""^\s*(store|lang|mode)\s*=\s*(?:"([^"\\]*)"|'([^']*)')""", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the command line must know before, or without, the rules. `people` is the raw table: none where the file is broken."""

    path: Path
    store: str = ""
    lang: str = ""
    mode: str = ""
    people: Mapping[str, Any]
    anchored: bool = False  # the file speaks of anchors

    @property
    def place(self) -> str:
        """The store's path or URL; a path is taken from the file's own folder."""
        return self.store if "://" in self.store else str(self.path.resolve().parent / (self.store or "gate.db"))

    def person(self, login: str) -> str:
        """The id of whoever has this account among their aliases; "" for nobody."""
        alias = f"os:{login}"
        return next((name for name, line in self.people.items() if isinstance(line, dict) and alias in _texts(line.get("also"))), "")

    def first_author(self) -> str:
        """Who one is in a demo."""
        authors = [name for name, line in self.people.items() if isinstance(line, dict) and "author" in _texts(line.get("roles"))]
        return min(authors, default="")


def read_config(path: str) -> Config:
    """What can be made of this file; nothing of it must be right."""
    where = Path(path)
    try:
        text = where.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    try:
        data: Mapping[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError):
        data = {"gate": {key: double or single for key, double, single in _LINE.findall(text)}}
    gate = _table(data, "gate")
    known = {key: value for key in ("store", "lang", "mode") if isinstance(value := gate.get(key), str)}
    return Config(path=where, people=_table(data, "people"), anchored=bool(_table(data, "anchors")), **known)


def language(asked: str, config: Config) -> str:
    """`en` or `ja`: as asked for, else as the file says, else as the system does."""
    said = asked or config.lang or next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "ja" if said[:2].lower() == "ja" else "en"


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
