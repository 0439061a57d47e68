"""What holds for any text, however it was made."""

import random
import string
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from releasegate.checks import core_checks, run_checks
from releasegate.checks.addresses import AddressSyntax, is_plain, repair
from releasegate.checks.findings import quote
from releasegate.checks.hosts import embedded, is_public, read_host
from releasegate.checks.links import urls_in
from releasegate.checks.pages import read_page
from releasegate.checks.parts import narrow
from releasegate.checks.weekdays import dated
from releasegate.model.draft import Draft
from releasegate.model.finding import CheckResult, Outcome
from releasegate.model.letter import Attachment, Letter
from releasegate.model.state import State
from releasegate.protocols import Context
from tests.check_case import look

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TRICKY = [
    *("〇〇", "○×", "2026年12月1日（月）", "令和元年", "Mon, ", "12/1", "（", "）", "テスト", "TODO"),
    *("{{", "}}", "%%", "${", "$name", "*|A|*", "＜氏名＞", "<%", "[[", "#"),
    *("https://", "http://[", "https：//", "0x7f.1", "①", "<a href='", "<!--[if mso]>", "<![endif]-->"),
    *("\r\n", "\0", "\u2028", "=?UTF-8?Q?=0A?=", "a@b.jp", "\ud800", "\u202e", "\u200b"),
]
ANY_TEXT = st.one_of(st.text(max_size=60), st.lists(st.one_of(st.sampled_from(TRICKY), st.text(max_size=6)), max_size=12).map("".join))


def run_all(letter: Letter, *, recipients: tuple[str, ...] = (), title: str = "") -> dict[str, CheckResult]:
    draft = Draft(id="d", channel="c", title=title, state=State.DRAFTING, digest="", reach=1, count=1)
    context = Context(at=NOW, letters=(letter,), recipients=recipients)
    return {each.check: each for each in run_checks(core_checks(), draft, context)}


def sound(results: dict[str, CheckResult]) -> bool:
    """Every check has run, and what it says can be stored and shown."""
    for result in results.values():
        for finding in result.findings:
            finding.evidence.encode("utf-8")
            if len(finding.evidence) > 120 or "\n" in finding.evidence:
                return False
    return {Outcome.RAN} == {each.outcome for each in results.values()}


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_no_text_makes_a_check_fail(subject: str, text: str, html: str, address: str) -> None:
    letter = Letter(
        no=1,
        subject=subject,
        sender=address,
        to=(address,),
        text=text,
        html=html,
        headers=(("Reply-To", subject),),
        attachments=(Attachment(name=subject, media=text, size=0, sha256=""),),
    )

    assert sound(run_all(letter, recipients=(address,), title=subject))


def test_ten_thousand_hostile_fields_make_no_check_fail(counts: Callable[[int], int]) -> None:
    dice = random.Random(20261124)
    pieces = [*TRICKY, *string.printable, "<p>", "</a>", "&#x7b;", "年", "月", "日", "：", "／", "．", "@", "%E3%81%82"]
    for _ in range(counts(10_000) // 4):
        fields = ["".join(dice.choices(pieces, k=dice.randint(0, 30))) for _ in range(4)]
        letter = Letter(no=1, subject=fields[0], sender=fields[1], to=(fields[1],), text=fields[2], html=fields[3])

        assert sound(run_all(letter, recipients=(fields[1],), title=fields[0])), fields


HEAVY = [
    *("[[", "{{", "{{a", "%a", "*|a", "${", "$a", "((a", "<<a", "((((", "[insert "),
    *("https://", "http:", "<p>", "<a href='", "<!--[if mso]>", " "),
    *("12月1日〜", "Mon ", "May 1 ", "一", "1", "○", "0000-", "=?a?b?"),
]


@pytest.mark.parametrize("piece", HEAVY)
def test_no_text_makes_a_check_slow(piece: str) -> None:
    """Fifty thousand characters of anything: what grows with the square of them would take minutes."""
    text = piece * (50_000 // len(piece))
    started = time.process_time()

    assert sound(run_all(Letter(no=1, subject="a", text=text, html=text)))
    assert 10 > time.process_time() - started


# Line breaks


BREAKS = st.sampled_from(
    ["\r\n", "\n", "\r", "\0", "\u2028", "\u2029", "\x85", "=?UTF-8?Q?=0A?=", "=?utf-8?b?DQo=?=", "=?ISO-8859-1?Q?=0D?="]
)
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="=?"), max_size=20)


