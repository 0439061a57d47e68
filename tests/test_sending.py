"""What becomes of each recipient, and of what stands behind one whose answer was lost."""

import asyncio
import contextlib
import logging
import os
import signal
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from structlog.testing import capture_logs

from releasegate import sending
from releasegate.channels.smtp import Smtp
from releasegate.concluding import tidy
from releasegate.dispatch import FAILURES, Run, _begin, _open
from releasegate.errors import Blocked, GateError, NotFound, NotSent, Refused, StoreError
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.report import Report
from releasegate.model.state import DeliveryState, HoldState, State
from releasegate.model.verdict import Decision
from releasegate.sending import send
from releasegate.store import deliveries, reading
from releasegate.store.deliveries import Delivery, Settlement
from releasegate.store.store import Store
from tests.building import Bench, Between, Outbox, approved, lifted, mail, mails, make_bench, written
from tests.smtp_server import DROP, AtFirst, ScriptedSmtp


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url)
    yield made
    made.gate.close()


def _sent(gate: Gate, draft_id: str = "d1") -> Report:
    """The report of this send, whether or not all of it left."""
    try:
        return gate.send(draft_id, by="mailer")
    except Blocked as blocked:
        report: Report = blocked.report  # type: ignore[assignment]  # errors stand below the model
        return report


def _counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.of, report.sent, report.refused, report.unknown, report.left


# --- a real mail server


@pytest.fixture
def server() -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp() as running:
        yield running


@pytest.fixture
def mailing(store_url: str, server: ScriptedSmtp) -> Iterator[Bench]:
    """A gate whose way out is that server."""
    way_out = Smtp(f"smtp://{server.host}:{server.port}", timeout=5)
    made = make_bench(store_url, channels={"news": way_out})  # type: ignore[dict-item]  # a channel like any other
    yield made
    way_out.close()
    made.gate.close()


def _data(server: ScriptedSmtp) -> list[list[str]]:
    return [mail.rcpt_to for mail in server.received]


def test_f039_each_recipient_has_an_outcome_of_its_own(mailing: Bench, server: ScriptedSmtp) -> None:
    """250, 450 and 550 in one mail: one has it, one is tried at the next send, one never again."""
    server.rules |= {"RCPT TO:<b@x.example>": AtFirst("450 4.2.1 later"), "RCPT TO:<c@x.example>": "550 5.1.1 no such user"}
    approved(mailing.gate, content=mail(to="a@x.example, b@x.example, c@x.example"))

    first = _sent(mailing.gate)
    mailing.clock.forward(minutes=1)
    second = mailing.gate.send("d1", by="mailer")

    assert ((3, 1, 1, 0, 1), (3, 2, 1, 0, 0)) == (_counts(first), _counts(second))
    assert {"c@x.example": "550 5.1.1 no such user"} == dict(second.refusals)
    assert [["a@x.example"], ["b@x.example"]] == _data(server)
    assert State.SENT is mailing.gate.draft("d1").state


def test_a_recipient_that_was_refused_for_now_is_not_tried_again_in_the_same_run(mailing: Bench, server: ScriptedSmtp) -> None:
    server.rules["RCPT TO:<b@x.example>"] = "450 4.2.1 later"
    approved(mailing.gate, content=[mail(to="b@x.example"), mail("Another.", to="a@x.example")])

    _sent(mailing.gate)

    assert 1 == sum("b@x.example" in line for line in server.commands)
    assert [["a@x.example"]] == _data(server)


def test_what_no_recipient_took_is_refused_and_the_next_go_on(mailing: Bench, server: ScriptedSmtp) -> None:
    server.rules["RCPT TO:<reader1@paper.example>"] = "550 5.1.1 no such user"
    approved(mailing.gate, content=mails(3))

    assert (3, 2, 1, 0, 0) == _counts(mailing.gate.send("d1", by="mailer"))


def test_f059_a_server_that_says_421_at_once_has_taken_nothing(mailing: Bench, server: ScriptedSmtp) -> None:
    server.rules["CONNECT"] = "421 4.3.2 closing"
    approved(mailing.gate, content=mails(2))

    report = _sent(mailing.gate)

    assert ((2, 0, 0, 0, 2), []) == (_counts(report), server.received)
    assert State.APPROVED is mailing.gate.draft("d1").state
    server.rules.clear()
    mailing.clock.forward(minutes=1)
    assert (2, 2, 0, 0, 0) == _counts(mailing.gate.send("d1", by="mailer"))


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        ("451 4.3.0 try later", (3, 2, 0, 1, 0)),
        (DROP, (3, 2, 0, 1, 0)),
        ("554 5.7.1 spam", (3, 2, 0, 0, 1)),
        ("550 5.0.0 no", (3, 2, 0, 0, 1)),
    ],
)
def test_f038_what_is_said_after_the_dot_decides_and_the_next_go_on(
    mailing: Bench, server: ScriptedSmtp, answer: str | None, counts: tuple[int, ...]
) -> None:
    """4xx or nothing after the dot: it may have left, so it is unknown and never sent again; 5xx: it is certain that it did not."""
    server.rules["END"] = AtFirst(answer)
    approved(mailing.gate, content=mails(3))

    report = _sent(mailing.gate)

    assert counts == _counts(report)
    assert report.unknown == len(report.attempts)
    mailing.clock.forward(minutes=1)
    again = _sent(mailing.gate)
    assert (counts[3], 3 - counts[3]) == (again.unknown, again.sent)
    assert 3 + (0 if report.unknown else 1) == len(server.received)


