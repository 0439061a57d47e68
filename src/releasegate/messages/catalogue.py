"""The catalogues: a code and its facts in, a sentence in English or Japanese out."""

import re
from collections.abc import Mapping
from functools import cache
from gettext import GNUTranslations
from importlib import resources
from types import MappingProxyType

from releasegate.messages.line import plain

LANGUAGES = ("en", "ja")

_PLACE = re.compile(r"\{(\w+)\}")
_COUNTS = ("n", "missing")  # the parameter that decides between one and many, where a sentence has both forms
_NO_VALUES: Mapping[str, str] = MappingProxyType({})


def fill(code: str, lang: str, values: Mapping[str, str] = _NO_VALUES, *, n: int = 1) -> str:
    """The sentence for `code` with `values` put in as they are: only for values that have been made plain already."""
    template = _best(code, lang, values, n)
    if template is None:
        return f"{plain(code)} ({', '.join(f'{name}={value}' for name, value in values.items())})" if values else plain(code)
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), template)


def known(code: str) -> bool:
    """The catalogues have words for `code`."""
    return _template(code, "en", 1) is not None


def places(code: str) -> frozenset[str]:
    """The parameters that the sentence for `code` shows."""
    return frozenset(_PLACE.findall(_template(code, "en", 1) or ""))


def counted(params: Mapping[str, str | int]) -> int:
    """The number that decides between one and many."""
    return next((value for name in _COUNTS if isinstance(value := params.get(name), int)), 1)


def language(lang: str) -> str:
    """The catalogue for a language's name (`ja`, `ja-JP`, `ja_JP.UTF-8`); English for all that we do not speak."""
    short = lang[:2].lower()
    return short if short in LANGUAGES else "en"


def _best(code: str, lang: str, values: Mapping[str, str], n: int) -> str | None:
    """The sentence for `code`; where one of its parameters is empty, the one made for that (`code/no-note`), if there is one."""
    template = _template(code, lang, n)
    for name in _PLACE.findall(template or ""):
        if not values.get(name) and (shorter := _template(f"{code}/no-{name}", lang, n)) is not None:
            return shorter
    return template


def _template(code: str, lang: str, n: int) -> str | None:
    if not code:  # the catalogue's own header, never a sentence
        return None
    catalogue = _catalogue(language(lang))
    found = catalogue.ngettext(code, code, n)
    found = catalogue.gettext(code) if found == code else found
    return found if found != code else None


@cache
def _catalogue(lang: str) -> GNUTranslations:
    """Read when the first sentence is needed: importing the library opens no file."""
    path = resources.files("releasegate") / "locale" / lang / "LC_MESSAGES" / "releasegate.mo"
    with path.open("rb") as file:
        return GNUTranslations(file)
