"""The verdict, every word of it: what shuts, who can clear it, how; what passed; from when, until when."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from releasegate.decision.deciding import Results, World, decide, people_part
from releasegate.decision.findings import Expected
from releasegate.decision.people import Grant
from releasegate.model.declared import Declared
from releasegate.model.draft import Draft, Tally, Twin
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity, fingerprint
from releasegate.model.limits import Limits
from releasegate.model.schedule import Schedule
from releasegate.model.state import Role, State
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.policy.policy import Policy
from tests.building import NEWS, NOON, PEOPLE, TWO_EYES, make_policy
from tests.by_hand import DIGEST, HOUR, POLICY, draft, grant, handoff, hold, hour, signature, signed, waiver

KEYED = PEOPLE.replace('"checker"], also', '"checker"], keys = ["' + "1" * 64 + '"], also').replace(
    '"chie@pr.example",', '"chie@pr.example", keys = ["' + "2" * 64 + '"],'
)
NAMES = {"akari": "Sato Akari", "ben": "Ben Ito", "chie": "Tanaka Chie", "dai": "Oi Dai", "mailer": "mailer", "writer": "writer"}
EYES = "two pairs of eyes"
HERE = World(identity="outbox:test")
MINE = Expected(check="mine", version=1, settings="s")
REWRITE = ("releasegate write d1 …",)


def said(of: Draft, policy: Policy = POLICY, *, world: World = HERE, results: Results = Results(), at: datetime = NOON) -> Decision:  # noqa: B008 - frozen
    return decide(of, policy, results, at, world=world)


def ready(policy: Policy = POLICY, **more: Any) -> Draft:  # noqa: ANN401 - whatever a draft has
    """Nothing is missing."""
    return draft(signatures=signed(policy), **more)


def shut(of: Draft, policy: Policy = POLICY, **more: Any) -> list[Blocker]:  # noqa: ANN401 - as `said` has it
    """What shuts, in its order."""
    return list(said(of, policy, **more).blockers)


def mend(code: str, **more: Any) -> Blocker:  # noqa: ANN401 - whatever a blocker has
    return Blocker(code=code, kind=Kind.MEND, **more)


def opened(**more: Any) -> Decision:  # noqa: ANN401 - whatever a decision has
    """The verdict on `ready()`."""
    usual: dict[str, Any] = {
        "draft_id": "d1",
        "digest": DIGEST,
        "at": NOON,
        "satisfied": ("checks", EYES),
        "title": "July",
        "channel": "news",
        "reach": 3,
        "state": "approved",
        "names": NAMES,
    }
    return Decision(**usual | more)


def looked(*findings: Finding) -> Results:
    """What the one check said that must have passed."""
    result = CheckResult(check="mine", version=1, settings="s", digest=DIGEST, at=NOON, outcome=Outcome.RAN, findings=findings)
    return Results(expected=(MINE,), found=(result,))


# --- what it says when it is open


def test_open_it_says_what_passed_and_of_what_it_speaks() -> None:
    assert opened() == said(ready())


def test_it_tells_how_many_have_gone_and_how_many_are_on_their_way() -> None:
    tally = Tally(waiting=1, claimed=2, sending=4, sent=8, refused=16, unknown=32)

    assert opened(gone=24, unknown=32, in_flight=4) == said(ready(tally=tally))


def test_it_says_what_was_waived_and_what_does_not_apply() -> None:
    policy = make_policy(
        NEWS
        + "[channels.other]\n"
        + TWO_EYES
        + "waivable_by = { approvers = 1 }\n"
        + '[[requirement]]\nname = "theirs"\ncheckers = 1\nchannels = ["other"]\n'
    )
    of = draft(signatures=signed(policy)[:1], waivers=(waiver("dai", EYES, policy),))

    assert opened(satisfied=("checks",), waived=(EYES,), not_applicable=("theirs",)) == said(of, policy)


def test_a_finding_that_is_let_stand_is_told_beside_the_rules() -> None:
    doubt = Finding(check="mine", severity=Severity.WARNING)
    results = looked(doubt)
    of = ready(waivers=(waiver("dai", "mine", findings=frozenset({fingerprint(doubt)})),))

    assert opened(waived=("mine",)) == said(of, results=results)
    closed = said(ready(), results=results)
    assert ((EYES,), ["mine"]) == (closed.satisfied, [each.code for each in closed.blockers])  # the checks are not satisfied


@pytest.mark.parametrize(
    ("schedule", "channel", "zone"),
    [
        (Schedule(), "news", "Europe/Berlin"),
        (Schedule(zone="Asia/Tokyo"), "news", "Asia/Tokyo"),
        (Schedule(), "elsewhere", ""),
        (Schedule(zone="Asia/Tokyo"), "elsewhere", "Asia/Tokyo"),
    ],
)
def test_it_speaks_in_the_drafts_zone_else_in_its_channels(schedule: Schedule, channel: str, zone: str) -> None:
    policy = make_policy(NEWS + 'zone = "Europe/Berlin"\n' + TWO_EYES)
    found = said(ready(policy, schedule=schedule, channel=channel), policy)

    assert (zone, schedule) == (found.zone, found.schedule)


# --- holds


def test_a_hold_names_who_can_lift_it() -> None:
    """Who placed it, then the approvers who had no hand in the text."""
    barrier = Blocker(
        code="hold-active",
        kind=Kind.HOLD,
        params={"by": "ben", "note": "Wait for legal.", "hold": "d1/h1", "final": 0, "along": ""},
        who=("ben", "chie", "dai"),
        how=("releasegate lift d1 h1",),
        since=NOON,
    )

    assert [barrier] == shut(ready(holds=(hold("ben"),)))
    assert ("dai", "chie") == shut(ready(holds=(hold("dai"),)))[0].who
    assert [barrier, "d1/h2"] == [(found := shut(ready(holds=(hold("ben"), hold("ben", id="d1/h2")))))[0], found[1].params["hold"]]


def test_a_hold_is_lifted_by_its_last_name() -> None:
    """A draft's own name may have a stroke in it."""
    assert ("releasegate lift 2026/07 h1",) == shut(ready(id="2026/07", holds=(hold(id="2026/07/h1"),)))[0].how


