"""One case of the matrix: a child does its verb and meets its fault; the others go on without it, or hold; and everything is counted."""

import os
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, select

from releasegate import holding
from releasegate.errors import Blocked, GateError, HoldNotPlaced
from releasegate.model.booking import Booking
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.store import bookings
from releasegate.store.store import Txn
from releasegate.store.tables import deliveries
from tests.matrix.points import Points
from tests.matrix.stories import READERS, Story, World, reopen, settle

THEN = ("hold", "go on")
_TAKEN = {State.CLAIMED, State.SENDING, State.BOOKING}
_HOURS = {"schedule-past", "missed", "stop-window"}
"""What may be left at the end: its hour has gone by while it was held, and somebody has to name another one."""
_LONG = 30.0


@dataclass
class Case:
    """`point` of `story` meets `fault`; `then` is what the others do."""

    world: World
    story: Story
    draft: str
    point: str = ""
    fault: str = ""
    then: str = "go on"
    wrong: list[str] = field(default_factory=list)
    child: int = 0

    def run(self) -> list[str]:
        """What was wrong; empty where nothing was."""
        self.world.gate.watch()  # somebody watches: else nothing is booked
        self.story.begin(self.world, self.draft)
        self.child = self._fork()
        try:
            ended = self._until_it_stops()
            self._others(frozen=not ended and self.fault == "SIGSTOP")
        finally:
            if self.child:
                os.kill(self.child, signal.SIGKILL)
                os.waitpid(self.child, 0)
        self._finish()
        return self.wrong

    def _fork(self) -> int:
        self.world.rest()
        child = os.fork()
        if child:
            return child
        code = 3
        try:
            code = self._act()
        except BaseException:  # noqa: BLE001 - whatever it is, it is told
            traceback.print_exc()
        finally:
            os._exit(code)

    def _act(self) -> int:
        """In the child. After an I/O error it stays alive, with nothing to do."""
        points = Points(self.point, self.fault)
        points.arm(self.world.gate._office.store, self.world.line)
        with suppress(GateError):
            self.story.act(self.world, self.draft)
        if points.target:
            return 4
        if self.fault == "EIO":
            os.kill(os.getpid(), signal.SIGSTOP)
        return 0

    def _until_it_stops(self) -> bool:
        """It has met its fault: True where it is no more."""
        _, status = os.waitpid(self.child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            return False
        self.child = 0
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            self.wrong.append(f"the child ended with {os.waitstatus_to_exitcode(status)}: 4 is a point that was not reached")
        return True

    def _others(self, *, frozen: bool) -> None:
        """What happens while it is dead, frozen, or idle; then it wakes, and goes on from where it was."""
        locked = frozen and self.point.endswith("inside")  # it has begun to write: on SQLite nobody else can
        before = list(self._holds(locked=locked)) if self.then == "hold" else []
        self._deadlines(locked=locked)
        if not locked:
            self.world.clock.forward(minutes=10)  # beyond every lease
            with suppress(GateError):
                self.world.gate.watch(by="mailer")
            self._taken()
            if self.then == "hold":
                before += self._holds(locked=False)
            else:
                self._go_on()
        if frozen:
            self._wake()
        self._after(before)

    def _holds(self, *, locked: bool) -> Iterator[tuple[HoldAnswer, int]]:
        """A hold, and what the other end had when it was answered. Where it could not be written, it says so: then nothing was promised."""
        real = holding.PATIENCE
        holding.PATIENCE = 0.3 if locked else real
        try:
            answer = self.world.gate.hold(self.draft, by="ben", note="Stop.")
            yield answer, self._got()
        except HoldNotPlaced:
            if not locked:
                raise
        finally:
            holding.PATIENCE = real

    def _got(self) -> int:
        record = self.world.record(self.draft)
        got: int = sum(record["mails"].values()) + len(record["standing"]) + len(record["out"])
        return got

    def _wake(self) -> None:
        os.kill(self.child, signal.SIGCONT)
        end = time.monotonic() + _LONG
        while time.monotonic() < end:
            done, status = os.waitpid(self.child, os.WNOHANG)
            if done:
                self.child = 0
                if status:
                    self.wrong.append(f"woken, it ended with {os.waitstatus_to_exitcode(status)}")
                return
            time.sleep(0.001)
        self.wrong.append("woken, it did not come to an end")

    def _after(self, answers: list[tuple[HoldAnswer, int]]) -> None:
        """What was promised with a hold is so, at once and after the watch has passed once more."""
        for passes in range(2):
            for answer, had in answers:
                more = {HoldState.HELD: 0, HoldState.IN_FLIGHT: answer.in_flight}.get(answer.state)
                if more is not None and self._got() > had + more:
                    self.wrong.append(f"{answer.state}, and then {self._got() - had} came ({passes} passes later)")
                if answer.state is HoldState.HELD and self.world.record(self.draft)["standing"]:
                    self.wrong.append(f"HELD, and a booking stands ({passes} passes later)")
            self.world.clock.forward(minutes=6)
            self.world.gate.watch()

    def _deadlines(self, *, locked: bool) -> None:
        """Whatever is in somebody's hands has a time at which it is not any more; whatever stands over there, one to look at it."""
        if locked and not self.world.gate._office.store.postgres:
            return

        def look(txn: Txn) -> tuple[Sequence[Row[Any, Any]], tuple[Booking, ...]]:
            rows = txn.connection.execute(select(deliveries.c.state, deliveries.c.lease).where(deliveries.c.draft_id == self.draft)).all()
            return rows, bookings.of_draft(txn, self.draft)

        rows, booked = self.world.gate._office.store.look(look)
        draft = self.world.gate.draft(self.draft)
        self.wrong += [f"{row.state} without a lease" for row in rows if row.state in {"claimed", "sending"} and not row.lease]
        self.wrong += ["a booking that nobody will look at" for each in booked if each.stands and each.due is None]
        if draft.state is State.CLAIMED and draft.lease is None:
            self.wrong.append("claimed without a lease")

    def _taken(self) -> None:
        """Beyond every lease nothing is in anybody's hands."""
        draft = self.world.gate.draft(self.draft)
        if draft.state in _TAKEN or draft.tally.claimed or draft.tally.sending:
            self.wrong.append(f"{draft.state.value} beyond the lease: {draft.tally}")

    def _go_on(self) -> None:
        """Somebody else does the verb."""
        verb = self.world.gate.send if self.story.channel == "news" else self.world.gate.book
        with suppress(Blocked, GateError):
            verb(self.draft, by="mailer")

    def _finish(self) -> None:
        """People bring it to its end: everybody has it once, and the gate knows."""
        self._deadlines(locked=False)
        for _ in range(4):
            if self.world.gate.draft(self.draft).state in {State.SENT, State.BOOKED}:
                break
            settle(self.world, self.draft)
            reopen(self.world, self.draft)
            self._go_on()
            self.world.clock.forward(minutes=10)
            self.world.gate.watch()
        self._taken()
        if self.story.channel == "press":
            self.world.clock.forward(hours=3)
            self.world.gate.watch()
            self.world.gate.watch()
        self._count()

    def _count(self) -> None:
        record, draft = self.world.record(self.draft), self.world.gate.draft(self.draft)
        copies = list(record["mails"].values()) if self.story.channel == "news" else [len(record["out"]) + len(record["standing"])]
        if max(copies, default=0) > 1:
            self.wrong.append(f"twice: {record}")
        whole = READERS if self.story.channel == "news" else 1
        if draft.state is State.SENT and sum(copies) != whole:
            self.wrong.append(f"sent, says the gate; the other end: {record}")
        if not draft.state.over:
            blocked = self.world.gate.decide(self.draft).blocked_by
            if draft.tally.unknown or draft.state is not State.APPROVED or not blocked or blocked - _HOURS:
                self.wrong.append(f"not over: {draft.state.value}, {draft.tally}, {sorted(blocked)}, {record}")
            self.world.gate.withdraw(self.draft, by="dai", note="Never.")
