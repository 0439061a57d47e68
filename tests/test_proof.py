"""A proof is a marked copy for people of the policy and for its test lists: never a delivery, never to an address that a caller gives."""

from collections.abc import Callable, Iterator, Mapping
from email import message_from_bytes
from email.message import MIMEPart
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releasegate.channels import seal_json
from releasegate.channels.mail import seal_mail
from releasegate.errors import NotFound, NotSent, PolicyError, ProofFailed, Refused
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel
from releasegate.model.proof import Proof
from releasegate.notify.marked import Copy, marked
from releasegate.notify.proofs import hand_out
from releasegate.policy.policy import Policy
from releasegate.proofing import PER_DAY, PER_HOUR, TEST_LIST
from releasegate.store import lanes
from releasegate.testing import Clock, Outbox
from tests.building import TWO_EYES, approved, mail, mails, sign, submitted, written
from tests.smtp_server import Rule, ScriptedSmtp

PEOPLE = """
[people]
akari  = { name = "Sato Akari", email = "akari@pr.example", roles = ["author", "checker"] }
ben    = { name = "Ben Ito", email = "ben@pr.example", also = ["ben.ito@gmail.example"], roles = ["author", "checker"] }
chie   = { name = "田中 千絵", email = "chie@pr.example", roles = ["checker", "approver"], lang = "ja" }
dai    = { name = "Oi Dai", roles = ["approver"] }
mailer = { kind = "robot", operator = "akari", roles = [] }
"""
TESTERS = ["desk@pr.example", "phone@pr.example"]


def rules(via: str, *, gate: str = '[gate]\nmail = "alarms"\nmail_from = "gate@pr.example"\n', test: object = TESTERS) -> Policy:
    channels = f'[channels.news]\nwindow = "2h"\ntest = {test}\n[channels.alarms]\ngated = false\nmost = 3\nvia = "{via}"\n'
    return Policy.parse(f"version = 1\n{gate}{PEOPLE}{channels}{TWO_EYES}")


def opened(url: str, server: ScriptedSmtp, **more: object) -> Gate:
    return Gate(url, policy=rules(f"smtp://{server.host}:{server.port}"), channels={"news": Outbox()}, **more)  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(sqlite_url: str, server: ScriptedSmtp, clock: Clock) -> Iterator[Gate]:
    made = opened(sqlite_url, server, clock=clock)
    yield made
    made.close()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


def parts(mail: bytes) -> list[MIMEPart]:
    """The banner, and what stands below it."""
    return list(message_from_bytes(mail, policy=default).iter_parts())


def text(part: MIMEPart) -> str:
    return str(part.get_content()).replace("\r\n", "\n")


# --- what is seen


def test_r36_a_proof_is_marked_and_goes_by_the_gates_own_mail(gate: Gate, server: ScriptedSmtp) -> None:
    """In the subject, in a header, in the first line; the message itself stands below as it would leave."""
    draft = written(gate, content=mails(3))

    made = gate.proof("d1", to="ben", by="akari")

    (got,) = server.received
    whole = message_from_bytes(got.data, policy=default)
    banner, body = parts(got.data)
    assert ("gate@pr.example", ["ben@pr.example"]) == (got.mail_from, got.rcpt_to)
    assert f"[PROOF {draft.mark}] New wing" == whole["Subject"]
    assert ("ben@pr.example", draft.digest, "auto-generated") == (whole["To"], whole["X-Releasegate-Proof"], whole["Auto-Submitted"])
    first = text(banner).splitlines()[0]
    assert f"[PROOF {draft.mark}] A proof, not a delivery: mail no. 1 of 3 of draft d1, asked for by Sato Akari." == first
    assert "To: reader1@paper.example\nSubject: New wing\n" in text(banner)
    assert "Dear reader 1. The new wing opens.\n" == text(body)
    assert Proof(draft_id="d1", digest=draft.digest, no=1, to="ben", by="akari", taken={"ben@pr.example": "250 2.0.0 queued as 1"}) == made
    assert draft.mark == made.mark
    assert [] == gate._office.channels["news"].got  # type: ignore[union-attr]  # an Outbox