def test_a_final_hold_is_lifted_by_nobody() -> None:
    assert [
        Blocker(
            code="hold-active",
            kind=Kind.HOLD,
            params={"by": "dai", "note": "Wait for legal.", "hold": "d1/h1", "final": 1, "along": ""},
            since=NOON,
        )
    ] == shut(ready(holds=(hold(final=True),)))


# --- states


def only(state: State, **more: Any) -> list[Blocker]:  # noqa: ANN401 - whatever a draft has
    return shut(ready(state=state, **more))


def test_what_is_over_says_so() -> None:
    assert [mend("already-sent", params={"n": 5})] == only(State.SENT, tally=Tally(sent=5, unknown=1, waiting=1))
    assert [mend("withdrawn")] == only(State.WITHDRAWN)
    assert [mend("stopped")] == only(State.STOPPED, tally=Tally(unknown=1))


@pytest.mark.parametrize(
    ("state", "tally", "shuts"),
    [
        (State.UNKNOWN, Tally(unknown=2), True),
        (State.UNKNOWN, Tally(unknown=2, waiting=1), True),
        (State.SENDING, Tally(unknown=2), True),
        (State.SENDING, Tally(unknown=2, sending=1), False),
        (State.SENDING, Tally(unknown=2, waiting=1), False),
        (State.SENDING, Tally(unknown=2, claimed=1), False),
        (State.APPROVED, Tally(), False),
    ],
)
def test_what_nobody_knows_is_settled_when_nothing_else_is_left(state: State, tally: Tally, *, shuts: bool) -> None:
    lost = Blocker(code="outcome-unknown", kind=Kind.UNKNOWN, params={"n": tally.unknown}, how=("releasegate settle d1",))

    assert [lost] * shuts == only(state, tally=tally)


def test_what_is_booked_is_on_its_way() -> None:
    """Until its hour, once it stands over there."""
    booked = Blocker(code="booked", kind=Kind.WAIT, params={"until": NOON.isoformat()})

    assert [Blocker(code="in-progress", kind=Kind.WAIT, params={"until": ""})] == only(State.BOOKING, schedule=hour())
    assert [booked] == only(State.BOOKED, schedule=hour())
    assert [replace(booked, params={"until": ""})] == only(State.BOOKED)


def test_a_draft_is_submitted_by_its_author_first() -> None:
    assert [
        Blocker(code="not-submitted", kind=Kind.WAIT, params={"author": "akari"}, who=("akari",), how=("releasegate submit d1",))
    ] == only(State.DRAFTING)


@pytest.mark.parametrize("state", [State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED, State.SENDING])
def test_no_other_state_shuts(state: State) -> None:
    assert [] == only(state)


def test_what_is_over_waits_for_nobody_to_take_it_over() -> None:
    """As long as it is not, it does."""
    open_one = (handoff("lift", "dai", "approver"),)

    assert ["already-sent"] == [each.code for each in only(State.SENT, handoffs=open_one)]
    assert ["handover-acknowledged"] == [each.code for each in only(State.APPROVED, handoffs=open_one)]


