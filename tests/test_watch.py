"""What happens by itself as time goes by: one pass at a time, any number of them at once, killed at any point."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs

from releasegate.errors import NotSent, Refused
from releasegate.gate import Gate
from releasegate.model.deed import Pass
from releasegate.model.finding import Finding, Severity
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.state import State
from releasegate.protocols import Context
from releasegate.store import tables
from releasegate.store.store import Store
from releasegate.testing import Outbox
from tests.building import (
    NOON,
    RULES,
    Bench,
    approved,
    confirmed,
    lifted,
    make_bench,
    submitted,
    written,
)

TEN = "2026-06-29 20:00 Asia/Tokyo"  # eight hours after NOON
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def kinds(gate: Gate, draft_id: str = "d1") -> list[str]:
    return [event.kind for event in gate.history(draft_id)]


def told(bench: Bench) -> list[tuple[str, tuple[str, ...]]]:
    """What people were told since, by code; forgotten when it was read."""
    found = [(alarm.code, alarm.to) for alarm in bench.alarms]
    bench.alarms.clear()
    return found


# --- sending what is due


def test_a_pass_sends_what_is_due_and_nothing_before(store_url: str) -> None:
    bench = make_bench(store_url)
    approved(bench.gate, send_at=TEN)

    early = bench.gate.watch(by="mailer")
    bench.clock.forward(hours=8)
    late = bench.gate.watch(by="mailer")
    again = bench.gate.watch(by="mailer")

    assert ((), {"sent": 1}, ()) == (early.deeds, late.count, again.deeds)
    assert ("d1",) == late.of("sent")
    assert {"sent": 1, "refused": 0, "unknown": 0, "left": 0} == late.deeds[0].params
    assert (1, State.SENT) == (len(bench.outbox.got), bench.gate.draft("d1").state)


def test_without_somebody_to_send_as_nothing_is_sent(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)

    assert [("due", "nobody-sends")] == [(each.code, each.params["why"]) for each in bench.gate.watch().deeds]
    assert [] == bench.outbox.got
    with pytest.raises(Refused) as refused:
        bench.gate.watch(by="mailman")
    assert "unknown-person" == refused.value.code


def test_what_has_no_hour_is_left_to_its_program(sqlite_url: str) -> None:
    """It may leave at once, and nobody said that it should leave by itself."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)

    assert () == bench.gate.watch(by="mailer").deeds
    assert [] == bench.outbox.got


class Awaited(Outbox):
    def __init__(self) -> None:
        super().__init__()
        self.loops: list[asyncio.AbstractEventLoop] = []

    async def send(self, parcel: Parcel, *, key: str) -> Receipt:  # type: ignore[override]  # a channel may be awaited
        self.loops.append(asyncio.get_running_loop())
        return super().send(parcel, key=key)


class Clocked:
    """A way out that keeps its own clock."""

    identity = "press:test"
    seal = Outbox.seal

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        raise AssertionError

    def stop(self, booking: str) -> None:
        raise AssertionError

    def look(self, booking: str) -> object:
        raise AssertionError


@pytest.mark.parametrize(("channel", "why"), [(Awaited(), "awaited"), (Clocked(), "clocked")])
def test_what_this_process_cannot_send_is_left_to_another(sqlite_url: str, channel: Outbox, why: str) -> None:
    bench = make_bench(sqlite_url, channels={"news": channel})
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)

    assert [("due", why)] == [(each.code, each.params["why"]) for each in bench.gate.watch(by="mailer").deeds]
    assert "claim" not in kinds(bench.gate)


def test_what_has_its_way_out_in_another_process_is_left_to_that(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)
    other = make_bench(sqlite_url, channels={}, clock=bench.clock)

    assert [("due", "elsewhere")] == [(each.code, each.params["why"]) for each in other.gate.watch(by="mailer").deeds]


