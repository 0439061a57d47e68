"""Whose step it is, what follows by itself, and with whose right somebody could take it."""

from typing import Any

import pytest

from releasegate.decision.people import Grant
from releasegate.decision.turns import first_desk, following, free, gaps, rights, turn, waiting_for
from releasegate.model.draft import Draft
from releasegate.model.handoff import Tier
from releasegate.model.state import Action, Role, State
from releasegate.model.turn import Turn, Waiting
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.policy.policy import Policy
from tests.building import NEWS, NOON, RULES, TWO_EYES, make_policy
from tests.by_hand import DIGEST, HOUR, POLICY, bench, draft, grant, handoff, hour

FEW = """
[people]
akari = { roles = ["author"] }
ben = { roles = ["author", "checker"] }
chie = { roles = ["approver"] }
"""
APPROVERS = make_policy(NEWS + '[[requirement]]\nname = "eyes"\napprovers = 1\n')
LEGAL_RULES = RULES + '[[requirement]]\nname = "legal"\napprovers = 1\ngroup = "legal"\n[groups]\nlegal = ["dai"]\n'
LEGAL = make_policy(LEGAL_RULES)
ELSEWHERE = make_policy("[channels.other]\n" + LEGAL_RULES.replace('group = "legal"', 'group = "legal"\nchannels = ["other"]'))


def blocker(code: str, *who: str, kind: Kind = Kind.WAIT) -> Blocker:
    return Blocker(code=code, kind=kind, who=who)


def decision(*blockers: Blocker, state: State = State.APPROVING) -> Decision:
    return Decision(draft_id="d1", digest=DIGEST, at=NOON, blockers=blockers, state=state.value)


CHECK, APPROVE = blocker("confirmation-missing", "ben", "chie"), blocker("approval-missing", "chie", "dai")
HELD, LOST, MEND = (
    blocker("hold-active", "dai", kind=Kind.HOLD),
    blocker("outcome-unknown", "chie", kind=Kind.UNKNOWN),
    blocker("mine", "akari", kind=Kind.MEND),
)
ORDER = ("not-submitted", "question-open", "second-look", "confirmation-missing", "approval-missing", "handover-acknowledged")


# --- whom the verdict waits for


@pytest.mark.parametrize(
    ("blockers", "who"),
    [
        ((), ()),
        ((APPROVE, CHECK), ("ben", "chie")),  # nobody is asked to approve what is not confirmed
        ((APPROVE,), ("chie", "dai")),
        ((CHECK, blocker("confirmation-missing", "dai", "ben")), ("ben", "chie", "dai")),
        ((MEND, LOST, HELD, CHECK), ("dai",)),
        ((MEND, LOST, CHECK), ("chie",)),
        ((MEND, CHECK), ("akari",)),
        ((blocker("hold-active", kind=Kind.HOLD), MEND), ("akari",)),  # whom nobody can lift waits for nobody
        ((blocker("confirmation-missing"), APPROVE), ("chie", "dai")),
        ((blocker("waiting-for-time", "ben"),), ()),  # the hour is nobody's
    ],
)
def test_turns_come_in_order(blockers: tuple[Blocker, ...], who: tuple[str, ...]) -> None:
    assert who == waiting_for(decision(*blockers))


@pytest.mark.parametrize("first", range(len(ORDER)))
def test_of_several_steps_the_first_is_somebodys(first: int) -> None:
    assert (ORDER[first],) == waiting_for(decision(*(blocker(code, code) for code in reversed(ORDER[first:]))))


@pytest.mark.parametrize("state", [State.SENT, State.STOPPED, State.WITHDRAWN])
def test_what_is_over_is_nobodys(state: State) -> None:
    assert () == waiting_for(decision(MEND, state=state))


# --- whose turn it is


