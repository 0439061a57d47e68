"""What became of a send, and of a hold: Report, HoldAnswer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from releasegate import messages
from releasegate.model.state import HoldState


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How many people it reached: `sent`, `refused` by their servers, `unknown`, `left` to send; they add up to `of`.

    `refusals` are the refused addresses with their servers' answers; `attempts` the ids of the attempts whose outcome is unknown.
    """

    draft_id: str
    of: int
    sent: int = 0
    refused: int = 0
    unknown: int = 0
    left: int = 0
    refusals: Mapping[str, str] = field(default_factory=dict)
    attempts: tuple[str, ...] = ()
    head: str = ""

    def explain(self, lang: str = "en") -> str:
        """The report in words; its first line says what has left."""
        return messages.report(self, lang)

    def __str__(self) -> str:
        return self.explain("en")


_WORSE = (HoldState.HELD, HoldState.PENDING, HoldState.IN_FLIGHT, HoldState.UNKNOWN, HoldState.TOO_LATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldAnswer:
    """How certain the stop is, and what has left. `bool()` is true only for HELD: nothing leaves from now on.

    `gone`, `in_flight`, `unknown`, `stopped` count people; `head` is the log's head after the hold was written: keep it, it is an anchor.
    Of a draft that is one of several ways out of a release, `drafts` has the answer of each, its own first: `state` is then the worst
    of them, and the counts are those of all. `unwatched`: it stands, or stood, with somebody else, and nobody looks whether it stays so.
    """

    hold: str
    draft_id: str
    state: HoldState
    title: str = ""
    gone: int = 0
    in_flight: int = 0
    unknown: int = 0
    stopped: int = 0
    head: str = ""
    stop_by: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)
    unwatched: bool = False
    drafts: "tuple[HoldAnswer, ...]" = ()

    @classmethod
    def of(cls, drafts: "Sequence[HoldAnswer]") -> "HoldAnswer":
        """The one answer of linked drafts, of which the first was named; of one alone its own."""
        first = drafts[0]
        if len(drafts) == 1:
            return first
        worst = max(drafts, key=lambda each: _WORSE.index(each.state))
        phone = min((each for each in drafts if each.contact), key=lambda each: each.stop_by, default=first)
        return cls(
            hold=first.hold,
            draft_id=first.draft_id,
            state=worst.state,
            title=first.title,
            gone=sum(each.gone for each in drafts),
            in_flight=sum(each.in_flight for each in drafts),
            unknown=sum(each.unknown for each in drafts),
            stopped=sum(each.stopped for each in drafts),
            head=drafts[-1].head,
            stop_by=phone.stop_by,
            contact=phone.contact,
            unwatched=any(each.unwatched for each in drafts),
            drafts=tuple(drafts),
        )

    def __bool__(self) -> bool:
        return self.state is HoldState.HELD

    def explain(self, lang: str = "en") -> str:
        """The answer in words, in `en` or `ja`; its first line says whether the stop is certain."""
        return messages.hold_answer(self, lang)

    def __str__(self) -> str:
        return self.explain("en")

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "hold": self.hold,
            "draft": self.draft_id,
            "state": self.state.value,
            "held": bool(self),
            "gone": self.gone,
            "in_flight": self.in_flight,
            "unknown": self.unknown,
            "stopped": self.stopped,
            "head": self.head,
            "unwatched": self.unwatched,
            "drafts": [each.to_dict() for each in self.drafts],
        }