def test_what_is_awaited_is_sent_in_the_loop_of_whoever_watches(sqlite_url: str) -> None:
    """A client belongs to its loop: the pass runs beside it, and comes back to it to send."""
    channel = Awaited()
    bench = make_bench(sqlite_url, channels={"news": channel})
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)

    async def passes() -> tuple[Pass, Pass, asyncio.AbstractEventLoop]:
        return await bench.gate.watch_async(by="mailer"), await bench.gate.watch_async(by="mailer"), asyncio.get_running_loop()

    first, second, loop = asyncio.run(passes())
    assert (("d1",), ()) == (first.of("sent"), second.of("sent"))
    assert ([loop], State.SENT) == (channel.loops, bench.gate.draft("d1").state)


class Slow(Awaited):
    """The first mail waits for ever; the others would be taken at once."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = asyncio.Event()

    async def send(self, parcel: Parcel, *, key: str) -> Receipt:  # type: ignore[override]  # a channel may be awaited
        if not self.entered.is_set():
            self.entered.set()
            await asyncio.Event().wait()
        return await super().send(parcel, key=key)


def test_a_pass_that_is_cancelled_begins_no_further_draft(sqlite_url: str) -> None:
    """What was on its way is unknown, and written; the pass has ended when the cancellation comes through."""
    bench = make_bench(sqlite_url, channels={"news": Slow()})
    for number in (1, 2, 3):
        approved(bench.gate, f"d{number}", f"Text {number}.", send_at=TEN)
    bench.clock.forward(hours=8)

    async def cancelled() -> None:
        passing = asyncio.ensure_future(bench.gate.watch_async(by="mailer"))
        await cast(Slow, bench.outbox).entered.wait()
        passing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await passing

    asyncio.run(cancelled())
    states = sorted(bench.gate.draft(f"d{number}").state.value for number in (1, 2, 3))
    assert ["approved", "approved", "unknown"] == states


def test_what_shuts_an_awaited_send_is_said_like_any_other(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, channels={"news": Awaited()})
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)
    bench.outbox.identity = "another account"

    passed = asyncio.run(bench.gate.watch_async(by="mailer"))
    assert [("shut", "channel-identity")] == [(each.code, each.params["why"]) for each in passed.deeds if each.code in {"shut", "sent"}]


def test_t39_what_is_held_does_not_leave_when_its_hour_comes(store_url: str) -> None:
    bench = make_bench(store_url)
    approved(bench.gate, send_at=TEN)
    bench.gate.hold("d1", by="chie", note="Not yet.")
    bench.clock.forward(hours=8)

    passed = bench.gate.watch(by="mailer")

    assert (0, ()) == (len(bench.outbox.got), passed.of("sent"))
    assert "blocked" not in kinds(bench.gate)  # it is not even tried
    lifted(bench.gate, "d1/h1", by="chie", note="Now.")
    assert ("d1",) == bench.gate.watch(by="mailer").of("sent")


def test_what_shuts_at_its_hour_is_said_once_and_somebody_is_told(sqlite_url: str) -> None:
    """A twin was held meanwhile: it stays where it is, its author and those in charge hear of it, the log has it once."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at=TEN)
    written(bench.gate, "d2")
    bench.gate.hold("d2", by="dai", note="Wrong price.")
    bench.clock.forward(hours=8)

    shut = [bench.gate.watch(by="mailer").deeds[-1] for _ in range(3)]
    bench.alarms.clear()
    bench.clock.forward(minutes=3)
    bench.gate.watch(by="mailer")

    assert [("shut", "twin-held")] * 3 == [(each.code, each.params["why"]) for each in shut]
    assert 1 == kinds(bench.gate).count("blocked")
    assert [("d1", ("akari", "chie", "dai"))] == [(each.draft_id, each.to) for each in bench.alarms if each.draft_id == "d1"]


def test_f059_what_certainly_did_not_leave_is_tried_again_inside_its_window_only(sqlite_url: str) -> None:
    outbox = Outbox(answers=[NotSent("refused"), NotSent("refused")])
    bench = make_bench(sqlite_url, channels={"news": outbox})
    approved(bench.gate, send_at=TEN)
    approved(bench.gate, "d2", "Another text.", send_at=TEN)
    bench.clock.forward(hours=8)

    assert {"shut": 2} == bench.gate.watch(by="mailer").count
    assert {"sent": 2} == bench.gate.watch(by="mailer").count
    assert 2 == len(outbox.got)


