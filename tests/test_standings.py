"""How each rule of the policy stands: what is missing, who can give it, how; and who may let it stand unmet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from releasegate.decision.people import Bench, Grant
from releasegate.decision.requirements import Result, Standing, enough, standings, waived, waivers
from releasegate.model.draft import Draft, Signature
from releasegate.model.state import Role
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.policy import Policy
from releasegate.policy.requirement import Votes
from tests.building import NEWS, NOON, PEOPLE, TWO_EYES, make_policy
from tests.by_hand import HOUR, POLICY, bench, draft, grant, signature, signed, waiver

CHECKER, APPROVER = Role.CHECKER, Role.APPROVER
NAME = "two pairs of eyes"
AGED = make_policy(NEWS + TWO_EYES + 'valid_for = "5h"\nwaivable_by = { approvers = 1 }\n')


def stand(policy: Policy = POLICY, *grants: Grant, of: Draft | None = None, hours: int = 0) -> Standing:
    """The policy's first rule."""
    return standings(of or draft(), bench(policy, *grants, at=NOON + hours * HOUR))[0]


def missing(role: str, verb: str, who: tuple[str, ...], **params: int) -> Blocker:
    return Blocker(
        code=f"{role}-missing",
        kind=Kind.WAIT,
        name=NAME,
        params={"missing": 1, "have": 0, "need": 1, "stale": 0, "expired": 0} | params,
        who=who,
        how=(f"releasegate {verb} d1",),
    )


def test_what_nobody_has_signed_names_who_can_and_how() -> None:
    assert (
        Standing(
            name=NAME,
            result=Result.UNSATISFIED,
            blockers=(missing("confirmation", "confirm", ("ben", "chie")), missing("approval", "approve", ("chie", "dai"))),
            missing_checkers=1,
        )
        == stand()
    )


def test_what_is_signed_is_satisfied() -> None:
    assert Standing(name=NAME, result=Result.SATISFIED) == stand(of=draft(signatures=signed()))


def test_whoever_has_signed_this_text_is_not_asked_again() -> None:
    """In this round: of an earlier one they are."""
    by_chie = signature("chie", CHECKER)

    assert (missing("approval", "approve", ("dai",)),) == stand(of=draft(signatures=(by_chie,))).blockers
    assert 0 == stand(of=draft(signatures=(by_chie,))).missing_checkers
    for earlier in ({"round": 1}, {"digest": "e" * 64}):
        (_, approval) = stand(of=draft(signatures=(signature("chie", CHECKER, **earlier),))).blockers
        assert (("chie", "dai"), 1) == (approval.who, approval.params["stale"])


def test_so_many_of_so_many() -> None:
    """Chie approves; nobody is left who could confirm beside ben."""
    policy = make_policy(NEWS + TWO_EYES.replace("checkers = 1", "checkers = 3"))

    assert Standing(
        name=NAME,
        result=Result.UNSATISFIED,
        blockers=(missing("confirmation", "confirm", (), missing=2, have=1, need=3),),
        missing_checkers=2,
    ) == stand(policy, of=draft(signatures=signed(policy)))


def test_what_has_aged_is_expired_and_its_signers_are_asked_again() -> None:
    """The other one ends an hour later."""
    signatures = (signature("ben", CHECKER, AGED), signature("chie", APPROVER, AGED, at=NOON + HOUR))
    found = stand(AGED, of=draft(signatures=signatures), hours=5)

    assert (
        Standing(
            name=NAME,
            result=Result.EXPIRED,
            blockers=(missing("confirmation", "confirm", ("ben", "chie"), expired=1),),
            until=NOON + 6 * HOUR,
            missing_checkers=1,
        )
        == found
    )
    assert Standing(name=NAME, result=Result.SATISFIED, until=NOON + 5 * HOUR) == stand(AGED, of=draft(signatures=signatures), hours=2)


def test_what_is_waived_passes_and_keeps_its_end() -> None:
    half = draft(signatures=(signature("ben", CHECKER, AGED),), waivers=(waiver("dai", NAME, AGED),))

    assert Standing(name=NAME, result=Result.WAIVED, until=NOON + 5 * HOUR) == stand(AGED, of=half)
    assert Result.UNSATISFIED is stand(of=draft(waivers=(waiver("dai", NAME),))).result  # without `waivable_by` never


def test_a_rule_of_another_channel_does_not_apply() -> None:
    policy = make_policy(NEWS + "[channels.other]\n" + TWO_EYES + 'channels = ["other"]\n')

    assert Standing(name=NAME, result=Result.NOT_APPLICABLE) == stand(policy)
    assert Result.UNSATISFIED is stand(policy, of=draft(channel="other")).result


def test_a_rule_whose_group_is_nowhere_is_an_error() -> None:
    policy = make_policy(NEWS + TWO_EYES + 'group = "legal"\n[groups]\nlegal = ["ben", "dai"]\n')
    assert {("ben",), ("dai",)} == {each.who for each in stand(policy).blockers}
    object.__setattr__(policy, "groups", {})

    assert Standing(
        name=NAME,
        result=Result.ERROR,
        blockers=(Blocker(code="requirement-error", kind=Kind.MEND, name=NAME, params={"reason": "legal"}),),
    ) == stand(policy)


