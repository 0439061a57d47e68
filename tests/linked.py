"""What tests of linked drafts begin with: one release that goes out by a distributor, on the own site, and as a post."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft
from releasegate.testing import Clock, Distributor, Outbox
from tests.booking import FRIDAY, PRESS, Press
from tests.building import approved, make_bench

LINKED = (
    PRESS.replace("[channels.press]", '[channels.press]\nlinked = ["site"]') + '\n[channels.site]\nzone = "Asia/Tokyo"\n[channels.post]\n'
)
WING = "2026-03-wing"
TEN = "2026-06-29T10:00"


@dataclass
class House:
    """A gate with three ways out, and what left by those that it keeps the clock of."""

    gate: Gate
    desk: Distributor
    site: Outbox
    post: Outbox
    clock: Clock
    alarms: list[Any] = field(default_factory=list)

    @property
    def press(self) -> Press:
        """Their desk and the time that goes by."""
        return Press(self.gate, self.desk, self.clock, self.alarms)

    def approved(self, draft_id: str, channel: str, *, release: str = WING, **more: str) -> Draft:
        """A text of its own for this way out, approved."""
        return approved(
            self.gate, draft_id, more.pop("text", f"The new wing opens, by {draft_id}."), channel=channel, release=release, **more
        )

    def wing(self) -> None:
        """The release, approved on all three ways, for Monday at ten; and booked with the distributor."""
        self.approved("wing-site", "site", send_at=TEN)
        self.approved("wing-post", "post", send_at=TEN + " Asia/Tokyo")
        self.approved("wing", "press", send_at=TEN)
        self.gate.book("wing", by="mailer")


def make_house(store_url: str, *, rules: str = LINKED, more: Mapping[str, Any] | None = None) -> House:
    """Three ways out on this store, watched. `more` takes the place of one of them."""
    clock = Clock(FRIDAY)
    ways: dict[str, Any] = {"press": Distributor(clock), "site": Outbox(), "post": Outbox(), **(more or {})}
    bench = make_bench(store_url, rules=rules, channels=ways, clock=clock)
    house = House(bench.gate, ways["press"], ways["site"], ways["post"], clock)
    house.gate._office.alarm = lambda alarm: _told(house, alarm)
    house.press.watch()
    return house


def _told(house: House, alarm: Alarm) -> None:
    house.alarms.append((house.clock.at, alarm))
