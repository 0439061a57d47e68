"""smtplib by a channel that is not gated: small mail passes as ever, all else leaves nothing at the server."""

import copy
import smtplib
import threading
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from functools import partial
from smtplib import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.errors import Blocked, StoreError
from releasegate.gate import Gate
from releasegate.guards.steering import steering, steering_message
from releasegate.model.alarm import Alarm
from tests.building import PEOPLE, Clock, Outbox, confirmed, mail, make_policy
from tests.guarding import LANES, TEXT, connected, lanes_gate, people, said, stopped
from tests.smtp_server import DROP, AtFirst, ScriptedSmtp

FROM = "news@pr.example"


@pytest.fixture
def gate(sqlite_url: str) -> Gate:
    return lanes_gate(sqlite_url)


@pytest.fixture
def server() -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp({"RCPT TO:<full@": "550 5.1.1 nobody", "RCPT TO:<late@": "452 4.2.2 full"}) as running:
        yield running


@pytest.fixture(params=["class", "object"])
def client(request: pytest.FixtureRequest, gate: Gate, server: ScriptedSmtp) -> Iterator[SMTP]:
    """Both ways of use."""
    made = connected(server, gate.guard(SMTP, channel="system")) if request.param == "class" else connected(server)
    yield gate.guard(made, channel="system")
    made.close()


def begin(client: SMTP, *to: str) -> None:
    """A mail announced by hand."""
    client.ehlo_or_helo_if_needed()
    client.mail(FROM)
    for each in to:
        client.rcpt(each)


def test_r37_small_mail_passes_as_it_is(client: SMTP, server: ScriptedSmtp) -> None:
    """By each of the ways, the same bytes as without a guard."""
    client.sendmail(FROM, people(3), TEXT)
    client.sendmail(FROM, "anna@x.example", TEXT.decode().replace("\r\n", "\n"))
    client.send_message(mail())
    begin(client, "anna@x.example")
    assert 250 == client.data(TEXT)[0]

    assert [people(3), ["anna@x.example"], ["reader@paper.example"], ["anna@x.example"]] == [each.rcpt_to for each in server.received]
    assert [TEXT] * 3 == [server.received[each].data for each in (0, 1, 3)]


def test_r20_refused_recipients_are_returned_as_smtplib_does(client: SMTP, server: ScriptedSmtp) -> None:
    """Its dict, its errors."""
    refused = client.sendmail(FROM, ["anna@x.example", "full@x.example", "late@x.example"], TEXT)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail(FROM, ["full@x.example"], TEXT)

    assert {"full@x.example": (550, b"5.1.1 nobody"), "late@x.example": (452, b"4.2.2 full")} == refused
    assert [["anna@x.example"]] == [each.rcpt_to for each in server.received]


def test_r20_a_mail_to_more_leaves_nothing_at_the_server(client: SMTP, server: ScriptedSmtp) -> None:
    """Cc counts, too. The next small mail passes."""
    wide, copied = mail(to=", ".join(people(4))), mail(to=", ".join(people(2)), Cc="a@x.example, b@x.example")

    assert ["lane-too-wide"] * 3 == [
        stopped(lambda: client.sendmail(FROM, people(4), TEXT)),
        stopped(lambda: client.send_message(wide)),
        stopped(lambda: client.send_message(copied)),
    ]
    assert [] == said(server)
    client.send_message(mail())
    assert 1 == len(server.received)


def test_r20_by_hand_the_recipients_are_counted_one_by_one(client: SMTP, server: ScriptedSmtp) -> None:
    """The one too many takes the whole mail back: no later DATA sends it to the others."""
    begin(client, *people(3))
    assert "lane-too-wide" == stopped(lambda: client.rcpt("more@x.example"))
    assert "lane-by-hand" == stopped(lambda: client.data(TEXT))
    assert ["rset"] == [line for line in server.commands if line == "rset"]
    client.sendmail(FROM, people(3), TEXT)

    assert [people(3)] == [each.rcpt_to for each in server.received]


def test_r20_a_second_sender_in_one_mail_does_not_begin_the_count_anew(gate: Gate) -> None:
    """The server says no to it, and keeps the recipients that it has."""
    with ScriptedSmtp({"MAIL FROM:<again@": "503 5.5.1 nested"}) as server, connected(server, gate.guard(SMTP, channel="system")) as client:
        begin(client, *people(3))
        assert 503 == client.mail("again@pr.example")[0]
        assert "lane-too-wide" == stopped(lambda: client.rcpt("more@x.example"))


