"""What passes from hand to hand with a draft: Handoff, Item, Tier, Ladder, and what a receiver reads back: ReadBack, Heard."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a hold must not wait for pydantic
    from releasegate.model.note import IfThen, Outside


LONG = 3
"""An open item that was handed on so often is shown as long carried."""


class Signal(StrEnum):
    """The one word that is read even when nothing else is."""

    GO = "go"
    CAUTION = "caution"
    STOP = "stop"


class Tier(StrEnum):
    """How much a handoff asks of its receiver: a critical one is read back."""

    ROUTINE = "routine"
    ELEVATED = "elevated"
    CRITICAL = "critical"


class Standing(StrEnum):
    """How far an open handoff has got. One that was acknowledged is not open any more."""

    OPEN = "open"
    ASKED = "asked"
    DECLINED = "declined"


class Rung(StrEnum):
    """The steps of the ladder that is climbed while nobody answers."""

    FIRST = "first"
    DUE = "due"
    SUPERVISOR = "supervisor"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """How far the ladder has been climbed: the rungs that people were told of, those of which nobody heard, and when the last was taken."""

    told: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An open item of a draft: one owner, until somebody says that it is done.

    `carried` is how many steps have handed the draft on with it still open, `affirmed` when somebody last said that it is; `reminded`:
    its owner was told that its hour is past.
    """

    id: str
    text: str
    owner: str
    by: str
    at: datetime
    due: datetime | None = None
    done_when: str = ""
    carried: int = 0
    affirmed: datetime | None = None
    reminded: bool = False

    @property
    def long(self) -> bool:
        """It has been carried along so often that somebody should look whether it is still meant."""
        return self.carried >= LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """What waits for somebody to take over. `kind` is the step that made it; `to` a person's id, a role or a group.

    Until it is acknowledged, `sender` still owns it. `since` is when its present receiver began to have it: a question stops their clock
    and starts the sender's. `asked` are those whose question is not answered. `taken_by` took it over at `taken`; asked at `pinged`
    whether they still watch, they may have `unheard` it. One to an `outside` party is confirmed by their words.
    """

    id: str
    kind: str
    sender: str
    to: str
    at: datetime
    since: datetime
    digest: str
    text: str = ""
    signal: Signal = Signal.GO
    if_then: tuple["IfThen", ...] = ()
    standing: Standing = Standing.OPEN
    asked: tuple[str, ...] = ()
    question: str = ""
    hold: str = ""
    ladder: Ladder = field(default_factory=Ladder)
    taken_by: str = ""
    taken: datetime | None = None
    pinged: datetime | None = None
    unheard: bool = False
    outside: "Outside | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """What a person reads back before they take over: when it leaves, how many it reaches, and the text's mark.

    `send_at` is a moment, or its wall time as people say it (`2026-07-03 10:00`, in the draft's zone); None: as soon as it may.
    """

    mark: str
    recipients: int
    send_at: str | datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What an outside party said when they took it over: who, in their own words, under which ticket of theirs.

    `words` are kept as the evidence. `recipients` and `send_at` are what those words come to: compared with the facts.
    """

    name: str
    words: str
    recipients: int
    send_at: str | datetime | None = None
    ticket: str = ""
