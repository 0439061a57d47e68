"""Every line in tests/cases/*.jsonl is judged as it expects."""

import json
from pathlib import Path

import pytest

from releasegate.checks import core_checks
from tests.check_case import Case, judge

CASES = [
    Case(**json.loads(line))
    for path in sorted((Path(__file__).parent / "cases").glob("checks*.jsonl"))
    for line in path.read_text(encoding="utf-8").strip("\n").split("\n")
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_each_case_is_judged_as_expected(case: Case) -> None:
    said, result = judge(case)

    assert (case.expect, "") == (said, result.error), (case.why, result.findings)


@pytest.mark.parametrize("case", [case for case in CASES if {"text", "html"} & set(case.input)], ids=lambda case: case.id)
def test_sealed_as_a_mail_it_is_judged_the_same(case: Case) -> None:
    """What was said of the plain text is said of the bytes that would leave."""
    said, result = judge(Case(id=case.id, check=case.check, input={**case.input, "parcel": True}, expect=case.expect))

    assert case.expect == said, (case.why, result.findings)


def test_every_check_has_cases_that_pass_and_cases_that_do_not() -> None:
    verdicts = {check.id: {case.expect == "pass" for case in CASES if case.check == check.id} for check in core_checks()}

    assert {check.id: {True, False} for check in core_checks()} == verdicts


def test_no_two_cases_have_one_id() -> None:
    assert len(CASES) == len({case.id for case in CASES})
