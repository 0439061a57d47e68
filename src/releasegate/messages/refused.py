"""What a person is told who may not do this now."""

from collections.abc import Mapping

from releasegate.messages.catalogue import known
from releasegate.messages.voice import Voice, zone


def refusal(code: str, params: Mapping[str, str | int], lang: str = "en", *, names: Mapping[str, str] | None = None) -> str:
    """`Not done:` and the reason; `names` are the names by which people know the ids in `by`.

    Moments are said in the zone of the parameter `zone`, in UTC without one.
    """
    voice = Voice(lang=lang, names=names or {}, zone=zone(str(params.get("zone", ""))))
    reason = voice.facts(f"refused.{code}" if known(f"refused.{code}") else code, _apart(params))
    return voice.say("refused", reason=reason)


def _apart(params: Mapping[str, str | int]) -> dict[str, str | int]:
    """Two digests with one mark are shown a little longer: a mark is short enough to be found on purpose."""
    saw, now = str(params.get("saw", "")), str(params.get("now", ""))
    alike = saw != now and saw[:8] == now[:8]
    return {**params, "saw": saw[:32], "now": now[:32]} if alike else dict(params)
