"""A draft in the hands of a channel that keeps its own clock: Limits, Booking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

_NONE = timedelta(0)


class Limits(BaseModel):
    """What a clocked channel can do over there, as whoever wrapped it declares it.

    `cancels`: what was booked can be taken away again; what cannot is not booked. `stop_before`: how long before the hour it can still be
    taken away (where the policy says longer, that counts). `pause`: how long "on hold" lives there before it goes on by itself, which
    people are told before; None: as long as nobody there changes it. `key_life`: for how long the same key is never booked twice;
    nothing: keys are not honoured. `settling`: after this time a booking that stands is found by our reference, so that one that is not
    found is absent; None: what is not found proves nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cancels: bool = True
    stop_before: timedelta = Field(default=_NONE, ge=_NONE)
    pause: timedelta | None = Field(default=None, ge=_NONE)
    key_life: timedelta = Field(default=_NONE, ge=_NONE)
    settling: timedelta | None = Field(default=None, ge=_NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One attempt to book one draft: our reference (`key`), their id (empty until they gave one), for when, and what was seen last.

    `seen` is a Sight's state; empty while nothing has been answered yet. `due` is when it is to be looked at again; None: no more.
    `pressed` is the draft's epoch at which they were last asked to take it away. `worker` made the attempt; `ended` is since when nothing
    of it leaves here any more: it answered, was first found dead, or their record had the booking. None: it may yet go on.
    """

    attempt: str
    draft_id: str
    digest: str
    channel: str
    key: str
    at: datetime
    began: datetime
    booking: str = ""
    seen: str = ""
    looked: datetime | None = None
    due: datetime | None = None
    pressed: int = 0
    worker: str = ""
    ended: datetime | None = None

    @property
    def stands(self) -> bool:
        """It may still go out, as far as is known."""
        return self.seen not in {"absent", "sent"}
