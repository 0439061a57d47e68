"""A mail sealed as the bytes that leave, and stamped when it does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.channels.mail import message_id, seal_mail, stamp
from releasegate.errors import ContentError
from releasegate.model.parcel import Parcel

MAIL = b"From: News <news@x.example>\r\nTo: anna@x.example\r\nSubject: July\r\n\r\nText\r\n"


def seal(mail: bytes | Message) -> Parcel:
    (parcel,) = seal_mail(mail)
    return parcel


def with_header(field: str) -> bytes:
    return field.encode() + b"\r\n" + MAIL


def message(**headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in ({"From": "news@x.example", "To": "anna@x.example", "Subject": "July"} | headers).items():
        made[name.replace("_", "-")] = value
    made.set_content("Text")
    return made


def test_the_bytes_of_a_mail_are_kept() -> None:
    assert Parcel(body=MAIL, to=("anna@x.example",), sender="news@x.example", title="July", reach=1) == seal(MAIL)


@pytest.mark.parametrize("mail", [MAIL.replace(b"\r\n", b"\n"), MAIL.replace(b"\r\n", b"\n", 2), MAIL.removesuffix(b"\r\n")])
def test_line_ends_become_crlf(mail: bytes) -> None:
    assert MAIL == seal(mail).body


@pytest.mark.parametrize(
    "field", ["Date: Fri, 3 Jul 2026 10:00:00 +0900", "MESSAGE-ID: <1@x>", "Bcc: ben@x.example", "Date:\r\n Fri,\r\n\t3 Jul"]
)
def test_date_message_id_and_bcc_are_taken_out_with_their_folded_lines(field: str) -> None:
    assert MAIL == seal(with_header(field)).body


def test_to_cc_and_bcc_make_the_envelope_in_this_order() -> None:
    fields = "Bcc: dora@x.example\r\nCc: Carl <carl@x.example>, anna@X.EXAMPLE\r\nTo: ben@x.example"

    parcel = seal(with_header(fields))

    assert ("ben@x.example", "anna@x.example", "carl@x.example", "dora@x.example") == parcel.to
    assert b"anna@X.EXAMPLE" in parcel.body


def test_an_address_that_cannot_be_read_is_in_the_envelope_for_the_check_to_name() -> None:
    assert ("a@ok.example)b@evil.example", "anna@x.example") == seal(with_header("To: a@ok.example)b@evil.example")).to


def test_the_sender_is_sender_and_else_from() -> None:
    assert (
        "desk@x.example"
        == seal(with_header("Sender: desk@x.example").replace(b"News <news@x.example>", b"a@x.example, b@x.example")).sender
    )


@pytest.mark.parametrize(
    "sender",
    [
        b"",
        b"a@x.example, b@x.example",
        b"News",
        b"a@x.example <b@x.example>",
        b"a@x.example<b@x.example>",
        b"<@relay.example:a@x.example>",
        b"a@x.example?b@x.example",
        b"@x.example",
        b'"a\\"b"@x.example',
        b'"a>b"@x.example',
    ],
)
def test_a_mail_without_exactly_one_sender_is_refused(sender: bytes) -> None:
    with pytest.raises(ContentError, match="single sender"):
        seal(MAIL.replace(b"News <news@x.example>", sender))


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("=?utf-8?b?5LiD5pyI5Y+3?=", "七月号"),
        ("=?iso-2022-jp?b?GyRCPDc3bhsoQg==?= July", "七月 July"),
        ("七月号", "七月号"),
        ("July\r\n  and August", "July  and August"),
        ("", ""),
    ],
)
def test_the_title_is_the_subject_as_a_reader_sees_it(subject: str, title: str) -> None:
    assert title == seal(MAIL.replace(b"Subject: July", f"Subject: {subject}".encode())).title


def test_a_mail_without_a_subject_has_no_title() -> None:
    assert "" == seal(MAIL.replace(b"Subject: July\r\n", b"")).title


@pytest.mark.parametrize(
    ("mail", "words"),
    [
        (MAIL + b"a\rb", "carriage return"),
        (MAIL + b"a\0b", "NUL"),
        (MAIL + b"x" * 999, "line 6 has more than 998"),
        (MAIL.replace(b"anna@x.example", b""), "addressed to nobody"),
        (b"", "no empty line"),
        (b"Subject: July\r\n", "no empty line"),
        (b"\r\n\r\nText", "line 1 is neither"),
        (b"From x\r\n" + MAIL, "line 1 is neither"),
        (with_header("X-A: b\r\nText without a colon"), "line 2 is neither .*'Text without a colon'"),
        (with_header("Subject : July"), "line 1 is neither"),
        (with_header(" July"), "line 1 is neither"),
        (with_header("X-A: b\r\n "), "line 2 is neither"),
        (with_header("Überschrift: b"), "line 1 is neither"),
        (with_header("X-A: =?utf-8?q?a=0ABcc:_evil@x.example?="), "x-a: it hides a line break"),
        (with_header("X-A: a\u2028b"), "hides a line break"),
        (with_header("X-A: a\x1bb"), "hides a line break or a control"),
        (b"X-A: \xff\r\n" + MAIL, "not UTF-8"),
        (with_header("X-A: =?utf-8?b?=0A?="), "cannot be read"),
        (with_header("X-A: =?klingon?q?a?="), "cannot be read"),
        (with_header("X-A: \x85=?utf-8?q?a?="), "hides a line break"),
        (with_header("X-A: =?utf-8?q?a=?utf-8?b?Cg==?="), "hides a line break"),
        (with_header("To: Press: a@x.example;"), "group"),
    ],
)
def test_what_readers_would_take_in_different_ways_is_refused(mail: bytes, words: str) -> None:
    with pytest.raises(ContentError, match=words) as refused:
        seal(mail)

    assert refused.value.where.startswith("the mail")
    assert refused.value.mend


@pytest.mark.parametrize(
    "name", ["Received", "Return-Path", "Resent-To", "ARC-Seal", "DKIM-Signature", "Authentication-Results", "Received-SPF", "Delivered-To"]
)
def test_traces_of_an_earlier_sending_are_refused(name: str) -> None:
    with pytest.raises(ContentError, match="earlier sending"):
        seal(with_header(f"{name}: x"))


@pytest.mark.parametrize("name", ["X-SMTPAPI", "X-MC-SendAt", "Deferred-Delivery"])
def test_headers_with_recipients_or_a_clock_of_their_own_are_refused(name: str) -> None:
    with pytest.raises(ContentError, match="of its own"):
        seal(with_header(f"{name}: x"))


@pytest.mark.parametrize("field", ["Subject: June", "From: a@x.example", "Content-Type: a/b\r\nContent-Type: a/b"])
def test_a_header_that_may_stand_there_once_is_refused_twice(field: str) -> None:
    with pytest.raises(ContentError, match="more than once"):
        seal(with_header(field))


def test_an_email_message_is_written_with_crlf() -> None:
    parcel = seal(message(Bcc="ben@x.example", Date="Fri, 3 Jul 2026 10:00:00 +0900"))

    assert parcel.body.startswith(b"From: news@x.example\r\nTo: anna@x.example\r\nSubject: July\r\n")
    assert parcel.body.endswith(b"\r\n\r\nText\r\n")
    assert b"\n" not in parcel.body.replace(b"\r\n", b"")
    assert ("anna@x.example", "ben@x.example") == parcel.to


def test_the_same_mail_built_again_is_the_same_text() -> None:
    """With a random boundary each run of a script would be a new text, and void what was signed."""

    def build() -> EmailMessage:
        made = message()
        made.add_alternative("<p>Text</p>", subtype="html")
        made.add_attachment(b"\0\1", maintype="application", subtype="octet-stream", filename="a.bin")
        return made

    assert seal(build()).digest == seal(build()).digest
    assert 2 == len({part.get_boundary() for part in message_from_bytes(seal(build()).body).walk()} - {None})


def test_a_message_of_the_old_kind_is_written_too() -> None:
    made = MIMEText("Text\n", _charset="utf-8")
    made["From"], made["To"], made["Subject"] = "news@x.example", "anna@x.example", "七月"

    assert ("七月", ("anna@x.example",)) == (seal(made).title, seal(made).to)


def test_a_parsed_message_is_written_as_it_was() -> None:
    for rules in (policy.compat32, policy.default):
        assert MAIL == seal(message_from_bytes(MAIL.replace(b"\r\n", b"\n"), policy=rules)).body


@pytest.mark.parametrize("address", ["花@x.example", "anna@花.example", "花子 <花@x.example>"])
def test_an_international_address_is_kept(address: str) -> None:
    parcel = seal(message(To=address))

    assert (address.removeprefix("花子 <").removesuffix(">"),) == parcel.to
    assert address.encode() in parcel.body


def test_a_name_beyond_ascii_needs_no_international_mail() -> None:
    assert b"To: =?utf-8?b?6Iqx5a2Q?= <anna@x.example>\r\n" in seal(message(To="花子 <anna@x.example>")).body


def test_an_encoded_newline_does_not_become_a_header() -> None:
    """Python 3.11.7 writes it as a real one."""
    for value in ("=?UTF-8?Q?a=0ABcc:_evil@x.example?=", "=?UTF-8?Q?a=0A=0AText?="):
        last = EmailMessage()
        last.set_content("Text")
        last["From"], last["To"], last["Subject"] = "news@x.example", "anna@x.example", value
        for made in (message(Subject=value), last):
            with pytest.raises(ContentError):
                seal(made)


@pytest.mark.parametrize("name", ["=?utf-8?q?a=0D=0ABcc:_evil@x.example?=", "=?utf-8?q?=0A?=", "=?utf-8?q?a=1CX-More:_1?=", "a\u2028b"])
def test_f099_the_name_of_an_attachment_begins_no_header_of_its_own(name: str) -> None:
    """Each Python writes an encoded newline there as a real one."""
    made = message()
    made.add_attachment(b"a,b", maintype="text", subtype="csv", filename=name)
    with pytest.raises(ContentError, match=r"^the mail, text/csv: "):
        seal(made)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_f099_a_part_of_the_old_kind_has_the_fields_that_it_says(end: str) -> None:
    made, part = MIMEMultipart(), MIMEText("a,b\n", "csv")
    made["From"], made["To"] = "news@x.example", "anna@x.example"
    part["Content-Disposition"] = f'attachment; filename="a.csv"{end}Bcc: evil@x.example'
    made.attach(part)
    with pytest.raises(ContentError, match="the mail"):
        seal(made)


def test_folded_lines_in_the_header_of_a_part_and_any_in_that_of_a_mail_within_are_kept() -> None:
    inner = message_from_bytes(b"Received: from x\r\n \r\n by y\r\nX-Odd: a\x1cb\r\n\r\nText\r\n")
    part = message_from_bytes(b"Content-Type: text/csv;\r\n charset=utf-8\r\n\r\na,b\r\n")
    made = MIMEMultipart()
    made["From"], made["To"] = "news@x.example", "anna@x.example"
    made.attach(part)
    made.attach(MIMEMessage(inner))

    assert b"text/csv;\r\n charset=utf-8\r\n" in seal(made).body


@pytest.mark.parametrize("value", ["<anna@x.example", "anna@x.example (Anna", "<anna@x.example, ben@x.example"])
def test_f100_an_address_that_had_to_be_guessed_is_refused(value: str) -> None:
    """`email` closes by itself what was never closed: whom it finds then, nobody has named."""
    with pytest.raises(ContentError, match="the mail, to: it cannot be read"):
        seal(message(To=value))


@pytest.mark.parametrize("value", ["a\n\nText", "a\nText", "a\rb", "a\nBcc: evil@x.example"])
def test_a_line_break_in_a_message_of_the_old_kind_does_not_end_its_header(value: str) -> None:
    made = MIMEText("Text\n")
    made["From"], made["To"], made["Subject"] = "news@x.example", "anna@x.example", value

    with pytest.raises(ContentError):
        seal(made)


def test_a_message_that_is_written_with_another_header_than_it_has_is_refused() -> None:
    class Careless(EmailMessage):
        def items(self) -> list[tuple[str, str]]:
            return [*super().items(), ("X-More", "1")]

        def raw_items(self) -> Iterator[tuple[str, str]]:
            return iter(self.items())

    made = Careless()
    made["From"], made["To"] = "news@x.example", "anna@x.example"

    with pytest.raises(ContentError, match="other fields"):
        seal(made)


def test_a_message_that_cannot_be_written_is_refused() -> None:
    made = message()
    made.set_payload([object()])  # type: ignore[list-item]  # what careless callers do

    with pytest.raises(ContentError, match="cannot be written"):
        seal(made)


def test_many_mails_are_sealed_one_by_one_and_the_wrong_one_is_named() -> None:
    def mails() -> Iterator[bytes | EmailMessage]:
        yield MAIL
        yield message()
        yield b"?"
        pytest.fail("the iterable was consumed before it was needed")

    sealed = seal_mail(mails())
    next(sealed), next(sealed)

    with pytest.raises(ContentError, match=r"^mail no\. 3: "):
        next(sealed)


@pytest.mark.parametrize("content", ["text", 3, None, [3], ["text"]])
def test_what_is_no_mail_is_refused(content: object) -> None:
    with pytest.raises(ContentError, match="is no mail"):
        list(seal_mail(content))  # type: ignore[arg-type]  # what careless callers do


@given(
    st.binary(max_size=300)
    | st.builds(lambda head, body: head + b"\r\n\r\n" + body, st.sampled_from([MAIL.partition(b"\r\n\r\n")[0]]), st.binary(max_size=200))
    | st.lists(
        st.sampled_from([b"To", b"From: a@b", b":", b" ", b"\r\n", b"\n", b"=?utf-8?q?=0a?=", b"a@b", b",", b"<", b'"', b"\xff"])
    ).map(b"".join)
)
def test_whatever_bytes_come_they_are_sealed_or_refused(mail: bytes) -> None:
    try:
        parcel = seal(mail)
    except ContentError:
        return

    assert parcel.body.endswith(b"\r\n")
    assert parcel.body.count(b"\r\n") == parcel.body.count(b"\n") == parcel.body.count(b"\r")
    assert parcel.body == seal(parcel.body).body


def test_the_stamp_is_date_and_message_id_in_front_and_nothing_else() -> None:
    at = datetime(2026, 7, 3, 10, tzinfo=timezone(timedelta(hours=9)))

    assert b"Date: Fri, 03 Jul 2026 10:00:00 +0900\r\nMessage-ID: <july.1@x.example>\r\n" + MAIL == stamp(seal(MAIL), key="july.1", at=at)


def test_without_a_time_it_is_stamped_with_the_present() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    date = message_from_bytes(stamp(seal(MAIL), key="k1"), policy=policy.default)["Date"].datetime

    assert before <= date <= datetime.now(UTC)


def test_a_time_without_a_zone_and_a_parcel_that_is_no_mail_get_no_stamp() -> None:
    with pytest.raises(ContentError, match="zone"):
        stamp(seal(MAIL), key="k1", at=datetime(2026, 7, 3))  # noqa: DTZ001 - that is the point
    with pytest.raises(ContentError, match="no mail"):
        stamp(Parcel(body=b"{}", media="application/json"), key="k1")


@pytest.mark.parametrize("key", ["七月/1", "a b", "a>\r\nBcc: x@y", "a..b", "", "x" * 201, "\ud800"])
def test_a_key_that_cannot_stand_in_a_message_id_stands_there_as_its_hash(key: str) -> None:
    made = message_id(seal(MAIL), key=key)

    assert made == message_id(seal(MAIL), key=key)
    assert made.isascii()
    assert len("<@x.example>") + 64 == len(made)


@pytest.mark.parametrize(
    ("sender", "domain"), [("a@花.example", "xn--jh1a.example"), ("a@[192.0.2.1]", "invalid"), ("a@..", "invalid"), ("", "invalid")]
)
def test_the_message_id_ends_in_the_senders_domain(sender: str, domain: str) -> None:
    assert f"<k1@{domain}>" == message_id(Parcel(body=MAIL, sender=sender), key="k1")
