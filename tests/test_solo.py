"""One person alone: the second look is a pause, and every record says who signed what they wrote."""

import pytest

from releasegate.errors import Blocked, Refused
from releasegate.model.state import State
from tests.building import NEWS, PEOPLE, RULES, mail, make_bench, make_policy, submitted, written

ALONE = '[people]\nmika = { email = "mika@shop.example", roles = ["author", "approver"] }\nmailer = { kind = "robot", operator = "mika" }\n'
AGAIN = NEWS + '[[requirement]]\nname = "I look again after ten minutes"\nsecond_look = "10m"\n'


def test_a_look_too_soon_is_no_second_look(store_url: str) -> None:
    """After four minutes it stays shut and says when; after eleven it opens and leaves."""
    bench = make_bench(store_url, rules=AGAIN, people=ALONE)
    seen = submitted(bench.gate, by="mika")
    bench.clock.forward(minutes=4)
    soon = bench.gate.approve("d1", digest=seen.digest, by="mika", note="Fine, I think.")

    assert (State.APPROVING, frozenset({"I look again after ten minutes"})) == (soon.state, bench.gate.decide("d1").blocked_by)
    assert "second-look" == bench.gate.decide("d1").blockers[0].code
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    bench.clock.forward(minutes=7)
    later = bench.gate.approve("d1", digest=seen.digest, by="mika", note="Read again.")
    assert (State.APPROVED, 1) == (later.state, bench.gate.send("d1", by="mailer").sent)


def test_a_new_text_starts_the_pause_anew(store_url: str) -> None:
    """The pause counts from the last change of the text."""
    bench = make_bench(store_url, rules=AGAIN, people=ALONE)
    submitted(bench.gate, by="mika")
    bench.clock.forward(minutes=11)
    seen = written(bench.gate, content=mail(subject="Another"), by="mika")
    bench.gate.submit("d1", by="mika", note="Mended.")

    assert State.APPROVING is bench.gate.approve("d1", digest=seen.digest, by="mika", note="Read.").state


def test_one_person_alone_changes_the_rules_alone(sqlite_url: str) -> None:
    """There is nobody who could agree; what was signed under the old ones counts no more."""
    bench = make_bench(sqlite_url, rules=AGAIN, people=ALONE)
    seen = submitted(bench.gate, by="mika")
    bench.clock.forward(minutes=11)
    bench.gate.approve("d1", digest=seen.digest, by="mika", note="Read again.")
    longer = AGAIN.replace("10m", "1h")

    assert bench.gate.adopt(make_policy(longer, people=ALONE), by="mika", note="Ten minutes were too few.")
    again = make_bench(sqlite_url, rules=longer, people=ALONE, clock=bench.clock)
    assert "second-look" in {blocker.code for blocker in again.gate.decide("d1").blockers}


def test_the_queue_says_whose_turn_it_is(sqlite_url: str) -> None:
    """The author first, then the checker, then the approver; without a person: everything that is not over."""
    gate = make_bench(sqlite_url).gate

    def turns() -> list[str]:
        return [name for name in ("akari", "ben", "chie", "dai") if any(draft.id == "d1" for draft in gate.queue(name))]

    seen = written(gate)
    assert ["akari"] == turns()
    gate.submit("d1", by="akari", note="For checking.")
    assert ["ben", "chie"] == turns()
    gate.confirm("d1", digest=seen.digest, by="ben", note="Read.")
    assert ["chie", "dai"] == turns()
    assert ["d1"] == [draft.id for draft in gate.queue()]


def test_what_cannot_be_waived(sqlite_url: str) -> None:
    """A blocker that the file lets nobody waive, what no check has found, a requirement without waivable_by."""
    gate = make_bench(sqlite_url).gate
    seen = submitted(gate, content=mail(subject=" "))

    def code(name: str, by: str) -> str:
        with pytest.raises(Refused) as error:
            gate.waive("d1", name, digest=seen.digest, by=by, note="Let it.")
        return error.value.code

    assert ["not-waivable", "no-such-finding"] == [code("subject-missing", "chie"), code("test-text", "chie")]
    assert "not-waivable" == code("two pairs of eyes", "chie")


def test_who_may_not_waive(sqlite_url: str) -> None:
    """A robot, whoever has no part in checking, and whoever wrote it."""
    author = 'emi = { email = "emi@pr.example", roles = ["author"] }\n'
    gate = make_bench(sqlite_url, rules=RULES + "waivable_by = { approvers = 1 }\n", people=PEOPLE + author).gate
    seen = submitted(gate)

    def code(by: str) -> str:
        with pytest.raises(Refused) as error:
            gate.waive("d1", "two pairs of eyes", digest=seen.digest, by=by, note="Let it.")
        return error.value.code

    assert ["robot-signs", "not-your-role", "wrote-it"] == [code(by) for by in ("mailer", "emi", "akari")]


def test_nothing_is_sealed_where_nothing_is_handed_in(sqlite_url: str) -> None:
    """An empty list is no draft."""
    with pytest.raises(Refused) as error:
        written(make_bench(sqlite_url).gate, content=[])

    assert "seal-empty" == error.value.code
