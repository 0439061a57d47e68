"""Each yes is for what was asked, when it was asked; and asking, however often and from however far up, sends nothing."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from releasegate.errors import GateError
from releasegate.gate import Gate
from releasegate.model.state import State
from tests.building import Bench, approved, confirmed, lifted, mail, make_bench, sign, submitted, written


@pytest.fixture
def bench(sqlite_url: str) -> Bench:
    """What does not ask anything of the database."""
    return make_bench(sqlite_url)


# --- asked again from the top


def test_t44_whatever_is_asked_and_however_often_nothing_is_sent(bench: Bench) -> None:
    """A program that is resumed runs from its first line: writing, looking, judging and watching are no sending."""
    gate, text = bench.gate, mail()
    digest = approved(gate, content=text).digest
    for _ in range(3):
        gate.write("d1", channel="news", content=mail(), by="akari")
        assert gate.decide("d1")
        for look in (gate.draft, gate.history, gate.turn, gate.look, gate.unsettled, gate.letter):
            look("d1")
        gate.diff("d1", since=digest)
        gate.watch(by="mailer")

    assert ([], State.APPROVED) == (bench.outbox.got, gate.draft("d1").state)


def test_t44_a_program_that_runs_again_from_its_first_line_sends_once(bench: Bench) -> None:
    def program() -> int:
        draft = bench.gate.write("d1", channel="news", content=mail(), by="akari")
        if draft.state is State.DRAFTING:
            bench.gate.submit("d1", by="akari", note="Please.")
            sign(bench.gate)
        return bench.gate.send("d1", by="mailer").sent

    assert [1, 1, 1] == [program() for _ in range(3)]
    assert 1 == len(bench.outbox.got)


# --- a yes that comes early, or late


def _early(gate: Gate) -> str:
    return written(gate).digest


def _late(gate: Gate) -> str:
    """The yes of the round before: sent back, and the same text submitted again."""
    digest = confirmed(gate).digest
    gate.send_back("d1", by="chie", note="Wrong year?")
    gate.submit("d1", by="akari", note="The year is right.")
    return digest


@pytest.mark.parametrize("stage", [_early, _late])
def test_t45_a_yes_that_was_not_asked_for_is_refused_and_does_not_wait(bench: Bench, stage: Callable[[Gate], str]) -> None:
    """It answers no later question: each round asks anew."""
    digest = stage(bench.gate)
    with pytest.raises(GateError):
        bench.gate.approve("d1", digest=digest, by="chie", note="Go.")

    if bench.gate.draft("d1").state is State.DRAFTING:
        bench.gate.submit("d1", by="akari", note="Please.")
    bench.gate.confirm("d1", digest=digest, by="ben", note="Names are right.")
    assert (State.APPROVING, {"two pairs of eyes"}) == (bench.gate.draft("d1").state, set(bench.gate.decide("d1").blocked_by))
    assert {"ben"} == {each.by for each in bench.gate.draft("d1").signatures}


def test_t45_a_lift_and_a_settlement_name_what_they_answer(bench: Bench) -> None:
    """The name of a hold that is lifted lifts no later one, and what became of one attempt says nothing of the next."""
    approved(bench.gate)
    bench.gate.hold("d1", by="dai", note="Wait.")
    lifted(bench.gate, "d1/h1", by="chie", note="Go on.")
    bench.gate.hold("d1", by="dai", note="Wait again.")
    with pytest.raises(GateError):
        lifted(bench.gate, "d1/h1", by="chie", note="Go on.")
    lifted(bench.gate, "d1/h2", by="chie", note="Go on.")

    bench.outbox.answers = [TimeoutError()]
    with suppress(GateError):
        bench.gate.send("d1", by="mailer")
    (attempt,) = bench.gate.unsettled("d1")
    bench.gate.settle("d1", attempt=attempt, outcome="not_sent", by="dai", note="Their log has nothing.")
    with pytest.raises(GateError):
        bench.gate.settle("d1", attempt=attempt, outcome="sent", by="dai", note="Or has it?")
    assert 0 == bench.gate.draft("d1").tally.sent


def test_t45_what_was_taken_over_in_an_earlier_round_is_not_taken_over_in_this_one(bench: Bench) -> None:
    submitted(bench.gate)
    bench.gate.acknowledge("d1", by="ben")
    bench.gate.send_back("d1", by="ben", note="Wrong year?")
    bench.gate.submit("d1", by="akari", note="The year is right.")

    assert ["checker"] == [each.to for each in bench.gate.draft("d1").handoffs]
    assert () == bench.gate.draft("d1").accepted