def test_a_proof_speaks_its_readers_language(gate: Gate, server: ScriptedSmtp) -> None:
    draft = written(gate, content=mail("新しい館が開きます。", subject="新館"))

    gate.proof("d1", to="chie", by="ben")

    (got,) = server.received
    assert f"【確認用 {draft.mark}】新館" == message_from_bytes(got.data, policy=default)["Subject"]
    banner, body = parts(got.data)
    assert "配信ではありません" in text(banner).splitlines()[0]
    assert "新しい館が開きます。\n" == text(body)


def test_which_mail_is_shown_can_be_said(gate: Gate, server: ScriptedSmtp) -> None:
    written(gate, content=mails(3))

    gate.proof("d1", to="ben", by="akari", no=3)

    assert "Dear reader 3." in text(parts(server.received[0].data)[1])
    for no in (0, 4):
        with pytest.raises(NotFound, match=f"{no} of 3"):
            gate.proof("d1", to="ben", by="akari", no=no)


def test_pages_pictures_and_attachments_stand_in_it_as_they_will_leave(gate: Gate, server: ScriptedSmtp) -> None:
    made = mail("As text.")
    made.add_alternative("<p>As a page.</p>\n", subtype="html")
    made.add_attachment(b"%PDF-1.7 a map", maintype="application", subtype="pdf", filename="map.pdf")
    written(gate, content=made)
    sealed = next(iter(seal_mail(made))).body.partition(b"\r\n\r\n")[2]

    gate.proof("d1", to="ben", by="akari")

    (got,) = server.received
    banner, body = parts(got.data)
    assert sealed in got.data, "byte for byte"
    assert [("text/plain", None), ("multipart/mixed", None)] == [(each.get_content_type(), each.get_filename()) for each in (banner, body)]
    assert ["text/plain", "text/html", "application/pdf"] == [each.get_content_type() for each in body.walk() if not each.is_multipart()]


def test_a_post_is_shown_as_text_with_the_very_bytes_beside_it(sqlite_url: str, server: ScriptedSmtp) -> None:
    (post,) = seal_json({"text": "The new wing opens.", "at": [1, "x"]}, title="New wing", reach=350)
    gate = opened(sqlite_url, server)
    written(gate, content=[post])

    gate.proof("d1", to="ben", by="akari")
    gate.close()

    _, shown, beside = parts(server.received[0].data)
    assert "at.1: x\ntext: The new wing opens." == text(shown).strip()
    assert ("application/json", post.body) == (beside.get_content_type(), beside.get_content())


LINES = st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=60), max_size=5)


@given(lines=LINES, no=st.integers(0, 2))
@settings(max_examples=50, deadline=None)
def test_whatever_the_author_wrote_is_one_part_and_cannot_end_it(lines: list[str], no: int) -> None:
    """A body may hold what looks like the end of a part, of the right name even."""
    forged = "\r\n".join([f"--proof-{'a' * 32}-{no}", *lines, f"--proof-{'a' * 32}-{no}--", "Subject: another"])
    head = b"From: a@x.example\r\nTo: b@x.example\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    (sealed,) = seal_mail(head + b"Subject: x\r\n\r\n" + forged.encode())
    copy = Copy(parcel=sealed, no=1, of=1, draft_id="d1", digest="a" * 64, by="Ben", sender="gate@x.example")

    (proof,) = seal_mail(marked(copy, address="c@x.example", lang="en"))

    _, body = parts(proof.body)
    assert (f"{forged}\r\n".encode(), ("c@x.example",)) == (body.get_payload(decode=True), proof.to)


@pytest.mark.parametrize("subject", ["=?utf-8?q?odd?=", "長い" * 200, "x" * 400, ""])
def test_any_subject_gets_its_mark(subject: str) -> None:
    parcel = Parcel(body=b'{"a": "b"}', title=subject, media="application/json", reach=1)
    copy = Copy(parcel=parcel, no=1, of=1, draft_id="d1", digest="a" * 64, by="Ben", sender="gate@x.example")

    (proof,) = seal_mail(marked(copy, address="c@x.example", lang="en"))

    assert f"[PROOF aaaaaaaa] {subject[:200]}".strip() == proof.title


# --- whom it reaches


