"""In a demo one person plays all: each command names as whom it is to be given."""

import pytest

from releasegate.decision.playing import as_played, player
from releasegate.model.draft import Draft
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.policy import Policy
from tests.building import PEOPLE, RULES, make_policy
from tests.by_hand import POLICY, draft

DEMO = make_policy('[gate]\nmode = "demo"\n' + RULES.replace("[channels.news]", '[channels.news]\nvia = "folder:sent"'))


def shut(*how: str, who: tuple[str, ...] = ("ben", "chie")) -> Blocker:
    return Blocker(code="approval-missing", kind=Kind.WAIT, name="eyes", params={"n": 1}, who=who, how=how, where="to", evidence="x")


def played(*how: str, who: tuple[str, ...] = ("ben", "chie"), policy: Policy = DEMO, of: Draft | None = None) -> tuple[str, ...]:
    """How it is said."""
    (found,) = as_played([shut(*how, who=who)], of or draft(), policy)
    assert shut(*found.how, who=who) == found  # nothing else is changed
    return found.how


def test_outside_of_a_demo_it_is_said_as_it_is() -> None:
    assert (shut("releasegate approve d1"),) == as_played([shut("releasegate approve d1")], draft(), POLICY)


@pytest.mark.parametrize(
    ("how", "who", "said"),
    [
        ("releasegate approve d1", ("ben", "chie"), "releasegate --as ben approve d1"),
        ("releasegate submit d1", ("akari",), "releasegate submit d1"),  # the first author is who one is
        ("releasegate submit d1", ("ben", "akari"), "releasegate --as ben submit d1"),
        ("releasegate settle d1", (), "releasegate settle d1"),
        ("Call them.", ("ben",), "Call them."),
        ("releasegate waive d1 mine", ("akari",), "releasegate --as ben waive d1 mine"),  # not the author, who mends it
        ("releasegate waive d1 mine", (), "releasegate --as ben waive d1 mine"),
        ("releasegate approve releasegate d1", ("ben",), "releasegate --as ben approve releasegate d1"),
    ],
)
def test_in_a_demo_it_names_somebody_who_can(how: str, who: tuple[str, ...], said: str) -> None:
    assert (said,) == played(how, who=who)


def test_each_of_several_ways_is_said_so() -> None:
    assert ("releasegate write d1 …", "releasegate --as ben waive d1 mine") == played(
        "releasegate write d1 …", "releasegate waive d1 mine", who=("akari",)
    )


@pytest.mark.parametrize(
    ("eyes", "said"),
    [
        (set(), "releasegate waive d1 mine"),  # akari herself, who is a checker
        ({"akari", "ben"}, "releasegate --as chie waive d1 mine"),
        ({"akari", "ben", "chie"}, "releasegate --as dai waive d1 mine"),  # the approvers after the checkers
        ({"akari", "ben", "chie", "dai"}, "releasegate waive d1 mine"),  # nobody can
    ],
)
def test_a_finding_is_let_stand_by_who_had_no_hand_in_it(eyes: set[str], said: str) -> None:
    assert (said,) == played("releasegate waive d1 mine", who=("akari",), of=draft(eyes=frozenset(eyes)))


def test_one_is_the_first_author_or_nobody() -> None:
    nobody = make_policy(people='[people]\nchie = { roles = ["checker"] }\n')

    assert ("akari", "ben", "") == (player(POLICY), player(make_policy(people=PEOPLE.replace('"author", "checker", ', ""))), player(nobody))
