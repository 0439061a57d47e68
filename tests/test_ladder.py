"""Nobody answers: reminder, deputy and sender, supervisor, and at last a hold. Nothing leaves on silence, nothing waits in it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import update

from releasegate.errors import Refused
from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.event import Event
from releasegate.model.handoff import LONG, Heard, Item, Standing
from releasegate.model.note import Note, OpenItem, Outside
from releasegate.model.state import State
from releasegate.store import reading, tables
from releasegate.testing import Outbox
from releasegate.watch import climbing
from tests.building import NOON, PEOPLE, RULES, Bench, approved, confirmed, lifted, make_bench, seen, submitted, written

TEN = "2026-06-29 20:00 Asia/Tokyo"  # eight hours after NOON
HOUR = timedelta(hours=1)
TEAM = (
    PEOPLE.replace('"dai@pr.example", roles', '"dai@pr.example", deputy = "emi", supervisor = "fumi", roles')
    + 'emi = { name = "Emi", email = "emi@pr.example", roles = [] }\n'
    + 'fumi = { name = "Fumi", email = "fumi@pr.example", roles = [] }\n'
)
LEGAL = RULES + '[gate]\nalarm = ["fumi"]\n[handoff.tiers]\napprove = "critical"\n'


def told(bench: Bench) -> list[tuple[str, str, tuple[str, ...]]]:
    """What people were told since, forgotten when it was read."""
    found = [(alarm.draft_id, alarm.code, alarm.to) for alarm in bench.alarms]
    bench.alarms.clear()
    return found


def events(gate: Gate, kind: str) -> list[Event]:
    return [event for event in gate.history("d1") if event.kind == kind]


def climbed(bench: Bench, step: timedelta, times: int) -> list[tuple[str, ...]]:
    """What was told at each pass, that long apart; "" for silence."""
    found = []
    for _ in range(times):
        bench.clock.forward(seconds=step.total_seconds())
        bench.gate.watch(by="mailer")
        found.append(tuple(f"{code}: {', '.join(to)}" for _, code, to in told(bench)))
    return found


def critical(bench: Bench, **more: str) -> None:
    """Approved, and handed to dai, who has to say that they have it. By chie, at NOON; it waits for 15 minutes."""
    text = confirmed(bench.gate, **more)
    bench.gate.approve("d1", digest=text.digest, by="chie", note=Note("You watch it.", to="dai"), read_back=seen(bench.gate))
    bench.alarms.clear()


def test_the_ladder_receiver_deputy_and_sender_supervisor_and_at_last_a_hold(store_url: str) -> None:
    """Each rung once, at half of the deadline, at all of it, half as long after, and as long after."""
    bench = make_bench(store_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)

    found = climbed(bench, timedelta(seconds=150), 14)

    assert [
        (),
        (),
        ("remind: dai",),  # 7.5 minutes
        (),
        (),
        ("remind-due: emi, chie",),  # 15
        (),
        (),
        ("remind-supervisor: fumi",),  # 22.5
        (),
        (),
        ("remind-held: fumi, chie, akari",),  # 30
        ("remind: akari",),  # the hold is handed to the author
        (),
    ] == found
    (hold,) = bench.gate.draft("d1").holds
    assert ("gate", "Nobody answered (to be taken over): held by the gate.") == (hold.by, hold.note)
    assert [] == bench.outbox.got


def test_r28_a_late_acknowledgement_lifts_nothing_and_a_hold_leads_to_no_other_hold(sqlite_url: str) -> None:
    """The gate's hold is lifted by a person like any other; what is held stays held, however long nobody answers."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    climbed(bench, timedelta(minutes=10), 8)

    bench.gate.acknowledge("d1", by="dai", read_back=seen(bench.gate))

    assert (["d1/h1"], True) == ([hold.id for hold in bench.gate.draft("d1").holds], "hold-active" in bench.gate.decide("d1").blocked_by)
    lifted(bench.gate, "d1/h1", by="dai", note="I have it.")
    assert () == bench.gate.draft("d1").holds


def test_the_card_of_the_channel_is_in_what_is_told_at_the_end(sqlite_url: str) -> None:
    """Whom to phone over there, where the policy has it."""
    card = 'contact = { name = "Their desk", phone = "+81-3-0000-0000", hours = "9-19 JST" }\n'
    with_card = make_bench(sqlite_url, rules=LEGAL.replace('window = "2h"\n', 'window = "2h"\n' + card), people=TEAM)
    without = make_bench(sqlite_url + "2", rules=LEGAL, people=TEAM)
    said = {}
    for name, bench in (("with", with_card), ("without", without)):
        critical(bench, send_at=TEN)
        for _ in range(4):
            bench.clock.forward(minutes=10)
            bench.gate.watch()
        said[name] = bench.alarms[-1].explain("en")

    assert said["with"].endswith("releasegate show d1 Over there: Their desk +81-3-0000-0000 9-19 JST.")
    assert said["without"].endswith("releasegate show d1")


