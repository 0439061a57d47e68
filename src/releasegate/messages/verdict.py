"""A decision in words: may it leave, and if not, what is to be done by whom."""

from releasegate.messages.catalogue import known
from releasegate.messages.entry import Entry, entries
from releasegate.messages.line import plain
from releasegate.messages.shapes import Verdict
from releasegate.messages.voice import Voice, text, zone

_OVER = frozenset({"already-sent", "stopped", "withdrawn"})
_TRY_AGAIN = frozenset({"not-sent"})  # the gate is open, the way out was not: running it again is what helps


def explain(decision: Verdict, lang: str = "en") -> str:
    """The whole message; its first line says whether anything left."""
    voice = _voice(decision, lang)
    listed = entries(decision.blockers)
    if not decision.draft_id:
        return "\n".join(
            [_of_a_guard(decision, voice), "", *(line for no, entry in enumerate(listed, 1) for line in entry.lines(no, voice))]
        )
    parts = [
        [_first(decision, voice, len(listed))],
        ["  " + voice.say("header.between").join(_header(decision, voice))],
        [line for no, entry in enumerate(listed, 1) for line in entry.lines(no, voice)],
        _done(decision, voice),
        _closing(decision, voice, listed),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def holds(decision: Verdict, lang: str = "en") -> list[str]:
    """What keeps it on hold, numbered, each with who lifts it and how; empty where nothing does."""
    listed = entries(blocker for blocker in decision.blockers if blocker.kind == "hold")
    return [line for no, entry in enumerate(listed, 1) for line in entry.lines(no, _voice(decision, lang))]


def _voice(decision: Verdict, lang: str) -> Voice:
    return Voice(lang=lang, zone=zone(decision.schedule.zone or decision.zone, decision.at), at=decision.at, names=decision.names)


def _first(decision: Verdict, voice: Voice, n: int) -> str:
    subject = voice.subject(decision.draft_id, decision.title)
    begun = bool(decision.gone or decision.unknown or decision.in_flight)
    ended = decision.gone >= decision.reach and not decision.unknown and not decision.in_flight
    if not decision.blockers:
        case = "open-half-way" if begun else "open"
    elif begun:
        case = "already-sent" if ended else "half-way" if n else "half-way-time"
    elif decision.tried:
        case = "not-sent" if n else "not-sent-time"
    else:
        case = "closed" if n else "closed-time"
    return voice.say(f"first.{case}", n, subject=subject, n=plain(n), counts=_counts(decision, voice))


def _of_a_guard(decision: Verdict, voice: Voice) -> str:
    locked = any(blocker.code == "past-the-gate" for blocker in decision.blockers)
    return voice.say("first.guarded" if locked else "first.guarded-lane", channel=plain(decision.channel))


def _counts(decision: Verdict, voice: Voice) -> str:
    """How many have left, how many not, and of how many nobody knows."""
    left = max(0, decision.reach - decision.gone - decision.unknown - decision.in_flight)
    parts = [voice.say("count.gone", gone=plain(decision.gone), of=plain(decision.reach))]
    some = {"left": left, "unknown": decision.unknown, "in-flight": decision.in_flight}
    return voice.several([*parts, *(voice.say(f"count.{name}", n=plain(n)) for name, n in some.items() if n)])


def _header(decision: Verdict, voice: Voice) -> list[str]:
    parts = [
        plain(decision.channel),
        voice.say("header.reach", n=plain(decision.reach)),
        _when(decision, voice),
        voice.say("header.mark", mark=plain(decision.digest[:8])) if decision.digest else "",
    ]
    return [part for part in parts if part]


def _when(decision: Verdict, voice: Voice) -> str:
    schedule = decision.schedule
    if schedule.utc is not None:
        return voice.say("header.when", when=voice.date(schedule.utc), distance=voice.distance(schedule.utc))
    return plain(schedule.text) or voice.say("header.at-once")


def _done(decision: Verdict, voice: Voice) -> list[str]:
    lines = {"done": decision.satisfied, "waived": decision.waived}
    said = {label: voice.several(_named(name, voice) for name in names) for label, names in lines.items()}
    return [f"  {voice.say(f'label.{label}', what=what)}" for label, what in said.items() if what]


def _named(name: str, voice: Voice) -> str:
    """The checks together are ours to name; a requirement has the name that its team gave it."""
    return voice.say("word.checks") if name == "checks" else plain(name)


def _closing(decision: Verdict, voice: Voice, listed: list[Entry]) -> list[str]:
    codes = {blocker.code for blocker in decision.blockers}
    if not codes or codes & _OVER:
        return []
    lines = []
    if any(blocker.kind == "mend" for blocker in decision.blockers):
        lines.append(voice.say("closing.new-text"))
    if decision.earliest is not None and decision.earliest > decision.at:
        lines.append(voice.say("closing.earliest" if listed else "closing.earliest-only", when=_hour(decision, voice)))
    if listed and codes != _TRY_AGAIN:
        lines.append(voice.say("closing.again"))
    return [f"  {line}" for line in lines]


def _hour(decision: Verdict, voice: Voice) -> str:
    """The hour alone where the header has shown its date; the whole date otherwise."""
    earliest = decision.earliest or decision.at
    return voice.hour(earliest) if earliest == decision.schedule.utc else voice.moment(earliest)


def event(kind: str, lang: str = "en") -> str:
    """What a kind of log entry is called, in a word or two."""
    return text(f"event.{kind}", lang) if known(f"event.{kind}") else plain(kind)
