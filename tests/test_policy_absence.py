from collections.abc import Sequence
from itertools import combinations, permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.policy import Gap, Policy, absences, can_be_signed, remarks
from releasegate.policy.absence import can_meet, dead_ends
from releasegate.policy.matching import assign

TEAM = Policy.load(Path(__file__).parent / "data" / "policy_team.toml")
SOLO = Policy.load(Path(__file__).parent / "data" / "policy_solo.toml")
ROLES = ["author", "checker", "approver"]
LIST = "list-changed-since-approval"


def policy(people: dict[str, list[str]], *rules: dict[str, object], **more: object) -> Policy:
    data = {"version": 1, "channels": {"press": {}}, **more, "people": {name: {"roles": roles} for name, roles in people.items()}}
    return Policy.from_dict(data | {"requirement": [{"name": f"r{number}", **rule} for number, rule in enumerate(rules, 1)]})


def test_a_team_of_four_that_is_complete_can_sign() -> None:
    assert () == can_be_signed(TEAM, "press", frozenset({"akari"}))


def test_a_comma_mended_by_the_second_checker_leaves_one() -> None:
    assert () == can_be_signed(TEAM, "press", frozenset({"akari", "ben"}))
    assert ("two pairs of eyes",) == can_be_signed(TEAM, "press", frozenset({"akari", "ben", "chie"}))


def test_who_is_barred_by_an_alias_or_a_robot_is_barred() -> None:
    pair = policy({"ben": ["checker"], "chie": ["approver"]}, {"checkers": 1, "approvers": 1})
    data = pair.to_dict()
    data["people"]["ben"]["also"] = ["os:ben"]
    data["people"]["bot"] = {"kind": "robot", "operator": "chie", "roles": ["author"]}
    named = Policy.from_dict(data)

    assert ("r1",) == can_be_signed(named, "press", frozenset({"os:ben"}))
    assert ("r1",) == can_be_signed(named, "press", frozenset({"bot"}))
    assert () == can_be_signed(named, "press", frozenset({"stranger"}))


def test_the_group_is_one_person() -> None:
    assert ("legal approves every press release",) == can_be_signed(TEAM, "press", frozenset({"dai"}))
    assert ("newsletters need two approvers",) == can_be_signed(TEAM, "newsletter", frozenset({"dai"}))


def test_one_person_fills_one_place_in_a_requirement() -> None:
    chie = {"chie": ["checker", "approver"]}

    assert ("r1",) == can_be_signed(policy(chie, {"checkers": 1, "approvers": 1}), "press", frozenset())
    assert () == can_be_signed(policy(chie, {"checkers": 1}, {"approvers": 1}), "press", frozenset())


def test_people_are_moved_to_the_places_that_only_they_can_take() -> None:
    both = policy({"ann": ["checker", "approver"], "ben": ["checker"]}, {"checkers": 1, "approvers": 1})

    assert () == can_be_signed(both, "press", frozenset())


def test_who_is_alone_signs_the_own_text_after_a_second_look() -> None:
    assert () == can_be_signed(SOLO, "newsletter", frozenset({"mika"}))


def test_nobody_stands_in_for_who_is_alone() -> None:
    """That one or two people may be away would be untrue in a shop of one."""
    rule = "I look again after ten minutes"

    assert (Gap(channel="newsletter", author="mika", away=("mika",), requirements=(rule,)),) == absences(SOLO)


def test_who_is_alone_and_no_approver_cannot_sign() -> None:
    alone = policy({"mika": ["author"]}, {"second_look": "10m"})

    assert ("r1",) == can_be_signed(alone, "press", frozenset())
    assert (Gap(channel="press", author="mika", away=(), requirements=("r1",)),) == absences(alone)


def test_the_table_of_a_team_of_four() -> None:
    legal = "legal approves every press release"
    two = "newsletters need two approvers"
    eyes = "two pairs of eyes"
    both = [("akari", "ben"), ("ben", "akari"), ("writer", "ben")]

    assert {
        *(("newsletter", author, (one,), (two,)) for author, _ in both for one in ("chie", "dai")),
        *(("press", author, ("dai",), (legal,)) for author, _ in both),
        *(("press", author, tuple(sorted((other, "chie"))), (eyes,)) for author, other in both),
    } == {(gap.channel, gap.author, gap.away, gap.requirements) for gap in absences(TEAM)}


