"""One pass along the chain: each event is what was written, in its place, after the one before it, and where an anchor says so."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from releasegate.messages.words import Words
from releasegate.model.anchor import Anchor

MOST = 500
"""So many faults are told one by one; of a log that is broken throughout the rest is counted."""

_SPECIAL = frozenset({"adopt", "erase"})
"""Kinds whose events are read whole: the rules in force, and what was taken away on purpose."""


class Faults:
    """What is wrong, in words; never more of them than fit on a few pages."""

    def __init__(self) -> None:
        self._told: list[str] = []
        self._more = 0

    def add(self, fault: str) -> None:
        """One more."""
        if len(self._told) < MOST:
            self._told.append(fault)
        else:
            self._more += 1

    def __iter__(self) -> Iterator[str]:
        yield from self._told
        if self._more:
            yield Words("and {n} more", n=self._more)


class Walk:
    """What a pass over the chain has seen. It remembers nothing of single events, however many there are."""

    def __init__(self, anchors: Mapping[int, tuple[Anchor, ...]], store: str, faults: Faults) -> None:
        self.anchors, self.store, self.faults = anchors, store, faults
        self.head, self.position, self.erased, self.covered, self.policy = "", 0, 0, 0, 0
        self.first_body, self.last_body = b"", b""  # the first that no anchor vouches for, and the last of all
        self.bare: dict[str, int] = {}  # drafts with a note that is gone and of which no entry said so yet, and where the first one was

    def follow(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Go along the chain; an event that says what it says in the usual words is looked at once, any other word by word."""
        end = f',"store":"{self.store}","v":1}}'
        for row in rows:
            position, draft_id, seq, kind, body, stored, salt, memo = row
            head = sha256(self.head.encode() + body).hexdigest()
            told = sha256((salt or b"") + memo).hexdigest() if memo is not None else ""
            known = head == stored and position == self.position + 1 and self.first_body and position not in self.anchors
            if (
                known
                and kind not in _SPECIAL
                and _says(body, f'"{draft_id}","kind":"{kind}","memo":"{told}","position":{position}', seq, end)
            ):
                self.head, self.position, self.last_body = head, position, body
            else:
                self._step(row, head, told)

    def _step(self, row: tuple[Any, ...], head: str, told: str) -> None:
        """One event, word by word."""
        position, _, _, kind, body, stored, *_ = row
        if position != self.position + 1:
            several = position > self.position + 2
            missing = "missing: event {position} to {last}" if several else "missing: event {position}"
            self.faults.add(Words(missing, position=self.position + 1, last=position - 1))
        if head != stored:
            self.faults.add(
                Words("changed: event {position} is not what was written after event {before}", position=position, before=position - 1)
            )
        self.head, self.position = stored, position
        try:
            self._read(row, told, orjson.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.faults.add(Words("unreadable: event {position} is no event", position=position))
        self.policy = position if kind == "adopt" else self.policy
        self._anchor(position, body)

    def _read(self, row: tuple[Any, ...], told: str, data: Mapping[str, Any]) -> None:
        """What the event says of itself, against where it stands."""
        position, draft_id, seq, kind, *_, memo = row
        if (data["position"], data["draft"], data["seq"], data["kind"], data["store"]) != (position, draft_id, seq, kind, self.store):
            self.faults.add(
                Words("moved: event {position} stands under another number, draft or kind, or comes from another store", position=position)
            )
        if kind == "erase":
            self.bare.pop(draft_id, None)  # what came before it; its own note stays
        if data["memo"] and memo is None:
            self.erased += 1
            self.bare.setdefault(draft_id, position)
        elif memo is not None and told != data["memo"]:
            self.faults.add(Words("changed: the note beside event {position}", position=position))

    def _anchor(self, position: int, body: bytes) -> None:
        self.last_body, named = body, self.anchors.get(position, ())
        for other in sorted({each.head for each in named} - {self.head}):
            self.faults.add(_other(position, next(each for each in named if each.head == other), body))
        if any(each.head == self.head for each in named):
            self.covered, self.first_body = position, b""
        elif not self.first_body:
            self.first_body = body


def _says(body: bytes, middle: str, seq: int, end: str) -> bool:
    """The canonical bytes end with what stands beside them: draft, kind, digest of the note, position, some round, seq, store."""
    place = body.rfind(b',"round":')
    left, right = f'"draft":{middle}'.encode(), f',"seq":{seq}{end}'.encode()
    return body.endswith(right) and body[:place].endswith(left) and body[place + 9 : -len(right)].isdigit()


def _other(position: int, anchor: Anchor, body: bytes) -> str:
    """The anchor names another event here. One that was written after the anchor was made went on from an older copy."""
    written = moment(body)
    if anchor.at is not None and written is not None and written > anchor.at:
        return Words(
            "restored: event {position} was written at {written}, after the anchor that names another one; an older copy went on",
            position=position,
            written=written.isoformat(timespec="seconds"),
        )
    return Words("rewritten: event {position} is not the one that the anchor names", position=position)


def moment(body: bytes) -> datetime | None:
    """When this event happened; None where it cannot be read."""
    try:
        return datetime.fromisoformat(orjson.loads(body)["at"]) if body else None
    except (ValueError, KeyError, TypeError):
        return None