def test_t20_a_reminder_widens_nobodys_rights(sqlite_url: str) -> None:
    """Who was told because somebody else did not answer may not sign for it: only a delegation lends a right."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench)
    climbed(bench, timedelta(minutes=10), 3)

    for who in ("emi", "fumi"):
        with pytest.raises(Refused) as refused:
            bench.gate.acknowledge("d1", by=who, read_back=seen(bench.gate))
        assert "nothing-to-acknowledge" == refused.value.code


def test_f093_t30_nothing_is_ever_sent_because_nobody_answered(sqlite_url: str) -> None:
    """Through the whole window, with a pass every minute of it: not one mail."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)

    climbed(bench, timedelta(minutes=47), 14)

    assert ([], State.MISSED) == (bench.outbox.got, bench.gate.draft("d1").state)


def test_where_nobody_heard_of_it_the_next_rung_is_taken_at_once_but_the_hold_comes_at_its_hour(sqlite_url: str) -> None:
    """A mail server that is down makes nobody's hour earlier, and no rung is told twice."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    bench.gate._office.alarm = _deaf

    bench.clock.forward(minutes=8)
    counts = [bench.gate.watch().count for _ in range(4)]
    bench.clock.forward(minutes=21)
    before = bench.gate.watch().count
    bench.clock.forward(minutes=1)
    after = bench.gate.watch().count

    assert [{"remind": 1, "untold": 1}, {"remind-due": 1, "untold": 1}, {"remind-supervisor": 1, "untold": 1}, {}] == counts
    assert ({}, {"remind-end": 1, "held": 1, "untold": 1}) == (before, after)
    assert [["dai"], ["emi", "chie"], ["fumi"]] == [event.data["who"] for event in events(bench.gate, "untold")][:3]


def _deaf(_: Alarm) -> None:
    raise ConnectionError


def test_f001_whoever_dies_while_telling_has_not_told_and_the_next_rung_is_taken(store_url: str) -> None:
    """Claimed before it is told: after a crash nobody is told twice, and nobody waits for a message that never came."""
    bench = make_bench(store_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    bench.clock.forward(minutes=8)

    class Killed(BaseException):
        pass

    def dies(_: Alarm) -> None:
        raise Killed

    bench.gate._office.alarm, alarm = dies, bench.gate._office.alarm
    with pytest.raises(Killed):
        bench.gate.watch()
    bench.gate._office.alarm = alarm
    bench.gate._office.store.act(lambda txn: txn.connection.execute(update(tables.notices).values(worker="elsewhere/1/1/x")))

    early = bench.gate.watch().count
    bench.clock.forward(minutes=5)
    late, after = bench.gate.watch().count, bench.gate.watch().count

    assert ({}, {"untold": 1}, {"remind-due": 1, "told": 1}) == (early, late, after)
    assert [("d1", "remind-due", ("emi", "chie"))] == told(bench)


def test_after_a_long_night_the_ladder_is_climbed_rung_by_rung(sqlite_url: str) -> None:
    """Nobody watched: whoever is to be reminded is reminded before anything is held, and has a while to answer."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at="2026-06-30 20:00 Asia/Tokyo")

    bench.clock.forward(hours=14)

    assert [("remind: dai",), (), ("remind-due: emi, chie",)] == climbed(bench, timedelta(minutes=2), 3)