def test_t42_f071_who_comes_late_finds_it_missed_and_never_sends_it(store_url: str) -> None:
    """The watch was down over the slot: missed with a note, and its author and those in charge are told, once."""
    bench = make_bench(store_url)
    approved(bench.gate, send_at=TEN)
    confirmed(bench.gate, "d2", "Another text.", send_at=TEN)
    bench.clock.forward(hours=11)

    first = bench.gate.watch(by="mailer")
    bench.gate.watch(by="mailer")

    assert {"d1", "d2"} == set(first.of("missed"))
    assert (State.MISSED, State.MISSED, 0) == (bench.gate.draft("d1").state, bench.gate.draft("d2").state, len(bench.outbox.got))
    (miss,) = [event for event in bench.gate.history("d1") if event.kind == "miss"]
    assert ("gate", "Its window was past at Mon 29 June 2026, 20:00 JST.") == (miss.actor, miss.note)
    assert [("d1", "remind", ("akari", "chie", "dai")), ("d2", "remind", ("akari", "chie", "dai"))] == sorted(
        (each.draft_id, each.code, each.to) for each in bench.alarms
    )
    assert "was missed" in bench.alarms[0].explain("en")


def test_t51_what_is_computed_when_somebody_looks_is_what_the_pass_writes_down(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=11)

    before = bench.gate.decide("d1").blocked_by
    bench.gate.watch()

    assert "missed" in before
    assert "missed" in bench.gate.decide("d1").blocked_by
    assert State.MISSED is bench.gate.draft("d1").state


