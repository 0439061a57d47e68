"""A send whose answer was lost is looked up in the provider's own record, under the reference that every attempt passes on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import pytest

from releasegate import tracing
from releasegate.gate import Gate
from releasegate.model.limits import Limits
from releasegate.model.parcel import Parcel, Receipt, Sight
from releasegate.model.state import State
from releasegate.testing import Outbox
from tests.building import Bench, Between, approved, lifted, mails, make_bench, make_gate

FIVE = timedelta(minutes=5)


@dataclass
class Recorded(Outbox):
    """A provider that loses some answers, and whose record can be searched: `takes` says of each lost one whether it was taken."""

    takes: list[bool] = field(default_factory=list)
    record: dict[str, list[Sight]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    limits: Limits | None = Limits(settling=FIVE)  # noqa: RUF009 - it cannot change
    deadline: float = 5
    is_down: bool = False

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        if not self.takes:
            return super().send(parcel, key=key)
        if self.takes.pop(0):
            self.record.setdefault(key, []).append(Sight(state="sent", booking=f"m{len(self.got) + 1}"))
            self.got.append((parcel, key))
        raise TimeoutError

    def find(self, key: str) -> Iterable[Sight]:
        self.asked.append(key)
        if self.is_down:
            raise ConnectionError
        return self.record.get(key, [])


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url, channels={"news": Recorded()})
    yield made
    made.gate.close()


@pytest.fixture
def lite(sqlite_url: str) -> Bench:
    """What does not ask anything of the database."""
    return make_bench(sqlite_url, channels={"news": Recorded()})


def lost(bench: Bench, *takes: bool, of: int = 0) -> Recorded:
    """A send of so many mails of which the first answers were lost: taken or not."""
    way = cast("Recorded", bench.outbox)
    way.takes = list(takes)
    approved(bench.gate, content=mails(of or len(takes)))
    bench.gate.send("d1", by="mailer")
    return way


def stands(gate: Gate) -> tuple[State, int, int, int]:
    """The state; how many are sent, unknown, and left to go."""
    draft = gate.draft("d1")
    return draft.state, draft.tally.sent, draft.tally.unknown, draft.tally.left


def kinds(gate: Gate) -> list[str]:
    return [event.kind for event in gate.history("d1")]


def test_f036_what_the_record_has_was_sent(bench: Bench) -> None:
    lost(bench, True, True, of=3)

    bench.gate.look("d1")

    assert (State.SENT, 3, 0, 0) == stands(bench.gate)
    assert bench.gate.verify().sound
    settled = [event for event in bench.gate.history("d1") if event.kind == "settle"]
    assert [("gate", "sent", ["m1"]), ("gate", "sent", ["m2"])] == [(e.actor, e.data["outcome"], e.data["record"]) for e in settled]


def test_what_it_has_not_goes_again_under_the_same_key_once_it_would_be_found(bench: Bench) -> None:
    way = lost(bench, False, True, of=3)
    first = _keys(bench)[0]
    bench.clock.forward(minutes=6)

    bench.gate.look("d1")
    assert (State.APPROVED, 2, 0, 1) == stands(bench.gate)
    assert (1, 0) == (bench.gate.draft("d1").round, bench.gate.draft("d1").hold_count)

    assert 3 == bench.gate.send("d1", by="mailer").sent
    assert first == way.got[-1][1]
    assert bench.gate.verify().sound


def _keys(bench: Bench) -> list[str]:
    """Under which it asks."""
    bench.gate.look("d1")
    way: Any = bench.outbox
    return list(dict.fromkeys(way.asked))


@pytest.mark.parametrize(
    ("minutes", "limits"),
    [(5, Limits(settling=FIVE)), (600, Limits()), (600, None)],
    ids=["too-early", "proves-nothing", "says-nothing"],
)
def test_i1_what_is_not_found_yet_stays_unknown(lite: Bench, minutes: int, limits: Limits | None) -> None:
    """Before settling time and the way there are over, or where nobody says that what was taken would be found."""
    way = lost(lite, False)
    way.limits = limits
    lite.clock.forward(minutes=minutes)

    lite.gate.look("d1")
    lite.gate.look("d1")

    assert (State.UNKNOWN, 0, 1, 0) == stands(lite.gate)
    assert 1 == kinds(lite.gate).count("looked"), "evidence is kept once for each answer"
    assert "absent" == next(iter(lite.gate.history("d1")[-1].data["seen"].values()))


@pytest.mark.parametrize("state", ["scheduled", "held", "unknown"])
def test_i1_what_still_stands_in_a_queue_over_there_is_not_sent_again(lite: Bench, state: str) -> None:
    way = lost(lite, False)
    way.record = {key: [Sight(state="absent"), Sight(state=state)] for key in _keys(lite)}  # type: ignore[arg-type]
    lite.clock.forward(minutes=600)

    lite.gate.look("d1")

    assert (State.UNKNOWN, 0, 1, 0) == stands(lite.gate)
    assert [state] == list(lite.gate.history("d1")[-1].data["seen"].values())


def test_i1_what_a_worker_left_behind_proves_nothing_by_its_absence(lite: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lease ran out, and it may wake up and send: only what the record has counts."""
    way: Any = lite.outbox

    def sleeps(_parcel: Parcel) -> None:
        raise SystemExit

    way.on_send = sleeps
    approved(lite.gate, content=mails(1))
    with monkeypatch.context() as patch:
        patch.setattr("releasegate.dispatch._end", lambda _run: None)  # killed before it could say what it knew
        with pytest.raises(SystemExit):
            lite.gate.send("d1", by="mailer")
    for _ in range(3):  # the lease is over, and found to be; then all that could be declared
        lite.clock.forward(minutes=600)
        lite.gate.watch()
    assert (State.UNKNOWN, 0, 1, 0) == stands(lite.gate)

    way.record = {key: [Sight(state="sent")] for key in way.asked}
    lite.gate.look("d1")
    assert (State.SENT, 1, 0, 0) == stands(lite.gate)


