"""How facts are said to one reader: in a language, a zone, at a moment, with people's names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from releasegate.messages.catalogue import counted, fill, known
from releasegate.messages.line import plain
from releasegate.messages.words import told

_MOMENTS = frozenset({"at", "latest", "opens", "pause", "since", "until"})
_PEOPLE = frozenset({"author", "by"})
_SPANS = frozenset({"age", "max", "seconds"})
_MARKS = frozenset({"mine", "now", "saw", "theirs"})
_LISTS = frozenset({"kinds"})
_WORDS = frozenset({"action", "meant", "mode", "role", "state", "what"})
_NUMBERS = frozenset({"year"})  # numbers that are no amounts
_DIGEST = re.compile(r"[0-9a-f]{64}")


def text(code: str, /, lang: str = "en", **params: str | int) -> str:
    """The sentence for `code`, whatever the parameters hold: it never raises, and an unknown code is shown with its parameters.

    Moments (ISO 8601) are said in the zone of the parameter `zone`, in UTC without one.
    """
    return Voice(lang=lang, zone=zone(str(params.get("zone", "")))).facts(code, params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Says codes, people and moments in `lang`; hours in `zone`, and without their date where `at` is on the same day."""

    lang: str = "en"
    zone: tzinfo = UTC
    at: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)

    def say(self, code: str, n: int = 1, /, **values: str) -> str:
        """The sentence for `code`; the values have been made plain already."""
        return fill(code, self.lang, values, n=n)

    def facts(self, code: str, params: Mapping[str, str | int]) -> str:
        """The sentence for `code` with facts as they came: each is made plain, or said as the moment, person or span that it is."""
        values = {name: self.value(name, value) for name, value in params.items()}
        chosen = f"{code}/{params.get('variant') or params.get('what') or params.get('why') or ''}"
        return fill(chosen if known(chosen) else code, self.lang, values, n=counted(params))

    def fact(self, name: str, value: str | int) -> str:
        """One fact of a check: a moment where its name says so, otherwise as it came, made plain."""
        if isinstance(value, str) and name in _MOMENTS and (moment := read(value)) is not None:
            return self.moment(moment)
        if isinstance(value, str):
            return plain(told(value, self.lang))
        return str(value) if name in _NUMBERS else plain(value)

    def value(self, name: str, value: str | int) -> str:
        """One fact of the gate's own, as its name tells: also people, spans of time, marks and words of the lifecycle."""
        if isinstance(value, int):
            return self.span(timedelta(seconds=value)) if name in _SPANS else plain(value)
        if name in _PEOPLE:
            return self.person(value)
        if name in _MARKS and _DIGEST.fullmatch(value):
            return value[:8]
        if name in _LISTS:
            return self.several(self._word(each, each) for each in value.split(", "))
        return self._word(value, self.fact(name, value)) if name in _WORDS else self.fact(name, value)

    def _word(self, value: str, otherwise: str) -> str:
        return self.say(f"word.{value}") if known(f"word.{value}") else plain(otherwise)

    def person(self, who: str) -> str:
        """The name by which people know them."""
        return self.say("person", name=plain(self.names.get(who, who))) if who else ""

    def people(self, who: Iterable[str]) -> str:
        """Several people."""
        return self.several(self.person(each) for each in who)

    def several(self, words: Iterable[str]) -> str:
        """Words in a row."""
        return self.say("list.between").join(words)

    def subject(self, draft_id: str, title: str) -> str:
        """The draft's id and its title."""
        return self.say("subject", id=plain(draft_id), title=plain(title))

    def moment(self, moment: datetime) -> str:
        """The hour, with its date where that is another day, in the draft's own zone."""
        today = self.at is not None and self.at.astimezone(self.zone).date() == moment.astimezone(self.zone).date()
        return f"{self.hour(moment)} {self.abbreviation(moment)}" if today else self.date(moment)

    def hour(self, moment: datetime) -> str:
        """The hour alone."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def date(self, moment: datetime) -> str:
        """The whole date, with weekday, hour and zone."""
        local = moment.astimezone(self.zone)
        return self.say(
            "date",
            year=str(local.year),
            month=self.say(f"date.month.{local.month}"),
            day=str(local.day),
            weekday=self.say(f"date.weekday.{local.weekday()}"),
            hour=self.hour(moment),
            zone=self.abbreviation(moment),
        )

    def stamp(self, moment: datetime) -> str:
        """The moment in figures, for lists: its date, hour and zone."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M} {self.abbreviation(moment)}"

    def abbreviation(self, moment: datetime) -> str:
        """The zone as people call it: its letters, or its full name where it has none."""
        name = moment.astimezone(self.zone).tzname() or ""
        return name if name.isalpha() else plain(getattr(self.zone, "key", name))

    def distance(self, moment: datetime) -> str:
        """How far away: `in 2 min`, `3 h ago`."""
        away = moment - (self.at or moment)
        return self.say("relative.past" if away < timedelta(0) else "relative.future", span=self.span(abs(away)))

    def span(self, span: timedelta) -> str:
        """A length of time, in the largest units that matter."""
        seconds = int(span.total_seconds())
        if seconds < 60:  # noqa: PLR2004 - a minute
            return self.say("span.seconds", seconds, n=plain(seconds))
        minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
        if not hours:
            return self.say("span.minutes", minutes, n=plain(minutes))
        if hours < 48:  # noqa: PLR2004 - two days
            rest = f"{minutes % 60}" if minutes % 60 else ""
            return self.say("span.hours", hours, n=plain(hours), rest=rest)
        return self.say("span.days", days, n=plain(days))


def read(value: str) -> datetime | None:
    """The instant that an ISO 8601 string names; None where it names none."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def zone(name: str, at: datetime | None = None) -> tzinfo:
    """The zone called `name`; without one, that in which `at` was given; UTC where neither is known."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: ZoneInfoNotFoundError
        return (at.tzinfo if at is not None else None) or UTC
