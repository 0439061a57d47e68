"""The sentences of the catalogues, as they stand there: each code with its variants, in both languages."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

import releasegate

_LOCALE = Path(releasegate.__file__).parent / "locale"
LANGUAGES = {"en": "English", "ja": "日本語"}


def sentences(code: str) -> list[tuple[str, str]]:
    """The sentence for this code in English and in Japanese; then those for its variants (`code/variant`)."""
    both = [catalogue(lang) for lang in LANGUAGES]
    names = [name for name in both[0] if name == code or name.startswith(f"{code}/")]
    return [(both[0][name], both[1][name]) for name in names]


def codes(family: str) -> list[str]:
    """The codes of one family (`blocker`, `refused`), in the catalogue's order, without their variants."""
    begun = f"{family}."
    found = (name.removeprefix(begun).partition("/")[0] for name in catalogue("en") if name.startswith(begun))
    return list(dict.fromkeys(found))


def variants(check: str) -> Iterator[str]:
    """The sentences that a check has: "" for the plain one."""
    for name in catalogue("en"):
        for begun, variant in ((f"check.{check}.says", ""), (f"check.{check}/", name.partition("/")[2].removesuffix(".says"))):
            if name.endswith(".says") and name.startswith(begun):
                yield variant


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Every code with its sentence; of a sentence with a plural the form for many."""
    with (_LOCALE / lang / "LC_MESSAGES" / "releasegate.po").open("rb") as file:
        found = {}
        for message in read_po(file, locale=lang):
            name = message.id[0] if isinstance(message.id, tuple) else message.id
            said = message.string[-1] if isinstance(message.string, tuple) else message.string
            if name:
                found[str(name)] = str(said)
        return found


def shown(sentence: str) -> str:
    """The sentence in Markdown: its parameters stand out, and nothing in it is markup."""
    return sentence.replace("\n", " ").replace("*", "\\*").replace("[", "\\[").replace("<", "\\<").replace("`", "\\`")
