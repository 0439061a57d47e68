"""Whose signatures count: entitled now, this text, these rules, this round, each pair of eyes in one place, nobody who had a hand in it."""

from datetime import datetime, timedelta

import pytest

from releasegate.decision.people import Bench, Count, Grant, count
from releasegate.model.draft import Draft, Signature
from releasegate.model.state import Role
from releasegate.policy.policy import Policy
from tests.building import NEWS, NOON, PEOPLE, TWO_EYES, make_policy
from tests.by_hand import HOUR, POLICY, bench, draft, grant, signature

CHECKER, APPROVER = Role.CHECKER, Role.APPROVER
MORE = """
emi = { email = "emi@pr.example", roles = ["checker", "approver"] }
fuji = { email = "fuji@pr.example", roles = ["checker", "approver"] }
"""
AGED = make_policy(NEWS + TWO_EYES + 'valid_for = "5h"\n')
LEGAL = make_policy(NEWS + '[[requirement]]\nname = "legal"\napprovers = 1\ngroup = "legal"\n[groups]\nlegal = ["dai", "akari"]\n')
ALONE = make_policy(
    NEWS + '[[requirement]]\nname = "once more"\nsecond_look = "1h"\n',
    people='[people]\nakari = { roles = ["author", "approver"] }\nwriter = { kind = "robot", operator = "akari", roles = ["author"] }\n',
)


def counted(
    *signatures: Signature, policy: Policy = POLICY, at: datetime = NOON, grants: tuple[Grant, ...] = (), of: Draft | None = None
) -> Count:
    """How far the policy's first requirement has got."""
    judged = draft(signatures=signatures) if of is None else of
    return count(judged, policy.requirements[0], bench(policy, *grants, at=at))


def places(*signatures: Signature, policy: Policy = POLICY, grants: tuple[Grant, ...] = ()) -> tuple[int, int]:
    """Places of checkers and of approvers that are filled."""
    found = counted(*signatures, policy=policy, grants=grants)
    return found.checkers, found.approvers


# --- who is barred


@pytest.mark.parametrize(
    ("made", "barred"),
    [
        ({"writers": (), "eyes": frozenset()}, set()),
        ({"writers": ("akari",), "eyes": frozenset()}, {"akari"}),
        ({"writers": ("writer",), "eyes": frozenset()}, {"akari"}),  # the robot's operator
        ({"writers": ("ben", "akari"), "eyes": frozenset()}, {"akari", "ben"}),
        ({"writers": (), "eyes": frozenset({"ben"})}, {"ben"}),  # an editor who is no writer of this version
        ({"writers": ("gone",), "eyes": frozenset({"ben"})}, {"gone", "ben"}),  # a robot that is gone had ben's eyes
        ({"writers": (), "eyes": frozenset({"ben.ito@mail.example"})}, {"ben", "ben.ito@mail.example"}),  # as known then, and now
    ],
)
def test_whoever_had_a_hand_in_the_text_is_barred(made: dict[str, object], barred: set[str]) -> None:
    assert barred == bench().barred(draft(**made))


@pytest.mark.parametrize(
    ("lent", "barred"),
    [
        ([grant("chie", "akari")], {"akari", "chie"}),  # akari, who wrote it, acts for chie
        ([grant("akari", "chie")], {"akari"}),  # chie acts for akari: that bars nobody else
        ([grant("chie", "ben")], {"akari"}),
        ([grant("dai", "akari", until=NOON - HOUR), grant("chie", "ben")], {"akari", "dai"}),  # also after it has ended
        ([grant("chie", "writer"), grant("ben.ito@mail.example", "akari")], {"akari", "chie", "ben"}),  # by whatever name
    ],
)
def test_whom_a_writer_acts_for_is_barred_too(lent: list[Grant], barred: set[str]) -> None:
    assert barred == bench(POLICY, *lent).barred(draft())


def test_where_one_person_looks_twice_nobody_is_barred() -> None:
    assert (frozenset(), frozenset({"akari"})) == (bench(ALONE).barred(draft()), bench().barred(draft()))


