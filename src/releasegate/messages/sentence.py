"""What a check found, in words: what is wrong, and how to put it right."""

import re
from collections.abc import Mapping

from releasegate.messages.catalogue import counted, fill, known, language, places
from releasegate.messages.line import plain
from releasegate.messages.shapes import Found
from releasegate.messages.voice import Voice

_IMPLIED = frozenset({"schedule", "to"})  # places of the whole draft: the sentences of our checks speak of nothing else
_MAIL = re.compile(r"mail (\d{1,9})")


def finding(found: Found, lang: str = "en") -> tuple[str, str]:
    """What is wrong, and how to put it right; the second is empty where nobody says."""
    voice = Voice(lang=lang)
    params = {**found.params, "variant": found.variant}
    values = _values(found.check, params, found.where, found.evidence, voice)
    lines = sentences(found.check, params, where=found.where, evidence=found.evidence, voice=voice)
    return lines[0], _words("mend", found.check, params, values, voice)


def sentences(check: str, params: Mapping[str, str | int], *, where: str, evidence: str, voice: Voice) -> list[str]:
    """The lines for a finding: the sentence, what was seen where the sentence does not show it, and how to mend it."""
    values = _values(check, params, where, evidence, voice)
    says = _code(check, params, "says")
    said = _words("says", check, params, values, voice) or voice.say("check-unknown", **values)
    lines = [said + _more(says, params, voice), *seen(says, where=where, evidence=evidence, voice=voice)]
    mend = _words("mend", check, params, values, voice)
    return [*lines, mend] if mend else lines


def _values(check: str, params: Mapping[str, str | int], where: str, evidence: str, voice: Voice) -> dict[str, str]:
    facts = {name: voice.fact(name, value) for name, value in params.items()}
    return {"check": plain(check), **facts, "where": _place(where, voice), "evidence": plain(evidence)}


def _words(part: str, check: str, params: Mapping[str, str | int], values: Mapping[str, str], voice: Voice) -> str:
    """The catalogue's sentence; of a check that it does not know, what that check says itself: `says_ja`, or `says` in any language."""
    if known(code := _code(check, params, part)):
        return fill(code, voice.lang, values, n=counted(params))
    return plain(str(params.get(f"{part}_{language(voice.lang)}") or params.get(part) or ""))


def _more(code: str, params: Mapping[str, str | int], voice: Voice) -> str:
    """One finding may stand for thousands of mails."""
    n = params.get("more")
    return voice.say("also.more", n, n=plain(n)) if isinstance(n, int) and n and "more" not in places(code) else ""


def seen(code: str, *, where: str, evidence: str, voice: Voice) -> list[str]:
    """A line with the place and the offending text, where the sentence for `code` does not show them."""
    values = {"where": "" if known(code) and where in _IMPLIED else _place(where, voice), "evidence": plain(evidence)}
    missing = {name: "" if name in places(code) else value for name, value in values.items()}
    return [voice.say("label.seen", **missing)] if any(missing.values()) else []


def _code(check: str, params: Mapping[str, str | int], part: str) -> str:
    """The catalogue's name for this sentence: the variant's own where there is one, the check's otherwise; `x.y` is one of the kind `x`."""
    variant = params.get("variant")
    for name in (check, check.partition(".")[0]):
        for code in (f"check.{name}/{variant}.{part}", f"check.{name}.{part}"):
            if known(code):
                return code
    return f"check.{check}.{part}"


def _place(where: str, voice: Voice) -> str:
    """`mail 4, html` as a reader says it."""
    return voice.several(_part(part, voice) for part in where.split(", ")) if where else ""


def _part(part: str, voice: Voice) -> str:
    if found := _MAIL.fullmatch(part):
        return voice.say("where.mail", no=found[1])
    return voice.say(f"where.{part}") if known(f"where.{part}") else plain(part)
