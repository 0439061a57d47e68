"""That somebody watches: Beat."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH = timedelta(minutes=5)
"""So long a pass counts as watching."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The last pass: who made it, when (by the store's time), when they meant to come again, and the moment at which it was asked for."""

    by: str
    at: datetime
    next: datetime
    asked: datetime

    @property
    def fresh(self) -> bool:
        """Somebody has looked within the last five minutes."""
        return self.asked - self.at < FRESH

    def __bool__(self) -> bool:
        return self.fresh