def test_r20_an_answer_to_something_else_does_not_begin_the_count_anew(client: SMTP, server: ScriptedSmtp) -> None:
    """Commands that run ahead of their answers are out of step: the connection is given up."""
    begin(client, *people(3))
    client.putcmd("NOOP")
    assert "lane-by-hand" == stopped(lambda: client.putcmd("MAIL", f"FROM:<{FROM}>"))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()
    assert [] == server.received


def test_copies_share_one_count(gate: Gate, server: ScriptedSmtp) -> None:
    """They write to one connection."""
    with gate.guard(connected(server), channel="system") as client:
        other = copy.copy(client)
        begin(client, *people(2))
        other.rcpt("third@x.example")
        assert "lane-too-wide" == stopped(lambda: client.rcpt("fourth@x.example"))


def test_r35_threads_with_connections_of_their_own_count_apart(gate: Gate, server: ScriptedSmtp) -> None:
    kind = gate.guard(SMTP, channel="system")

    def work() -> None:
        with connected(server, kind) as client:
            for _ in range(3):
                client.sendmail(FROM, people(3), TEXT)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [people(3)] * 12 == [each.rcpt_to for each in server.received]


OPTIONS = [
    (["SIZE=100", "BODY=8BITMIME", "SMTPUTF8"], ""),
    (["size=100"], ""),
    (["HOLDFOR=86400"], "lane-option"),
    (["holduntil=2026-12-01T10:00:00Z"], "lane-option"),
    (["SIZE=1 HOLDFOR=86400"], "lane-option"),
    (["BY=120;R"], "lane-option"),
    (["AUTH=<>"], "lane-by-hand"),
    (["SIZE=1  HOLDFOR=1"], "lane-by-hand"),
]


@pytest.mark.parametrize(("options", "code"), OPTIONS)
def test_r20_options_that_hand_the_hour_to_another_clock_are_refused(
    client: SMTP, server: ScriptedSmtp, options: list[str], code: str
) -> None:
    client.ehlo()
    send = partial(client.sendmail, FROM, "anna@x.example", TEXT, mail_options=options)

    assert code == (stopped(send) if code else str(*send()))
    assert (0 if code else 1) == len(server.received)


def test_r20_options_of_a_recipient_are_refused_but_for_notices(client: SMTP, server: ScriptedSmtp) -> None:
    client.sendmail(FROM, "anna@x.example", TEXT, rcpt_options=["NOTIFY=NEVER", "ORCPT=rfc822;anna@x.example"])
    begin(client)

    assert "lane-option" == stopped(lambda: client.rcpt("anna@x.example", ["RRVS=2026-01-01T00:00:00Z"]))
    assert 1 == len(server.received)


@pytest.mark.parametrize(
    "line",
    [
        "RCPT TO:<a@x.example>,<b@x.example>",
        "RCPT TO:<a@x.example,b@x.example>",
        "RCPT TO:<@relay.example,@other.example:a@x.example>",
        'RCPT TO:<"a> NOTIFY=NEVER"@x.example>',
        "RCPT TO:a@x.example",
        "RCPT TO:<a@x.example> <b@x.example>",
        "RCPT FROM:<a@x.example>",
        "BDAT 5 LAST",
        "BURL imap://x.example/1 LAST",
        "SEND FROM:<a@x.example>",
        "XEXCH50 1 2",
        "1",
    ],
)
def test_f100_an_address_in_which_another_could_hide_is_refused(client: SMTP, server: ScriptedSmtp, line: str) -> None:
    """So is every command that the guard does not know."""
    begin(client)
    before = list(server.commands)

    assert "lane-by-hand" == stopped(lambda: client.docmd(line))
    assert [*before, "rset"] == server.commands


def test_f099_a_line_end_in_an_address_reaches_nobody(client: SMTP, server: ScriptedSmtp) -> None:
    """Smtplib's own refusal where it has one; ours for what is sent by hand."""
    begin(client)

    assert "lane-by-hand" == stopped(lambda: client.send("RCPT TO:<a@x.example>\r\nRCPT TO:<b@x.example>\r\n"))
    assert "lane-by-hand" == stopped(lambda: client.send("MAIL FROM:<a@x.example>\nRCPT TO:<b@x.example>\r\n"))
    assert ["mail FROM:<news@pr.example>"] == said(server)


HEADERS = [
    "Bcc: a@x.example",
    "Resent-To: a@x.example",
    "Resent-Date: now",
    "X-SMTPAPI: {}",
    "List-Unsubscribe: <u>",
    "List-Id: n",
    "Precedence: bulk",
]


