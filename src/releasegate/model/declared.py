"""What an author says of a text beforehand, and everybody signs: how many it should reach, and from when it may be known."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from releasegate.errors import ContentError
from releasegate.messages.words import Words
from releasegate.model.schedule import YEARS, Schedule, parse_schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """How many people it should reach (None: not said), and its embargo: the moment from which the news may be known (none: `at_once`)."""

    count: int | None = None
    embargo: Schedule = field(default_factory=Schedule)

    @classmethod
    def read(cls, count: object, embargo: str | datetime | None, *, default_zone: str = "") -> Self:
        """As it was handed in. Raises ContentError for a count that is none, and an embargo that does not name one moment."""
        if not (count is None or (type(count) is int and 0 <= count < _MOST)):
            raise ContentError(
                Words("{count!r} is no number of people.", count=count),
                where=Words("declared"),
                mend=Words("Give a whole number, like 350."),
            )
        return cls(count=count if isinstance(count, int) else None, embargo=_moment(embargo, default_zone))

    def body(self) -> dict[str, Any]:
        """What the manifest holds of it: only what was said, so that a text of which nothing was said has the digest that it always had."""
        said: dict[str, Any] = {} if self.count is None else {"count": self.count}
        if self.embargo.utc is not None:
            at = {"text": self.embargo.text, "local": self.embargo.local, "zone": self.embargo.zone}
            said["embargo"] = {**at, "utc": self.embargo.utc.isoformat()}
        return said


def read_declared(said: dict[str, Any]) -> Declared:
    """What stands in a manifest."""
    at = said.get("embargo")
    embargo = Schedule(text=at["text"], local=at["local"], zone=at["zone"], utc=datetime.fromisoformat(at["utc"])) if at else Schedule()
    return Declared(count=said.get("count"), embargo=embargo)


def _moment(embargo: str | datetime | None, default_zone: str) -> Schedule:
    """An hour that comes twice, or never, in its zone is no embargo: somebody would keep to the other one."""
    if (instant := _with_offset(embargo)) is not None:
        return instant
    mend = Words("Write it like '2026-12-01 14:00 Asia/Tokyo'.")
    try:
        read = parse_schedule(embargo, default_zone=default_zone)
    except ContentError as error:
        raise ContentError(error.what, where=Words("embargo"), mend=mend) from error
    if read.problem:
        raise ContentError(Words("{text!r} names no moment, or two.", text=read.text), where=Words("embargo"), mend=mend)
    return read


def _with_offset(embargo: str | datetime | None) -> Schedule | None:
    """An offset names the moment by itself, whatever the channel's zone: as others announce it, `2026-12-01T14:00:00+09:00`."""
    try:
        moment = datetime.fromisoformat(embargo) if isinstance(embargo, str) else embargo
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None or hasattr(moment.tzinfo, "key") or moment.year not in YEARS:
        return None
    local = moment.replace(tzinfo=None).isoformat()
    return Schedule(text=moment.isoformat(), local=local, zone=str(moment.tzinfo), utc=moment.astimezone(UTC))


_MOST = 10**9