def test_f037_an_unknown_stays_until_a_person_says_what_became_of_it(mailing: Bench, server: ScriptedSmtp) -> None:
    server.rules["END"] = AtFirst(DROP)
    approved(mailing.gate, content=mails(1))
    attempt = _sent(mailing.gate).attempts[0]

    assert State.UNKNOWN is mailing.gate.draft("d1").state
    for _ in range(2):
        assert (1, 0, 0, 1, 0) == _counts(_sent(mailing.gate))
    mailing.gate.settle("d1", attempt=attempt, outcome="sent", by="chie", note="The reader has it.")

    assert (1, 1, 0, 0, 0) == _counts(mailing.gate.send("d1", by="mailer"))
    assert 1 == len(server.received)


def test_failures_in_a_row_stop_the_run(mailing: Bench, server: ScriptedSmtp) -> None:
    """The way out is broken, not the letter: 12,000 time-outs would take a week."""
    server.rules["DATA"] = "451 4.3.0 no room"
    approved(mailing.gate, content=mails(FAILURES + 3))

    assert (FAILURES + 3, 0, 0, 0, FAILURES + 3) == _counts(_sent(mailing.gate))
    assert FAILURES == server.commands.count("DATA")


def test_f041_nothing_is_sent_twice_by_the_client_itself(mailing: Bench, server: ScriptedSmtp) -> None:
    server.rules["END"] = "451 4.3.0 try later"
    approved(mailing.gate, content=mails(2))

    _sent(mailing.gate)

    assert 2 == len(server.received)


# --- any channel


@pytest.mark.parametrize("answer", ["sent!", 0, False, [], ("r1",), TimeoutError("no answer"), OSError("reset"), ValueError("500")])
def test_t28_an_answer_that_is_no_receipt_is_unknown(bench: Bench, answer: object) -> None:
    bench.outbox.answers = [answer]
    approved(bench.gate, content=mails(2))

    report = _sent(bench.gate)

    assert (2, 1, 0, 1, 0) == _counts(report)


def test_f140_a_mailer_that_answers_none_has_not_said_that_it_sent(sqlite_url: str) -> None:
    class Silent(Outbox):
        def send(self, parcel: Parcel, *, key: str) -> Receipt:
            super().send(parcel, key=key)
            return None  # type: ignore[return-value]  # what fail_silently gives

    bench = make_bench(sqlite_url, channels={"news": Silent()})
    approved(bench.gate)

    assert (1, 0, 0, 1, 0) == _counts(_sent(bench.gate))
    bench.gate.close()


def test_not_sent_is_tried_again_by_the_next_send_with_the_same_key(bench: Bench) -> None:
    keys: list[str] = []
    bench.outbox.answers = [NotSent("no route")]
    real = bench.outbox.send

    def noting(parcel: Parcel, *, key: str) -> Receipt:
        keys.append(key)
        return real(parcel, key=key)

    bench.outbox.send = noting  # type: ignore[method-assign]  # a fake that also keeps the keys
    approved(bench.gate)
    assert (1, 0, 0, 0, 1) == _counts(_sent(bench.gate))
    bench.clock.forward(minutes=1)

    assert (1, 1, 0, 0, 0) == _counts(_sent(bench.gate))
    assert (2, 1) == (len(keys), len(set(keys)))


def test_a_name_that_the_provider_invents_is_nobodys_outcome(bench: Bench) -> None:
    bench.outbox.answers = [Receipt("r1", refused={"stranger@x.example": "550 no"}, deferred={"other@x.example": "450 later"})]
    approved(bench.gate)

    assert (1, 1, 0, 0, 0) == _counts(bench.gate.send("d1", by="mailer"))


def test_refused_and_put_off_together_are_told_apart(bench: Bench) -> None:
    """Nobody has it: one for good, one for now."""
    bench.outbox.answers = [Receipt("r1", refused={"a@x.example": "550 no"}, deferred={"b@x.example": "450 later"})]
    approved(bench.gate, content=mail(to="a@x.example, b@x.example"))
    assert (2, 0, 1, 0, 1) == _counts(_sent(bench.gate))
    bench.clock.forward(minutes=1)

    assert (2, 1, 1, 0, 0) == _counts(bench.gate.send("d1", by="mailer"))
    assert ["b@x.example"] == list(bench.outbox.got[-1][0].to)


def test_all_put_off_is_not_sent(bench: Bench) -> None:
    bench.outbox.answers = [Receipt("r1", deferred={"reader@paper.example": "450 later"})]
    approved(bench.gate)

    assert (1, 0, 0, 0, 1) == _counts(_sent(bench.gate))


