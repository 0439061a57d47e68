"""The agency's client, made a channel: five short methods, which translate and do nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import URLError

from newswire import Newswire

from releasegate import NotSent
from releasegate.channels import seal_json
from releasegate.model import Limits, Parcel, Receipt, Sight

SEEN = {"draft": "absent", "on_hold": "held", "scheduled": "scheduled", "sent": "sent"}


class Press:
    """The distributor. Keeps its own clock, honours our reference for a day, and shows a booking within two minutes."""

    limits = Limits(stop_before=timedelta(minutes=15), key_life=timedelta(days=1), settling=timedelta(minutes=2))
    deadline = 10.0

    def __init__(self, api: Newswire, *, account: str) -> None:
        self._api = api
        self.identity = f"newswire:{account}"

    def seal(self, content: dict[str, Any]) -> Iterator[Parcel]:
        """What would leave: the release, canonical."""
        return seal_json(content, reach=350, title=content["title"])

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        """Book it, under our reference."""
        release = json.loads(parcel.body)
        try:
            return Receipt(self._api.create_release(release["title"], release["text"], at.timestamp(), key))
        except URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):  # nobody was there to take it
                raise NotSent(str(error.reason)) from error
            raise

    def stop(self, booking: str) -> None:
        """Take it away: what is on hold there is a promise of whoever is on shift."""
        self._api.cancel(booking)

    def look(self, booking: str) -> Sight:
        """What their record says."""
        return self._sight(booking, self._api.status(booking))

    def find(self, key: str) -> list[Sight]:
        """Everything that stands under our reference."""
        return [self._sight(each["id"], each) for each in self._api.by_reference(key)]

    def _sight(self, booking: str, seen: dict[str, Any]) -> Sight:
        at = datetime.fromtimestamp(seen["at"], UTC)
        return Sight.model_validate(
            {"state": SEEN.get(seen["status"], "unknown"), "at": at, "title": seen["title"], "booking": booking, "raw": seen}
        )