def test_one_rule_of_a_second_look_is_enough() -> None:
    two = '[[requirement]]\nname = "first"\napprovers = 1\nchannels = ["other"]\n[[requirement]]\nname = "again"\nsecond_look = "1h"\n'
    policy = make_policy(NEWS + "[channels.other]\n" + two, people='[people]\nakari = { roles = ["author", "approver"] }\n')

    assert frozenset() == bench(policy).barred(draft())


# --- with whose right


@pytest.mark.parametrize(
    ("person", "role", "right"),
    [
        ("ben", CHECKER, ""),
        ("ben", APPROVER, None),
        ("dai", CHECKER, None),
        ("dai", APPROVER, ""),
        ("akari", APPROVER, ""),
        ("writer", CHECKER, None),
        ("mailer", APPROVER, None),
    ],
)
def test_a_person_signs_with_their_own_right(person: str, role: Role, right: str | None) -> None:
    assert right == acting(bench(), person, role)


@pytest.mark.parametrize(
    ("lent", "right"),
    [
        (grant("chie", "ben"), "chie"),
        (grant("chie", "dai"), None),  # lent to somebody else
        (grant("gone", "ben"), None),  # by nobody whom the policy knows
        (grant("mailer", "ben"), None),  # by a robot
        (grant("ben", "ben"), None),
        (grant("chie", "ben", since=NOON), "chie"),  # from this moment on
        (grant("chie", "ben", since=NOON + HOUR / 60), None),
        (grant("chie", "ben", until=NOON), None),  # until this moment
        (grant("chie", "ben", until=NOON + HOUR / 60), "chie"),
    ],
)
def test_a_right_is_lent_from_one_moment_to_another(lent: Grant, right: str | None) -> None:
    assert right == acting(bench(POLICY, lent), "ben", APPROVER)


def test_the_first_grant_that_helps_is_taken_and_ones_own_right_before_it() -> None:
    lent = bench(POLICY, grant("gone", "ben"), grant("dai", "ben"), grant("chie", "ben"), grant("chie", "dai"))

    assert ("dai", "") == (acting(lent, "ben", APPROVER), acting(lent, "dai", APPROVER))


def test_a_right_is_not_lent_on_nor_to_a_robot() -> None:
    """Chie lends to dai, and dai to ben: what ben has is dai's own right, which is none as a checker."""
    policy = make_policy(people=PEOPLE.replace('["author", "checker"]', '["author"]'))  # ben is no checker here
    lent = bench(policy, grant("chie", "dai"), grant("dai", "ben"), grant("chie", "mailer"))

    assert ("chie", "dai", None) == (acting(lent, "dai", CHECKER), acting(lent, "ben", APPROVER), acting(lent, "ben", CHECKER))
    assert None is acting(lent, "mailer", APPROVER)


@pytest.mark.parametrize(
    ("person", "lent", "right"),
    [
        ("dai", (), ""),
        ("akari", (), ""),
        ("chie", (), None),
        ("chie", (grant("dai", "chie"),), "dai"),
        ("dai", (grant("chie", "dai"),), ""),
        ("ben", (grant("chie", "ben"),), None),
    ],
)
def test_in_a_group_the_right_is_its_members(person: str, lent: tuple[Grant, ...], right: str | None) -> None:
    assert right == acting(bench(LEGAL, *lent), person, APPROVER, "legal")


def test_a_group_that_is_not_there_has_no_members() -> None:
    assert None is acting(bench(), "dai", APPROVER, "legal")


def acting(asked: Bench, person: str, role: Role, group: str = "") -> str | None:
    found = asked.policy.people.get(person)
    assert found
    return asked.acts_for(found, role, group) if group else asked.acts_for(found, role)


def test_a_signature_shows_all_who_acted_in_it() -> None:
    seen = bench().eyes

    assert frozenset({"ben"}) == seen(signature("ben", CHECKER))
    assert frozenset({"ben", "chie"}) == seen(signature("ben", APPROVER, via="chie"))
    assert frozenset({"akari"}) == seen(signature("writer", APPROVER, via="mailer"))


