"""Sentences that stand in the source in English and are said in Japanese too: each remembers its template and its facts."""

from collections.abc import Iterable, Mapping
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from typing import Self

from releasegate.messages.catalogue import language
from releasegate.messages.line import plain


class Words(str):
    """An English sentence; `told` says it in another language. Facts may be words themselves."""

    __slots__ = ("facts", "template")

    template: str
    facts: Mapping[str, object]

    def __new__(cls, template: str, /, **facts: object) -> Self:
        """The English sentence, its facts filled in."""
        made = super().__new__(cls, template.format_map(facts))
        made.template, made.facts = template, facts
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (self.template, dict(self.facts))


def _again(template: str, facts: Mapping[str, object]) -> Words:
    return Words(template, **facts)


def lines(sentences: Iterable[str]) -> str:
    """Several sentences as one text, a line each, that can be taken `apart` again."""
    facts = {f"line{no}": each for no, each in enumerate(sentences)}
    return Words("\n".join(f"{{{name}}}" for name in facts), **facts)


def apart(text: str) -> tuple[str, ...]:
    """The lines of this text, each still knowing what it is made of."""
    if isinstance(text, Words) and "\n" in text.template:
        return tuple(each for each in text.facts.values() if isinstance(each, str))
    return (text,) if isinstance(text, Words) else tuple(text.splitlines())


def told(text: str, lang: str = "en") -> str:
    """The sentence in this language; what is no Words, and what nobody has translated, as it stands."""
    if not isinstance(text, Words) or language(lang) == "en":
        return str(text)
    facts = {name: told(fact, lang) if isinstance(fact, Words) else _plain(fact) for name, fact in text.facts.items()}
    try:
        return translated(text.template, lang).format_map(facts)
    except (KeyError, ValueError, AttributeError, IndexError):  # a translation that does not fit must not hide the error
        return str(text)


def translated(template: str, lang: str) -> str:
    """This English template in another language; itself where there is no translation."""
    return _sentences(language(lang)).gettext(template) if template else template


def _plain(fact: object) -> object:
    return fact if isinstance(fact, int) else plain(str(fact))


@cache
def _sentences(lang: str) -> NullTranslations:
    """Read when the first sentence is needed. English needs none: it stands in the source."""
    if lang == "en":
        return NullTranslations()
    path = resources.files("releasegate") / "locale" / lang / "LC_MESSAGES" / "sentences.mo"
    with path.open("rb") as file:
        return GNUTranslations(file)
