"""`check`: the checks on real files, without a store, in words and as JSON; whatever bytes stand in them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from releasegate.checks.registry import check as make_check
from releasegate.cli import examination
from releasegate.cli.examination import Task, examine
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.protocols import Context
from tests.cli import MAIL, PEOPLE, Terminal

EML = MAIL.replace("To: list\n", "")
ONE = EML.replace(" for $name", "").replace("Dear $name", "Dear reader")
LATER = "2099-12-01 10:00 Asia/Tokyo"


@dataclass(frozen=True)
class Given:
    """Two files, and the checks that object; none: open."""

    mail: str | bytes
    people: str | bytes | None = PEOPLE
    objects: frozenset[str] = frozenset()
    recipients: int = 2
    send_at: str = LATER
    name: str = "july.eml"


def _html(text: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "news@museum.example", "July"
    mail.set_content("See the HTML.")
    mail.add_alternative(text, subtype="html")
    return mail.as_bytes()


def _says(*objects: str) -> frozenset[str]:
    return frozenset(objects)


UNREADABLE = _says("content-unreadable")
FILES = {
    "personal and right": Given(EML),
    "one mail to all": Given(ONE),
    "a text file": Given(EML, name="july.txt"),
    "a text file by its own lines": Given(
        ONE.replace("Subject", "To: Mika <mika@x-press.jp>,\n  ken@x-press.jp\nCc: bo@x-press.jp\nSubject"),
        None,
        recipients=3,
        name="july.txt",
    ),
    "a text file in Bcc": Given(ONE.replace("Subject", "Bcc: mika@x-press.jp, ken@x-press.jp\nSubject"), None, name="july.txt"),
    "a text file that names nobody": Given(ONE, None, UNREADABLE, 0, name="july.txt"),
    "by its own headers": Given(ONE.replace("Subject", "To: a@x-press.jp, b@x-press.jp\nSubject"), None),
    "its own headers and a list": Given(ONE.replace("Subject", "To: news@museum.jp\nSubject")),
    "somebody in both": Given(ONE.replace("Subject", "To: mika@reader.example\nSubject")),
    "HTML": Given(_html("<p>Dear $name, <a href='https://www.museum.jp/'>see</a></p>")),
    "Japanese": Given(
        EML.replace("July issue for $name", "七月号 $name 様"), "メールアドレス,name\nmika@reader.example,美香\n", recipients=1
    ),
    "with a signature of bytes": Given(ONE, b"\xef\xbb\xbf" + PEOPLE.encode()),
    "a field nobody has": Given(EML.replace("$name,", "$nmae,"), objects=_says("placeholder-unresolved")),
    "mustaches": Given(ONE.replace("reader", "{{first_name}}"), objects=_says("placeholder-unresolved")),
    "somebody twice": Given(EML, PEOPLE + "ken@reader.example,K\n", _says("duplicate-recipients"), 3),
    "no address": Given(EML, PEOPLE + "ken,K\n", _says("address-syntax"), 3),
    "an address with a bracket": Given(EML, PEOPLE + '"Bo <bo@reader.example>",B\n', _says("address-syntax"), 3),
    "two addresses in one": Given(ONE, PEOPLE + '"a@x.example, b@x.example",B\n', _says("address-syntax"), 3),
    "full-width": Given(EML, PEOPLE + "b\uff4f@reader.example,B\n", _says("address-invisible", "address-syntax"), 3),
    "a lost line break": Given(
        ONE, PEOPLE + '"bo@reader.example\nBcc: x@y.example",B\n', _says("address-syntax", "recipient-header-injection"), 3
    ),
    "localhost": Given(ONE.replace("opens", "opens http://localhost/x"), objects=_says("url-non-public")),
    "example.com": Given(ONE.replace("opens", "opens https://example.com/x"), objects=_says("url-placeholder")),
    "a broken link": Given(ONE.replace("opens", "opens https:///x"), objects=_says("url-malformed")),
    "to do": Given(ONE.replace("opens", "opens TODO"), objects=_says("test-text")),
    "lorem": Given(ONE.replace("opens", "lorem ipsum dolor sit amet"), objects=_says("test-text")),
    "no subject": Given(ONE.replace("July issue", ""), objects=_says("subject-missing")),
    "the wrong weekday": Given(ONE.replace("opens", "opens on Monday, 1 December 2026"), objects=_says("weekday-mismatch")),
    "yesterday": Given(EML, send_at="2020-12-01 10:00 Asia/Tokyo", objects=_says("schedule-past")),
    "no zone": Given(EML, send_at="2099-12-01 10:00", objects=_says("schedule-zone")),
    "an hour that is not": Given(EML, send_at="2026-03-29 02:30 Europe/Berlin", objects=_says("schedule-dst")),
    "an empty list": Given(EML, "email,name\n", UNREADABLE, 0),
    "no column of addresses": Given(EML, "who,name\na,b\n", UNREADABLE, 0),
    "a row out of step": Given(EML, PEOPLE + "x@y.example\n", UNREADABLE, 0),
    "Shift_JIS": Given(EML, "email,氏名\na@b.example,田中\n".encode("cp932"), UNREADABLE, 0),
    "an empty file": Given("", objects=UNREADABLE, recipients=0),
    "no mail": Given("hello", objects=UNREADABLE, recipients=0),
    "NUL": Given(ONE.encode() + b"\0", objects=UNREADABLE, recipients=0),
    "nobody's": Given(ONE.replace("From: Museum <news@museum.example>\n", ""), objects=UNREADABLE, recipients=0),
    "a copy to everybody": Given(EML.replace("Subject", "Cc: boss@museum.example\nSubject"), objects=UNREADABLE, recipients=0),
    "a text that says nobody": Given("Dear $name,", name="july.txt", objects=UNREADABLE, recipients=0),
    "a text in Latin-1": Given("From: a@b.example\n\nD\u00e9j\u00e0".encode("latin-1"), name="july.txt", objects=UNREADABLE, recipients=0),
    "nobody to write to": Given(ONE, None, UNREADABLE, 0),
}


def _words(terminal: Terminal, given: Given) -> list[str]:
    terminal.write(given.name, given.mail)
    words = ["check", given.name, "--send-at", given.send_at]
    if given.people is not None:
        terminal.write("people.csv", given.people)
        words += ["--recipients", "people.csv"]
    return words


def _shutting(found: list[dict[str, str]]) -> frozenset[str]:
    return frozenset(each["check"] for each in found if each["severity"] != "info")


@pytest.mark.parametrize("name", FILES)
def test_real_files_in_both_forms(terminal: Terminal, name: str) -> None:
    """At least these checks object, and nothing at all where the files are right."""
    case = FILES[name]
    words = _words(terminal, case)

    seen = terminal(*words, "--json")
    told = json.loads(seen.out)
    read = terminal(*words)

    assert {"open", "digest", "recipients", "findings"} == set(told)
    assert all({"check", "severity", "where", "evidence", "message"} == set(each) for each in told["findings"])
    assert (bool(case.objects), case.recipients) == (bool(_shutting(told["findings"])), told["recipients"]), told
    assert case.objects <= _shutting(told["findings"]), told
    assert (not case.objects, 3 if case.objects else 0, 3 if case.objects else 0, "") == (told["open"], seen.code, read.code, read.err)
    assert ("Closed: " if case.objects else "Open: ") + case.name == read.out.split(": ")[0] + ": " + read.out.split(": ")[1].split(" (")[0]
    assert all(each["check"] in read.out for each in told["findings"])


def test_what_cannot_be_sealed_says_where_and_how_to_mend_it(terminal: Terminal) -> None:
    words = _words(terminal, Given(EML, PEOPLE + "x@y.example\n"))

    assert "people.csv, line 4" in terminal(*words).out
    assert "Give it a field for each column (email, name), also for an empty one." in terminal(*words).out
    told = json.loads(terminal(*words, "--json").out)
    assert ("", "people.csv, line 4") == (told["digest"], told["findings"][0]["where"])


def test_the_gravest_comes_first_with_the_offending_text(terminal: Terminal) -> None:
    words = _words(terminal, Given(EML.replace("$name,", "$nmae,"), PEOPLE + "ken@reader.example,K\n"))

    told = json.loads(terminal(*words, "--json").out)

    assert [("blocker", "$nmae"), ("warning", "ken@reader.example")] == [(each["severity"], each["evidence"]) for each in told["findings"]]
    assert '"$nmae"' in terminal(*words).out


def test_in_japanese(terminal: Terminal) -> None:
    words = _words(terminal, Given(EML.replace("$name,", "$nmae,")))

    said = terminal("--lang", "ja", *words).out

    assert said.startswith("まだ配信できません: july.eml: 直すこと 1件")
    assert "条件: placeholder-unresolved(要修正)" in said


def test_the_digest_is_the_one_that_write_gives(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")

    told = json.loads(terminal.ok("check", "july.eml", "--recipients", "readers.csv", "--policy", "releasegate.toml", "--json"))

    assert json.loads(terminal("show", "july", "--json").out)["digest"] == told["digest"]


def test_a_policy_decides_how_heavy_a_check_is(terminal: Terminal) -> None:
    channels = '[channels.a]\nvia = "folder:x"\n[channels.b]\nbulk = true\n'
    policy = f'version = 1\n[people]\n{channels}[checks]\n"duplicate-recipients" = {{ severity = "blocker" }}\n'
    terminal.write("p.toml", policy)
    words = _words(terminal, Given(EML, PEOPLE + "ken@reader.example,K\n"))

    told = json.loads(terminal(*words, "--policy", "p.toml:a", "--json").out)

    assert ["blocker"] == [each["severity"] for each in told["findings"]]
    assert 3 == terminal(*words, "--policy", "p.toml:b").code
    ambiguous = terminal(*words, "--policy", "p.toml")
    assert (2, True) == (ambiguous.code, "p.toml:CHANNEL (a, b)" in ambiguous.err)
    assert 2 == terminal(*words, "--policy", "none.toml").code


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "none.eml"), "none.eml"),
        (("check", "july.eml", "--send-at", "soon"), "soon"),
        (("check", "july.eml", "--recipients", "none.csv"), "none.csv"),
    ],
)
def test_files_that_are_not_there_are_a_wrong_call(terminal: Terminal, words: tuple[str, ...], says: str) -> None:
    terminal.write("july.eml", EML)

    seen = terminal(*words)

    assert (2, "", True) == (seen.code, seen.out, says in seen.err)


@make_check("needs-network", reads=("network",))
def _asks(draft: Draft, context: Context) -> list[Finding]:
    return []


@make_check("breaks")
def _breaks(draft: Draft, context: Context) -> list[Finding]:
    raise RuntimeError


@make_check("hints")
def _hints(draft: Draft, context: Context) -> list[Finding]:
    return [Finding(check="hints", severity=Severity.INFO, where="subject", evidence="July")]


def test_what_needs_the_network_is_listed_and_shuts_unless_it_was_asked_for_so(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "build_checks", lambda rules: (_asks, _hints))
    words = _words(terminal, Given(EML))

    offline = terminal(*words, "--offline", "--json")
    online = terminal(*words, "--json")

    assert (0, {"needs-network": "info", "hints": "info"}) == (offline.code, _severities(offline.out))
    assert (3, {"needs-network": "unknown", "hints": "info"}) == (online.code, _severities(online.out))
    assert "needs the network and has not looked" in terminal(*words, "--offline").out


def _severities(out: str) -> dict[str, str]:
    return {each["check"]: each["severity"] for each in json.loads(out)["findings"]}


def test_a_check_that_breaks_shuts(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "build_checks", lambda rules: (_breaks,))
    words = _words(terminal, Given(EML))

    assert (3, {"breaks": "blocker"}) == ((seen := terminal(*words, "--json")).code, _severities(seen.out))
    assert "The check breaks failed, so it counts as not passed" in terminal(*words).out


def test_a_parser_that_breaks_shuts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "parcels_of", lambda mail, people: 1 / 0)

    found = examine(Task(mail=b"", people=None, at=datetime.now(UTC)))

    assert (False, "", ("content-unreadable",)) == (found.open, found.digest, tuple(each.check for each in found.findings))


_HEADERS = st.sampled_from(
    [
        b"From: a@b.example",
        b"To: c@d.example",
        b"Cc: =?utf-8?b?//8=?= <x@y>",
        b"Subject: $name",
        b"Content-Type: text/html",
        b"Bcc:",
        b": x",
    ]
)
_MAILS = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda head, end, body: end.join([*head, b"", body]),
        st.lists(_HEADERS, max_size=6),
        st.sampled_from([b"\n", b"\r\n"]),
        st.binary(max_size=100),
    ),
)
_LISTS = st.one_of(
    st.none(),
    st.binary(max_size=300),
    st.builds(lambda cell: f'email,name\n"{cell}",x\n'.encode("utf-8", "surrogatepass"), st.text(max_size=40)),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(mail=_MAILS, people=_LISTS)
@example(mail=b"From: a@b.example\nSubject: $name\n\n$name", people=b'email,name\n"=?utf-8?q?x?=@y.example",x\n')
@example(mail=b"From: a@b.example\n\nx", people=b"email\n\xf0\x90\x80\x80@x.example\n")
@example(mail=b"From: a@b.example\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\n--a", people=None)
def test_no_bytes_in_either_file_break_it(mail: bytes, people: bytes | None) -> None:
    from releasegate.cli.checking import to_dict

    found = examine(Task(mail=mail, people=people, at=datetime(2026, 11, 21, tzinfo=UTC)))

    told = json.loads(json.dumps(to_dict(found, "ja", offline=True), ensure_ascii=False).encode("utf-8"))
    assert found.open == told["open"]
    assert found.open <= bool(found.digest)


def test_whom_the_list_passes_over_is_named(terminal: Terminal) -> None:
    """Of the file's own To and the list, the list decides: no address is dropped in silence."""
    terminal.write("july.txt", ONE.replace("Subject", "To: MIKA@reader.example, boss@museum.jp\nSubject"))
    terminal.write("people.csv", PEOPLE)

    english, japanese = (
        terminal.ok("--lang", lang, "check", "july.txt", "--recipients", "people.csv", "--send-at", LATER) for lang in ("en", "ja")
    )

    assert "1. In the mail's own To, but not on the list, and so without a mail: boss@museum.jp\n" in english
    assert "1. メール自身の To にありますが、リストにないため届きません: boss@museum.jp\n" in japanese


