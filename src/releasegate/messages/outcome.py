"""What became of a send, and of a hold, in words."""

from releasegate.messages.line import plain
from releasegate.messages.shapes import Answer, Outcome
from releasegate.messages.voice import Voice, read, zone

_MOST = 10
_PHONE = frozenset({"pending", "past"})


def report(outcome: Outcome, lang: str = "en") -> str:
    """What has left and what has not; the first line has all the counts."""
    voice = Voice(lang=lang)
    case = "sent" if outcome.sent else "unknown" if outcome.unknown else "nothing"
    some = {"refused": outcome.refused, "unknown": outcome.unknown, "left": outcome.left}
    rest = voice.several(voice.say(f"count.{name}", n=plain(n)) for name, n in some.items() if n)
    lines = [voice.say(f"report.{case}", sent=plain(outcome.sent), of=plain(outcome.of), rest=rest)]
    lines += _refusals(outcome, voice) + _attempts(outcome, voice)
    return "\n".join([*lines, *([voice.say("report.left", id=plain(outcome.draft_id))] if outcome.left else [])])


def _refusals(outcome: Outcome, voice: Voice) -> list[str]:
    listed = [
        voice.say("report.refusal", address=plain(address), answer=plain(answer))
        for address, answer in list(outcome.refusals.items())[:_MOST]
    ]
    return [voice.say("report.refusals"), *listed, *_more(len(outcome.refusals), voice)] if listed else []


def _attempts(outcome: Outcome, voice: Voice) -> list[str]:
    listed = [voice.say("report.attempt", id=plain(outcome.draft_id), attempt=plain(each)) for each in outcome.attempts[:_MOST]]
    return [voice.say("report.attempts"), *listed, *_more(len(outcome.attempts), voice)] if listed else []


def _more(n: int, voice: Voice) -> list[str]:
    return [voice.say("report.more", n=plain(n - _MOST))] if n > _MOST else []


def hold_answer(answer: Answer, lang: str = "en") -> str:
    """Whether the stop is certain, what has left, and what to do if it is not; of linked drafts for all, and then for each."""
    if not answer.drafts:
        return _of_one(answer, lang)
    held = [each for each in answer.drafts if each.state.lower() == "held"]
    first = Voice(lang=lang).say(
        "hold.linked" if len(held) == len(answer.drafts) else "hold.linked.some", held=plain(len(held)), of=plain(len(answer.drafts))
    )
    others = [each for each in answer.drafts if each not in held]  # what is to be done comes before what is done
    return "\n".join([first, *(_of_one(each, lang) for each in (*others, *held))])


def _of_one(answer: Answer, lang: str) -> str:
    voice, state = Voice(lang=lang), _state(answer)
    subject = voice.subject(answer.draft_id, answer.title)
    lines = [
        voice.say(f"hold.{state}", subject=subject, counts=_counts(answer, voice)),
        voice.say(
            "hold.over.then" if state == "held" and not answer.hold else f"hold.{state}.then",
            id=plain(answer.draft_id),
            seen=voice.value("what", answer.contact.get("seen", "")),
        ),
    ]
    alone = [voice.say("hold.unwatched")] if answer.unwatched else []
    return "\n".join([*lines, *(_card(answer, voice) if state in _PHONE else []), *alone, *_lifted(answer, voice)])


def _state(answer: Answer) -> str:
    """Too late for those who could have stopped it there, or too late because it has gone."""
    state = answer.state.lower()
    return "past" if state == "too_late" and answer.contact else state


def _lifted(answer: Answer, voice: Voice) -> list[str]:
    """Which hold it is, and the command that lifts it; not where it stops nothing, nor where somebody must phone first."""
    if not answer.hold or answer.state.lower() in {"too_late", "pending"}:
        return []
    short = answer.hold.rpartition("/")[2]
    return [voice.say("hold.lift", hold=plain(answer.hold), id=plain(answer.draft_id), short=plain(short))]


def _counts(answer: Answer, voice: Voice) -> str:
    some = {"sent": answer.gone, "in-flight": answer.in_flight, "unknown": answer.unknown, "stopped": answer.stopped}
    # What was stopped is worth a word only beside what was not.
    begun = answer.gone or answer.in_flight or answer.unknown
    return voice.several(voice.say(f"count.{name}", n=plain(n)) for name, n in some.items() if n) if begun else ""


def _card(answer: Answer, voice: Voice) -> list[str]:
    """Whom to phone, what to say, and until when."""
    facts = {name: plain(answer.contact.get(name, "")) for name in ("name", "phone", "hours", "booking")}
    lines = [
        voice.say("card.phone" if facts["phone"] else "card.nobody", **facts),
        voice.say("card.say", **facts, title=plain(answer.title or answer.draft_id)),
    ]
    if answer.stop_by:
        lines.append(
            voice.say("card.until" if _state(answer) == "pending" else "card.until/past", until=_moment(answer.stop_by, answer, voice))
        )
    if ends := answer.contact.get("pause", ""):
        lines.append(voice.say("card.pause", until=_moment(ends, answer, voice)))
    return [*lines, voice.say("card.after", id=plain(answer.draft_id))]


def _moment(told: str, answer: Answer, voice: Voice) -> str:
    moment = read(told)
    if moment is None:
        return plain(told)
    return Voice(lang=voice.lang, zone=zone(answer.contact.get("zone", ""), moment)).date(moment)