@pytest.mark.parametrize("header", HEADERS)
def test_r20_headers_of_bulk_mail_and_those_with_recipients_of_their_own_are_refused(
    client: SMTP, server: ScriptedSmtp, header: str
) -> None:
    """As bytes, as text, as a message, by hand; before anything was announced, or with all of it taken back."""
    name, _, value = header.partition(": ")
    message, text = mail(**{name.replace("-", "_"): value}), header.encode() + b"\r\n" + TEXT

    assert ["lane-bulk"] * 3 == [
        stopped(lambda: client.send_message(message)),
        stopped(lambda: client.sendmail(FROM, "anna@x.example", text)),
        stopped(lambda: client.sendmail(FROM, "anna@x.example", text.decode().replace("\r\n", "\n"))),
    ]
    assert [] == said(server)
    begin(client, "anna@x.example")
    assert "lane-bulk" == stopped(lambda: client.data(text))
    assert ("rset", []) == (server.commands[-1], server.received)


FOLDED = [
    (b"Bcc : a@x\r\n\r\n", "Bcc"),
    (b"bCC:a@x\r\n\r\n", "bCC"),
    (b"To: b@x\nBcc: a@x\n\nText", "Bcc"),
    (b"To: b@x\rBcc: a@x\r\rText", "Bcc"),
    (b"To: b@x\n\nText\r\nBcc: a@x\r\n\r\n", "Bcc"),
    (b"Precedence:\r\n bulk\r\n\r\n", "Precedence"),
    (b"Precedence: LIST\r\n\r\n", "Precedence"),
    (b"Bcc: a@x", "Bcc"),
    (b"Precedence: first-class\r\n\r\n", ""),
    (b"Subject: x\r\n Bcc: no field\r\n\r\nBcc: the text\r\n", ""),
    (b"Subject: x\n\nBcc: the text\n", ""),
    (b"X-Bcc: a@x\r\nUnsubscribe-List: x\r\n\r\n", ""),
    (b"", ""),
]


@pytest.mark.parametrize(("raw", "name"), FOLDED)
def test_a_header_is_found_however_it_is_written(raw: bytes, name: str) -> None:
    """Where readers disagree on the end of the header, more counts as header."""
    assert name == steering(raw)


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20),
    st.sampled_from(["Bcc", "List-Id", "X-SMTPAPI"]),
    st.booleans(),
)
def test_no_other_field_hides_one(value: str, name: str, first: bool) -> None:
    """As bytes and as a message."""
    fields = [f"X-Other: {value}", f"{name}: x"]
    raw = "\r\n".join(fields if first else fields[::-1]) + "\r\n\r\nText"
    message = EmailMessage()
    message["Subject"], message[name] = "x", "x"

    assert (name, name) == (steering(raw), steering_message(message))


@pytest.mark.parametrize(
    "piece",
    [
        b"From: a@x\r\n\r\nText",
        b"From: a@x\r\n\r\nText\r\n.\r\nMAIL FROM:<b@x>\r\n.\r\n",
        b"\r\nText\r.\r\n.\r\n",
        b"\r\nText\n.\n\r\n.\r\n",
    ],
)
def test_r20_after_data_one_whole_mail_may_follow_and_nothing_else(client: SMTP, server: ScriptedSmtp, piece: bytes) -> None:
    """A mail in pieces could not be judged, and a second one could hide behind the first. The connection is given up."""
    begin(client, "anna@x.example")
    client.docmd("DATA")
    assert "lane-by-hand" == stopped(lambda: client.send(piece))
    assert ([], None) == (server.received, client.sock)


def test_r20_a_mail_sent_line_by_line_passes_and_is_judged_as_any(client: SMTP, server: ScriptedSmtp) -> None:
    begin(client)
    client.docmd("RCPT", "TO:<anna@x.example>")
    client.docmd("DATA")
    client.send(bytearray(TEXT + b".\r\n"))
    assert 250 == client.getreply()[0]
    assert "lane-by-hand" == stopped(lambda: client.docmd("DATA"))
    begin(client, "anna@x.example")
    client.docmd("DATA")
    assert "lane-bulk" == stopped(lambda: client.send(b"List-Id: n\r\n" + TEXT + b".\r\n"))

    assert [TEXT] == [each.data for each in server.received]


@pytest.mark.parametrize("answer", ["503 5.5.1 no", DROP])
def test_where_the_server_does_not_take_it_back_the_connection_is_given_up(gate: Gate, answer: str | None) -> None:
    with ScriptedSmtp({"RSET": answer}) as server, closing(connected(server, gate.guard(SMTP, channel="system"))) as client:
        begin(client, *people(3))
        assert ("lane-too-wide", None) == (stopped(lambda: client.rcpt("more@x.example")), client.sock)


