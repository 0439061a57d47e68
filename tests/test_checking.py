"""What a check of somebody's own may ask of the recipients, and what its findings lead to."""

from collections.abc import Iterable

import pytest

from releasegate.checks import check
from releasegate.errors import Blocked
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context
from tests.building import RULES, approved, mails, make_bench

OWN = "press@pr.example"


@pytest.mark.parametrize("reads", ["audience", "time"])
def test_a_check_counts_the_recipients_and_asks_for_one(sqlite_url: str, reads: str) -> None:
    """At writing from what was sealed, at the claim from the same: a check that reads the hour meets the sealed list too."""
    told = set[tuple[int, bool, bool]]()

    @check("our-own-copy", reads=[reads])
    def look(draft: Draft, context: Context) -> Iterable[Finding]:
        told.add((len(context.recipients), "reader2@paper.example" in context.recipients, OWN in context.recipients))
        return [] if OWN in context.recipients else [Finding(check="our-own-copy")]

    bench = make_bench(sqlite_url, checks=[look])
    approved(bench.gate, content=mails(3))
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert {(3, True, False)} == told
    assert {"our-own-copy"} == bench.gate.decide("d1").blocked_by


def test_who_is_reached_is_read_before_a_checks_time_runs(sqlite_url: str) -> None:
    """Of a million people it takes longer than a check may take."""
    seen = list[object]()

    @check("our-own-list", reads=["audience"])
    def look(draft: Draft, context: Context) -> Iterable[Finding]:
        seen.append(context.recipients)
        return []

    approved(make_bench(sqlite_url, checks=[look]).gate, content=mails(3))

    assert [("reader1@paper.example", "reader2@paper.example", "reader3@paper.example")] == seen


def test_what_a_check_only_mentions_shuts_nothing(sqlite_url: str) -> None:
    """Also where a check says something else beside it: that alone shuts."""
    told = [Finding(check="chatty", severity=Severity.INFO, where="text")]

    @check("chatty", reads=["time"])
    def look(draft: Draft, context: Context) -> Iterable[Finding]:
        return told

    gate = make_bench(sqlite_url, checks=[look]).gate
    approved(gate)
    assert gate.decide("d1")

    told.append(Finding(check="chatty", where="subject"))
    assert ["subject"] == [blocker.where for blocker in gate.decide("d1").blockers]


def test_what_a_check_finds_twice_is_said_once(sqlite_url: str) -> None:
    @check("stutter")
    def look(draft: Draft, context: Context) -> Iterable[Finding]:
        return [Finding(check="stutter", where=where) for where in ("subject", "subject", "text")]

    gate = make_bench(sqlite_url, checks=[look]).gate
    approved(gate)

    assert ["subject", "text"] == [blocker.where for blocker in gate.decide("d1").blockers]


def test_a_blocker_is_let_stand_by_as_many_as_the_file_says(sqlite_url: str) -> None:
    """Two approvers; one of them is not enough, nor is the same one twice."""

    @check("smells")
    def look(draft: Draft, context: Context) -> Iterable[Finding]:
        return [Finding(check="smells")]

    rules = RULES + "[checks]\nsmells = { waivable_by = { approvers = 2 } }\n"
    gate = make_bench(sqlite_url, rules=rules, checks=[look]).gate
    seen = approved(gate)
    for _ in range(2):
        gate.waive("d1", "smells", digest=seen.digest, by="chie", note="It is meant.")
    assert {"smells"} == gate.decide("d1").blocked_by

    gate.waive("d1", "smells", digest=seen.digest, by="dai", note="It is meant.")

    assert gate.decide("d1")
    assert ("smells",) == gate.decide("d1").waived
