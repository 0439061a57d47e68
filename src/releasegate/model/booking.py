"""A draft in the hands of a channel that keeps its own clock: Booking."""

from dataclasses import dataclass
from datetime import datetime

ENDED = frozenset({"absent", "sent"})
"""What a record says of a booking that goes out no more: it is gone, or it is out."""


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
        return self.seen not in ENDED
