"""The fakes that users put around a gate: a clock that stands, and a way out that remembers."""

from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from releasegate import Blocked, Gate, NotSent
from releasegate.model.parcel import Parcel, Receipt
from releasegate.protocols import Channel
from releasegate.testing import Clock, Outbox
from tests.building import mail, mails, make_policy


def test_a_clock_stands_until_it_is_moved() -> None:
    clock = Clock(datetime(2026, 7, 1, 9, tzinfo=UTC))

    assert clock() == clock()
    assert datetime(2026, 7, 1, 9, 5, tzinfo=UTC) == clock.forward(minutes=5) == clock()


def test_a_clock_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-07-01T09:00:00 has no zone"):
        Clock(datetime(2026, 7, 1, 9))  # noqa: DTZ001 - that is the point


def test_an_outbox_is_a_channel() -> None:
    assert isinstance(Outbox(), Channel)


@pytest.mark.parametrize(
    ("content", "reached"),
    [
        ("A line of text.", ["reader@paper.example"]),
        (mail(to="mika@paper.example"), ["mika@paper.example"]),
        (bytes(mail(to="mika@paper.example")), ["mika@paper.example"]),
        (mails(2), ["reader1@paper.example", "reader2@paper.example"]),
        ([Parcel(body=b"1", to=("a@b.example",)), "text"], ["a@b.example", "reader@paper.example"]),
        (3, []),
    ],
)
def test_what_an_outbox_seals(content: object, reached: list[str]) -> None:
    assert reached == [address for parcel in Outbox().seal(content) for address in parcel.to]


def test_an_outbox_keeps_what_it_got_with_its_key() -> None:
    outbox, (parcel,) = Outbox(), Outbox().seal("A line of text.")

    assert Receipt("r1") == outbox.send(parcel, key="k1")
    assert ([(parcel, "k1")], [parcel.body], ["reader@paper.example"]) == (outbox.got, outbox.bodies, outbox.reached)


def test_an_outbox_answers_as_it_was_told_and_then_says_yes() -> None:
    refused = Receipt("r", refused={"reader@paper.example": "550 no such user"})
    outbox, (parcel,) = Outbox(answers=[NotSent("busy"), refused, None, "garbage"]), Outbox().seal("A line of text.")

    with pytest.raises(NotSent, match="busy"):
        outbox.send(parcel, key="k")
    assert [refused, Receipt("r2"), "garbage", Receipt("r4")] == [outbox.send(parcel, key="k") for _ in range(4)]


def test_something_can_happen_in_the_middle_of_a_send() -> None:
    """What `on_send` raises, the channel raises, and the parcel is not among those it got."""
    seen: list[Parcel] = []
    outbox, (parcel,) = Outbox(on_send=seen.append), Outbox().seal("A line of text.")
    outbox.send(parcel, key="k")

    assert [parcel] == seen


def test_a_gate_stands_on_them(tmp_path: Path) -> None:
    """As the page on testing has it; the bytes that were signed are what the outbox got."""
    outbox, clock = Outbox(), Clock()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "news@pr.example", "mika@paper.example", "July"
    message.set_content("The new wing opens.\n")
    with closing(Gate(tmp_path / "gate.db", policy=make_policy(), channels={"news": outbox}, clock=clock)) as gate:
        seen = gate.write("d1", channel="news", content=message, by="akari")
        gate.submit("d1", by="akari", note="Please.")
        with pytest.raises(Blocked):
            gate.send("d1", by="mailer")
        gate.confirm("d1", digest=seen.digest, by="ben", note="Read.")
        gate.approve("d1", digest=seen.digest, by="chie", note="Go.")

        assert 1 == gate.send("d1", by="mailer").sent
    assert (["mika@paper.example"], True) == (outbox.reached, b"The new wing opens." in outbox.bodies[0])
