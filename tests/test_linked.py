"""Several ways out of one release are one thing to stop: a hold on one holds all, whoever joins, whatever is written (S0-07)."""

import contextlib
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from releasegate import holding, sending, writing
from releasegate.errors import Blocked, ContentError, NotFound
from releasegate.gate import Gate
from releasegate.holding import Stop
from releasegate.model.manifest import read_manifest
from releasegate.model.parcel import Parcel
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.store import rows
from releasegate.store.store import Txn, open_for_hold
from releasegate.testing import Clock, Distributor, Outbox
from releasegate.writing import Text
from tests.booking import FRIDAY
from tests.building import MANIFEST, Between, approved, lifted, mails, make_bench, make_gate, written
from tests.linked import LINKED, TEN, WING, make_house

TWO = """
[channels.site]
[channels.post]
[[requirement]]
name = "two pairs of eyes"
checkers = 1
approvers = 1
"""


def two(store_url: str, *, rules: str = TWO) -> Gate:
    """A gate with two ways out whose clock it keeps."""
    return make_gate(store_url, rules=rules, channels={"site": Outbox(), "post": Outbox()})


def pair(gate: Gate, **more: str) -> None:
    """One release, approved on both ways."""
    approved(gate, "site", "The article.", channel="site", release=WING, **more)
    approved(gate, "post", "The post.", channel="post", release=WING, **more)


def states(answer: HoldAnswer) -> dict[str, HoldState]:
    return {each.draft_id: each.state for each in answer.drafts}


def held(gate: Gate, *names: str) -> list[int]:
    return [len(gate.draft(name).holds) for name in names]


# Holding


def test_s0_07_a_hold_on_one_holds_all_in_one_step(store_url: str) -> None:
    """Whatever they stand at: each has a hold of its own, written together, and the answer has the list."""
    gate = two(store_url)
    pair(gate)
    written(gate, "late", "Not yet signed.", channel="post", release=WING)
    answer = gate.hold("post", by="ben", note="Postponed.")

    assert answer
    assert ["post", "late", "site"] == [each.draft_id for each in answer.drafts]
    assert {"post/h1", "late/h1", "site/h1"} == {each.hold for each in answer.drafts}
    assert [{"hold-active"}] * 2 == [set(gate.decide(name).blocked_by) for name in ("post", "site")]
    events = [gate.history(name)[-1] for name in ("post", "late", "site")]
    assert [0, 1, 2] == [event.position - events[0].position for event in events]
    assert ["", "post/h1", "post/h1"] == [event.data.get("with", "") for event in events]
    assert ["Postponed."] * 3 == [event.note for event in events]


@pytest.mark.parametrize("name", [WING, WING.upper()])
def test_s0_07_the_name_of_the_release_holds_it_too(store_url: str, name: str) -> None:
    """It is what people call it; a draft of that id would come first."""
    house = make_house(store_url)
    house.wing()

    answer = house.gate.hold(name, by="dai", note="Postponed.")

    assert ({"wing", "wing-post", "wing-site"}, HoldState.HELD) == ({each.draft_id for each in answer.drafts}, answer.state)
    assert all(house.gate.draft(each).hold_count == 1 for each in ("wing", "wing-post", "wing-site"))


