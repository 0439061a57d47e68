"""The subject: that there is one."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from releasegate.checks.findings import few, place, quote
from releasegate.checks.letters import KIND
from releasegate.checks.registry import check
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter
from releasegate.protocols import Context

ID = "subject-missing"
_NAMES = (
    "無題 無件名 件名なし 件名無し 件名未設定 件名未入力 件名 タイトル タイトルなし タイトル未定 新規メッセージ "
    "nosubject notitle untitled nosubjectset subject subjecthere subjectline emptysubject newmessage none null undefined"
)
_NAMELESS = frozenset(_NAMES.split())
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
_FRAME = re.compile(r"[\s()\[\]<>「」『』【】〔〕〈〉《》\"'.:_*-]")


@check(ID, by_letter=True)
def subject_missing(draft: Draft, context: Context) -> Iterable[Finding]:
    """Every mail has a subject that says something: not empty, not blanks, not "no subject"."""
    return few(_find(draft, context.letters))


def _find(draft: Draft, letters: Iterable[Letter]) -> Iterator[Finding]:
    for letter in letters:
        if _has_none(letter):
            continue
        seen = visible(letter.subject)
        if not seen:
            yield Finding(check=ID, where=place(draft, letter, "subject"), evidence=quote(letter.subject))
        elif _FRAME.sub("", seen).casefold() in _NAMELESS:
            yield Finding(check=ID, where=place(draft, letter, "subject"), evidence=quote(letter.subject), variant="nameless")


def visible(words: str) -> str:
    """What is left of them once blanks and invisible characters are gone."""
    text = unicodedata.normalize("NFKC", words)
    return "".join(each for each in text if each not in _FILLERS and unicodedata.category(each) not in ("Cf", "Cc", "Zs", "Zl", "Zp"))


def _has_none(letter: Letter) -> bool:
    """A post or a request has no subject line; whatever is not marked as one counts as a mail."""
    return letter.headers[:1] != () and letter.headers[0][0] == KIND
