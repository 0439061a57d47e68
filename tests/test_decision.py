"""The verdict: closed in every doubt, and nothing that happens by itself opens it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releasegate import checking
from releasegate.checks import check
from releasegate.decision.changes import Sealed, classify
from releasegate.decision.deciding import Results, World, decide
from releasegate.decision.findings import Expected
from releasegate.decision.people import Grant
from releasegate.errors import Blocked, Refused
from releasegate.model.draft import Draft, Hold, Signature, Tally, Twin, Waiver
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity
from releasegate.model.schedule import parse_schedule
from releasegate.model.state import Role, State
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.policy.policy import Policy
from releasegate.protocols import Context
from releasegate.store import reading
from tests.building import (
    MANIFEST,
    NEWS,
    NOON,
    RULES,
    TWO_EYES,
    Clock,
    approved,
    confirmed,
    mail,
    mails,
    make_bench,
    make_policy,
    sign,
    submitted,
    written,
)

HOUR = timedelta(hours=1)

# The checks and what they answer


def raises(draft: object, context: object) -> list[Finding]:
    raise RuntimeError("no")


def leaves(draft: object, context: object) -> list[Finding]:
    raise SystemExit(0)


def sleeps(draft: object, context: object) -> list[Finding]:
    time.sleep(30)
    return []


def says_none(draft: object, context: object) -> None:
    return None


def says_true(draft: object, context: object) -> bool:
    return True


def says_fine(draft: object, context: object) -> str:
    return "fine"


def says_number(draft: object, context: object) -> int:
    return 0


def yields_garbage(draft: object, context: object) -> Iterator[object]:
    yield "fine"


def breaks_off(draft: object, context: object) -> Iterator[Finding]:
    yield Finding(check="mine", severity=Severity.INFO)
    raise RuntimeError("no")


def names_another(draft: object, context: object) -> list[Finding]:
    return [Finding(check="subject-missing", severity=Severity.INFO)]


@pytest.mark.parametrize("reads", ["content", "time"])
@pytest.mark.parametrize(
    "look", [raises, leaves, sleeps, says_none, says_true, says_fine, says_number, yields_garbage, breaks_off, names_another]
)
def test_t27_f112_a_check_that_gives_no_findings_shuts_the_gate(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, look: Callable[..., list[Finding]], reads: str
) -> None:
    """It raised, hung, said None, yes or something else: an error, and blocked."""
    monkeypatch.setattr(checking, "TIMEOUT", 0.3)
    bench = make_bench(sqlite_url, checks=[check("mine", reads=[reads])(look)])
    approved(bench.gate)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert [("check-crashed", "mine")] == [(each.code, each.name) for each in bench.gate.decide("d1").blockers]


def test_t27_a_check_that_needs_the_network_is_not_passed_by_not_looking(sqlite_url: str) -> None:
    """What nobody looked at has not passed."""
    bench = make_bench(sqlite_url, checks=[check("mine", reads=["network"])(lambda draft, context: [])])
    approved(bench.gate)

    assert {"mine"} == bench.gate.decide("d1").blocked_by


def test_f113_a_result_for_one_text_says_nothing_of_another(sqlite_url: str) -> None:
    """Kept under the wrong digest by a slip or a race: not looked at, and so shut."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    store, office = bench.gate._office.store, bench.gate._office
    known = store.look(lambda txn: reading.load(txn, "d1", lock=False))
    results = tuple(result for event in known.events if event.kind == "checked" for result in checking._results(event))
    world, expected = World(identity="outbox:test"), office.checking.expected()
    live = store.look(lambda txn: office.checking.results(txn, known, NOON)).found[len(results) :]
    whole = Results(expected=expected, found=(*results, *live))
    other = Results(expected=expected, found=tuple(replace(result, digest="0" * 64) for result in results) + live)

    assert decide(known.draft, office.policy, whole, NOON, world=world)
    assert {"check-missing"} == {each.code for each in decide(known.draft, office.policy, other, NOON, world=world).blockers}


