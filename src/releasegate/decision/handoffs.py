"""How handoffs and open items come and go as events are read: what each step hands on, and what takes it over."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from releasegate.model.event import Event
from releasegate.model.handoff import Handoff, Item, Ladder, Standing
from releasegate.model.note import IfThen, Outside, Signal
from releasegate.model.state import Role, State

_ROLES = {State.CHECKING: Role.CHECKER.value, State.APPROVING: Role.APPROVER.value}
_SIGNALS = {"submit": Signal.CAUTION, "send_back": Signal.STOP, "hold": Signal.STOP, "withdraw": Signal.STOP}
_OF_A_TEXT = frozenset({"submit", "confirm", "approve", "send_back"})
_FRESH = frozenset({"write", "submit", "pass", "send_back", "ripen", "lapse"})
_DONE = {
    "write": _OF_A_TEXT,
    "submit": _OF_A_TEXT,
    "send_back": _OF_A_TEXT,
    "miss": _OF_A_TEXT,
    "pass": frozenset({"submit"}),
    "ripen": frozenset({"submit", "confirm"}),
}
"""The steps after which handoffs of these kinds are done: their text is another one, or what they asked for is there."""


OUTSIDE = "@outside"
"""The receiver of what is handed to somebody who is not in the directory: no person's id can be this."""

_HANDING_ON = frozenset({"submit", "confirm", "approve", "send_back", "lift"})
_BESIDE = frozenset({"remind", "untold", "ping", "checked", "blocked", "proof", "proof_told", "proof_failed"})
"""What moves nothing: whose turn it was, it is still, and since then."""


@dataclass(slots=True)
class Desk:
    """What lies on the desk: handoffs that nobody has taken over yet, open items, and who took over last (`taken`).

    `accepted` is what was taken over; `moved` when somebody last did something, `ladder` the reminders since.
    """

    handoffs: dict[str, Handoff] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    taken: str = ""
    accepted: dict[str, Handoff] = field(default_factory=dict)
    moved: datetime | None = None
    ladder: Ladder = field(default_factory=Ladder)

    def take(self, event: Event, author: str, to: State) -> None:
        """This event's effect; `author` is the draft's, `to` the state that it leads to."""
        if event.kind in _BESIDE:
            self._tell(event)
            return
        self.moved, self.ladder = event.at, Ladder()
        if event.kind in _FRESH:
            self.taken = ""
        for each in [each for each in self.handoffs.values() if to.over or _is_done(each, event)]:
            del self.handoffs[each.id]
        for each in [each for each in self.accepted.values() if to.over or each.kind in _DONE.get(event.kind, ())]:
            del self.accepted[each.id]
        self._speak(event)
        note = event.data.get("note", {})
        receiver = note.get("to") or _receiver(event, author, to)
        if receiver and not to.over:
            self.handoffs[f"{event.draft_id}/n{event.seq}"] = _handoff(event, receiver)
        self._carry(event, note)

    def _carry(self, event: Event, note: Mapping[str, Any]) -> None:
        """Open items go along: noted, said to be still open, done, or dropped."""
        if event.kind in _HANDING_ON:
            self.items = {name: replace(item, carried=item.carried + 1) for name, item in self.items.items()}
        for item in _items(event, note):
            self.items[item.id] = item
        for name in note.get("still", ()):
            self.items[name] = replace(self.items[name], affirmed=event.at)
        for name in (*note.get("done", ()), *note.get("dropped", ())):
            self.items.pop(name, None)

    def _tell(self, event: Event) -> None:
        """What people were told of, asked, or did not hear."""
        step: Mapping[str, str] = event.data.get("step", {})
        name, rung = step.get("handoff", ""), step.get("rung", "")
        if event.kind == "ping" and name in self.accepted:
            self.accepted[name] = replace(self.accepted[name], pinged=event.at, unheard=False)
        elif event.kind == "untold" and name in self.accepted:
            self.accepted[name] = replace(self.accepted[name], unheard=True)
        elif event.kind == "remind" and step.get("item") in self.items:
            self.items[step["item"]] = replace(self.items[step["item"]], reminded=True)
        elif name in self.handoffs:
            self.handoffs[name] = replace(self.handoffs[name], ladder=_climbed(self.handoffs[name].ladder, event, rung))
        elif rung and not name:
            self.ladder = _climbed(self.ladder, event, rung)

    def _speak(self, event: Event) -> None:
        """The answers that a receiver may give, and the sender's."""
        for name in event.data.get("watching", ()):
            self.accepted[name] = replace(self.accepted[name], taken_by=event.actor, taken=event.at)
        if event.kind == "revert" and (lost := self.accepted.pop(event.data["handoff"], None)) is not None:
            self.handoffs[lost.id] = replace(lost, since=event.at, ladder=Ladder(), taken_by="", taken=None, pinged=None, unheard=False)
        for name in event.data.get("handoffs", ()):
            each = self.handoffs[name]
            if event.kind == "acknowledge":
                del self.handoffs[name]
                self.accepted[name] = replace(each, taken_by=event.actor, taken=event.at)
                self.taken = event.actor if each.kind in _OF_A_TEXT else self.taken
            else:
                self.handoffs[name] = _spoken(each, event)