def test_a_question_stops_the_receivers_clock_and_starts_the_senders(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    climbed(bench, timedelta(minutes=8), 1)
    bench.gate.question("d1", by="dai", note="Which hour? https://evil.example/x " + "very " * 80)
    bench.alarms.clear()

    bench.clock.forward(minutes=8)
    bench.gate.watch()
    said = bench.alarms[0]
    found = [("remind: chie",), *climbed(bench, timedelta(minutes=8), 1)]
    bench.gate.answer("d1", by="chie", note="Ten.")
    answered = climbed(bench, timedelta(minutes=8), 1)

    assert [("remind: chie",), ("remind: chie", "remind-due: dai")] == [found[0], found[1]]
    assert [("remind: dai",)] == answered
    assert "Oi Dai asked you" in said.explain("en")
    assert "evil" not in said.explain("en")
    assert len(str(said.params["note"])) <= 200


def test_what_was_declined_starts_the_clock_of_the_next_one(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    climbed(bench, timedelta(minutes=8), 1)
    bench.gate.decline("d1", by="dai", note=Note("I am off.", to="akari"))
    bench.alarms.clear()

    assert Standing.DECLINED is bench.gate.draft("d1").handoffs[0].standing
    assert [("remind: akari",)] == climbed(bench, timedelta(minutes=8), 1)


def test_t52_who_is_away_is_passed_over_and_both_names_are_kept(sqlite_url: str) -> None:
    """The desk was lent: whoever has it is told, in the event stand both, and the message says for whom."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    bench.gate.delegate("dai", to="fumi", until=NOON + HOUR, by="dai", note="At the dentist's.")

    bench.clock.forward(minutes=8)
    bench.gate.watch()

    assert [("d1", "remind", ("fumi",))] == [(each.draft_id, each.code, each.to) for each in bench.alarms]
    (event,) = events(bench.gate, "remind")
    assert (["fumi"], ["dai>fumi"]) == (event.data["who"], event.data["instead"])
    assert "Oi Dai" == bench.alarms[0].params["instead"]


def test_of_a_robot_its_operator_is_told(sqlite_url: str) -> None:
    """A program wrote it: the human who answers for it has it back."""
    bench = make_bench(sqlite_url, people=TEAM)
    submitted(bench.gate, by="writer")
    bench.gate.send_back("d1", by="ben", note="The year is wrong.")

    assert [("remind: akari",)] == [each for each in climbed(bench, 3 * HOUR, 8) if each][:1]


def test_a_reminder_that_was_overtaken_is_not_told(sqlite_url: str) -> None:
    """They took it over before the message left: nobody is bothered."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    bench.gate.withdraw(written(bench.gate, "d2", "Another text.").id, by="akari", note="No.")
    bench.clock.forward(minutes=8)
    office = bench.gate._office
    act = office.store.look(lambda txn: climbing.climb(office, txn, reading.load(txn, "d1", lock=False)))
    assert act is not None
    assert ["remind"] == [deed.code for deed in act()]
    bench.gate.acknowledge("d1", by="dai", read_back=seen(bench.gate))

    assert ({}, []) == (bench.gate.watch().count, told(bench))


# --- what waits although nothing was handed on


def test_what_was_taken_over_and_left_lying_comes_back(sqlite_url: str) -> None:
    """Ben took it over and did nothing: ben is reminded, then those in charge."""
    bench = make_bench(sqlite_url, people=TEAM)
    submitted(bench.gate)
    bench.gate.acknowledge("d1", by="ben")

    found = [each for each in climbed(bench, 3 * HOUR, 24) if each]

    assert [("remind: ben",), ("remind-due: akari",), ("remind-supervisor: akari, chie, dai",), ("remind-end: akari, chie, dai",)] == found


def test_what_may_leave_and_has_no_hour_is_somebodys(sqlite_url: str) -> None:
    """It was approved and nobody sends it: its author hears of it."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)

    assert [("remind: akari",)] == [each for each in climbed(bench, HOUR, 3) if each]
    assert State.APPROVED is bench.gate.draft("d1").state


def test_an_hour_that_is_to_come_bothers_nobody(sqlite_url: str) -> None:
    """Approved and waiting for its hour: that is no waiting for people."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at="2026-07-03 20:00 Asia/Tokyo")

    assert [()] * 8 == climbed(bench, 8 * HOUR, 8)


def test_a_text_that_is_not_submitted_is_its_authors(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    written(bench.gate)

    (first,) = [each for each in climbed(bench, 4 * HOUR, 4) if each]

    assert ("remind: akari",) == first


def test_whoever_does_something_has_all_the_time_again(sqlite_url: str) -> None:
    """A new text, and the ladder begins anew."""
    bench = make_bench(sqlite_url)
    written(bench.gate)
    climbed(bench, 4 * HOUR, 4)
    written(bench.gate, content="Another text.")

    assert [(), ()] == climbed(bench, 4 * HOUR, 2)
    assert () == bench.gate.draft("d1").ladder.told


def test_a_hold_that_nobody_lifts_comes_back(sqlite_url: str) -> None:
    """Its author is told at once; once taken over, those who could lift it, until they were all asked."""
    bench = make_bench(sqlite_url, people=TEAM)
    approved(bench.gate)
    bench.gate.hold("d1", by="dai", note="Wrong price.")

    first = climbed(bench, timedelta(minutes=1), 1)
    bench.gate.acknowledge("d1", by="akari")
    found = [each for each in climbed(bench, HOUR, 12) if each]

    assert [("remind: akari",)] == first
    assert ("remind: dai, chie",) == found[0]
    assert 4 == len(found)


@pytest.mark.parametrize(
    "lead",
    ["drafting", "checking", "approving", "approved", "approved and due", "held", "claimed", "sending", "unknown", "missed"],
)
def test_i8_nothing_waits_in_silence(sqlite_url: str, lead: str) -> None:
    """From every open state, after enough passes: somebody was told, or it has ended."""
    outbox = Outbox()
    bench = make_bench(sqlite_url, channels={"news": outbox}, people=TEAM)
    ways: dict[str, Callable[[], object]] = {
        "drafting": lambda: written(bench.gate),
        "checking": lambda: submitted(bench.gate),
        "approving": lambda: confirmed(bench.gate),
        "approved": lambda: approved(bench.gate),
        "approved and due": lambda: approved(bench.gate, send_at=TEN),
        "held": lambda: (approved(bench.gate), bench.gate.hold("d1", by="chie")),
        "claimed": lambda: _left(bench, State.CLAIMED),
        "sending": lambda: _left(bench, State.SENDING),
        "unknown": lambda: _left(bench, State.UNKNOWN),
        "missed": lambda: (approved(bench.gate, send_at=TEN), bench.clock.forward(hours=11)),
    }
    ways[lead]()
    bench.alarms.clear()

    for _ in range(12):
        bench.clock.forward(hours=8)
        bench.gate.watch()

    assert {"d1"} == {alarm.draft_id for alarm in bench.alarms}
    assert all(alarm.to for alarm in bench.alarms)
    assert 8 >= len(bench.alarms)  # and nobody drowns in it


def test_i8_the_walk_covers_every_open_state() -> None:
    """But those of bookings: tests/test_booking.py has them."""
    walked = {State.DRAFTING, State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED, State.SENDING, State.UNKNOWN, State.MISSED}

    assert {State.BOOKING, State.BOOKED} == {state for state in State if not state.over} - walked


def _left(bench: Bench, state: State) -> None:
    """A worker on another machine left it like this."""
    from tests.test_watch import _dies

    approved(bench.gate)
    if state is State.UNKNOWN:
        bench.outbox.answers.append(ConnectionError("gone"))
        bench.gate.send("d1", by="mailer")
    else:
        _dies(bench, after=1 if state is State.CLAIMED else 3)
    assert state is bench.gate.draft("d1").state


# --- still watching?


def watching(bench: Bench) -> None:
    """Dai has taken over a critical handoff of a draft that leaves in eight hours."""
    critical(bench, send_at=TEN)
    bench.gate.acknowledge("d1", by="dai", read_back=seen(bench.gate))
    bench.alarms.clear()


def test_who_still_watches_says_so_and_it_leaves(sqlite_url: str) -> None:
    """Asked an hour before and a quarter of an hour before; nobody else is bothered."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    watching(bench)

    early = climbed(bench, 2 * HOUR, 3)
    bench.clock.forward(hours=1)
    asked = bench.gate.watch(by="mailer").count
    said = bench.alarms.pop().explain("en")
    bench.gate.acknowledge("d1", by="dai")
    quiet = climbed(bench, timedelta(minutes=44), 1)
    again = climbed(bench, timedelta(minutes=2), 1)
    bench.gate.acknowledge("d1", by="dai")
    bench.clock.forward(minutes=14)
    sent = bench.gate.watch(by="mailer").of("sent")

    assert [(), (), ()] == early
    assert {"asked-still": 1, "told": 1} == asked
    assert "Still watching d1" in said
    assert [(), ("still: dai",)] == [*quiet, *again]
    assert ("d1",) == sent


@pytest.mark.parametrize("deaf", [False, True])
def test_f049_silence_takes_it_back_and_the_ladder_begins(store_url: str, deaf: bool) -> None:
    """No answer in time, or the question did not reach them: it is nobody's again, and does not leave."""
    bench = make_bench(store_url, rules=LEGAL, people=TEAM)
    watching(bench)
    bench.clock.forward(hours=7)
    bench.gate._office.alarm, alarm = _deaf if deaf else bench.gate._office.alarm, bench.gate._office.alarm
    bench.gate.watch(by="mailer")
    bench.gate._office.alarm = alarm

    if not deaf:
        bench.clock.forward(minutes=29)
        assert () == bench.gate.watch(by="mailer").of("reverted")
        bench.clock.forward(minutes=1)
    assert ("d1",) == bench.gate.watch(by="mailer").of("reverted")
    assert "handover-acknowledged" in bench.gate.decide("d1").blocked_by
    bench.alarms.clear()
    found = [each for each in climbed(bench, timedelta(minutes=2), 20) if each]

    assert ("remind: dai",) == found[0]
    assert [] == bench.outbox.got
    assert ["gate"] == [hold.by for hold in bench.gate.draft("d1").holds]


def test_who_takes_it_over_within_the_hour_is_not_asked_at_once(sqlite_url: str) -> None:
    """Their word is fresh; a quarter of an hour before it leaves they are asked all the same."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    critical(bench, send_at=TEN)
    bench.clock.forward(hours=7, minutes=10)
    bench.gate.acknowledge("d1", by="dai", read_back=seen(bench.gate))
    bench.alarms.clear()

    assert [(), (), (), ("still: dai",)] == climbed(bench, timedelta(minutes=9), 4)


def test_a_question_that_nobody_answered_before_it_was_held_is_not_asked_again(sqlite_url: str) -> None:
    """What is held does not leave: nobody has to watch it."""
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    watching(bench)
    bench.gate.hold("d1", by="akari", note="Wait.")
    bench.clock.forward(hours=7)

    assert () == bench.gate.watch().of("asked-still")


def test_to_say_that_one_watches_takes_over_what_else_is_handed_too(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=LEGAL, people=TEAM)
    watching(bench)
    bench.clock.forward(hours=7)
    bench.gate.watch()
    bench.gate.hold("d1", by="chie", note=Note("One moment.", to="dai"))

    bench.gate.acknowledge("d1", by="dai")

    assert () == bench.gate.draft("d1").handoffs
    assert 1 == len(events(bench.gate, "acknowledge")[-1].data["watching"])


# --- open items


def test_the_owner_of_an_open_item_hears_when_its_hour_is_past(sqlite_url: str) -> None:
    """Once; and not when it was done meanwhile."""
    bench = make_bench(sqlite_url)
    written(bench.gate)
    items = [OpenItem(text="Phone the printer.", owner=who, due=NOON + HOUR) for who in ("dai", "ben")]
    bench.gate.submit("d1", by="akari", note=Note("Please check.", items=items))

    early = bench.gate.watch().of("item-due")
    bench.clock.forward(hours=1)
    late = bench.gate.watch().of("item-due")
    again = bench.gate.watch().of("item-due")

    assert ((), ("d1", "d1"), ()) == (early, late, again)
    assert [("item-due", ("dai",)), ("item-due", ("ben",))] == [(code, to) for _, code, to in told(bench)]


def test_open_items_go_along_and_are_said_to_be_still_open_done_or_dropped(sqlite_url: str) -> None:
    """Carried three times they are shown as long carried."""
    bench = make_bench(sqlite_url)
    written(bench.gate)
    bench.gate.submit("d1", by="akari", note=Note("Check.", items=[OpenItem(text=text, owner="ben") for text in ("a", "b", "c")]))
    bench.gate.send_back("d1", by="ben", note=Note("The year. The picture is not wanted any more.", dropped=("i3-2",), still=("i3",)))
    bench.gate.submit("d1", by="akari", note=Note("Now.", done=("i3-3",)))
    bench.gate.confirm("d1", digest=bench.gate.draft("d1").digest, by="ben", note="Fine.")

    (item,) = bench.gate.draft("d1").items

    assert ("i3", LONG, True, NOON) == (item.id, item.carried, item.long, item.affirmed)
    assert not Item(id="i", text="", owner="ben", by="ben", at=NOON).long


def test_what_is_dropped_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        Note(dropped=("i1",))


def test_an_item_that_is_not_open_cannot_be_affirmed(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    written(bench.gate)

    with pytest.raises(Refused) as refused:
        bench.gate.submit("d1", by="akari", note=Note("Check.", still=("i9",)))
    assert "no-such-item" == refused.value.code


# --- to somebody outside

DESK = Outside(name="Ms Abe", ticket="R-17", phone="+81-3-0000-0000")


def outside(bench: Bench) -> None:
    """Approved by chie, who has told the distributor's desk."""
    text = confirmed(bench.gate, send_at=TEN)
    bench.gate.approve("d1", digest=text.digest, by="chie", note=Note("Told by phone.", to=DESK))
    bench.alarms.clear()


def test_what_was_handed_to_somebody_outside_is_its_senders_until_their_words_are_recorded(store_url: str) -> None:
    """Critical whatever the step; the reminder goes to the sender, with the number to phone."""
    bench = make_bench(store_url, people=TEAM)
    outside(bench)

    blocked = bench.gate.decide("d1").blocked_by
    turn = bench.gate.turn("d1")
    bench.clock.forward(minutes=8)
    bench.gate.watch()
    after = bench.gate.acknowledge(
        "d1", by="dai", heard=Heard(name="Abe", ticket="R-17", words="Ten, one reader.", recipients=1, send_at=TEN)
    )

    assert {"handover-acknowledged", "waiting-for-time"} == blocked
    assert (("chie",), "critical", DESK) == (turn.who, turn.waiting[0].tier, turn.waiting[0].handoff.outside)
    assert ["remind"] == [alarm.code for alarm in bench.alarms]
    assert "Ms Abe +81-3-0000-0000 R-17" in bench.alarms[0].explain("en")
    assert () == after.handoffs
    (event,) = events(bench.gate, "acknowledge")
    assert ("dai", "Ten, one reader.") == (event.actor, event.memo["heard"]["words"])
    assert "Abe" not in str(event.data)  # a name can be erased


@pytest.mark.parametrize(
    ("heard", "kinds"),
    [
        (Heard(name="Abe", ticket="R-18", words="Ten.", recipients=1, send_at=TEN), "ticket"),
        (Heard(name="Abe", ticket="R-17", words="350 of them.", recipients=350, send_at=TEN), "recipients"),
        (Heard(name="Abe", ticket="R-17", words="At once.", recipients=1), "send_at"),
    ],
)
def test_f049_what_they_said_otherwise_than_it_is_transfers_nothing_and_both_are_told(sqlite_url: str, heard: Heard, kinds: str) -> None:
    bench = make_bench(sqlite_url, people=TEAM)
    outside(bench)

    with pytest.raises(Refused) as refused:
        bench.gate.acknowledge("d1", by="dai", heard=heard)

    assert ("read-back-differs", kinds) == (refused.value.code, refused.value.params["kinds"])
    assert [("d1", "read-back-differs", ("dai", "chie"))] == told(bench)
    assert (1, heard.words) == (len(bench.gate.draft("d1").handoffs), events(bench.gate, "misread")[0].memo["heard"]["words"])


def test_without_a_ticket_of_ours_any_of_theirs_will_do(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, people=TEAM)
    text = confirmed(bench.gate, send_at=TEN)
    bench.gate.approve("d1", digest=text.digest, by="chie", note=Note("Told.", to=Outside(name="Abe")))

    bench.gate.acknowledge("d1", by="chie", heard=Heard(name="Abe", words="Yes.", recipients=1, send_at=TEN, ticket="Z"))

    assert bench.gate.decide("d1").blocked_by == {"waiting-for-time"}


@pytest.mark.parametrize(("words", "handed", "code"), [("Yes.", False, "nothing-outside"), (" ", True, "note-empty")])
def test_words_are_recorded_of_what_was_handed_and_only_words(sqlite_url: str, words: str, handed: bool, code: str) -> None:
    bench = make_bench(sqlite_url, people=TEAM)
    if handed:
        outside(bench)
    else:
        confirmed(bench.gate)

    with pytest.raises(Refused) as refused:
        bench.gate.acknowledge("d1", by="dai", heard=Heard(name="Abe", words=words, recipients=1))
    assert code == refused.value.code


def test_who_they_were_can_be_erased(sqlite_url: str) -> None:
    """The handoff stands, and says that it was somebody."""
    bench = make_bench(sqlite_url, people=TEAM)
    outside(bench)
    bench.gate._office.store.act(lambda txn: txn.connection.execute(update(tables.events).values(memo=None, salt=None)))

    (each,) = bench.gate.draft("d1").handoffs
    assert (Outside(name="?"), "@outside") == (each.outside, each.to)


def test_a_hold_may_be_handed_to_somebody_outside(sqlite_url: str) -> None:
    """Nothing in its note delays it."""
    bench = make_bench(sqlite_url, people=TEAM)
    approved(bench.gate)

    assert bench.gate.hold("d1", by="chie", note=Note("They will stop it.", to=DESK))
    assert DESK == bench.gate.draft("d1").handoffs[0].outside
