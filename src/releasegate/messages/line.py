"""Strings from outside made harmless to show: one line, nothing hidden, nothing reordered, not endless."""

import re
import unicodedata

MOST = 200

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # shown as nothing, though their category says letter or sign
_HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_SPACES = frozenset({"Zs", "Zl", "Zp"})
# The joiner inside a compound emoji hides nothing: both halves are seen.
_JOINED = re.compile("(?<=[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])\u200d(?=[\U0001f000-\U0001faff\u2600-\u27bf])")


def plain(value: str | int, *, most: int = MOST) -> str:
    """`value` on one line: numbers with thousands separators, what is invisible spelled out as `<U+202E>`, cut after `most` characters."""
    if isinstance(value, int):
        return f"{value:,}" if not isinstance(value, bool) else str(value)
    cut = f"… (+{len(value) - most:,})" if len(value) > most else ""
    joined = {found.start() for found in _JOINED.finditer(value[:most])}
    return "".join(char if place in joined else _seen(char) for place, char in enumerate(value[:most])) + cut


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category in _SPACES or char in "\t\n\v\f\r\x85":
        return " " if char != "\u3000" else char
    return f"<U+{ord(char):04X}>" if category in _HIDDEN or char in _BLANK else char


def shortened(text: str) -> str:
    """What of somebody's words goes along in a message of the gate's own: the beginning, on one line, without links."""
    line = _LINK.sub("…", " ".join(text.split()))
    return line if len(line) <= MOST else f"{line[: MOST - 1]}…"


_LINK = re.compile(r"(?:\w+://|www\.)\S+", re.IGNORECASE)


def width(text: str) -> int:
    """How many columns a terminal gives it: full-width characters take two, combining ones none."""
    return sum(_columns(char) for char in text)


def pad(text: str, columns: int) -> str:
    """`text`, filled with spaces to a width of `columns`."""
    return text + " " * max(0, columns - width(text))


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