def test_what_is_checked_is_what_would_be_written(terminal: Terminal) -> None:
    """A list makes a mail for each person, with or without fields in the text, here as in `write`."""
    terminal.ok("init", "--demo")
    terminal.write("july.txt", ONE)
    sealed = examine(Task(mail=ONE.encode(), people=PEOPLE.encode(), at=datetime.now(UTC), names=("july.txt", "people.csv")))

    written = terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "readers.csv")

    assert (2, 2) == (sealed.recipients, json.loads(terminal("show", "july", "--json").out)["mails"]), written


def test_an_empty_cell_shuts_the_gate(terminal: Terminal) -> None:
    """A list with a hole went out as "Dear ," to those who had no name in it."""
    terminal.write("july.eml", EML)
    terminal.write("people.csv", "email,name\nmika@reader.example,Mika\nken@reader.example,\n")
    words = ("check", "july.eml", "--recipients", "people.csv", "--send-at", LATER)

    seen = terminal(*words)

    assert 3 == seen.code
    assert "The list has nothing for the field name, which the text uses.\n" in seen.out
    assert all(f'Seen: mail no. 2, {part}: "${{name: empty}}"\n' in seen.out for part in ("the subject", "the text part"))
    assert "Rule: merge-field-empty (blocker)\n" in seen.out
    assert "文面で使っている項目「name」の値がリストにありません。\n" in terminal("--lang", "ja", *words).out
    assert "placeholder-unresolved" not in seen.out


