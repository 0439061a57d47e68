"""One thing to clear, as it stands in the list: the sentence, the rule, who and how."""

from collections.abc import Iterable
from dataclasses import dataclass

from releasegate.messages.catalogue import known
from releasegate.messages.line import plain
from releasegate.messages.sentence import seen, sentences
from releasegate.messages.shapes import Obstacle
from releasegate.messages.voice import Voice

_SIGNATURES = frozenset({"approval-missing", "confirmation-missing"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A blocker, or several of requirements that wait for the same people: `main` is the one that asks for most."""

    main: Obstacle
    rules: tuple[str, ...]
    how: tuple[str, ...]

    def lines(self, no: int, voice: Voice) -> list[str]:
        """The numbered lines of this entry."""
        head = f"  {no}. "
        says, *more = self._says(voice)
        labelled = {
            "rule": "; ".join(plain(rule) for rule in self.rules),
            "who": voice.people(self.main.who),
            "how": voice.say("list.or").join(plain(each) for each in self.how),
        }
        more += [voice.say(f"label.{label}", what=what) for label, what in labelled.items() if what]
        return [head + says, *(" " * len(head) + line for line in more)]

    def _says(self, voice: Voice) -> list[str]:
        code, params = f"blocker.{self.main.code}", dict(self.main.params)
        if self.main.since is not None:
            params["since"] = self.main.since.isoformat()
        if not known(code):
            return sentences(self.main.code, params, where=self.main.where, evidence=self.main.evidence, voice=voice)
        sentence = voice.facts(code, params) + self._also(voice)
        return [sentence, *seen(code, where=self.main.where, evidence=self.main.evidence, voice=voice)]

    def _also(self, voice: Voice) -> str:
        """What else is to be said: signatures that do not count, and why; a hold that nobody lifts."""
        counts = {name: self.main.params.get(name) for name in ("stale", "expired", "unsigned", "final")}
        said = "".join(voice.say(f"also.{name}", n, n=plain(n)) for name, n in counts.items() if isinstance(n, int) and n)
        along = self.main.params.get("along")
        return said + voice.say("also.along", along=plain(along)) if along else said


def entries(blockers: Iterable[Obstacle]) -> list[Entry]:
    """What is to be cleared, in order; the hour is nothing to clear."""
    groups: dict[tuple[object, ...], list[Obstacle]] = {}
    for place, blocker in enumerate(blockers):
        if blocker.code == "waiting-for-time":
            continue
        same = (blocker.code, frozenset(blocker.who)) if blocker.code in _SIGNATURES else (place,)
        groups.setdefault(same, []).append(blocker)
    return [_merged(group) for group in groups.values()]


def _merged(group: list[Obstacle]) -> Entry:
    return Entry(
        main=max(group, key=lambda blocker: int(blocker.params.get("missing", 0))),
        rules=tuple(dict.fromkeys(blocker.name for blocker in group if blocker.name)),
        how=tuple(dict.fromkeys(how for blocker in group for how in blocker.how)),
    )
