"""What passes from hand to hand with a draft: Handoff, Item, Tier, and what a receiver reads back: ReadBack."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a hold must not wait for pydantic
    from releasegate.model.note import IfThen


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An open item of a draft: one owner, until somebody says that it is done."""

    id: str
    text: str
    owner: str
    by: str
    at: datetime
    due: datetime | None = None
    done_when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """What waits for somebody to take over. `kind` is the step that made it; `to` a person's id, a role or a group.

    Until it is acknowledged, `sender` still owns it. `since` is when its present receiver began to have it: a question stops their clock
    and starts the sender's. `asked` are those whose question is not answered.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBack:
    """What a person reads back before they take over: when it leaves, how many it reaches, and the text's mark.

    `send_at` is a moment, or its wall time as people say it (`2026-07-03 10:00`, in the draft's zone); None: as soon as it may.
    """

    mark: str
    recipients: int
    send_at: str | datetime | None = None
