"""`untested` names what could be taken out of a policy file, and no case would notice."""

import pytest

from releasegate.errors import CaseError
from releasegate.policy.policy import Policy
from releasegate.testing import Case, untested
from tests.building import PEOPLE, make_policy

TWO, LEGAL, LARGE, AGAIN = "two pairs of eyes", "legal approves", "two approvers", "again"

GOOD = Case("signed by two", "news", by="akari", confirmed="ben", approved="chie")
HELD = Case("held", "news", by="akari", confirmed="ben", approved="chie", held=True, blocked_by="hold-active")
UNREAD = Case("nobody confirmed", "news", by="akari", approved="chie", blocked_by=TWO)
UNAPPROVED = Case("nobody approved", "news", by="akari", confirmed="ben", blocked_by=TWO)
NEWS = make_policy()


def ruled(rule: str, *, channels: str = "[channels.news]", people: str = PEOPLE) -> Policy:
    """A policy of this one requirement."""
    return make_policy(f'[groups]\nlegal = ["dai"]\n{channels}\n[[requirement]]\n{rule}', people=people)


def test_whatever_the_file_asks_for_was_seen() -> None:
    assert [] == _two(GOOD, UNREAD, UNAPPROVED)


def test_a_requirement_that_no_case_meets_is_named() -> None:
    assert [
        f"{TWO}: no case sees it say yes; add one in which it is confirmed by 1 and approved by 1",
        "channel news: no case lets anything leave there; add one with an empty blocked_by",
    ] == _two(UNREAD, UNAPPROVED)


def test_a_requirement_that_no_case_breaks_is_named() -> None:
    """A hold keeps it back too, but is no rule of the file."""
    assert [f"{TWO}: no case sees it say no; add one with blocked_by={{'{TWO}'}}"] == _two(GOOD, HELD)


def test_a_channel_that_keeps_nothing_back_is_named() -> None:
    assert "channel news: no case keeps anything back there; add one with a blocked_by" == _two(GOOD)[-1]


def test_an_ungated_channel_needs_no_case() -> None:
    policy = make_policy("[channels.news]\n[channels.system]\ngated = false\nmost = 3\n" + _TWO_RULE)

    assert [] == untested(policy, [GOOD, UNREAD, UNAPPROVED])


def test_each_place_is_seen_empty_while_the_others_are_filled() -> None:
    """That both are missing does not show that both are asked for."""
    neither = Case("nobody signed", "news", by="akari", blocked_by=TWO)

    assert [
        f"{TWO}: no case would notice one less in checkers; add one with 0 of 1 and everybody else",
        f"{TWO}: no case would notice one less in approvers; add one with 0 of 1 and everybody else",
    ] == _two(GOOD, neither)
    assert [f"{TWO}: no case would notice one less in checkers; add one with 0 of 1 and everybody else"] == _two(GOOD, UNAPPROVED)


def test_of_two_places_one_is_seen_empty() -> None:
    policy = ruled(f'name = "{LARGE}"\napprovers = 2')
    both = Case("both", "news", by="ben", approved=["chie", "dai"])
    none, one = (Case(str(who), "news", by="ben", approved=who, blocked_by=LARGE) for who in ([], ["chie"]))

    assert [f"{LARGE}: no case would notice one less in approvers; add one with 1 of 2"] == untested(policy, [both, none])
    assert [] == untested(policy, [both, one])


def test_a_group_is_seen_refusing_those_outside() -> None:
    policy = ruled(f'name = "{LEGAL}"\napprovers = 1\ngroup = "legal"')
    dai, chie, nobody = (Case(str(who), "news", by="akari", approved=who) for who in ("dai", "chie", ()))

    missing = f"{LEGAL}: no case would notice that group 'legal' is gone; add one that others sign, with the same roles"
    assert [missing] == untested(policy, [dai, nobody])
    assert [] == untested(policy, [dai, chie])
    assert f"{LEGAL}: no case sees it say yes; add one in which it is approved by 1 of group legal" == untested(policy, [chie])[0]


def test_each_channel_that_a_requirement_names_is_seen() -> None:
    """A name that falls out of the list is a rule that is gone there."""
    anyway = '[[requirement]]\nname = "always"\napprovers = 1'
    policy = ruled(f'name = "read"\nchannels = ["news", "press"]\ncheckers = 1\n{anyway}', channels="[channels.news]\n[channels.press]")
    good = [Case(f"good {name}", name, by="akari", confirmed="ben", approved="chie") for name in ("news", "press")]
    always = [Case(f"not approved {name}", name, by="akari", confirmed="ben", blocked_by="always") for name in ("news", "press")]
    unread = [Case(f"not read {name}", name, by="akari", blocked_by={"read", "always"}) for name in ("news", "press")]

    missing = "read: no case would notice that it no longer applies to 'press'; add one there that it keeps back"
    assert [missing] == untested(policy, [*good, *always, unread[0]])
    assert [] == untested(policy, [*good, *always, *unread])