def test_the_watch_looks_by_itself_and_says_so(lite: Bench) -> None:
    lost(lite, True, True)

    assert [("traced", {"n": 2})] == [(deed.code, dict(deed.params)) for deed in lite.gate.watch().deeds if deed.code == "traced"]
    assert State.SENT is lite.gate.draft("d1").state
    assert "traced" not in lite.gate.watch().count


def test_a_pass_asks_for_some_and_the_next_minute_for_the_others(lite: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "A_PASS", 2)
    way = lost(lite, False, False, False, of=3)

    for _ in range(3):
        lite.gate.watch()
        lite.clock.forward(minutes=1)

    assert 3 == len(set(way.asked))
    assert len(way.asked) <= 5


def test_a_provider_that_does_not_answer_is_asked_once_a_look(lite: Bench) -> None:
    way = lost(lite, True, True, True)
    way.is_down = True

    lite.gate.look("d1")

    assert 1 == len(way.asked)
    assert (State.UNKNOWN, 0, 3, 0) == stands(lite.gate)
    way.is_down = False
    lite.gate.look("d1")
    assert State.SENT is lite.gate.draft("d1").state


@pytest.mark.parametrize("answer", [None, "sent", [b"sent"]], ids=["nothing", "a-word", "no-sights"])
def test_what_is_no_answer_settles_nothing(lite: Bench, answer: object) -> None:
    way = lost(lite, False)
    way.record = dict.fromkeys(_keys(lite), answer)  # type: ignore[arg-type]  # whatever a channel may answer
    lite.clock.forward(minutes=600)

    lite.gate.look("d1")
    assert (State.UNKNOWN, 0, 1, 0) == stands(lite.gate)


def test_another_accounts_record_says_nothing(lite: Bench, sqlite_url: str) -> None:
    lost(lite, False)
    lite.clock.forward(minutes=600)
    other = Recorded(identity="outbox:sandbox")

    make_gate(sqlite_url, channels={"news": other}, clock=lite.clock).look("d1")

    assert [] == other.asked
    assert (State.UNKNOWN, 0, 1, 0) == stands(lite.gate)


def test_every_round_had_its_own_reference(lite: Bench) -> None:
    """One was settled as not sent, which opened a new round: what is still unknown went under the key of the first."""
    way = lost(lite, False, True, of=2)
    first = lite.gate.unsettled("d1")
    lite.gate.settle("d1", attempt=next(iter(first)), outcome="not_sent", by="chie", note="Not in their list.")

    lite.gate.look("d1")

    assert (1, 0, 1) == stands(lite.gate)[1:]
    assert 2 == len(way.asked)


def test_who_was_first_has_settled_it(lite: Bench) -> None:
    way = lost(lite, True)
    office = lite.gate._office
    (attempt,) = lite.gate.unsettled("d1")

    stored = office.store

    def person() -> None:
        office.store = stored
        lite.gate.settle("d1", attempt=attempt, outcome="sent", by="chie", note="It is there.")

    office.store = Between(stored, 1, person)  # type: ignore[assignment]
    assert 0 == tracing.trace(office, "d1")
    office.store = stored
    assert 1 == kinds(lite.gate).count("settle")
    assert [] != way.asked


def test_a_withdrawal_that_waited_for_the_outcome_is_carried_out(lite: Bench) -> None:
    lost(lite, True)
    lite.gate.withdraw("d1", by="chie", note="Stop.")
    assert State.UNKNOWN is lite.gate.draft("d1").state

    lite.gate.look("d1")
    assert lite.gate.draft("d1").state.over


def test_held_it_is_known_and_stays_where_it_is(lite: Bench) -> None:
    lost(lite, False)
    hold = lite.gate.hold("d1", by="chie", note="Wait.")
    lite.clock.forward(minutes=600)

    lite.gate.look("d1")

    assert (State.APPROVED, 0, 0, 1) == stands(lite.gate)
    assert {"hold-active"} == lite.gate.decide("d1").blocked_by
    lifted(lite.gate, hold.hold, by="chie", note="Go on.")


def test_a_way_out_without_a_record_is_asked_nothing(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    bench.outbox.answers = [TimeoutError()]
    approved(bench.gate, content=mails(1))
    bench.gate.send("d1", by="mailer")

    assert State.UNKNOWN is bench.gate.look("d1").state
