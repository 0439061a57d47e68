"""Running the checks over sealed text, keeping what they said, and giving it back to the decision."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from releasegate.checks.letters import Letters
from releasegate.checks.registry import settings_digest
from releasegate.checks.running import TIMEOUT, run_checks
from releasegate.decision.deciding import Results
from releasegate.decision.findings import Expected
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity
from releasegate.model.parcel import Parcel
from releasegate.policy.check_rules import CheckRules
from releasegate.policy.policy import Policy
from releasegate.protocols import Check, Context, LastSend
from releasegate.store import envelopes, history, seals
from releasegate.store.envelopes import Addresses
from releasegate.store.reading import Known
from releasegate.store.store import Store, Txn

_LIVE = frozenset({"time", "history"})
_PEOPLE_A_SECOND = 50_000
"""A check that goes through a long list has a second more for so many people."""


@dataclass(frozen=True, slots=True)
class Checking:
    """The checks of one gate, with the severities and ages that the policy gives them."""

    checks: tuple[Check, ...]
    policy: Policy

    def expected(self) -> tuple[Expected, ...]:
        """What must have passed before anything leaves."""
        return tuple(self._expect(check) for check in self.checks)

    def results(self, txn: Txn, known: Known, at: datetime) -> Results:
        """What was kept for this digest, and the checks of time and history run now."""
        kept = [result for event in known.events if event.kind == "checked" for result in _results(event)]
        live = self._run([check for check in self.checks if check.reads & _LIVE], known.draft, self._live_context(txn, known.draft, at))
        return Results(expected=self.expected(), found=(*kept, *live))

    def missing(self, events: Iterable[Event], digest: str, at: datetime) -> tuple[Check, ...]:
        """The checks of this text that have no result with their present settings, or one that is too old."""
        kept = {(each.check, each.version, each.settings): each for event in events for each in _results(event) if each.digest == digest}
        wanting = []
        for check in self.checks:
            expect = self._expect(check)
            have = kept.get((check.id, check.version, expect.settings))
            stale = have is not None and expect.valid_for is not None and at >= have.at + expect.valid_for
            if not check.reads & _LIVE and (have is None or stale or have.outcome is not Outcome.RAN):
                wanting.append(check)
        return tuple(wanting)

    def run(self, store: Store, draft: Draft, checks: Iterable[Check], at: datetime) -> tuple[CheckResult, ...]:
        """Run these checks over the sealed text, outside of any transaction."""
        reader = seals.Reader(draft.digest)
        # Read before any check's time runs: of a million people it takes seconds.
        everybody = store.look(lambda txn: tuple(envelopes.everybody(txn, draft.digest)))
        waiting = Addresses(lambda: store.look(lambda txn: tuple(envelopes.waiting(txn, draft.id, draft.digest))))
        context = replace(self._context(draft, at, lambda: reader.all(store)), recipients=everybody, waiting=waiting)
        return self._run(checks, draft, context)

    def on(self, draft: Draft, parcels: Iterable[Parcel], at: datetime) -> tuple[CheckResult, ...]:
        """Run all checks over parcels that no store holds: what `releasegate check` does."""
        held = tuple(parcels)
        context = self._context(draft, at, lambda: iter(held))
        return self._run(self.checks, draft, context)

    def _run(self, checks: Iterable[Check], draft: Draft, context: Context) -> tuple[CheckResult, ...]:
        """What they say, under the settings that the policy gives them: another severity is another setting."""
        asked = tuple(checks)
        severities = {check.id: severity for check in asked if (severity := self._rules(check).severity) is not None}
        results = run_checks(asked, draft, context, severities=severities, timeout=TIMEOUT + draft.reach / _PEOPLE_A_SECOND)
        return tuple(
            replace(result, settings=self._expect(check).settings, digest=draft.digest, at=context.at)
            for check, result in zip(asked, results, strict=True)
        )

    def _live_context(self, txn: Txn, draft: Draft, at: datetime) -> Context:
        """With all that the store knows of what went before; the addresses are read without the bodies."""
        return replace(
            self._context(draft, at, lambda: _from(txn, draft)),
            recipients=envelopes.everybody(txn, draft.digest),
            waiting=envelopes.waiting(txn, draft.id, draft.digest),
            last_sends=history.last_sends(txn, draft.channel, but=draft.id),
            earlier=lambda since: self._as_real(draft, history.earlier(txn, since, but=draft.id)),
            carried=history.carried(txn, draft),
        )

    def _as_real(self, draft: Draft, sends: Iterable[LastSend]) -> tuple[LastSend, ...]:
        """Those by channels that are live, or test ones, as this draft's is: what went to a test list has reached nobody."""
        modes = {name: rules.mode for name, rules in self.policy.channels.items()}
        mine = modes.get(draft.channel)
        return tuple(each for each in sends if modes.get(each.channel, mine) == mine)

    def _context(self, draft: Draft, at: datetime, parcels: Any) -> Context:  # noqa: ANN401 - a factory of parcels
        rules = self.policy.channels.get(draft.channel)
        channel: dict[str, Any] = {}
        if rules is not None:
            channel = {"name": rules.name, "bulk": rules.bulk, "zone": rules.zone, "mode": rules.mode}
            channel |= {"undo": int(rules.undo.total_seconds())} if rules.undo_given else {}
        letters = Letters(parcels)
        recipients = Addresses(lambda: (address for parcel in parcels() for address in parcel.to))
        return Context(at=at, letters=letters, recipients=recipients, channel=channel, folder=self.policy.folder)

    def _expect(self, check: Check) -> Expected:
        rules = self._rules(check)
        settings = sha256(f"{settings_digest(check)}:{rules.severity or ''}".encode()).hexdigest()
        valid_for = rules.valid_for or getattr(check, "valid_for", None)
        return Expected(check=check.id, version=check.version, settings=settings, valid_for=valid_for, waivable_by=rules.waivable_by)

    def _rules(self, check: Check) -> CheckRules:
        return self.policy.checks.get(check.id) or CheckRules()