def _climbed(ladder: Ladder, event: Event, rung: str) -> Ladder:
    """One rung further; or one of which nobody heard."""
    if event.kind == "remind":
        return replace(ladder, told=(*ladder.told, rung), at=event.at)
    return replace(ladder, untold=(*ladder.untold, rung))


def _is_done(handoff: Handoff, event: Event) -> bool:
    """What was asked for has been done, or is asked for no more."""
    if handoff.kind in _DONE.get(event.kind, frozenset()):
        return True
    if event.kind == "lift":
        return bool(handoff.hold) and handoff.hold == event.data["hold"]
    return event.kind in {"confirm", "approve"} and handoff.to in _taken_by(event) and _reads(event, handoff)


def _taken_by(event: Event) -> frozenset[str]:
    """Signing takes over what was handed to this person by name; what was handed to a role waits until the role's work is done."""
    return frozenset(name for name in (event.actor, event.data.get("via", "")) if name)


def _reads(event: Event, handoff: Handoff) -> bool:
    """A lift is critical: it is taken over with a read-back, or not at all."""
    return handoff.kind != "lift" or bool(event.data.get("read_back"))


def _spoken(handoff: Handoff, event: Event) -> Handoff:
    """A question stops the receiver's clock and starts the sender's; an answer and a refusal start the receiver's anew."""
    if event.kind == "question":
        asked = (*(name for name in handoff.asked if name != event.actor), event.actor)
        return replace(handoff, standing=Standing.ASKED, asked=asked, question=event.note, since=event.at, ladder=Ladder())
    handoff = replace(handoff, asked=(), question="", since=event.at, ladder=Ladder())
    if event.kind == "answer":
        return replace(handoff, standing=Standing.OPEN)
    return replace(handoff, standing=Standing.DECLINED, to=event.data["next"], outside=None)


def _receiver(event: Event, author: str, to: State) -> str:
    """Who is next, where the note does not say: a role or a person; nobody after a step that hands nothing on."""
    if event.kind == "submit":
        return _ROLES.get(to, "")
    if event.kind == "confirm":
        return Role.APPROVER.value
    if event.kind == "hold":
        return author if event.actor != author else Role.APPROVER.value
    return author if event.kind == "send_back" else ""


def _handoff(event: Event, to: str) -> Handoff:
    return Handoff(
        id=f"{event.draft_id}/n{event.seq}",
        kind=event.kind,
        sender=event.actor,
        to=to,
        at=event.at,
        since=event.at,
        digest=event.digest,
        text=event.note,
        signal=signal_of(event),
        if_then=tuple(IfThen(**each) for each in event.memo.get("if_then", ())),
        hold=event.data.get("hold", "") if event.kind == "hold" else "",
        outside=_outside(event) if to == OUTSIDE else None,
    )


def _outside(event: Event) -> Outside:
    """Who they are stands beside the chain, and may have been erased."""
    return Outside(**event.memo.get("outside", {"name": "?"}))


def signal_of(event: Event) -> Signal:
    """The signal of its note: the one that was given, else the step's own."""
    given = event.data.get("note", {}).get("signal")
    return Signal(given) if given else _SIGNALS.get(event.kind, Signal.GO)


def _items(event: Event, note: Mapping[str, Any]) -> list[Item]:
    """The open items of this note; their words stand beside the chain, and may have been erased."""
    words = event.memo.get("items", ())
    return [
        Item(
            id=f"i{event.seq}" if not number else f"i{event.seq}-{number + 1}",
            text=words[number]["text"] if number < len(words) else "",
            done_when=words[number]["done_when"] if number < len(words) else "",
            owner=each["owner"],
            due=datetime.fromisoformat(each["due"]) if each["due"] else None,
            by=event.actor,
            at=event.at,
        )
        for number, each in enumerate(note.get("items", ()))
    ]
