"""What is handed on waits for somebody to take it over: whom, by when, with what read back; and what stays shut until then."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import select

import releasegate
from releasegate.decision.receiving import misread
from releasegate.errors import Blocked, ContentError, PolicyError, Refused
from releasegate.gate import Gate
from releasegate.model.draft import Draft
from releasegate.model.handoff import ReadBack, Standing, Tier
from releasegate.model.note import IfThen, Note, OpenItem, Signal
from releasegate.model.state import State
from releasegate.model.turn import Waiting
from releasegate.policy.codes import GATE_CODES
from releasegate.store.tables import events
from tests.building import (
    NEWS,
    NOON,
    PEOPLE,
    RULES,
    TWO_EYES,
    approved,
    confirmed,
    lifted,
    mails,
    make_bench,
    make_policy,
    seen,
    sign,
    submitted,
    written,
)

STRICT = RULES + "[handoff]\nread_back_over = 1\n"
PRESS = '[channels.news]\nclock = "distributor"\nstop_before = "30m"\n' + TWO_EYES
LEGAL = '[groups]\nlegal = ["dai", "mailer"]\n'
HOUR = timedelta(hours=1)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


def waiting(gate: Gate) -> Waiting:
    """The one handoff of d1 that waits."""
    (found,) = gate.turn("d1").waiting
    return found


def kinds(gate: Gate) -> list[str]:
    return [event.kind for event in gate.history("d1")]


# --- whom it goes to


def test_a_submit_hands_on_to_the_checkers_and_a_confirmation_to_the_approvers(store_url: str) -> None:
    """A routine one for the first, an elevated one for the second; nobody who had a hand in the text is asked."""
    gate = make_bench(store_url).gate

    submitted(gate)
    first = waiting(gate)
    sign(gate)

    assert ("submit", "akari", "checker", ("ben", "chie"), Tier.ROUTINE, Signal.CAUTION, "Please check.") == (
        first.handoff.kind,
        first.handoff.sender,
        first.handoff.to,
        first.who,
        first.tier,
        first.handoff.signal,
        first.handoff.text,
    )
    assert () == gate.draft("d1").handoffs  # what was asked for is there


def test_a_confirmation_is_handed_on_when_the_checkers_are_done(sqlite_url: str) -> None:
    """The approvers are not asked while another checker is missing."""
    third = 'emi = { email = "emi@pr.example", roles = ["checker"] }\n'
    gate = make_bench(sqlite_url, rules=RULES.replace("checkers = 1", "checkers = 2"), people=PEOPLE + third).gate
    text = submitted(gate)

    gate.confirm("d1", digest=text.digest, by="ben", note="Names are right.")
    before = [each.handoff.kind for each in gate.turn("d1").waiting]
    gate.confirm("d1", digest=text.digest, by="emi", note="Figures too.")

    assert ["submit"] == before
    assert [("ben", "Names are right."), ("emi", "Figures too.")] == [
        (each.handoff.sender, each.handoff.text) for each in gate.turn("d1").waiting if each.who == ("chie", "dai")
    ]


def test_a_note_goes_to_whom_it_names(sqlite_url: str) -> None:
    """A person by any of their names, a role, a group; of a group those who are people."""
    gate = make_bench(sqlite_url, rules=RULES + LEGAL).gate
    written(gate)

    who = {}
    for to in ("ben.ito@mail.example", "approver", "author", "legal"):
        gate.submit("d1", by="akari", note=Note("Please look.", to=to))
        who[to] = (waiting(gate).handoff.to, waiting(gate).who)
        gate.send_back("d1", by="chie", note="Once more.")

    assert {
        "ben.ito@mail.example": ("ben", ("ben",)),
        "approver": ("approver", ("chie", "dai")),
        "author": ("author", ("chie", "dai")),  # nobody takes over from themselves: it goes to the approvers
        "legal": ("legal", ("dai",)),
    } == who


@pytest.mark.parametrize(
    ("to", "code", "near"), [("chi", "unknown-receiver", "chie"), ("zzz", "unknown-receiver", ""), ("lega", "unknown-receiver", "legal")]
)
def test_a_note_to_nobody_is_refused(sqlite_url: str, to: str, code: str, near: str) -> None:
    gate = make_bench(sqlite_url, rules=RULES + LEGAL).gate
    written(gate)

    with pytest.raises(Refused) as error:
        gate.submit("d1", by="akari", note=Note("Please look.", to=to))

    assert (code, near, State.DRAFTING) == (error.value.code, error.value.params["near"], gate.draft("d1").state)


def test_who_stands_in_for_the_receiver_may_take_it_over(sqlite_url: str) -> None:
    """A delegation in force counts; one that has ended does not."""
    bench = make_bench(sqlite_url)
    bench.gate.delegate("dai", to="chie", until=NOON + HOUR, by="dai", note="At the dentist's.")
    written(bench.gate)
    bench.gate.submit("d1", by="akari", note=Note("For you.", to="dai"))

    assert ("chie", "dai") == waiting(bench.gate).who
    bench.clock.forward(hours=2)
    assert ("dai",) == waiting(bench.gate).who


def test_a_draft_that_was_sent_back_waits_for_its_author(sqlite_url: str) -> None:
    """Until the author writes or submits anew: the text that was asked about is another one then."""
    gate = make_bench(sqlite_url).gate
    submitted(gate)
    gate.send_back("d1", by="ben", note="The price is missing.")

    back = waiting(gate)
    written(gate, content="The new wing opens. 5 euros.")

    assert ("send_back", "ben", ("akari",), Signal.STOP, "The price is missing.") == (
        back.handoff.kind,
        back.handoff.sender,
        back.who,
        back.handoff.signal,
        back.handoff.text,
    )
    assert () == gate.draft("d1").handoffs


# --- by when


@pytest.mark.parametrize(
    ("send_at", "rules", "until"),
    [
        ("", RULES, NOON + 4 * HOUR),  # an elevated one: four hours
        ("2026-06-30 12:00 Asia/Tokyo", RULES, NOON + 4 * HOUR),
        ("2026-06-29 20:00 Asia/Tokyo", RULES, NOON + 2 * HOUR),  # a quarter of the eight hours that are left
        ("2026-06-29 20:00 Asia/Tokyo", PRESS, NOON + timedelta(minutes=112, seconds=30)),  # they can stop it till 19:30 only
        ("2026-06-29 12:00 Asia/Tokyo", RULES, NOON + 4 * HOUR),  # nothing can be stopped any more: no quarter of nothing
    ],
)
def test_r27_the_deadline_counts_back_from_the_last_moment_it_can_be_stopped(
    sqlite_url: str, send_at: str, rules: str, until: datetime
) -> None:
    gate = make_bench(sqlite_url, rules=rules).gate
    confirmed(gate, send_at=send_at)

    assert until == waiting(gate).until == gate.turn("d1").until


@pytest.mark.parametrize(
    ("since", "zone", "until"),
    [
        ("2026-07-02T03:00+00:00", "Asia/Tokyo", "2026-07-03T03:00+00:00"),  # Thursday
        ("2026-07-03T03:00+00:00", "Asia/Tokyo", "2026-07-06T03:00+00:00"),  # Friday noon: Monday noon
        ("2026-07-04T03:00+00:00", "Asia/Tokyo", "2026-07-06T15:00+00:00"),  # Saturday: the whole of Monday, in Tokyo
        ("2026-07-03T16:00+00:00", "Asia/Tokyo", "2026-07-06T15:00+00:00"),  # already Saturday there
        ("2026-07-03T16:00+00:00", "", "2026-07-06T16:00+00:00"),  # and still Friday in UTC
        ("2026-10-23T10:00+00:00", "Europe/Berlin", "2026-10-26T11:00+00:00"),  # the clocks went back on Sunday
    ],
)
def test_a_routine_handoff_has_one_working_day(sqlite_url: str, since: str, zone: str, until: str) -> None:
    rules = NEWS + (f'zone = "{zone}"\n' if zone else "") + TWO_EYES
    bench = make_bench(sqlite_url, rules=rules)
    bench.clock.at = datetime.fromisoformat(since)
    submitted(bench.gate)

    assert datetime.fromisoformat(until) == waiting(bench.gate).until


def test_the_queue_says_whose_turn_it_is_since_when_and_until_when(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    submitted(bench.gate, send_at="2026-07-01 12:00 Asia/Tokyo")
    bench.clock.forward(hours=1)
    bench.gate.confirm("d1", digest=bench.gate.draft("d1").digest, by="ben", note="Read.")

    (turn,) = bench.gate.turns("chie")

    assert (("chie", "dai"), NOON + HOUR, NOON + 5 * HOUR, NOON + 48 * HOUR) == (turn.who, turn.since, turn.until, turn.last_stop)
    assert () == bench.gate.turns("ben")
    alone = written(bench.gate, "d2", "Another text.")
    assert (("akari",), alone.since, None) == ((turn := bench.gate.turn("d2")).who, turn.since, turn.until)


# --- taking over


def test_until_it_is_taken_over_it_is_its_senders_and_then_the_receivers(store_url: str) -> None:
    """Whoever takes it over has it alone; the others may still sign."""
    bench = make_bench(store_url)
    submitted(bench.gate)

    before = bench.gate.draft("d1")
    after = bench.gate.acknowledge("d1", by="ben")

    assert ("checker", "ben") == (before.desk, after.desk)
    assert (("ben",), ()) == (bench.gate.turn("d1").who, after.handoffs)
    assert "acknowledge" == kinds(bench.gate)[-1]
    assert State.APPROVING is bench.gate.confirm("d1", digest=after.digest, by="chie", note="I was quicker.").state
    assert ("dai",) == bench.gate.turn("d1").who  # chie has signed, and fills one place only


@pytest.mark.parametrize(
    ("by", "code"),
    [("akari", "nothing-to-acknowledge"), ("dai", "nothing-to-acknowledge"), ("mailer", "robot-receives")],
)
def test_only_its_receiver_takes_it_over(sqlite_url: str, by: str, code: str) -> None:
    gate = make_bench(sqlite_url).gate
    submitted(gate)

    with pytest.raises(Refused) as error:
        gate.acknowledge("d1", by=by)

    assert code == error.value.code
    assert code == "robot-receives" or "Ben Ito, Tanaka Chie" == error.value.params["who"]
    assert refused(lambda: gate.acknowledge("d1", by="nobody")) == "unknown-person"


def test_signing_takes_over_what_was_handed_on_by_name(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    text = written(gate)
    gate.submit("d1", by="akari", note=Note("For you, Ben.", to="ben"))
    gate.confirm("d1", digest=text.digest, by="ben", note=Note("For you, Dai.", to="dai"))

    assert ("confirm", ("dai",)) == (waiting(gate).handoff.kind, waiting(gate).who)
    gate.approve("d1", digest=text.digest, by="dai", note="Go.")
    assert () == gate.draft("d1").handoffs


def test_what_was_handed_to_one_by_name_is_that_persons_turn(sqlite_url: str) -> None:
    """Others may sign all the same; while it is on hold, it waits for whoever lifts."""
    gate = make_bench(sqlite_url).gate
    text = written(gate)
    gate.submit("d1", by="akari", note=Note("For you, Chie.", to="chie"))

    assert ("chie",) == gate.turn("d1").who
    gate.question("d1", by="chie", note="Net?")
    assert ("akari",) == gate.turn("d1").who
    gate.hold("d1", by="ben", note="Wait.")
    assert {"ben", "chie", "dai", "akari"} == set(gate.turn("d1").who)  # akari: she is told of the hold
    lifted(gate, "d1/h1", by="ben", note="Go on.")
    assert State.APPROVING is gate.confirm("d1", digest=text.digest, by="ben", note="I was quicker.").state


def test_a_draft_that_is_over_hands_on_nothing(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    submitted(gate)
    gate.withdraw("d1", by="akari", note=Note("Never mind.", to="chie"))

    assert ((), ()) == (gate.draft("d1").handoffs, gate.turn("d1").waiting)


# --- asking, answering, declining


def test_a_question_makes_it_the_senders_turn_and_shuts_the_gate(store_url: str) -> None:
    """FAA: no acceptance while a question is open. The sender is told; the answer starts the receiver's clock anew."""
    bench = make_bench(store_url)
    submitted(bench.gate)
    bench.clock.forward(hours=1)

    asked = bench.gate.question("d1", by="chie", note="Is the price net?")
    blocker = next(each for each in bench.gate.decide("d1").blockers if each.code == "question-open")

    assert (Standing.ASKED, ("chie",), "Is the price net?") == (
        asked.handoffs[0].standing,
        asked.handoffs[0].asked,
        asked.handoffs[0].question,
    )
    assert (("akari",), "chie", "Is the price net?") == (blocker.who, blocker.params["by"], blocker.params["question"])
    assert ["question"] == [alarm.code for alarm in bench.alarms]
    assert ("akari",) == bench.alarms[0].to
    assert 'd1: Tanaka Chie asks before taking it over: "Is the price net?"' in bench.alarms[0].explain()
    assert ("akari",) == waiting(bench.gate).who
    assert "akari" in bench.gate.turn("d1").who
    bench.clock.forward(hours=1)
    answered = bench.gate.answer("d1", by="akari", note="Gross.")
    assert (Standing.OPEN, (), NOON + 2 * HOUR) == (answered.handoffs[0].standing, answered.handoffs[0].asked, answered.handoffs[0].since)
    assert "question-open" not in bench.gate.decide("d1").blocked_by


