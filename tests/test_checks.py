"""Making checks, setting them, and running what cannot be trusted."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, ClassVar, cast

import pytest

from releasegate.checks import Letters, build_checks, check, core_checks, run_check, run_checks, settings_digest
from releasegate.checks.findings import few, quote
from releasegate.errors import PolicyError
from releasegate.model.draft import Draft
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity
from releasegate.model.letter import Letter
from releasegate.model.parcel import Parcel
from releasegate.model.state import State
from releasegate.protocols import Check, Context

NOW = datetime(2026, 11, 24, tzinfo=UTC)
DRAFT = Draft(id="d", channel="news", title="七月号", state=State.DRAFTING, digest="d" * 64, reach=1, count=1)


def context(*letters: Letter, **about: Any) -> Context:  # noqa: ANN401 - the fields of a Context
    return Context(at=NOW, letters=letters, **about)


def answering(answer: object) -> Check:
    return check("odd")(lambda draft, context: cast("Any", answer() if callable(answer) else answer))


def run(answer: object, **how: Any) -> CheckResult:  # noqa: ANN401 - the keywords of run_check
    return run_check(answering(answer), DRAFT, context(), **how)


# Making


def test_a_function_becomes_a_check_that_fits_the_protocol() -> None:
    @check("no-cats", version=3, reads=("content", "time"))
    def no_cats(draft: Draft, context: Context) -> Iterator[Finding]:
        yield Finding(check="no-cats", evidence=draft.title)

    assert isinstance(no_cats, Check)
    assert ("no-cats", 3, frozenset({"content", "time"}), 0) == (no_cats.id, no_cats.version, no_cats.reads, len(no_cats.settings))
    assert ["七月号"] == [each.evidence for each in no_cats(DRAFT, context())]


@pytest.mark.parametrize(("name", "reads"), [("", ("content",)), ("x", ("contents",))])
def test_a_check_without_an_id_or_with_an_unknown_source_is_refused(name: str, reads: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="check"):
        check(name, reads=reads)


def test_every_core_check_fits_the_protocol_and_has_an_id_of_its_own() -> None:
    checks = core_checks()

    assert all(isinstance(each, Check) for each in checks)
    assert len(checks) == len({each.id for each in checks})
    assert {"content", "audience", "schedule", "time", "history"} >= {source for each in checks for source in each.reads}


def test_the_settings_of_every_core_check_can_be_digested() -> None:
    assert len(core_checks()) == len({settings_digest(each) for each in core_checks()})


def test_other_settings_have_another_digest_and_the_same_ones_the_same() -> None:
    def digest(rules: Mapping[str, Any]) -> str:
        return settings_digest(next(each for each in build_checks(rules) if each.id == "send-window"))

    wide = {"send-window": {"windows": [{"opens": "00:00", "closes": "24:00"}]}}

    assert digest(wide) == digest(wide)
    assert digest({}) != digest(wide)


# Setting


@dataclass(frozen=True, kw_only=True)
class NoShouting:
    id: ClassVar[str] = "no-shouting"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content"})

    most: int = 1

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"most": self.most}

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        return [Finding(check=self.id)] if draft.title.count("!") > self.most else []


def test_a_check_of_somebody_else_takes_settings_like_our_own() -> None:
    built = {each.id: each for each in build_checks({"no-shouting": {"most": 7}}, [NoShouting()])}

    assert {"most": 7} == built["no-shouting"].settings
    assert {each.id for each in core_checks()} | {"no-shouting"} == set(built)


def test_settings_that_the_policy_has_frozen_are_taken_as_well() -> None:
    windows = (MappingProxyType({"opens": "09:00", "days": ("mon",)}),)

    built = next(each for each in build_checks({"send-window": {"windows": windows}}) if each.id == "send-window")

    assert [{"days": ["mon"], "opens": "09:00", "closes": "21:00"}] == built.settings["windows"]


def test_what_is_not_set_stays_as_it_was() -> None:
    built = next(each for each in build_checks({"to-cc-instead-of-bcc": {"warn_at": 3}}) if each.id == "to-cc-instead-of-bcc")

    assert (3, 10) == (built.settings["warn_at"], built.settings["block_at"])


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ({"adress-syntax": {}}, "there is no check 'adress-syntax'. Did you mean 'address-syntax'?"),
        ({"zzz": {}}, "there is no check 'zzz'."),
        ({"address-syntax": {"allow_smtpuft8": True}}, "has no parameter 'allow_smtpuft8'. Did you mean 'allow_smtputf8'?"),
        ({"subject-missing": {"words": []}}, "subject-missing has no parameter 'words'. It takes none."),
        ({"address-syntax": {"allow_smtputf8": "yes"}}, "valid boolean; got 'yes'"),
        ({"recipients-empty": {"min": 0}}, "greater than or equal to 1; got 0"),
        ({"recipients-empty": {"min": "2"}}, "valid integer; got '2'"),
        ({"send-window": {"zone": "Asia/Tokio"}}, "no zone 'Asia/Tokio'"),
        ({"send-window": {"windows": [{"opens": "8"}]}}, "send-window.windows.0.opens: no hour '8'; wanted is one like 08:00"),
        ({"send-window": {"windows": [{"days": ["moon"], "opens": "08:00"}]}}, "no weekday"),
        ({"send-window": {"windows": [{"open": "08:00"}]}}, "send-window.windows.0.open"),
        ({"duplicate-recipients": {"action": "shout"}}, "'dedupe' or 'block'"),
        ({"test-text": {"words": [object()]}}, "a value that no policy file can hold"),
    ],
)
def test_a_mistake_in_the_settings_is_told_with_what_was_meant(rules: Mapping[str, Any], told: str) -> None:
    with pytest.raises(PolicyError) as caught:
        build_checks(rules)

    assert told in str(caught.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        build_checks({"nonsense": {}, "address-syntax": {"allow_smtputf8": 1, "more": 1}})

    assert 3 == len(caught.value.problems)


@pytest.mark.parametrize("extra", [object(), lambda draft, context: (), core_checks()[0]])
def test_what_is_no_check_and_what_is_there_already_is_refused(extra: object) -> None:
    with pytest.raises(PolicyError):
        build_checks({}, [cast("Check", extra)])


# Running


def test_a_check_that_finds_nothing_has_run() -> None:
    result = run(())

    assert (Outcome.RAN, (), "", "d" * 64, NOW) == (result.outcome, result.findings, result.error, result.digest, result.at)


def raising(error: BaseException) -> Callable[[], None]:
    def answer() -> None:
        raise error

    return answer


def late() -> Iterator[Finding]:
    yield Finding(check="odd")
    raise KeyError("a")


class Unspeakable(Exception):
    def __repr__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "It returned a NoneType, not findings."),
        ("fine", "It returned a str, not findings."),
        (b"fine", "It returned a bytes, not findings."),
        (True, "It returned a bool, not findings."),
        (7, "not iterable"),
        (["fine"], "It yielded a str, which is no finding."),
        ([None], "It yielded a NoneType, which is no finding."),
        ([Finding(check="other")], "a finding of another check"),
        ([Finding(check="odd", severity="fatal")], "field of the wrong kind"),  # type: ignore[arg-type] # what a check may do all the same
        ([Finding(check="odd", evidence=7)], "field of the wrong kind"),  # type: ignore[arg-type] # what a check may do all the same
        ([Finding(check="odd", params={"a": 1.5})], "field of the wrong kind"),  # type: ignore[dict-item] # what a check may do all the same
        (raising(RuntimeError("no\nluck")), "RuntimeError('no\\nluck')"),
        (raising(SystemExit(0)), "SystemExit(0)"),
        (raising(Unspeakable()), "Unspeakable"),
        (late, "KeyError('a')"),
    ],
)
def test_whatever_is_no_list_of_findings_is_an_error(answer: object, told: str) -> None:
    result = run(answer)

    assert Outcome.ERROR is result.outcome
    assert told in result.error


@pytest.mark.parametrize(
    "secret",
    ["postgresql://gate:hunter2@db/gate", "password=hunter2", "{'api_key': 'hunter2'}", "Authorization: Bearer hunter2", "token hunter2"],
)
def test_an_error_tells_no_secret(secret: str) -> None:
    result = run(raising(RuntimeError(f"could not log in with {secret}")))

    assert "hunter2" not in result.error
    assert "RuntimeError" in result.error


def test_an_error_is_one_short_line() -> None:
    error = run(raising(RuntimeError("a b\n" * 500))).error

    assert 200 >= len(error)
    assert "\n" not in error


def test_a_check_that_hangs_is_an_error_and_is_left_behind() -> None:
    wait = threading.Event()

    result = run(lambda: wait.wait() and (), timeout=0.05)
    wait.set()

    assert (Outcome.ERROR, "It did not end within 0.05 s.") == (result.outcome, result.error)


HANGS = """
import time
from datetime import UTC, datetime
from releasegate.checks import check, run_check
from releasegate.model.draft import Draft
from releasegate.model.state import State
from releasegate.protocols import Context

