"""What a hostile review called low, but quick: each line of it that concerns what stands."""

import keyword
from dataclasses import fields, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.mime.text import MIMEText
from typing import Any

import pytest

from releasegate.channels.mail import seal_mail
from releasegate.decision.deciding import Results, World, decide, people_part
from releasegate.decision.requirements import Result
from releasegate.gate import Gate
from releasegate.model.declared import Declared
from releasegate.model.draft import Draft
from releasegate.model.manifest import Manifest
from releasegate.model.schedule import Schedule
from releasegate.model.state import Action, State
from tests.building import MANIFEST, NOON, approved, make_bench, make_policy, submitted

LEGAL = '[channels.news]\n[[requirement]]\nname = "legal"\napprovers = 1\ngroup = "legal"\n[groups]\nlegal = ["chie", "dai"]\n'
OTHER: dict[str, Any] = {
    "count": 2,
    "reach": 2,
    "window": 7201,
    "schedule": Schedule(text="soon"),
    "utc": datetime(2026, 7, 1, tzinfo=UTC),
    "declared": Declared(count=1),
}


def test_no_verb_is_a_word_that_python_keeps_for_itself() -> None:
    """`gate.yield()` could never be called."""
    assert [] == [name for name in (*dir(Gate), *(action.value for action in Action)) if keyword.iskeyword(name)]


def test_only_what_is_satisfied_waived_or_not_asked_passes() -> None:
    """Not "the first two of the list": what is unsatisfied stands beside them."""
    assert {Result.SATISFIED, Result.WAIVED, Result.NOT_APPLICABLE} == {result for result in Result if result.passes}


def test_a_rule_whose_group_is_nowhere_shuts_the_gate(sqlite_url: str) -> None:
    """No policy that loads can say so; should one ever, it is said in words and nothing leaves."""
    gate = make_bench(sqlite_url, rules=LEGAL).gate
    draft = approved_by_legal(gate)
    policy = make_policy(LEGAL)
    object.__setattr__(policy, "groups", {})

    found = decide(gate.draft("d1"), policy, Results(), NOON, world=World(identity="outbox:test"))

    assert "requirement-error" in {blocker.code for blocker in found.blockers}
    assert ("legal" in found.blocked_by, found.open) == (True, False)
    assert (False, False) == people_part(draft, policy, NOON)


def approved_by_legal(gate: Gate) -> Draft:
    seen = submitted(gate)
    return gate.approve("d1", digest=seen.digest, by="chie", note="Read twice.")


@pytest.mark.parametrize("name", [field.name for field in fields(Manifest)])
def test_all_of_the_manifest_is_signed(name: str) -> None:
    """Whatever a manifest holds, another value of it is another text."""
    assert MANIFEST.digest != replace(MANIFEST, **{name: OTHER.get(name, "other")}).digest


@pytest.mark.parametrize("name", [field.name for field in fields(Schedule)])
def test_all_of_the_schedule_is_signed(name: str) -> None:
    """The words, the wall time, the zone, the instant, and what is wrong with them."""
    other = replace(MANIFEST.schedule, **{name: OTHER.get(name, "other")})

    assert MANIFEST.digest != replace(MANIFEST, schedule=other).digest


@pytest.mark.parametrize("kind", ["old", "new"])
def test_a_line_that_begins_with_from_is_sealed_as_it_was_written(kind: str) -> None:
    """Messages of the old kind put a bracket before it when they are written the usual way."""
    text = "Dear all,\nFrom tomorrow on the wing is open.\n"
    made = MIMEText(text) if kind == "old" else EmailMessage()
    if isinstance(made, EmailMessage):
        made.set_content(text)
    made["From"], made["To"], made["Subject"] = "news@pr.example", "reader@paper.example", "July"

    (parcel,) = seal_mail(made)

    assert parcel.body.endswith(b"Dear all,\r\nFrom tomorrow on the wing is open.\r\n")


def test_what_is_approved_can_be_taken_out_of_the_way_for_good(sqlite_url: str) -> None:
    """`rejected` has no state of its own: it is withdrawn, from every state in which nothing has left."""
    gate = make_bench(sqlite_url).gate
    approved(gate)

    assert State.WITHDRAWN is gate.withdraw("d1", by="dai", note="Not this one.").state


@pytest.mark.parametrize(("state", "code"), [(State.BOOKING, "in-progress"), (State.BOOKED, "booked")])
def test_what_is_booked_does_not_leave_by_another_way_too(sqlite_url: str, state: State, code: str) -> None:
    """It is on its way already, by somebody else's clock."""
    gate = make_bench(sqlite_url).gate
    draft = replace(approved(gate), state=state)

    assert code in decide(draft, make_policy(), Results(), NOON, world=World(identity="outbox:test")).blocked_by
