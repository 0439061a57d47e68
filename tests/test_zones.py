"""Wall times and instants: every change of every zone's clock until 2036, and what a gate makes of an hour that is none, or two."""

import struct
import zoneinfo
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest

from releasegate.errors import Blocked, ContentError
from releasegate.model.schedule import Schedule, parse_schedule
from tests.building import NOON, RULES, Bench, make_bench, sign, written

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
STRIDE = timedelta(days=5)
"""No zone puts its clock forward and back again within so few days (Morocco's month is the shortest)."""

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Change:
    """From this instant on, the clocks of a zone show UTC and `after` instead of UTC and `before`."""

    at: datetime
    before: timedelta
    after: timedelta

    def walls(self) -> Iterator[datetime]:
        """The wall times around it: the last before, the first, a middle one and the last of the gap or overlap, the first after."""
        low, high = sorted((self.at + self.before, self.at + self.after))
        for moment in (low - SECOND, low, low + (high - low) / 2, high - SECOND, high):
            yield moment.replace(tzinfo=None)

    def instants(self, wall: datetime) -> list[datetime]:
        """When the clocks show this wall time, by counting from UTC alone: never, once or twice."""
        early, late = (wall.replace(tzinfo=UTC) - offset for offset in (self.before, self.after))
        return [each for each, there in ((early, early < self.at), (late, late >= self.at)) if there]


def changes(zone: ZoneInfo) -> Iterator[Change]:
    """Every change of this zone's offset from UTC, to the second, found by asking from UTC's side only."""
    begin, before = FIRST, offset(zone, FIRST)
    while begin < LAST:
        end = begin + STRIDE
        after = offset(zone, end)
        if before != after:
            yield change(zone, begin, end)
        begin, before = end, after


