"""What the checks said, judged: in doubt, closed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from releasegate.decision.people import Bench
from releasegate.decision.requirements import enough, waivers
from releasegate.model.draft import Draft
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity, fingerprint
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.requirement import Votes


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A check that must have passed: with which settings, how old its result may be, and who may waive what it finds."""

    check: str
    version: int
    settings: str
    valid_for: timedelta | None = None
    waivable_by: Votes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """All checks together: what shuts, what passed, what was waived, and when age alone would change it."""

    blockers: tuple[Blocker, ...]
    waived: tuple[str, ...]
    until: datetime | None


def judge_findings(draft: Draft, expected: Iterable[Expected], results: Iterable[CheckResult], bench: Bench) -> Looked:
    """Each expected check needs a result for this digest with its present settings, young enough; findings shut unless waived."""
    kept = {(result.check, result.version, result.settings): result for result in results if result.digest == draft.digest}
    blockers: list[Blocker] = []
    passed: list[str] = []
    ends: list[datetime] = []
    asked = tuple(expected)
    for each in asked:
        result = kept.get((each.check, each.version, each.settings))
        found = _result_blockers(draft, each, result, bench.at)
        if not found and result is not None:
            if each.valid_for is not None:
                ends.append(result.at + each.valid_for)
            shut, let = _findings(draft, each, result, bench)
            found = shut
            passed += let
        blockers += found
    blockers += _strangers(draft, {each.check for each in asked}, kept.values(), bench)
    return Looked(blockers=tuple(blockers), waived=tuple(passed), until=min(ends, default=None))


def _strangers(draft: Draft, asked: set[str], kept: Iterable[CheckResult], bench: Bench) -> list[Blocker]:
    """What a check said that this process does not have: a program without the check is no way round its blocker."""
    return [
        Blocker(code="check-missing", kind=Kind.MEND, name=result.check, params={"check": result.check}, who=(draft.author,))
        for result in kept
        if result.check not in asked and (result.outcome is not Outcome.RAN or _open(draft, result, bench))
    ]


def _open(draft: Draft, result: CheckResult, bench: Bench) -> bool:
    each = Expected(check=result.check, version=result.version, settings=result.settings)
    return any(finding.severity is not Severity.INFO and not _let_stand(draft, each, finding, bench) for finding in result.findings)


def _result_blockers(draft: Draft, each: Expected, result: CheckResult | None, at: datetime) -> list[Blocker]:
    """Not run, crashed or too old counts as not passed."""
    how = (f"releasegate submit {draft.id}", f"releasegate send {draft.id}")
    if result is None:
        return [Blocker(code="check-missing", kind=Kind.MEND, name=each.check, params={"check": each.check}, how=how)]
    if result.outcome is Outcome.ERROR:
        params: Mapping[str, str | int] = {"check": each.check, "error": result.error}
        return [Blocker(code="check-crashed", kind=Kind.MEND, name=each.check, params=params, who=(draft.author,))]
    if result.outcome is not Outcome.RAN:
        return [Blocker(code="check-missing", kind=Kind.MEND, name=each.check, params={"check": each.check}, how=how)]
    if each.valid_for is not None and at >= result.at + each.valid_for:
        age = int((at - result.at).total_seconds())
        params = {"check": each.check, "age": age, "max": int(each.valid_for.total_seconds())}
        return [Blocker(code="checks-fresh", kind=Kind.MEND, name="checks-fresh", params=params, how=how)]
    return []


def _findings(draft: Draft, each: Expected, result: CheckResult, bench: Bench) -> tuple[list[Blocker], list[str]]:
    """A blocker is waived only as its `waivable_by` says; a warning or an unknown by one person who had no hand in the text."""
    shut: list[Blocker] = []
    let: list[str] = []
    for finding in result.findings:
        if finding.severity is Severity.INFO:
            continue
        if _let_stand(draft, each, finding, bench):
            let.append(each.check)
        else:
            shut.append(_blocker(draft, each, finding))
    return shut, list(dict.fromkeys(let))


def _let_stand(draft: Draft, each: Expected, finding: Finding, bench: Bench) -> bool:
    given = waivers(draft, each.check, bench, finding=fingerprint(finding))
    if each.waivable_by is not None:
        return enough(draft, given, each.waivable_by, bench)
    if finding.severity is Severity.BLOCKER:
        return False
    return any(enough(draft, given, votes, bench) for votes in (Votes(checkers=1), Votes(approvers=1)))


def _blocker(draft: Draft, each: Expected, finding: Finding) -> Blocker:
    how = [f"releasegate write {draft.id} …"]
    if finding.severity is not Severity.BLOCKER or each.waivable_by is not None:
        how.append(f"releasegate waive {draft.id} {each.check}")
    return Blocker(
        code=each.check,
        kind=Kind.MEND,
        name=each.check,
        params={**finding.params, "severity": finding.severity.value, "variant": finding.variant},
        who=(draft.author,),
        how=tuple(how),
        where=finding.where,
        evidence=finding.evidence,
    )
