"""How handoffs and open items come and go as events are read: what each step hands on, and what takes it over."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from releasegate.model.event import Event
from releasegate.model.handoff import Handoff, Item, Standing
from releasegate.model.note import IfThen, Signal
from releasegate.model.state import Role, State

_ROLES = {State.CHECKING: Role.CHECKER.value, State.APPROVING: Role.APPROVER.value}
_SIGNALS = {"submit": Signal.CAUTION, "send_back": Signal.STOP, "hold": Signal.STOP, "withdraw": Signal.STOP}
_OF_A_TEXT = frozenset({"submit", "confirm", "approve", "send_back"})
_FRESH = frozenset({"write", "submit", "pass", "send_back", "ripen", "lapse"})
_DONE = {
    "write": _OF_A_TEXT,
    "submit": _OF_A_TEXT,
    "send_back": _OF_A_TEXT,
    "pass": frozenset({"submit"}),
    "ripen": frozenset({"submit", "confirm"}),
}
"""The steps after which handoffs of these kinds are done: their text is another one, or what they asked for is there."""


@dataclass(slots=True)
class Desk:
    """What lies on the desk: handoffs that nobody has taken over yet, open items, and who took over last (`taken`)."""

    handoffs: dict[str, Handoff] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    taken: str = ""

    def take(self, event: Event, author: str, to: State) -> None:
        """This event's effect; `author` is the draft's, `to` the state that it leads to."""
        if event.kind in _FRESH:
            self.taken = ""
        for each in [each for each in self.handoffs.values() if to.over or _is_done(each, event)]:
            del self.handoffs[each.id]
        self._speak(event)
        note = event.data.get("note", {})
        receiver = note.get("to") or _receiver(event, author, to)
        if receiver and not to.over:
            self.handoffs[f"{event.draft_id}/n{event.seq}"] = _handoff(event, receiver)
        for item in _items(event, note):
            self.items[item.id] = item
        for name in note.get("done", ()):
            self.items.pop(name, None)

    def _speak(self, event: Event) -> None:
        """The answers that a receiver may give, and the sender's."""
        for name in event.data.get("handoffs", ()):
            each = self.handoffs[name]
            if event.kind == "acknowledge":
                del self.handoffs[name]
                self.taken = event.actor if each.kind in _OF_A_TEXT else self.taken
            else:
                self.handoffs[name] = _spoken(each, event)


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
        return replace(handoff, standing=Standing.ASKED, asked=asked, question=event.note, since=event.at)
    if event.kind == "answer":
        return replace(handoff, standing=Standing.OPEN, asked=(), question="", since=event.at)
    return replace(handoff, standing=Standing.DECLINED, to=event.data["next"], asked=(), question="", since=event.at)


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
    )


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
