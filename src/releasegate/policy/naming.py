"""What names, identifiers and lists of names in a policy look like."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from releasegate.messages.words import Words

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
# Line breaks, escapes and signs that turn the reading direction: what is printed in a terminal must read as it was reviewed.
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_LONGEST = 500


def fold(name: str) -> str:
    """The name as it is compared: NFKC, case folded, without blanks around it."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


def is_line(value: object) -> bool:
    """It is text that can be printed in one line, and reads as it is written."""
    return isinstance(value, str) and not _UNREADABLE.search(value)


def _identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        message = Words("{value!r} is no id; use a-z, 0-9, '.', '_' and '-', beginning with a letter or digit", value=value[:40])
        raise ValueError(message)
    return value


def _line(value: str) -> str:
    if not is_line(value):
        message = Words("holds a line break or an invisible character; write one plain line")
        raise ValueError(message)
    if len(value) > _LONGEST:
        message = Words("is longer than {longest} characters; shorten it", longest=_LONGEST)
        raise ValueError(message)
    return value


def _filled(value: str) -> str:
    if not value.strip() or value != value.strip():
        message = Words("is empty, or has blanks around it; write it without")
        raise ValueError(message)
    return value


_PLAIN = re.compile(r"(?!whsec_|whpk_)[\w.@ -]*")
"""What is shown of a value that was given in another form; a secret or a URL may have been put there."""


def _sequence(value: object) -> object:
    """A list, tuple or set as a tuple; the rest as it is, for the strict check behind it to refuse."""
    if isinstance(value, str):
        message = Words("is one string; give a list: [{value!r}]", value=value[:40] if _PLAIN.fullmatch(value) else "…")
        raise ValueError(message)  # noqa: TRY004 - pydantic collects ValueErrors, a TypeError would fly
    return tuple(sorted(value)) if isinstance(value, (set, frozenset)) else tuple(value) if isinstance(value, list) else value


def _distinct(value: tuple[str, ...]) -> tuple[str, ...]:
    if twice := sorted({each for each in value if value.count(each) > 1}):
        message = Words("names {twice!r} twice; name it once", twice=twice[0][:40])
        raise ValueError(message)
    return value


Line = Annotated[str, AfterValidator(_line)]
FilledLine = Annotated[Line, AfterValidator(_filled)]
Identifier = Annotated[str, AfterValidator(_identifier)]
Names = Annotated[tuple[FilledLine, ...], BeforeValidator(_sequence), AfterValidator(_distinct)]
# Where the order means nothing, it must not make other rules either.
UnorderedNames = Annotated[Names, AfterValidator(lambda names: tuple(sorted(names)))]