def test_a_hold_outlives_the_window(sqlite_url: str) -> None:
    """Lifted after the slot it leads to missed, never to sending; and so does time alone."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at=TEN)
    bench.gate.hold("d1", by="dai", note="Wait.")
    bench.clock.forward(hours=11)

    assert ("d1",) == bench.gate.watch(by="mailer").of("missed")
    assert 1 == bench.gate.draft("d1").hold_count


# --- leases, signatures, checks


def test_f002_f029_what_a_worker_left_claimed_is_let_go_when_its_time_is_over(store_url: str) -> None:
    bench = make_bench(store_url)
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)
    _dies(bench, after=2)

    early = bench.gate.watch()
    bench.clock.forward(minutes=10)
    late = bench.gate.watch(by="mailer")

    assert ((), ("d1",), ("d1",)) == (early.deeds, late.of("lease-ended"), late.of("sent"))
    assert 1 == len(bench.outbox.got)


def test_f003_t43_what_a_worker_began_and_never_answered_is_unknown_and_somebody_is_told(store_url: str) -> None:
    """It is not sent again; whoever wrote it and those in charge hear of it in the same pass."""
    bench = make_bench(store_url)
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)
    _dies(bench, after=3)
    bench.clock.forward(minutes=10)

    passed = bench.gate.watch(by="mailer")
    bench.gate.watch(by="mailer")

    assert ({"lease-ended": 1, "remind": 1, "told": 1}, State.UNKNOWN) == (passed.count, bench.gate.draft("d1").state)
    assert [("remind", ("akari", "chie", "dai"))] == told(bench)
    assert 1 == len(bench.outbox.got)  # it had left; nobody knew


class Dead(BaseException):
    """The process is gone."""


class Gone:
    """The store of a process that dies after so many transactions: nothing gets through any more, not even what it does while dying."""

    def __init__(self, store: Store, left: int) -> None:
        self._store, self._left = store, left

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        return getattr(self._store, name)

    def act(self, work: Callable[..., Any], **more: Any) -> Any:  # noqa: ANN401
        self._left -= 1
        if self._left < 0:
            raise Dead
        return self._store.act(work, **more)


def _dies(bench: Bench, *, after: int) -> None:
    """A worker of another machine dies after so many transactions: 1 has claimed the draft, 3 has begun a letter."""
    store = bench.gate._office.store
    bench.gate._office.store = cast(Store, Gone(store, after))
    with pytest.raises(Dead):
        bench.gate.send("d1", by="mailer")
    bench.gate._office.store = store
    _elsewhere(bench)


def _elsewhere(bench: Bench) -> None:
    """Whoever has it is on another machine: only the lease tells."""
    bench.gate._office.store.act(lambda txn: txn.connection.execute(update(tables.deliveries).values(worker="elsewhere/1/1/x")))


def test_a_signature_that_aged_out_is_wanted_again_before_the_hour(sqlite_url: str) -> None:
    """Time takes it away, the pass writes it down, and it waits for its approvers again."""
    bench = make_bench(sqlite_url, rules=RULES + 'valid_for = "2h"\n')
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=3)

    assert ("d1",) == bench.gate.watch().of("signatures")
    assert (State.APPROVING, "lapse") == (bench.gate.draft("d1").state, kinds(bench.gate)[-1])
    assert () == bench.gate.watch().of("signatures")


class Links:
    """A check whose answer ages: the page was there yesterday."""

    id, version, reads = "page-there", 1, frozenset({"content"})
    settings: Mapping[str, object] = MappingProxyType({})
    valid_for = timedelta(hours=1)

    def __init__(self) -> None:
        self.asked, self.gone, self.crash = 0, False, False

    def __call__(self, draft: object, context: Context) -> list[Finding]:
        self.asked += 1
        if self.crash:
            raise OSError
        return [Finding(check=self.id, severity=Severity.BLOCKER, where="body")] if self.gone else []


def test_a_check_that_aged_is_asked_again_and_no_oftener(sqlite_url: str) -> None:
    links = Links()
    bench = make_bench(sqlite_url, checks=[links])
    approved(bench.gate, send_at=TEN)

    before = links.asked
    counts = []
    for _ in range(4):
        counts.append(bench.gate.watch().of("checked"))
        bench.clock.forward(minutes=30)

    assert [(), (), ("d1",), ()] == counts
    assert before + 1 == links.asked


def test_f109_what_a_check_finds_before_the_hour_is_told_before_the_hour(sqlite_url: str) -> None:
    """The page is gone: its author hears of it now, not at ten; once, as long as nothing changes."""
    links = Links()
    bench = make_bench(sqlite_url, checks=[links])
    approved(bench.gate, send_at=TEN)
    links.gone = True
    bench.clock.forward(hours=2)

    passed = bench.gate.watch()

    assert (("d1",), [("shut", ("akari",))]) == (passed.of("shut-ahead"), told(bench))
    bench.clock.forward(minutes=20)
    bench.gate.watch()
    assert [] == told(bench)


@pytest.mark.parametrize("why", ["no hour", "held", "not approved"])
def test_only_who_waits_for_an_hour_is_warned_of_it(sqlite_url: str, why: str) -> None:
    links = Links()
    bench = make_bench(sqlite_url, checks=[links])
    hour = {} if why == "no hour" else {"send_at": TEN}
    (submitted if why == "not approved" else approved)(bench.gate, **hour)
    if why == "held":
        bench.gate.hold("d1", by="dai", note="Wait.")
    links.gone = True
    bench.clock.forward(hours=2)

    passed = bench.gate.watch()

    assert ("d1",) == passed.of("checked")
    assert () == passed.of("shut-ahead")


def test_a_check_that_cannot_answer_is_not_asked_at_every_pass(sqlite_url: str) -> None:
    """Its silence would fill the log."""
    links = Links()
    bench = make_bench(sqlite_url, checks=[links])
    approved(bench.gate, send_at=TEN)
    links.crash = True
    bench.clock.forward(hours=2)

    asked = []
    for _ in range(5):
        asked.append(bench.gate.watch().of("checked"))
        bench.clock.forward(minutes=6)

    assert [("d1",), (), (), ("d1",), ()] == asked


# --- several at once, and killed at any point


def _hurried(bench: Bench, number: int) -> None:
    """Everything that a pass has to do: to send, to miss, to let go, to remind, to hold."""
    gate = bench.gate
    gate._office.policy  # noqa: B018 - the gate stands
    for each in range(number):
        approved(gate, f"due-{each}", f"Text {each}.", send_at=TEN)
        confirmed(gate, f"late-{each}", f"Late {each}.", send_at="2026-06-29 17:00 Asia/Tokyo")
        confirmed(gate, f"slow-{each}", f"Slow {each}.")
    bench.clock.forward(hours=8)


def test_many_passes_at_once_do_nothing_twice(store_url: str) -> None:
    """Each mail once, each reminder once, each miss once, whoever comes first."""
    bench = make_bench(store_url)
    _hurried(bench, 4)
    errors: list[BaseException] = []
    gates = [make_bench(store_url, channels={"news": bench.outbox}, clock=bench.clock) for _ in range(4)]

    def run(each: Bench) -> None:
        try:
            for _ in range(3):
                each.gate.watch(by="mailer")
        except BaseException as error:  # noqa: BLE001 - told by the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(each,)) for each in gates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    alarms = [(alarm.draft_id, alarm.code) for each in gates for alarm in each.alarms]
    assert [] == errors
    assert 4 == len(bench.outbox.got)
    assert sorted(set(alarms)) == sorted(alarms)
    assert [1] * 4 == [kinds(bench.gate, f"late-{each}").count("miss") for each in range(4)]


class Cut:
    """A store whose process is killed right before, or right after, its n-th transaction of a pass."""

    def __init__(self, store: Store, number: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, number, after

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        return getattr(self._store, name)

    def act(self, work: Callable[..., Any], **more: Any) -> Any:  # noqa: ANN401
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Dead
        done = self._store.act(work, **more)
        if self._left == 0:
            raise Dead
        return done


@pytest.mark.parametrize("after", [False, True])
def test_f001_f004_killed_at_any_transaction_of_a_pass_the_next_one_goes_on(tmp_path: Path, after: bool) -> None:
    """Nothing is sent twice, nobody is told twice, nothing is left waiting: at most one mail is unknown, at most one message untold."""
    prepared = make_bench(str(tmp_path / "prepared.db"))
    _hurried(prepared, 1)
    prepared.gate.close()
    reached = 0
    for number in range(1, 60):
        bench = make_bench(str(shutil.copy(tmp_path / "prepared.db", str(tmp_path / f"{number}.db"))))
        bench.clock.forward(hours=8)
        store = bench.gate._office.store
        bench.gate._office.store = cast(Store, Cut(store, number, after=after))
        try:
            bench.gate.watch(by="mailer")
        except Dead:
            reached += 1
        else:
            break
        bench.gate._office.store = store
        _elsewhere(bench)
        store.act(lambda txn: txn.connection.execute(update(tables.notices).values(worker="elsewhere/1/1/x")))
        bench.clock.forward(minutes=10)
        for _ in range(3):
            bench.gate.watch(by="mailer")

        state = bench.gate.draft("due-0").state
        assert len(bench.outbox.got) <= 1
        assert state in {State.SENT, State.UNKNOWN}, number
        assert State.MISSED is bench.gate.draft("late-0").state
        said = [(alarm.draft_id, alarm.code) for alarm in bench.alarms if alarm.draft_id != "due-0"]
        assert sorted(set(said)) == sorted(said), number
        assert {"late-0", "slow-0"} == {draft for draft, _ in said}, number
        bench.gate.close()
    assert reached > 10


def test_one_broken_draft_does_not_stop_the_others_and_those_in_charge_hear_of_it(store_url: str) -> None:
    """Once a day: its log may be what is broken, and says nothing."""
    bench = make_bench(store_url)
    approved(bench.gate, "d0", "Broken.", send_at=TEN)
    approved(bench.gate, send_at=TEN)
    store = bench.gate._office.store
    store.act(lambda txn: txn.connection.execute(update(tables.drafts).where(tables.drafts.c.id == "d0").values(round=7)))
    bench.clock.forward(hours=8)

    with capture_logs() as logs:
        first, second = bench.gate.watch(by="mailer"), bench.gate.watch(by="mailer")
        bench.clock.forward(hours=24)
        bench.gate.watch()

    assert ("d1",) == first.of("sent")
    assert ("d0" in first.of("failed"), first.failed, second.failed) == (True, 1, 1)
    assert {"the watch could not look after a draft"} == {line["event"] for line in logs}
    assert [("watch-failed", ("akari", "chie", "dai"))] * 2 == [each for each in told(bench) if each[0] == "watch-failed"]


def test_where_the_store_fails_a_duty_breaks_off_and_says_so(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are still tried."""
    from releasegate.store import rows

    bench = make_bench(sqlite_url)
    monkeypatch.setattr(rows, "page", partial(_fails))
    with capture_logs() as logs:
        passed = bench.gate.watch(by="mailer")

    assert {"failed": 2} == passed.count
    assert {"a duty of the watch broke off"} == {line["event"] for line in logs}


