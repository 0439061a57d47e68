"""One sealed message, and what a channel answers about it: Parcel, Receipt, Sight."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field

MAIL = "message/rfc822"
JSON = "application/json"


class Parcel(BaseModel):
    """One sealed message: the bytes that leave, whom they reach, from whom, and how many people that is.

    `to` are the envelope's addresses, one a person; `reach` counts people where a channel has no addresses (a wire: 350 newsrooms).
    `media` says how a reader's program takes the body (`message/rfc822`, `application/json`, `text/plain`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    body: bytes
    to: tuple[str, ...] = ()
    sender: str = ""
    title: str = ""
    reach: int = Field(default=-1, ge=-1)
    media: str = MAIL

    def model_post_init(self, _context: object) -> None:
        """Where nobody says how many people it reaches, it reaches its addresses."""
        if self.reach < 0:
            object.__setattr__(self, "reach", len(self.to))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 - nothing in it can change
        """Another one with these fields, checked like the first; a digest belongs to one text, and is not copied."""
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | dict(update or {}))

    @cached_property
    def content(self) -> str:
        """sha256 of the bytes alone, in hex: two parcels with the same content are twins."""
        return hashlib.sha256(self.body).hexdigest()

    @cached_property
    def digest(self) -> str:
        """sha256, in hex, of everything that would leave: the bytes and the envelope."""
        envelope = {
            "content": self.content,
            "to": list(self.to),
            "sender": self.sender,
            "title": self.title,
            "reach": self.reach,
            "media": self.media,
        }
        return hashlib.sha256(orjson.dumps(envelope, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Receipt(BaseModel):
    """The provider's yes: its own id for it, and the addresses that it refused, each with its answer (`550 5.1.1 no such user`).

    `deferred` are addresses refused for now (4xx before the message was handed over): certain that nothing reached them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = ""
    refused: Mapping[str, str] = Field(default_factory=dict)
    deferred: Mapping[str, str] = Field(default_factory=dict)

    def __init__(self, id: str = "", **more: object) -> None:  # noqa: A002 - the provider's own word
        super().__init__(id=id, **more)


class Sight(BaseModel):
    """What a clocked channel's own record says of a booking: only `absent` is a stop.

    `booking` is their id, where the record was found by our reference; `at`, `title` and `reach` are what stands there now: what differs
    from what was booked is drift.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["absent", "held", "scheduled", "sent", "unknown"]
    at: datetime | None = None
    title: str = ""
    reach: int | None = None
    booking: str = ""
    raw: Mapping[str, Any] = Field(default_factory=dict)
