"""What leaves is what was sealed: nothing is read or rendered again between the approval and the send."""

import secrets
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from releasegate.channels.merge import merge
from releasegate.errors import Blocked
from releasegate.model.parcel import Parcel
from releasegate.model.state import State
from tests.building import Outbox, approved, mail, make_bench


class Rendering(Outbox):
    """A way out whose every rendering is another one, as with a date or a random token in the template."""

    rendered = 0

    def seal(self, content: object) -> Iterator[Parcel]:
        self.rendered += 1
        yield from super().seal(f"{content} {secrets.token_hex(8)}")


def test_f097_a_template_that_renders_differently_each_time_is_rendered_once(store_url: str) -> None:
    outbox = Rendering()
    bench = make_bench(store_url, channels={"news": outbox})
    approved(bench.gate, content="July.")

    bench.gate.send("d1", by="mailer")

    assert (1, 1) == (outbox.rendered, len(outbox.bodies))
    bench.gate.close()


def test_f094_a_list_that_was_edited_after_the_approval_changes_nothing(store_url: str, tmp_path: Path) -> None:
    people = tmp_path / "people.txt"
    people.write_text("anna@paper.example\nben@paper.example\n", encoding="ascii")
    bench = make_bench(store_url)

    def each() -> Iterator[EmailMessage]:
        yield from (mail(to=line) for line in people.read_text(encoding="ascii").split())

    approved(bench.gate, content=each())  # the file is opened when the first mail is asked for
    people.write_text("everybody@paper.example\n", encoding="ascii")

    bench.gate.send("d1", by="mailer")

    assert ["anna@paper.example", "ben@paper.example"] == bench.outbox.reached
    bench.gate.close()


@pytest.mark.parametrize("text", ["July.", "七月号"])
def test_the_bytes_that_left_are_those_that_the_digest_names(store_url: str, text: str) -> None:
    bench = make_bench(store_url)
    digest = approved(bench.gate, content=text).digest

    bench.gate.send("d1", by="mailer")

    ((parcel, _),) = bench.outbox.got
    assert [parcel] == list(bench.outbox.seal(parcel.body))
    assert digest == bench.gate.draft("d1").digest
    bench.gate.close()


def test_t13_what_a_message_was_made_of_may_change_and_what_leaves_does_not(sqlite_url: str, tmp_path: Path) -> None:
    """A variable, an included file: nothing that is not sealed has a part in what is sent."""
    part, variables = tmp_path / "part.txt", {"PRICE": "40 euros"}
    part.write_text("Tickets: {PRICE}.", encoding="ascii")
    bench = make_bench(sqlite_url)
    approved(bench.gate, content=mail(part.read_text(encoding="ascii").format(**variables)))

    part.write_text("Tickets: free.", encoding="ascii")
    variables["PRICE"] = "4 euros"
    bench.gate.send("d1", by="mailer")

    ((parcel, _),) = bench.outbox.got
    assert b"Tickets: 40 euros." in parcel.body


ROWS = ({"email": "anna@paper.example", "seat": "A1"}, {"email": "ken@paper.example", "seat": "B7"})


def merged(*rows: dict[str, str]) -> list[bytes]:
    """A letter for each row."""
    return list(merge(b"From: news@pr.example\nSubject: Seats\n\nYour seat is $seat.\n", rows, address_column="email"))


def test_r39_every_cell_that_a_letter_shows_is_in_what_is_signed(sqlite_url: str) -> None:
    """Not the addresses alone."""
    gate = make_bench(sqlite_url).gate
    digest = approved(gate, content=merged(*ROWS)).digest

    after = gate.write("d1", channel="news", content=merged(ROWS[0], {**ROWS[1], "seat": "B8"}), by="akari")
    assert (False, State.DRAFTING) == (digest == after.digest, after.state)


def test_r39_two_rows_for_one_address_are_seen_and_shut_the_gate(sqlite_url: str) -> None:
    """Whoever is to get two letters gets them where somebody has said so of this very text."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, content=merged(*ROWS, {"email": "Ken@Paper.example", "seat": "C3"}))

    with pytest.raises(Blocked) as caught:
        bench.gate.send("d1", by="mailer")
    assert {"duplicate-recipients"} == caught.value.decision.blocked_by  # type: ignore[attr-defined]  # a Decision
    assert [] == bench.outbox.got
