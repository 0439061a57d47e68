"""A distributor that keeps its own clock, and everything that is known to go wrong with one, on request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from releasegate.channels.data import seal_json
from releasegate.errors import NotSent
from releasegate.model.limits import Limits
from releasegate.model.parcel import Parcel, Receipt, Sight

OnStop = Literal["cancel", "pause", "ignore", "lie"]


@dataclass
class Record:
    """One release in their books. `told` is what their screens say, each state with since when; `real` what will happen."""

    id: str
    key: str
    parcel: Parcel
    at: datetime
    title: str
    real: str = "scheduled"
    told: list[tuple[datetime, str]] = field(default_factory=list)


class Distributor:
    """A clocked channel for tests: it books, stops, looks and finds, and sends by its own clock when `tick` is called.

    `on_stop` is what asking to stop does there: `cancel` takes the booking away; `pause` puts it on hold; `ignore` does nothing; `lie`
    shows it as cancelled and sends it all the same. Failures, each a number that counts down:
    `lose_requests` (nothing arrives: a time-out), `lose_replies` (it arrives, the answer does not), `refuse` (NotSent), `twice` (one
    request makes two bookings), `blind` (a look-up fails). `lag`: look-ups show what stood so long ago. `keeps_keys`: a key that is
    known is not booked again. `may_stop`: what they say when asked whether these credentials may cancel. `out` is what went out:
    (booking, parcel, at).
    """

    def __init__(self, clock: Callable[[], datetime], *, identity: str = "distributor:agency-17", limits: Limits | None = None) -> None:
        self.clock = clock
        self.identity = identity
        self.limits = limits or Limits(key_life=timedelta(days=1), settling=timedelta(minutes=2))
        self.on_stop: OnStop = "cancel"
        self.lag = timedelta(0)
        self.lose_requests = self.lose_replies = self.refuse = self.twice = self.blind = 0
        self.keeps_keys = self.may_stop = True
        self.cut_off = self.limits.stop_before
        self.records: dict[str, Record] = {}
        self.out: list[tuple[str, Parcel, datetime]] = []
        self.asked: list[tuple[str, str]] = []
        self.deadline = 2.0

    def seal(self, content: object) -> Iterator[Parcel]:
        """A parcel as it is, a string as a release of that text to 350 newsrooms, data as JSON."""
        if isinstance(content, Parcel):
            yield content
        elif isinstance(content, list):
            for each in content:
                yield from self.seal(each)
        else:
            yield from seal_json(
                content if isinstance(content, dict) else {"title": "New wing", "text": str(content)}, reach=350, title="New wing"
            )

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        """Book it, unless something was to go wrong."""
        self.asked.append(("book", key))
        if self.refuse:
            self.refuse -= 1
            message = "they refused it"
            raise NotSent(message)
        if self.lose_requests:
            self.lose_requests -= 1
            raise TimeoutError
        known = [each for each in self.records.values() if each.key == key] if self.keeps_keys else []
        made = known or [self._new(parcel, at, key) for _ in range(2 if self.twice else 1)]
        self.twice = max(0, self.twice - 1)
        if self.lose_replies:
            self.lose_replies -= 1
            raise TimeoutError
        return Receipt(made[0].id)

    def stop(self, booking: str) -> None:
        """What `on_stop` says; past their cut-off nothing."""
        self.asked.append(("stop", booking))
        record = self.records[booking]
        if self.clock() > record.at - self.cut_off:
            message = "too late to stop it"
            raise RuntimeError(message)
        if self.on_stop == "cancel":
            self._set(record, "absent", "absent")
        elif self.on_stop == "lie":
            self._set(record, "scheduled", "absent")
        elif self.on_stop == "pause":
            self._set(record, "held", "held")

    def look(self, booking: str) -> Sight:
        """What their screens say of it, `lag` ago."""
        self._see()
        return self._sight(self.records[booking])

    def find(self, key: str) -> list[Sight]:
        """Everything that stands under this key on their screens."""
        self._see()
        return [sight for each in self.records.values() if each.key == key and (sight := self._sight(each)).state != "absent"]

    def can_stop(self) -> bool:
        """Whether these credentials may take a booking away."""
        return self.may_stop

    def tick(self) -> None:
        """Send what is due by their clock."""
        for record in self.records.values():
            if record.real == "scheduled" and self.clock() >= record.at:
                self._set(record, "sent", "sent")
                self.out.append((record.id, record.parcel, self.clock()))

    def shift_change(self) -> None:
        """The next shift knows nothing of what was on hold: it goes on."""
        for record in self.records.values():
            if record.real == "held":
                self._set(record, "scheduled", "scheduled")

    def restore(self, booking: str) -> None:
        """Somebody there takes it up again, whatever it was."""
        self._set(self.records[booking], "scheduled", "scheduled")

    def drop(self, booking: str) -> None:
        """Somebody there takes it out without having been asked."""
        self._set(self.records[booking], "absent", "absent")

    def pause(self, booking: str) -> None:
        """Somebody there puts it on hold."""
        self._set(self.records[booking], "held", "held")

    def change(self, booking: str, *, at: datetime | None = None, title: str = "") -> None:
        """Somebody there changes its hour or its title."""
        record = self.records[booking]
        record.at, record.title = at or record.at, title or record.title

    def _new(self, parcel: Parcel, at: datetime, key: str) -> Record:
        record = Record(id=f"R{len(self.records) + 1}", key=key, parcel=parcel, at=at, title=parcel.title)
        self.records[record.id] = record
        self._set(record, "scheduled", "scheduled")
        return record

    def _set(self, record: Record, real: str, told: str) -> None:
        record.real = real
        record.told.append((self.clock(), told))

    def _see(self) -> None:
        if self.blind:
            self.blind -= 1
            raise TimeoutError

    def _sight(self, record: Record) -> Sight:
        moment = self.clock() - self.lag
        told = next((state for since, state in reversed(record.told) if since <= moment), "absent")
        return Sight.model_validate({"state": told, "at": record.at, "title": record.title, "booking": record.id})