def test_r36_an_address_that_a_caller_gives_gets_nothing(gate: Gate, server: ScriptedSmtp) -> None:
    """Known is who is in the directory; somebody's second address leads to the one by which the gate writes to them."""
    written(gate)

    assert "unknown-person" == refused(lambda: gate.proof("d1", to="press@paper.example", by="akari"))
    assert "unknown-person" == refused(lambda: gate.proof("d1", to="", by="akari"))
    assert "unknown-person" == refused(lambda: gate.proof("d1", to="ben", by="mallory"))
    assert "proof-no-address" == refused(lambda: gate.proof("d1", to="dai", by="akari"))
    gate.proof("d1", to="ben.ito@gmail.example", by="akari")
    gate.proof("d1", to="mailer", by="akari")

    assert [["ben@pr.example"], ["akari@pr.example"]] == [got.rcpt_to for got in server.received]


def test_the_test_list_of_the_channel_gets_a_mail_each(gate: Gate, server: ScriptedSmtp) -> None:
    written(gate)

    made = gate.proof("d1", to=TEST_LIST, by="akari")

    assert [[address] for address in TESTERS] == [got.rcpt_to for got in server.received]
    assert [f"To: {address}" in got.data.decode() for address, got in zip(TESTERS, server.received, strict=True)] == [True, True]
    assert (TEST_LIST, TESTERS, 1) == (made.to, list(made.taken), server.connections)


def test_r36_a_list_in_a_file_of_ones_own_counts_for_nothing(sqlite_url: str, server: ScriptedSmtp) -> None:
    """It is a rule like any other: two people put it in force."""
    via = f"smtp://{server.host}:{server.port}"
    Gate(sqlite_url, policy=rules(via, test=[]), channels={}).close()
    gate = Gate(sqlite_url, policy=rules(via), channels={"news": Outbox()})

    with pytest.raises(Refused) as error:
        gate.proof("d1", to=TEST_LIST, by="akari")

    assert "policy-not-in-force" == error.value.code
    assert [False, True] == [gate.adopt(rules(via), by=by, note="A list for proofs.") for by in ("ben", "chie")]
    written(gate)
    assert 2 == len(gate.proof("d1", to=TEST_LIST, by="akari").taken)
    gate.close()


def test_without_a_list_or_a_way_there_is_no_proof(sqlite_url: str, tmp_path: Path) -> None:
    gate = Gate(sqlite_url, policy=rules("folder:alarms", test=[]), channels={"news": Outbox()})
    written(gate)
    assert "proof-no-list" == refused(lambda: gate.proof("d1", to=TEST_LIST, by="akari"))
    assert "unknown-person" == refused(lambda: gate.proof("d1", to="@tset", by="akari"))
    gate.close()

    other = Gate(tmp_path / "b.db", policy=rules("folder:alarms", gate=""), channels={"news": Outbox()})
    written(other)
    assert "proof-no-way" == refused(lambda: other.proof("d1", to="ben", by="akari"))
    other.close()


def test_a_list_with_what_is_no_address_does_not_load() -> None:
    for test, said in (
        (["nobody"], "'nobody' is no address"),
        (["a@b@c.example"], "'a@b@c.example' is no address"),
        ([f"a{no}@pr.example" for no in range(11)], "has 11 addresses, and at most 10 get a proof"),
    ):
        with pytest.raises(PolicyError, match=said):
            rules("folder:alarms", test=test)
    with pytest.raises(PolicyError, match="this channel has none"):
        Policy.parse('version = 1\n[channels.lane]\ngated = false\nmost = 3\ntest = ["a@pr.example"]\n')


def test_rules_without_a_test_list_are_the_rules_that_they_were() -> None:
    """No signature is lost to a key that nobody wrote; one with a list comes back as it was read."""
    without, with_list = (rules("folder:alarms", test=test) for test in ([], TESTERS))

    assert b'"test"' not in without.rules_text()
    assert without.rules != with_list.rules
    assert with_list == Policy.from_dict(with_list.to_dict())


# --- what it is not


