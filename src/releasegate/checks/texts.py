"""The text: that there is something to read."""

from collections.abc import Iterable, Iterator

from releasegate.checks.findings import few, place
from releasegate.checks.letters import KIND
from releasegate.checks.pages import read_page
from releasegate.checks.registry import check
from releasegate.checks.subjects import visible
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.model.letter import Letter
from releasegate.model.parcel import JSON
from releasegate.protocols import Context

ID = "text-missing"
_REQUEST = ((KIND, JSON),)


@check(ID, by_letter=True)
def text_missing(draft: Draft, context: Context) -> Iterable[Finding]:
    """Every mail has a text, or a page with words or pictures. One with attachments alone is a warning: somebody may mean it so.

    A request need not hold a word of its own: the provider may have the text.
    """
    return few(_find(draft, context.letters))


def _find(draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
    for letter in letters:
        if letter.headers[:1] == _REQUEST or visible(letter.text) or _shows_something(letter.html):
            continue
        files = len(letter.attachments)
        severity, variant = (Severity.WARNING, "files") if files else (Severity.BLOCKER, "")
        params = {"count": files} if files else {}
        yield Finding(check=ID, severity=severity, where=place(draft, letter, "text"), params=params, variant=variant)


def _shows_something(html: str) -> bool:
    page = read_page(html)
    return bool(visible(page.text)) or any(each.tag == "img" for each in page.attributes)