def test_requirements_that_need_the_same_person_stand_in_one_line() -> None:
    pair = policy({"ann": ["author"], "ben": ["checker", "approver"]}, {"checkers": 1}, {"approvers": 1})

    assert (Gap(channel="press", author="ann", away=("ben",), requirements=("r1", "r2")),) == absences(pair)


def test_who_alone_cannot_be_away_comes_before_the_pairs() -> None:
    """And each pair of three is named, not only those of the last one."""
    people = {"ann": ["author"], **{name: ["checker"] for name in ("bea", "cem", "dan")}, "zoe": ["approver"]}

    found = [gap.away for gap in absences(policy(people, {"checkers": 2}, {"approvers": 1}))]

    assert [("zoe",), ("bea", "cem"), ("bea", "dan"), ("cem", "dan")] == found


def test_a_channel_without_a_gate_needs_nobody() -> None:
    open_lane = policy({"ann": ["author"]}, {"checkers": 1}, channels={"system": {"gated": False, "most": 1}})

    assert () == absences(open_lane)


_PEOPLE = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from(ROLES), unique=True), min_size=1)
_RULE = st.fixed_dictionaries({"checkers": st.integers(1, 3), "approvers": st.integers(1, 3)})


@given(_PEOPLE, _RULE)
def test_the_table_is_what_trying_everybody_would_say(people: dict[str, list[str]], rule: dict[str, object]) -> None:
    asked = policy(people, rule)
    expected = set()
    for author in (name for name, roles in people.items() if "author" in roles):
        fatal: list[set[str]] = []
        for away in (set(each) for size in range(3) for each in combinations(sorted(set(people) - {author}), size)):
            stuck = not can_meet(asked, asked.requirements[0], frozenset(away | {author}))
            if stuck and not any(other <= away for other in fatal):
                fatal.append(away)
        expected |= {(author, tuple(sorted(away))) for away in fatal}

    assert expected == {(gap.author, gap.away) for gap in absences(asked)}


def _by_trying(places: Sequence[frozenset[str]]) -> int:
    people = [*sorted(frozenset().union(*places)), *("" for _ in places)]
    return max(sum(who in place for who, place in zip(order, places, strict=True)) for order in permutations(people, len(places)))


@given(st.lists(st.frozensets(st.sampled_from("abcd")), max_size=4))
def test_as_many_places_are_taken_as_can_be(places: list[frozenset[str]]) -> None:
    taken = assign(places)

    assert _by_trying(places) == len(taken)
    assert len(taken) == len(set(taken.values()))
    assert all(person in places[place] for place, person in taken.items())


def test_the_same_question_has_the_same_answer() -> None:
    assert {0: "b", 1: "a"} == assign([frozenset("ab"), frozenset("ab")])
    assert {0: "b", 1: "a"} == assign([frozenset("ab"), frozenset("a")])


@pytest.mark.parametrize(
    ("asked", "remark"),
    [
        (
            policy({"ann": ["author"]}, channels={}),
            "[channels]: no channel is declared, so nothing can leave; declare one like [channels.newsletter]",
        ),
        (policy({"ann": ["author"]}), "[[requirement]]: there is no requirement at all, so nothing can leave a gated channel; add one"),
        (
            policy({"ann": ROLES}, {"checkers": 1, "channels": ["site"]}, channels={"site": {}, "press": {}}),
            "[channels].press: no requirement applies, so nothing can leave here; add one, or name the channel in one",
        ),
        (
            policy({"ann": ROLES}, {"checkers": 1}, channels={"system": {"gated": False, "most": 1}}),
            "[[requirement]] 'r1': applies to no declared channel; declare one, or take the requirement away",
        ),
        (policy({"ann": ROLES}, {"checkers": 1}, groups={"g": []}), "[groups].g: is empty; name its members, or take it away"),
        (
            policy({"ann": ROLES}, {"checkers": 1}, groups={"g": ["ann"]}),
            "[groups].g: no requirement asks for it; name it in one, or take it away",
        ),
        (
            policy({"ann": ROLES, "ben": ["author", "checker"]}, {"approvers": 1, "group": "g"}, groups={"g": ["ben"]}),
            "[[requirement]] 'r1': asks for 1 with role 'approver' in group 'g', there are 0; give more people the role",
        ),
        (
            policy({"ann": ROLES}, {"checkers": 2}),
            "[[requirement]] 'r1': asks for 2 with role 'checker', there are 1; give more people the role",
        ),
        (policy({"ann": ROLES, "ben": []}, {"checkers": 1}), "[people].ben: has no role; give one of author, checker, approver"),
        (policy({"ann": ["checker"]}, {"checkers": 1}), "[people]: nobody has role 'author', so nobody can write; give it to somebody"),
    ],
)
def test_what_a_policy_says_without_meaning_it_is_remarked(asked: Policy, remark: str) -> None:
    assert remark in remarks(asked)


