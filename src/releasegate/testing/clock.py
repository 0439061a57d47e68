"""The time of a test: it stands until somebody moves it."""

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 6, 29, 3, 0, tzinfo=UTC)
"""A Monday, 12:00 in Tokyo: when a clock begins to whom nobody says anything else."""


class Clock:
    """What a gate takes as `clock=`: it stands at `at` until it is moved. Raises ValueError for a time without a zone."""

    def __init__(self, at: datetime = NOON) -> None:
        if at.tzinfo is None:
            message = f"{at.isoformat()} has no zone: give an aware datetime, like datetime(2026, 6, 29, 3, tzinfo=UTC)"
            raise ValueError(message)
        self.at = at

    def __call__(self) -> datetime:
        """The time that it is."""
        return self.at

    def forward(self, **by: float) -> datetime:
        """Later by this much (`minutes=5`), and the time that it then is."""
        self.at += timedelta(**by)
        return self.at
