"""How findings are written down: the place, the text as it stands, and no more of them than a person reads."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter

MOST = 20
_LENGTH = 120


def quote(text: str) -> str:
    """The offending text as it stands, cut to 120 characters; what cannot be seen is written as its escape."""
    shown = "".join(each if each.isprintable() else _escape(each) for each in text[: _LENGTH + 1])
    return shown if len(shown) <= _LENGTH and len(text) <= _LENGTH else shown[: _LENGTH - 1] + "…"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def place(draft: Draft, letter: Letter, part: str) -> str:
    """`subject`, or `mail 4, subject` where the draft has more than one letter."""
    return part if draft.count <= 1 and letter.no <= 1 else f"mail {letter.no}, {part}"


def few(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The first 20 of each kind, told apart by what is wrong; `more` counts the places that are not shown.

    The same text in the same part of many mails is one finding: nobody reads it 12,000 times. A kind is a severity and a variant, so
    that no heap of warnings hides a blocker.
    """
    kept: dict[tuple[str, ...], Finding] = {}
    more: dict[tuple[str, ...], int] = {}
    sizes: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for each in findings:
        part = each.where.rpartition(", ")[2]
        key: tuple[str, ...] = (each.severity, each.variant, part, each.evidence)
        shown = sizes.setdefault((each.severity, each.variant), [])
        if key not in kept and len(shown) < MOST:
            shown.append(key)
            kept[key] = each
            more[key] = int(each.params.get("more", 0))
        else:
            into = key if key in kept else shown[-1]
            more[into] += 1 + int(each.params.get("more", 0))
    for key, each in kept.items():
        yield replace(each, params={**each.params, "more": more[key]}) if more[key] else each