def test_a_new_connection_knows_nothing_of_the_one_that_was_lost(gate: Gate) -> None:
    """In the middle of a mail, with an answer that never came; and when the server waited for the mail itself."""
    with ScriptedSmtp({"RCPT": AtFirst(DROP)}) as server, connected(server, gate.guard(SMTP, channel="system")) as client:
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail(FROM, "anna@x.example", TEXT)
        client.connect(server.host, server.port)
        client.sendmail(FROM, "anna@x.example", TEXT)
        begin(client, "anna@x.example")
        client.docmd("DATA")
        client.close()
        client.connect(server.host, server.port)
        client.sendmail(FROM, "anna@x.example", TEXT)

    assert [["anna@x.example"]] * 2 == [each.rcpt_to for each in server.received]


def test_a_client_that_was_in_the_middle_of_a_mail_has_to_begin_anew(gate: Gate, server: ScriptedSmtp) -> None:
    """Whom it had named before nobody counted."""
    with connected(server) as client:
        begin(client, *people(5))
        gate.guard(client, channel="system")
        assert ["lane-by-hand"] * 2 == [stopped(lambda: client.data(TEXT)), stopped(lambda: client.rcpt("more@x.example"))]
        client.rset()
        client.sendmail(FROM, people(3), TEXT)
    assert [people(3)] == [each.rcpt_to for each in server.received]


def test_the_message_says_how_many_may_pass_and_where_the_others_go(client: SMTP) -> None:
    with pytest.raises(Blocked) as caught:
        client.sendmail(FROM, people(12), TEXT)

    assert [
        "Not sent: the gate guards this client (channel system) and lets only small mail pass; all other mail goes out by gate.send.",
        "",
        "  1. 12 recipients: channel system is not gated, and takes at most 3 in one mail.",
        '     How: gate.write(…, channel="news", …) → gate.send(…)',
    ] == str(caught.value).splitlines()


def test_a_lane_is_as_wide_as_the_rules_in_force_make_it(store_url: str, server: ScriptedSmtp) -> None:
    """A file that somebody changed and nobody adopted opens none."""
    strict = lanes_gate(store_url, LANES.replace("gated = false\nmost = 3\n", ""))
    easy = lanes_gate(store_url)
    gone = lanes_gate(store_url, LANES.replace("system", "other"))
    with connected(server, easy.guard(SMTP, channel="system")) as client:
        assert "past-the-gate" == stopped(lambda: client.sendmail(FROM, "anna@x.example", TEXT))
    with connected(server, gone.guard(SMTP, channel="other")) as client:
        assert "past-the-gate" == stopped(lambda: client.sendmail(FROM, "anna@x.example", TEXT))
    assert strict.in_force().channels["system"].gated
    assert [] == said(server)


def test_a_lane_that_cannot_be_looked_up_is_shut(gate: Gate, client: SMTP, server: ScriptedSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    """In doubt, closed: a gated channel needs no store to be shut."""

    def away(*_: object, **__: object) -> object:
        raise StoreError("the store is away")

    monkeypatch.setattr(type(gate._office.store), "look", away)
    with pytest.raises(StoreError):
        client.sendmail(FROM, "anna@x.example", TEXT)
    assert "past-the-gate" == stopped(lambda: gate.guard(SMTP(), channel="news").send_message(mail()))
    assert [] == said(server)


def test_r36_the_gates_own_alarm_leaves_by_its_own_lane(sqlite_url: str, server: ScriptedSmtp) -> None:
    """While the client of all campaigns is locked, and also from within a step of the gate."""
    lane: list[SMTP] = []

    def ring(alarm: Alarm) -> None:
        lane[0].sendmail("gate@pr.example", [f"{who}@pr.example" for who in alarm.to], TEXT)

    rules = LANES.replace("approvers = 1", 'approvers = 1\nkeep_on = ["text"]')
    gate = Gate(sqlite_url, policy=make_policy(rules, people=PEOPLE), channels={"news": Outbox()}, alarm=ring, clock=Clock())
    with closing(gate), gate.guard(connected(server), channel="system") as client:
        lane.append(client)
        confirmed(gate)
        gate.write("d1", channel="news", content="The new wing opens soon.", by="akari")
        gate.submit("d1", by="akari", note="One word more.")

    assert [["ben@pr.example"]] == [each.rcpt_to for each in server.received]