@pytest.mark.parametrize(("written", "until"), [(NOON - HOUR / 2, NOON + HOUR / 2), (None, NOON + HOUR)])
def test_a_second_look_says_from_when(written: object, until: object) -> None:
    """Where nobody knows when it was written, from now."""
    policy = make_policy(
        NEWS + '[[requirement]]\nname = "again"\nsecond_look = "1h"\n',
        people='[people]\nakari = { roles = ["author", "approver"] }\nbot = { kind = "robot", operator = "akari" }\n',
    )
    found = stand(policy, of=draft(written=written))

    assert (
        Blocker(
            code="second-look",
            kind=Kind.WAIT,
            name="again",
            params={"until": until.isoformat()},  # type: ignore[attr-defined]  # moments
            who=("akari",),
            how=("releasegate approve d1",),
        ),
    ) == found.blockers


def test_each_rule_is_judged_in_its_order() -> None:
    policy = make_policy(NEWS + TWO_EYES + '[[requirement]]\nname = "one more"\napprovers = 1\n')

    assert [(NAME, Result.UNSATISFIED), ("one more", Result.SATISFIED)] == [
        (each.name, each.result) for each in standings(draft(signatures=(signature("chie", APPROVER, policy),)), bench(policy))
    ]


# --- who may let it stand


def test_a_waiver_is_for_this_text_these_rules_this_round() -> None:
    given = [
        waiver("ben", NAME),
        waiver("chie", NAME, findings=frozenset({"a", "b"})),
        waiver("dai", "legal"),
        waiver("e", NAME, digest="e" * 64),
        waiver("f", NAME, rules="other"),
        waiver("g", NAME, round=1),
    ]
    judged = draft(waivers=tuple(given))

    assert ({"ben", "chie"}, {"dai"}) == (waivers(judged, NAME, bench()), waivers(judged, "legal", bench()))
    assert ({"chie"}, set()) == (waivers(judged, NAME, bench(), finding="a"), waivers(judged, NAME, bench(), finding="c"))


@pytest.mark.parametrize(
    ("given", "votes", "fills"),
    [
        ({"dai"}, Votes(approvers=1), True),
        ({"ben"}, Votes(approvers=1), False),
        ({"ben"}, Votes(checkers=1), True),
        ({"dai"}, Votes(checkers=1), False),
        ({"ben", "dai"}, Votes(checkers=1, approvers=1), True),
        ({"chie"}, Votes(checkers=1, approvers=1), False),  # one person fills one place
        ({"chie", "ben"}, Votes(checkers=1, approvers=1), True),
        ({"chie", "dai"}, Votes(approvers=2), True),
        ({"chie", "ben"}, Votes(approvers=2), False),
        ({"akari"}, Votes(approvers=1), False),  # who wrote it
        ({"akari", "dai"}, Votes(approvers=1), True),
        ({"gone"}, Votes(approvers=1), False),
        ({"mailer", "ben"}, Votes(checkers=2), False),
        (set(), Votes(checkers=1), False),
    ],
)
def test_enough_are_so_many_who_had_no_hand_in_it(given: set[str], votes: Votes, *, fills: bool) -> None:
    assert fills is enough(draft(), given, votes, bench())


def test_a_robots_word_is_not_its_operators_and_hides_nobody() -> None:
    """Both answer to the same eyes; only the person's own word counts."""
    policy = make_policy(people=PEOPLE.replace('operator = "akari", roles = []', 'operator = "dai", roles = []'))
    one = Votes(approvers=1)

    assert (False, True, True) == tuple(
        enough(draft(), each, one, bench(policy)) for each in ({"mailer"}, {"mailer", "dai"}, {"dai", "writer"})
    )


def test_whom_a_writer_acts_for_lets_nothing_stand() -> None:
    assert not enough(draft(), {"dai"}, Votes(approvers=1), bench(POLICY, grant("dai", "akari")))


def test_waived_is_what_enough_have_let_stand() -> None:
    judged = draft(waivers=(waiver("dai", NAME),))

    assert (True, False, False, False) == (
        waived(judged, NAME, Votes(approvers=1), bench()),
        waived(judged, NAME, Votes(checkers=1), bench()),
        waived(judged, "legal", Votes(approvers=1), bench()),
        waived(judged, NAME, None, bench()),
    )
    assert not waived(judged, NAME, Votes(approvers=1), bench(AGED, at=NOON + timedelta(days=1)))  # other rules


def test_whoever_said_a_plain_yes_is_asked_for_one_with_their_key() -> None:
    """Also where their key vouches for an earlier one; whoever has no key cannot."""
    keyed = PEOPLE.replace('"checker"], also', f'"checker"], keys = ["{"1" * 64}"], also').replace(
        '"dai@pr.example",', f'"dai@pr.example", keys = ["{"2" * 64}"],'
    )
    policy = make_policy(NEWS + TWO_EYES + 'auth = "signed"\n', people=keyed)
    plain, old = signature("ben", CHECKER, policy, seq=2), signature("ben", CHECKER, policy, seq=1, round=1)

    def blockers(*signatures: Signature) -> tuple[Blocker, ...]:
        asked = Bench(policy=policy, at=NOON, proven=frozenset({1}))
        return standings(draft(signatures=signatures), asked)[0].blockers

    confirm, approve = missing("confirmation", "confirm", ("ben",)), missing("approval", "approve", ("dai",))
    assert (confirm, approve) == blockers()
    assert tuple(replace(each, params={**each.params, "unsigned": 1}) for each in (confirm, approve)) == blockers(plain)
    assert tuple(replace(each, params={**each.params, "unsigned": 1, "stale": 1}) for each in (confirm, approve)) == blockers(old, plain)
