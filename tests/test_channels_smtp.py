"""What is certain about each outcome of a send through a mail server."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from releasegate.channels import Smtp, seal_mail, stamp
from releasegate.errors import ContentError, NotSent, PolicyError
from releasegate.model.parcel import Parcel, Receipt
from tests.smtp_server import DROP, AtFirst, CutOff, Drip, Received, Rule, ScriptedSmtp, Slow

AT = datetime(2026, 7, 3, 1, 0, tzinfo=UTC)
STAMPED = b"Date: Fri, 03 Jul 2026 01:00:00 +0000\r\nMessage-ID: <k1@x.example>\r\n"
MAIL = b"From: news@x.example\r\nTo: anna@x.example, ben@x.example\r\nSubject: July\r\n\r\nText\r\n"


def parcel(mail: bytes = MAIL) -> Parcel:
    return next(seal_mail(mail))


@contextmanager
def channel(server: ScriptedSmtp, *, timeout: float = 5, user: str = "", password: str | None = None) -> Iterator[Smtp]:
    smtp = Smtp(f"smtp://{user}{server.host}:{server.port}", timeout=timeout, clock=lambda: AT, password=password)
    try:
        yield smtp
    finally:
        smtp.close()


def send(rules: dict[str, Rule], mail: bytes = MAIL) -> tuple[Receipt, ScriptedSmtp]:
    with ScriptedSmtp(rules) as server, channel(server) as smtp:
        return smtp.send(parcel(mail), key="k1"), server


def test_what_arrives_is_the_stamped_parcel_byte_for_byte() -> None:
    receipt, server = send({})

    assert Receipt("250 2.0.0 queued as 1") == receipt
    assert [Received("news@x.example", ["anna@x.example", "ben@x.example"], STAMPED + MAIL)] == server.received
    assert [STAMPED + MAIL + b".\r\n"] == server.raw


def test_dots_at_the_beginning_of_a_line_arrive_as_they_were() -> None:
    mail = MAIL + b".\r\n..\r\n.x\r\n"

    _, server = send({}, mail)

    assert [STAMPED + mail] == [each.data for each in server.received]
    assert [STAMPED + MAIL + b"..\r\n...\r\n..x\r\n.\r\n"] == server.raw


@pytest.mark.parametrize(
    "rules",
    [
        {"CONNECT": "554 no"},
        {"CONNECT": DROP},
        {"CONNECT": "garbage"},
        {"EHLO": "500 no", "HELO": "500 no"},
        {"EHLO": DROP},
        {"MAIL": "550 no such sender"},
        {"MAIL": "451 later"},
        {"MAIL": "421 closing"},
        {"MAIL": DROP},
        {"MAIL": "354 what"},
        {"RCPT": "450 later"},
        {"RCPT": "421 closing"},
        {"RCPT": "354 what"},
        {"RCPT": DROP},
        {"DATA": "451 later"},
        {"DATA": "554 no"},
        {"DATA": "250 what"},
        {"DATA": "354 go\r\n250 already?"},
        {"MAIL": "250 ok\r\n250 and more"},
        {"DATA": DROP},
        {"END": "554 spam"},
        {"END": "552-too\r\n552 big"},
    ],
    ids=str,
)
def test_it_is_not_sent_where_nothing_can_have_left(rules: dict[str, Rule]) -> None:
    with ScriptedSmtp(rules) as server, channel(server) as smtp:
        with pytest.raises(NotSent):
            smtp.send(parcel(), key="k1")

        assert 1 == server.connections


@pytest.mark.parametrize("end", ["451 later", "421 closing", DROP, "garbage", "354 what", "220 what", CutOff(10)], ids=str)
def test_the_outcome_is_unknown_once_the_mail_was_on_its_way(end: Rule) -> None:
    """4xx after the dot, a drop, an answer that is none: let out, with what is known, and never tried again."""
    with ScriptedSmtp({"END": end}) as server, channel(server) as smtp:
        with pytest.raises(OSError) as lost:  # noqa: PT011 - whichever it is, it is no NotSent
            smtp.send(parcel(), key="k1")

        assert ["<k1@x.example>"] == [note.partition(":")[0] for note in lost.value.__notes__]
        assert 1 == server.connections
        assert 1 >= len(server.received)


def test_a_server_that_says_nothing_is_left_at_the_deadline() -> None:
    with ScriptedSmtp({"END": Slow("250 ok", threading.Event())}) as server, channel(server, timeout=0.05) as smtp:
        began = time.monotonic()
        with pytest.raises(OSError, match=r"timed out|time for this send"):
            smtp.send(parcel(), key="k1")

        assert smtp.deadline <= time.monotonic() - began < smtp.deadline + 5


@pytest.mark.parametrize("moment", ["CONNECT", "EHLO", "MAIL", "DATA"])
def test_a_server_that_drips_does_not_hold_the_send_beyond_the_deadline(moment: str) -> None:
    """Each read alone is in time; all of them together are not."""
    with ScriptedSmtp({moment: Drip("250 " + "x" * 1000, 0.01)}) as server, channel(server, timeout=0.1) as smtp:
        with pytest.raises(NotSent):
            smtp.send(parcel(), key="k1")

        assert [] == server.received


def test_nothing_is_written_after_the_deadline() -> None:
    with ScriptedSmtp() as server, channel(server, timeout=1e-9) as smtp:
        with pytest.raises(NotSent):
            smtp.send(parcel(), key="k1")

        assert [] == server.commands


def test_a_refused_connection_is_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(NotSent, match=f"smtp://127.0.0.1:{port}"):
        Smtp(f"smtp://127.0.0.1:{port}").send(parcel(), key="k1")


def test_recipients_that_the_server_refuses_are_in_the_receipt_with_its_words() -> None:
    mail = MAIL.replace(b"ben@", b"gone@x.example, full@")

    receipt, server = send({"RCPT TO:<gone@": "550 5.1.1 no such user", "RCPT TO:<full@": "452-4.2.2 mailbox\r\n452 full"}, mail)

    assert {"gone@x.example": "550 5.1.1 no such user"} == receipt.refused
    assert {"full@x.example": "452 4.2.2 mailbox full"} == receipt.deferred
    assert [["anna@x.example"]] == [each.rcpt_to for each in server.received]


def test_all_refused_for_good_is_a_receipt_and_no_mail() -> None:
    receipt, server = send({"RCPT": "550 no", "RCPT TO:<ben@": "450 later"})

    assert Receipt("", refused={"anna@x.example": "550 no"}, deferred={"ben@x.example": "450 later"}) == receipt
    assert [] == server.received
    assert "rset" == server.commands[-1]


def test_one_connection_serves_many_parcels() -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        for no in range(3):
            smtp.send(parcel(), key=f"k{no}")

        assert (1, 3) == (server.connections, len(server.received))


def test_after_a_refused_parcel_the_next_one_is_sent() -> None:
    with ScriptedSmtp({"END": AtFirst("554 spam")}) as server, channel(server) as smtp:
        with pytest.raises(NotSent, match="554 spam"):
            smtp.send(parcel(), key="k1")

        assert smtp.send(parcel(), key="k2").id


def test_a_kept_connection_that_died_is_opened_anew_once() -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        smtp.send(parcel(), key="k1")
        server.hang_up()

        assert smtp.send(parcel(), key="k2").id
        assert 2 == server.connections


def test_a_kept_connection_that_the_server_closes_at_mail_is_opened_anew_once() -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        smtp.send(parcel(), key="k1")
        server.rules["MAIL"] = "421 idle for too long"
        with pytest.raises(NotSent, match="421"):
            smtp.send(parcel(), key="k2")

        assert 2 == server.connections


def test_a_sender_refused_on_a_kept_connection_is_not_tried_on_another() -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        smtp.send(parcel(), key="k1")
        server.rules["MAIL"] = "550 no"
        with pytest.raises(NotSent, match="550"):
            smtp.send(parcel(), key="k2")

        assert 1 == server.connections


def test_each_thread_has_a_connection_of_its_own_and_leaves_none_behind() -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        for no in range(3):
            worker = threading.Thread(target=smtp.send, args=(parcel(),), kwargs={"key": f"k{no}"})
            worker.start()
            worker.join()

        assert 3 == server.connections
        assert 1 == len(smtp._lines)


def test_a_forked_child_does_not_write_into_its_parents_connection() -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        smtp.send(parcel(), key="k1")
        child = os.fork()
        if child == 0:
            try:
                smtp.send(parcel(), key="k2")
            finally:
                os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(child, 0)

        assert (2, 2) == (server.connections, len(server.received))


def test_after_close_the_next_send_opens_a_new_connection() -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        smtp.send(parcel(), key="k1")
        smtp.close()
        smtp.send(parcel(), key="k2")

        assert 2 == server.connections


def test_mail_options_are_those_that_the_mail_needs() -> None:
    plain, japanese = MAIL, MAIL + "七月".encode()
    international = MAIL.replace(b"anna@", "花@".encode())

    commands = [send({}, mail)[1].commands[1] for mail in (plain, japanese, international)]

    assert [
        f"MAIL FROM:<news@x.example> SIZE={len(STAMPED + plain)}",
        f"MAIL FROM:<news@x.example> SIZE={len(STAMPED + japanese) + 2} BODY=8BITMIME",
        f"MAIL FROM:<news@x.example> SIZE={len(STAMPED + international)} BODY=8BITMIME SMTPUTF8",
    ] == commands


@pytest.mark.parametrize(("mail", "feature"), [(MAIL + "七月".encode(), "8BITMIME"), (MAIL.replace(b"anna@", "花@".encode()), "SMTPUTF8")])
def test_a_server_that_does_not_offer_what_the_mail_needs_does_not_get_it(mail: bytes, feature: str) -> None:
    features = [each for each in ("8BITMIME", "SMTPUTF8") if each != feature]
    with ScriptedSmtp(features=features) as server, channel(server) as smtp, pytest.raises(NotSent, match=feature):
        smtp.send(parcel(mail), key="k1")


@pytest.mark.parametrize(
    "body", [b"a: b\r\n\r\nx\n.\r\nMAIL FROM:<evil@x.example>\r\n", b"a: b\r\n\r\nx\r.\r\n", b"a: b\r\n\r\nx", b"a: b\r\n\r\nx\0\r\n"]
)
def test_a_parcel_that_could_be_read_as_two_mails_is_not_sent(body: bytes) -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        with pytest.raises(NotSent, match="CRLF"):
            smtp.send(Parcel(body=body, to=("a@x.example",), sender="n@x.example"), key="k1")

        assert 0 == server.connections


@pytest.mark.parametrize("address", ["", "a", "a@x> SIZE=1", "a b@x", "a@x\r\nDATA", "<a@x.example>", "a@x\0"])
def test_what_is_no_address_is_not_given_to_the_server(address: str) -> None:
    with ScriptedSmtp() as server, channel(server) as smtp:
        for sender, to in ((address, "a@x.example"), ("n@x.example", address)):
            with pytest.raises(NotSent, match="no address"):
                smtp.send(Parcel(body=MAIL, to=(to,), sender=sender), key="k1")

        assert 0 == server.connections


def test_a_parcel_for_nobody_or_of_another_kind_is_not_sent() -> None:
    smtp = Smtp("smtp://127.0.0.1:9")

    with pytest.raises(NotSent, match="nobody"):
        smtp.send(Parcel(body=MAIL, sender="n@x.example"), key="k1")
    with pytest.raises(NotSent, match="no mail"):
        smtp.send(Parcel(body=b"{}", media="application/json"), key="k1")


def test_an_interruption_is_let_out_as_it_is() -> None:
    def interrupt() -> datetime:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Smtp("smtp://127.0.0.1:9", clock=interrupt).send(parcel(), key="k1")


def test_the_password_comes_from_the_environment_and_is_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELEASEGATE_SMTP_PASSWORD", "tiger")
    rules: dict[str, Rule] = {"AUTH": "535 5.7.8 'tiger' is wrong"}
    with ScriptedSmtp(rules, features=["AUTH PLAIN"]) as server, channel(server, user="anna@") as smtp, pytest.raises(NotSent) as refused:
        smtp.send(parcel(), key="k1")

    assert "'…' is wrong" in str(refused.value)
    assert "tiger" not in repr((refused.value, refused.value.__context__, refused.value.__cause__, smtp, smtp.identity))
    assert any(command.startswith("AUTH PLAIN") for command in server.commands)


def test_a_given_password_wins_and_opens_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELEASEGATE_SMTP_PASSWORD", "lion")
    with ScriptedSmtp(features=["AUTH PLAIN"]) as server, channel(server, user="anna@", password="tiger") as smtp:
        assert smtp.send(parcel(), key="k1").id
    assert "AUTH PLAIN AGFubmEAdGlnZXI=" in server.commands


@pytest.mark.parametrize(("features", "password"), [(["AUTH PLAIN"], ""), ([], "tiger"), (["AUTH PLAIN"], "虎")])
def test_without_a_way_to_log_in_nothing_is_sent(features: list[str], password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RELEASEGATE_SMTP_PASSWORD", raising=False)
    with ScriptedSmtp(features=features) as server, channel(server, user="anna@", password=password or None) as smtp:
        with pytest.raises(NotSent):
            smtp.send(parcel(), key="k1")

        assert not any(command.startswith("MAIL") for command in server.commands)


def test_the_identity_names_server_user_and_account_and_no_secret() -> None:
    smtp = Smtp("smtps://anna%40x@MX.example", account="agency-17", password="tiger")

    assert "smtps://anna%40x@mx.example:465#agency-17" == smtp.identity
    assert "Smtp('smtps://anna%40x@mx.example:465#agency-17')" == repr(smtp)
    assert "smtp://mx.example:25" == Smtp("smtp://mx.example").identity


def test_a_time_out_of_nothing_is_refused() -> None:
    with pytest.raises(PolicyError, match="timeout"):
        Smtp("smtp://mx.example", timeout=0)


def test_it_seals_mails() -> None:
    assert [parcel()] == list(Smtp("smtp://mx.example").seal(MAIL))


class _Keeper:
    """Keeps what aiosmtpd received."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 - aiosmtpd's name
        self.mails.append((list(envelope.rcpt_tos), bytes(envelope.original_content)))  # type: ignore[attr-defined]
        return "250 kept"