def _from(txn: Txn, draft: Draft) -> Iterator[Parcel]:
    reader = seals.Reader(draft.digest)
    return (reader.parcel(txn, no) for no in range(1, draft.count + 1))


def to_memo(results: Iterable[CheckResult]) -> list[dict[str, Any]]:
    """The results as the log keeps them."""
    return [
        {
            "check": each.check,
            "version": each.version,
            "settings": each.settings,
            "digest": each.digest,
            "at": each.at.isoformat(),
            "outcome": each.outcome.value,
            "error": _plain(each.error),
            "findings": [_finding(finding) for finding in each.findings],
        }
        for each in results
    ]


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity.value,
        "where": _plain(finding.where),
        "evidence": _plain(finding.evidence),
        "params": {key: _plain(value) if isinstance(value, str) else value for key, value in finding.params.items()},
        "variant": finding.variant,
    }


def _plain(text: str) -> str:
    """Lone surrogates cannot be stored: they are shown by their number."""
    return text.encode("utf-8", "backslashreplace").decode()


def _results(event: Event) -> Iterator[CheckResult]:
    """The results that this event holds."""
    for each in event.memo.get("results", ()) if event.kind == "checked" else ():
        yield CheckResult(
            check=each["check"],
            version=each["version"],
            settings=each["settings"],
            digest=each["digest"],
            at=datetime.fromisoformat(each["at"]),
            outcome=Outcome(each["outcome"]),
            error=each["error"],
            findings=tuple(_read_finding(each["check"], found) for found in each["findings"]),
        )


def _read_finding(check: str, found: Mapping[str, Any]) -> Finding:
    return Finding(
        check=check,
        severity=Severity(found["severity"]),
        where=found["where"],
        evidence=found["evidence"],
        params=found["params"],
        variant=found["variant"],
    )