def whose(*blockers: Blocker, policy: Policy = POLICY, **more: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever a draft has
    of = draft(**{"state": State.APPROVING} | more)
    return turn(of, decision(*blockers), bench(policy)).who


def test_a_turn_tells_all_of_it() -> None:
    """By the handoff that is due first."""
    late, soon = handoff("submit", "akari", "checker", id="d1/n1"), handoff("lift", "dai", "approver", id="d1/n2", since=NOON + HOUR)
    of = draft(state=State.APPROVING, since=NOON - HOUR, handoffs=(late, soon), schedule=hour(NOON + 99 * HOUR))
    said = decision(APPROVE)

    assert Turn(
        draft=of,
        decision=said,
        who=("chie", "dai"),
        since=NOON + HOUR,
        until=NOON + 5 * HOUR / 4,
        last_stop=NOON + 99 * HOUR,
        waiting=(
            Waiting(handoff=soon, who=("chie",), until=NOON + 5 * HOUR / 4, tier=Tier.CRITICAL),
            Waiting(handoff=late, who=("ben", "chie"), until=NOON + 24 * HOUR, tier=Tier.ROUTINE),
        ),
    ) == turn(of, said, bench())


def test_where_nothing_was_handed_on_it_is_as_the_verdict_says() -> None:
    of = draft(state=State.APPROVING, since=NOON - HOUR)

    assert Turn(draft=of, decision=decision(APPROVE), who=("chie", "dai"), since=NOON - HOUR) == turn(of, decision(APPROVE), bench())


def test_what_nobody_can_take_over_now_waits_for_nobody() -> None:
    of = draft(state=State.CHECKING, handoffs=(handoff("confirm", "ben", "approver"),))

    assert ((), ("ben", "chie")) == ((found := turn(of, decision(CHECK), bench())).waiting, found.who)


@pytest.mark.parametrize(
    ("more", "who"),
    [
        ({}, ("chie", "dai")),
        ({"taken": "dai"}, ("dai",)),  # who took it over has it
        ({"taken": "ben"}, ("chie", "dai")),  # unless they could not sign
        ({"handoffs": (handoff("confirm", "ben", "approver"),)}, ("chie", "dai")),
        ({"handoffs": (handoff("confirm", "ben", "dai"),)}, ("dai",)),  # whom a note names
        ({"handoffs": (handoff("submit", "akari", "dai"),)}, ("dai",)),
        ({"handoffs": (handoff("submit", "akari", "author"),)}, ("chie", "dai")),
        ({"handoffs": (handoff("submit", "akari", "approver", asked=("chie",)),)}, ("akari",)),  # whom a question waits for
        ({"handoffs": (handoff("confirm", "ben", "dai"), handoff("submit", "akari", "checker", id="d1/n2", asked=("chie",)))}, ("akari",)),
        ({"taken": "dai", "handoffs": (handoff("confirm", "ben", "chie"),)}, ("dai",)),
        ({"handoffs": (handoff("approve", "chie", "ben"),)}, ("chie", "dai", "ben")),  # beside the signing: theirs too
        ({"handoffs": (handoff("send_back", "chie", "author"),)}, ("chie", "dai")),
        ({"handoffs": (handoff("approve", "chie", "dai"),)}, ("chie", "dai")),  # each once
        ({"handoffs": (handoff("confirm", "ben", "chie"), handoff("submit", "akari", "dai", id="d1/n2"))}, ("chie", "dai")),
    ],
)
def test_of_those_who_could_it_is_whoever_took_it_was_asked_or_named(more: dict[str, Any], who: tuple[str, ...]) -> None:
    assert who == whose(APPROVE, **more)


@pytest.mark.parametrize(("first", "who"), [(HELD, ("dai",)), (LOST, ("chie",)), (MEND, ("akari",))])
def test_what_shuts_harder_is_somebodys_whoever_took_it_over(first: Blocker, who: tuple[str, ...]) -> None:
    more: dict[str, Any] = {"taken": "akari", "handoffs": (handoff("confirm", "ben", "dai"),)}

    assert who == whose(first, APPROVE, **more)
    nobodys = Blocker(code="x", kind=first.kind)
    assert ("dai",) == whose(nobodys, APPROVE, **more)


# --- what could be signed at all


def test_a_requirement_that_nobody_could_meet_is_named() -> None:
    """Once whoever submits is barred with all others."""
    one = make_policy(RULES, people=FEW)

    assert () == gaps(draft(), bench(one), "akari")
    assert ("two pairs of eyes",) == gaps(draft(), bench(one), "ben")
    assert ("two pairs of eyes",) == gaps(draft(writers=("ben",)), bench(one), "akari")
    assert () == gaps(draft(channel="gone", eyes=frozenset(), writers=()), bench(LEGAL), "akari")
    assert ("legal",) == gaps(draft(), bench(LEGAL), "dai")
    assert [("legal",), ()] == [gaps(draft(channel=name), bench(ELSEWHERE), "dai") for name in ("other", "news")]
    robot = make_policy(RULES, people=FEW + 'bot = { kind = "robot", operator = "ben", roles = ["author"] }\n')
    assert ("two pairs of eyes",) == gaps(draft(), bench(robot), "bot")


def test_a_submit_leads_to_the_checkers_where_there_is_something_to_check() -> None:
    elsewhere = make_policy(NEWS + "[channels.other]\n" + TWO_EYES + 'channels = ["other"]\n')
    drafting = draft(state=State.DRAFTING)

    assert [State.CHECKING, State.APPROVING, State.APPROVING] == [first_desk(drafting, policy) for policy in (POLICY, APPROVERS, elsewhere)]
    assert State.CHECKING is first_desk(draft(state=State.DRAFTING, channel="other"), elsewhere)


# --- with whose right


def right(person: str, role: Role, *grants: Grant, policy: Policy = POLICY, of: Draft | None = None) -> tuple[str, ...]:
    who = policy.people.get(person)
    assert who
    return rights(of or draft(), bench(policy, *grants), who, role)


def test_a_lent_right_comes_before_ones_own() -> None:
    """Ben may confirm; dai's right, for the group, was lent to chie."""
    assert [("",), (), ("",)] == [right("ben", Role.CHECKER), right("ben", Role.APPROVER), right("chie", Role.APPROVER, policy=LEGAL)]
    assert ("dai", "") == right("chie", Role.APPROVER, grant("dai", "chie"), policy=LEGAL)
    assert ("dai",) == right("ben", Role.APPROVER, grant("dai", "ben"))
    alone = make_policy(LEGAL_RULES.replace(TWO_EYES, ""))
    assert ("",) == right("chie", Role.APPROVER, policy=alone)  # to approve is one thing, whether it counts for the group another
    assert ("",) == right("chie", Role.APPROVER, grant("dai", "chie"), policy=ELSEWHERE)
    assert ("dai", "") == right("chie", Role.APPROVER, grant("dai", "chie"), policy=ELSEWHERE, of=draft(channel="other"))


def test_a_right_is_free_where_nobody_acts_who_had_a_hand_in_it() -> None:
    def left(person: str, *found: str, of: Draft | None = None) -> tuple[str, ...]:
        who = POLICY.people.get(person)
        assert who
        return free(of or draft(), bench(), who, found)

    assert ("", "dai") == left("ben", "", "akari", "dai")
    assert () == left("akari", "", "dai")
    assert ("dai",) == left("ben", "dai", "writer")
    assert () == left("ben", "", "dai", of=draft(eyes=frozenset({"ben"})))


# --- what follows by itself


@pytest.mark.parametrize("state", list(State))
def test_what_follows_from_what_is_signed(state: State) -> None:
    steps = {
        (State.CHECKING, True, False): (Action.CONFIRM, State.APPROVING),
        (State.CHECKING, True, True): (Action.CONFIRM, State.APPROVING),
        (State.APPROVING, True, True): (Action.RIPEN, State.APPROVED),
        (State.APPROVING, False, True): (Action.RIPEN, State.APPROVED),
        (State.APPROVED, True, False): (Action.LAPSE, State.APPROVING),
        (State.APPROVED, False, False): (Action.LAPSE, State.APPROVING),
    }

    for checked in (True, False):
        for whole in (True, False):
            assert steps.get((state, checked, whole)) == following(state, checked=checked, whole=whole)