# --- the way out


@pytest.mark.parametrize(("channel", "identity"), [("gone", "outbox:test"), ("news", None)])
def test_a_way_out_that_is_not_here_is_missing(channel: str, identity: str | None) -> None:
    found = shut(ready(channel=channel), world=World(identity=identity))

    assert mend("channel-missing", params={"channel": channel}) == found[0]
    assert 1 == len(found)


def test_another_identity_and_another_purpose_are_told_apart() -> None:
    trial = make_policy(NEWS + 'mode = "test"\n' + TWO_EYES)
    other = mend("channel-identity", params={"approved": "outbox:test", "now": "outbox:other"}, how=REWRITE)
    wrong = mend("live-test-identity", params={"meant": "live", "mode": "test"}, who=("akari",))

    assert [other] == shut(ready(), world=World(identity="outbox:other"))
    assert [wrong] == shut(ready(trial), trial)
    assert [other, wrong] == shut(ready(trial), trial, world=World(identity="outbox:other"))
    assert [] == shut(ready(trial, meant="test"), trial)
    assert [] == shut(ready(trial, meant="drill"), trial)
    assert [mend("live-test-identity", params={"meant": "drill", "mode": "live"}, who=("akari",))] == shut(ready(meant="drill"))


# --- twins


@pytest.mark.parametrize("kind", ["held", "withdrawn"])
def test_a_text_that_is_held_elsewhere_is_held_here(kind: str) -> None:
    found = Blocker(
        code="twin-held",
        kind=Kind.HOLD,
        params={"twin": "d0", "what": kind, "at": "2026-01-01T03:00:00+00:00"},
        how=("releasegate show d0",),
        since=datetime.fromisoformat("2026-01-01T03:00+00:00"),
    )

    assert [found] == shut(ready(twins=(Twin(draft_id="d0", kind=kind, at=datetime.fromisoformat("2026-01-01T03:00+00:00")),)))


def twin_sent(kind: str, at: datetime) -> Blocker:
    return mend("twin-sent", params={"twin": "d0", "what": kind, "at": at.isoformat()}, who=("akari",), how=REWRITE, since=at)


@pytest.mark.parametrize(
    ("kind", "ago", "shuts"),
    [
        ("sent", timedelta(days=7) - timedelta(seconds=1), True),
        ("sent", timedelta(days=7), False),
        ("going", timedelta(days=8), True),
        ("unknown", timedelta(days=8), True),
    ],
)
def test_the_same_again_waits_until_the_channel_lets_it(kind: str, ago: timedelta, *, shuts: bool) -> None:
    of = ready(twins=(Twin(draft_id="d0", kind=kind, at=NOON - ago),))

    assert [twin_sent(kind, NOON - ago)] * shuts == shut(of)


def test_each_twin_is_told_and_where_the_channel_is_gone_any_shuts() -> None:
    old = NOON - timedelta(days=99)
    of = ready(channel="gone", twins=(Twin(draft_id="d0", kind="sent", at=old), Twin(draft_id="d0", kind="sent", at=NOON)))

    assert [twin_sent("sent", old), twin_sent("sent", NOON)] == [each for each in shut(of) if each.code == "twin-sent"]


# --- the hour


@pytest.mark.parametrize(
    ("asked", "code", "variant"),
    [
        (Schedule(text="10:00", problem="zone"), "schedule-zone", ""),
        (Schedule(text="10:00", zone="Asia/Tokio", problem="zone"), "schedule-zone", "unknown"),
        (Schedule(text="10:00", zone="Asia/Tokyo", problem="offset"), "schedule-zone", "offset"),
        (Schedule(text="10:00", zone="Europe/Berlin", problem="gap"), "schedule-dst", "gap"),
    ],
)
def test_an_hour_that_names_no_moment_shuts_unless_a_check_says_so(asked: Schedule, code: str, variant: str) -> None:
    told = mend(
        code, name=code, params={"zone": asked.zone, "variant": variant}, who=("akari",), how=REWRITE, where="schedule", evidence="10:00"
    )
    here, elsewhere = (looked(Finding(check="mine", where=where)) for where in ("schedule", "to"))

    assert [told] == shut(ready(schedule=asked))
    assert ["mine"] == [each.code for each in shut(ready(schedule=asked), results=here)]
    assert ["mine", code] == [each.code for each in shut(ready(schedule=asked), results=elsewhere)]


def test_an_hour_and_no_hour_shut_nothing_by_themselves() -> None:
    assert [] == shut(ready(schedule=Schedule())) == shut(ready(schedule=hour()))