def test_i5_a_check_that_comes_later_has_not_passed_yet(sqlite_url: str) -> None:
    """A program with one check more looks before it sends, and what it finds blocks."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    strict = check("mine")(lambda draft, context: [Finding(check="mine")])
    later = make_bench(sqlite_url, checks=[strict], clock=bench.clock)

    assert {"mine"} == later.gate.decide("d1").blocked_by
    with pytest.raises(Blocked):
        later.gate.send("d1", by="mailer")


def test_i5_a_result_that_has_aged_out_is_made_anew(sqlite_url: str) -> None:
    """After its age it shuts the gate; the next try looks again."""
    seen = list[datetime]()

    @check("mine")
    def look(draft: object, context: Context) -> list[Finding]:
        seen.append(context.at)
        return []

    bench = make_bench(sqlite_url, rules=RULES + '[checks]\nmine = { valid_for = "1h" }\n', checks=[look])
    approved(bench.gate)
    assert NOON + HOUR == bench.gate.decide("d1").until
    bench.clock.forward(hours=1)
    assert {"checks-fresh"} == bench.gate.decide("d1").blocked_by

    assert 1 == bench.gate.send("d1", by="mailer").sent
    assert [NOON, NOON + HOUR] == seen


def test_i5_a_check_of_the_hour_stops_a_long_send(sqlite_url: str) -> None:
    """It had passed when the send began; a minute later it does not, which is seen within half a minute."""
    late = NOON + HOUR / 60

    @check("mine", reads=["time"])
    def look(draft: object, context: Context) -> list[Finding]:
        return [Finding(check="mine")] if context.at >= late else []

    bench = make_bench(sqlite_url, checks=[look])
    approved(bench.gate, content=mails(9))
    bench.outbox.on_send = lambda _: _later(bench.clock)
    with pytest.raises(Blocked, match=r"\AStopped half-way"):
        bench.gate.send("d1", by="mailer")

    assert 4 == len(bench.outbox.got)


def _later(clock: Clock) -> None:
    clock.forward(seconds=20)


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.UNKNOWN])
def test_a_warning_is_let_stand_by_somebody_else_for_this_text(sqlite_url: str, severity: Severity) -> None:
    """It shuts; the writer cannot let it stand, dai can, and a new text needs it again."""
    look = check("mine")(lambda draft, context: [Finding(check="mine", severity=severity)])
    gate = make_bench(sqlite_url, checks=[look]).gate
    seen = approved(gate)
    assert {"mine"} == gate.decide("d1").blocked_by
    with pytest.raises(Refused):
        gate.waive("d1", "mine", digest=seen.digest, by="akari", note="Fine.")
    gate.waive("d1", "mine", digest=seen.digest, by="dai", note="Fine.")
    assert gate.decide("d1")

    written(gate, content="Another text.")
    submitted(gate)
    sign(gate)
    assert {"mine"} == gate.decide("d1").blocked_by


# The hour


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("2026-12-01 10:00", "schedule-zone"),
        ("2026-12-01 10:00 Asia/Tokio", "schedule-zone"),
        ("2026-12-01T10:00+05:00 Asia/Tokyo", "schedule-zone"),
        ("2026-03-29 02:30 Europe/Berlin", "schedule-dst"),
    ],
)
def test_t31_an_hour_that_names_no_moment_is_not_at_once(sqlite_url: str, asked: str, code: str) -> None:
    """Also where the file has lowered the check that says so, and somebody has let it stand."""
    lowered = '[checks]\nschedule-zone = { severity = "warning" }\nschedule-dst = { severity = "warning" }\n'
    bench = make_bench(sqlite_url, rules=RULES + lowered)
    seen = approved(bench.gate, send_at=asked)
    for name in bench.gate.decide("d1").blocked_by:
        bench.gate.waive("d1", name, digest=seen.digest, by="dai", note="Whenever.")
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert {code} == bench.gate.decide("d1").blocked_by


def test_r30_an_approval_whose_undo_ends_after_the_window_is_refused_at_once(sqlite_url: str) -> None:
    """It would only lead to `missed`, in silence."""
    rules = '[channels.news]\nwindow = "2m"\nundo = "5m"\n' + TWO_EYES
    bench = make_bench(sqlite_url, rules=rules)
    seen = confirmed(bench.gate, send_at="2026-06-29 13:00 Asia/Tokyo")
    bench.clock.forward(minutes=58)
    with pytest.raises(Refused) as refused:
        bench.gate.approve("d1", digest=seen.digest, by="chie", note="Go.")

    assert "window-closes-first" == refused.value.code
    assert () == tuple(each for each in bench.gate.draft("d1").signatures if each.role is Role.APPROVER)


def test_r30_the_earliest_moment_is_the_later_of_hour_and_undo(sqlite_url: str) -> None:
    """Not before the hour, and not before the delay is over."""
    bench = make_bench(sqlite_url, rules='[channels.news]\nundo = "30m"\n' + TWO_EYES)
    approved(bench.gate, "early", content="Early.", send_at="2026-06-29 14:00 Asia/Tokyo")
    approved(bench.gate, "soon", content="Soon.", send_at="2026-06-29 12:10 Asia/Tokyo")

    assert NOON + 2 * HOUR == bench.gate.decide("early").earliest
    assert NOON + HOUR / 2 == bench.gate.decide("soon").earliest
    bench.clock.forward(minutes=29)
    assert not bench.gate.decide("soon")
    bench.clock.forward(minutes=1)
    assert bench.gate.decide("soon")


@pytest.mark.parametrize(("minutes", "codes"), [(-1, {"waiting-for-time"}), (0, set()), (119, set()), (120, {"missed"})])
def test_the_window_opens_at_the_hour_and_closes_at_its_end(sqlite_url: str, minutes: int, codes: set[str]) -> None:
    """To the minute, on both sides."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at="2026-06-29 13:00 Asia/Tokyo")

    assert codes == bench.gate.decide("d1", at=NOON + HOUR + timedelta(minutes=minutes)).blocked_by