def test_s0_07_all_rows_are_locked_in_one_order_before_any_is_read(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two who hold two ways out at once would else wait for each other."""
    house, done = make_house(sqlite_url), list[str]()
    house.wing()
    for name in ("lock", "read"):
        real = getattr(rows, name)

        def noted(*given: Any, name: str = name, real: Callable[..., Any] = real, **more: Any) -> Any:  # noqa: ANN401 - as it is
            done.append(name)
            return real(*given, **more)

        monkeypatch.setattr(rows, name, noted)

    holding.hold(house.gate._office.store, "wing", Stop(by="ben"))

    assert "lock" == done[0]


def test_a_draft_of_the_releases_name_comes_first(sqlite_url: str) -> None:
    house = make_house(sqlite_url)
    house.wing()
    house.approved(WING, "post", release="other")

    assert (WING, ()) == ((answer := house.gate.hold(WING, by="dai", note="This one.")).draft_id, answer.drafts)
    assert 0 == house.gate.draft("wing").hold_count


def test_s0_07_each_is_proven_by_itself_and_the_answer_is_the_worst(sqlite_url: str) -> None:
    """The booking that they do not take away makes the whole answer PENDING, with whom to phone, whichever way out was held."""
    house = make_house(sqlite_url)
    house.wing()
    house.desk.on_stop = "pause"
    answer = house.gate.hold("wing-site", by="ben", note="Postponed to July.")

    assert not answer
    assert {"wing-site": HoldState.HELD, "wing": HoldState.PENDING, "wing-post": HoldState.HELD} == states(answer)
    assert (HoldState.PENDING, "wing-site/h1", "+81-3-0000-0000") == (answer.state, answer.hold, answer.contact["phone"])
    assert (2, 3) == (answer.stopped, len(answer.to_dict()["drafts"]))
    house.desk.on_stop = "cancel"
    assert {HoldState.HELD} == set(states(house.gate.hold("wing-post", by="ben")).values())


def test_s0_07_what_has_left_is_too_late_and_the_rest_is_held(sqlite_url: str) -> None:
    """The article is out: that is the answer; the post and the booking do not leave."""
    house = make_house(sqlite_url)
    house.wing()
    approved(house.gate, "early", "A teaser.", channel="site", release=WING)
    house.gate.send("early", by="mailer")
    answer = house.gate.hold("wing", by="ben")

    assert HoldState.TOO_LATE is answer.state
    assert {"wing": HoldState.HELD, "early": HoldState.TOO_LATE, "wing-post": HoldState.HELD, "wing-site": HoldState.HELD} == states(answer)
    assert 1 == answer.gone
    house.clock.forward(days=2, hours=22)
    house.press.watch()
    assert ([], 1, []) == (house.desk.out, len(house.site.got), house.post.got)


def test_s0_07_a_hold_on_what_is_out_still_stops_the_other_ways(sqlite_url: str) -> None:
    gate = two(sqlite_url)
    pair(gate)
    gate.send("site", by="mailer")
    answer = gate.hold("site", by="ben", note="The price is wrong.")

    assert {"site": HoldState.TOO_LATE, "post": HoldState.HELD} == states(answer)
    assert {"hold-active"} == gate.decide("post").blocked_by
    assert "site" == gate.draft("post").holds[0].along


def test_s0_07_a_bulk_send_in_the_middle_stops_at_the_next_letter(sqlite_url: str) -> None:
    """Its row is written with the hold of the other way out: no letter more begins, and the answer names the one that flies."""
    gate = two(sqlite_url)
    outbox, answers = gate._office.channels["post"], list[HoldAnswer]()
    approved(gate, "site", "The article.", channel="site", release=WING)
    approved(gate, "post", mails(3), channel="post", release=WING)

    def first(_: Parcel) -> None:
        answers.append(gate.hold("site", by="ben"))

    outbox.on_send = first  # type: ignore[union-attr]  # an Outbox
    with pytest.raises(Blocked):
        gate.send("post", by="mailer")

    assert {"site": HoldState.HELD, "post": HoldState.IN_FLIGHT} == states(answers[0])
    assert 1 == len(outbox.got)  # type: ignore[union-attr]


def test_s0_07_with_nothing_but_the_store_and_asked_for_by_the_watch(sqlite_url: str) -> None:
    """The hold of the article from a machine without channels: the next pass has the booking taken away."""
    house = make_house(sqlite_url)
    house.wing()
    answer = holding.hold(house.gate._office.store, "wing-site", Stop(by="ben"))

    assert {"wing-site": HoldState.HELD, "wing": HoldState.PENDING, "wing-post": HoldState.HELD} == states(answer)
    house.press.watch()
    assert State.APPROVED is house.gate.draft("wing").state
    assert HoldState.HELD is house.gate.press(answer).state


def test_s0_07_who_holds_without_a_word_owes_one_word(sqlite_url: str) -> None:
    gate = two(sqlite_url)
    pair(gate)
    gate.hold("post", by="ben")

    assert [True, False] == [gate.draft(name).holds[0].owed for name in ("post", "site")]


def test_s0_07_the_gates_own_hold_reaches_all_as_well(sqlite_url: str) -> None:
    """Moved by somebody over there: the article waits too, until somebody has looked."""
    house = make_house(sqlite_url)
    house.wing()
    house.desk.drop("R1")
    house.gate.look("wing")

    assert [1, 1, 1] == held(house.gate, "wing", "wing-site", "wing-post")


def test_s0_07_holding_a_channel_holds_what_is_linked_with_it(sqlite_url: str) -> None:
    """Each once, though two drafts of the channel lead to the same one; what is out is not counted as held."""
    gate = two(sqlite_url)
    pair(gate)
    approved(gate, "post2", "Another post.", channel="post", release=WING)
    approved(gate, "other", "Of no release.", channel="site")
    approved(gate, "out", "Out.", channel="site", release=WING)
    gate.send("out", by="mailer")

    assert ["post", "post2", "site"] == [answer.draft_id for answer in gate.hold_channel("post", by="dai")]
    assert [1, 1, 1, 0] == held(gate, "post", "post2", "site", "other")


def test_s0_07_a_side_that_hangs_keeps_nobody_from_asking_the_next(sqlite_url: str) -> None:
    """Both bookings are asked for at the same time."""
    rules = LINKED.replace("[channels.site]", '[channels.site]\nclock = "distributor"')
    meet, clock = threading.Barrier(2), Clock(FRIDAY)
    desks = [Distributor(clock), Distributor(clock)]
    for desk in desks:
        desk.stop = _with_the_other(meet, desk.stop)  # type: ignore[method-assign, assignment]  # as slow as the other one
    house = make_house(sqlite_url, rules=rules, more={"press": desks[0], "site": desks[1]})
    house.approved("wing-site", "site", send_at=TEN)
    house.approved("wing", "press", send_at=TEN)
    for name in ("wing", "wing-site"):
        house.gate.book(name, by="mailer")

    assert house.gate.hold("wing", by="ben")


def _with_the_other(meet: threading.Barrier, stop: Callable[[str], object]) -> Callable[[str], None]:
    def both(name: str) -> None:
        meet.wait(5)
        stop(name)

    return both


def test_a_draft_of_no_release_answers_for_itself(sqlite_url: str) -> None:
    gate = two(sqlite_url)
    pair(gate)
    approved(gate, "alone", "Alone.", channel="post")
    answer = gate.hold("alone", by="ben")

    assert () == answer.drafts
    assert [] == answer.to_dict()["drafts"]
    assert [0, 0] == held(gate, "site", "post")


def test_each_hold_is_lifted_by_itself(sqlite_url: str) -> None:
    """A team may let the article out, and keep the post."""
    gate = two(sqlite_url)
    pair(gate)
    gate.hold("post", by="ben", note="Wait.")
    lifted(gate, "site/h1", by="chie", note="The article may go.")

    assert gate.decide("site")
    assert {"hold-active"} == gate.decide("post").blocked_by


# Withdrawing


def test_s0_07_a_withdrawal_holds_the_other_ways_and_somebody_may_lift_that(sqlite_url: str) -> None:
    """One post that is taken out does not bury the release; but nothing of it leaves before somebody has looked."""
    gate = two(sqlite_url)
    pair(gate)
    draft = gate.withdraw("post", by="akari", note="We do not post this.")

    assert (State.WITHDRAWN, ["site"]) == (draft.state, [each.draft_id for each in draft.linked if each.holds])
    hold = gate.draft("site").holds[0]
    assert ("akari", "We do not post this.", "post", False) == (hold.by, hold.note, hold.along, hold.final)
    lifted(gate, "site/h1", by="chie", note="The article stays.")
    assert 1 == gate.send("site", by="mailer").sent


def test_s0_07_a_withdrawal_on_its_way_is_final_there_alone(sqlite_url: str) -> None:
    """What is booked is asked for at once, and the others are held until somebody lifts."""
    house = make_house(sqlite_url)
    house.wing()
    house.gate.withdraw("wing", by="akari", note="Not at all.")

    assert State.WITHDRAWN is house.gate.draft("wing").state
    assert [False] == [hold.final for hold in house.gate.draft("wing-site").holds]


def test_s0_07_withdrawing_the_article_has_the_booking_taken_away(sqlite_url: str) -> None:
    house = make_house(sqlite_url)
    house.wing()
    house.gate.withdraw("wing-site", by="akari", note="Not at all.")

    assert "absent" == house.desk.look("R1").state
    assert State.APPROVED is house.gate.draft("wing").state


def test_what_was_withdrawn_is_not_held_any_more(sqlite_url: str) -> None:
    gate = two(sqlite_url)
    pair(gate)
    gate.withdraw("post", by="akari", note="No.")

    assert () == gate.hold("site", by="ben").drafts


# Joining and leaving


def test_s0_07_whoever_joins_a_held_release_is_held(store_url: str) -> None:
    """Here a text that is written anew; a new draft below: by the gate, along with what is held there."""
    gate = two(store_url)
    approved(gate, "site", "The article.", channel="site", release=WING)
    written(gate, "post", "A post.", channel="post", release="2026-04-other")
    gate.hold("site", by="ben", note="Postponed.")
    draft = written(gate, "post", "The post.", channel="post", release=WING)

    assert ["gate"] == [hold.by for hold in draft.holds]
    assert ("site", False) == (draft.holds[0].along, draft.holds[0].owed)
    assert 1 == held(gate, "post")[0]
    written(gate, "post", "The post, mended.", channel="post", release=WING)
    assert 1 == held(gate, "post")[0], "it is of the release already"


def test_s0_07_joining_what_was_lifted_or_is_over_holds_nothing(sqlite_url: str) -> None:
    gate = two(sqlite_url)
    pair(gate)
    gate.withdraw("post", by="akari", note="No.")
    lifted(gate, "site/h1", by="chie", note="Go on.")

    assert () == written(gate, "post2", "Another.", channel="post", release=WING).holds


def test_s0_07_taking_the_name_off_is_no_way_round_a_hold(sqlite_url: str) -> None:
    """What has named a release once belongs to it for good, also under another name."""
    gate = two(sqlite_url)
    pair(gate)
    approved(gate, "post", "The post.", channel="post")
    assert ("", ["site"]) == (gate.draft("post").release, [each.draft_id for each in gate.draft("post").linked])
    approved(gate, "post", "The post.", channel="post", release="2026-04-other")
    gate.hold("site", by="ben")

    assert {"hold-active"} == gate.decide("post").blocked_by


@pytest.mark.parametrize("name", ["two words", "wing/h1", "-wing", "x" * 101])
def test_a_release_has_a_plain_name(sqlite_url: str, name: str) -> None:
    with pytest.raises(ContentError, match="no name of a release"):
        written(two(sqlite_url), "post", channel="post", release=name)


def test_a_capital_letter_is_no_way_round_a_hold(sqlite_url: str) -> None:
    gate = two(sqlite_url)
    written(gate, "site", "The article.", channel="site", release="2026-03-Wing")

    assert WING == gate.draft("site").release
    assert 2 == len((written(gate, "post", "The post.", channel="post", release="2026-03-WING"), *gate.draft("site").linked))


def test_s0_07_a_hold_between_any_two_steps_of_a_joining_holds_it(sqlite_url: str) -> None:
    """Before each of its transactions: what joins is held on joining."""
    gate, met = two(sqlite_url), 0
    for number in range(1, 9):
        release, answers = f"r{number}", list[HoldAnswer]()
        written(gate, f"site{number}", f"Article {number}.", channel="site", release=release)

        def stop(n: int = number, said: list[HoldAnswer] = answers) -> None:
            said.append(gate.hold(f"site{n}", by="ben"))

        office = replace(gate._office, store=Between(gate._office.store, number, stop))  # type: ignore[arg-type]  # it quacks
        writing.write(office, f"post{number}", Text(channel="post", content=f"Post {number}.", release=release), by="akari")
        met += len(answers)
        assert len(answers) == held(gate, f"post{number}")[0]

    assert 3 == met


def test_s0_07_a_hold_that_waited_for_a_joining_one_holds_it(postgres_url: str) -> None:
    """The hold has asked who belongs before the other commits; with the log in its hand it asks again."""
    gate = two(postgres_url)
    written(gate, "site", "The article.", channel="site", release=WING)
    joining, asked, answers = threading.Event(), threading.Event(), list[HoldAnswer]()
    real = rows.lock

    def slowly(txn: Txn, ids: object) -> None:
        real(txn, ids)  # type: ignore[arg-type]  # handed on
        asked.set()
        joining.wait(5)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "lock", slowly)
        holder = threading.Thread(target=lambda: answers.append(gate.hold("site", by="ben")))
        holder.start()
        asked.wait(5)
        written(gate, "post", "The post.", channel="post", release=WING)
        joining.set()
        holder.join()

    assert ["site", "post"] == [each.draft_id for each in answers[0].drafts]
    assert [1, 1] == held(gate, "site", "post")


@pytest.mark.counts
def test_s0_07_holds_and_joinings_at_one_time(store_url: str, counts: Callable[[int], int]) -> None:
    """Whoever is second sees the other: held with it, or held on joining; and once."""
    gate = two(store_url)
    for number in range(counts(40)):
        release = f"r{number}"
        written(gate, f"site{number}", f"Article {number}.", channel="site", release=release)
        start = threading.Barrier(2)

        def join(n: int = number, name: str = release, gun: threading.Barrier = start) -> None:
            gun.wait()
            written(gate, f"post{n}", f"Post {n}.", channel="post", release=name)

        writer = threading.Thread(target=join)
        writer.start()
        start.wait()
        gate.hold(f"site{number}", by="ben")
        writer.join()
        assert [1, 1] == held(gate, f"site{number}", f"post{number}")


@pytest.mark.counts
def test_s0_07_a_hold_on_the_one_racing_a_send_of_the_other_has_one_winner(store_url: str, counts: Callable[[int], int]) -> None:
    """HELD, and nothing of either leaves afterwards; or the answer says that something had begun."""
    gate = two(store_url)
    outbox = gate._office.channels["post"]
    for number in range(counts(40)):
        release, answers, start = f"r{number}", list[HoldAnswer](), threading.Barrier(2)
        written(gate, f"site{number}", f"Article {number}.", channel="site", release=release)
        approved(gate, f"post{number}", f"Post {number}.", channel="post", release=release)
        before = len(outbox.got)  # type: ignore[union-attr]

        def stop(n: int = number, said: list[HoldAnswer] = answers, gun: threading.Barrier = start) -> None:
            gun.wait()
            said.append(gate.hold(f"site{n}", by="dai"))

        holder = threading.Thread(target=stop)
        holder.start()
        start.wait()
        with contextlib.suppress(Blocked):
            gate.send(f"post{number}", by="mailer")
        holder.join()
        assert bool(answers[0]) is (len(outbox.got) == before)  # type: ignore[union-attr]


@pytest.mark.counts
def test_s0_07_two_who_hold_two_ways_out_at_once_both_do(store_url: str, counts: Callable[[int], int]) -> None:
    """They lock what they hold in one order, and do not wait for each other in a ring."""
    gate = two(store_url)
    pair(gate)
    n = counts(40)
    for _ in range(n):
        start = threading.Barrier(2)

        def stop(name: str, gun: threading.Barrier = start) -> None:
            gun.wait()
            gate.hold(name, by="dai")

        other = threading.Thread(target=stop, args=("post",))
        other.start()
        stop("site")
        other.join()

    assert [2 * n, 2 * n] == held(gate, "site", "post")


def test_f019_a_hold_on_the_other_way_between_any_two_steps_of_a_send(sqlite_url: str) -> None:
    """What was said to have gone, or to be going, is what the other end has."""
    gate = two(sqlite_url)
    outbox = gate._office.channels["post"]
    for number in range(1, 20):
        answers, before = list[HoldAnswer](), len(outbox.got)  # type: ignore[union-attr]
        written(gate, f"site{number}", f"Article {number}.", channel="site", release=f"r{number}")
        approved(gate, f"post{number}", f"Post {number}.", channel="post", release=f"r{number}")

        def stop(n: int = number, said: list[HoldAnswer] = answers) -> None:
            said.append(gate.hold(f"site{n}", by="dai"))

        office = replace(gate._office, store=Between(gate._office.store, number, stop))  # type: ignore[arg-type]  # it quacks
        with contextlib.suppress(Blocked):
            sending.send(office, f"post{number}", by="mailer")
        if not answers:
            break
        assert answers[0].gone + answers[0].in_flight == len(outbox.got) - before  # type: ignore[union-attr]


# What is signed


def test_the_release_is_signed_and_a_text_without_one_keeps_its_digest() -> None:
    """It stands in the manifest only where somebody said it."""
    named = replace(MANIFEST, release=WING)

    assert "release" not in MANIFEST.body().decode()
    assert "3cb045262ad811d864b0b0f99886395fb2de3fda3d9d07a13eb98f10fd62add0" == MANIFEST.digest != named.digest
    assert named == read_manifest(named.body())


def test_another_release_is_another_text_and_a_kind_of_change(sqlite_url: str) -> None:
    gate = two(sqlite_url)
    first = approved(gate, "post", "The post.", channel="post")
    second = written(gate, "post", "The post.", channel="post", release=WING)

    assert frozenset({"release"}) == gate.diff("post", since=first.digest).kinds
    assert State.DRAFTING is second.state


# Channels that the file links


def test_what_the_file_links_leaves_when_each_way_has_its_draft(sqlite_url: str) -> None:
    """The distributor's draft waits for the article; the article and the post wait for nobody."""
    house = make_house(sqlite_url)
    house.approved("wing", "press", send_at=TEN)
    blocker = next(each for each in house.gate.decide("wing").blockers if each.code == "linked-missing")

    assert (("akari",), (f"releasegate write … --channel site --release {WING}",)) == (blocker.who, blocker.how)
    with pytest.raises(Blocked, match="goes out by site too"):
        house.gate.book("wing", by="mailer")
    house.approved("wing-site", "site", send_at=TEN)
    assert "linked-missing" not in house.gate.decide("wing-site").blocked_by
    assert State.BOOKED is house.gate.book("wing", by="mailer").state


def test_what_the_file_links_needs_a_release(sqlite_url: str) -> None:
    house = make_house(sqlite_url)
    house.approved("wing-site", "site", release="")
    house.approved("wing", "press", release="", send_at=TEN)

    assert {"linked-missing"} == house.gate.decide("wing").blocked_by
    assert ("releasegate write wing … --release …",) == house.gate.decide("wing").blockers[0].how
    assert "names no release" in house.gate.decide("wing").explain()


@pytest.mark.parametrize("release", ["", "2026-04-other"])
def test_a_draft_that_has_left_the_release_is_none_of_its_ways_out(sqlite_url: str, release: str) -> None:
    """It is held with it; but what it says now is other news."""
    house = make_house(sqlite_url)
    house.approved("wing-site", "site")
    house.approved("wing", "press", send_at=TEN)
    house.approved("wing-site", "site", release=release)

    assert {"linked-missing"} == house.gate.decide("wing").blocked_by


def test_a_way_out_that_was_withdrawn_is_missing(sqlite_url: str) -> None:
    house = make_house(sqlite_url)
    house.approved("wing-site", "site")
    house.approved("wing", "press", send_at=TEN)
    house.gate.withdraw("wing-site", by="akari", note="No article.")
    lifted(house.gate, "wing/h1", by="chie", note="Go on.")

    assert "linked-missing" in house.gate.decide("wing").blocked_by


def test_once_it_is_out_nothing_is_missing(sqlite_url: str) -> None:
    """Of what is booked, sent or withdrawn nobody asks it any more."""
    house = make_house(sqlite_url)
    house.wing()
    house.gate.withdraw("wing-post", by="akari", note="No.")

    assert "linked-missing" not in house.gate.decide("wing").blocked_by


SAME = TWO.replace("[channels.site]", '[channels.site]\nlinked = ["post"]')


@pytest.mark.parametrize(("first", "then"), [("post", "site"), ("site", "post")])
def test_the_same_words_on_two_linked_ways_are_not_sent_twice(sqlite_url: str, first: str, then: str) -> None:
    """One post on two networks: the file says that they belong together, in whichever of the two it stands."""
    gate = two(sqlite_url, rules=SAME)
    for name in ("post", "site"):
        approved(gate, name, "The new wing opens.", channel=name, release=WING)
    gate.send(first, by="mailer")

    assert gate.decide(then)


def test_the_same_words_on_two_ways_that_no_file_links_are_sent_twice(sqlite_url: str) -> None:
    """A name that an author gives is no way round the repeat window."""
    gate = two(sqlite_url)
    for name in ("post", "site"):
        approved(gate, name, "The new wing opens.", channel=name, release=WING)
    gate.send("post", by="mailer")

    assert {"twin-sent"} == gate.decide("site").blocked_by


def test_the_same_words_in_another_release_are_sent_twice(sqlite_url: str) -> None:
    gate = two(sqlite_url, rules=SAME)
    approved(gate, "post", "The new wing opens.", channel="post", release=WING)
    approved(gate, "site", "The new wing opens.", channel="site", release="2026-04-other")
    gate.send("post", by="mailer")

    assert "twin-sent" in gate.decide("site").blocked_by


# The store


def test_r12_a_store_that_knows_no_releases_is_held_all_the_same(store_url: str) -> None:
    """A hold needs no newer schema than its store has."""
    bench = make_bench(store_url)
    approved(bench.gate)
    bench.gate.close()
    _sql(create_engine(store_url), "DROP TABLE releases")
    store = open_for_hold(store_url, clock=bench.clock)

    assert holding.hold(store, "d1", Stop(by="ben"))
    with pytest.raises(NotFound):
        holding.hold(store, "2026-03-wing", Stop(by="ben"))
    store.close()


def _sql(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    "tamper",
    [
        "DELETE FROM releases WHERE draft_id = 'post'",
        "INSERT INTO releases (release, draft_id) VALUES ('2026-04-other', 'post')",
        "UPDATE releases SET release = 'none' WHERE draft_id = 'post'",
    ],
)
def test_who_takes_a_draft_out_of_its_release_by_hand_is_found(sqlite_url: str, tamper: str) -> None:
    gate = two(sqlite_url)
    pair(gate)
    assert gate.verify().sound
    _sql(create_engine(sqlite_url), tamper)

    assert ["cache: what releases post has named"] == [fault[:35] for fault in gate.verify().faults]


@pytest.mark.parametrize("change", ["body = X'00'", "digest = 'gone'"])
def test_a_way_out_whose_text_was_changed_by_hand_is_no_draft_of_the_release(sqlite_url: str, change: str) -> None:
    gate = two(sqlite_url)
    pair(gate)
    digest = gate.draft("post").digest
    _sql(create_engine(sqlite_url), f"UPDATE manifests SET {change} WHERE digest = '{digest}'")  # noqa: S608 - a digest of ours

    assert [("post", False)] == [(each.draft_id, each.now) for each in gate.draft("site").linked]