PARCEL = st.fixed_dictionaries(
    {
        "reach": st.integers(0, 1000),
        "of": st.integers(1, 4),
        "refused": st.integers(0, 4),
        "deferred": st.integers(0, 4),
        "how": st.sampled_from(["receipt", "lost", "not sent"]),
    }
)


@given(told=st.lists(PARCEL, min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_the_numbers_of_people_add_up_whatever_a_parcel_reaches_and_is_answered(told: list[dict[str, Any]]) -> None:
    """A wire's one address stands for 350 newsrooms; a copy to the archive reaches nobody: in every report all people stand somewhere."""
    with tempfile.TemporaryDirectory() as folder:
        bench = make_bench(f"sqlite:///{folder}/store.db")
        names = [[f"a{no}.{of}@x.example" for of in range(each["of"])] for no, each in enumerate(told)]
        parcels = [_wire(b'{"no": %d}' % no, names[no], each["reach"]) for no, each in enumerate(told)]
        approved(bench.gate, content=parcels)
        bench.outbox.answers = [_answer(each, names[no]) for no, each in enumerate(told)]
        for _ in range(4):
            report = _sent(bench.gate)
            assert report.of == report.sent + report.refused + report.unknown + report.left == sum(each["reach"] for each in told)
            assert min(_counts(report)) >= 0
        assert len(told) <= len(bench.outbox.got) + sum(each["how"] != "receipt" for each in told)  # all were tried
        bench.gate.close()


def _wire(body: bytes, to: list[str], reach: int) -> Parcel:
    return Parcel(body=body, to=tuple(to), sender="news@pr.example", title="New wing", reach=reach, media="application/json")


def _answer(each: dict[str, Any], names: list[str]) -> object:
    if each["how"] != "receipt":
        return NotSent("no route") if each["how"] == "not sent" else OSError("reset")
    refused, rest = names[: each["refused"]], names[each["refused"] :]
    return Receipt("r", refused=dict.fromkeys(refused, "550 no"), deferred=dict.fromkeys(rest[: each["deferred"]], "450 later"))


def test_a_wire_that_refuses_its_one_address_has_reached_none_of_its_newsrooms(bench: Bench) -> None:
    bench.outbox.answers = [Receipt("r1", refused={"wire@x.example": "550 closed"})]
    approved(bench.gate, content=[_wire(b'{"text": "The new wing opens."}', ["wire@x.example"], 350)])

    report = _sent(bench.gate)

    assert ((350, 0, 350, 0, 0), {"wire@x.example": "550 closed"}) == (_counts(report), dict(report.refusals))


def test_what_was_put_off_is_for_the_next_run_also_where_a_tests_clock_stands_still(bench: Bench) -> None:
    bench.outbox.answers = [NotSent("no route")]
    approved(bench.gate, content=mails(2))
    assert (2, 1, 0, 0, 1) == _counts(_sent(bench.gate))

    assert (2, 2, 0, 0, 0) == _counts(_sent(bench.gate))


def test_again_after_the_end_gives_the_same_report_and_sends_nothing(bench: Bench) -> None:
    approved(bench.gate, content=mails(3))
    first = bench.gate.send("d1", by="mailer")

    again = bench.gate.send("d1", by="mailer")

    assert _counts(first) == _counts(again)
    assert 3 == len(bench.outbox.got)


def test_a_person_at_the_keyboard_who_stops_a_send_leaves_one_unknown_and_nothing_locked(bench: Bench) -> None:
    """Ctrl-C while the client had the mail: at once unknown, not when its lease is over, and the rest can go."""
    bench.outbox.answers = [Receipt("r1"), KeyboardInterrupt()]
    approved(bench.gate, content=mails(4))
    with pytest.raises(KeyboardInterrupt):
        bench.gate.send("d1", by="mailer")

    assert State.APPROVED is bench.gate.draft("d1").state
    assert (4, 3, 0, 1, 0) == _counts(_sent(bench.gate))


def test_a_real_interrupt_does_the_same(bench: Bench) -> None:
    def interrupted(_: Parcel) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    bench.outbox.on_send = interrupted
    approved(bench.gate, content=mails(2))
    with pytest.raises(KeyboardInterrupt):
        bench.gate.send("d1", by="mailer")
    bench.outbox.on_send = lambda _: None

    assert (2, 1, 0, 1, 0) == _counts(_sent(bench.gate))


# --- a store that fails on the way


class Breaking:
    """Breaks the store from outside: no event and no delivery can be written any more."""

    def __init__(self, url: str) -> None:
        self._engine, self._sqlite = create_engine(url), url.startswith("sqlite")

    def run(self, *statements: str) -> None:
        with self._engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def refuse(self, table: str, *, operation: str) -> None:
        """From now on this operation on this table fails."""
        if self._sqlite:
            self.run(f"CREATE TRIGGER broken BEFORE {operation} ON {table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        else:
            body = "BEGIN RAISE EXCEPTION 'the disk is full'; END"
            self.run(
                f"CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS '{body.replace(chr(39), chr(39) * 2)}'",
                f"CREATE TRIGGER broken BEFORE {operation} ON {table} FOR EACH ROW EXECUTE FUNCTION fail()",
            )

    def mend(self, table: str) -> None:
        self.run("DROP TRIGGER broken" if self._sqlite else f"DROP TRIGGER broken ON {table}")

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def breaking(store_url: str) -> Iterator[Breaking]:
    made = Breaking(store_url)
    yield made
    made.close()


def test_f009_an_outcome_that_cannot_be_written_is_said_to_the_log_without_addresses(
    bench: Bench, breaking: Breaking, caplog: pytest.LogCaptureFixture
) -> None:
    """The provider said yes, and no store will remember: the attempt, the outcome, no address. Later it is unknown, never sent again."""
    bench.outbox.on_send = lambda _: breaking.refuse("deliveries", operation="UPDATE")
    approved(bench.gate, content=mails(2))

    with caplog.at_level(logging.ERROR, "releasegate"), pytest.raises(StoreError) as caught:
        bench.gate.send("d1", by="mailer")

    breaking.mend("deliveries")
    bench.outbox.on_send = lambda _: None
    assert str(caught.value).startswith("Stopped half-way: 1 messages of d1 were handed over before the store failed.")
    said = next(record.getMessage() for record in caplog.records if "outcome" in record.getMessage())
    assert said.startswith("event='outcome not written' draft='d1' delivery='1.0' attempt='")
    assert said.endswith("outcome='sent'")
    assert "@" not in caplog.text
    assert (HoldState.IN_FLIGHT, 1) == (bench.gate.hold("d1", by="dai", note="Wait.").state, len(bench.outbox.got))
    bench.clock.forward(hours=1)
    lifted(bench.gate, "d1/h1", by="dai", note="Go on with the rest.")
    assert (2, 1, 0, 1, 0) == _counts(_sent(bench.gate))
    assert 2 == len(bench.outbox.got)


def test_a_store_that_fails_before_anything_was_handed_over_says_so(
    bench: Bench, breaking: Breaking, caplog: pytest.LogCaptureFixture
) -> None:
    approved(bench.gate)
    breaking.refuse("deliveries", operation="INSERT")

    with pytest.raises(StoreError, match=r"^The store did not take it"):
        bench.gate.send("d1", by="mailer")
    breaking.mend("deliveries")
    assert [] == bench.outbox.got
    assert not [record for record in caplog.records if "outcome" in record.getMessage()]


def test_a_store_that_fails_with_nothing_in_hand_has_lost_nothing(
    bench: Bench, breaking: Breaking, caplog: pytest.LogCaptureFixture
) -> None:
    """Claimed, and then neither the fence nor the letting go could be written: no outcome is said to be lost, for there is none."""
    approved(bench.gate)
    office = bench.gate._office
    failing = Between(office.store, 3, lambda: breaking.refuse("events", operation="INSERT"))

    with pytest.raises(StoreError, match=r"^The store did not take it"):
        send(replace(office, store=failing), "d1", by="mailer")  # type: ignore[arg-type]  # it quacks
    breaking.mend("events")

    assert [] == bench.outbox.got
    assert not [record for record in caplog.records if "outcome" in record.getMessage()]
    bench.clock.forward(hours=1)
    assert 1 == bench.gate.send("d1", by="mailer").sent


def test_t08_a_list_from_which_somebody_was_taken_in_the_store_does_not_leave(bench: Bench, breaking: Breaking) -> None:
    """Each letter that is left is as it was sealed; that they are all of them is sealed too."""
    approved(bench.gate, content=mails(3))
    breaking.run("DELETE FROM sealed WHERE no = 3")

    with pytest.raises(Blocked) as caught:
        bench.gate.send("d1", by="mailer")

    assert {"approval-binds-content"} == caught.value.decision.blocked_by  # type: ignore[attr-defined]  # errors stand below the model
    assert [] == bench.outbox.got


def test_a_draft_that_was_deleted_in_the_middle_of_its_send_goes_no_further(
    bench: Bench, breaking: Breaking, caplog: pytest.LogCaptureFixture
) -> None:
    """What became of the letter on its way is said to the log: nothing else knows it any more."""
    approved(bench.gate, content=mails(3))
    bench.outbox.on_send = lambda _: breaking.run("DELETE FROM drafts")

    with caplog.at_level(logging.ERROR, "releasegate"), pytest.raises(NotFound):
        bench.gate.send("d1", by="mailer")

    assert 1 == len(bench.outbox.got)
    assert "event='outcome not written' draft='d1' delivery='1.0'" in caplog.text


def test_t53_no_log_entry_no_step(bench: Bench, breaking: Breaking) -> None:
    approved(bench.gate)
    before = (bench.gate.draft("d1"), bench.gate.head())
    breaking.refuse("events", operation="INSERT")

    with pytest.raises(StoreError):
        bench.gate.send("d1", by="mailer")
    with pytest.raises(GateError):
        bench.gate.send_back("d1", by="chie", note="Wrong date.")

    breaking.mend("events")
    assert before == (bench.gate.draft("d1"), bench.gate.head())
    assert [] == bench.outbox.got


def test_f006_a_commit_whose_answer_was_lost_is_no_late_answer(bench: Bench, breaking: Breaking) -> None:
    """The outcome is written twice: the second time it stands already, and places no hold."""
    approved(bench.gate, content=mails(2))
    office = bench.gate._office
    run = _run(bench)
    batch = office.store.act(lambda txn: deliveries.claim(txn, "d1", run.digest, _shift(run)))
    assert True is office.store.act(lambda txn: _begin(run, txn, batch[0]))
    run.pending = done = Settlement(delivery=batch[0], state=DeliveryState.SENT, receipt="r1")
    office.store.act(lambda txn: deliveries.settle(txn, done, now=txn.now()))

    assert True is office.store.act(lambda txn: _begin(run, txn, batch[1]))

    assert () == bench.gate.draft("d1").holds


def _run(bench: Bench) -> Run:
    """A worker that has taken the draft."""
    office = bench.gate._office
    opened = office.store.act(lambda txn: _open(office, txn, "d1", "mailer", 60.0))
    assert isinstance(opened, Run)
    return opened


def _shift(run: Run) -> deliveries.Shift:
    return deliveries.Shift(worker=run.worker, began=run.began, lease=run.began + timedelta(minutes=5))


# --- a worker that comes back late


def test_f029_a_late_answer_is_evidence_and_a_hold_that_stops_the_same_worker_too(bench: Bench) -> None:
    """While it slept its attempt became unknown. What it then says moves nothing, and the mail behind it does not leave."""
    approved(bench.gate, content=mails(3))
    store: Store = bench.gate._office.store

    def slept(parcel: Parcel) -> None:
        if not bench.outbox.got:
            store.act(lambda txn: txn.connection.execute(text("UPDATE deliveries SET state = 'unknown' WHERE state = 'sending'")))

    bench.outbox.on_send = slept
    report = _sent(bench.gate)

    assert (3, 0, 0, 1, 2) == _counts(report)
    assert 1 == len(bench.outbox.got)
    (hold,) = bench.gate.draft("d1").holds
    assert ("gate", True) == (hold.by, hold.note.startswith("late answer of attempt "))
    assert bench.gate.verify().sound


def test_r28_a_hold_that_the_gate_placed_is_lifted_by_a_person_like_any_other(bench: Bench) -> None:
    """Not by a writer, not by a robot, and not by what becomes known later."""
    approved(bench.gate, content=mails(2))
    store: Store = bench.gate._office.store

    def slept(parcel: Parcel) -> None:
        if not bench.outbox.got:
            store.act(lambda txn: txn.connection.execute(text("UPDATE deliveries SET state = 'unknown' WHERE state = 'sending'")))

    bench.outbox.on_send = slept
    (attempt,) = _sent(bench.gate).attempts
    (hold,) = bench.gate.draft("d1").holds
    assert "gate" == hold.by

    bench.gate.settle("d1", attempt=attempt, outcome="sent", by="chie", note="It is in their log.")
    assert (hold,) == bench.gate.draft("d1").holds
    for nobody, why in (("akari", "may-not-lift"), ("mailer", "robot-signs")):
        with pytest.raises(Refused) as refused:
            lifted(bench.gate, hold.id, by=nobody, note="Never mind.")
        assert why == refused.value.code
    assert () == lifted(bench.gate, hold.id, by="chie", note="I know why it was late.").holds
    bench.outbox.on_send = lambda parcel: None
    bench.clock.forward(minutes=1)
    assert (2, 2, 0, 0, 0) == _counts(bench.gate.send("d1", by="mailer"))


def test_f027_a_worker_whose_claim_was_over_before_the_fence_sends_nothing(bench: Bench) -> None:
    approved(bench.gate, content=mails(2))
    office = bench.gate._office
    run = _run(bench)
    batch = office.store.act(lambda txn: deliveries.claim(txn, "d1", run.digest, _shift(run)))
    bench.clock.forward(hours=1)
    assert (2, 2, 0, 0, 0) == _counts(bench.gate.send("d1", by="mailer"))

    passed = office.store.act(lambda txn: _begin(run, txn, batch[0]))

    assert not passed
    assert 2 == len(bench.outbox.got)


def test_f027_a_worker_that_was_asleep_for_longer_than_its_lease_begins_nothing_with_it(bench: Bench) -> None:
    """Nobody else came: the letter in its hands is known, those behind it wait for the next run."""
    approved(bench.gate, content=mails(3))

    def slept(_: Parcel) -> None:
        if not bench.outbox.got:
            bench.clock.forward(hours=1)

    bench.outbox.on_send = slept
    assert (3, 1, 0, 0, 2) == _counts(_sent(bench.gate))

    bench.clock.forward(seconds=1)
    assert (3, 3, 0, 0, 0) == _counts(bench.gate.send("d1", by="mailer"))
    assert 3 == len(bench.outbox.got)


def test_a_worker_whose_draft_was_taken_back_and_rewritten_leaves_the_new_text_alone(bench: Bench) -> None:
    """While it slept its claim was over, the draft was let go, and the author wrote another text."""
    approved(bench.gate, content=mails(2))
    office = bench.gate._office

    def meanwhile() -> None:
        bench.clock.forward(hours=1)
        bench.gate.hold("d1", by="dai")
        with pytest.raises(Blocked):
            bench.gate.send("d1", by="mailer")
        written(bench.gate, content=mails(2, "The new wing stays shut."))

    with pytest.raises(Blocked):
        send(replace(office, store=Between(office.store, 3, meanwhile)), "d1", by="mailer")  # type: ignore[arg-type]  # it quacks

    draft = bench.gate.draft("d1")
    assert (State.DRAFTING, 2, []) == (draft.state, draft.tally.left, bench.outbox.got)
    assert bench.gate.verify().sound


def test_a_text_that_a_worker_has_claimed_is_changed_by_nobody(bench: Bench) -> None:
    """Between the claim and the fence the author is told to hold it instead; what was approved leaves."""
    approved(bench.gate)
    office, codes = bench.gate._office, list[str]()

    def meanwhile() -> None:
        with pytest.raises(Refused) as refused:
            written(bench.gate, content="Another text.")
        codes.append(refused.value.code)

    assert 1 == send(replace(office, store=Between(office.store, 3, meanwhile)), "d1", by="mailer").sent  # type: ignore[arg-type]  # it quacks
    assert ["already-going"] == codes


def test_f137_a_claim_lets_one_attempt_begin_once(bench: Bench) -> None:
    """Shown again after its letter has left, and after the letter went back and another worker has it: nothing begins."""
    approved(bench.gate, content=mails(2))
    office, run = bench.gate._office, _run(bench)
    first, second = office.store.act(lambda txn: deliveries.claim(txn, "d1", run.digest, _shift(run)))

    def begun(delivery: Delivery) -> object:
        return office.store.act(lambda txn: _begin(run, txn, delivery))

    assert True is begun(first)
    run.pending = Settlement(delivery=first, state=DeliveryState.SENT, receipt="r1")
    assert False is begun(first)
    run.pending = None

    office.store.act(lambda txn: deliveries.let_go(txn, "d1", run.digest, run.worker))
    other = replace(_shift(run), worker="another", began=run.began + timedelta(seconds=1))
    (again,) = office.store.act(lambda txn: deliveries.claim(txn, "d1", run.digest, other))
    assert again.no == second.no
    assert False is begun(second)
    assert True is begun(again)


def test_t33_no_fence_but_behind_a_claim(bench: Bench) -> None:
    """A worker that has everything right but that nobody holds the draft any more."""
    approved(bench.gate)
    office, run = bench.gate._office, _run(bench)
    (delivery,) = office.store.act(lambda txn: deliveries.claim(txn, "d1", run.digest, _shift(run)))
    bench.clock.forward(minutes=2)
    known = office.store.act(lambda txn: tidy(txn, reading.load(txn, "d1")))
    run.epoch, run.judged = known.row.epoch, (known.row.seq, run.judged[1])

    passed = office.store.act(lambda txn: _begin(run, txn, delivery))

    assert State.APPROVED is known.draft.state
    assert isinstance(passed, Decision)
    assert {"in-progress"} == passed.blocked_by
    assert "begin" not in [event.kind for event in bench.gate.history("d1")]


# --- awaited


class AsyncOutbox(Outbox):
    """A way out that is awaited. `entered` is set when it has the mail; it goes on when `go` is set."""

    def __init__(self, *, waits: bool = False) -> None:
        super().__init__()
        self.entered, self.go = asyncio.Event(), asyncio.Event()
        self.waits = waits

    async def send(self, parcel: Parcel, *, key: str) -> Receipt:  # type: ignore[override]  # awaited instead
        self.entered.set()
        if self.waits:
            await self.go.wait()
        return super().send(parcel, key=key)


@pytest.fixture
def awaited(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url, channels={"news": AsyncOutbox()})
    yield made
    made.gate.close()


def test_r35_everything_leaves_awaited_and_the_store_is_never_touched_in_the_loop(awaited: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    real = Store._txn

    def noted(self: Store, connection: Any) -> Any:  # noqa: ANN401 - as it is
        threads.add(threading.get_ident())
        return real(self, connection)

    approved(awaited.gate, content=mails(3))
    monkeypatch.setattr(Store, "_txn", noted)

    report = asyncio.run(awaited.gate.send_async("d1", by="mailer"))

    assert (3, 3, 0, 0, 0) == _counts(report)
    assert threads
    assert threading.get_ident() not in threads


def test_how_far_it_is_is_told_after_each_hand_over(bench: Bench) -> None:
    """In people, whatever became of each."""
    far = list[int]()
    approved(bench.gate, content=mails(3))
    bench.outbox.answers = [TimeoutError("no answer")]

    bench.gate.send("d1", by="mailer", progress=far.append)

    assert [1, 2, 3] == far


def test_whoever_cannot_bear_to_hear_how_far_it_is_stops_no_send(awaited: Bench) -> None:
    far = list[int]()

    def broken(people: int) -> None:
        far.append(people)
        raise ValueError("the screen is gone")

    approved(awaited.gate, content=mails(3))

    with capture_logs() as logs:
        assert 3 == asyncio.run(awaited.gate.send_async("d1", by="mailer", progress=broken)).sent
    assert ([1], ["progress could not be told"]) == (far, [each["event"] for each in logs])


def test_interrupted_where_it_tells_how_far_it_is_it_writes_what_it_knows(bench: Bench) -> None:
    """A Ctrl-C after the receipt: the letter is sent, and only those that were never begun are left."""
    approved(bench.gate, content=mails(3))

    def stop(people: int) -> None:
        raise KeyboardInterrupt(people)

    with pytest.raises(KeyboardInterrupt):
        bench.gate.send("d1", by="mailer", progress=stop)
    tally = bench.gate.draft("d1").tally
    assert (1, 0, 2) == (tally.sent, tally.unknown, tally.left)
    assert 3 == bench.gate.send("d1", by="mailer").sent


def test_ended_where_it_tells_how_far_it_is_an_awaited_send_writes_what_it_knows(awaited: Bench) -> None:
    approved(awaited.gate, content=mails(3))

    class End(BaseException):
        """The program is told to end."""

    def stop(people: int) -> None:
        raise End(people)

    with pytest.raises(End):
        asyncio.run(awaited.gate.send_async("d1", by="mailer", progress=stop))
    tally = awaited.gate.draft("d1").tally
    assert (1, 0, 2) == (tally.sent, tally.unknown, tally.left)


def test_r35_an_outcome_is_one_whether_awaited_or_not(awaited: Bench) -> None:
    awaited.outbox.answers = [NotSent("no route"), OSError("reset"), None, "garbage"]
    approved(awaited.gate, content=mails(4))

    with pytest.raises(Blocked) as caught:
        asyncio.run(awaited.gate.send_async("d1", by="mailer"))

    assert (4, 1, 0, 2, 1) == _counts(caught.value.report)  # type: ignore[arg-type]  # errors stand below the model


def test_r35_a_plain_channel_may_be_sent_by_send_async_too(bench: Bench) -> None:
    approved(bench.gate, content=mails(2))

    assert (2, 2, 0, 0, 0) == _counts(asyncio.run(bench.gate.send_async("d1", by="mailer")))


def test_an_awaited_channel_is_not_sent_without_awaiting(awaited: Bench) -> None:
    approved(awaited.gate)

    with pytest.raises(GateError, match=r"is awaited: use send_async\. Nothing was sent"):
        awaited.gate.send("d1", by="mailer")
    assert [] == awaited.outbox.got


def test_r35_cancelled_while_the_client_has_it_is_unknown_and_the_rest_can_go(awaited: Bench) -> None:
    outbox: AsyncOutbox = awaited.outbox  # type: ignore[assignment]  # as the fixture made it
    approved(awaited.gate, content=mails(3))

    async def cancelled() -> None:
        outbox.waits = True
        task = asyncio.create_task(awaited.gate.send_async("d1", by="mailer"))
        await outbox.entered.wait()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()

    asyncio.run(cancelled())
    outbox.waits = False
    tally = awaited.gate.draft("d1").tally
    assert (0, 0, 1, 2) == (tally.sent, tally.sending, tally.unknown, tally.left)
    with contextlib.suppress(Blocked):
        asyncio.run(awaited.gate.send_async("d1", by="mailer"))
    tally = awaited.gate.draft("d1").tally
    assert (2, 1, 0) == (tally.sent, tally.unknown, tally.left)


@pytest.mark.parametrize("times", [1, 3])
def test_r35_cancelled_before_the_client_was_entered_is_not_sent(awaited: Bench, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled, however often, while the fence is written: that one and all behind it are waiting, none is in doubt."""
    from releasegate import dispatch

    approved(awaited.gate, content=mails(3))
    real, at_fence, go_on = dispatch._begin, threading.Event(), threading.Event()

    def slow(*args: Any) -> Any:  # noqa: ANN401 - as it is
        at_fence.set()
        assert go_on.wait(10)
        return real(*args)

    monkeypatch.setattr(dispatch, "_begin", slow)

    async def cancelled() -> None:
        task = asyncio.create_task(awaited.gate.send_async("d1", by="mailer"))
        await asyncio.to_thread(at_fence.wait, 10)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    draft = awaited.gate.draft("d1")
    assert ([], State.APPROVED) == (awaited.outbox.got, draft.state)
    assert (3, 0, 0) == (draft.tally.left, draft.tally.sending, draft.tally.unknown)
    awaited.clock.forward(seconds=1)
    assert (3, 3, 0, 0, 0) == _counts(asyncio.run(awaited.gate.send_async("d1", by="mailer")))


@pytest.mark.parametrize("step", ["_way_out", "_begin", "_answer"])
def test_r35_cancelled_before_or_after_the_letters_is_neither_lost_nor_swallowed(
    awaited: Bench, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the draft is looked up nothing is taken; while the report is read everything has left, and the next call says so."""
    approved(awaited.gate, content=mails(2))
    real, there, go_on = getattr(sending, step), threading.Event(), threading.Event()

    def slow(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as it is
        there.set()
        assert go_on.wait(10)
        return real(*args, **more)

    monkeypatch.setattr(sending, step, slow)

    async def cancelled() -> None:
        task = asyncio.create_task(awaited.gate.send_async("d1", by="mailer"))
        await asyncio.to_thread(there.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert (State.SENT if step == "_answer" else State.APPROVED) is awaited.gate.draft("d1").state
    awaited.clock.forward(seconds=1)
    assert (2, 2, 0, 0, 0) == _counts(asyncio.run(awaited.gate.send_async("d1", by="mailer")))
    assert 2 == len(awaited.outbox.got)


def test_r35_a_plain_channel_that_had_answered_when_the_cancellation_came_is_known(bench: Bench) -> None:
    """It runs in a thread to its end: what it said is not thrown away for `unknown`."""
    entered, go = threading.Event(), threading.Event()

    def slow(_: Parcel) -> None:
        entered.set()
        assert go.wait(10)

    bench.outbox.on_send = slow
    approved(bench.gate, content=mails(2))

    async def cancelled() -> None:
        task = asyncio.create_task(bench.gate.send_async("d1", by="mailer"))
        await asyncio.to_thread(entered.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        go.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    tally = bench.gate.draft("d1").tally
    assert (1, 0, 1) == (tally.sent, tally.unknown, tally.left)


def test_cancelled_after_the_last_answer_keeps_what_was_sent(awaited: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from releasegate import dispatch

    approved(awaited.gate)
    real, at_end, go_on = dispatch._finish, threading.Event(), threading.Event()

    def slow(*args: Any) -> Any:  # noqa: ANN401 - as it is
        at_end.set()
        assert go_on.wait(10)
        return real(*args)

    monkeypatch.setattr(dispatch, "_finish", slow)

    async def cancelled() -> None:
        task = asyncio.create_task(awaited.gate.send_async("d1", by="mailer"))
        await asyncio.to_thread(at_end.wait, 10)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert State.SENT is awaited.gate.draft("d1").state


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (OSError("no room for 七月\udcff\0"), DeliveryState.UNKNOWN),
        (NotSent("no room for 七月\udcff\0"), DeliveryState.WAITING),
        (Receipt("r\udcff\0"), DeliveryState.SENT),
        (Receipt("r", refused={"reader1@paper.example": "550 \udcff\0"}), DeliveryState.REFUSED),
    ],
)
def test_an_answer_that_is_no_text_is_written_all_the_same(bench: Bench, answer: object, state: DeliveryState) -> None:
    """Python names a file that is not UTF-8 with lone surrogates; neither database takes them, and PostgreSQL no NUL."""
    approved(bench.gate, "d1", mails(2))
    bench.outbox.answers = [answer]
    report = _sent(bench.gate)

    counts = {DeliveryState.UNKNOWN: report.unknown, DeliveryState.WAITING: report.left, DeliveryState.REFUSED: report.refused}
    assert (2, 1) == (report.sent + counts.get(state, 0), counts.get(state, 1))


# --- a script that runs again: it writes, and then it sends


def test_the_same_text_written_again_changes_nothing_after_it_has_left(bench: Bench) -> None:
    """A script on a timer writes and sends each time: after the end it hears the same report, and the log has not grown."""
    approved(bench.gate, content=mails(2))
    bench.gate.send("d1", by="mailer")
    before = bench.gate.history("d1")

    draft = written(bench.gate, content=mails(2))

    assert (State.SENT, before) == (draft.state, bench.gate.history("d1"))
    assert (2, 2) == (bench.gate.send("d1", by="mailer").sent, len(bench.outbox.got))


def _held_meanwhile(bench: Bench) -> None:
    """One mail leaves, and while it does, somebody holds the rest."""

    def held(_: Parcel) -> None:
        bench.gate.hold("d1", by="dai")

    bench.outbox.on_send = held
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    bench.outbox.on_send = lambda _: None


def test_the_same_text_written_again_half_way_lets_the_rest_leave(bench: Bench) -> None:
    """Where another text is refused, the text that is on its way is no other."""
    approved(bench.gate, content=mails(3))
    _held_meanwhile(bench)
    lifted(bench.gate, "d1/h1", by="dai", note="Go on.")

    with pytest.raises(Refused) as refused:
        written(bench.gate, content=mails(3, "Another text."))
    draft = written(bench.gate, content=mails(3))

    assert ("something-left", 1) == (refused.value.code, draft.tally.sent)
    assert "1 of 3 have left already; withdraw the rest and write a new draft." in str(refused.value)
    assert 3 == bench.gate.send("d1", by="mailer").sent


def test_what_was_stopped_half_way_is_not_written_again(bench: Bench) -> None:
    """Withdrawn is final, for the same text too."""
    approved(bench.gate, content=mails(3))
    _held_meanwhile(bench)
    bench.gate.withdraw("d1", by="akari", note="No.")

    with pytest.raises(Refused):
        written(bench.gate, content=mails(3))


def test_another_text_for_what_has_left_altogether_is_a_new_draft(bench: Bench) -> None:
    """There is no rest to withdraw."""
    approved(bench.gate, content=mails(2))
    bench.gate.send("d1", by="mailer")

    with pytest.raises(Refused, match="All 2 have left already; write a new draft, with another id"):
        written(bench.gate, content=mails(2, "Another text."))