@given(WORDS, BREAKS, WORDS, st.sampled_from(["title", "recipients", "subject", "from", "to"]))
def test_a_line_break_is_found_wherever_it_was_put(before: str, line_break: str, after: str, field: str) -> None:
    value = before + line_break + after
    letter = Letter(
        no=1, subject=value if field == "subject" else "a", sender=value if field == "from" else "", to=(value,) if field == "to" else ()
    )

    results = run_all(letter, recipients=(value,) if field == "recipients" else (), title=value if field == "title" else "")

    assert results["recipient-header-injection"].findings


# Addresses of machines


def written(number: int) -> st.SearchStrategy[str]:
    """Decimal, hexadecimal or octal, with and without zeros in front."""
    return st.sampled_from(["{}", "0x{:x}", "0X{:X}", "0{:o}", "0x000{:x}", "000{:o}"]).map(lambda form: form.format(number))


def notations(ip: IPv4Address) -> st.SearchStrategy[str]:
    """Every way in which a browser takes this address."""
    octets = ip.packed
    parts = [
        [*octets],
        [octets[0], octets[1], octets[2] * 256 + octets[3]],
        [octets[0], (octets[1] << 16) + (octets[2] << 8) + octets[3]],
        [int(ip)],
    ]
    plain = st.sampled_from(parts).flatmap(lambda some: st.tuples(*map(written, some)).map(".".join))
    six = IPv6Address(int(ip) | 0xFFFF << 32)
    six_to_four = f"2002:{octets[0]:02x}{octets[1]:02x}:{octets[2]:02x}{octets[3]:02x}::1"
    six_forms = (f"::ffff:{ip}", f"::{ip}", f"64:ff9b::{ip}", six.exploded, six_to_four, f"fe80::5efe:{ip}", f"2001:db9::200:5efe:{ip}")
    wrapped = [f"[{each}]" for each in (*six_forms, f"64:ff9b:1::{ip}")]
    dressed = plain.flatmap(lambda text: st.sampled_from([text, text + ".", "".join(f"%{ord(each):02x}" for each in text)]))
    return st.one_of(dressed, st.sampled_from(wrapped))


