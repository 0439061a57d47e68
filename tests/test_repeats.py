"""The same text does not reach the same people twice, and a weekly letter reaches them every week."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from releasegate.channels.data import seal_text
from releasegate.checks import sketches
from releasegate.checks.sketches import alike, first_sketch, frame, sketch
from releasegate.errors import Blocked, NotSent
from releasegate.model.letter import Attachment, Letter
from releasegate.store import history
from tests.building import NOON, RULES, Bench, Outbox, approved, mail, make_bench

CODE = "duplicate-send"
TWO = RULES.replace("[[requirement]]", '[channels.post]\n[channels.trial]\nmode = "test"\n[[requirement]]', 1)
NEWS = (
    "The new wing opens on Saturday with works on paper that have not been seen for forty years, and a talk by the curator at noon.",
    "Our summer evenings begin: the courtyard stays open until nine, a quartet plays, and the coffee room bakes for those who stay late.",
    "Children draw in the galleries every Sunday in August; paper and pencils are there, parents may draw as well, no booking is needed.",
    "The library moves into the old stables this autumn and will be closed for a week, from Monday to Sunday; the reading room stays open.",
)


def issue(no: int, *, slip: str = "") -> str:
    head, foot = "City Museum letter\nThank you for reading us.", "Open from ten to six.\nYou get this mail because you asked for it."
    return f"{head}\n{NEWS[no]}{slip}\n{foot}\n"


@pytest.fixture
def bench(sqlite_url: str) -> Iterator[Bench]:
    made = make_bench(sqlite_url, rules=TWO, channels={"news": Outbox(), "post": Outbox(), "trial": Outbox()})
    yield made
    made.gate.close()


def send(bench: Bench, draft_id: str, text: str, *, to: str = "a@paper.example, b@paper.example", **more: str) -> None:
    approved(bench.gate, draft_id, content=mail(text, to=to, Reply_To=f"{draft_id}@pr.example"), **more)
    bench.gate.send(draft_id, by="mailer")
    bench.clock.forward(days=7)


def shut(bench: Bench, text: str, *, to: str = "a@paper.example, b@paper.example", **more: str) -> frozenset[str]:
    approved(bench.gate, "next", content=mail(text, to=to), **more)
    return bench.gate.decide("next").blocked_by


def test_a_weekly_letter_leaves_every_week(bench: Bench) -> None:
    for no in range(4):
        send(bench, f"w{no}", issue(no))

    assert 4 == len(bench.outbox.got)


def test_last_weeks_letter_with_a_slip_mended_does_not_leave_again(bench: Bench) -> None:
    """It is no twin: not one byte has to be the same place."""
    for no in range(3):
        send(bench, f"w{no}", issue(no))

    assert {CODE} == shut(bench, issue(2, slip=" Corrected."))
    with pytest.raises(Blocked, match=r"A text that is 9\d % the same went to 2 of these people already \(w2, "):
        bench.gate.send("next", by="mailer")
    assert "%同じ内容を、このうち 2件の宛先へ配信済みです(w2、" in bench.gate.decide("next").explain("ja")


def test_the_very_same_words_are_called_the_same_and_may_leave_after_27_days(bench: Bench) -> None:
    send(bench, "w0", issue(0))
    assert {CODE} == shut(bench, issue(0))
    assert "The same text went to 2 of these people already (w0, " in bench.gate.decide("next").explain()

    bench.clock.at = NOON + timedelta(days=27, seconds=-1)
    assert {CODE} == bench.gate.decide("next").blocked_by
    bench.clock.forward(seconds=2)
    assert bench.gate.decide("next")


def test_the_very_same_bytes_are_left_to_the_channels_own_rule(bench: Bench) -> None:
    """`repeat` says how long they count as sent twice: a reminder that never changes leaves again when that is over."""
    approved(bench.gate, "w0", content=mail(issue(0)))
    bench.gate.send("w0", by="mailer")
    approved(bench.gate, "w1", content=mail(issue(0)))
    assert {"twin-sent"} == bench.gate.decide("w1").blocked_by
    bench.clock.forward(days=7)

    assert bench.gate.decide("w1")


@pytest.mark.parametrize(
    ("to", "code"), [("c@paper.example", set()), ("A@PAPER.EXAMPLE", {CODE}), ("c@paper.example, b@paper.example", {CODE})]
)
def test_it_counts_for_those_who_had_it(bench: Bench, to: str, code: set[str]) -> None:
    send(bench, "w0", issue(0))

    assert code == shut(bench, issue(0), to=to)


def test_it_counts_by_whatever_channel_they_had_it_but_not_from_a_trial(bench: Bench) -> None:
    send(bench, "t", issue(0), channel="trial", meant="test")
    assert set() == shut(bench, issue(0))
    send(bench, "p", issue(0), channel="post")

    assert {CODE} == bench.gate.decide("next").blocked_by


def test_what_has_left_half_counts_and_what_has_not_left_does_not(bench: Bench) -> None:
    """A send that broke off has reached somebody; a draft, one that was withdrawn, and what is only claimed have reached nobody."""
    approved(bench.gate, "never", content=mail(issue(0)))
    bench.gate.withdraw("never", by="dai", note="Never.")
    approved(bench.gate, "ready", content=[mail(issue(0), to=f"{name}@paper.example") for name in ("a", "b")])
    assert () == earlier(bench)

    bench.outbox.answers = [None, *[NotSent("down")] * 9]
    with pytest.raises(Blocked):
        bench.gate.send("ready", by="mailer")

    assert ("ready",) == earlier(bench)


def earlier(bench: Bench) -> tuple[str, ...]:
    """What has left, as the store tells it."""
    known = bench.gate._office.store.look(lambda txn: history.earlier(txn, NOON - timedelta(days=1), but="next"))
    return tuple(each.draft_id for each in known)


def test_on_a_channel_for_reminders_the_same_goes_out_again_and_again(sqlite_url: str) -> None:
    bench = make_bench(
        sqlite_url, rules=TWO + f'[checks]\n{CODE} = {{ repeating = ["news"] }}\n', channels={"news": Outbox(), "post": Outbox()}
    )
    send(bench, "w0", issue(0))

    assert set() == shut(bench, issue(0))


def test_a_post_is_read_by_the_same_people_as_the_last_one(bench: Bench) -> None:
    """It names nobody: what counts is the channel."""
    approved(bench.gate, "first", content=list(seal_text(issue(0), reach=900)))
    bench.gate.send("first", by="mailer")
    approved(bench.gate, "second", content=list(seal_text(issue(0) + "\n", reach=900)))

    assert {CODE} == bench.gate.decide("second").blocked_by


# How alike


def test_other_attachments_make_another_text() -> None:
    one, other = (Attachment(name="report.pdf", media="application/pdf", size=9, sha256=str(no)) for no in range(2))
    text = "Please find this week's report attached."

    assert 0 == alike(sketch(Letter(no=1, text=text, attachments=(one,))), sketch(Letter(no=1, text=text, attachments=(other,))))
    assert 1 == alike(sketch(Letter(no=1, text=text, attachments=(one,))), sketch(Letter(no=1, text=text, attachments=(one,))))


def test_what_a_reader_does_not_see_makes_no_difference() -> None:
    plain = sketch(Letter(no=1, text="Ｏｐｅｎ from ten:\n  https://museum.example/a?u=1\n"))
    page = sketch(Letter(no=1, html="<p>open <b>from</b> TEN:</p><p>https://museum.example/a?u=2#x</p>", text="See it in a browser."))

    assert 1 == alike(plain, page)


def test_the_frame_is_what_two_issues_have() -> None:
    drawn = [sketch(Letter(no=1, text=issue(no))) for no in range(3)]

    assert 4 == len(frame(drawn))
    assert frozenset() == frame(drawn[:1])
    assert alike(drawn[0], drawn[1], frame(drawn)) < 0.5 < alike(drawn[0], drawn[1])


def test_where_nothing_but_the_frame_is_left_all_of_it_is_compared() -> None:
    one = sketch(Letter(no=1, text=issue(0)))

    assert 1 == alike(one, one, frame([one, one]))
    assert 1 == alike(sketch(Letter(no=1)), sketch(Letter(no=1)))
    assert 0 == alike(sketch(Letter(no=1)), one)


def test_a_text_is_read_once_and_some_are_kept_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = dict[str, sketches.Sketch]()
    monkeypatch.setattr(sketches, "_kept", kept)
    monkeypatch.setattr(sketches, "_MOST", 2)
    for digest in "abc":
        first_sketch(digest, [Letter(no=1, text=digest)])

    assert ["b", "c"] == list(kept)
    assert kept["c"] is first_sketch("c", [])
