"""What tests of bookings begin with: a press release that is approved, a distributor that keeps its own clock, a weekend between."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft
from releasegate.model.limits import Limits
from releasegate.testing import Clock, Distributor
from tests.building import TWO_EYES, approved, make_bench

FRIDAY = datetime(2026, 6, 26, 3, 0, tzinfo=UTC)
"""12:00 in Tokyo."""

TEN = datetime(2026, 6, 29, 1, 0, tzinfo=UTC)
"""Monday, 10:00 in Tokyo: when it is to go out."""

CUT_OFF = TEN - timedelta(minutes=15)

PRESS = (
    """
[channels.press]
clock = "distributor"
window = "10m"
stop_before = "15m"
zone = "Asia/Tokyo"
contact = { name = "Distributor desk", phone = "+81-3-0000-0000", hours = "9-19 JST" }
"""
    + TWO_EYES
)


@dataclass
class Press:
    """A gate, its distributor, their clock, and the alarms with the time each was raised."""

    gate: Gate
    desk: Distributor
    clock: Clock
    alarms: list[tuple[datetime, Alarm]]

    def approved(self, draft_id: str = "press-17", text: str = "The new wing opens.") -> Draft:
        """A release that is ready to be booked for Monday."""
        return approved(self.gate, draft_id, text, channel="press", send_at="2026-06-29T10:00")

    def booked(self, draft_id: str = "press-17") -> Draft:
        """A release that is booked for Monday."""
        self.approved(draft_id)
        return self.gate.book(draft_id, by="mailer")

    def watch(self) -> None:
        """One pass, and what the other side does meanwhile by its own clock."""
        self.desk.tick()
        self.gate.watch(by="mailer")

    def until(self, moment: datetime) -> None:
        """Let time go by, hour by hour and at the end by five minutes, with a pass each time."""
        while self.clock.at < moment:
            near = moment - self.clock.at <= timedelta(hours=2)
            self.clock.at = min(moment, self.clock.at + (timedelta(minutes=5) if near else timedelta(hours=1)))
            self.watch()

    def codes(self, *, before: datetime = CUT_OFF) -> list[str]:
        """The alarms that somebody got by then."""
        return [alarm.code for at, alarm in self.alarms if at <= before and alarm.to]


def make_press(store_url: str, *, rules: str = PRESS, limits: Limits | None = None, kind: type[Distributor] = Distributor) -> Press:
    """A press desk on this store, watched."""
    clock = Clock(FRIDAY)
    desk = kind(clock, limits=limits)
    bench = make_bench(store_url, rules=rules, channels={"press": desk}, clock=clock)  # type: ignore[dict-item]  # any way out
    told: list[tuple[datetime, Alarm]] = []
    bench.gate._office.alarm = lambda alarm: told.append((clock.at, alarm))
    press = Press(bench.gate, desk, clock, told)
    press.watch()
    return press


def left(press: Press, booking: str = "R1") -> Draft:
    """Ben has phoned: they leave it as it was booked."""
    return press.gate.saw("press-17", "scheduled", by="ben", spoke_to="Ms Mori", note="They leave it.", booking=booking)
