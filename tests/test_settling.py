"""A person says what became of the unknown: with the attempt's name, once, and "not sent" opens nothing by itself."""

from collections.abc import Iterator

import pytest

from releasegate.errors import Blocked, NotFound, Refused
from releasegate.model.parcel import Parcel
from releasegate.model.report import Report
from releasegate.model.state import State
from tests.building import Bench, Outbox, approved, lifted, mails, make_bench, sign


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url)
    yield made
    made.gate.close()


def _lost(bench: Bench, *, of: int, lost: int) -> Report:
    """A send of so many mails whose first answers never came."""
    bench.outbox.answers = [TimeoutError("no answer") for _ in range(lost)]
    approved(bench.gate, content=mails(of))
    return bench.gate.send("d1", by="mailer")


def test_the_last_unknown_that_was_sent_ends_it(bench: Bench) -> None:
    attempts = _lost(bench, of=3, lost=2).attempts

    states = [
        bench.gate.settle("d1", attempt=attempt, outcome="sent", by="chie", note="In the server's log.").state for attempt in attempts
    ]

    assert [State.UNKNOWN, State.SENT] == states
    assert 3 == bench.gate.send("d1", by="mailer").sent
    assert bench.gate.verify().sound


def test_one_is_settled_while_the_others_are_on_their_way_and_the_log_still_agrees(bench: Bench) -> None:
    """What the others become is told at the end of the run: until then the log says nothing of it that verify could miss."""
    found: list[tuple[str, ...]] = []

    def settle(_parcel: Parcel) -> None:
        for attempt in bench.gate.unsettled("d1"):
            bench.gate.settle("d1", attempt=attempt, outcome="sent", by="chie", note="In the server's log.")
        found.append(bench.gate.verify().faults)

    bench.outbox.answers = [TimeoutError("no answer")]
    bench.outbox.on_send = settle
    approved(bench.gate, content=mails(4))

    assert 4 == bench.gate.send("d1", by="mailer").sent
    assert [()] * 4 == found
    assert bench.gate.verify().sound


def test_r17_not_sent_by_a_person_is_a_hold_that_another_lifts_and_signatures_anew(bench: Bench) -> None:
    (attempt,) = _lost(bench, of=2, lost=1).attempts

    draft = bench.gate.settle("d1", attempt=attempt, outcome="not_sent", by="chie", note="The server has no such message.")

    assert (State.APPROVING, 2, 1) == (draft.state, draft.round, draft.hold_count)
    with pytest.raises(Refused) as caught:
        lifted(bench.gate, "d1/h1", by="chie", note="Mine.")
    assert "other-person-lifts" == caught.value.code
    lifted(bench.gate, "d1/h1", by="dai", note="I looked too.")
    sign(bench.gate)
    bench.clock.forward(minutes=1)
    assert 2 == bench.gate.send("d1", by="mailer").sent
    assert ["reader2@paper.example", "reader1@paper.example"] == bench.outbox.reached


def test_not_sent_for_one_of_two_leaves_the_other_unknown(bench: Bench) -> None:
    first, second = _lost(bench, of=2, lost=2).attempts

    draft = bench.gate.settle("d1", attempt=first, outcome="not_sent", by="chie", note="Not there.")

    assert (1, 1) == (draft.tally.unknown, draft.tally.left)
    after = bench.gate.settle("d1", attempt=second, outcome="sent", by="chie", note="That one is.")
    assert (1, 0, 1) == (after.tally.sent, after.tally.unknown, after.tally.left)
    assert bench.gate.verify().sound


def test_what_is_known_is_not_settled_again(bench: Bench) -> None:
    (attempt,) = _lost(bench, of=1, lost=1).attempts
    bench.gate.settle("d1", attempt=attempt, outcome="sent", by="chie", note="It is there.")

    with pytest.raises(Refused) as caught:
        bench.gate.settle("d1", attempt=attempt, outcome="not_sent", by="dai", note="Is it?")
    assert "not-unknown" == caught.value.code


def test_an_attempt_that_nobody_made_is_named(bench: Bench) -> None:
    (attempt,) = _lost(bench, of=1, lost=1).attempts

    with pytest.raises(NotFound, match=attempt):
        bench.gate.settle("d1", attempt="a", outcome="sent", by="chie", note="It is there.")


def test_a_robot_settles_nothing(bench: Bench) -> None:
    (attempt,) = _lost(bench, of=1, lost=1).attempts

    with pytest.raises(Refused) as caught:
        bench.gate.settle("d1", attempt=attempt, outcome="sent", by="mailer", note="I saw it.")
    assert "robot-signs" == caught.value.code


def test_r15_a_withdrawal_waits_for_the_unknown_and_no_longer(bench: Bench) -> None:
    (attempt,) = _lost(bench, of=2, lost=1).attempts
    assert State.UNKNOWN is bench.gate.withdraw("d1", by="chie", note="Never mind the rest.").state

    assert State.STOPPED is bench.gate.settle("d1", attempt=attempt, outcome="not_sent", by="dai", note="It is not there.").state


def test_a_withdrawal_of_what_then_turns_out_to_have_gone_is_an_end_of_its_own(bench: Bench) -> None:
    (attempt,) = _lost(bench, of=2, lost=1).attempts
    bench.gate.withdraw("d1", by="chie", note="Never mind the rest.")

    assert State.SENT is bench.gate.settle("d1", attempt=attempt, outcome="sent", by="dai", note="It is there.").state


def test_t12_a_way_out_that_this_process_does_not_have_is_said_and_nothing_leaves(store_url: str, bench: Bench) -> None:
    approved(bench.gate)
    bare = make_bench(store_url, channels={})

    with pytest.raises(Blocked) as caught:
        bare.gate.send("d1", by="mailer")

    assert "channel-missing" in {blocker.code for blocker in caught.value.decision.blockers}  # type: ignore[attr-defined]  # a Decision
    bare.gate.close()


def test_a_channel_that_can_only_be_booked_is_not_sent(store_url: str, bench: Bench) -> None:
    class Clocked:
        identity = "outbox:test"
        seal, book, stop, look = Outbox().seal, None, None, None

    approved(bench.gate)
    clocked = make_bench(store_url, channels={"news": Clocked()})  # type: ignore[dict-item]  # another kind of channel

    with pytest.raises(Refused) as caught:
        clocked.gate.send("d1", by="mailer")
    assert "not-sendable" == caught.value.code
    clocked.gate.close()