def test_a_pause_is_seen_to_be_too_short() -> None:
    mika = '[people]\nmika = { roles = ["author", "approver"] }\ndai = { kind = "robot", operator = "mika" }'
    policy = ruled(f'name = "{AGAIN}"\nsecond_look = "10m"', people=mika)
    late, soon, never = (
        Case("late", "news", by="mika", approved="mika", pause="10m"),
        Case("soon", "news", by="mika", approved="mika", pause="9m", blocked_by=AGAIN),
        Case("never", "news", by="mika", blocked_by=AGAIN),
    )

    assert [f"{AGAIN}: no case is approved before 10m are over; add one with a shorter pause"] == untested(policy, [late, never])
    assert [] == untested(policy, [late, soon])
    assert f"{AGAIN}: no case sees it say yes; add one in which it is approved after the pause" == untested(policy, [soon])[0]


def test_a_signature_is_seen_to_age() -> None:
    policy = ruled('name = "fresh"\napprovers = 1\nvalid_for = "3d"')
    good, nobody, old = (
        Case("good", "news", by="akari", approved="chie"),
        Case("nobody", "news", by="akari", blocked_by="fresh"),
        Case("old", "news", by="akari", approved="chie", age="3d", blocked_by="fresh"),
    )

    assert ["fresh: no case sees a signature age; add one with age='3d'"] == untested(policy, [good, nobody])
    assert [] == untested(policy, [good, old])


@pytest.mark.parametrize(
    ("votes", "missing"),
    [
        ("{ approvers = 1 }", []),
        ("{ approvers = 2 }", ["large: no case would notice one vote less of approvers; add one with 1 of 2 in waived="]),
        ("{ checkers = 1, approvers = 1 }", ["large: no case would notice one vote less of approvers; add one with 0 of 1 in waived="]),
    ],
)
def test_a_waiver_is_seen_with_its_votes_and_with_one_less(votes: str, missing: list[str]) -> None:
    policy = ruled(f'name = "large"\napprovers = 1\nwaivable_by = {votes}')
    good = Case("good", "news", by="akari", approved="dai")
    nobody = Case("nobody", "news", by="akari", blocked_by="large")
    waived = Case("waived", "news", by="akari", waived={"large": ["ben", "chie", "dai"]})
    one = Case("one vote", "news", by="akari", waived={"large": "dai"}, blocked_by="large")

    assert ["large: no case sees it waived; add one with waived=", *missing] == _but_checkers(untested(policy, [good, nobody]))
    assert missing == _but_checkers(untested(policy, [good, nobody, waived]))
    ben = Case("one checker", "news", by="akari", waived={"large": "ben"})
    assert [] == untested(policy, [good, nobody, waived, one, ben])


def _but_checkers(said: list[str]) -> list[str]:
    return [each for each in said if "less of checkers" not in each]


def test_a_rule_that_a_case_expects_and_the_file_has_not_is_named() -> None:
    """The requirement was taken away, or its name was mistyped."""
    gone = Case("press without legal", "news", by="akari", confirmed="ben", approved="chie", blocked_by={LEGAL})
    typed = Case("typed in a hurry", "news", by="akari", blocked_by={"two pair of eyes"})

    assert [
        f"{LEGAL}: case 'press without legal' expects it; the policy has no such requirement, and the gate no such rule",
        f"two pair of eyes: case 'typed in a hurry' expects it; did you mean '{TWO}'?",
    ] == _two(GOOD, UNREAD, UNAPPROVED, HELD, gone, typed)


def test_without_a_case_everything_is_untested() -> None:
    assert [TWO, TWO, "channel news", "channel news"] == [each.partition(":")[0] for each in untested(NEWS, [])]


def test_without_a_requirement_a_channel_never_opens() -> None:
    policy = make_policy("[channels.news]")

    assert ["channel news: no case lets anything leave there; add one with an empty blocked_by"] == untested(policy, [_none()])


def test_a_case_that_cannot_be_judged_is_no_coverage() -> None:
    with pytest.raises(CaseError, match="no person 'akri'"):
        _two(Case("typed in a hurry", "news", by="akri"))


def test_cases_may_come_from_a_generator() -> None:
    assert [] == untested(NEWS, (each for each in (GOOD, UNREAD, UNAPPROVED)))


_TWO_RULE = f'[[requirement]]\nname = "{TWO}"\ncheckers = 1\napprovers = 1'


def _two(*cases: Case) -> list[str]:
    return untested(NEWS, cases)


def _none() -> Case:
    return Case("no rule at all", "news", by="akari", blocked_by="no-requirement")