@pytest.mark.parametrize(
    ("table", "named"),
    [
        ("gate", {"alarm": ["ben"]}),
        ("people", {"ann": {"roles": ROLES, "deputy": "ben"}}),
        ("people", {"ann": {"roles": ROLES, "supervisor": "ben"}}),
        ("people", {"bot": {"kind": "robot", "operator": "ben"}}),
    ],
)
def test_who_is_named_in_another_place_needs_no_role(table: str, named: dict[str, object]) -> None:
    """A deputy, a supervisor, who is in charge, who answers for a robot: they are in the directory to be reached, and sign nothing."""
    data = policy({"ann": ROLES, "ben": []}, {"checkers": 1, "channels": ["press"]}).to_dict()
    data[table] |= named

    assert () == remarks(Policy.from_dict(data))


def test_a_requirement_that_names_its_channel_is_one() -> None:
    assert () == remarks(policy({"ann": ROLES}, {"checkers": 1, "channels": ["press"]}))


@pytest.mark.parametrize(
    ("checks", "rule", "expected"),
    [
        ({}, {"approvers": 1, "keep_on": ["recipients.grown"]}, 1),
        ({LIST: {}}, {"approvers": 1, "keep_on": ["text", "recipients.grown"]}, 1),
        ({LIST: {"mode": "grown"}}, {"approvers": 1, "keep_on": ["recipients.grown"]}, 1),
        ({LIST: {"mode": "any"}}, {"approvers": 1, "keep_on": ["recipients.grown"]}, 0),
        ({LIST: {}}, {"checkers": 1, "keep_on": ["recipients.grown"]}, 0),
        ({LIST: {}}, {"approvers": 1, "keep_on": ["recipients.shrunk"]}, 0),
    ],
)
def test_an_approval_that_is_kept_in_vain_is_remarked(checks: dict[str, dict[str, str]], rule: dict[str, object], expected: int) -> None:
    said = (
        f"[[requirement]] 'r1': keeps approvals on a longer list, and the check {LIST} asks an approver all the same; "
        "take recipients.grown away, or set its mode to 'any'"
    )

    assert [said] * expected == [remark for remark in remarks(policy({"ann": ROLES}, rule, checks=checks)) if "longer list" in remark]


def test_the_examples_mean_what_they_say() -> None:
    assert ((), ()) == (remarks(TEAM), remarks(SOLO))


TWO = {"ann": ["author"], "ben": ["approver"]}


@pytest.mark.parametrize(
    ("people", "rules", "ends"),
    [
        (TWO, [{"approvers": 1}], ()),
        ({"ann": ["author", "approver"], "ben": ["author"]}, [{"approvers": 1}], ()),  # ann's own text only cannot be signed
        ({"ann": ["author", "approver"]}, [{"approvers": 1}], ("other", "press")),
        ({"ben": ["approver"]}, [{"approvers": 1}], ("other", "press")),  # nobody writes
        (TWO, [{"approvers": 1, "channels": ["press"]}], ("other",)),  # no rule applies there
        (TWO, [{"approvers": 1}, {"approvers": 2, "channels": ["other"]}], ("other",)),
    ],
)
def test_a_dead_end_is_a_channel_by_which_nothing_can_ever_leave(
    people: dict[str, list[str]], rules: list[dict[str, object]], ends: tuple[str, ...]
) -> None:
    """A lane without signatures is none."""
    channels = {"press": {}, "other": {}, "lane": {"gated": False, "most": 1}}

    assert ends == dead_ends(policy(people, *rules, channels=channels))
