"""What is asked changes nothing, and what is not there is said by name."""

import pytest

from releasegate.errors import NotFound, Refused, StoreError
from releasegate.model.parcel import Parcel
from tests.building import NEWS, TWO_EYES, Outbox, approved, mail, mails, make_bench, written


@pytest.mark.parametrize("no", [-1, 0, 3])
def test_a_mail_that_is_not_among_those_of_the_text_is_said_with_their_number(sqlite_url: str, no: int) -> None:
    gate = make_bench(sqlite_url).gate
    written(gate, content=mails(2))

    with pytest.raises(NotFound, match=f"{no} of 2"):
        gate.letter("d1", no)
    assert ["Dear reader 1.", "Dear reader 2."] == [gate.letter("d1", no).text[:14] for no in (1, 2)]


def test_a_mail_is_shown_of_the_text_that_is_named(sqlite_url: str) -> None:
    """A page that shows a digest beside it names that digest: the text may have changed since."""
    gate = make_bench(sqlite_url).gate
    first = written(gate, content="The old wing opens.")
    written(gate, content="The new wing opens.")
    other = written(gate, "d2", content="Somebody else's text.")

    assert ["The old wing opens.", "The new wing opens."] == [gate.letter("d1", digest=each).text.strip() for each in (first.digest, "")]
    for strange in (other.digest, first.mark, "0" * 64):
        with pytest.raises(NotFound, match=f"There is no text '{strange}'"):
            gate.letter("d1", digest=strange)


def test_a_text_differs_in_nothing_from_itself(sqlite_url: str) -> None:
    """One kind of change, so that a policy can name that too."""
    gate = make_bench(sqlite_url).gate
    draft = written(gate)

    assert {"unchanged"} == gate.diff("d1", since=draft.digest).kinds
    with pytest.raises(StoreError, match="00000000 is missing"):
        gate.diff("d1", since="0" * 64)


def test_of_what_is_no_mail_all_of_it_is_its_text(sqlite_url: str) -> None:
    """A post has no headers that a reader's program would leave aside: one other letter is another text."""
    gate = make_bench(sqlite_url).gate
    posts = [Parcel(body=body, to=("@museum",), sender="@pr", title="July", media="text/plain") for body in (b"Open.", b"Open!")]
    before = written(gate, content=[posts[0]])
    written(gate, content=[posts[1]])

    assert {"text"} == gate.diff("d1", since=before.digest).kinds


def test_a_draft_whose_channel_is_no_longer_in_the_rules_is_shut(store_url: str) -> None:
    """Rules were adopted that know another way out: whatever is asked of the draft is answered, and nothing leaves."""
    ways = {"news": Outbox(), "posts": Outbox()}
    before = make_bench(store_url, rules=NEWS + "[channels.posts]\n" + TWO_EYES, channels=ways)
    approved(before.gate, content=mail())
    without = "[channels.posts]\n" + TWO_EYES
    after = make_bench(store_url, rules=without, channels={"posts": Outbox()}, clock=before.clock)
    for by in ("dai", "chie"):
        before.gate.adopt(after.gate._office.policy, by=by, note="The newsletter ends.")

    decision = after.gate.decide("d1")

    assert {"channel-missing", "two pairs of eyes"} <= decision.blocked_by
    assert after.gate.hold("d1", by="dai")
    before.gate.close()
    after.gate.close()


def test_a_way_out_without_a_gate_takes_no_drafts(sqlite_url: str) -> None:
    """Password mails and alarms go there directly: nobody signs them, so nothing is sealed for it."""
    rules = NEWS + "[channels.alarms]\ngated = false\nmost = 3\n" + TWO_EYES
    gate = make_bench(sqlite_url, rules=rules, channels={"news": Outbox(), "alarms": Outbox()}).gate

    with pytest.raises(Refused) as refused:
        written(gate, channel="alarms")
    assert ("ungated", ()) == (refused.value.code, gate.queue())
