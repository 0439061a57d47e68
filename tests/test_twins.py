"""Writing a text anew is no way round a hold, nor a way to send it twice (R4)."""

import contextlib
import threading
from collections.abc import Callable

import pytest

from releasegate.errors import Blocked, NotSent
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel
from tests.building import RULES, Bench, Outbox, approved, lifted, mail, mails, make_bench, written


def _held(bench: Bench) -> None:
    bench.gate.hold("d1", by="dai")


def _withdrawn(bench: Bench) -> None:
    bench.gate.withdraw("d1", by="dai", note="Never.")


def _sent(bench: Bench) -> None:
    bench.gate.send("d1", by="mailer")


def _half_sent(bench: Bench) -> None:
    bench.outbox.answers = [None, *[NotSent("no")] * 9]
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    bench.outbox.answers = []


def _unknown(bench: Bench) -> None:
    bench.outbox.answers = [None, TimeoutError()]
    bench.gate.send("d1", by="mailer")


@pytest.mark.parametrize(
    ("before", "code"),
    [(_held, "twin-held"), (_withdrawn, "twin-held"), (_sent, "twin-sent"), (_half_sent, "twin-sent"), (_unknown, "twin-sent")],
)
def test_r04_a_twin_does_not_leave(store_url: str, before: Callable[[Bench], None], code: str) -> None:
    """Held, withdrawn, sent, half sent or unknown under one name: blocked under every other."""
    bench = make_bench(store_url)
    approved(bench.gate, "d1", content=mails(3))
    before(bench)
    left = len(bench.outbox.got)
    approved(bench.gate, "d2", content=mails(3))
    with pytest.raises(Blocked):
        bench.gate.send("d2", by="mailer")

    assert {code} == bench.gate.decide("d2").blocked_by
    assert left == len(bench.outbox.got)


def test_r04_one_shared_letter_is_enough(sqlite_url: str) -> None:
    """A list with one held letter among others is a twin of it."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, "d1", content=mails(3)[1])
    _held(bench)
    approved(bench.gate, "d2", content=mails(3))

    assert {"twin-held"} == bench.gate.decide("d2").blocked_by


def test_r04_the_same_text_to_others_is_a_twin_of_a_held_one(sqlite_url: str) -> None:
    """Whom it reaches does not make it another message where nobody can see it in the text."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, "d1", content=mail(to="list@pr.example", Bcc="one@paper.example"))
    _held(bench)
    approved(bench.gate, "d2", content=mail(to="list@pr.example", Bcc="two@paper.example"))

    assert {"twin-held"} == bench.gate.decide("d2").blocked_by


def test_r04_lifted_the_twin_is_free(sqlite_url: str) -> None:
    """What blocks is the hold in force, not that there ever was one."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, "d1")
    _held(bench)
    approved(bench.gate, "d2")
    lifted(bench.gate, "d1/h1", by="chie", note="All clear.")

    assert bench.gate.decide("d2")


def test_r04_outside_the_repeat_window_it_may_leave_again(sqlite_url: str) -> None:
    """A monthly reminder is no mistake; `until` says when the answer changes."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, "d1")
    _sent(bench)
    approved(bench.gate, "d2")
    blocked = bench.gate.decide("d2")
    assert {"twin-sent"} == blocked.blocked_by
    bench.clock.forward(days=7)

    assert bench.clock() == blocked.until
    assert bench.gate.decide("d2")


def test_r04_many_old_sends_do_not_hide_a_hold(sqlite_url: str) -> None:
    """However often the one letter was sent since: that the other is held is seen."""
    bench = make_bench(sqlite_url)
    often, held = mails(2)
    approved(bench.gate, "held", content=held)
    bench.gate.hold("held", by="dai")
    for number in range(22):
        approved(bench.gate, f"d{number}", content=often)
        bench.gate.send(f"d{number}", by="mailer")
        bench.clock.forward(days=8)
    approved(bench.gate, "both", content=mails(2))

    assert {"twin-held"} == bench.gate.decide("both").blocked_by


def test_r04_while_one_is_being_sent_its_twin_waits(store_url: str) -> None:
    """Two drafts with one text, sent at the same moment: one of them leaves."""
    bench, answers = make_bench(store_url), list[str]()
    approved(bench.gate, "d1", content=mails(2))
    approved(bench.gate, "d2", content=mails(2))
    bench.outbox.on_send = lambda _: answers.append(_first_line(bench.gate))
    bench.gate.send("d1", by="mailer")

    assert ["Not sent: d2"] * 2 == [answer[:12] for answer in answers]
    assert 2 == len(bench.outbox.got)