def change(zone: ZoneInfo, low: datetime, high: datetime) -> Change:
    before, after = offset(zone, low), offset(zone, high)
    while high - low > SECOND:
        middle = low + timedelta(seconds=(high - low) // SECOND // 2)
        low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
    return Change(high, before, after)


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


def wrong(name: str, wall: datetime, instants: list[datetime]) -> list[str]:
    """What the gate reads otherwise than it is documented."""
    default = "" if "/" in name else name  # a name like CET is read where a channel's zone is set, and nowhere else
    read = parse_schedule(f"{wall.isoformat(' ')}{'' if default else ' ' + name}", default_zone=default)
    problem = {0: "gap", 1: "", 2: "fold"}[len(instants)]
    meant = (min(instants, default=None), problem, wall.isoformat(), name)
    found = [] if meant == (read.utc, read.problem, read.local, read.zone) else [f"{meant} read as {read}"]
    for each in instants:
        local = each.astimezone(ZoneInfo(name))
        exact = parse_schedule(local)
        found += [] if (each, "") == (exact.utc, exact.problem) else [f"{local} read as {exact}"]
    return found


@pytest.mark.no_cover
def test_f068_f069_every_change_of_every_zones_clock_until_2036_is_read_right() -> None:
    """0 wrong instants: before it, in the gap or the overlap, after it; and in the overlap each of the two by its offset."""
    tried, faults = 0, []
    for name in sorted(available_timezones()):
        for each in changes(ZoneInfo(name)):
            for wall in each.walls():
                tried += 1
                faults += wrong(name, wall, each.instants(wall))

    assert [] == faults
    assert tried > 20_000


# In a gate

LATE = '[checks.send-window]\nwindows = [{ opens = "00:00", closes = "23:59" }]\n'
"""Egypt changes its clocks at midnight, on a Friday forward, on a Thursday back: on working days, and at night."""


@pytest.fixture
def bench(sqlite_url: str) -> Bench:
    return make_bench(sqlite_url, rules=RULES + LATE)


def planned(bench: Bench, send_at: str) -> Schedule:
    """The hour of a text that is written for it and signed."""
    written(bench.gate, send_at=send_at)
    bench.gate.submit("d1", by="akari", note="Please check.")
    sign(bench.gate)
    return bench.gate.draft("d1").schedule


def test_f069_an_hour_that_does_not_exist_opens_nothing_and_says_so(bench: Bench) -> None:
    """The clocks go from 00:00 to 01:00: it is not moved by an hour in silence."""
    assert planned(bench, "2027-04-30 00:30 Africa/Cairo").utc is None
    closed = bench.gate.decide("d1")

    assert {"schedule-dst"} == closed.blocked_by
    assert "This hour does not exist in Africa/Cairo: the clocks are put forward over it." in closed.explain()
    assert "Choose another hour." in closed.explain()
    assert "Africa/Cairo ではこの時刻は存在しません(夏時間の開始)" in closed.explain("ja")
    for month in range(12):
        bench.clock.at = NOON + timedelta(days=31 * month)
        assert "schedule-dst" in bench.gate.decide("d1").blocked_by
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got


def test_f068_an_hour_that_comes_twice_is_shut_until_somebody_picks_one(bench: Bench) -> None:
    """An offset says which of the two; wall time, zone and instant are what is signed."""
    planned(bench, "2026-10-29 23:30 Africa/Cairo")
    closed = bench.gate.decide("d1")
    assert "schedule-dst" in closed.blocked_by
    assert "This hour comes twice in Africa/Cairo" in closed.explain()
    assert "or write the one that is meant with its offset" in closed.explain()

    for hour, plus in ((20, "+03:00"), (21, "+02:00")):
        read = planned(bench, f"2026-10-29 23:30{plus} Africa/Cairo")
        assert ("2026-10-29T23:30:00", "Africa/Cairo", datetime(2026, 10, 29, hour, 30, tzinfo=UTC)) == (read.local, read.zone, read.utc)
        assert {"waiting-for-time"} == bench.gate.decide("d1").blocked_by


def test_f068_the_second_of_two_equal_hours_does_not_leave_in_the_first(bench: Bench) -> None:
    """23:30 is shown twice that night; it leaves when it is shown for the second time."""
    planned(bench, "2026-10-29 23:30+02:00 Africa/Cairo")
    bench.clock.at = datetime(2026, 10, 29, 20, 30, tzinfo=UTC)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got

    bench.clock.forward(hours=1)
    assert 1 == bench.gate.send("d1", by="mailer").sent


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31 23:59:60 UTC",
        "2026-12-31T23:59:60Z",
        "2027-01-01 08:59:60 Asia/Tokyo",
        "2026年12月31日 23時60分 Asia/Tokyo",
        "2026-12-31 24:01 Asia/Tokyo",
    ],
)
def test_f073_a_leap_second_is_no_hour_and_is_never_rounded(bench: Bench, text: str) -> None:
    """Clocks of computers do not show it; which second was meant is asked, not guessed."""
    with pytest.raises(ContentError, match="is no complete date and hour") as refused:
        written(bench.gate, send_at=text)

    assert "Write it like '2026-12-01 10:00 Asia/Tokyo'." in str(refused.value)


UTC_WORDS = ("2026-12-01 01:00 UTC", "2026-12-01 01:00 utc", "1 Dec 2026 1:00 AM GMT")


@pytest.mark.parametrize(
    ("written", "default"),
    [
        *((each, "") for each in ("2026-12-01T01:00Z", "2026-12-01 01:00 Z", "2026-12-01 01:00z", "1 Dec 2026 1:00 AM Z")),
        *((each, default) for each in UTC_WORDS for default in ("", "Asia/Tokyo")),
        ("2026-12-01T01:00Z", "UTC"),
    ],
)
def test_z_is_the_zone_utc(written: str, default: str) -> None:
    """It has the same offset all year. Named in full it is meant also where the channel has another zone."""
    read = parse_schedule(written, default_zone=default)

    assert ("UTC", datetime(2026, 12, 1, 1, tzinfo=UTC), "") == (read.zone, read.utc, read.problem)


