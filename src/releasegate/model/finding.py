"""What a check found, and what became of a check: Finding, CheckResult."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256


class Severity(StrEnum):
    """What a finding does: a blocker and an unsettled unknown shut the gate, a warning shuts it until it is waived, info is shown."""

    BLOCKER = "blocker"
    WARNING = "warning"
    UNKNOWN = "unknown"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check saw: a code, a place and the offending text. The words come from the catalogues.

    `check` is the check's id; `where` the place (`to`, `subject`, `mail 4, html`); `evidence` the offending text as it stands;
    `params` what the sentence needs (strings and integers); `variant` chooses among several sentences of one check.
    """

    check: str
    severity: Severity = Severity.BLOCKER
    where: str = ""
    evidence: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)
    variant: str = ""


def fingerprint(finding: Finding) -> str:
    """What tells this finding from every other of its check: a waiver is for what was seen, not for whatever the check may say later."""
    params = sorted((key, str(value)) for key, value in finding.params.items())
    told = [finding.severity.value, finding.where, finding.evidence, finding.variant, params]
    return sha256(repr(told).encode("utf-8", "backslashreplace")).hexdigest()[:32]


class Outcome(StrEnum):
    """How a check ended. ERROR: it raised, hung, or answered with something else than findings."""

    RAN = "ran"
    ERROR = "error"
    NOT_LOOKED = "not looked"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check said about one digest with one set of settings; `at` is when it ran."""

    check: str
    version: int
    settings: str
    digest: str
    at: datetime
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    error: str = ""
