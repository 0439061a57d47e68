from datetime import timedelta
from typing import Any

import pytest

from releasegate.errors import PolicyError
from releasegate.model.finding import Severity
from releasegate.policy import CheckRules, Policy

PLACE = "policy [checks].url-dead"


def load(**table: object) -> CheckRules:
    return Policy.from_dict({"version": 1, "checks": {"url-dead": table}}).checks["url-dead"]


def problems(**table: object) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        load(**table)
    return caught.value.problems


def test_what_is_no_key_of_ours_is_a_setting_of_the_check() -> None:
    rules = load(severity="warning", valid_for="24h", waivable_by={"approvers": 1}, most=3, hosts=["a", "b"], more={"x": [1]})

    assert (Severity.WARNING, timedelta(days=1)) == (rules.severity, rules.valid_for)
    assert rules.waivable_by
    assert 1 == rules.waivable_by.approvers
    assert {"most": 3, "hosts": ("a", "b"), "more": {"x": (1,)}} == rules.settings


def test_what_is_not_said_stays_as_the_check_has_it() -> None:
    assert (None, None, None, {}) == (load().severity, load().valid_for, load().waivable_by, load().settings)
    assert None is load(severity=None).severity


def test_settings_cannot_be_changed() -> None:
    settings: Any = load(more={"x": 1}).settings

    with pytest.raises(TypeError):
        settings["most"] = 0
    with pytest.raises(TypeError):
        settings["more"]["x"] = 2


@pytest.mark.parametrize("severity", ["off", "info", "unknown", "Blocker", "", 0, True, ["blocker"]])
def test_a_check_is_never_switched_off(severity: object) -> None:
    found = problems(severity=severity)

    assert 1 == len(found)
    assert found[0].startswith(f"{PLACE}.severity: no severity {str(severity)!r}: a check is lowered to 'warning', never switched off; ")


def test_a_severity_that_is_mistyped_is_told_what_comes_close() -> None:
    assert problems(severity="warnign")[0].endswith("; did you mean 'warning'?")


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"valid_for": "0s"}, ".valid_for: no time at all; give a length like '10m'"),
        ({"waivable_by": {}}, ".waivable_by: asks for nobody; give checkers or approvers"),
        ({"waivable_by": {"approvers": 0}}, ".waivable_by.approvers: 0 does not fit; give 1 or more"),
        ({"waivable_by": {"aprovers": 1}}, ".waivable_by: unknown key 'aprovers'; did you mean 'approvers'?"),
    ],
)
def test_a_mistake_is_named_with_its_mend(table: dict[str, object], what: str) -> None:
    assert (PLACE + what,) == problems(**table)


def test_a_rule_of_the_gate_is_no_check() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"version": 1, "checks": {"hold_active": {}}})

    expected = "policy [checks].hold_active: 'hold-active' is a rule of the gate itself; no file can change it, take the line away"
    assert (expected,) == caught.value.problems


@pytest.mark.parametrize(("name", "what"), [("", ".name: is empty"), ("x" * 101, ".name: 'xxx")])
def test_a_check_has_a_name(name: str, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"version": 1, "checks": {name: {}}})

    assert f"policy [checks].{name[:100]}{what}" in caught.value.problems[0]


@pytest.mark.parametrize("name", ["URL dead", "url_dead", "Url - dead"])
def test_a_requirement_is_not_called_like_a_check(name: str) -> None:
    data = {"version": 1, "checks": {"url-dead": {}}, "requirement": [{"name": name, "checkers": 1}]}
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(data)

    assert ("policy [[requirement]] no. 1.name: 'url-dead' is a check; give the requirement another name",) == caught.value.problems


def test_nor_like_a_check_that_the_file_does_not_name() -> None:
    policy = Policy.from_dict({"version": 1, "requirement": [{"name": "subject-empty", "checkers": 1}]})

    expected = "[[requirement]] no. 1.name: 'subject-empty' is a check; give the requirement another name"
    assert (expected,) == policy.taken_names(["subject-empty", "url-dead"])
    assert () == policy.taken_names(["url-dead"])
