"""Runs checks and believes none of them: whatever is no list of findings is an error, and shuts the gate."""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from releasegate.checks.findings import few
from releasegate.checks.links import urls_in
from releasegate.checks.pages import read_page
from releasegate.checks.parts import narrow
from releasegate.checks.registry import settings_digest
from releasegate.model.draft import Draft
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity
from releasegate.model.letter import Letter
from releasegate.protocols import Check, Context

TIMEOUT = 10.0
MOST = 1000
BATCH = 128

_SECRET = re.compile(
    r"(?i)((?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|authorization|bearer|credential)s?\W{0,3}[=:\s]\W{0,3}(?:(?:bearer|basic)\s+)?)"
    r"[^\s'\",;&]+"
)
_USERINFO = re.compile(r"(//)[^\s/@]+@")
_LONG = re.compile(r"[A-Za-z0-9+_=-]{32,}")


def run_check(check: Check, draft: Draft, context: Context, *, timeout: float = TIMEOUT, severity: Severity | None = None) -> CheckResult:
    """What this check says about this draft; never raises. ERROR if it raised, took longer than `timeout` seconds, or gave no findings.

    `severity` takes the place of the blockers' and warnings' own.
    """
    outcome, findings, error = _attempt(check, draft, context, timeout)
    return _result(check, draft, context, (outcome, _weigh(findings, severity), error))


def run_checks(
    checks: Sequence[Check],
    draft: Draft,
    context: Context,
    *,
    timeout: float = TIMEOUT,
    severities: Mapping[str, Severity] | None = None,
) -> tuple[CheckResult, ...]:
    """`run_check` for each, in this order, reading the letters once for all checks that look at each letter by itself.

    `timeout` holds for each call: a check that is called once a batch of 128 letters has it for every batch.
    """
    weights = severities or {}
    passes = [_Pass(check) for check in checks if getattr(check, "by_letter", False)]
    _read_once(passes, draft, context, timeout)
    told = {id(each.check): each for each in passes}
    results = []
    for check in checks:
        weight = weights.get(_id(check))
        if (done := told.get(id(check))) is None:
            results.append(run_check(check, draft, context, timeout=timeout, severity=weight))
        else:
            results.append(_result(check, draft, context, (done.outcome, _weigh(tuple(few(done.findings)), weight), done.error)))
    return tuple(results)


@dataclass(slots=True)
class _Pass:
    """One check on its way through the letters."""

    check: Check
    outcome: Outcome = Outcome.RAN
    findings: list[Finding] = field(default_factory=list)
    error: str = ""

    def see(self, draft: Draft, context: Context, timeout: float) -> None:
        if self.outcome is Outcome.RAN:
            self.outcome, found, self.error = _attempt(self.check, draft, context, timeout)
            self.findings = list(few((*self.findings, *found)))


def _read_once(passes: Sequence[_Pass], draft: Draft, context: Context, timeout: float) -> None:
    if not passes:
        return
    try:
        for batch in _batches(context.letters):
            for each in passes:
                each.see(draft, replace(context, letters=batch), timeout)
    except Exception as error:  # noqa: BLE001 - letters that cannot be read are checked by nobody
        for each in passes:
            each.outcome, each.error = Outcome.ERROR, f"The letters could not be read: {_tell(error)}"
    finally:
        forget()


def forget() -> None:
    """Keep nothing of the texts that were read."""
    for kept in (read_page, narrow, urls_in):
        kept.cache_clear()


def _batches(letters: Iterable[Letter]) -> Iterator[tuple[Letter, ...]]:
    """At least one, so that a draft without letters is looked at too."""
    walk = iter(letters)
    batch = tuple(islice(walk, BATCH))
    while True:
        following = tuple(islice(walk, BATCH))
        yield batch
        if not following:
            return
        batch = following


_Said = tuple[Outcome, tuple[Finding, ...], str]


def _attempt(check: Check, draft: Draft, context: Context, timeout: float) -> _Said:
    """One call, in a thread of its own: a thread that hangs is left behind, and cannot hold up the process's end.

    What never lets go of the interpreter (one long call into C) is noticed only when it ends.
    """
    said: list[_Said] = []

    def listen() -> None:
        try:
            said.append(_listen(check, draft, context))
        except BaseException as error:  # noqa: BLE001 - SystemExit too: a check decides about findings, not about the process
            said.append((Outcome.ERROR, (), _tell(error)))

    thread = threading.Thread(target=listen, name="releasegate-check", daemon=True)
    thread.start()
    thread.join(timeout)
    if not said:
        return Outcome.ERROR, (), f"It did not end within {timeout:g} s."
    return said[0]


def _listen(check: Check, draft: Draft, context: Context) -> _Said:
    if "network" in check.reads and context.egress is None:
        return Outcome.NOT_LOOKED, (), ""
    answer: Any = check(draft, context)
    if answer is None or isinstance(answer, (str, bytes, bool)):
        return Outcome.ERROR, (), f"It returned {_short(answer)}, not findings."
    findings: list[Finding] = []
    for each in answer:
        if problem := _not_a_finding(check, each):
            return Outcome.ERROR, tuple(findings), problem
        if len(findings) == MOST:
            return Outcome.ERROR, tuple(findings), f"It had more than {MOST} findings; the first {MOST} are kept."
        findings.append(each)
    return Outcome.RAN, tuple(findings), ""


def _not_a_finding(check: Check, each: object) -> str:
    if not isinstance(each, Finding):
        return f"It yielded {_short(each)}, which is no finding."
    if each.check != check.id:
        return f"It yielded a finding of another check, {_short(each.check)}."
    return "" if _is_sound(each) else "It yielded a finding with a field of the wrong kind."


def _is_sound(finding: Any) -> bool:  # noqa: ANN401 - its fields may hold anything
    words = (finding.where, finding.evidence, finding.variant, *finding.params)
    facts = finding.params.values()
    kinds = all(isinstance(word, str) for word in words) and all(isinstance(fact, (str, int)) for fact in facts)
    return kinds and isinstance(finding.severity, Severity)


def _weigh(findings: tuple[Finding, ...], severity: Severity | None) -> tuple[Finding, ...]:
    if severity is None:
        return findings
    asking = (Severity.BLOCKER, Severity.WARNING)
    return tuple(replace(each, severity=severity) if each.severity in asking else each for each in findings)


def _result(check: Check, draft: Draft, context: Context, said: _Said) -> CheckResult:
    outcome, findings, error = said
    try:
        version, settings = check.version, settings_digest(check)
    except Exception as broken:  # noqa: BLE001 - settings of somebody else's check may be anything
        version, settings, outcome, error = 0, "", Outcome.ERROR, error or f"Its settings cannot be written down: {_tell(broken)}"
    return CheckResult(
        check=_id(check),
        version=version,
        settings=settings,
        digest=draft.digest,
        at=context.at,
        outcome=outcome,
        findings=findings,
        error=error,
    )


def _id(check: Check) -> str:
    return str(getattr(check, "id", "")) or type(check).__name__


def _tell(error: BaseException) -> str:
    """The error in one short line, without what looks like a secret."""
    try:
        text = repr(error)
    except Exception:  # noqa: BLE001 - the error's own repr may be broken
        text = type(error).__name__
    text = _LONG.sub("…", _SECRET.sub(r"\1…", _USERINFO.sub(r"\1…@", " ".join(text.split()))))
    return text if len(text) <= 200 else text[:199] + "…"  # noqa: PLR2004


def _short(value: object) -> str:
    return f"a {type(value).__name__}"