def test_the_hour_and_the_delay_are_the_channels() -> None:
    policy = make_policy(NEWS + 'undo = "30m"\n' + TWO_EYES)
    late = said(ready(policy, opened=NOON), policy)

    assert (NOON + HOUR / 2, NOON + HOUR / 2, ["waiting-for-time"]) == (late.earliest, late.until, [each.code for each in late.blockers])
    assert None is said(ready(channel="gone", opened=NOON)).earliest


# --- all together


def test_doubts_and_rules_come_in_their_order() -> None:
    doubt = mend("clock-unsure")
    of = draft(
        state=State.DRAFTING,
        holds=(hold(),),
        twins=(Twin(draft_id="d0", kind="sent", at=NOON),),
        schedule=Schedule(text="10:00"),
        handoffs=(handoff("lift", "dai", "approver"),),
    )
    found = said(of, world=World(identity="outbox:other", doubts=(doubt,)), results=Results(expected=(MINE,)))

    assert [
        "hold-active",
        "clock-unsure",
        "handover-acknowledged",
        "channel-identity",
        "twin-sent",
        "check-missing",
        "schedule-zone",
        "not-submitted",
        "confirmation-missing",
        "approval-missing",
    ] == [each.code for each in found.blockers]
    assert () == found.satisfied


def test_the_same_thing_is_said_once() -> None:
    assert [mend("clock-unsure"), mend("other")] == shut(
        ready(), world=World(identity="outbox:test", doubts=(mend("clock-unsure"), mend("other"), mend("clock-unsure")))
    )


def test_without_a_requirement_it_is_shut() -> None:
    nothing = mend("no-requirement", params={"channel": "news"}, how=("releasegate policy check",))
    elsewhere = make_policy(NEWS + "[channels.other]\n" + TWO_EYES + 'channels = ["other"]\n')

    assert [nothing] == shut(ready(), make_policy(NEWS)) == shut(ready(), elsewhere)


def test_in_a_demo_it_is_said_as_whom() -> None:
    demo = make_policy('[gate]\nmode = "demo"\n' + NEWS + 'via = "folder:sent"\n' + TWO_EYES)

    assert [("releasegate --as ben confirm d1",), ("releasegate --as chie approve d1",)] == [each.how for each in shut(draft(), demo)]
    (doubtful,) = shut(ready(demo), demo, results=looked(Finding(check="mine", severity=Severity.WARNING)))
    assert ("releasegate write d1 …", "releasegate --as ben waive d1 mine") == doubtful.how


# --- until when it stands


AGED = make_policy(NEWS + TWO_EYES + 'valid_for = "5h"\n')


@pytest.mark.parametrize(
    ("of", "grants", "until"),
    [
        (draft(signatures=signed()), (), None),
        (draft(signatures=signed(AGED)), (), NOON + 5 * HOUR),
        (draft(signatures=signed(AGED)), (grant("dai", "ben", until=NOON + 2 * HOUR),), NOON + 2 * HOUR),
        (draft(signatures=signed(AGED)), (grant("dai", "ben", until=NOON),), NOON + 5 * HOUR),  # over already
        (draft(schedule=hour(NOON + HOUR)), (), NOON + HOUR),
        (draft(schedule=hour(NOON)), (), NOON + 2 * HOUR),
        (draft(twins=(Twin(draft_id="t", kind="sent", at=NOON - timedelta(days=6)),)), (), NOON + timedelta(days=1)),
        (draft(declared=Declared(embargo=hour(NOON + 3 * HOUR))), (), NOON + 3 * HOUR),
        (draft(declared=Declared(embargo=hour(NOON - HOUR))), (), None),
    ],
)
def test_it_stands_until_time_alone_could_change_it(of: Draft, grants: tuple[Grant, ...], until: datetime | None) -> None:
    found = said(of, AGED, world=World(identity="outbox:test", grants=grants))

    assert until == found.until


def test_a_result_that_will_age_ends_it_too() -> None:
    aged = Results(expected=(replace(MINE, valid_for=HOUR),), found=looked().found)

    assert NOON + HOUR == said(ready(), results=aged).until


def test_what_was_lent_counts_in_the_verdict() -> None:
    of = draft(signatures=(signature("chie", Role.CHECKER), signature("ben", Role.APPROVER, via="dai")))

    assert not said(of)
    assert said(of, world=World(identity="outbox:test", grants=(grant("dai", "ben"),)))


# --- what the people's part says by itself


