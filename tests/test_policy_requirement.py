from datetime import timedelta

import pytest

from releasegate.errors import PolicyError
from releasegate.policy import CHANGE_KINDS, Policy, Requirement

BASE = {
    "version": 1,
    "people": {"ben": {"roles": ["checker"]}, "chie": {"roles": ["approver"]}},
    "groups": {"legal": ["chie"], "nobody": []},
    "channels": {"press": {}, "newsletter": {}, "system": {"gated": False, "most": 3}},
}
PLACE = "policy [[requirement]] no. 1"


def load(**table: object) -> Requirement:
    return Policy.from_dict({**BASE, "requirement": [{"name": "r", **table}]}).requirements[0]


def problems(**table: object) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        load(**table)
    return caught.value.problems


def test_without_channels_it_applies_to_all() -> None:
    assert load(checkers=1).applies_to("press")


def test_with_channels_it_applies_to_these() -> None:
    rule = load(checkers=1, channels=["press"])

    assert (True, False) == (rule.applies_to("press"), rule.applies_to("newsletter"))


def test_a_whole_requirement_is_read() -> None:
    rule = load(
        channels=["press", "newsletter"],
        checkers=1,
        approvers=2,
        group="legal",
        waivable_by={"checkers": 1, "approvers": 2},
        keep_on=sorted(CHANGE_KINDS),
        valid_for="72h",
    )

    assert ("newsletter", "press") == rule.channels
    assert (1, 2, "legal", CHANGE_KINDS, timedelta(days=3)) == (rule.checkers, rule.approvers, rule.group, rule.keep_on, rule.valid_for)
    assert rule.waivable_by
    assert (1, 2) == (rule.waivable_by.checkers, rule.waivable_by.approvers)


@pytest.mark.parametrize("key", ["checkers", "approvers"])
@pytest.mark.parametrize("count", [0, -1, True, False, "2", 1.0, 21])
def test_a_count_is_a_whole_number_from_one_on(key: str, count: object) -> None:
    assert any(problem.startswith(f"{PLACE}.{key}: {count!r} does not fit; give ") for problem in problems(**{key: count}))
    assert any(problem.startswith(f"{PLACE}.waivable_by.{key}: ") for problem in problems(checkers=1, waivable_by={key: count}))


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({}, ": asks for nobody; give checkers, approvers or second_look"),
        ({"checkers": 1, "waivable_by": {}}, ".waivable_by: asks for nobody; give checkers or approvers"),
        ({"checkers": 1, "waivable_by": 1}, ".waivable_by: 1 does not fit; give a table"),
        ({"checkers": 1, "waivable_by": {"approver": 1}}, ".waivable_by: unknown key 'approver'; did you mean 'approvers'?"),
        ({"checkers": 1, "aprovers": 1}, ": unknown key 'aprovers'; did you mean 'approvers'?"),
        (
            {"checkers": 1, "zzz": 1},
            ": unknown key 'zzz'; known: approvers, auth, channels, checkers, group, keep_on, name, second_look, valid_for, waivable_by",
        ),
        ({"checkers": 1, "applies": "True"}, ": `applies` is an expression, and this version has none; name the channels in `channels`"),
        ({"checkers": 1, "channels": ["pres"]}, ".channels: no channel 'pres'; did you mean 'press'?"),
        (
            {"checkers": 1, "channels": []},
            ".channels: names no channel, and so could apply to none or to all; name some, or leave the key out for all",
        ),
        (
            {"checkers": 1, "channels": ["system"]},
            ".channels: 'system' is not gated, no requirement applies there; take it away, or gate it",
        ),
        ({"checkers": 1, "channels": "press"}, ".channels: is one string; give a list: ['press']"),
        ({"checkers": 1, "group": "legl"}, ".group: no group 'legl'; did you mean 'legal'?"),
        ({"checkers": 1, "group": "nobody"}, ".group: 'nobody' is empty, nobody could sign; name its members"),
        ({"checkers": 1, "keep_on": ["schedule.latter"]}, ".keep_on: no kind of change 'schedule.latter'; did you mean 'schedule.later'?"),
        ({"checkers": 1, "keep_on": "text"}, ".keep_on: 'text' does not fit; give a list of texts"),
        ({"checkers": 1, "valid_for": "0s"}, ".valid_for: no time at all; give a length like '10m'"),
        ({"second_look": "0s"}, ".second_look: no time at all; give a length like '10m'"),
        ({"second_look": "10m"}, ".second_look: is for one person alone, here are 2 (ben, chie); ask for checkers and approvers"),
        ({"second_look": "10m", "checkers": 1}, ": second_look is for one person alone; take checkers, approvers and group away"),
        ({"second_look": "10m", "group": "legal"}, ": second_look is for one person alone; take checkers, approvers and group away"),
        ({"checkers": 1, "name": "hold-active"}, ".name: 'hold-active' is a rule of the gate itself; give the requirement another name"),
        ({"checkers": 1, "name": "Hold_Active"}, ".name: 'hold-active' is a rule of the gate itself; give the requirement another name"),
        ({"checkers": 1, "name": "twin  held"}, ".name: 'twin-held' is a rule of the gate itself; give the requirement another name"),
        ({"checkers": 1, "name": ""}, ".name: is empty, or has blanks around it; write it without"),
    ],
)
def test_a_mistake_is_named_with_its_mend(table: dict[str, object], what: str) -> None:
    assert (PLACE + what,) == problems(**table)


def test_a_requirement_has_a_name() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({**BASE, "requirement": [{"checkers": 1}]})

    assert (f"{PLACE}: no 'name'; add it",) == caught.value.problems


def test_two_requirements_have_two_names() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({**BASE, "requirement": [{"name": "Two eyes", "checkers": 1}, {"name": "ＴＷＯ eyes", "approvers": 1}]})

    expected = "policy [[requirement]] no. 2.name: no. 1 has the name 'Two eyes' too; give the requirement another name"
    assert (expected,) == caught.value.problems


def test_a_robot_beside_the_only_human_does_not_count() -> None:
    robot = {"kind": "robot", "operator": "mika", "roles": ["author"]}
    policy = Policy.from_dict(
        {
            **BASE,
            "groups": {},
            "people": {"mika": {"roles": ["approver"]}, "bot": robot},
            "requirement": [{"name": "r", "second_look": "10m"}],
        }
    )

    assert timedelta(minutes=10) == policy.requirements[0].second_look


def test_a_group_that_could_not_be_read_is_not_reported_as_empty() -> None:
    data = {**BASE, "groups": {"legal": "chie"}, "requirement": [{"name": "r", "checkers": 1, "group": "legal"}]}
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(data)

    assert ("policy [groups].legal.members: is one string; give a list: ['chie']",) == caught.value.problems


def test_it_can_be_written_in_python() -> None:
    rule = Requirement(name="r", channels=("b", "a"), approvers=1, valid_for=timedelta(hours=1), keep_on=frozenset({"text"}))

    assert {"name": "r", "channels": ["a", "b"], "approvers": 1, "valid_for": "1h", "keep_on": ["text"]} == rule.to_table()