PRIVATE = st.one_of(
    *(
        st.integers(int(IPv4Address(first)), int(IPv4Address(last))).map(IPv4Address)
        for first, last in [
            ("0.0.0.1", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("168.63.129.16", "168.63.129.16"),
            ("224.0.0.0", "255.255.255.255"),
        ]
    )
)


@given(PRIVATE.flatmap(notations), st.sampled_from(["", ":80", ":8080"]), st.sampled_from(["", "/", "/a?b=c", "#x"]))
def test_each_spelling_of_a_private_address_is_found(host: str, port: str, rest: str) -> None:
    letter = Letter(no=1, subject="a", html=f"<a href='http://{host}{port}{rest}'>x</a>")

    assert run_all(letter)["url-non-public"].findings


@given(st.ip_addresses(v=4))
def test_what_the_standard_library_calls_private_is_not_public(ip: IPv4Address) -> None:
    assert not is_public(ip) or ip.is_global


@given(st.ip_addresses(v=4).filter(is_public))
def test_a_public_address_stays_public_in_every_common_form(ip: IPv4Address) -> None:
    found = [read_host(f"http://{host}/") for host in (str(ip), str(int(ip)), hex(int(ip)), f"[::ffff:{ip}]")]

    assert [True] * 4 == [each is not None and each.ip is not None and is_public(each.ip) for each in found]


@pytest.mark.parametrize(
    "host", ["1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "09.1", "[::g]", "[1.2.3.4]", "1..2", "0x1g.1", "1" * 50, "a.1"]
)
def test_what_no_browser_takes_for_an_address_is_broken(host: str) -> None:
    found = read_host(f"http://{host}/")

    assert found is not None
    assert found.broken


# Addresses of people


NEARLY = st.from_regex(r"[A-Za-z0-9_+.-]{1,66}@([a-z0-9-]{1,64}\.){1,5}[a-z]{1,5}", fullmatch=True)
PLAIN = st.from_regex(r"[A-Za-z0-9_+]{1,64}@([a-z0-9]{1,63}\.){1,4}[a-z]{2,9}", fullmatch=True)


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.one_of(NEARLY, PLAIN, st.emails()))
def test_the_fast_way_never_says_yes_where_the_library_says_no(address: str) -> None:
    assume(is_plain(address))

    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        assert "special-use" in str(error)  # noqa: PT017 - that is the one no that is another check's business


@given(st.emails(domains=st.just("kisha.co.jp")))
def test_an_address_that_is_valid_is_told_nothing(address: str) -> None:
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        assume(False)

    assert () == look(AddressSyntax(), recipients=[address])[0].findings


@given(ANY_TEXT)
def test_a_repaired_address_is_valid_or_there_is_none(address: str) -> None:
    assert repair(address) == "" or is_plain(repair(address))


@given(
    st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.co\.jp", fullmatch=True),
    st.sampled_from("\u200b\ufeff\u00a0\u3000\u202e\u2060\u00ad\t "),
    st.integers(0, 20),
)
def test_an_invisible_character_is_found_anywhere_and_taken_out_in_the_suggestion(address: str, hidden: str, at: int) -> None:
    found = look(next(each for each in core_checks() if each.id == "address-invisible"), recipients=[address[:at] + hidden + address[at:]])[
        0
    ].findings

    assert [address] == [each.params["suggestion"] for each in found]


# Dates


JAPANESE = "月火水木金土日"
FORMS = [
    *("{d.year}年{d.month}月{d.day}日（{w}）", "{d.year}/{d.month}/{d.day}({w})", "{d.year}.{d.month:02}.{d.day:02} [{w}]"),
    *(
        "令和{e}年{d.month}月{d.day}日（{w}曜日）",
        "R{e}.{d.month}.{d.day}({w})",
        "{d.year}年{d.month}月{d.day}日 {w}曜",
        "{d:%Y-%m-%d} ({n})",
    ),
    *("{n}, {d.day} {d:%B} {d.year}", "{d:%b} {d.day}, {d.year} ({n})", "{n}., {d:%B} {d.day}, {d.year}"),
]


@given(
    st.dates(date(2020, 1, 1), date(2050, 12, 31)),
    st.sampled_from(FORMS),
    st.integers(0, 6),
    ANY_TEXT.filter(lambda text: "\n" not in text),
    st.booleans(),
)
def test_a_written_date_is_right_with_its_own_weekday_and_wrong_with_each_other(
    day: date, form: str, off: int, around: str, wide: bool
) -> None:
    weekday = (day.weekday() + off) % 7
    name = (date(2024, 1, 1) + timedelta(weekday)).strftime("%a")
    text = form.format(d=day, w=JAPANESE[weekday], n=name, e=day.year - 2018)
    if wide:
        text = text.translate({plain: plain + 0xFEE0 for plain in range(0x21, 0x7F)})

    found = [each for each in dated(f"{around}\n{text}\n{around}", near=date(2026, 11, 24)) if text.startswith(each.text[:4])]

    assert [(off == 0, True)] == list({(each.right, each.explicit) for each in found if each.text in text or text in each.text})


@given(st.integers(-182, 182), st.integers(0, 6))
def test_without_a_year_the_date_nearest_to_the_send_is_meant(days: int, off: int) -> None:
    near = date(2026, 11, 24)
    day = near + timedelta(days)

    found = list(dated(f"{day.month}/{day.day}({JAPANESE[(day.weekday() + off) % 7]})", near=near))

    assert [(off == 0, False, (day,))] == [(each.right, each.explicit, each.dates) for each in found]


# Texts


@given(ANY_TEXT)
def test_reading_keeps_places_and_never_raises(text: str) -> None:
    assert len(text) == len(narrow(text))
    assert 120 >= len(quote(text))
    assert all(url == text[end - len(url) : end] for url, end in urls_in(text))
    read_page(text)


def test_what_programs_read_in_two_ways_is_no_address_even_where_quotes_are_allowed() -> None:
    (finding,) = look(AddressSyntax(allow_quoted_local=True), recipients=['"a\\\\b"@paper.example.org'])[0].findings

    assert "A backslash or an angle bracket in it is read in different ways." in str(finding.params["reason"])


def test_an_address_that_wears_another_one_is_seen_through() -> None:
    """ISATAP (RFC 5214): an IPv4 address in the low half."""
    assert (IPv4Address("10.1.2.3"),) == embedded(IPv6Address("2001:db8::5efe:10.1.2.3"))
    assert () == embedded(IPv6Address("2001:db8::1"))