@pytest.fixture(scope="module")
def real() -> Iterator[tuple[Smtp, _Keeper]]:
    """A real server, and the channel to it."""
    keeper = _Keeper()
    controller = Controller(keeper, hostname="127.0.0.1", port=0, enable_SMTPUTF8=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        controller.port = free.getsockname()[1]
    controller.start()
    smtp = Smtp(f"smtp://127.0.0.1:{controller.port}", clock=lambda: AT)
    yield smtp, keeper
    smtp.close()
    controller.stop()


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
LOCAL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs"]), min_size=1, max_size=12)


@given(subject=WORDS, body=WORDS, name=WORDS, local=LOCAL)
def test_whatever_can_be_sealed_arrives_as_it_was_sealed(
    real: tuple[Smtp, _Keeper], subject: str, body: str, name: str, local: str
) -> None:
    smtp, keeper = real
    message = EmailMessage()
    try:
        message["From"] = "news@x.example"
        message["To"] = f'"{name}" <{local}@x.example>'
        message["Subject"] = subject
        message.set_content(body)
    except Exception:  # noqa: BLE001 - the caller's own `email` refuses some; those never reach us
        return
    try:
        (sealed,) = smtp.seal(message)
        keeper.mails.clear()
        smtp.send(sealed, key="k1")
    except (ContentError, NotSent):
        return

    assert [(list(sealed.to), stamp(sealed, key="k1", at=AT))] == keeper.mails
    wire_header = keeper.mails[0][1].partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert ["date", "message-id", *(key.lower() for key in message)] == [
        line.partition(b":")[0].decode().lower() for line in wire_header if line[:1] not in {b" ", b"\t"}
    ]
