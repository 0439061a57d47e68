"""An anchor: a head of the log that is kept outside the store, and by which a changed log is known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from releasegate.messages.words import Words
from releasegate.model.manifest import canonical

_DIGITS = 64  # of a sha256 in hex
_DOMAIN = b"releasegate anchor 1\n"
_LONGEST = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The log of `store` had `position` entries at `at`, and the last of them hashed to `head`.

    `key` signed that (`signature`); `token` is the answer of a time stamp authority to it. One that somebody noted down may be the plain
    `position:head`.
    """

    position: int
    head: str
    store: str = ""
    at: datetime | None = None
    key: str = ""
    signature: str = ""
    token: str = ""

    @property
    def plain(self) -> str:
        """`position:head`, as answers and reports have it."""
        return f"{self.position}:{self.head}"

    @property
    def bare(self) -> bool:
        """It says no more than position and head: nobody signed it."""
        return self.at is None

    def statement(self) -> bytes:
        """What is signed, and what is stamped: of this kind only, so that no other signature of the same key can stand for it."""
        return _DOMAIN + canonical(self._said())

    def line(self) -> str:
        """One line of JSON; `position:head` where there is nothing else to say."""
        if self.bare:
            return self.plain
        proofs = {"key": self.key, "signature": self.signature, "token": self.token}
        return orjson.dumps({**self._said(), **{name: proof for name, proof in proofs.items() if proof}}).decode()

    def _said(self) -> dict[str, Any]:
        at = self.at.isoformat(timespec="microseconds") if self.at else ""
        return {"v": 1, "store": self.store, "position": self.position, "head": self.head, "at": at}


def read_anchor(text: str) -> Anchor:
    """The anchor that stands in this text. Raises ValueError where it is none."""
    try:
        return _from_json(orjson.loads(text)) if text.lstrip().startswith("{") else _from_plain(text.strip())
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        message = Words("{text!r} is no anchor; it looks like 41:9f86d0…, with all 64 characters.", text=text.strip()[:100])
        raise ValueError(message) from error


def _from_plain(text: str) -> Anchor:
    position, _, head = text.partition(":")
    return Anchor(position=_number(int(position) if position.isdecimal() else None), head=_hash(head))


def _from_json(data: dict[str, Any]) -> Anchor:
    version, at, position, head = data.pop("v"), datetime.fromisoformat(data.pop("at")), data.pop("position"), data.pop("head")
    if version != 1 or at.tzinfo is None or not data.get("store") or any(not _is_text(each) for each in data.values()):
        raise ValueError(version)
    return Anchor(position=_number(position), head=_hash(head), at=at, **data)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _number(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError(value)
    return value


def _hash(value: object) -> str:
    if not isinstance(value, str) or len(value) != _DIGITS or not set(value) <= set("0123456789abcdef"):
        raise ValueError(value)
    return value