@pytest.mark.parametrize(
    ("signed", "lent", "entitled"),
    [
        (signature("ben", CHECKER), (), True),
        (signature("ben", APPROVER), (), False),
        (signature("gone", APPROVER), (), False),
        (signature("ben", APPROVER, via="chie"), (), False),  # what was lent has ended
        (signature("ben", APPROVER, via="chie"), (grant("chie", "ben"),), True),
        (signature("ben", APPROVER, via="dai"), (grant("chie", "ben"),), False),  # it is another's right now
        (signature("ben", APPROVER), (grant("chie", "ben"),), False),  # given as their own, which it is not
        (signature("dai", APPROVER, via="chie"), (), True),  # it is their own right by now
    ],
)
def test_the_right_is_asked_for_at_this_moment(signed: Signature, lent: tuple[Grant, ...], *, entitled: bool) -> None:
    assert entitled is bench(POLICY, *lent).entitled(signed)


def test_a_group_asks_its_members_only() -> None:
    asked = bench(LEGAL)

    assert (True, False, True) == (
        asked.entitled(signature("dai", APPROVER), "legal"),
        asked.entitled(signature("chie", APPROVER), "legal"),
        asked.entitled(signature("chie", APPROVER)),
    )


def test_able_are_those_who_may_sign_and_had_no_hand_in_it() -> None:
    def ids(asked: Bench, role: Role, group: str = "") -> list[str]:
        return [person.id for person in asked.able(draft(), role, group)]

    assert (["ben", "chie"], ["chie", "dai"]) == (ids(bench(), CHECKER), ids(bench(), APPROVER))
    assert (["chie", "dai"], ["dai"]) == (ids(bench(LEGAL), APPROVER), ids(bench(LEGAL), APPROVER, "legal"))
    assert ["ben", "chie", "dai"] == ids(bench(POLICY, grant("dai", "ben")), APPROVER)


# --- what is counted


def test_two_people_fill_two_places() -> None:
    assert Count(checkers=1, approvers=1, missing_checkers=0, missing_approvers=0) == counted(
        signature("ben", CHECKER), signature("chie", APPROVER)
    )


def test_nobody_fills_none() -> None:
    assert Count(checkers=0, approvers=0, missing_checkers=1, missing_approvers=1) == counted()


@pytest.mark.parametrize(
    ("one", "other", "filled"),
    [
        (signature("chie", CHECKER), signature("chie", APPROVER), (1, 0)),  # one person, two roles
        (signature("ben", CHECKER), signature("ben", APPROVER, via="chie"), (1, 0)),  # one person, once by delegation
        (signature("chie", CHECKER), signature("ben", APPROVER, via="chie"), (1, 0)),  # chie is in both
        (signature("akari", CHECKER), signature("chie", APPROVER), (0, 1)),  # akari wrote it
        (signature("ben", CHECKER), signature("akari", APPROVER), (1, 0)),
        (signature("ben", CHECKER), signature("ben", APPROVER), (1, 0)),  # ben is no approver
        (signature("ben", CHECKER, digest="e" * 64), signature("chie", APPROVER), (0, 1)),  # another text
        (signature("ben", CHECKER, rules="other"), signature("chie", APPROVER), (0, 1)),  # other rules
        (signature("ben", CHECKER, round=1), signature("chie", APPROVER), (0, 1)),  # an earlier round
        (signature("ben", CHECKER, round=3), signature("chie", APPROVER), (0, 1)),
        (signature("chie", CHECKER), signature("dai", APPROVER), (1, 1)),
        (signature("chie", APPROVER), signature("dai", APPROVER), (0, 1)),  # one place more than there is
    ],
)
def test_a_place_is_filled_by_one_pair_of_eyes_that_counts(one: Signature, other: Signature, filled: tuple[int, int]) -> None:
    lent = (grant("chie", "ben"),)

    assert (filled, filled) == (places(one, other, grants=lent), places(other, one, grants=lent))


