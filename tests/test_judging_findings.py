"""What the checks said, judged: each has looked at this text, lately, as it should; what it found shuts unless it is let stand."""

from datetime import datetime
from typing import Any

import pytest

from releasegate.decision.findings import Expected, Looked, judge_findings
from releasegate.model.draft import Draft, Waiver
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity, fingerprint
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.requirement import Votes
from tests.building import NOON
from tests.by_hand import DIGEST, HOUR, bench, draft, waiver

MINE = Expected(check="mine", version=1, settings="s")
AGED = Expected(check="mine", version=1, settings="s", valid_for=4 * HOUR)
HOW = ("releasegate submit d1", "releasegate send d1")


def result(*findings: Finding, check: str = "mine", **more: Any) -> CheckResult:  # noqa: ANN401 - whatever a result has
    usual: dict[str, Any] = {"version": 1, "settings": "s", "digest": DIGEST, "at": NOON, "outcome": Outcome.RAN}
    return CheckResult(check=check, findings=findings, **usual | more)


def finding(severity: Severity = Severity.BLOCKER, check: str = "mine", where: str = "subject") -> Finding:
    return Finding(check=check, severity=severity, where=where, evidence="Nwe wing", params={"n": 2}, variant="two")


def judged(*results: CheckResult, expected: tuple[Expected, ...] = (MINE,), of: Draft | None = None, at: datetime = NOON) -> Looked:
    return judge_findings(of or draft(), expected, results, bench(at=at))


def looked(*blockers: Blocker, waived: tuple[str, ...] = (), until: datetime | None = None) -> Looked:
    return Looked(blockers=blockers, waived=waived, until=until)


def missing(check: str = "mine", **more: Any) -> Blocker:  # noqa: ANN401 - whatever a blocker has
    return Blocker(code="check-missing", kind=Kind.MEND, name=check, params={"check": check}, **more or {"how": HOW})


def shut(severity: str = "blocker", check: str = "mine", *, where: str = "subject", let: bool = False) -> Blocker:
    """What the finding above shuts with."""
    return Blocker(
        code=check,
        kind=Kind.MEND,
        name=check,
        params={"n": 2, "severity": severity, "variant": "two"},
        who=("akari",),
        how=("releasegate write d1 …", f"releasegate waive d1 {check}") if let else ("releasegate write d1 …",),
        where=where,
        evidence="Nwe wing",
    )


def seen(each: Finding, by: str = "dai", name: str = "mine") -> Waiver:
    """Somebody lets this finding stand."""
    return waiver(by, name, findings=frozenset({fingerprint(each), "another"}))


def test_what_has_looked_and_found_nothing_passes() -> None:
    assert looked() == judged(result())


@pytest.mark.parametrize(
    "other",
    [
        [],
        [result(digest="e" * 64)],
        [result(version=2)],
        [result(settings="t")],
        [result(outcome=Outcome.NOT_LOOKED)],
        [result(outcome=Outcome.NOT_LOOKED, error="why")],
    ],
)
def test_what_did_not_look_at_this_text_as_it_should_is_missing(other: list[CheckResult]) -> None:
    assert looked(missing()) == judged(*other)


def test_a_check_that_broke_says_how() -> None:
    broken = Blocker(code="check-crashed", kind=Kind.MEND, name="mine", params={"check": "mine", "error": "no"}, who=("akari",))

    assert looked(broken) == judged(result(outcome=Outcome.ERROR, error="no"))


def test_the_newest_result_of_a_check_is_the_one_that_counts() -> None:
    assert looked() == judged(result(finding()), result())
    assert looked(shut()) == judged(result(), result(finding()))


def test_a_result_ages_to_the_moment() -> None:
    """With the age and the most that is let, in seconds."""
    old = Blocker(code="checks-fresh", kind=Kind.MEND, name="checks-fresh", params={"check": "mine", "age": 14400, "max": 14400}, how=HOW)

    assert looked(until=NOON + 4 * HOUR) == judged(result(), expected=(AGED,), at=NOON + 4 * HOUR - HOUR / 3600)
    assert looked(old) == judged(result(), expected=(AGED,), at=NOON + 4 * HOUR)
    assert looked(until=None) == judged(result(), at=NOON + 4000 * HOUR)


def test_the_first_end_of_all_is_told() -> None:
    other = Expected(check="other", version=1, settings="s", valid_for=HOUR)

    assert looked(until=NOON + HOUR) == judged(result(), result(check="other"), expected=(AGED, other))
    assert looked(missing("other"), until=NOON + 4 * HOUR) == judged(result(), expected=(AGED, other))


