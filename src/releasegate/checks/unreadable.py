"""Letters that are not what they say they are: what the other checks read of them is not what a reader sees."""

import re
from collections.abc import Iterable, Iterator

from releasegate.checks.findings import few, place, quote
from releasegate.checks.registry import check
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter
from releasegate.protocols import Context

ID = "letter-unreadable"
# What the defect says (checks/letters.py), and the kind of sentence for it. A bare carriage return is recipient-header-injection's.
_KINDS = (
    (re.compile("a bare carriage return.*"), None),
    (re.compile("unknown charset '(.*)'"), "charset"),
    (re.compile("text that does not fit '(.*)'"), "text"),
    (re.compile(".*(Base64).*"), "encoding"),
    (re.compile("unknown transfer encoding '(.*)'"), "encoding"),
    (re.compile("broken quoted-printable '(.*)'", re.DOTALL), "quoted"),
    (re.compile("(?:Start|Close)BoundaryNotFoundDefect()"), "cut"),
    (re.compile("parts within parts()"), "deep"),
    (re.compile("(.*)", re.DOTALL), ""),
)


@check(ID, by_letter=True)
def letter_unreadable(draft: Draft, context: Context) -> Iterable[Finding]:
    """Every letter can be read as its own headers say: charset, transfer encoding, and the frame of its parts."""
    return few(_find(draft, context.letters))


def _find(draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
    for letter in letters:
        for defect in letter.defects:
            found, kind = next((match, kind) for pattern, kind in _KINDS if (match := pattern.fullmatch(defect)))
            if kind is not None:
                yield Finding(
                    check=ID, where=place(draft, letter, "text"), evidence=quote(found[1]), variant=kind, params={"mail": letter.no}
                )