def test_r04_one_on_its_way_blocks_its_twin_also_past_the_repeat_window(store_url: str) -> None:
    """Sent is counted from the end of a send, and a send may take hours."""
    bench, answers = make_bench(store_url, rules=RULES.replace("[channels.news]", '[channels.news]\nrepeat = "1m"')), list[set[str]]()
    approved(bench.gate, "d1", content=mails(1))
    approved(bench.gate, "d2", content=mails(1))

    def during(_: Parcel) -> None:
        bench.clock.forward(minutes=2)
        answers.append(set(bench.gate.decide("d2").blocked_by))

    bench.outbox.on_send = during
    bench.gate.send("d1", by="mailer")
    bench.clock.forward(minutes=2)

    assert [{"twin-sent"}] == answers
    assert set() == bench.gate.decide("d2").blocked_by


def _first_line(gate: Gate) -> str:
    with pytest.raises(Blocked) as stopped:
        gate.send("d2", by="mailer")
    return str(stopped.value).splitlines()[0]


def test_r04_a_long_send_stops_when_its_twin_is_held(store_url: str) -> None:
    """The hold is on another draft's row: it is seen within half a minute."""
    bench = make_bench(store_url)
    approved(bench.gate, "d2", content=mails(9))
    written(bench.gate, "d1", content=mails(9))

    def each(_: Parcel) -> None:
        bench.clock.forward(seconds=10)
        if not bench.outbox.got:
            bench.gate.hold("d1", by="dai")

    bench.outbox.on_send = each
    assert _first_line(bench.gate).startswith("Stopped half-way: d2")
    assert 3 == len(bench.outbox.got)


def test_a_draft_is_no_twin_of_itself(sqlite_url: str) -> None:
    """Its own earlier texts do not block it."""
    bench = make_bench(sqlite_url)
    approved(bench.gate)
    written(bench.gate, content="Another.")
    approved(bench.gate)

    assert bench.gate.decide("d1")


def test_another_text_written_over_a_held_one_sets_the_old_one_free_nowhere(store_url: str) -> None:
    """Whatever a held draft has ever said stays held, under any other id."""
    bench = make_bench(store_url)
    approved(bench.gate, "d1", mail())
    bench.gate.hold("d1", by="dai")
    written(bench.gate, "d1", mail(subject="Something else"))
    approved(bench.gate, "d2", mail())

    assert {"twin-held"} == bench.gate.decide("d2").blocked_by
    with pytest.raises(Blocked):
        bench.gate.send("d2", by="mailer")
    assert [] == bench.outbox.got


def test_a_text_written_over_before_the_rest_was_sent_is_no_twin(store_url: str) -> None:
    """What never left from a draft that was sent with other words may leave from another."""
    bench = make_bench(store_url)
    written(bench.gate, "d1", mail())
    approved(bench.gate, "d1", mail(subject="Something else"))
    bench.gate.send("d1", by="mailer")
    approved(bench.gate, "d2", mail())

    assert frozenset() == bench.gate.decide("d2").blocked_by


class Together:
    """A way out whose name is asked for by each of two workers before either goes on: both verdicts rest on what stood before."""

    def __init__(self) -> None:
        self.outbox, self.line = Outbox(), threading.Barrier(2)
        self.waits, self._here = False, threading.local()
        self.seal, self.send = self.outbox.seal, self.outbox.send

    @property
    def identity(self) -> str:
        if self.waits and not getattr(self._here, "asked", False):
            self._here.asked = True
            with contextlib.suppress(threading.BrokenBarrierError):
                self.line.wait(0.5)  # on SQLite the second cannot come: whoever claims is alone
        return self.outbox.identity


def test_r04_of_two_twins_that_were_claimed_at_one_moment_one_begins(store_url: str) -> None:
    """On PostgreSQL neither claim sees the other: the fence asks again, and whoever is second stays."""
    way_out = Together()
    bench = make_bench(store_url, channels={"news": way_out})  # type: ignore[dict-item]  # as good as one
    for name in ("d1", "d2"):
        approved(bench.gate, name, content=mail())
    way_out.waits = True

    def send(name: str) -> None:
        with contextlib.suppress(Blocked):
            bench.gate.send(name, by="mailer")

    workers = [threading.Thread(target=send, args=(name,)) for name in ("d1", "d2")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    claims = [event.kind for name in ("d1", "d2") for event in bench.gate.history(name)].count("claim")
    assert (2 if bench.gate._office.store.postgres else 1) == claims
    assert 1 >= len(way_out.outbox.got)
    send("d1")
    send("d2")
    assert 1 == len(way_out.outbox.got)


def test_a_hold_on_the_later_one_shuts_the_earlier_one_too(store_url: str) -> None:
    """Whichever was written first, and under whatever title: they know of each other."""
    gate = make_bench(store_url).gate
    approved(gate, "d1")
    approved(gate, "d2", title="Another")
    gate.hold("d2", by="dai")

    assert {"twin-held"} == gate.decide("d1").blocked_by
