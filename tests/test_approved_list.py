"""A list that has grown since somebody approved it was approved by nobody."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from releasegate.errors import Blocked, PolicyError
from releasegate.policy.remarks import remarks
from tests.building import NEWS, Bench, approved, confirmed, mail, make_bench, make_policy, submitted

CODE = "list-changed-since-approval"
GROWS = NEWS + (
    '[[requirement]]\nname = "two pairs of eyes"\ncheckers = 1\napprovers = 1\n'
    'keep_on = ["unchanged", "recipients.grown", "recipients.shrunk"]\n'
)


def to(*names: str) -> EmailMessage:
    """One mail to these readers."""
    return mail(to="list@pr.example", Bcc=", ".join(f"{name}@paper.example" for name in names))


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url, rules=GROWS)
    yield made
    made.gate.close()


def test_an_approval_that_came_along_does_not_cover_whom_it_never_saw(bench: Bench) -> None:
    """`keep_on` lets the signature stand; the list needs an approver who has seen it."""
    approved(bench.gate, content=to("a", "b"))
    submitted(bench.gate, content=to("a", "b", "c", "d"))

    assert {CODE} == bench.gate.decide("d1").blocked_by
    with pytest.raises(Blocked, match=r"2 people are on the list whom chie had not seen there when approving: c@paper\.example, d@"):
        bench.gate.send("d1", by="mailer")
    assert "chie さんが承認したときにはなかった宛先が 2件あります" in bench.gate.decide("d1").explain("ja")


def test_an_approver_who_looks_at_it_opens_it(bench: Bench) -> None:
    """Any approver: the one whose yes came along need not be there."""
    approved(bench.gate, content=to("a"))
    longer = submitted(bench.gate, content=to("a", "b"))
    bench.gate.approve("d1", digest=longer.digest, by="dai", note="b is new at the paper.")

    assert 3 == bench.gate.send("d1", by="mailer").sent


def test_who_leaves_the_list_stops_nothing(bench: Bench) -> None:
    approved(bench.gate, content=to("a", "b"))
    submitted(bench.gate, content=to("a"))

    assert bench.gate.decide("d1")


def test_what_counts_is_what_its_owner_saw_not_the_last_list(bench: Bench) -> None:
    """Shorter, and then longer by another: each step alone may look harmless."""
    approved(bench.gate, content=to("a", "b"))
    submitted(bench.gate, content=to("a"))
    submitted(bench.gate, content=to("a", "c"))

    assert ["c@paper.example"] == [each.evidence for each in bench.gate.decide("d1").blockers if each.code == CODE]


def test_the_list_as_it_was_once_more_is_the_one_that_was_approved(bench: Bench) -> None:
    approved(bench.gate, content=to("a"))
    submitted(bench.gate, content=to("a", "b"))
    submitted(bench.gate, content=to("a"))

    assert bench.gate.decide("d1")


@pytest.mark.parametrize(
    ("mode", "shorter", "longer"), [("exact", {CODE}, {CODE}), ("allow_removals", set(), {CODE}), ("any", set(), set())]
)
def test_the_policy_says_how_much_may_change(sqlite_url: str, mode: str, shorter: set[str], longer: set[str]) -> None:
    bench = make_bench(sqlite_url, rules=GROWS + f'[checks]\n{CODE} = {{ mode = "{mode}" }}\n')
    approved(bench.gate, content=to("a", "b"))
    submitted(bench.gate, content=to("a"))
    assert shorter == bench.gate.decide("d1").blocked_by
    submitted(bench.gate, content=to("a", "b", "c"))

    assert longer == bench.gate.decide("d1").blocked_by


def test_where_only_checkers_are_asked_theirs_is_the_approval(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=GROWS.replace("approvers = 1\n", ""))
    confirmed(bench.gate, content=to("a"))
    submitted(bench.gate, content=to("a", "b"))

    assert {CODE} == bench.gate.decide("d1").blocked_by


def test_a_confirmation_that_came_along_needs_nothing_beside_a_new_approval(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=GROWS)
    confirmed(bench.gate, content=to("a"))
    seen = submitted(bench.gate, content=to("a", "b"))
    bench.gate.approve("d1", digest=seen.digest, by="chie", note="Read twice.")

    assert bench.gate.decide("d1")


def test_a_mode_that_there_is_not_does_not_load(sqlite_url: str) -> None:
    with pytest.raises(PolicyError, match=f"{CODE}.mode"):
        make_bench(sqlite_url, rules=GROWS + f'[checks]\n{CODE} = {{ mode = "grown" }}\n')


def test_policy_check_says_that_a_longer_list_needs_an_approver_all_the_same() -> None:
    """Who writes `recipients.grown` believes that the approval stands."""
    said = [each for each in remarks(make_policy(GROWS)) if CODE in each]

    assert 1 == len(said)
    assert [] == [each for each in remarks(make_policy(GROWS + f'[checks]\n{CODE} = {{ mode = "any" }}\n')) if CODE in each]
