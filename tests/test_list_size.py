"""A list that is much longer or shorter than the last ones of its channel is seen before it leaves."""

from collections.abc import Iterator

import pytest

from releasegate.errors import Blocked
from releasegate.store import history
from releasegate.store.store import Txn
from tests.building import RULES, Bench, Outbox, approved, mails, make_bench

BULK = RULES.replace("[channels.news]", "[channels.news]\nbulk = true\nundo = '0s'").replace(
    "[[requirement]]", "[channels.post]\nbulk = true\nundo = '0s'\n[[requirement]]", 1
)


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url, rules=BULK, channels={"news": Outbox(), "post": Outbox()})
    yield made
    made.gate.close()


def send(bench: Bench, draft_id: str, people: int, *, channel: str = "news") -> None:
    """So many people by this channel, each send a minute after the last."""
    bench.clock.forward(minutes=1)
    approved(bench.gate, draft_id, content=mails(people, f"This is {draft_id}."), channel=channel)
    bench.gate.send(draft_id, by="mailer")


def test_a_list_three_times_as_long_as_the_last_ones_is_blocked_and_one_half_as_long_again_asked_about(bench: Bench) -> None:
    for no, people in enumerate([30, 31, 29]):
        send(bench, f"d{no}", people)

    with pytest.raises(Blocked, match="The list has 91 people; the last sends of this channel went to about 30"):
        send(bench, "whole", 91)
    approved(bench.gate, "more", content=mails(52))

    assert [("list-size-change", 52, 30)] == [
        (each.code, each.params["count"], each.params["usual"]) for each in bench.gate.decide("more").blockers
    ]
    bench.gate.waive("more", "list-size-change", digest=bench.gate.draft("more").digest, by="dai", note="The fair's guests are new.")
    assert 52 == bench.gate.send("more", by="mailer").sent


def test_what_did_not_leave_or_left_elsewhere_is_no_measure(bench: Bench) -> None:
    send(bench, "posted", 90, channel="post")
    approved(bench.gate, "never", content=mails(90, "Never."))
    bench.gate.withdraw("never", by="dai", note="Never.")
    send(bench, "first", 30)

    approved(bench.gate, "second", content=mails(31))

    assert set() == bench.gate.decide("second").blocked_by


def test_a_check_is_told_the_last_ten_sends_the_newest_first_and_not_of_its_own_draft(bench: Bench) -> None:
    for no in range(12):
        send(bench, f"d{no}", 1)

    found = bench.gate._office.store.look(lambda txn: history.last_sends(txn, "news", but="d11"))

    assert [f"d{no}" for no in range(10, 0, -1)] == [each.draft_id for each in found]
    assert (1, bench.gate.draft("d10").digest) == (found[0].reach, found[0].digest)
    assert sorted(found, key=lambda each: each.at, reverse=True) == list(found)


def test_what_has_left_can_be_read_again(bench: Bench) -> None:
    send(bench, "d1", 3)

    def read(txn: Txn) -> tuple[list[str], list[str]]:
        (sent,) = history.last_sends(txn, "news", but="d2")
        return [each.text.strip() for each in sent.letters], list(sent.recipients)

    texts = [f"Dear reader {no}. This is d1." for no in (1, 2, 3)]
    assert (texts, [f"reader{no}@paper.example" for no in (1, 2, 3)]) == bench.gate._office.store.look(read)


def test_a_channel_for_single_mails_has_no_usual_size(store_url: str) -> None:
    bench = make_bench(store_url)
    send(bench, "one", 1)
    approved(bench.gate, "many", content=mails(60))

    assert bench.gate.decide("many").open
    bench.gate.close()