def test_the_most_places_are_filled_whoever_signed_first() -> None:
    """Chie could take either place; she takes the one that nobody else can."""
    policy = make_policy(NEWS + TWO_EYES, people=PEOPLE + MORE)
    both = [signature("chie", CHECKER, policy), signature("chie", APPROVER, policy), signature("emi", CHECKER, policy)]

    assert {(1, 1)} == {places(*order, policy=policy) for order in (both, both[::-1], both[1:] + both[:1])}


@pytest.mark.parametrize(
    ("need", "signed", "filled"),
    [
        ((2, 1), [("ben", CHECKER), ("chie", CHECKER), ("dai", APPROVER)], (2, 1)),
        ((2, 1), [("ben", CHECKER), ("chie", CHECKER), ("emi", CHECKER), ("dai", APPROVER)], (2, 1)),
        ((2, 1), [("chie", CHECKER), ("emi", CHECKER), ("chie", APPROVER)], (2, 0)),
        ((1, 2), [("chie", CHECKER), ("emi", CHECKER), ("chie", APPROVER), ("emi", APPROVER), ("fuji", APPROVER)], (1, 2)),
        ((1, 2), [("chie", APPROVER), ("emi", APPROVER), ("fuji", APPROVER)], (0, 2)),
        ((2, 2), [("chie", CHECKER), ("chie", APPROVER), ("emi", CHECKER), ("emi", APPROVER)], (2, 0)),
        ((1, 1), [("chie", APPROVER), ("chie", CHECKER)], (1, 0)),  # of equal sums the one with more checkers
        ((0, 3), [("chie", APPROVER), ("emi", APPROVER), ("fuji", APPROVER), ("dai", APPROVER)], (0, 3)),
        ((3, 0), [("ben", CHECKER), ("chie", CHECKER), ("dai", APPROVER)], (2, 0)),
    ],
)
def test_so_many_places_are_filled(need: tuple[int, int], signed: list[tuple[str, Role]], filled: tuple[int, int]) -> None:
    asks = "\n".join(f"{name} = {number}" for name, number in zip(("checkers", "approvers"), need, strict=True) if number)
    policy = make_policy(f'{NEWS}\n[[requirement]]\nname = "many"\n{asks}\n', people=PEOPLE + MORE)
    found = counted(*(signature(by, role, policy) for by, role in signed), policy=policy)

    assert (
        Count(checkers=filled[0], approvers=filled[1], missing_checkers=need[0] - filled[0], missing_approvers=need[1] - filled[1]) == found
    )


def test_two_places_are_more_than_the_first_one() -> None:
    """Emi confirmed for chie: that is one place. Or each of them approves, and it is two."""
    policy = make_policy(f"{NEWS}{TWO_EYES.replace('approvers = 1', 'approvers = 2')}", people=PEOPLE + MORE.replace('"checker", ', "", 1))
    both = signature("chie", APPROVER, policy), signature("emi", APPROVER, policy)

    assert (0, 2) == places(signature("emi", CHECKER, policy, via="chie"), *both, policy=policy, grants=(grant("chie", "emi"),))


def test_a_signature_ages_out_to_the_moment() -> None:
    """It counts before the five hours are over, and not at the moment at which they are."""
    two = signature("ben", CHECKER, AGED), signature("chie", APPROVER, AGED, at=NOON + HOUR)

    assert Count(checkers=1, approvers=1, missing_checkers=0, missing_approvers=0, until=NOON + 5 * HOUR) == counted(
        *two, policy=AGED, at=NOON + 5 * HOUR - timedelta(seconds=1)
    )
    assert Count(checkers=0, approvers=1, missing_checkers=1, missing_approvers=0, expired=1, until=NOON + 6 * HOUR) == counted(
        *two, policy=AGED, at=NOON + 5 * HOUR
    )
    assert Count(checkers=0, approvers=0, missing_checkers=1, missing_approvers=1, expired=2) == counted(
        *two, policy=AGED, at=NOON + 9 * HOUR
    )


def test_what_does_not_age_has_no_end() -> None:
    assert (0, None) == ((found := counted(signature("ben", CHECKER), at=NOON + 10_000 * HOUR)).expired, found.until)


