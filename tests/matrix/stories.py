"""What the processes of the matrix do, each with how it begins: a draft is prepared, and one verb is the child's to do."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from sqlalchemy import event

from releasegate import holding
from releasegate.errors import GateError
from releasegate.gate import Gate
from releasegate.holding import Stop
from releasegate.model.state import State
from tests.booking import PRESS
from tests.building import NEWS, approved, lifted, make_policy, sign
from tests.matrix.otherside import Desk, Facts, Line, News, SharedClock

READERS = 2
TOKYO = ZoneInfo("Asia/Tokyo")
ALWAYS = """
[checks]
send-window = { windows = [{ opens = "00:00", closes = "00:00" }] }
holiday-weekend = { weekend = [], closures = [] }
"""
POLICY = make_policy(NEWS + PRESS + ALWAYS)
"""At any hour of any day: the clock of the matrix runs through the nights."""


@dataclass(kw_only=True)
class World:
    """A gate with both its ways out, the line to the other end, the clock of all."""

    gate: Gate
    line: Line
    news: News
    desk: Desk
    clock: SharedClock

    @classmethod
    def open(cls, store: str, line: Line, clock: SharedClock) -> Self:
        news, desk = News(line), Desk(line)
        gate = Gate(store, policy=POLICY, channels={"news": news, "press": desk}, alarm=lambda _: None, clock=clock)
        if gate._office.store.postgres:
            event.listen(gate._office.store._engine, "connect", _hasty)
        return cls(gate=gate, line=line, news=news, desk=desk, clock=clock)

    def record(self, draft: str) -> Facts:
        """What the other end has of this draft."""
        return self.line.record(draft)

    def rest(self) -> None:
        """No connection is open: a process may be forked."""
        self.gate._office.store._engine.dispose()

    def hour(self) -> str:
        """In three hours, as people write it."""
        at: datetime = self.clock() + timedelta(hours=3)
        return at.astimezone(TOKYO).strftime("%Y-%m-%d %H:%M Asia/Tokyo")


def _hasty(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    """Where a frozen process holds a row, it is not waited for two seconds each time."""
    connection.execute("SET lock_timeout = '200ms'")
    connection.commit()


@dataclass(frozen=True)
class Story:
    """`begin` prepares the draft, `act` is what the child does with it."""

    name: str
    channel: Literal["news", "press"]
    begin: Callable[[World, str], None]
    act: Callable[[World, str], object]


def _letter(world: World, draft: str) -> None:
    approved(world.gate, draft, (draft, READERS), channel="news")


def _due(world: World, draft: str) -> None:
    approved(world.gate, draft, (draft, READERS), channel="news", send_at=world.hour())
    world.clock.forward(hours=3, minutes=1)


def _release(world: World, draft: str) -> None:
    approved(world.gate, draft, draft, channel="press", send_at=world.hour())


def _booked(world: World, draft: str) -> None:
    _release(world, draft)
    world.gate.book(draft, by="mailer")


def _held(world: World, draft: str) -> None:
    """Held by somebody who had no way out at hand: they are not asked yet."""
    _booked(world, draft)
    holding.hold(world.gate._office.store, draft, Stop(by="dai", note="Wrong figures."))


def _lost(world: World, draft: str, lose: str) -> None:
    """Of one reader it is not known whether it arrived."""
    _letter(world, draft)
    world.news.lose = lose
    with suppress(GateError):
        world.gate.send(draft, by="mailer")


def _lost_booking(world: World, draft: str) -> None:
    _release(world, draft)
    world.desk.lose = "before"
    with suppress(GateError):
        world.gate.book(draft, by="mailer")


def settle(world: World, draft: str, *, by: str = "chie") -> None:
    """Somebody looks into the other end's record, and says what stands there."""
    got = world.record(draft)
    for attempt, readers in world.gate.unsettled(draft).items():
        arrived = bool(got["standing"] or got["out"]) if world.gate.draft(draft).channel == "press" else bool(got["mails"].get(readers[0]))
        with suppress(GateError):
            world.gate.settle(draft, attempt=attempt, outcome="sent" if arrived else "not_sent", by=by, note="Their record says so.")


STORIES = (
    Story("send", "news", _letter, lambda world, draft: world.gate.send(draft, by="mailer")),
    Story("watch a due send", "news", _due, lambda world, _: world.gate.watch(by="mailer")),
    Story("settle as sent", "news", lambda world, draft: _lost(world, draft, "after"), settle),
    Story("settle as not sent", "news", lambda world, draft: _lost(world, draft, "before"), settle),
    Story("book", "press", _release, lambda world, draft: world.gate.book(draft, by="mailer")),
    Story("look at a held booking", "press", _held, lambda world, draft: world.gate.look(draft)),
    Story("hold a booked draft", "press", _booked, lambda world, draft: world.gate.hold(draft, by="dai", note="Wrong figures.")),
    Story("settle a booking", "press", _lost_booking, settle),
    Story("watch a held booking", "press", _held, lambda world, _: world.gate.watch(by="mailer")),
)


def reopen(world: World, draft: str) -> None:
    """People do what is to be done before it can go on: holds are lifted, and everybody signs."""
    for hold in world.gate.draft(draft).holds:
        for by in ("chie", "dai"):
            with suppress(GateError):
                lifted(world.gate, hold.id, by=by, note="It is fine.")
    if world.gate.draft(draft).state in {State.CHECKING, State.APPROVING}:
        with suppress(GateError):
            sign(world.gate, draft)
