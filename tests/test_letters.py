"""Sealed parcels as a reader meets them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.channels import seal_mail
from releasegate.checks import Letters, core_checks, read_letter
from releasegate.errors import ContentError
from releasegate.model.draft import Draft
from releasegate.model.letter import Attachment
from releasegate.model.parcel import JSON, MAIL, Parcel
from releasegate.model.state import State
from releasegate.protocols import Context

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def mail(body: bytes) -> Parcel:
    return Parcel(body=body, to=("a@b.jp",), sender="pr@a.co.jp")


def written() -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = "広報 <pr@a.co.jp>"
    message["To"] = "佐藤 <sato@b.jp>, suzuki@c.jp"
    message["Cc"] = '"Ito, Ben" <ben@d.jp>'
    message["Subject"] = "七月号のご案内、新製品と催し物のお知らせをまとめてお届けします"
    message.set_content("本文です。")
    message.add_alternative("<p>本文です。</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="資料.pdf")
    return message


def test_a_mail_is_decoded() -> None:
    letter = read_letter(mail(written().as_bytes()), 4)

    assert (4, "七月号のご案内、新製品と催し物のお知らせをまとめてお届けします", "広報 <pr@a.co.jp>") == (
        letter.no,
        letter.subject,
        letter.sender,
    )
    assert (("sato@b.jp", "suzuki@c.jp"), ("ben@d.jp",), ("a@b.jp",)) == (letter.to, letter.cc, letter.envelope)
    assert ("本文です。", "<p>本文です。</p>") == (letter.text.strip(), letter.html.strip())
    assert (Attachment(name="資料.pdf", media="application/pdf", size=4, sha256=sha256(b"%PDF").hexdigest()),) == letter.attachments
    assert () == letter.defects


@pytest.mark.parametrize(
    ("charset", "text"), [("iso-2022-jp", "日本語"), ("shift_jis", "①㈱"), ("euc-jp", "日本語"), ("utf-8", "😀"), ("us-ascii", "日本語")]
)
def test_what_readers_programs_read_is_read(charset: str, text: str) -> None:
    data = text.encode({"shift_jis": "cp932", "us-ascii": "utf-8"}.get(charset, charset))

    letter = read_letter(
        mail(b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + data), 1
    )

    assert (text, ()) == (letter.text, letter.defects)


@pytest.mark.parametrize(
    ("head", "body", "defect"),
    [
        ("Content-Type: text/plain; charset=klingon", b"a", "unknown charset 'klingon'"),
        ("Content-Type: text/plain; charset=utf-8", b"\xff\xfe", "text that does not fit 'utf-8'"),
        ("Content-Type: text/plain; charset=idna", b"\x80", "text that does not fit 'idna'"),
        ("Subject: =?klingon?B?YQ==?=", b"a", "unknown charset 'klingon'"),
        ("Subject: =?utf-8?B?a?=", b"a", "an encoded word that cannot be read"),
        ("Content-Type: multipart/mixed; boundary=x", b"a", "StartBoundaryNotFoundDefect"),
        ("Subject: a\rBcc: b@c.jp", b"a", "a bare carriage return in the headers"),
        ("Subject: \xff", b"a", "text that does not fit 'utf-8'"),
    ],
)
def test_what_cannot_be_read_is_named(head: str, body: bytes, defect: str) -> None:
    letter = read_letter(mail(head.encode("latin-1") + b"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body), 1)

    assert defect in letter.defects


def test_an_encoded_line_break_is_decoded_and_a_folded_line_is_not_one() -> None:
    letter = read_letter(mail(b"Subject: one\r\n two\r\nReply-To: =?utf-8?Q?a=0Ab?= <a@b.jp>\r\n\r\n"), 1)

    assert ("one two", "a\nb <a@b.jp>") == (letter.subject, dict(letter.headers)["Reply-To"])


def test_plain_words_beside_encoded_ones_stay_as_they_are() -> None:
    assert "Re: 七月号 (2)" == read_letter(mail(b"Subject: Re: =?utf-8?B?5LiD5pyI5Y+3?= (2)\r\n\r\n"), 1).subject


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("花 =?utf-8?B?5LiD5pyI5Y+3?= 号", "花 七月号 号"),
        ("花 =?utf-8?B?5LiD?= =?utf-8?B?5pyI?=", "花 七月"),
        ("=?utf-8?Q?=E4=B8=83?= {{名前}}", "七 {{名前}}"),
    ],
)
def test_letters_beyond_ascii_beside_encoded_words_are_read_as_they_are(subject: str, shown: str) -> None:
    data = f"From: a@b.jp\r\nTo: c@d.jp\r\nSubject: {subject}\r\n\r\nb\r\n".encode()

    assert (shown, ()) == ((letter := read_letter(mail(data), 1)).subject, letter.defects)
    assert [shown] == [parcel.title for parcel in seal_mail(data)]


def test_an_encoded_word_with_letters_beyond_ascii_is_named() -> None:
    data = "From: a@b.jp\r\nTo: c@d.jp\r\nSubject: =?utf-8?Q?花?=\r\n\r\nb\r\n".encode()

    assert ("an encoded word that cannot be read",) == read_letter(mail(data), 1).defects
    with pytest.raises(ContentError, match="an encoded word in it cannot be read"):
        list(seal_mail(data))


def test_addresses_of_a_list_that_cannot_be_parsed_are_found_all_the_same() -> None:
    letter = read_letter(mail(b"To: <<a@b.jp>; c@d.jp, e@f.jp>\r\n\r\n"), 1)

    assert {"a@b.jp", "c@d.jp", "e@f.jp"} == set(letter.to)


def test_a_file_that_is_text_is_no_body_and_a_mail_within_is_a_file_that_is_read() -> None:
    message = written()
    message.add_attachment("a,b", subtype="csv", filename="list.csv")
    message.add_attachment("note", filename="note.txt")
    inner = EmailMessage()
    inner["Subject"] = "inner"
    inner.set_content("secret")
    message.add_attachment(inner)

    letter = read_letter(mail(message.as_bytes()), 1)

    assert ["application/pdf", "text/csv", "text/plain", "message/rfc822"] == [each.media for each in letter.attachments]
    assert ["本文です。", "", "Subject: inner", "secret"] == letter.text.splitlines()


def test_json_is_read_as_its_strings_with_their_places() -> None:
    letter = read_letter(
        Parcel(body=b'{"to":"U1","messages":[{"text":"\xe6\x9c\xac\xe6\x96\x87"},{"n":1}]}', media=JSON, title="告知", reach=5), 2
    )

    assert ("告知", "to: U1\nmessages.0.text: 本文") == (letter.subject, letter.text)
    assert "a" == read_letter(Parcel(body=b'"a"', media=JSON), 1).text
    assert ("the body is not JSON",) == read_letter(Parcel(body=b"{", media=JSON), 1).defects


def test_plain_text_is_read_as_it_is() -> None:
    assert "投稿" == read_letter(Parcel(body="投稿".encode(), media="text/plain"), 1).text


def test_what_breaks_the_parser_is_named_and_the_rest_is_read() -> None:
    letter = read_letter(mail(b"Subject: a\r\nContent-Type: text/plain; charset*=\0'en'b\r\n\r\ntext"), 1)

    assert ("a", "text", ("a part that cannot be read (ValueError)",)) == (letter.subject, letter.text, letter.defects)


def test_a_post_has_no_subject_line_and_is_asked_for_none() -> None:
    subject_missing = next(each for each in core_checks() if each.id == "subject-missing")
    post, letter = (read_letter(Parcel(body=b"a", media=media), 1) for media in ("text/plain", MAIL))
    draft = Draft(id="d", channel="c", title="", state=State.DRAFTING, digest="", reach=1)

    assert [] == list(subject_missing(draft, Context(at=NOW, letters=(post,))))
    assert ["subject"] == [each.where for each in subject_missing(draft, Context(at=NOW, letters=(letter,)))]


def test_a_request_need_not_hold_a_word_of_its_own() -> None:
    """The provider may have the text; a post without one is empty."""
    text_missing = next(each for each in core_checks() if each.id == "text-missing")
    request, post = (
        read_letter(Parcel(body=body, media=media), 1) for body, media in ((b'{"template": 4711}', JSON), (b" ", "text/plain"))
    )
    draft = Draft(id="d", channel="c", title="", state=State.DRAFTING, digest="", reach=1)

    assert [] == list(text_missing(draft, Context(at=NOW, letters=(request,))))
    assert ["text"] == [each.where for each in text_missing(draft, Context(at=NOW, letters=(post,)))]


@given(st.binary(max_size=300), st.sampled_from([MAIL, JSON, "text/plain"]))
def test_no_bytes_make_it_raise(body: bytes, media: str) -> None:
    read_letter(Parcel(body=body, media=media), 1)


HEADERS = ["Subject", "From", "To", "Cc", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"]
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            *('text/plain; charset="\0"', "text/html; charset*=a'b'c%ff", "text/plain; charset*=\0'en'a", "multipart/mixed; boundary=x"),
            *("message/rfc822", "base64", "x-uuencode", "quoted-printable"),
            *("attachment; filename*=klingon''%ff%fe", "attachment; filename*0*=a; filename*2=b", "attachment; filename*=\0'en'a"),
            *(
                "text/plain; charset=unicode_escape",
                "text/plain; charset=idna",
                "text/plain; charset=undefined",
                "text/plain; charset=rot13",
            ),
            *("=?utf-8?B?/w==?=", "=?rot13?Q?a?=", "=?utf-16?B?YQ==?="),
        ]
    ),
)


@given(st.lists(st.tuples(st.sampled_from(HEADERS), VALUES), max_size=8), st.binary(max_size=60))
def test_no_headers_make_it_raise(headers: list[tuple[str, str]], body: bytes) -> None:
    head = "".join(f"{name}: {value}\r\n" for name, value in headers).encode("utf-8", "surrogatepass")

    read_letter(mail(head + b"\r\n--x\r\nContent-Type: text/plain; charset=klingon\r\n\r\n" + body + b"\r\n--x--\r\n"), 1)


def test_a_small_draft_is_parsed_once_and_a_large_one_each_time() -> None:
    passes: list[int] = []

    def parcels() -> Iterator[Parcel]:
        passes.append(1)
        return iter([mail(b"Subject: a\r\n\r\nb")] * 3)

    small, large = Letters(parcels), Letters(parcels, keep=1)

    assert list(small) == list(small)
    assert 1 == len(passes)
    assert list(large) == list(large)
    assert 3 == len(passes)


def test_letters_are_numbered_from_one() -> None:
    assert [1, 2] == [each.no for each in Letters(lambda: iter([mail(b""), mail(b"")]))]