def test_an_approved_draft_with_an_open_question_does_not_leave(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    text = confirmed(bench.gate)
    bench.gate.approve("d1", digest=text.digest, by="chie", note=Note("Dai, look too.", to="dai"))
    bench.gate.question("d1", by="dai", note="Which price?")
    bench.gate.question("d1", by="dai", note="And which day?")

    with pytest.raises(Blocked) as error:
        bench.gate.send("d1", by="mailer")

    assert {"question-open"} == bench.gate.decide("d1").blocked_by
    assert "And which day?" in str(error.value)
    assert ("dai",) == bench.gate.draft("d1").handoffs[0].asked
    bench.gate.acknowledge("d1", by="dai")  # who asked has found the answer elsewhere
    assert 1 == bench.gate.send("d1", by="mailer").sent


def test_a_robots_question_is_its_operators(sqlite_url: str) -> None:
    """What a robot handed on, its operator answers for."""
    gate = make_bench(sqlite_url).gate
    submitted(gate, by="writer")
    gate.question("d1", by="ben", note="Where is this from?")

    assert ("akari",) == waiting(gate).who
    assert () == gate.answer("d1", by="akari", note="From the annual report.").handoffs[0].asked


def test_who_declines_says_why_and_may_name_the_next(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    text = confirmed(bench.gate)
    bench.gate.approve("d1", digest=text.digest, by="chie", note=Note("Dai, look too.", to="dai"))

    named = bench.gate.decline("d1", by="dai", note=Note("On leave.", to="ben", signal=Signal.CAUTION))
    back = bench.gate.decline("d1", by="ben", note="Not mine.")

    assert [("ben", Standing.DECLINED), ("chie", Standing.DECLINED)] == [
        (each.handoffs[0].to, each.handoffs[0].standing) for each in (named, back)
    ]
    assert [("decline", ("chie", "ben")), ("decline", ("chie",))] == [(alarm.code, alarm.to) for alarm in bench.alarms]
    assert 'd1: Oi Dai does not take it over: "On leave."' == bench.alarms[0].explain()


def test_a_reply_needs_words(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    submitted(gate)

    for verb in (gate.question, gate.decline, gate.answer):
        assert "note-empty" == refused(partial(verb, "d1", by="ben", note=" "))
        assert "note-needs-reason" == refused(partial(verb, "d1", by="ben", note=Note(nothing_else=True)))
    assert "nothing-to-answer" == refused(lambda: gate.answer("d1", by="akari", note="What?"))
    assert "nothing-to-acknowledge" == refused(lambda: gate.question("d1", by="dai", note="What?"))


# --- read back


def test_an_approval_of_many_is_read_back(store_url: str) -> None:
    """Missing: refused. Right: signed, and it leaves."""
    bench = make_bench(store_url, rules=STRICT)
    text = confirmed(bench.gate, content=mails(2))

    assert "read-back-needed" == refused(lambda: bench.gate.approve("d1", digest=text.digest, by="chie", note="Go."))
    told = ReadBack(mark=f" {text.mark.upper()} ", recipients=2)
    assert State.APPROVED is bench.gate.approve("d1", digest=text.digest, by="chie", note="Go.", read_back=told).state
    assert 2 == bench.gate.send("d1", by="mailer").sent


@pytest.mark.parametrize(
    ("wrong", "kinds_of"),
    [
        ({"mark": "00000000"}, "mark"),
        ({"recipients": 3}, "recipients"),
        ({"send_at": "2026-06-30 10:00"}, "send_at"),
        ({"send_at": None}, "send_at"),
        ({"recipients": 12, "mark": ""}, "mark, recipients"),
    ],
)
def test_what_differs_transfers_nothing_is_kept_and_both_are_told(sqlite_url: str, wrong: dict[str, object], kinds_of: str) -> None:
    """It is the near miss that shows the worth of the thing."""
    bench = make_bench(sqlite_url, rules=STRICT)
    text = confirmed(bench.gate, content=mails(2), send_at="2026-06-30 11:00 Asia/Tokyo")
    right = {"mark": text.mark, "recipients": 2, "send_at": "2026-06-30 11:00"}

    with pytest.raises(Refused) as error:
        bench.gate.approve("d1", digest=text.digest, by="chie", note="Go.", read_back=ReadBack(**(right | wrong)))  # type: ignore[arg-type]

    assert ("read-back-differs", kinds_of) == (error.value.code, error.value.params["kinds"])
    assert str(error.value).endswith(" Nothing was approved.")
    assert ["misread"] == [event.kind for event in bench.gate.history("d1")][-1:]
    assert {"step": "approve", "kinds": kinds_of}.items() <= dict(bench.gate.history("d1")[-1].data).items()
    assert [("read-back-differs", ("chie", "akari"))] == [(alarm.code, alarm.to) for alarm in bench.alarms]
    assert bench.alarms[0].explain("ja").endswith("。承認は記録されていません。")
    assert State.APPROVING is bench.gate.draft("d1").state
    assert bench.gate.verify().sound


@pytest.mark.parametrize(
    "said", ["2026-06-30 11:00", "2026-06-30 11:00 Asia/Tokyo", "2026年6月30日(火)11時", "2026-06-30 02:00 UTC", "moment"]
)
def test_an_hour_is_read_back_as_people_say_it(sqlite_url: str, said: str) -> None:
    """In the draft's own zone where none is named; any way of naming the same moment is right."""
    gate = make_bench(sqlite_url, rules=STRICT).gate
    text = confirmed(gate, content=mails(2), send_at="2026-06-30 11:00 Asia/Tokyo")
    hour = text.send_at if said == "moment" else said

    told = ReadBack(mark=text.mark, recipients=2, send_at=hour)

    assert State.APPROVED is gate.approve("d1", digest=text.digest, by="chie", note="Go.", read_back=told).state


def test_an_hour_that_cannot_be_read_is_said_to_be_so(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url, rules=STRICT).gate
    text = confirmed(gate, content=mails(2), send_at="2026-06-30 11:00 Asia/Tokyo")

    with pytest.raises(ContentError, match="no complete date and hour"):
        gate.approve("d1", digest=text.digest, by="chie", note="Go.", read_back=ReadBack(mark=text.mark, recipients=2, send_at="eleven"))

    assert "misread" not in kinds(gate)


def test_a_lift_is_read_back(store_url: str) -> None:
    """Whoever lifts says what will then leave. A wrong one lifts nothing; whoever placed the hold is told."""
    bench = make_bench(store_url)
    approved(bench.gate)
    bench.gate.hold("d1", by="ben", note="Wait.")

    assert "read-back-needed" == refused(lambda: bench.gate.lift("d1/h1", by="dai", note="Go on."))
    wrong = ReadBack(mark="00000000", recipients=1)
    assert "read-back-differs" == refused(lambda: bench.gate.lift("d1/h1", by="dai", note="Go on.", read_back=wrong))
    assert (("dai", "ben"), 1) == (bench.alarms[-1].to, len(bench.gate.draft("d1").holds))
    assert bench.alarms[-1].explain("en").endswith(" Nothing was lifted.")
    assert () == lifted(bench.gate, "d1/h1", by="dai", note="Go on.").holds


def test_in_a_demo_nothing_is_read_back(sqlite_url: str) -> None:
    text = 'version = 1\n[gate]\nmode = "demo"\n' + PEOPLE + RULES.replace("[channels.news]", '[channels.news]\nvia = "folder:sent"')
    gate = Gate(sqlite_url, policy=make_policy("").parse(text), channels={"news": make_bench(sqlite_url + "2").outbox})
    submitted(gate)
    gate.hold("d1", by="ben")

    assert () == gate.lift("d1/h1", by="dai", note="Go on.").holds


@pytest.mark.parametrize(
    ("tiers", "code"),
    [('{ lift = "elevated" }', ""), ('{ lift = "critical" }', "read-back-needed")],
)
def test_the_policy_says_which_steps_are_critical(sqlite_url: str, tiers: str, code: str) -> None:
    gate = make_bench(sqlite_url, rules=RULES + f"[handoff]\ntiers = {tiers}\n").gate
    submitted(gate)
    gate.hold("d1", by="ben")

    if code:
        assert code == refused(lambda: gate.lift("d1/h1", by="dai", note="Go on."))
    else:
        assert () == gate.lift("d1/h1", by="dai", note="Go on.").holds


def test_every_approval_for_somebody_elses_clock_is_read_back(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url, rules=PRESS).gate
    text = confirmed(gate)

    assert "read-back-needed" == refused(lambda: gate.approve("d1", digest=text.digest, by="chie", note="Go."))


def test_steps_and_tiers_have_their_names() -> None:
    with pytest.raises(PolicyError) as error:
        make_policy(RULES + '[handoff]\ntiers = { liftt = "elevated", approve = "hard" }\n')

    assert (
        "policy:20:11 [handoff].tiers: unknown step 'liftt'; did you mean 'lift'?",
        "policy:20:41 [handoff].tiers: unknown tier 'hard'; known: critical, elevated, routine",
    ) == error.value.problems


# --- what stays shut


def test_a_critical_handoff_that_nobody_took_over_shuts_the_gate(store_url: str) -> None:
    """Whoever lifts may hand on to somebody by name; until they have read it back, nothing leaves."""
    bench = make_bench(store_url)
    approved(bench.gate)
    bench.gate.hold("d1", by="ben", note="Wait.")
    bench.gate.lift("d1/h1", by="dai", note=Note("Chie, you watch it.", to="chie"), read_back=seen(bench.gate))

    with pytest.raises(Blocked) as error:
        bench.gate.send("d1", by="mailer")

    (blocker,) = bench.gate.decide("d1").blockers
    assert ("handover-acknowledged", ("chie",), "dai", ("releasegate acknowledge d1",)) == (
        blocker.code,
        blocker.who,
        blocker.params["by"],
        blocker.how,
    )
    assert (NOON + timedelta(minutes=15)).isoformat() == blocker.params["until"]
    assert "Handed over by" in str(error.value)
    assert "read-back-needed" == refused(lambda: bench.gate.acknowledge("d1", by="chie"))
    wrong = ReadBack(mark="00000000", recipients=1)
    assert "read-back-differs" == refused(lambda: bench.gate.acknowledge("d1", by="chie", read_back=wrong))
    assert ("chie", "dai") == bench.alarms[-1].to
    assert bench.alarms[-1].explain("en").endswith(" Nothing was taken over.")
    bench.gate.acknowledge("d1", by="chie", read_back=seen(bench.gate))
    assert 1 == bench.gate.send("d1", by="mailer").sent


def test_an_approval_without_a_read_back_takes_no_critical_handoff_over(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    text = confirmed(bench.gate)
    bench.gate.hold("d1", by="ben", note="Wait.")
    bench.gate.lift("d1/h1", by="dai", note=Note("Chie, you watch it.", to="chie"), read_back=seen(bench.gate))

    bench.gate.approve("d1", digest=text.digest, by="chie", note="Go.")
    still = bench.gate.decide("d1").blocked_by
    bench.gate.approve("d1", digest=text.digest, by="chie", note="Go.", read_back=seen(bench.gate))

    assert [["handover-acknowledged"], []] == [sorted(still), sorted(bench.gate.decide("d1").blocked_by)]


def test_an_elevated_handoff_by_name_shuts_nothing(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    text = confirmed(bench.gate)
    bench.gate.approve("d1", digest=text.digest, by="chie", note=Note("Dai, for your information.", to="dai"))

    assert ("dai",) == waiting(bench.gate).who
    assert bench.gate.decide("d1")


# --- what a note holds


@pytest.mark.parametrize("verb", ["submit", "confirm", "approve", "lift", "waive", "settle"])
def test_a_note_that_says_stop_stops_nothing_and_is_refused(sqlite_url: str, verb: str) -> None:
    """A hold that was said is not a hold that is true: beside a step that goes on, the word is refused."""
    gate = make_bench(sqlite_url).gate
    text = approved(gate)
    gate.hold("d1", by="ben")
    stop = Note("Do not send this!", signal=Signal.STOP)
    acts = {
        "submit": lambda: gate.submit("d1", by="akari", note=stop),
        "confirm": lambda: gate.confirm("d1", digest=text.digest, by="ben", note=stop),
        "approve": lambda: gate.approve("d1", digest=text.digest, by="chie", note=stop),
        "lift": lambda: gate.lift("d1/h1", by="dai", note=stop),
        "waive": lambda: gate.waive("d1", "x", digest=text.digest, by="chie", note=stop),
        "settle": lambda: gate.settle("d1", attempt="x", outcome="sent", by="chie", note=stop),
    }

    assert "note-stops-nothing" == refused(acts[verb])
    assert State.DRAFTING is gate.send_back("d1", by="chie", note=stop).state


def test_nothing_else_to_say_is_said(sqlite_url: str) -> None:
    """It counts as a note where hands change and no reason is asked for."""
    gate = make_bench(sqlite_url).gate
    text = written(gate)
    nothing = Note(nothing_else=True)

    gate.submit("d1", by="akari", note=nothing)
    gate.confirm("d1", digest=text.digest, by="ben", note=nothing)
    gate.approve("d1", digest=text.digest, by="chie", note=nothing)

    assert [True] * 3 == [event.data["note"]["nothing_else"] for event in gate.history("d1") if "note" in event.data]
    assert "note-needs-reason" == refused(lambda: gate.send_back("d1", by="chie", note=nothing))
    assert "note-needs-reason" == refused(lambda: gate.withdraw("d1", by="akari", note=nothing))
    for more in ({"items": (OpenItem(text="x", owner="ben"),)}, {"if_then": (IfThen(when="x", then="y"),)}):
        with pytest.raises(ValidationError, match="nothing_else says that there is nothing else to say"):
            Note(nothing_else=True, **more)


def test_what_is_still_open_has_one_owner_whose_turn_it_stays(store_url: str) -> None:
    bench = make_bench(store_url)
    written(bench.gate)
    due = NOON + HOUR
    todo = (
        OpenItem(text="Check the phone number", owner="ben@pr.example", due=due, done_when="Called it"),
        OpenItem(text="Photo", owner="dai"),
    )
    case = IfThen(when="it rains", then="hold it", contact="+81-90-0000-0001")
    bench.gate.submit("d1", by="akari", note=Note("Two things.", items=todo, if_then=(case,)))
    sign(bench.gate)

    draft = bench.gate.draft("d1")
    assert [("i3", "Check the phone number", "ben", due, "Called it", "akari"), ("i3-2", "Photo", "dai", None, "", "akari")] == [
        (item.id, item.text, item.owner, item.due, item.done_when, item.by) for item in draft.items
    ]
    assert ["d1"] == [each.id for each in bench.gate.queue("dai")]
    bench.gate.hold("d1", by="dai", note=Note("Wait.", done=("i3-2",)))
    assert ["i3"] == [item.id for item in bench.gate.draft("d1").items]
    assert bench.gate.verify().sound


def test_if_then_goes_with_the_note(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    written(gate)
    case = IfThen(when="it rains", then="hold it")
    gate.submit("d1", by="akari", note=Note("Weather.", if_then=(case,)))

    assert (case,) == waiting(gate).handoff.if_then


def test_an_item_that_is_not_open_cannot_be_done(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    written(gate)
    gate.submit("d1", by="akari", note=Note("One thing.", items=(OpenItem(text="Photo", owner="dai"),)))

    with pytest.raises(Refused) as error:
        gate.confirm("d1", digest=gate.draft("d1").digest, by="ben", note=Note("Done.", done=("i9",)))

    assert ("no-such-item", "i3") == (error.value.code, error.value.params["items"])
    assert "unknown-person" == refused(
        lambda: gate.confirm("d1", digest=gate.draft("d1").digest, by="ben", note=Note("x", items=(OpenItem(text="y", owner="zoe"),)))
    )


def test_erased_words_leave_who_owes_what(sqlite_url: str) -> None:
    """Personal data stands beside the chain: the item stays, its words are gone, and the log is sound."""
    gate = make_bench(sqlite_url).gate
    written(gate)
    gate.submit("d1", by="akari", note=Note("One thing.", items=(OpenItem(text="Photo", owner="dai"),)))
    gate._office.store.act(lambda txn: txn.connection.execute(events.update().values(memo=None, salt=None)))

    assert [("", "dai")] == [(item.text, item.owner) for item in gate.draft("d1").items]
    assert {"missing"} == {fault.partition(":")[0] for fault in gate.verify().faults}  # by no entry; by `erase` it would be sound


# --- holds


def test_a_hold_placed_without_a_word_owes_its_note(store_url: str) -> None:
    bench = make_bench(store_url)
    submitted(bench.gate)
    bench.gate.hold("d1", by="ben")

    owed = bench.gate.draft("d1").holds[0]
    paid = bench.gate.answer("d1", by="ben", note="The price is wrong.").holds[0]

    assert ((True, ""), (False, "The price is wrong.")) == ((owed.owed, owed.note), (paid.owed, paid.note))
    assert "nothing-to-answer" == refused(lambda: bench.gate.answer("d1", by="ben", note="Again."))


def test_anybody_may_write_the_note_that_a_hold_owes(sqlite_url: str) -> None:
    """Who has a question to answer answers that first."""
    gate = make_bench(sqlite_url).gate
    submitted(gate)
    gate.question("d1", by="ben", note="Net?")
    gate.hold("d1", by="ben")

    gate.answer("d1", by="akari", note="Gross.")
    before = gate.draft("d1").holds[0].owed
    gate.answer("d1", by="akari", note="Ben waits for the price.")

    assert (True, False) == (before, gate.draft("d1").holds[0].owed)


def test_a_hold_is_handed_to_the_author_and_the_authors_own_to_the_approvers(sqlite_url: str) -> None:
    """Nobody reads it back: it stops. Its lift ends it."""
    gate = make_bench(sqlite_url).gate
    submitted(gate)
    gate.hold("d1", by="ben", note="Wait.")
    gate.hold("d1", by="akari", note="Wait.")

    told = [(each.handoff.hold, each.who, each.tier) for each in gate.turn("d1").waiting if each.handoff.kind == "hold"]
    gate.acknowledge("d1", by="akari")
    lifted(gate, "d1/h2", by="akari", note="Go on.")

    assert [("d1/h1", ("akari",), Tier.CRITICAL), ("d1/h2", ("chie", "dai"), Tier.CRITICAL)] == told
    assert ["submit"] == [each.kind for each in gate.draft("d1").handoffs]


def test_nothing_in_its_note_delays_a_hold(sqlite_url: str) -> None:
    """A receiver whom nobody knows is kept in the text, an owner as it was given."""
    gate = make_bench(sqlite_url).gate
    submitted(gate)

    todo = (OpenItem(text="Call them", owner="dai@pr.example"), OpenItem(text="Call us", owner="the desk"))
    gate.hold("d1", by="ben", note=Note("Wait.", to="the night shift", items=todo))
    gate.hold("d1", by="ben", note=Note(to="dai"))

    first, second = gate.draft("d1").holds
    assert ("Wait. (to: the night shift)", "", True) == (first.note, second.note, second.owed)
    assert ["dai", "the desk"] == [item.owner for item in gate.draft("d1").items]
    assert {("akari",), ("dai",)} == {each.who for each in gate.turn("d1").waiting if each.handoff.kind == "hold"}


def test_the_events_tell_the_same_one_by_one_and_all_at_once(sqlite_url: str) -> None:
    """What a verb returns is what the store tells afterwards."""
    gate = make_bench(sqlite_url).gate
    submitted(gate)
    told: list[Draft] = [
        gate.question("d1", by="ben", note="Net?"),
        gate.answer("d1", by="akari", note=Note("Gross.", items=(OpenItem(text="Photo", owner="dai"),))),
        gate.decline("d1", by="ben", note=Note("On leave.", to="chie")),
        gate.acknowledge("d1", by="chie"),
    ]

    assert told[-1] == gate.draft("d1")
    assert ("chie", NOON.astimezone(UTC)) == (told[-1].desk, told[-1].items[0].at)


def test_the_words_of_a_note_stand_beside_the_chain(sqlite_url: str) -> None:
    """What people write about people can be erased: in the chain stand ids and hours alone."""
    gate = make_bench(sqlite_url).gate
    written(gate)
    todo = (OpenItem(text="Photo of Mrs Abe", owner="dai", done_when="Mrs Abe agrees"),)
    gate.submit("d1", by="akari", note=Note("Mrs Abe asked.", items=todo, if_then=(IfThen(when="Mrs Abe calls", then="ask her"),)))

    bodies = gate._office.store.look(lambda txn: [bytes(each) for each in txn.connection.execute(select(events.c.body)).scalars()])
    assert [] == [body for body in bodies if b"Abe" in body]
    assert "Photo of Mrs Abe" == gate.draft("d1").items[0].text


def test_no_word_of_a_note_is_lost(sqlite_url: str) -> None:
    """Whatever the step: its items are open, its receiver is asked; only what belongs to no draft takes words alone."""
    bench = make_bench(sqlite_url, rules=RULES + "waivable_by = { approvers = 1 }\n")
    text = approved(bench.gate)
    todo = (OpenItem(text="Tell the printer", owner="ben"),)

    bench.gate.waive("d1", "two pairs of eyes", digest=text.digest, by="dai", note=Note("Urgent.", items=todo))
    bench.gate.revoke("d1", digest=text.digest, by="chie", note=Note("Not yet.", items=todo, to="ben"))
    waits = [(each.handoff.kind, each.who) for each in bench.gate.turn("d1").waiting]
    bench.gate.withdraw("d1", by="akari", note=Note("Never mind.", items=todo, to="the printer"))

    assert [("revoke", ("ben",))] == waits
    assert ["waive", "revoke", "withdraw"] == [event.kind for event in bench.gate.history("d1") if "items" in event.memo]
    assert "Never mind. (to: the printer)" == bench.gate.history("d1")[-1].note
    for say in (
        lambda note: bench.gate.delegate("dai", to="chie", until=NOON + HOUR, by="dai", note=note),
        lambda note: bench.gate.adopt(make_policy(RULES), by="dai", note=note),
    ):
        assert "note-of-no-draft" == refused(partial(say, Note("Away.", to="chie")))


def test_what_was_handed_to_somebody_who_has_left_goes_to_the_approvers(sqlite_url: str) -> None:
    """It would shut the gate for ever."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    bench.gate.hold("d1", by="ben", note="Wait.")
    bench.gate.lift("d1/h1", by="dai", note=Note("You watch it.", to="ben"), read_back=seen(bench.gate))
    without = PEOPLE.replace("ben    =", "emi    =").replace("ben", "emi")
    bench.gate.adopt(make_policy(RULES, people=without), by="dai", note="Ben has left.")
    bench.gate.adopt(make_policy(RULES, people=without), by="chie", note="Ben has left.")
    later = make_bench(sqlite_url, people=without, clock=bench.clock)

    blocker = next(each for each in later.gate.decide("d1").blockers if each.code == "handover-acknowledged")

    assert ("chie",) == blocker.who
    later.gate.acknowledge("d1", by="chie", read_back=seen(later.gate))
    assert "handover-acknowledged" not in later.gate.decide("d1").blocked_by


def test_no_file_can_name_what_the_gate_shuts_by_itself() -> None:
    """Every code of a rule of the gate's own is taken: no check, no requirement and so no waiver is called like one."""
    catalogue = (Path(releasegate.__file__).parent / "locale" / "en" / "LC_MESSAGES" / "releasegate.po").read_text(encoding="utf-8")
    codes = set(re.findall(r'^msgid "blocker\.([a-z-]+)', catalogue, re.MULTILINE))

    assert set() == codes - GATE_CODES
    assert {"handover-acknowledged", "question-open"} <= codes
    with pytest.raises(PolicyError, match="is a rule of the gate itself"):
        make_policy(RULES + '[checks]\n"question-open" = { severity = "warning" }\n')


@pytest.mark.parametrize(
    "said", ["2026-06-29T01:00:00+00:00", "2026-06-29T10:00:00+09:00", "2026-06-29T03:00:00+02:00", "2026-06-29 10:00 Asia/Tokyo"]
)
def test_an_hour_is_read_back_as_people_write_it_or_as_a_script_is_told_it(sqlite_url: str, said: str) -> None:
    gate = make_bench(sqlite_url).gate
    draft = written(gate, send_at="2026-06-29T10:00 Asia/Tokyo")

    assert () == misread(ReadBack(mark=draft.mark, recipients=draft.reach, send_at=said), draft, gate.in_force())
    assert ("send_at",) == misread(
        ReadBack(mark=draft.mark, recipients=draft.reach, send_at=said.replace("29", "30")), draft, gate.in_force()
    )
