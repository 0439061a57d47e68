"""What leaves is what was sealed: nothing is read or rendered again between the approval and the send."""

import secrets
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from releasegate.model.parcel import Parcel
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