@pytest.mark.parametrize(
    ("of", "part"),
    [
        (draft(), (False, False)),
        (draft(signatures=signed()[:1]), (True, False)),
        (draft(signatures=signed()[1:]), (False, False)),
        (draft(signatures=signed()), (True, True)),
        (draft(signatures=signed(), holds=(hold(),)), (True, True)),
        (draft(channel="gone", signatures=signed()), (True, True)),
    ],
)
def test_the_peoples_part_is_done_or_not(of: Draft, part: tuple[bool, bool]) -> None:
    assert part == people_part(of, POLICY, NOON)


def test_the_peoples_part_asks_what_applies_at_this_moment() -> None:
    """Nothing applies: nothing is whole. What was lent counts while it lasts; what ages counts until then."""
    elsewhere = make_policy(NEWS + "[channels.other]\n" + TWO_EYES + 'channels = ["other"]\n')
    lent = draft(signatures=(signature("chie", Role.CHECKER), signature("ben", Role.APPROVER, via="dai")))
    waived = make_policy(NEWS + TWO_EYES + "waivable_by = { approvers = 1 }\n", people=PEOPLE)

    assert (True, False) == people_part(draft(), elsewhere, NOON)
    assert (True, True) == people_part(lent, POLICY, NOON, grants=[grant("dai", "ben")])
    assert (True, False) == people_part(lent, POLICY, NOON + HOUR, grants=[grant("dai", "ben")])
    assert (True, True) == people_part(draft(waivers=(waiver("dai", EYES, waived),)), waived, NOON)
    assert ((True, True), (False, False)) == tuple(people_part(draft(signatures=signed(AGED)), AGED, at) for at in (NOON, NOON + 5 * HOUR))


# --- what is handed to somebody else's clock


PRESS = make_policy('[channels.news]\nclock = "distributor"\nstop_before = "30m"\n' + TWO_EYES)
AHEAD = {State.DRAFTING, State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED}
BOOKABLE = {"booking-needs-hour", "cannot-cancel", "watch-absent"}


def bookable(state: State = State.APPROVED, *, policy: Policy = PRESS, at_once: bool = False, **more: Any) -> list[Blocker]:  # noqa: ANN401 - what a world has
    """What shuts because they keep the clock."""
    of = ready(policy, state=state, schedule=Schedule() if at_once else hour(NOON + 9 * HOUR))
    return [each for each in shut(of, policy, world=World(identity="outbox:test", **more)) if each.code in BOOKABLE]


def test_a_booking_needs_an_hour_a_way_back_and_somebody_who_watches() -> None:
    no_hour = mend("booking-needs-hour", params={"channel": "news"}, who=("akari",), how=("releasegate write d1 … --send-at …",))
    no_way_back = mend("cannot-cancel", params={"channel": "news"})
    nobody = Blocker(code="watch-absent", kind=Kind.WAIT, params={"channel": "news"}, how=("releasegate watch",))

    assert [] == bookable() == bookable(limits=Limits())
    assert [no_hour] == bookable(at_once=True)
    assert [no_way_back] == bookable(limits=Limits(cancels=False))
    assert [no_hour, no_way_back, nobody] == bookable(at_once=True, limits=Limits(cancels=False), watched=False)
    assert [] == bookable(policy=POLICY, at_once=True, limits=Limits(cancels=False), watched=False)


@pytest.mark.parametrize("state", list(State))
def test_what_is_booked_already_is_asked_for_nothing_more(state: State) -> None:
    """Somebody has to watch once it could be booked."""
    found = {each.code for each in bookable(state, at_once=True, watched=False)}

    assert ("booking-needs-hour" in found) is (state in AHEAD)
    assert ("watch-absent" in found) is (state in {State.APPROVED, State.CLAIMED})


def test_a_booking_is_too_late_when_they_cannot_stop_it_any_more() -> None:
    of = ready(PRESS, schedule=hour(NOON + HOUR))
    limits = World(identity="outbox:test", limits=Limits(stop_before=HOUR))

    assert ([], ["missed"]) == tuple([each.code for each in shut(of, PRESS, world=world)] for world in (HERE, limits))


def test_a_key_vouches_for_the_signatures_that_are_asked_for_with_one() -> None:
    strict = make_policy(NEWS + TWO_EYES + 'auth = "signed"\n', people=KEYED)
    of = draft(signatures=(signature("ben", Role.CHECKER, strict, seq=3), signature("chie", Role.APPROVER, strict, seq=4)))

    assert said(of, strict, world=World(identity="outbox:test", proven=frozenset({3, 4})))
    assert ["approval-missing"] == [each.code for each in shut(of, strict, world=World(identity="outbox:test", proven=frozenset({3})))]
    assert [(True, True), (True, False)] == [people_part(of, strict, NOON, proven=frozenset(seqs)) for seqs in ({3, 4}, {3})]