def test_r36_a_proof_is_no_delivery(gate: Gate, clock: Clock) -> None:
    """Nothing is counted, nobody's turn moves, no signature is lost; a send goes on to its end, whatever is shown meanwhile."""
    before = approved(gate, content=mails(2))
    turn = gate.turn("d1")
    clock.forward(minutes=5)

    gate.proof("d1", to="ben", by="akari")

    after = gate.draft("d1")
    assert (before.tally, before.state, before.signatures) == (after.tally, after.state, after.signatures)
    assert (before.moved, turn.who, turn.since) == (after.moved, gate.turn("d1").who, gate.turn("d1").since)
    assert gate.decide("d1").open
    gate._office.channels["news"].on_send = lambda _: gate.proof("d1", to="ben", by="akari")  # type: ignore[union-attr]  # an Outbox
    report = gate.send("d1", by="mailer")
    assert (2, 2) == (report.sent, report.of)
    assert ["reader1@paper.example", "reader2@paper.example"] == gate._office.channels["news"].reached  # type: ignore[union-attr]


def test_a_proof_makes_nobody_somebody_who_has_been_written_to(gate: Gate) -> None:
    """The same text in another draft is no twin of something sent."""
    written(gate, "d1", content=mails(2))
    gate.proof("d1", to="ben", by="akari")

    submitted(gate, "d2", content=mails(2))

    assert () == gate.draft("d2").twins


def test_every_proof_stands_in_the_log_with_who_whom_and_which_text(store_url: str, server: ScriptedSmtp) -> None:
    """Asked for before the first byte, told after the last; addresses beside the chain, where they can be erased. On both databases."""
    gate = opened(store_url, server)
    draft = written(gate)

    gate.proof("d1", to=TEST_LIST, by="ben")

    asked, told = gate.history("d1")[-2:]
    assert ("proof", "ben", draft.digest) == (asked.kind, asked.actor, asked.digest)
    assert ["@test", 1, 2] == _facts(asked.data, "reader", "no", "copies")
    assert ("proof_told", "gate", asked.seq, 2, 0, 0) == (told.kind, told.actor, *_facts(told.data, "proof", "taken", "failed", "unknown"))
    assert TESTERS == asked.memo["addresses"] == list(told.memo["said"])
    assert not any(address in str({**asked.data, **told.data}) for address in TESTERS)
    assert gate.verify().sound
    gate.withdraw("d1", by="akari", note="Not this year.")
    gate.erase("d1", by="chie", note="A reader asked for it.")
    assert [{}, {}] == [event.memo for event in gate.history("d1") if event.kind.startswith("proof")]
    assert gate.verify().sound
    gate.close()


def _facts(data: Mapping[str, object], *names: str) -> list[object]:
    return [data[name] for name in names]


# --- when


def test_a_held_draft_can_be_looked_at_and_a_withdrawn_one_cannot(gate: Gate, server: ScriptedSmtp) -> None:
    written(gate)
    gate.hold("d1", by="ben")
    gate.proof("d1", to="ben", by="akari")
    gate.withdraw("d1", by="akari", note="Not this year.")

    assert "over" == refused(lambda: gate.proof("d1", to="ben", by="akari"))
    assert 1 == len(server.received)


def test_what_is_being_withdrawn_while_it_leaves_is_not_shown_either(sqlite_url: str, server: ScriptedSmtp) -> None:
    """The withdrawal is a hold that nobody lifts before it is a state; and a proof in the middle of a send does not disturb it."""
    gate = opened(sqlite_url, server)
    codes: list[str] = []

    def midway(_: Parcel) -> None:
        if not codes:
            gate.proof("d1", to="ben", by="akari")
            gate.withdraw("d1", by="akari", note="Wrong year.")
            codes.append(refused(lambda: gate.proof("d1", to="ben", by="akari")))

    outbox = gate._office.channels["news"]
    outbox.on_send = midway  # type: ignore[union-attr]  # an Outbox
    approved(gate, content=mails(2))
    with pytest.raises(Exception, match="Stopped half-way"):
        gate.send("d1", by="mailer")

    assert (["over"], 1, 1) == (codes, len(server.received), len(outbox.got))  # type: ignore[union-attr]
    gate.close()


def test_r36_so_many_proofs_and_no_more(gate: Gate, server: ScriptedSmtp, clock: Clock) -> None:
    """Of one draft in 24 hours, whatever becomes of its text."""
    written(gate)
    for _ in range(PER_DAY):
        gate.proof("d1", to="ben", by="akari")
    written(gate, content="Another text.")

    assert "proof-too-many" == refused(lambda: gate.proof("d1", to="chie", by="akari"))
    clock.forward(hours=23, minutes=59)
    assert "proof-too-many" == refused(lambda: gate.proof("d1", to="chie", by="akari"))
    assert PER_DAY == len(server.received)
    clock.forward(minutes=2)
    gate.proof("d1", to="chie", by="akari")


