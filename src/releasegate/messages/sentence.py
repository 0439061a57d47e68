"""What a check found, in words: what is wrong, and how to put it right."""

import re
from collections.abc import Mapping

from releasegate.messages.catalogue import counted, fill, known, places
from releasegate.messages.line import plain
from releasegate.messages.shapes import Found
from releasegate.messages.voice import Voice

_IMPLIED = frozenset({"schedule", "to"})  # places of the whole draft: the sentences of our checks speak of nothing else
_MAIL = re.compile(r"mail (\d{1,9})")


def finding(found: Found, lang: str = "en") -> tuple[str, str]:
    """What is wrong, and how to put it right; the second is empty where the catalogue does not say."""
    voice = Voice(lang=lang)
    lines = sentences(found.check, {**found.params, "variant": found.variant}, where=found.where, evidence=found.evidence, voice=voice)
    return lines[0], lines[-1] if known(_code(found.check, found.variant, "mend")) else ""


def sentences(check: str, params: Mapping[str, str | int], *, where: str, evidence: str, voice: Voice) -> list[str]:
    """The lines for a finding: the sentence, what was seen where the sentence does not show it, and how to mend it."""
    variant = str(params.get("variant", ""))
    says, mend = (_code(check, variant, part) for part in ("says", "mend"))
    values = {"check": plain(check), **{name: voice.fact(name, value) for name, value in params.items()}}
    values |= {"where": _place(where, voice), "evidence": plain(evidence)}
    n = counted(params)
    lines = [(fill(says, voice.lang, values, n=n) if known(says) else voice.say("check-unknown", **values)) + _more(says, params, voice)]
    lines += seen(says, where=where, evidence=evidence, voice=voice)
    return [*lines, fill(mend, voice.lang, values, n=n)] if known(mend) else lines


def _more(code: str, params: Mapping[str, str | int], voice: Voice) -> str:
    """One finding may stand for thousands of mails."""
    n = params.get("more")
    return voice.say("also.more", n, n=plain(n)) if isinstance(n, int) and n and "more" not in places(code) else ""


def seen(code: str, *, where: str, evidence: str, voice: Voice) -> list[str]:
    """A line with the place and the offending text, where the sentence for `code` does not show them."""
    values = {"where": "" if known(code) and where in _IMPLIED else _place(where, voice), "evidence": plain(evidence)}
    missing = {name: "" if name in places(code) else value for name, value in values.items()}
    return [voice.say("label.seen", **missing)] if any(missing.values()) else []


def _code(check: str, variant: str, part: str) -> str:
    """The catalogue's name for this sentence: the variant's own where there is one, the check's otherwise."""
    own = f"check.{check}/{variant}.{part}"
    return own if variant and known(own) else f"check.{check}.{part}"


def _place(where: str, voice: Voice) -> str:
    """`mail 4, html` as a reader says it."""
    return voice.several(_part(part, voice) for part in where.split(", ")) if where else ""


def _part(part: str, voice: Voice) -> str:
    if found := _MAIL.fullmatch(part):
        return voice.say("where.mail", no=found[1])
    return voice.say(f"where.{part}") if known(f"where.{part}") else plain(part)
