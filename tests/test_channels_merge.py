"""One mail for each row of a list."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.channels import seal_mail
from releasegate.channels.merge import merge
from releasegate.channels.text_template import mail_from_text
from releasegate.errors import ContentError

HEAD = b"From: News <news@x.example>\r\nTo: somebody@x.example\r\nSubject: Hello $name\r\n"
ANNA = {"email": "anna@x.example", "name": "Anna"}
HANA = {"email": "hana@x.example", "name": "花 <b>"}


def merged(template: bytes, *rows: dict[str, str], name_column: str = "name") -> list[EmailMessage]:
    """Each mail as a reader sees it, after it was sealed: what cannot be sealed is no mail."""
    mails = list(merge(template, rows, address_column="email", name_column=name_column))
    return [message_from_bytes(parcel.body, policy=policy.default) for parcel in seal_mail(mails)]


def text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_subject_and_text_are_filled_for_each_row() -> None:
    first, second = merged(HEAD + b"\r\nDear $name,\r\n${name}: $$5, $unknown\r\n", ANNA, HANA)

    assert ("Hello Anna", "Hello 花 <b>") == (first["Subject"], second["Subject"])
    assert "Dear Anna,\nAnna: $5, $unknown\n" == text(first)
    assert "Dear 花 <b>,\n花 <b>: $5, $unknown\n" == text(second)


def test_each_mail_goes_to_the_person_of_its_row_alone() -> None:
    rows = [ANNA, HANA, {"email": "ben@x.example", "name": 'Berg, "Ben"'}, {"email": "c@x.example", "name": ""}]
    parcels = list(seal_mail(merge(HEAD + b"\r\nText\r\n", rows, address_column="email", name_column="name")))

    assert [("anna@x.example",), ("hana@x.example",), ("ben@x.example",), ("c@x.example",)] == [parcel.to for parcel in parcels]
    assert b'To: "Berg, \\"Ben\\"" <ben@x.example>\r\n' in parcels[2].body
    assert b"To: <anna@x.example>\r\n" in next(merge(HEAD + b"\r\nText\r\n", rows, address_column="email"))


def test_an_address_that_is_two_stays_one_for_the_check_to_name() -> None:
    (parcel,) = seal_mail(merge(HEAD + b"\r\nText\r\n", [{"email": "a@x.example, b@x.example"}], address_column="email"))

    assert ("<a@x.example, b@x.example>",) == parcel.to


def test_values_are_escaped_in_html_and_not_in_text() -> None:
    template = EmailMessage()
    template["From"], template["Subject"] = "news@x.example", "Hello"
    template.set_content("Dear $name\n")
    template.add_alternative("<p>Dear $name</p>\n", subtype="html")

    (mail,) = merged(template.as_bytes(), HANA)

    assert "Dear 花 <b>\n" == text(mail)
    assert "<p>Dear 花 &lt;b&gt;</p>\n" == text(mail, "html")


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp"])
def test_encoded_texts_are_decoded_filled_and_encoded_again(encoding: str, charset: str) -> None:
    template = EmailMessage()
    template["From"], template["Subject"] = "news@x.example", "Hello"
    template.set_content("七月号 $name 様 €\n" if charset == "utf-8" else "七月号 $name 様\n", charset=charset, cte=encoding)

    (mail,) = merged(template.as_bytes(policy=policy.SMTP), {"email": "a@x.example", "name": "€"})

    assert "七月号 € 様" == text(mail).strip().removesuffix(" €")
    assert "utf-8" == mail.get_content_charset()
    assert {"base64": "base64"}.get(encoding, "quoted-printable") == mail["Content-Transfer-Encoding"]


def test_what_needs_no_filling_stays_byte_for_byte() -> None:
    parts = (
        b'MIME-Version: 1.0\r\nX-Odd:  kept  as it is\r\nContent-Type: multipart/mixed;\r\n boundary="b"\r\n\r\npreamble $name\r\n--b\r\n'
        b"Content-Type: text/plain; charset=us-ascii\r\n\r\nNo field here\r\n"
        b"--b  \r\n\r\nbare part\r\n--b\r\nContent-Type: image/png\r\n\r\n$name\r\n"
        b"--b\r\nContent-Type: text/plain\r\n"
        b"Content-Disposition: attachment; filename=a.txt\r\n\r\n$name\r\n--b\r\n"
        b"Content-Type: multipart/signed; boundary=c\r\n\r\n--c\r\n\r\n$name\r\n--c--\r\n--b--\r\nepilogue $name\r\n"
    )
    head = HEAD.replace(b"$name", b"all").replace(b"To: somebody@x.example\r\n", b"")

    (mail,) = merge(head + parts, [ANNA], address_column="email")

    assert b"To: <anna@x.example>\r\n" == mail.replace(parts.partition(b"Content-Type: multipart")[0], b"", 1).partition(b"From")[0]
    assert parts.partition(b"\r\n\r\n")[2] == mail.partition(b"\r\n\r\n")[2]
    assert b"X-Odd:  kept  as it is\r\n" in mail


def test_parts_within_parts_are_filled() -> None:
    body = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
        b"--c\r\n\r\nDear $name\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>$name</p>\r\n--c--\r\n\r\n--b--"
    )

    (mail,) = merged(HEAD + body, ANNA)

    assert ("Dear Anna", "<p>Anna</p>") == (text(mail).strip(), text(mail, "html").strip())


def test_a_link_to_unsubscribe_is_filled_percent_encoded() -> None:
    (mail,) = merge(
        HEAD + b"List-Unsubscribe: <https://x.example/u?$email>\r\n\r\nText\r\n",
        [{"email": "a+b@x.example", "name": ""}],
        address_column="email",
    )

    assert b"List-Unsubscribe: <https://x.example/u?a%2Bb%40x.example>\r\n" in mail


@pytest.mark.parametrize("name", ["a\nBcc: evil@x.example", "a\rb", "a\0b", "a\u2028b"])
def test_a_value_that_breaks_a_header_is_refused_with_its_row(name: str) -> None:
    for column in ("name", ""):
        with pytest.raises(ContentError, match=r"^row 2, "):
            list(merge(HEAD + b"\r\nText\r\n", [ANNA, {"email": "a@x.example", "name": name}], address_column="email", name_column=column))


@pytest.mark.parametrize("address", ["a@x.example>, <evil@x.example", "a@x\nBcc: b@x", '"a" a@x.example', "a@x.example\0"])
def test_an_address_that_breaks_the_header_is_refused_with_its_row(address: str) -> None:
    with pytest.raises(ContentError, match=r"^row 1: "):
        list(merge(HEAD + b"\r\nText\r\n", [{"email": address, "name": ""}], address_column="email"))


@pytest.mark.parametrize("column", ["email", "name", "city"])
def test_half_a_character_is_refused_with_its_row_and_column(column: str) -> None:
    row = {"email": "a@x.example", "name": "Anna", "city": "Ulm"} | {column: "a\ud83db"}
    with pytest.raises(ContentError, match=f"^row 1, {column}: half a character stands at 1"):
        list(merge(HEAD + b"\r\n$city\r\n", [row], address_column="email", name_column="name"))


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (HEAD + b"Cc: boss@x.example\r\n\r\nText", "'cc' would get every mail"),
        (HEAD + b"Bcc: boss@x.example\r\n\r\nText", "'bcc' would get every mail"),
        (HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n$$$", "a text in it is damaged, or cut off"),
        (HEAD + b"Content-Transfer-Encoding: x-odd\r\n\r\n$name", "names 'x-odd', which nobody knows"),
        (HEAD + b"Content-Type: text/plain; charset=us-ascii\r\n\r\n\xff $name", "not in us-ascii, as its header says"),
        (HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\n$name", "names 'klingon', which nobody knows"),
        (b"no header", "no empty line"),
        (HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nno blank line\r\n--b--\r\n", "no empty line"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(template: bytes, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        list(merge(template, [ANNA], address_column="email"))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_no_value_makes_a_header_or_a_recipient(name: str, address: str) -> None:
    try:
        (mail,) = merge(HEAD + b"\r\nDear $name\r\n", [{"email": address, "name": name}], address_column="email", name_column="name")
        (parcel,) = seal_mail(mail)
    except ContentError:
        return

    names = [line.partition(b":")[0] for line in parcel.body.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] not in b" \t"]
    assert [b"To", b"From", b"Subject", b"Content-Type", b"Content-Transfer-Encoding"] == names
    assert 1 == len(parcel.to)


def test_a_text_file_becomes_a_mail() -> None:
    template = mail_from_text(
        "\ufeffSubject: 七月号 for $name\nReply-To: desk@x.example\n\nDear $name\n".encode(), sender="news@x.example", where="july.txt"
    )

    (mail,) = merged(template, ANNA)

    assert ("七月号 for Anna", "news@x.example", "desk@x.example") == (mail["Subject"], mail["From"], mail["Reply-To"])
    assert "Dear Anna\n" == text(mail)


def test_the_from_of_a_text_file_wins() -> None:
    assert b"From: desk@x.example\r\n" in mail_from_text(b"From: desk@x.example\n\nText\n", sender="news@x.example", where="july.txt")


def test_a_text_file_without_header_lines_is_all_text() -> None:
    (mail,) = merged(mail_from_text(b"Dear $name\n\nBye\n", sender="news@x.example", where="july.txt"), ANNA)

    assert "Dear Anna\n\nBye\n" == text(mail)
    assert "Subject" not in mail


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff", "not UTF-8"),
        (b"Subject: a\n\nText", "does not say who writes"),
        (b"", "does not say who writes"),
        (b"Subject: a\nSubject: b\n\nText", "its Subject cannot be taken"),
    ],
)
def test_a_text_file_that_is_no_mail_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ContentError, match=f"july.txt: .*{words}"):
        mail_from_text(data, where="july.txt")