@pytest.mark.parametrize("severity", [Severity.BLOCKER, Severity.WARNING, Severity.UNKNOWN])
def test_a_finding_shuts_with_all_that_it_says(severity: Severity) -> None:
    """A warning and an unknown can be let stand, and it says so."""
    assert looked(shut(severity.value, let=severity is not Severity.BLOCKER)) == judged(result(finding(severity)))


def test_each_finding_shuts_and_what_is_only_information_does_not() -> None:
    several = finding(), finding(Severity.INFO), finding(Severity.WARNING, where="to")

    assert looked(shut(), shut("warning", where="to", let=True)) == judged(result(*several))


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.UNKNOWN])
@pytest.mark.parametrize(("by", "stands"), [("dai", True), ("ben", True), ("akari", False), ("gone", False), ("mailer", False)])
def test_a_warning_is_let_stand_by_one_who_had_no_hand_in_it(severity: Severity, by: str, *, stands: bool) -> None:
    found = finding(severity)

    assert stands is (looked(waived=("mine",)) == judged(result(found), of=draft(waivers=(seen(found, by),))))


def test_what_is_let_stand_is_named_once() -> None:
    """And what came to it later is not let stand with it."""
    one, other, late = (finding(Severity.WARNING, where=where) for where in ("to", "cc", "subject"))
    of = draft(waivers=(seen(one), seen(other)))

    assert looked(waived=("mine",)) == judged(result(one, other), of=of)
    assert looked(shut("warning", let=True), waived=("mine",)) == judged(result(one, late, other), of=of)
    assert () == judged(result(finding(Severity.INFO)), of=of).waived


def test_a_blocker_is_let_stand_only_as_the_file_says() -> None:
    found = finding()
    of = draft(waivers=(seen(found),))
    lax = Expected(check="mine", version=1, settings="s", waivable_by=Votes(approvers=1))
    two = Expected(check="mine", version=1, settings="s", waivable_by=Votes(approvers=2))

    assert looked(shut()) == judged(result(found), of=of)
    assert looked(waived=("mine",)) == judged(result(found), of=of, expected=(lax,))
    assert looked(shut(let=True)) == judged(result(found), of=of, expected=(two,))
    assert looked(shut("warning", let=True)) == judged(
        result(finding(Severity.WARNING)), of=draft(waivers=(seen(finding(Severity.WARNING)),)), expected=(two,)
    )


def test_each_check_is_judged_by_itself() -> None:
    other = Expected(check="other", version=1, settings="s")
    both = finding(Severity.WARNING), finding(Severity.WARNING, "other")
    of = draft(waivers=(seen(both[0]), seen(both[1], name="other")))

    assert looked(waived=("mine", "other")) == judged(result(both[0]), result(both[1], check="other"), expected=(MINE, other), of=of)
    assert looked(missing(), shut(check="other")) == judged(result(finding(check="other"), check="other"), expected=(MINE, other))
    assert looked(shut(), shut(check="other")) == judged(
        result(finding()), result(finding(check="other"), check="other"), expected=(MINE, other)
    )


# --- what a check said that this program does not have


@pytest.mark.parametrize(
    ("strange", "shuts"),
    [
        (result(check="theirs"), False),
        (result(finding(Severity.INFO, "theirs"), check="theirs"), False),
        (result(finding(Severity.WARNING, "theirs"), check="theirs"), True),
        (result(finding(check="theirs"), check="theirs"), True),
        (result(finding(Severity.INFO, "theirs"), finding(check="theirs"), check="theirs"), True),
        (result(check="theirs", outcome=Outcome.ERROR), True),
        (result(check="theirs", outcome=Outcome.NOT_LOOKED), True),
        (result(finding(check="theirs"), check="theirs", digest="e" * 64), False),
    ],
)
def test_a_program_without_a_check_is_no_way_round_it(strange: CheckResult, *, shuts: bool) -> None:
    assert looked(*[missing("theirs", who=("akari",))] * shuts) == judged(result(), strange)


def test_what_was_let_stand_in_another_program_stays_so() -> None:
    found = finding(Severity.WARNING, "theirs")

    assert looked() == judged(result(), result(found, check="theirs"), of=draft(waivers=(seen(found, name="theirs"),)))
    assert looked(missing("theirs", who=("akari",))) == judged(result(), result(found, check="theirs"), of=draft(waivers=(seen(found),)))
    hard = finding(check="theirs")
    assert 1 == len(judged(result(), result(hard, check="theirs"), of=draft(waivers=(seen(hard, name="theirs"),))).blockers)


def test_an_older_version_of_a_check_that_is_there_is_no_stranger() -> None:
    assert looked(shut()) == judged(result(finding()), result(finding(Severity.WARNING), version=0))
