"""Bad mails: cut off, empty, too large, nested, wrongly encoded. Each is told in both languages, and no text goes unread by the checks."""

import base64
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from releasegate.channels import Folder
from releasegate.channels.mail import LARGEST, seal_mail
from releasegate.channels.merge import merge
from releasegate.checks import read_letter
from releasegate.checks.links import links_in
from releasegate.cli.sealing import named
from releasegate.errors import Blocked, ContentError
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel
from tests.building import approved, make_gate, sign, submitted, written
from tests.cli import Terminal
from tests.kept import Desk, make_desk, rows, said

HEAD = b"From: news@museum.example\r\nTo: mika@reader.example\r\nSubject: July issue\r\nMIME-Version: 1.0\r\n"
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n"
NOTHING = ("Nothing was sent. ", "何も配信していません。")


def _mixed(*parts: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    lines = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + before + lines + b"--x--\r\n" + after


WORDS = PLAIN % b"7bit" + b"The new wing opens.\r\n"
FILE = b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
PDF = base64.encodebytes(b"%PDF" * 60).replace(b"\n", b"\r\n")
WHOLE = _mixed(WORDS, FILE + PDF)


@dataclass(frozen=True)
class Bad:
    """A mail, and what is said of it in English and Japanese: what is wrong, and how to mend it."""

    mail: bytes
    english: tuple[str, str]
    japanese: tuple[str, str]


CUT = (
    ("The mail ends before its last part does: it was cut off.", "Export or save it again, and hand in the whole file."),
    ("メールが途中で切れています。最後の部分が終わっていません。", "書き出し直すか保存し直して、ファイル全体を渡してください。"),
)
ENCODING = (
    (
        "The transfer encoding of a part is broken or unknown ({}): what a reader sees of it is left to chance.",
        "Build the mail anew, or attach the file again.",
    ),
    (
        "メールの一部で、転送用のエンコードが壊れているか不明です({})。受信者に何が見えるか分かりません。",
        "メールを作り直すか、ファイルを添付し直してください。",
    ),
)
QUOTED = (
    (
        (
            "In a text that is encoded as quoted-printable stands {}, which no program that encodes writes: "
            "a reader sees something else than was meant."
        ),
        "Build the mail anew; a plain = is written =3D there.",
    ),
    (
        "quoted-printable でエンコードされた本文に、あり得ない並び({})があります。受信者には別の文字に見えます。",
        "メールを作り直してください。「=」そのものは「=3D」と書きます。",
    ),
)
EMPTY = (
    ("There is no text: a reader sees an empty mail.", "Write a text."),
    ("本文がありません。受信者には空のメールに見えます。", "本文を書いてください。"),
)
DEEP = (
    ("The parts of this mail lie within each other, too deep to be read.", "Build the mail anew."),
    ("メールの構造の入れ子が深すぎて読めません。", "メールを作り直してください。"),
)


def _bad(mail: bytes, words: tuple[tuple[str, str], tuple[str, str]], evidence: str = "") -> Bad:
    (english, mend), (japanese, mended) = words
    return Bad(mail, (english.replace("{}", evidence), mend), (japanese.replace("{}", evidence), mended))


def _deep(header: bytes) -> bytes:
    return HEAD + b"".join(header.replace(b"%", str(no).encode()) for no in range(1100)) + b"\r\ntext\r\n"


MAILS = {
    "cut within a file": _bad(WHOLE[: WHOLE.index(PDF) + 83], CUT),
    "cut before its first part": _bad(HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n", CUT),
    "cut within base64": _bad(HEAD + PLAIN % b"base64" + b"VGhlIG5ldyB3aW5nIG9wZW5zLg", ENCODING, "Base64"),
    "a file that is no base64": _bad(_mixed(WORDS, FILE + b"%PDF-1.7 \xff\xfe\r\n"), ENCODING, "Base64"),
    "an encoding that nobody knows": _bad(HEAD + PLAIN % b"x-uuencode" + b"begin 644\r\n", ENCODING, "x-uuencode"),
    "a mail within, encoded": _bad(
        _mixed(
            WORDS, b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(HEAD + b"\r\nSecret.")
        ),
        ENCODING,
        "base64 of message/rfc822",
    ),
    "no quoted-printable": _bad(HEAD + PLAIN % b"quoted-printable" + b"7 =ZZ 8\r\n", QUOTED, "=ZZ"),
    "cut within quoted-printable": _bad(HEAD + PLAIN % b"quoted-printable" + b"a =E", QUOTED, "=E"),
    "a link that was not encoded": _bad(HEAD + PLAIN % b"quoted-printable" + b"https://www.museum.jp/?id=12\r\n", QUOTED, "=12"),
    "a charset that nobody knows": Bad(
        HEAD + b"Content-Type: text/plain; charset=klingon\r\n\r\nThe new wing.\r\n",
        ("The mail names klingon as its charset, which nobody knows.", "Save it in UTF-8, and name UTF-8."),
        ("メールに書かれた文字コード「klingon」は存在しません。", "UTF-8 で保存し、文字コードも UTF-8 と書いてください。"),
    ),
    "bytes of another charset": Bad(
        HEAD + PLAIN % b"8bit" + "新館が開きます。\r\n".encode("cp932"),
        (
            "The text does not fit the charset that the mail names (utf-8): a reader sees other letters than were written.",
            "Save it in UTF-8, and name UTF-8.",
        ),
        (
            "本文が、メールに書かれた文字コード(utf-8)に合っていません。受信者には文字化けして見えます。",
            "UTF-8 で保存し、文字コードも UTF-8 と書いてください。",
        ),
    ),
    "no text": _bad(HEAD + b"\r\n", EMPTY),
    "nothing that can be seen": _bad(HEAD + "Content-Type: text/html; charset=utf-8\r\n\r\n<p>\u200b&nbsp;</p>\r\n".encode(), EMPTY),
    "parts within parts": _bad(_deep(b"Content-Type: multipart/mixed; boundary=b%\r\n\r\n--b%\r\n"), DEEP),
    "mails within mails": _bad(_deep(b"Content-Type: message/rfc822\r\n\r\n"), DEEP),
}


@pytest.fixture
def desk(terminal: Terminal) -> Desk:
    return make_desk(terminal)


@pytest.fixture
def gate(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Gate:
    """Not in the folder of the desk, where nothing may change."""
    store = tmp_path_factory.mktemp("gate") / "gate.db"
    return make_gate(str(store), channels={"news": Folder(tmp_path / "sent")})


@pytest.mark.parametrize("name", MAILS)
def test_the_command_refuses_a_bad_mail_and_nothing_is_lost(desk: Desk, name: str) -> None:
    """The text that stands, and its signatures, are worth more than a file that is damaged."""
    bad = MAILS[name]
    desk.terminal.write("bad.eml", bad.mail)
    before = desk.stand()

    seen = {lang: desk.write("write", "july", "bad.eml", "--channel", "newsletter", lang=lang) for lang in ("en", "ja")}

    expected = {"en": f"{NOTHING[0]}bad.eml: {' '.join(bad.english)}\n", "ja": f"{NOTHING[1]}bad.eml: {''.join(bad.japanese)}\n"}
    assert {lang: (2, "", text) for lang, text in expected.items()} == {
        lang: (each.code, each.out, each.err) for lang, each in seen.items()
    }
    assert before == desk.stand()


@pytest.mark.parametrize("name", MAILS)
def test_in_python_a_bad_mail_shuts_the_gate_until_another_is_written(gate: Gate, name: str) -> None:
    """The gate takes what a program hands in, says what is wrong, and lets nothing leave."""
    bad = MAILS[name]
    submitted(gate, content=bad.mail)
    sign(gate)

    with pytest.raises(Blocked) as blocked:
        gate.send("d1", by="mailer")

    for lang, (what, mend) in {"en": bad.english, "ja": bad.japanese}.items():
        assert f". {what}\n" in blocked.value.decision.explain(lang)
        assert f"     {mend}\n" in blocked.value.decision.explain(lang)
    assert str(blocked.value).startswith('Not sent: d1 "July issue": ')
    approved(gate, content=WHOLE)
    assert 1 == gate.send("d1", by="mailer").sent


def test_a_mail_cut_within_its_header_names_the_file(desk: Desk) -> None:
    desk.terminal.write("bad.eml", HEAD)
    before = desk.stand()

    seen = {lang: desk.write("write", "july", "bad.eml", "--channel", "newsletter", lang=lang).err for lang in ("en", "ja")}

    assert {
        "en": "Nothing was sent. bad.eml: there is no empty line between the header and the text. "
        "Put one there; a mail begins with lines such as 'From: …', 'To: …', 'Subject: …'.\n",
        "ja": "何も配信していません。bad.eml: ヘッダーと本文の間に空行がありません。"
        "空行を入れてください。メールは「From: …」「To: …」「Subject: …」のような行で始まります。\n",
    } == seen
    assert before == desk.stand()


FILES = (
    ("There is no text, only 1 attachment.", "Write a line that says what is attached, or let somebody waive it."),
    ("本文がなく、添付ファイル 1 件だけです。", "何を添付したかを本文に書くか、このままでよいか別の人に判断してもらってください。"),
)


def test_attachments_without_a_text_wait_for_somebody_to_say_that_it_is_meant_so(gate: Gate, desk: Desk) -> None:
    mail = _mixed(FILE + PDF)
    desk.terminal.write("bad.eml", mail)
    seen = submitted(gate, content=mail)

    for lang, (what, mend) in zip(("en", "ja"), FILES, strict=True):
        assert (0, "") == ((told := desk.write("write", "other", "bad.eml", "--channel", "newsletter", lang=lang)).code, told.err)
        assert f"  1. {what}\n" in gate.decide("d1").explain(lang)
        assert f"     {mend}\n" in gate.decide("d1").explain(lang)
    gate.waive("d1", "text-missing", digest=seen.digest, by="chie", note="The file is the release.")
    sign(gate)
    assert gate.decide("d1").open


def _attached(size: int) -> bytes:
    """Ten files whose bytes are as many as `size` together."""
    lines = b"A" * 76 + b"\r\n"
    each = lines * (size // 10 * 4 // 3 // 76)
    return _mixed(WORDS, *[FILE.replace(b"plan", b"plan%d" % no) + each for no in range(10)])


def test_fifty_megabytes_of_files_are_too_many_for_a_mail(gate: Gate, desk: Desk) -> None:
    """Said of the file before it is read, and of a mail in Python before it is kept."""
    mail = _attached(50_000_000)
    desk.terminal.write("bad.eml", mail)
    before = desk.stand()

    seen = {lang: desk.write("write", "july", "bad.eml", "--channel", "newsletter", lang=lang).err for lang in ("en", "ja")}
    with pytest.raises(ContentError) as refused:
        written(gate, content=[WHOLE, mail])

    assert {
        "en": f"Nothing was sent. bad.eml: it has {len(mail):,} bytes; at most 50,000,000 are read. "
        "Servers refuse such a mail: put the files on a page, and link to it.\n",
        "ja": f"何も配信していません。bad.eml: {len(mail):,} バイトあります。読み込めるのは 50,000,000 バイトまでです。"
        "これほど大きいメールはサーバーに拒否されます。ファイルは Web ページに置き、リンクを書いてください。\n",
    } == seen
    assert before == desk.stand()
    assert (
        (
            f"mail no. 2: it has {len(mail):,} bytes; at most 50,000,000 leave in one mail. "
            "Servers refuse such a mail: put the files on a page, and link to it."
        ),
        (
            f"2通目のメール: {len(mail):,} バイトあります。1通で送れるのは 50,000,000 バイトまでです。"
            "これほど大きいメールはサーバーに拒否されます。ファイルは Web ページに置き、リンクを書いてください。"
        ),
    ) == said(refused.value)
    assert () == gate.queue()
    assert 66_000_000 < len(mail)


def test_thirty_megabytes_leave_byte_for_byte_and_take_less_room(gate: Gate, tmp_path: Path) -> None:
    mail = _attached(30_000_000)
    assert len(mail) < LARGEST

    approved(gate, content=mail)

    assert 1 == gate.send("d1", by="mailer").sent
    (left,) = (tmp_path / "sent").iterdir()
    assert left.read_bytes().endswith(mail)
    assert Path(str(gate._office.store._engine.url.database)).stat().st_size < len(mail)


def _in_place(media: bytes, text: bytes, disposition: bytes = b"") -> bytes:
    return _mixed(WORDS, b"Content-Type: " + media + b"\r\n" + disposition + b"\r\n" + text)


INNER = b"From: boss@museum.example\r\nSubject: {{inner}} TODO\r\nX-Odd: {{unseen}}\r\n\r\nDear {{name}}, see http://localhost/x\r\n"
SHOWN = {
    "before the first part": _mixed(WORDS, before=b"Dear {{name}}, see http://localhost/x TODO\r\n"),
    "after the last part": _mixed(WORDS, after=b"Dear {{name}}, see http://localhost/x TODO\r\n"),
    "after the last part of a part": _in_place(
        b"multipart/alternative; boundary=y", b"--y\r\n" + WORDS + b"--y--\r\nDear {{name}}, see http://localhost/x TODO\r\n"
    ),
    "a mail within": _in_place(b"message/rfc822", INNER),
    "a mail within, in place": _in_place(b"message/rfc822", INNER, b"Content-Disposition: inline\r\n"),
    "a mail within, attached": _in_place(b"message/rfc822", INNER, b"Content-Disposition: attachment; filename=old.eml\r\n"),
    "a mail within a mail within": _in_place(
        b"message/rfc822", b"Subject: b\r\nContent-Type: message/rfc822\r\n\r\nSubject: a\r\nContent-Type: message/rfc822\r\n\r\n" + INNER
    ),
    "a report": _in_place(b"message/delivery-status", b"Reporting-MTA: dns; {{name}}\r\nTodo: http://localhost/x TODO\r\n"),
    "an invitation": _in_place(
        b"text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\nDESCRIPTION:Dear {{na\r\n me}}\\, see http://local\r\n host/x\\nTODO\r\n"
    ),
    "an invitation, attached": _in_place(
        b"text/calendar; name=a.ics",
        base64.encodebytes(b"DESCRIPTION:Dear {{name}} see http://localhost/x TODO\r\n"),
        b"Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n",
    ),
    "a kind of text that nobody knows": _in_place(b"text/x-odd", b"Dear {{name}}, see http://localhost/x TODO\r\n"),
    "a table": _in_place(b"text/csv", b"Dear {{name}}, see http://localhost/x TODO\r\n"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_no_text_that_a_program_shows_goes_unread(gate: Gate, name: str) -> None:
    """Links, fields that nobody filled in and what is left of a draft are found in it, wherever it stands."""
    found = written(gate, content=SHOWN[name])

    blockers = {each.code: each.evidence for each in gate.decide(found.id).blockers if each.evidence}
    assert {"url-non-public": "http://localhost/x", "test-text": "TODO"} == {
        key: blockers.get(key) for key in ("url-non-public", "test-text")
    }
    assert "placeholder-unresolved" in blockers
    assert "unseen" not in str(gate.decide(found.id).blockers)


def test_the_words_that_old_programs_put_before_the_first_part_are_no_text() -> None:
    letter = read_letter(Parcel(body=_mixed(WORDS, before=b"This is a multi-part message in MIME format.\r\n", after=b"\r\n")), 1)

    assert ("The new wing opens.", ()) == (letter.text.strip(), letter.defects)


def test_a_mail_within_is_sealed_as_it_is_and_shown_as_a_file() -> None:
    mail = SHOWN["a mail within, attached"]
    (parcel,) = seal_mail(mail)
    letter = read_letter(parcel, 1)

    assert mail.endswith(parcel.body[-400:])
    assert [("old.eml", "message/rfc822")] == [(each.name, each.media) for each in letter.attachments]
    assert ["http://localhost/x"] == [link.url for link in links_in(letter)]


@pytest.mark.parametrize(
    ("template", "english", "japanese"),
    [
        (
            _deep(b"Content-Type: multipart/mixed; boundary=b%\r\n\r\n--b%\r\n")
            + b"".join(b"--b%d--\r\n" % no for no in range(1099, -1, -1)),
            "the template: it has parts within parts, too many to read. Build the mail anew.",
            "ひな形: メールの構造の入れ子が深すぎて読めません。メールを作り直してください。",
        ),
        (
            HEAD + PLAIN % b"base64" + b"VGhlIG5ldyB3aW5nIG9wZW5zLg",
            "the template: a text in it is damaged, or cut off. Export or save it again, and hand in the whole file.",
            "ひな形: 本文が壊れているか、途中で切れています。書き出し直すか保存し直して、ファイル全体を渡してください。",
        ),
    ],
)
def test_a_bad_template_is_refused(template: bytes, english: str, japanese: str) -> None:
    with pytest.raises(ContentError) as refused:
        list(merge(template, [{"email": "mika@reader.example"}], address_column="email"))

    assert (english, japanese) == said(refused.value)


def test_what_a_row_cannot_put_into_a_header_is_named_by_its_line_and_nothing_is_lost(desk: Desk) -> None:
    """Also behind rows that have been sealed already: they are taken back."""
    rows = "".join(f"reader{no}@reader.example,R{no}\n" for no in range(250))
    desk.terminal.write("list.csv", f'email,name\n{rows}mika@reader.example,"Mi\nka"\n')
    before = desk.stand()

    seen = {
        lang: desk.write("write", "july", "july.txt", "--channel", "newsletter", "--to", "list.csv", lang=lang).err for lang in ("en", "ja")
    }

    assert {
        "en": "Nothing was sent. list.csv, line 252, name: a line break or control character in it: 'Mi\\nka'. Take it out of the row.\n",
        "ja": "何も配信していません。list.csv、252行目、名前: 改行または制御文字が含まれています:「Mi ka」。"
        "その行から取り除いてください。\n",
    } == seen
    assert before.draft == desk.stand().draft
    assert {name: count for name, count in before.rows.items() if name != "blobs"} == {
        name: count for name, count in desk.stand().rows.items() if name != "blobs"
    }


def test_what_cannot_be_taken_back_does_not_hide_why(gate: Gate) -> None:
    """A store that fails meanwhile is another trouble; the bad mail is the one to mend."""
    store = Path(str(gate._office.store._engine.url.database))

    def mails() -> Iterator[bytes]:
        yield from (WHOLE.replace(b"mika", b"reader%d" % no) for no in range(150))
        with closing(sqlite3.connect(store)) as connection:
            connection.execute("CREATE TRIGGER full BEFORE DELETE ON sealed BEGIN SELECT RAISE(ABORT, 'no'); END")
        yield HEAD

    with pytest.raises(ContentError, match=r"^mail no\. 151: there is no empty line"):
        written(gate, content=mails())

    assert 100 == rows(store)["sealed"]
    assert 0 == rows(store)["manifests"]


def test_a_list_that_breaks_off_leaves_no_messages_behind(gate: Gate) -> None:
    store = Path(str(gate._office.store._engine.url.database))
    with pytest.raises(ContentError, match=r"^mail no\. 251: there is no empty line"):
        written(gate, content=[*(WHOLE.replace(b"mika", b"reader%d" % no) for no in range(250)), HEAD])

    assert (0, 0) == (rows(store)["sealed"], rows(store)["manifests"])


def test_what_is_wrong_elsewhere_than_in_the_mail_keeps_its_place() -> None:
    with pytest.raises(ContentError) as error, named("july.eml"):
        raise ContentError("No.", where="settle", mend="Mend it.")

    assert "settle" == error.value.where
