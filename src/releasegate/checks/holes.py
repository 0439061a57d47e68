"""Fields for which the list had nothing."""

import re
from collections.abc import Iterable, Iterator

from releasegate.checks.findings import few, place, quote
from releasegate.checks.parts import scanned
from releasegate.checks.registry import check
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter
from releasegate.protocols import Context

ID = "merge-field-empty"
# As the merge writes it (channels/filling.py).
HOLE = re.compile(r"\$\{([^{}$\r\n]+): empty\}")


@check(ID, by_letter=True)
def merge_field_empty(draft: Draft, context: Context) -> Iterable[Finding]:
    """No field was left open because a cell of the list is empty."""
    return few(_find(draft, context.letters))


def _find(draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
    for letter in letters:
        for part, text in scanned(letter):
            for found in HOLE.finditer(text):
                params: dict[str, str | int] = {"field": quote(found[1]), "mail": letter.no}
                yield Finding(check=ID, where=place(draft, letter, part), evidence=quote(found[0]), params=params)
