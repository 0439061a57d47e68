"""From events to a draft: each event's effect, and that one more event on a draft is the same as all of them anew."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from releasegate.decision.folding import Surroundings, extend, fold
from releasegate.model.declared import Declared
from releasegate.model.draft import Draft, Hold, Signature, Tally, Twin, Waiver
from releasegate.model.event import Event
from releasegate.model.handoff import Item, Ladder
from releasegate.model.state import Role, State
from tests.building import MANIFEST, NOON
from tests.by_hand import DIGEST, HOUR, event, hour

AROUND = Surroundings(manifest=MANIFEST)
MINUTE = timedelta(minutes=1)
WRITE = event("write", data={"to": "drafting"})
SUBMIT = event("submit", seq=2, minutes=1, data={"to": "checking"}, note="Please check.")
CONFIRM = event("confirm", "ben", seq=3, minutes=2, data={"to": "checking", "rules": "r1"}, note="Names are right.")
PASS = event("pass", "gate", seq=4, minutes=2, data={"to": "approving"})
APPROVE = event("approve", "chie", seq=5, minutes=3, data={"to": "approving", "rules": "r1"}, note="Read twice.")
RIPEN = event("ripen", "gate", seq=6, minutes=4, data={"to": "approved"})
STORY = (WRITE, SUBMIT, CONFIRM, PASS, APPROVE, RIPEN)


def told(*events: Event, around: Surroundings = AROUND) -> Draft:
    """The draft that these tell of; the same, should only the last one be new."""
    whole = fold(events, around)
    if len(events) > 1:
        assert whole == extend(fold(events[:-1], around), events[-1], around)
    return whole


def test_the_whole_story() -> None:
    by_ben = Signature(by="ben", role=Role.CHECKER, digest=DIGEST, rules="r1", round=1, at=NOON + 2 * MINUTE, seq=3, seen=DIGEST)
    by_chie = Signature(by="chie", role=Role.APPROVER, digest=DIGEST, rules="r1", round=1, at=NOON + 3 * MINUTE, seq=5, seen=DIGEST)

    assert Draft(
        id="d1",
        channel="news",
        title="July",
        state=State.APPROVED,
        digest=DIGEST,
        reach=1,
        writers=("akari",),
        eyes=frozenset({"akari"}),
        author="akari",
        window=7200,
        sender="news@pr.example",
        identity="outbox:test",
        meant="live",
        count=1,
        round=1,
        seq=6,
        signatures=(by_ben, by_chie),
        opened=NOON + 4 * MINUTE,
        since=NOON + 4 * MINUTE,
        written=NOON,
        desk="akari",
        moved=NOON + 4 * MINUTE,
    ) == told(*STORY)


def test_step_by_step_it_is_the_same() -> None:
    """With everything in it that an event can leave behind."""
    rich = (
        WRITE,
        event("hold", "dai", seq=2, data={"hold": "d1/h1", "owed": True}),
        event("waive", "dai", seq=3, data={"name": "mine", "rules": "r1"}),
        event("submit", seq=4, data={"to": "checking", "note": {"items": [{"owner": "ben", "due": ""}]}}),
        event("acknowledge", "ben", seq=5, data={"handoffs": ["d1/n4"]}),
        event("confirm", "ben", seq=6, minutes=5, data={"rules": "r1"}),
        event("carry", "gate", seq=7, data={"role": "approver", "by": "chie", "at": NOON.isoformat(), "rules": "r1"}),
    )
    step = fold(rich[:1], AROUND)
    for number in range(2, len(rich) + 1):
        step = extend(step, rich[number - 1], AROUND)
        assert fold(rich[:number], AROUND) == step
    assert (1, 1, 1, 2, "ben") == (len(step.holds), len(step.waivers), len(step.items), len(step.signatures), step.taken)


def test_what_stands_beside_its_events_stands_in_it() -> None:
    manifest = replace(
        MANIFEST, channel="web", title="August", reach=9, count=4, sender="s", identity="i", meant="drill", window=60, schedule=hour()
    )
    around = Surroundings(
        manifest=replace(manifest, declared=Declared(count=9)),
        tally=Tally(waiting=9),
        twins=(Twin(draft_id="t", kind="sent", at=NOON),),
        epoch=3,
        lease=NOON,
        faults=("seal",),
        others=frozenset({"chie"}),
    )
    found = told(WRITE, around=around)

    assert ("web", "August", 9, 4, "s", "i", "drill", 60, hour(), Declared(count=9)) == (
        found.channel,
        found.title,
        found.reach,
        found.count,
        found.sender,
        found.identity,
        found.meant,
        found.window,
        found.schedule,
        found.declared,
    )
    assert (around.tally, around.twins, 3, NOON, ("seal",), frozenset({"akari", "chie"}), ("akari",)) == (
        found.tally,
        found.twins,
        found.epoch,
        found.lease,
        found.faults,
        found.eyes,
        found.writers,
    )


def test_of_nothing_nothing_is_told() -> None:
    """A draft that nobody wrote."""
    bare = fold((), AROUND)

    assert ("", 0, 0, "", State.DRAFTING, "", None, None, None, "", ()) == (
        bare.id,
        bare.seq,
        bare.round,
        bare.digest,
        bare.state,
        bare.author,
        bare.since,
        bare.written,
        bare.opened,
        bare.desk,
        bare.writers,
    )


def test_the_last_event_says_which_text_and_round() -> None:
    found = told(WRITE, event("write", "ben", seq=2, minutes=5, round=2, digest="e" * 64, draft_id="d2"))

    assert ("d2", 2, 2, "e" * 64, "ben", ("akari", "ben"), frozenset({"akari", "ben"})) == (
        found.id,
        found.seq,
        found.round,
        found.digest,
        found.author,
        found.writers,
        found.eyes,
    )


# --- since when


def test_since_is_when_it_came_into_its_state_or_was_written_anew() -> None:
    same = event("checked", "gate", seq=2, minutes=1)
    again = event("write", seq=2, minutes=2, data={"to": "drafting"})

    assert [NOON, NOON + MINUTE, NOON + 2 * MINUTE] == [told(WRITE, each).since for each in (same, SUBMIT, again)]


@pytest.mark.parametrize("kind", ["ripen", "approve", "lift", "waive", "settle", "carry"])
def test_what_opens_the_way_is_remembered(kind: str) -> None:
    data = {"rules": "r1", "name": "mine", "hold": "d1/h9", "role": "approver", "by": "chie", "at": NOON.isoformat()}

    assert NOON + 7 * MINUTE == told(*STORY, event(kind, "dai", seq=7, minutes=7, data=data)).opened


@pytest.mark.parametrize("kind", ["confirm", "hold", "submit", "revoke", "checked"])
def test_what_does_not_open_the_way_is_not(kind: str) -> None:
    data = {"rules": "r1", "hold": "d1/h9"}

    assert NOON + 4 * MINUTE == told(*STORY, event(kind, "dai", seq=7, minutes=7, data=data)).opened


def test_a_new_text_is_written_then_and_not_opened_any_more() -> None:
    found = told(*STORY, event("write", "ben", seq=7, minutes=7, data={"to": "drafting"}))

    assert (None, NOON + 7 * MINUTE, State.DRAFTING) == (found.opened, found.written, found.state)


# --- whose eyes


def test_who_writes_and_who_submits_had_a_hand_in_it() -> None:
    """By the eyes they were known by then; nobody else."""
    by_robot = event("write", "writer", data={"eyes": "akari"})
    found = told(by_robot, event("submit", "ben", seq=2), event("confirm", "chie", seq=3, data={"rules": "r1", "eyes": "no"}))

    assert (("writer", "ben"), frozenset({"akari", "ben"})) == (found.writers, found.eyes)


# --- signatures


def test_a_signature_says_all_that_it_was_given_with() -> None:
    given = event("approve", "chie", seq=7, data={"rules": "r2", "via": "dai", "seen": "e" * 64}, round=3)

    assert (
        Signature(by="chie", role=Role.APPROVER, digest=DIGEST, rules="r2", round=3, at=NOON, seq=7, via="dai", seen="e" * 64),
    ) == told(WRITE, given).signatures


def test_a_carried_signature_is_its_owners() -> None:
    data = {
        "role": "checker",
        "by": "ben",
        "at": (NOON - HOUR).isoformat(),
        "rules": "r1",
        "via": "chie",
        "for": ["eyes"],
        "seen": "e" * 64,
    }
    expected = Signature(
        by="ben",
        role=Role.CHECKER,
        digest=DIGEST,
        rules="r1",
        round=1,
        at=NOON - HOUR,
        seq=2,
        via="chie",
        carried=True,
        carried_for=("eyes",),
        seen="e" * 64,
    )

    assert (expected,) == told(WRITE, event("carry", "gate", seq=2, minutes=9, data=data)).signatures
    bare = {name: data[name] for name in ("role", "by", "at", "rules")}
    assert replace(expected, via="", carried_for=(), seen=DIGEST) == told(WRITE, event("carry", "gate", seq=2, data=bare)).signatures[0]


def signatures(*events: Event) -> list[tuple[str, Role, int, int]]:
    """Who, as what, in which round, by which event."""
    return [(each.by, each.role, each.round, each.seq) for each in told(WRITE, *events).signatures]


def test_a_newer_signature_takes_the_place_of_the_same_persons_older_one() -> None:
    """In the same role and round; beside any other it stands."""
    rules = {"rules": "r1"}
    first = event("confirm", "chie", seq=2, data=rules)

    assert [("chie", Role.CHECKER, 1, 3)] == signatures(first, event("confirm", "chie", seq=3, data=rules))
    assert 2 == len(signatures(first, event("approve", "chie", seq=3, data=rules)))
    assert 2 == len(signatures(first, event("confirm", "ben", seq=3, data=rules)))
    assert 2 == len(signatures(first, event("confirm", "chie", seq=3, round=2, data=rules)))


def test_who_takes_it_back_takes_all_of_theirs_on_this_text() -> None:
    rules = {"rules": "r1"}
    given = (
        event("confirm", "chie", seq=2, data=rules),
        event("approve", "chie", seq=3, data=rules),
        event("confirm", "ben", seq=4, data=rules),
        event("confirm", "chie", seq=5, round=2, digest="e" * 64, data=rules),
    )
    left = [("ben", Role.CHECKER, 1, 4), ("chie", Role.CHECKER, 2, 5)]

    assert left == signatures(*given, event("revoke", "chie", seq=6, round=2))
    assert 4 == len(signatures(*given, event("revoke", "dai", seq=6)))
    assert 4 == len(signatures(*given, event("checked", "chie", seq=6)))


# --- waivers


def test_a_waiver_says_what_was_seen() -> None:
    data = {"name": "mine", "rules": "r1", "findings": ["a", "b"]}
    found = told(
        WRITE,
        event("waive", "dai", seq=2, minutes=3, round=4, data=data),
        event("waive", "chie", seq=3, data={"name": "eyes", "rules": "r1"}),
    )

    assert (
        Waiver(name="mine", by="dai", digest=DIGEST, rules="r1", round=4, at=NOON + 3 * MINUTE, findings=frozenset({"a", "b"})),
        Waiver(name="eyes", by="chie", digest=DIGEST, rules="r1", round=1, at=NOON),
    ) == found.waivers


# --- holds


def holds(*events: Event) -> tuple[Hold, ...]:
    found = told(WRITE, *events)
    assert found.hold_count == len(found.holds)
    return found.holds


def test_holds_come_and_go_one_by_one() -> None:
    first = event("hold", "dai", seq=2, minutes=1, data={"hold": "d1/h1"}, note="Wait.")
    second = event("hold", "ben", seq=3, minutes=2, data={"hold": "d1/h2", "owed": True, "final": True})
    kept = (
        Hold(id="d1/h1", by="dai", at=NOON + MINUTE, note="Wait."),
        Hold(id="d1/h2", by="ben", at=NOON + 2 * MINUTE, owed=True, final=True),
    )

    assert kept == holds(first, second)
    assert kept[1:] == holds(first, second, event("lift", "chie", seq=4, data={"hold": "d1/h1"}))
    assert kept == holds(first, second, event("lift", "chie", seq=4, data={"hold": "d1/h9"}))


def test_an_answer_pays_the_word_that_a_hold_owes() -> None:
    first = event("hold", "dai", seq=2, data={"hold": "d1/h1", "owed": True, "final": True})
    second = event("hold", "dai", seq=3, data={"hold": "d1/h2", "owed": True})
    answer = event("answer", "dai", seq=4, minutes=5, data={"holds": ["d1/h1"]}, note="The price is wrong.")

    assert (
        Hold(id="d1/h1", by="dai", at=NOON, note="The price is wrong.", final=True),
        Hold(id="d1/h2", by="dai", at=NOON, owed=True),
    ) == holds(first, second, answer)


# --- the desk


def desk(state: State, *, taken: str = "") -> str:
    """Whose desk it lies on in this state."""
    events: Iterable[Event] = (WRITE, event("submit", seq=2, data={"to": "checking"}))
    if taken:
        events = (*events, event("acknowledge", taken, seq=3, data={"handoffs": ["d1/n2"]}))
    return told(*events, event("moved", "gate", seq=4, data={"to": state.value})).desk


@pytest.mark.parametrize("state", list(State))
def test_it_lies_on_the_desk_of_whose_step_it_is(state: State) -> None:
    """The checkers', the approvers', else its author's; nobody's when it is over; and whoever took it over has it."""
    usual = {State.CHECKING: "checker", State.APPROVING: "approver", State.SENT: "", State.STOPPED: "", State.WITHDRAWN: ""}

    assert usual.get(state, "akari") == desk(state)
    assert ("" if state.over else "ben") == desk(state, taken="ben")


def test_what_was_handed_on_and_taken_over_stands_in_it() -> None:
    found = told(WRITE, event("submit", seq=2, data={"to": "checking", "note": {"items": [{"owner": "ben", "due": None}]}}))

    assert [("d1/n2", "checker")] == [(each.id, each.to) for each in found.handoffs]
    assert ["akari"] == [each.to for each in told(WRITE, event("hold", "dai", seq=2, data={"hold": "d1/h1"})).handoffs]
    assert (Item(id="i2", text="", owner="ben", by="akari", at=NOON),) == found.items
    assert "" == found.taken


def test_a_proof_counts_once() -> None:
    """Given before, and perhaps taken back since: the same proof again is none."""
    data = {"rules": "r1", "proof": "p1", "said": "s1"}
    given = event("confirm", "ben", seq=2, data=data)
    again = event("confirm", "ben", seq=3, data={**data, "said": "s2"})
    other = event("approve", "chie", seq=4, data={"rules": "r1", "proof": "p2"})

    assert [("p1", "s1")] == [(each.proof, each.said) for each in told(WRITE, given).signatures]
    assert [("", "s2"), ("p2", "")] == [(each.proof, each.said) for each in told(WRITE, given, again, other).signatures]
    assert (frozenset({"p1", "p2"}), frozenset[str]()) == (told(WRITE, given, again, other).proofs, told(*STORY).proofs)


def test_what_was_taken_over_and_told_of_stands_in_it() -> None:
    submit = event("submit", seq=2, data={"to": "checking"})
    taken = event("acknowledge", "ben", seq=3, minutes=3, data={"handoffs": ["d1/n2"]})
    remind = event("remind", "gate", seq=4, minutes=9, data={"step": {"rung": "first"}})
    found = told(WRITE, submit, taken, remind, event("checked", "gate", seq=5))

    assert (["ben"], NOON + 3 * MINUTE, Ladder(told=("first",), at=NOON + 9 * MINUTE)) == (
        [each.taken_by for each in found.accepted],
        found.moved,
        found.ladder,
    )