@pytest.mark.parametrize(
    ("encoding", "english", "japanese"),
    [
        (
            "text/plain; charset=klingon",
            "The mail names klingon as its charset, which nobody knows.",
            "文字コード「klingon」は存在しません。",
        ),
        (
            "text/plain\nContent-Transfer-Encoding: base65",
            "The transfer encoding of a part is broken or unknown (base65)",
            "転送用のエンコードが壊れているか不明です(base65)",
        ),
        ("multipart/mixed", "The parts of this mail do not hold together", "メールの構造が壊れていて"),
    ],
)
def test_a_letter_that_cannot_be_read_shuts_the_gate(terminal: Terminal, encoding: str, english: str, japanese: str) -> None:
    """What could be read of it is not judged in its place."""
    terminal.write("july.eml", f"From: news@museum.example\nTo: mika@reader.example\nSubject: July\nContent-Type: {encoding}\n\nHello.\n")

    seen = terminal("check", "july.eml", "--send-at", LATER)

    assert 3 == seen.code
    assert english in seen.out
    assert "Rule: letter-unreadable (blocker)\n" in seen.out
    assert japanese in terminal("--lang", "ja", "check", "july.eml", "--send-at", LATER).out


@pytest.mark.parametrize("address", ["ken＠reader.example", "ken@", "ken@@reader.example"])
@pytest.mark.parametrize("name", ["健", "Ken", ""])
def test_what_is_no_address_is_named_as_it_was_written(terminal: Terminal, address: str, name: str) -> None:
    """The name before it is no part of it, however a header writes that name."""
    terminal.write("july.txt", EML)
    terminal.write("people.csv", f"email,name\n{address},{name}\n")

    told = json.loads(terminal("check", "july.txt", "--recipients", "people.csv", "--json").out)

    assert address in [each["evidence"] for each in told["findings"]]


def test_one_recipient_is_counted_as_one(terminal: Terminal) -> None:
    terminal.write("july.txt", EML)
    terminal.write("people.csv", "email,name\nken@reader.example,Ken\n")

    assert "(recipients: 1, text " in terminal("check", "july.txt", "--recipients", "people.csv").out