def test_r36_so_many_in_an_hour_over_all_drafts(gate: Gate, server: ScriptedSmtp, clock: Clock) -> None:
    written(gate)
    gate._office.store.act(lambda txn: lanes.spend(txn, "@proofs", PER_HOUR - 1, most=PER_HOUR))

    assert "proof-too-fast" == refused(lambda: gate.proof("d1", to=TEST_LIST, by="akari"))
    assert ({"write", "checked"}, 0) == ({event.kind for event in gate.history("d1")}, len(server.received))
    gate.proof("d1", to="ben", by="akari")
    clock.forward(hours=1, minutes=1)
    gate.proof("d1", to=TEST_LIST, by="akari")


# --- what becomes of it


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"RCPT TO": "550 5.1.1 who?"}, "failed"),
        ({"RCPT TO": "452 full"}, "failed"),
        ({"END": "554 no"}, "failed"),
        ({"CONNECT": "554 go away"}, "failed"),
        ({"END": None}, "unknown"),
    ],
)
def test_a_proof_that_did_not_get_there_is_told_and_logged(sqlite_url: str, answers: dict[str, Rule], outcome: str) -> None:
    with ScriptedSmtp(answers) as server:
        gate = opened(sqlite_url, server)
        written(gate)
        with pytest.raises(ProofFailed) as error:
            gate.proof("d1", to="ben", by="akari")
        told = gate.history("d1")[-1]
        gate.close()

    assert isinstance(error.value.proof, Proof)
    assert ({}, ["ben@pr.example"]) == (error.value.proof.taken, list(getattr(error.value.proof, outcome)))
    first = {"failed": "The proof of d1 did not reach ben@pr.example: ", "unknown": "Whether the proof of d1 reached ben@pr.example is not"}
    assert str(error.value).startswith(first[outcome])
    assert "d1 is as it was" in str(error.value)
    assert ("proof_failed", 1) == (told.kind, told.data[outcome])


def test_one_of_a_list_that_was_refused_takes_nothing_from_the_others(sqlite_url: str) -> None:
    with ScriptedSmtp({"RCPT TO:<desk": "550 who?"}) as server:
        gate = opened(sqlite_url, server)
        written(gate)
        with pytest.raises(ProofFailed) as error:
            gate.proof("d1", to=TEST_LIST, by="akari")
        told = gate.history("d1")[-1]
        gate.close()

    assert isinstance(error.value.proof, Proof)
    assert (["phone@pr.example"], {"desk@pr.example": "550 who?"}) == (list(error.value.proof.taken), error.value.proof.failed)
    assert (1, 1) == (told.data["taken"], told.data["failed"])


def test_an_answer_that_is_no_receipt_says_nothing() -> None:
    (sealed,) = seal_mail(mail())
    copy = Copy(parcel=sealed, no=1, of=1, draft_id="d1", digest="a" * 64, by="Ben", sender="gate@x.example")

    handed = hand_out(Outbox(answers=[True, NotSent("no"), NotSent()]), copy, {f"{each}@x.example": "en" for each in "abc"})

    assert {"b@x.example": "no", "c@x.example": ""} == handed.failed
    assert ({}, {"a@x.example": "its way out gave no receipt"}) == (handed.taken, handed.unknown)


@pytest.mark.parametrize(("sender", "said"), [("nobody", "no single sender"), ("\ud800@x.example", "UnicodeEncodeError")])
def test_a_copy_that_cannot_be_made_has_certainly_not_left(sender: str, said: str) -> None:
    (sealed,) = seal_mail(mail())
    copy = Copy(parcel=sealed, no=1, of=1, draft_id="d1", digest="a" * 64, by="Ben", sender=sender)
    outbox = Outbox()

    handed = hand_out(outbox, copy, {"a@x.example": "en"})

    assert said in handed.failed["a@x.example"]
    assert ({}, {}, []) == (handed.taken, handed.unknown, outbox.got)


def test_it_can_be_signed_after_a_proof_as_before(gate: Gate) -> None:
    submitted(gate, content=mails(2))
    gate.proof("d1", to="chie", by="ben")

    sign(gate)

    assert gate.decide("d1").open