@pytest.mark.parametrize(
    ("written", "default", "problem"),
    [
        ("2026-12-01 01:00+00:00", "", "zone"),
        ("2026-12-01 01:00Z", "Asia/Tokyo", "offset"),
        ("2026-12-01 01:00Z Asia/Tokyo", "", "offset"),
    ],
)
def test_an_offset_alone_is_no_zone(written: str, default: str, problem: str) -> None:
    """London has none in December, and another one in summer; a Z beside another zone contradicts it: programs put it behind any hour."""
    read = parse_schedule(written, default_zone=default)

    assert (problem, None) == (read.problem, read.utc)


@pytest.mark.parametrize(("send_at", "early"), [("2026-07-01 12:59 Asia/Tokyo", True), ("2026-07-01 13:00 Asia/Tokyo", False)])
def test_f074_an_embargo_in_the_readers_zone_is_an_instant_like_any_other(bench: Bench, send_at: str, early: bool) -> None:
    """Midnight in New York is one in the afternoon in Tokyo; each is shown as it was given."""
    text = {"content": "The new wing opens.", "send_at": send_at, "embargo": "2026-07-01 00:00 America/New_York"}
    bench.gate.write("d1", channel="news", by="akari", declared=None, **text)
    bench.gate.submit("d1", by="akari", note="Please check.")
    sign(bench.gate)
    closed = bench.gate.decide("d1")

    assert early is ("embargo-early" in closed.blocked_by)
    assert early is ("2026-07-01T00:00:00 America/New_York" in closed.explain())
    assert f"{send_at[11:16]} JST" in closed.explain()


@pytest.fixture
def land(tmp_path: Path) -> Iterator[Callable[[int], None]]:
    """Makes the law of a land: by how many hours its clocks are ahead of UTC, from now on and ever."""
    place = tmp_path / "zones" / "Nowhere" / "Land"
    place.parent.mkdir(parents=True)

    def decree(hours: int) -> None:
        place.write_bytes(b"TZif" + bytes(16) + struct.pack(">6L", 0, 0, 0, 0, 1, 4) + struct.pack(">lBB", hours * 3600, 0, 0) + b"LND\0")
        ZoneInfo.clear_cache(only_keys=["Nowhere/Land"])

    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([place.parents[1]])
    yield decree
    ZoneInfo.clear_cache(only_keys=["Nowhere/Land"])
    zoneinfo.reset_tzpath(before)


@pytest.mark.parametrize("hours", [8, 10])
def test_f070_an_hour_whose_zone_has_new_rules_is_signed_anew(store_url: str, land: Callable[[int], None], hours: int) -> None:
    """The instant that was signed is not that hour any more: neither is chosen by the gate."""
    bench = make_bench(store_url)
    land(9)
    assert NOON + timedelta(hours=3) == planned(bench, "2026-06-29 15:00 Nowhere/Land").utc
    assert {"waiting-for-time"} == bench.gate.decide("d1").blocked_by

    land(hours)
    for bench.clock.at in sorted((NOON + timedelta(hours=12 - hours), NOON + timedelta(hours=3))):
        with pytest.raises(Blocked, match="The rules of Nowhere/Land have changed since this was written"):
            bench.gate.send("d1", by="mailer")
    assert "Nowhere/Land の時刻の規則が変わり" in bench.gate.decide("d1").explain("ja")
    assert [] == bench.outbox.got

    meant = datetime(2026, 6, 30, 15 - hours, tzinfo=UTC)
    assert meant == planned(bench, "2026-06-30 15:00 Nowhere/Land").utc
    bench.clock.at = meant
    assert 1 == bench.gate.send("d1", by="mailer").sent


def test_f070_an_hour_whose_zone_is_no_more_does_not_leave(bench: Bench, land: Callable[[int], None]) -> None:
    """As when a program is started on a machine with an older list of zones."""
    land(9)
    planned(bench, "2026-06-29 15:00 Nowhere/Land")
    zoneinfo.reset_tzpath([])
    ZoneInfo.clear_cache(only_keys=["Nowhere/Land"])

    assert {"schedule-zone", "waiting-for-time"} == bench.gate.decide("d1").blocked_by