def _fails(*_: object, **__: object) -> None:
    message = "the disk is gone"
    raise OSError(message)


def test_where_nothing_can_be_written_of_a_broken_draft_the_diary_has_it(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from releasegate.errors import StoreError
    from releasegate.store import notices

    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at=TEN)
    store = bench.gate._office.store
    store.act(lambda txn: txn.connection.execute(update(tables.drafts).values(round=7)))

    def full(*_: object) -> None:
        message = "No space left on device"
        raise StoreError(message)

    monkeypatch.setattr(notices, "put", full)
    with capture_logs() as logs:
        assert 1 == bench.gate.watch().failed
    assert 1 == len(logs)


def test_it_goes_through_any_number_of_drafts_a_page_at_a_time(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two pages, hours and none among them; the report keeps a thousand deeds and counts all."""
    from releasegate.store import rows
    from releasegate.watch import passing

    monkeypatch.setattr(rows, "_PAGE", 3)
    monkeypatch.setattr(passing, "_MOST", 5)
    bench = make_bench(sqlite_url)
    for each in range(8):
        confirmed(bench.gate, f"d{each}", f"Text {each}.", **({"send_at": TEN} if each % 2 else {}))
    bench.clock.forward(hours=11)

    passed = bench.gate.watch()

    assert (4, 5) == (passed.count["missed"], len(passed.deeds))
    assert {f"d{each}" for each in range(8)} == {alarm.draft_id for alarm in bench.alarms}


# --- the heartbeat


def test_r18_whether_somebody_watches_is_told_by_the_stores_clock(store_url: str) -> None:
    bench = make_bench(store_url)

    never = bench.gate.watched()
    bench.gate.watch(every=timedelta(seconds=30))
    now = bench.gate.watched()
    bench.clock.forward(minutes=5)
    stale = bench.gate.watched()
    bench.clock.forward(hours=25)
    other = make_bench(store_url, clock=bench.clock).gate
    other._office.store.act(lambda txn: txn.connection.execute(update(tables.heartbeats).values(watcher="gone:1")))
    other.watch()

    assert never is None
    assert now is not None
    assert stale is not None
    assert (True, False) == (bool(now), bool(stale))
    assert (NOON, NOON + timedelta(seconds=30)) == (now.at, now.next)
    rows = other._office.store.look(lambda txn: txn.connection.execute(select(tables.heartbeats.c.watcher)).scalars().all())
    assert [now.by] == list(rows)  # who was silent for a day is forgotten


def test_a_long_pass_says_that_it_is_still_at_it(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each draft, where half a minute is over: here always."""
    from releasegate.watch import errand

    monkeypatch.setattr(errand, "_BREATH", 0.0)
    bench = make_bench(sqlite_url)
    for each in range(3):
        approved(bench.gate, f"d{each}", f"Text {each}.", send_at=TEN)
    bench.clock.forward(hours=8)
    beats: list[datetime] = []

    def sends(_: Parcel) -> None:
        bench.clock.forward(minutes=1)
        beat = bench.gate.watched()
        assert beat is not None
        beats.append(beat.at)

    bench.outbox.on_send = sends
    bench.gate.watch(by="mailer")

    assert 3 == len(set(beats))
