"""What the README promises, one test each: when a promise breaks, its test does."""

import pytest
from sqlalchemy import create_engine, text

from releasegate.channels.mail import seal_mail
from releasegate.checks import check
from releasegate.errors import Blocked, Refused
from releasegate.model.finding import Finding
from releasegate.model.state import State
from releasegate.store.verifying import verify
from tests.building import PEOPLE, RULES, approved, mail, mails, make_bench, make_policy, sign, submitted, written


def test_i1_at_most_one_delivery_to_a_recipient(store_url: str) -> None:
    """A lost answer stops one delivery, is called unknown, and is never tried again by itself."""
    bench = make_bench(store_url)
    approved(bench.gate, content=mails(3))
    bench.outbox.answers = [None, TimeoutError("no answer")]
    bench.gate.send("d1", by="mailer")
    for _ in range(2):
        with pytest.raises(Blocked):
            bench.gate.send("d1", by="mailer")

    assert ["reader1@paper.example", "reader3@paper.example"] == bench.outbox.reached
    assert {"outcome-unknown"} == bench.gate.decide("d1").blocked_by


def test_i2_after_held_nothing_leaves(store_url: str) -> None:
    """A hold that was answered HELD stops what is signed and due."""
    bench = make_bench(store_url)
    approved(bench.gate)

    assert "HELD" == bench.gate.hold("d1", by="dai").state
    with pytest.raises(Blocked, match=r"\ANot sent"):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got


def test_i3_what_leaves_is_byte_for_byte_what_was_approved(store_url: str) -> None:
    """The bytes that the channel gets are those that were sealed when the text was written."""
    bench, letter = make_bench(store_url), mail("The new wing opens.")
    sealed = next(seal_mail(letter)).body
    written(bench.gate, content=letter)
    letter.set_content("Another text, put in after it was handed over.")
    bench.gate.submit("d1", by="akari", note="Please check.")
    sign(bench.gate)
    bench.gate.send("d1", by="mailer")

    assert [sealed] == bench.outbox.bodies


def test_i4_signatures_come_from_others_than_the_writer(store_url: str) -> None:
    """Akari is checker and approver, wrote the text, and cannot sign it; nor does ben fill both places."""
    gate = make_bench(store_url).gate
    seen = submitted(gate)
    with pytest.raises(Refused, match="wrote this text"):
        gate.confirm("d1", digest=seen.digest, by="akari", note="Mine.")
    gate.confirm("d1", digest=seen.digest, by="chie", note="Right.")
    with pytest.raises(Refused, match="wrote this text"):
        gate.approve("d1", digest=seen.digest, by="akari", note="Mine.")
    gate.approve("d1", digest=seen.digest, by="chie", note="Right again.")

    assert {"two pairs of eyes"} == gate.decide("d1").blocked_by


def test_i5_every_required_check_has_passed_for_this_text(store_url: str) -> None:
    """What a check blocks does not leave, however often it is signed."""

    @check("no-wings")
    def no_wings(draft: object, context: object) -> list[Finding]:
        return [Finding(check="no-wings", where="subject")]

    bench = make_bench(store_url, checks=[no_wings])
    approved(bench.gate)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert {"no-wings"} == bench.gate.decide("d1").blocked_by


def test_i6_no_change_without_its_entry_and_tampering_is_found(store_url: str) -> None:
    """Each step has its entry and its note; an entry that is changed later is found."""
    bench = make_bench(store_url)
    approved(bench.gate)
    bench.gate.send("d1", by="mailer")
    history = bench.gate.history("d1")

    assert list(range(1, len(history) + 1)) == [event.seq for event in history]
    assert ["Please check.", "Names are right.", "Read twice."] == [event.note for event in history if event.note]
    assert verify(bench.gate._office.store).sound
    _change(store_url, "UPDATE events SET memo = :memo WHERE kind = 'approve'", memo=b'{"note":"Never read."}')
    assert not verify(bench.gate._office.store).sound


def _change(store_url: str, statement: str, **values: object) -> None:
    """What somebody with a client for databases can do."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_i7_any_doubt_means_closed_and_says_why(store_url: str) -> None:
    """A state that was written into the row is no approval; the first line says that nothing left."""
    bench = make_bench(store_url)
    submitted(bench.gate)
    _change(store_url, "UPDATE drafts SET state = 'approved'")

    with pytest.raises(Blocked) as stopped:
        bench.gate.send("d1", by="mailer")
    assert str(stopped.value).startswith("Not sent")
    assert {"history-broken", "hold-unknown"} <= bench.gate.decide("d1").blocked_by
    assert [] == bench.outbox.got


def test_i8_what_has_missed_its_hour_says_so_and_never_leaves_late(store_url: str) -> None:
    """The part of I8 that needs no watch: a draft past its window is missed at the next look."""
    bench = make_bench(store_url)
    approved(bench.gate, send_at="2026-06-29 13:00 Asia/Tokyo")
    bench.clock.forward(hours=4)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")

    assert State.MISSED is bench.gate.draft("d1").state
    assert [] == bench.outbox.got


def test_only_the_rules_in_force_open_the_gate(store_url: str) -> None:
    """A program that brings an easier policy may look and hold; it cannot send by it."""
    strict = make_bench(store_url)
    approved(strict.gate)
    easy = make_bench(store_url, rules=RULES.replace("checkers = 1\n", ""), people=PEOPLE, clock=strict.clock)

    assert "policy-not-in-force" in easy.gate.decide("d1").blocked_by
    with pytest.raises(Blocked):
        easy.gate.send("d1", by="mailer")
    assert easy.gate.hold("d1", by="nobody in particular")
    assert make_policy().rules == strict.gate._office.policy.rules