def test_t14_a_clock_that_goes_back_opens_nothing(sqlite_url: str) -> None:
    """The store's time never lies before its last event."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at="2026-06-29 13:00 Asia/Tokyo")
    bench.clock.forward(hours=4)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    bench.clock.forward(hours=-3)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert [] == bench.outbox.got


# decide(), for any draft

POLICY = make_policy(
    '[channels.news]\nundo = "10m"\n'
    + TWO_EYES
    + 'valid_for = "5h"\nwaivable_by = { approvers = 1 }\n'
    + '[[requirement]]\nname = "legal"\napprovers = 1\ngroup = "legal"\n[groups]\nlegal = ["dai"]\n'
)
DIGEST = "d" * 64
PEOPLE = ["akari", "ben", "chie", "dai", "mailer", "gone"]
MOMENTS = st.one_of(st.integers(0, 60), st.integers(-12 * 60, 12 * 60)).map(lambda minutes: NOON + timedelta(minutes=minutes))
ONE_CHECK = Expected(check="mine", version=1, settings="s", valid_for=4 * HOUR)


def mostly(usual: object, *others: object) -> st.SearchStrategy[object]:
    """Nearly always the first: a gate that is shut for ten reasons tells nothing about one."""
    return st.sampled_from([usual] * 20 + list(others))


@st.composite
def signatures(draw: st.DrawFn) -> Signature:
    """Of anybody, mostly on this text under these rules."""
    return Signature(
        by=draw(st.sampled_from(PEOPLE)),
        role=draw(st.sampled_from([Role.CHECKER, Role.APPROVER])),
        digest=draw(mostly(DIGEST, "e" * 64)),  # type: ignore[arg-type]  # strings
        rules=draw(mostly(POLICY.rules, "other")),  # type: ignore[arg-type]  # strings
        round=draw(mostly(2, 1)),  # type: ignore[arg-type]  # numbers
        at=draw(MOMENTS),
        seq=draw(st.integers(1, 99)),
        via=draw(mostly("", "chie", "dai")),  # type: ignore[arg-type]  # strings
    )


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """In any state, with anything in it."""
    hour = draw(st.sampled_from([None, None, NOON - HOUR]) | MOMENTS)
    return Draft(
        id="d1",
        channel=draw(mostly("news", "elsewhere")),  # type: ignore[arg-type]  # strings
        title="",
        state=draw(st.sampled_from([State.APPROVED] * 60 + list(State))),
        digest=DIGEST,
        reach=3,
        round=2,
        identity="outbox:test",
        window=7200,
        author="akari",
        writers=draw(st.sampled_from([("akari",), ("writer",), ("akari",), ("ben", "akari")])),
        schedule=parse_schedule(hour),
        signatures=_strong() if draw(st.sampled_from([True, True, False])) else tuple(draw(st.lists(signatures(), max_size=5))),
        holds=tuple(draw(mostly((), (Hold(id="d1/h1", by="dai", at=NOON),)))),  # type: ignore[arg-type]  # tuples
        waivers=tuple(
            Waiver(
                name=name, by=draw(st.sampled_from(PEOPLE)), digest=DIGEST, rules=POLICY.rules, round=draw(st.sampled_from([1, 2])), at=NOON
            )
            for name in draw(st.lists(st.sampled_from(["two pairs of eyes", "legal", "mine"]), max_size=2))
        ),
        twins=tuple(
            Twin(draft_id="t", kind=kind, at=draw(MOMENTS) - timedelta(days=7))
            for kind in draw(mostly((), ("sent",), ("sent",), ("unknown",), ("held",), ("withdrawn",)))  # type: ignore[attr-defined]  # tuples
        ),
        tally=Tally(waiting=3 - (lost := draw(mostly(0, 1, 3))), unknown=lost),  # type: ignore[arg-type, operator]  # numbers
        opened=draw(st.sampled_from([None, None, NOON - HOUR]) | MOMENTS),
        written=draw(MOMENTS),
    )


def _strong() -> tuple[Signature, ...]:
    """What opens this gate."""
    signed = {"digest": DIGEST, "rules": POLICY.rules, "round": 2, "at": NOON, "seq": 1}
    return (
        Signature(by="ben", role=Role.CHECKER, **signed),  # type: ignore[arg-type]  # as above
        Signature(by="dai", role=Role.APPROVER, **signed),  # type: ignore[arg-type]  # as above
    )


@st.composite
def results(draw: st.DrawFn) -> Results:
    """Of one check; mostly fine."""
    found = CheckResult(
        check="mine",
        version=1,
        settings="s",
        digest=draw(mostly(DIGEST, "e" * 64)),  # type: ignore[arg-type]  # strings
        at=draw(MOMENTS),
        outcome=draw(mostly(Outcome.RAN, *Outcome)),  # type: ignore[arg-type]  # outcomes
        findings=tuple(Finding(check="mine", severity=severity) for severity in draw(mostly((), *((each,) for each in Severity)))),  # type: ignore[attr-defined]  # tuples
    )
    return Results(expected=(ONE_CHECK,), found=draw(mostly((found,), ())))  # type: ignore[arg-type]  # tuples


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """With what was lent, and a channel that is mostly there."""
    lent = st.builds(Grant, person=st.sampled_from(PEOPLE), to=st.sampled_from(PEOPLE), since=MOMENTS, until=MOMENTS)
    return World(
        grants=tuple(draw(st.lists(lent, max_size=2))),
        identity=draw(mostly("outbox:test", None, "outbox:other")),  # type: ignore[arg-type]  # strings
        doubts=draw(mostly((), (Blocker(code="clock-unsure", kind=Kind.MEND),))),  # type: ignore[arg-type]  # tuples
    )


def verdict(draft: Draft, found: Results, world: World, at: datetime, policy: Policy = POLICY) -> Decision:
    return decide(draft, policy, found, at, world=world)


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS)
def test_decide_never_raises_and_every_no_has_a_reason(draft: Draft, found: Results, world: World, at: datetime) -> None:
    """For any draft: a verdict, and words for it in both languages."""
    said = verdict(draft, found, world, at)

    assert said.open is (not said.blocked_by)
    assert said.explain("en")
    assert said.explain("ja")
    assert said.to_dict()


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS)
def test_decide_is_closed_in_every_doubt(draft: Draft, found: Results, world: World, at: datetime) -> None:
    """A hold, a doubt, another identity, no result, a crash, an unsettled finding, a state that is over: one is enough."""
    of_this = [each for each in found.found if each.digest == DIGEST]
    doubtful = (
        draft.holds
        or world.doubts
        or world.identity != draft.identity
        or not of_this
        or any(each.outcome is not Outcome.RAN for each in of_this)
        or any(finding.severity is Severity.BLOCKER for each in of_this for finding in each.findings)
        or any(twin.kind in {"held", "withdrawn"} for twin in draft.twins)
        or draft.state.over
        or draft.state in {State.UNKNOWN, State.MISSED, State.DRAFTING, State.BOOKED}
        or (draft.send_at is not None and not draft.send_at <= at < draft.send_at + timedelta(hours=2))
    )

    assert not (doubtful and verdict(draft, found, world, at))


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS)
def test_t18_decide_is_closed_without_a_requirement(draft: Draft, found: Results, world: World, at: datetime) -> None:
    """Whatever has been signed."""
    nothing = make_policy(NEWS)

    assert "no-requirement" in verdict(draft, found, world, at, nothing).blocked_by


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS)
def test_decide_opens_for_nobody_who_wrote_it(draft: Draft, found: Results, world: World, at: datetime) -> None:
    """Open means: a checker and an approver who are two, entitled, and neither a writer nor acting for one."""
    if not verdict(draft, found, world, at) or draft.waivers:
        return
    eyes = POLICY.people.eyes
    writers = {eyes(name) for name in draft.writers}
    counted = [
        each
        for each in draft.signatures
        if (each.digest, each.rules, each.round) == (DIGEST, POLICY.rules, 2) and not {each.by, each.via} & writers
    ]
    pairs = [(a, b) for a in counted for b in counted if (a.role, b.role) == (Role.CHECKER, Role.APPROVER) and eyes(a.by) != eyes(b.by)]

    assert pairs


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS)
def test_a_hold_more_never_opens(draft: Draft, found: Results, world: World, at: datetime) -> None:
    held = replace(draft, holds=(*draft.holds, Hold(id="d1/h9", by="akari", at=NOON)))

    assert not verdict(held, found, world, at)


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS, st.data())
def test_a_signature_or_a_waiver_less_never_opens(draft: Draft, found: Results, world: World, at: datetime, data: st.DataObject) -> None:
    """What opens the gate is what is there, never what is missing."""
    kept = data.draw(st.sets(st.sampled_from(range(len(draft.signatures) or 1))))
    less = replace(
        draft,
        signatures=tuple(each for number, each in enumerate(draft.signatures) if number in kept),
        waivers=draft.waivers[: data.draw(st.integers(0, len(draft.waivers)))],
    )

    assert verdict(draft, found, world, at).open >= verdict(less, found, world, at).open


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS, st.floats(0, 0.999))
def test_before_until_time_alone_changes_nothing(draft: Draft, found: Results, world: World, at: datetime, part: float) -> None:
    """A verdict stands until the moment that it names; a worker need not ask again before."""
    now = verdict(draft, found, world, at)
    end = now.until or at + timedelta(days=30)

    assert now.open is verdict(draft, found, world, at + (end - at) * part).open


@pytest.mark.counts
@given(drafts(), results(), worlds(), MOMENTS)
def test_nothing_that_is_judged_is_changed(draft: Draft, found: Results, world: World, at: datetime) -> None:
    """Asked twice, it says the same."""
    assert verdict(draft, found, world, at) == verdict(draft, found, world, at)


# Changes (T05): real letters through a real gate

EDITS: MappingProxyType[str, frozenset[str]] = MappingProxyType(
    {
        "subject": frozenset({"subject"}),
        "text": frozenset({"text"}),
        "html": frozenset({"text"}),
        "link": frozenset({"text", "links"}),
        "reply-to": frozenset({"text"}),
        "unsubscribe": frozenset({"text"}),
        "from": frozenset({"sender"}),
        "from-name": frozenset({"sender"}),
        "attached": frozenset({"attachments"}),
        "attached-name": frozenset({"attachments"}),
        "attached-type": frozenset({"attachments"}),
        "one-more": frozenset({"recipients.grown"}),
        "one-less": frozenset({"recipients.shrunk"}),
        "another": frozenset({"recipients.grown", "recipients.shrunk"}),
        "later": frozenset({"schedule.later"}),
        "earlier": frozenset({"schedule.earlier"}),
        "dealt-anew": frozenset({"text"}),
    }
)
KINDS = sorted(frozenset().union(*EDITS.values()))


def letters(edits: set[str]) -> list[EmailMessage]:
    """Two letters, with these edits made."""
    readers = ["one@paper.example, two@paper.example", "three@paper.example"]
    if "one-more" in edits:
        readers[1] += ", four@paper.example"
    if "one-less" in edits:
        readers[0] = "one@paper.example"
    if "another" in edits:
        readers[1] = readers[1].replace("three", "five")
    if "dealt-anew" in edits:
        readers.reverse()
    return [_letter(edits, number, to) for number, to in enumerate(readers)]


def _letter(edits: set[str], number: int, to: str) -> EmailMessage:
    name, address = "Other" if "from-name" in edits else "News", "press" if "from" in edits else "news"
    extra = {"Reply_To": "desk@pr.example"} if "reply-to" in edits else {}
    extra |= {"List_Unsubscribe": "<mailto:out@pr.example>"} if "unsubscribe" in edits else {}
    subject = "New wing!" if "subject" in edits else "New wing"
    text = f"Letter {number}. Open from nine{'teen' if 'text' in edits else ''}."
    text += " https://www.pr.example/wing" + ("s" if "link" in edits else "")
    made = mail(text, to=to, subject=subject, From=f"{name} <{address}@pr.example>", **extra)
    made.add_alternative(f"<p>Letter {number}{'<br>' if 'html' in edits else ''}</p>", subtype="html")
    made.add_attachment(
        b"a,b\n1,3\n" if "attached" in edits else b"a,b\n1,2\n",
        maintype="application",
        subtype="pdf" if "attached-type" in edits else "octet-stream",
        filename="price.csv" if "attached-name" in edits else "prices.csv",
    )
    return made


@given(edits=st.sets(st.sampled_from(sorted(EDITS)), min_size=1, max_size=3), keep=st.sets(st.sampled_from(KINDS), min_size=1))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_t05_any_edit_outside_keep_on_drops_the_signature(
    tmp_path_factory: pytest.TempPathFactory, edits: set[str], keep: set[str]
) -> None:
    """Alone or beside edits that are allowed: one that is not named takes every signature with it."""
    edits -= {"later"} if "earlier" in edits else set()
    rules = NEWS + TWO_EYES + f"keep_on = {sorted(keep)}\n"
    gate = make_bench(f"sqlite:///{tmp_path_factory.mktemp('t05') / 'store.sqlite3'}", rules=rules, clock=Clock()).gate
    approved(gate, content=letters(set()), send_at="2026-06-29 14:00 Asia/Tokyo")
    hour = {"later": 15, "earlier": 13}.get(next(iter(edits & {"later", "earlier"}), ""), 14)
    submitted(gate, content=letters(edits), send_at=f"2026-06-29 {hour}:00 Asia/Tokyo")
    kinds = frozenset[str]().union(*(EDITS[edit] for edit in edits))
    carried = {each.by for each in gate.draft("d1").signatures if each.carried}

    assert kinds <= keep or "chie" not in carried
    assert kinds <= keep | {"schedule.later"} or not carried
    gate._office.store.close()


@pytest.mark.parametrize("hidden", sorted(EDITS))
def test_t05_no_edit_hides_behind_another_that_is_allowed(sqlite_url: str, hidden: str) -> None:
    """The file keeps signatures on everything but this one kind, and another change is made beside it."""
    keep = sorted(set(KINDS) - EDITS[hidden])
    gate = make_bench(sqlite_url, rules=NEWS + TWO_EYES + f"keep_on = {keep}\n").gate
    approved(gate, content=letters(set()), send_at="2026-06-29 14:00 Asia/Tokyo")
    hour = {"later": 15, "earlier": 13}.get(hidden, 14)
    submitted(gate, content=letters({hidden, "subject"}), send_at=f"2026-06-29 {hour}:00 Asia/Tokyo")

    assert [] == [each for each in gate.draft("d1").signatures if each.carried and (each.role is Role.APPROVER or hidden != "later")]


def test_t05_whatever_is_said_beside_one_manifest_it_is_unchanged() -> None:
    """The digest decides: how a reader's programs of today and yesterday take the same bytes apart makes no other text of it."""
    assert {"unchanged"} == classify(Sealed(manifest=MANIFEST), Sealed(manifest=MANIFEST, texts=("The new wing opens.",)))


def test_t05_the_difference_that_is_shown_names_the_same_kinds(sqlite_url: str) -> None:
    """Who is asked to look again is told what to look for."""
    gate = make_bench(sqlite_url).gate
    before = written(gate, content=letters(set()))
    written(gate, content=letters({"subject", "reply-to"}))

    assert {"subject", "text"} == gate.diff("d1", since=before.digest).kinds