def test_stale_is_whoever_signed_another_text_or_round_and_not_this_one() -> None:
    """Each person once; whoever has signed this one too is not asked for again."""
    old = [signature("ben", CHECKER, round=1), signature("ben", CHECKER, digest="e" * 64), signature("chie", APPROVER, rules="other")]

    assert 2 == counted(*old).stale
    assert 1 == counted(*old, signature("ben", CHECKER)).stale
    assert 0 == counted(signature("gone", CHECKER, round=1)).stale  # whoever has no right is not missed


def test_a_carried_signature_stands_for_the_rules_that_let_it() -> None:
    kept = signature("ben", CHECKER, carried=True, carried_for=("two pairs of eyes",))
    other = signature("chie", APPROVER, carried=True, carried_for=("legal",))

    assert (1, 0) == places(kept, other)
    assert (0, 1) == places(signature("ben", CHECKER, carried=True), signature("chie", APPROVER, carried_for=("legal",)))


def test_only_a_groups_members_are_counted() -> None:
    assert Count(checkers=0, approvers=1, missing_checkers=0, missing_approvers=0) == counted(
        signature("dai", APPROVER, LEGAL), policy=LEGAL
    )
    assert Count(checkers=0, approvers=0, missing_checkers=0, missing_approvers=1) == counted(
        signature("chie", APPROVER, LEGAL), policy=LEGAL
    )


@pytest.mark.parametrize(
    ("signed", "written", "counts"),
    [
        (signature("akari", APPROVER, ALONE), NOON - HOUR, 1),  # an hour after it was written, to the moment
        (signature("akari", APPROVER, ALONE), NOON - HOUR + HOUR / 60, 0),
        (signature("akari", APPROVER, ALONE), NOON - 9 * HOUR, 1),
        (signature("akari", APPROVER, ALONE), None, 0),
        (signature("akari", CHECKER, ALONE), NOON - 9 * HOUR, 0),
    ],
)
def test_one_persons_second_look_counts_after_the_pause(signed: Signature, written: datetime | None, counts: int) -> None:
    found = counted(policy=ALONE, of=draft(signatures=(signed,), written=written))

    assert Count(checkers=0, approvers=counts, missing_checkers=0, missing_approvers=1 - counts) == found


def test_the_second_looks_of_one_person_fill_one_place() -> None:
    again = signature("akari", APPROVER, ALONE, at=NOON + HOUR)

    assert 1 == counted(policy=ALONE, of=draft(signatures=(signature("akari", APPROVER, ALONE), again), written=NOON - HOUR)).approvers


# --- with a key


def test_where_a_key_is_asked_for_only_what_a_key_vouches_for_counts() -> None:
    """Whoever said a plain yes to this text is missed with it, also where a key of theirs vouches for an older one."""
    keyed = PEOPLE.replace('"checker"], also', f'"checker"], keys = ["{"1" * 64}"], also').replace(
        '"chie@pr.example",', f'"chie@pr.example", keys = ["{"2" * 64}"],'
    )
    policy = make_policy(NEWS + TWO_EYES + 'auth = "signed"\n', people=keyed)
    old = signature("ben", CHECKER, policy, seq=1, round=1)
    judged = draft(signatures=(old, signature("ben", CHECKER, policy, seq=2), signature("chie", APPROVER, policy, seq=3)))

    def found(*proven: int) -> Count:
        return count(judged, policy.requirements[0], Bench(policy=policy, at=NOON, proven=frozenset(proven)))

    assert Count(checkers=1, approvers=1, missing_checkers=0, missing_approvers=0) == found(2, 3)
    assert Count(checkers=1, approvers=0, missing_checkers=0, missing_approvers=1, unsigned=1) == found(2)
    assert Count(checkers=0, approvers=0, missing_checkers=1, missing_approvers=1, unsigned=2) == found()
    assert Count(checkers=0, approvers=1, missing_checkers=1, missing_approvers=0, unsigned=1, stale=1) == found(1, 3)
    assert 0 == counted(signature("ben", CHECKER), signature("chie", APPROVER)).unsigned