draft = Draft(id="d", channel="c", title="", state=State.DRAFTING, digest="", reach=1)
hangs = check("hangs")(lambda draft, context: time.sleep(600) or ())
print(run_check(hangs, draft, Context(at=datetime.now(UTC)), timeout=0.05).outcome)
"""


def test_a_check_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=60, check=True)

    assert "error\n" == ended.stdout


def test_more_than_a_thousand_findings_are_an_error_and_a_thousand_are_kept() -> None:
    def endless() -> Iterator[Finding]:
        while True:
            yield Finding(check="odd")

    result = run(endless)

    assert (Outcome.ERROR, 1000) == (result.outcome, len(result.findings))
    assert "1000" in result.error


def test_a_thousand_findings_are_none_too_many() -> None:
    assert Outcome.RAN is run([Finding(check="odd")] * 1000).outcome


def test_a_check_of_the_network_does_not_look_offline() -> None:
    looks = check("dead", reads=("content", "network"))(lambda draft, context: ())

    assert Outcome.NOT_LOOKED is run_check(looks, DRAFT, context()).outcome
    assert Outcome.RAN is run_check(looks, DRAFT, context(egress=object())).outcome


def test_the_policy_s_severity_replaces_blockers_and_warnings_only() -> None:
    findings = [Finding(check="odd", severity=each) for each in Severity]

    def severities(severity: Severity | None) -> list[Severity]:
        return [each.severity for each in run(findings, severity=severity).findings]

    assert list(Severity) == severities(None)
    assert [Severity.WARNING, Severity.WARNING, Severity.UNKNOWN, Severity.INFO] == severities(Severity.WARNING)
    assert [Severity.BLOCKER, Severity.BLOCKER, Severity.UNKNOWN, Severity.INFO] == severities(Severity.BLOCKER)


@dataclass(frozen=True)
class Broken:
    """A check whose settings are no JSON."""

    id: str = "odd"
    version: int = 1
    reads: frozenset[str] = frozenset()

    @property
    def settings(self) -> Mapping[str, Any]:
        return {"a": object()}

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        return ()


def test_settings_that_cannot_be_written_down_are_an_error() -> None:
    result = run_check(Broken(), DRAFT, context())

    assert Outcome.ERROR is result.outcome
    assert "settings" in result.error


def test_what_is_no_check_at_all_is_an_error_with_a_name() -> None:
    result = run_check(object(), DRAFT, context())  # type: ignore[arg-type] # what an entry point may bring

    assert (Outcome.ERROR, "object") == (result.outcome, result.check)


# Running all at once


def many(count: int, text: str = "こんにちは") -> Letters:
    return Letters(lambda: (Parcel(body=f"Subject: {no}\r\n\r\n{text}".encode(), to=(f"a{no}@b.jp",)) for no in range(1, count + 1)))


@check("each", by_letter=True)
def each_letter(draft: Draft, context: Context) -> Iterator[Finding]:
    for letter in context.letters:
        yield Finding(check="each", evidence=letter.subject)


@check("all")
def all_letters(draft: Draft, context: Context) -> Iterator[Finding]:
    yield Finding(check="all", evidence=str(sum(1 for _ in context.letters)))


def test_checks_that_look_at_each_letter_see_all_of_them_and_the_others_too() -> None:
    draft = Draft(id="d", channel="news", title="", state=State.DRAFTING, digest="", reach=300, count=300)

    each, every = run_checks([each_letter, all_letters], draft, Context(at=NOW, letters=many(300)))

    assert (["1", "2"], 20, 280) == ([found.evidence for found in each.findings[:2]], len(each.findings), each.findings[-1].params["more"])
    assert ["300"] == [found.evidence for found in every.findings]


def test_one_by_one_or_all_at_once_the_answers_are_the_same() -> None:
    letters = many(200, "{{name}}様 2026年12月1日（月） https://example.com ○○")
    about = Context(at=NOW, letters=letters, recipients=("a@b.jp", "a@b.jp"))
    draft = Draft(id="d", channel="news", title="", state=State.DRAFTING, digest="", reach=200, count=200)

    assert tuple(run_check(each, draft, about) for each in core_checks()) == run_checks(core_checks(), draft, about)


def test_letters_are_read_once_for_all_checks_that_look_at_each() -> None:
    reads: list[int] = []

    def parcels() -> Iterator[Parcel]:
        reads.append(1)
        return iter([Parcel(body=b"Subject: a\r\n\r\n")])

    run_checks(
        [each for each in core_checks() if getattr(each, "by_letter", False)], DRAFT, Context(at=NOW, letters=Letters(parcels, keep=0))
    )

    assert [1] == reads


def test_letters_that_cannot_be_read_shut_every_check_that_looks_at_them() -> None:
    def broken() -> Iterator[Parcel]:
        yield Parcel(body=b"Subject: a\r\n\r\n")
        raise OSError("disk")

    results = run_checks([each_letter, all_letters], DRAFT, Context(at=NOW, letters=Letters(broken)))

    assert [Outcome.ERROR, Outcome.ERROR] == [each.outcome for each in results]


def test_a_check_that_fails_on_one_letter_is_an_error_and_stops_nobody() -> None:
    @check("picky", by_letter=True)
    def picky(draft: Draft, context: Context) -> Iterator[Finding]:
        for letter in context.letters:
            yield Finding(check="picky", evidence=str(7 // (letter.no - 200)))

    results = run_checks([picky, each_letter], DRAFT, Context(at=NOW, letters=many(300)))

    assert [Outcome.ERROR, Outcome.RAN] == [each.outcome for each in results]


def test_the_severity_of_each_check_is_its_own() -> None:
    results = run_checks([each_letter, all_letters], DRAFT, Context(at=NOW, letters=many(1)), severities={"each": Severity.WARNING})

    assert [Severity.WARNING, Severity.BLOCKER] == [each.findings[0].severity for each in results]


def test_a_draft_without_letters_is_looked_at_too() -> None:
    results = {each.check: each for each in run_checks(core_checks(), DRAFT, context(recipients=("a@b.jp\n",)))}

    assert ["to"] == [each.where for each in results["recipient-header-injection"].findings]


def test_the_cost_of_running_lies_in_the_checks() -> None:
    """Twenty checks that do nothing, over 12,000 mails: less than a second beside the reading."""
    idle = [check(f"idle-{no}", by_letter=True)(lambda draft, context: ()) for no in range(20)]
    letters = tuple(Letter(no=no) for no in range(1, 12_001))
    started = time.process_time()

    run_checks(idle, DRAFT, Context(at=NOW, letters=letters))

    assert 3 > time.process_time() - started


# Writing down


def test_evidence_is_cut_and_shows_what_cannot_be_seen() -> None:
    assert "a\\n\\u200bb" == quote("a\n\u200bb")
    assert 120 == len(quote("x" * 500))
    assert 120 >= len(quote("\u200b" * 500))
    assert "\\ud800" == quote("\ud800")


def test_the_same_text_in_many_mails_is_one_finding_with_their_number() -> None:
    found = list(few(Finding(check="a", where=f"mail {no}, text", evidence="$name") for no in range(4, 104)))

    assert [("mail 4, text", {"more": 99})] == [(each.where, each.params) for each in found]


def test_no_heap_of_warnings_hides_a_blocker() -> None:
    heap = [Finding(check="a", severity=Severity.WARNING, evidence=str(no)) for no in range(100)]

    found = list(few([*heap, Finding(check="a", evidence="last")]))

    assert (21, "last", 80) == (len(found), found[-1].evidence, found[19].params["more"])
