"""What lies on the desk: what each step hands on, to whom, with which words; and what takes it away again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from releasegate.decision.handoffs import Desk, signal_of
from releasegate.model.event import Event
from releasegate.model.handoff import Handoff, Item, Ladder, Signal, Standing
from releasegate.model.note import IfThen, Outside
from releasegate.model.state import State
from tests.building import NOON
from tests.by_hand import DIGEST, event, handoff

MINUTE = timedelta(minutes=1)


def desk(*handoffs: Handoff, taken: str = "") -> Desk:
    return Desk({each.id: each for each in handoffs}, {}, taken)


def after(event: Event, *handoffs: Handoff, to: State = State.APPROVING, taken: str = "", author: str = "akari") -> Desk:
    """The desk with these handoffs on it, after this event."""
    found = desk(*handoffs, taken=taken)
    found.take(event, author, to)
    return found


def handed(*steps: Any, to: State = State.APPROVING, **more: Any) -> tuple[str, ...]:  # noqa: ANN401 - what an event is made of
    """To whom this step hands on."""
    return tuple(each.to for each in after(event(*steps, **more), to=to).handoffs.values())


# --- what is handed on


def test_a_handoff_says_all_that_its_step_said() -> None:
    step = event(
        "submit",
        "ben",
        seq=4,
        minutes=2,
        data={"note": {"signal": "stop"}},
        note="Please check.",
        memo={"if_then": [{"when": "It rains", "then": "Wait"}]},
    )

    assert {
        "d1/n4": Handoff(
            id="d1/n4",
            kind="submit",
            sender="ben",
            to="checker",
            at=NOON + 2 * MINUTE,
            since=NOON + 2 * MINUTE,
            digest=DIGEST,
            text="Please check.",
            signal=Signal.STOP,
            if_then=(IfThen(when="It rains", then="Wait"),),
        )
    } == after(step, to=State.CHECKING).handoffs


@pytest.mark.parametrize(
    ("step", "state", "to"),
    [
        (("submit",), State.CHECKING, ("checker",)),
        (("submit",), State.APPROVING, ("approver",)),
        (("submit",), State.APPROVED, ()),
        (("confirm", "ben"), State.CHECKING, ("approver",)),
        (("hold", "ben"), State.APPROVED, ("akari",)),
        (("hold", "akari"), State.APPROVED, ("approver",)),  # nobody hands on to themselves
        (("send_back", "ben"), State.DRAFTING, ("akari",)),
        (("send_back", "akari"), State.DRAFTING, ("akari",)),
        (("approve", "chie"), State.APPROVING, ()),
        (("write",), State.DRAFTING, ()),
        (("submit",), State.WITHDRAWN, ()),  # what is over is handed to nobody
        (("confirm", "ben"), State.SENT, ()),
    ],
)
def test_a_step_hands_on_to_whoever_is_next(step: tuple[str, ...], state: State, to: tuple[str, ...]) -> None:
    assert to == handed(*step, to=state)


def test_a_note_hands_on_to_whom_it_names() -> None:
    assert ("dai",) == handed("approve", "chie", data={"note": {"to": "dai"}}) == handed("submit", data={"note": {"to": "dai"}})
    assert () == handed("approve", "chie", data={"note": {"to": ""}})


@pytest.mark.parametrize(("kind", "hold"), [("hold", "d1/h1"), ("lift", "")])
def test_only_a_holds_own_handoff_names_it(kind: str, hold: str) -> None:
    found = after(event(kind, "dai", data={"hold": "d1/h1", "note": {"to": "ben"}}))

    assert [hold] == [each.hold for each in found.handoffs.values()]


@pytest.mark.parametrize(
    ("kind", "signal"),
    [
        ("submit", Signal.CAUTION),
        ("send_back", Signal.STOP),
        ("hold", Signal.STOP),
        ("withdraw", Signal.STOP),
        ("confirm", Signal.GO),
        ("approve", Signal.GO),
        ("lift", Signal.GO),
    ],
)
def test_a_step_has_its_own_signal_until_its_note_says_another(kind: str, signal: Signal) -> None:
    assert (signal, signal, Signal.CAUTION) == (
        signal_of(event(kind)),
        signal_of(event(kind, data={"note": {"signal": ""}})),
        signal_of(event(kind, data={"note": {"signal": "caution"}})),
    )


# --- what takes it away


SUBMITTED = handoff("submit", "akari", "checker", id="d1/n1")
CONFIRMED = handoff("confirm", "ben", "approver", id="d1/n2")
RETURNED = handoff("send_back", "ben", "akari", id="d1/n3")
APPROVED = handoff("approve", "chie", "dai", id="d1/n4")
HELD = handoff("hold", "dai", "akari", id="d1/n5", hold="d1/h1")
LIFTED = handoff("lift", "dai", "approver", id="d1/n6")
ALL = (SUBMITTED, CONFIRMED, RETURNED, APPROVED, HELD, LIFTED)


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("write", {"hold", "lift"}),
        ("submit", {"hold", "lift"}),
        ("send_back", {"hold", "lift"}),
        ("pass", {"confirm", "send_back", "approve", "hold", "lift"}),
        ("ripen", {"send_back", "approve", "hold", "lift"}),
        ("lapse", {"submit", "confirm", "send_back", "approve", "hold", "lift"}),
        ("checked", {"submit", "confirm", "send_back", "approve", "hold", "lift"}),
    ],
)
def test_a_step_takes_away_what_it_has_done(kind: str, left: set[str]) -> None:
    found = after(event(kind, "gate", seq=9), *ALL)
    old = {each.id for each in ALL}

    assert left == {each.kind for name, each in found.handoffs.items() if name in old}


@pytest.mark.parametrize("state", [State.SENT, State.WITHDRAWN, State.STOPPED])
def test_what_is_over_leaves_nothing_on_the_desk(state: State) -> None:
    assert {} == after(event("settle", "dai", seq=9), *ALL, to=state).handoffs


@pytest.mark.parametrize(("hold", "left"), [("d1/h1", False), ("d1/h2", True), ("", True)])
def test_a_lift_takes_away_what_its_hold_handed_on(hold: str, *, left: bool) -> None:
    found = after(event("lift", "chie", seq=9, data={"hold": hold}), *ALL).handoffs

    assert left is ("d1/n5" in found)
    assert {"d1/n1", "d1/n2", "d1/n3", "d1/n4", "d1/n6"} <= found.keys()  # what no hold handed on is not this one's


@pytest.mark.parametrize("kind", ["confirm", "approve"])
@pytest.mark.parametrize(
    ("actor", "data", "left"),
    [
        ("ben", {}, False),
        ("chie", {}, True),
        ("chie", {"via": "ben"}, False),  # with ben's right
        ("ben", {"via": "dai"}, False),
    ],
)
def test_signing_takes_over_what_was_handed_to_oneself(kind: str, actor: str, data: dict[str, str], *, left: bool) -> None:
    named = handoff("submit", "akari", "ben", id="d1/n7")
    found = after(event(kind, actor, seq=9, data=data), named, SUBMITTED, handoff("submit", "akari", "", id="d1/n8")).handoffs

    assert left is ("d1/n7" in found)
    assert {"d1/n1", "d1/n8"} <= found.keys()  # a role's waits until the role's work is done


@pytest.mark.parametrize(("data", "left"), [({}, True), ({"read_back": {}}, True), ({"read_back": {"mark": "dddddddd"}}, False)])
def test_a_lift_is_taken_over_by_signing_only_when_it_is_read_back(data: dict[str, Any], *, left: bool) -> None:
    named = handoff("lift", "dai", "ben", id="d1/n7")

    assert left is ("d1/n7" in after(event("approve", "ben", seq=9, data=data), named).handoffs)
    assert "d1/n7" in after(event("waive", "ben", seq=9, data=data), named).handoffs


# --- who took it over


@pytest.mark.parametrize("kind", ["write", "submit", "pass", "send_back", "ripen", "lapse"])
def test_a_step_further_it_is_nobodys_any_more(kind: str) -> None:
    assert "" == after(event(kind, "gate", seq=9), taken="ben").taken


@pytest.mark.parametrize("kind", ["confirm", "approve", "hold", "checked"])
def test_until_then_it_stays_theirs(kind: str) -> None:
    assert "ben" == after(event(kind, "gate", seq=9), taken="ben").taken


@pytest.mark.parametrize(
    ("name", "taken"), [("d1/n1", "chie"), ("d1/n2", "chie"), ("d1/n3", "chie"), ("d1/n4", "chie"), ("d1/n5", "ben"), ("d1/n6", "ben")]
)
def test_who_takes_over_what_a_text_asks_for_has_it(name: str, taken: str) -> None:
    """What a hold or a lift hands on is no desk."""
    found = after(event("acknowledge", "chie", seq=9, data={"handoffs": [name]}), *ALL, taken="ben")

    assert (taken, {each.id for each in ALL} - {name}) == (found.taken, set(found.handoffs))


# --- question and answer


def spoken(kind: str, actor: str, *, on: Handoff, note: str = "", **data: Any) -> Handoff:  # noqa: ANN401 - what stands in an event
    """The handoff after this was said of it, and nothing else said."""
    found = after(event(kind, actor, seq=9, minutes=5, note=note, data={"handoffs": [on.id]} | data), on, HELD)
    assert HELD == found.handoffs[HELD.id]
    return found.handoffs[on.id]


def test_a_question_starts_the_senders_clock_and_an_answer_the_receivers() -> None:
    later = NOON + 5 * MINUTE
    asked = spoken("question", "ben", on=SUBMITTED, note="Which price?")
    both = spoken("question", "chie", on=asked, note="Whose?")
    again = spoken("question", "ben", on=both, note="Really?")

    usual: dict[str, Any] = {"id": "d1/n1", "since": later}
    assert handoff("submit", "akari", "checker", standing=Standing.ASKED, asked=("ben",), question="Which price?", **usual) == asked
    assert handoff("submit", "akari", "checker", standing=Standing.ASKED, asked=("ben", "chie"), question="Whose?", **usual) == both
    assert ("chie", "ben") == again.asked
    assert handoff("submit", "akari", "checker", **usual) == spoken("answer", "akari", on=again, note="Five euros.", holds=[])


def test_what_somebody_will_not_take_over_goes_to_the_next() -> None:
    """With nothing left of what was asked before."""
    asked = handoff("submit", "akari", "checker", standing=Standing.ASKED, asked=("ben",), question="Which price?")

    assert handoff("submit", "akari", "chie", id="d1/n1", since=NOON + 5 * MINUTE, standing=Standing.DECLINED) == spoken(
        "decline", "ben", on=asked, note="On leave.", next="chie"
    )


# --- open items


def items(*events: Event) -> dict[str, Item]:
    found = desk()
    for each in events:
        found.take(each, "akari", State.CHECKING)
    return found.items


def item(owner: str, due: str = "") -> dict[str, str]:
    return {"owner": owner, "due": due}


def test_open_items_are_numbered_by_their_event() -> None:
    """The first as the event, each further one beside it; their words stand elsewhere, and may be gone."""
    words = [{"text": "Ask legal.", "done_when": "They say yes."}, {"text": "Count again.", "done_when": ""}]
    step = event(
        "submit",
        "ben",
        seq=4,
        minutes=1,
        data={"note": {"items": [item("dai", "2026-07-01T03:00:00+00:00"), item("chie"), item("akari")]}},
        memo={"items": words},
    )
    usual: dict[str, Any] = {"by": "ben", "at": NOON + MINUTE}

    assert {
        "i4": Item(
            id="i4",
            text="Ask legal.",
            done_when="They say yes.",
            owner="dai",
            due=datetime.fromisoformat("2026-07-01T03:00+00:00"),
            **usual,
        ),
        "i4-2": Item(id="i4-2", text="Count again.", owner="chie", **usual),
        "i4-3": Item(id="i4-3", text="", owner="akari", **usual),
    } == items(step)


def test_an_item_is_done_when_somebody_says_so() -> None:
    first = event("submit", seq=1, data={"note": {"items": [item("dai"), item("chie")]}})
    done = event("confirm", "ben", seq=2, data={"note": {"done": ["i1", "i9"], "items": [item("ben")]}})

    assert ["i1-2", "i2"] == list(items(first, done))


def test_items_are_carried_from_hand_to_hand() -> None:
    """Each step that hands on carries what is still open; somebody says that it is, that it is done, or that it is dropped."""
    first = event("submit", seq=1, data={"note": {"items": [item("dai"), item("chie"), item("ben")]}})
    second = event("confirm", "ben", seq=2, minutes=1, data={"note": {"still": ["i1"], "dropped": ["i1-3", "i9"], "items": [item("ben")]}})

    assert {"i1": (1, NOON + MINUTE), "i1-2": (1, None), "i2": (0, None)} == {
        name: (each.carried, each.affirmed) for name, each in items(first, second).items()
    }


@pytest.mark.parametrize(
    ("kind", "carried"), [("submit", 1), ("confirm", 1), ("approve", 1), ("send_back", 1), ("lift", 1), ("hold", 0), ("ripen", 0)]
)
def test_only_a_step_that_hands_on_carries(kind: str, carried: int) -> None:
    first = event("submit", seq=1, data={"note": {"items": [item("dai")]}})

    assert [carried] == [each.carried for each in items(first, event(kind, "chie", seq=2, data={"hold": "d1/h1"})).values()]


# --- what was taken over


TAKEN = handoff("lift", "dai", "approver", id="d1/n6", taken_by="chie", taken=NOON)


def accepted(event: Event, *taken: Handoff, to: State = State.APPROVED) -> Desk:
    found = Desk({}, {}, "", {each.id: each for each in taken})
    found.take(event, "akari", to)
    return found


def test_what_is_taken_over_is_kept_with_whoever_took_it() -> None:
    found = after(event("acknowledge", "chie", seq=9, minutes=5, data={"handoffs": ["d1/n6"]}), LIFTED)

    assert ({}, {"d1/n6": replace(LIFTED, taken_by="chie", taken=NOON + 5 * MINUTE)}) == (found.handoffs, found.accepted)


@pytest.mark.parametrize(
    ("kind", "to", "left"),
    [
        ("settle", State.APPROVED, {"d1/n1", "d1/n6"}),
        ("settle", State.SENT, set()),
        ("write", State.DRAFTING, {"d1/n6"}),
        ("miss", State.MISSED, {"d1/n6"}),
    ],
)
def test_it_is_theirs_until_it_is_done_or_over(kind: str, to: State, left: set[str]) -> None:
    mine = replace(SUBMITTED, taken_by="ben", taken=NOON)

    assert left == accepted(event(kind, "gate", seq=9), mine, TAKEN, to=to).accepted.keys()


def test_whoever_still_watches_has_it_anew() -> None:
    """Somebody else may, too."""
    later = event("acknowledge", "dai", seq=9, minutes=5, data={"watching": ["d1/n6"]})

    assert {"d1/n6": replace(TAKEN, taken_by="dai", taken=NOON + 5 * MINUTE)} == accepted(later, TAKEN).accepted


def test_what_nobody_watches_any_more_is_handed_on_again() -> None:
    """As on its first day; what was not taken over is left alone."""
    pinged = replace(TAKEN, pinged=NOON, unheard=True, ladder=Ladder(told=("first",)))
    found = accepted(event("revert", "gate", seq=9, minutes=5, data={"handoff": "d1/n6"}), pinged, replace(TAKEN, id="d1/n7"))

    assert {"d1/n6": replace(LIFTED, since=NOON + 5 * MINUTE)} == found.handoffs
    assert {"d1/n7"} == found.accepted.keys()
    assert {} == accepted(event("revert", "gate", seq=9, data={"handoff": "d1/n9"}), TAKEN).handoffs


# --- what the gate does by itself


def told(kind: str, **step: str) -> Desk:
    """The desk after the gate told, asked, or reached nobody."""
    found = Desk({"d1/n1": SUBMITTED}, {}, "ben", {"d1/n6": replace(TAKEN, unheard=kind == "ping")}, NOON, Ladder(told=("first",)))
    found.items["i1"] = Item(id="i1", text="", owner="dai", by="ben", at=NOON)
    found.take(event(kind, "gate", seq=9, minutes=5, data={"step": step}), "akari", State.APPROVING)
    assert ("ben", NOON) == (found.taken, found.moved)  # whose turn it was, it is still
    return found


def test_who_is_asked_and_who_did_not_hear_it_is_remembered() -> None:
    assert replace(TAKEN, pinged=NOON + 5 * MINUTE) == told("ping", handoff="d1/n6").accepted["d1/n6"]
    assert replace(TAKEN, unheard=True) == told("untold", handoff="d1/n6").accepted["d1/n6"]
    assert [False, True] == [told("remind", item=name).items["i1"].reminded for name in ("i9", "i1")]


def test_the_ladder_is_climbed_rung_by_rung() -> None:
    """That of a handoff, or the desk's own where nothing was handed on."""
    of_one = told("remind", handoff="d1/n1", rung="first")
    unheard = told("untold", handoff="d1/n1", rung="first")

    assert Ladder(told=("first",), at=NOON + 5 * MINUTE) == of_one.handoffs["d1/n1"].ladder
    assert Ladder(untold=("first",)) == unheard.handoffs["d1/n1"].ladder
    assert Ladder(told=("first",)) == of_one.ladder == unheard.ladder
    assert Ladder(told=("first", "due"), at=NOON + 5 * MINUTE) == told("remind", rung="due").ladder
    assert Ladder(told=("first",), untold=("due",)) == told("untold", rung="due").ladder
    assert Ladder(told=("first",)) == told("remind").ladder == told("remind", handoff="d1/n9", rung="due").ladder == told("checked").ladder


def test_whoever_does_something_begins_the_ladder_anew() -> None:
    found = Desk({}, {}, "", {}, NOON, Ladder(told=("first",)))
    found.take(event("hold", "dai", seq=9, minutes=5, data={"hold": "d1/h1"}), "akari", State.APPROVING)

    assert (NOON + 5 * MINUTE, Ladder()) == (found.moved, found.ladder)


# --- somebody outside


@pytest.mark.parametrize(
    ("memo", "who"),
    [({"outside": {"name": "Desk 4", "ticket": "T-9"}}, Outside(name="Desk 4", ticket="T-9")), ({}, Outside(name="?"))],
)
def test_what_goes_outside_names_whom_unless_that_was_erased(memo: dict[str, Any], who: Outside) -> None:
    found = after(event("approve", "chie", seq=9, data={"note": {"to": "@outside"}}, memo=memo)).handoffs["d1/n9"]
    inside = after(event("approve", "chie", seq=9, data={"note": {"to": "dai"}}, memo=memo)).handoffs["d1/n9"]

    assert ("@outside", who, None) == (found.to, found.outside, inside.outside)
    assert None is spoken("decline", "chie", on=replace(found, id="d1/n1"), next="dai").outside
