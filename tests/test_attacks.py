"""Ways in which somebody got something out that must not leave, each closed."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from releasegate.channels.mail import seal_mail
from releasegate.channels.merge import merge
from releasegate.channels.text_template import mail_from_text
from releasegate.checks import check, read_letter
from releasegate.errors import Blocked, ContentError, NotFound, PolicyError, Refused
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.schedule import parse_schedule
from releasegate.model.state import HoldState, State
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.protocols import Context
from tests.building import (
    NEWS,
    NOON,
    PEOPLE,
    RULES,
    TWO_EYES,
    Clock,
    approved,
    confirmed,
    mail,
    mails,
    make_bench,
    make_policy,
    written,
)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as error:
        act()
    return error.value.code


def test_a_mistyped_outcome_settles_nothing(store_url: str) -> None:
    """Whatever is not one of the two words is no answer: the unknown stays unknown."""
    bench = make_bench(store_url)
    approved(bench.gate)
    bench.outbox.answers = [TimeoutError()]
    bench.gate.send("d1", by="mailer")
    attempt = next(iter(bench.gate.unsettled("d1")))

    with pytest.raises(ContentError, match="'Sent' is no outcome"):
        bench.gate.settle("d1", attempt=attempt, outcome="Sent", by="chie", note="In their log.")  # type: ignore[arg-type]
    assert State.UNKNOWN is bench.gate.draft("d1").state


def test_a_robot_that_left_the_directory_wrote_it_all_the_same(store_url: str) -> None:
    """Whose eyes wrote a text is kept as it was known then."""
    bench = make_bench(store_url)
    seen = written(bench.gate, by="writer")
    bench.gate.submit("d1", by="writer", note="By the robot.")
    without = "\n".join(line for line in PEOPLE.splitlines() if not line.startswith("writer"))
    policy = make_policy(people=without)
    bench.gate.adopt(policy, by="dai", note="It is gone.")
    bench.gate.adopt(policy, by="chie", note="Yes.")
    now = make_bench(store_url, people=without)

    assert "wrote-it" == refused(lambda: now.gate.confirm("d1", digest=seen.digest, by="akari", note="I answer for nobody now."))


def test_a_copy_of_a_text_bars_its_author(store_url: str) -> None:
    """Akari's text in ben's draft is still akari's text."""
    gate = make_bench(store_url).gate
    written(gate, "d1", mails(1), by="akari")
    seen = written(gate, "d2", mails(1), by="ben")
    gate.submit("d2", by="ben", note="The same, under my name.")

    assert "wrote-it" == refused(lambda: gate.confirm("d2", digest=seen.digest, by="akari", note="Fine."))


def test_a_program_without_the_check_is_no_way_round_what_it_said(store_url: str) -> None:
    """What a check of another process has found about this text still shuts."""

    @check("legal")
    def legal(draft: Draft, context: Context) -> Iterable[Finding]:
        """Never content."""
        return [Finding(check="legal")]

    approved(make_bench(store_url, checks=[legal]).gate)
    bare = make_bench(store_url).gate

    assert {"legal"} == bare.decide("d1").blocked_by
    with pytest.raises(Blocked):
        bare.send("d1", by="mailer")


def test_a_clock_that_is_a_day_ahead_moves_nobody_elses_hour(store_url: str) -> None:
    """Where the log is ahead of the clock, one of the two is wrong: closed, and it says so."""
    bench = make_bench(store_url)
    approved(bench.gate)
    ahead = make_bench(store_url, clock=Clock(NOON + timedelta(days=1)))
    written(ahead.gate, "d2", mail(subject="Another"))

    assert {"clock-unsure"} == bench.gate.decide("d1").blocked_by


EASIER = NEWS + TWO_EYES.replace("checkers = 1", "checkers = 1\nwaivable_by = { approvers = 1 }")
STRICTER = RULES + '[[requirement]]\nname = "legal too"\napprovers = 1\n'


def test_r05_a_writer_helps_no_looser_rule_into_force(store_url: str) -> None:
    """Every change of the rules may loosen them, except one that only adds; a proposal made before the text was written counts as late."""
    gate = make_bench(store_url).gate
    assert not gate.adopt(make_policy(rules=EASIER), by="akari", note="A waiver would help.")
    written(gate)

    assert "adopt-writer" == refused(lambda: gate.adopt(make_policy(rules=EASIER), by="akari", note="Again."))
    assert not gate.adopt(make_policy(rules=EASIER), by="dai", note="Hers does not count."), "her proposal no longer counts"
    assert gate.adopt(make_policy(rules=EASIER), by="chie", note="Two of us.")


def test_r05_a_writer_may_help_to_tighten(store_url: str) -> None:
    """More to sign is nobody's advantage."""
    gate = make_bench(store_url).gate
    written(gate)

    assert not gate.adopt(make_policy(rules=STRICTER), by="akari", note="Stricter.")
    assert gate.adopt(make_policy(rules=STRICTER), by="chie", note="Yes.")


def test_no_policy_turns_a_store_into_a_demo(store_url: str) -> None:
    """Where one person plays all, nothing of a real store may be adopted."""
    gate = make_bench(store_url).gate
    text = PEOPLE + '[channels.news]\nvia = "folder:out"\n' + TWO_EYES

    demo = Policy.parse('version = 1\n[gate]\nmode = "demo"\n' + text)
    assert "demo-only" == refused(lambda: gate.adopt(demo, by="chie", note="Easier."))


def test_only_its_owner_lends_a_right(store_url: str) -> None:
    """A right is lent by whoever has it, with a zone, for a year at most."""
    gate = make_bench(store_url).gate
    soon = NOON + timedelta(days=1)

    assert "not-yours" == refused(lambda: gate.delegate("dai", to="ben", until=soon, by="chie", note="He is away."))
    with pytest.raises(ContentError, match="no zone"):
        gate.delegate("dai", to="ben", until=soon.replace(tzinfo=None), by="dai", note="Away.")
    with pytest.raises(ContentError, match="more than a year"):
        gate.delegate("dai", to="ben", until=soon + timedelta(days=800), by="dai", note="Away.")


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01 10:00 EST",
        "2026年12月1日(月)10時",
        "2026年12月1日 10:00 PM",
        "2026年12月1日 10:00-05:00",
        "2026年13月1日 10時",
        "2026年12月1日",
        "2026-12-01",
        "1/2/2026 10:00",
    ],
)
def test_an_hour_is_read_whole_or_not_at_all(text: str) -> None:
    """What cannot be read is never left out."""
    with pytest.raises(ContentError, match="no complete date and hour"):
        parse_schedule(text, default_zone="Asia/Tokyo")


@pytest.mark.parametrize("zone", [ZoneInfo("UTC"), UTC])
def test_an_hour_may_be_an_aware_datetime(zone: tzinfo) -> None:
    """Its zone is its own, not the channel's."""
    asked = parse_schedule(datetime(2026, 12, 1, 10, 0, tzinfo=zone), default_zone="Asia/Tokyo")

    assert ("UTC", datetime(2026, 12, 1, 10, 0, tzinfo=UTC), "") == (asked.zone, asked.utc, asked.problem)


@pytest.mark.parametrize("moment", ["9999-12-31 23:30 UTC", datetime(2300, 1, 1, tzinfo=NOON.tzinfo)])
def test_an_hour_lies_within_reach(moment: str | datetime) -> None:
    """No sum with a window or an undo delay runs over the calendar's end."""
    with pytest.raises(ContentError):
        parse_schedule(moment)


def test_half_past_in_japanese_is_half_past() -> None:
    """10時半 is 10:30."""
    assert "2026-12-01T10:30:00" == parse_schedule("２０２６年12月1日（火曜日）10時半", default_zone="Asia/Tokyo").local


def test_an_offset_in_the_text_must_be_the_zones() -> None:
    """10:00-05:00 is not ten in Tokyo; 10:00Z neither."""
    assert ["offset", "offset", ""] == [
        parse_schedule(f"2026-12-01 10:00{offset}", default_zone="Asia/Tokyo").problem for offset in ("-05:00", "Z", "+09:00")
    ]


def _put_together(subject: str, *, name: str = "Reader", subtype: str = "alternative") -> EmailMessage:
    made = mail(subject=subject, To=f'"{name}" <reader@paper.example>')
    made.add_alternative("<p>The new wing opens.</p>", subtype="html")
    if subtype != "alternative":
        made.replace_header("Content-Type", f"multipart/{subtype}")
    return made


@pytest.mark.parametrize(
    "after",
    [
        _put_together("New", name="SECRET resigns today"),
        _put_together("New", subtype="mixed"),
    ],
)
def test_t05_no_change_hides_behind_the_subject(sqlite_url: str, after: EmailMessage) -> None:
    """The file lets another subject stand, and nothing else that a reader sees."""
    rules = NEWS + TWO_EYES.replace("checkers = 1", 'checkers = 1\nkeep_on = ["subject"]')
    gate = make_bench(sqlite_url, rules=rules).gate
    approved(gate, content=_put_together("Old"))
    written(gate, content=after)
    draft = gate.submit("d1", by="akari", note="Only the subject.")

    assert State.CHECKING is draft.state


def test_t05_the_subject_alone_stands(sqlite_url: str) -> None:
    """And where it is only the subject, the signatures are carried."""
    rules = NEWS + TWO_EYES.replace("checkers = 1", 'checkers = 1\nkeep_on = ["subject"]')
    gate = make_bench(sqlite_url, rules=rules).gate
    approved(gate, content=_put_together("Old"))
    written(gate, content=_put_together("New"))

    assert State.APPROVED is gate.submit("d1", by="akari", note="Only the subject.").state


def test_t13_a_way_out_that_becomes_another_stops_at_once(sqlite_url: str) -> None:
    """The account is part of what was approved, also in the middle of a send."""
    bench = make_bench(sqlite_url)
    approved(bench.gate, content=mails(3))

    def change(_: Parcel) -> None:
        bench.outbox.identity = "another account"

    bench.outbox.on_send = change
    with pytest.raises(Blocked) as stopped:
        bench.gate.send("d1", by="mailer")

    assert ({"channel-identity"}, 1) == (stopped.value.decision.blocked_by, len(bench.outbox.got))  # type: ignore[attr-defined]


def test_what_a_reader_is_shown_as_title_is_sealed() -> None:
    """Two parcels that differ in their title alone are two texts."""
    one, other = (Parcel(body=b"{}", title=title, reach=1, media="application/json") for title in ("Nice", "Evil"))

    assert one.digest != other.digest


def test_nobody_is_called_as_the_gate_is() -> None:
    """A hold of the gate's own is lifted by a person."""
    with pytest.raises(ValueError, match="what the log calls the gate itself"):
        Person(id="gate", roles=["approver"])  # type: ignore[arg-type]


def test_the_templates_own_people_never_come_into_force(sqlite_url: str) -> None:
    """A store that a template's people rule can be opened by nobody."""
    with pytest.raises(PolicyError, match="put in the names and logins of your team first"):
        make_bench(sqlite_url, people=PEOPLE.replace("Ben Ito", "NAME OF A COLLEAGUE"))


def test_a_draft_is_for_life_a_test_or_a_drill(sqlite_url: str) -> None:
    """Another word is refused in words."""
    with pytest.raises(ContentError, match="Say live, test or drill"):
        written(make_bench(sqlite_url).gate, meant="foo")


def test_a_hold_with_none_for_a_note_is_a_hold(sqlite_url: str) -> None:
    """The safe direction takes whatever it is given."""
    gate = make_bench(sqlite_url).gate
    confirmed(gate)

    assert gate.hold("d1", by="dai", note=None)  # type: ignore[arg-type]


HIDDEN = "=?utf-8?q?evil=40bad.example=2C?="


@pytest.mark.parametrize("name", [HIDDEN, "=?utf-8?b?ZXZpbEBiYWQuZXhhbXBsZSw=?= Reader", "=?utf-8?q?=3Cevil=40bad.example=3E=2C?="])
def test_no_name_of_a_reader_becomes_one_more_recipient(name: str) -> None:
    """`email` decodes it when it is set, and writes it without quotes."""
    with pytest.raises(ContentError, match=r"one more address: evil@bad\.example"):
        list(seal_mail(mail(to=f"{name} <reader@paper.example>")))
    with pytest.raises(ContentError, match=r"one more address: evil@bad\.example"):
        mail_from_text(f"From: a@pr.example\nTo: {name} <reader@paper.example>\nSubject: New\n\nText\n".encode(), where="july.txt")


@pytest.mark.parametrize("line", ["Subject: =?utf-8?q?a=0D=0A=0D=0ABcc:_evil=40bad.example?=", "Subject: =?cp932?b?Cg==?="])
def test_f099_an_encoded_line_break_in_a_text_file_begins_no_header(line: str) -> None:
    """Python 3.11.7 and 3.12.1 write it as a real one: what followed was the text of the mail."""
    with pytest.raises(ContentError, match=r"^july\.txt: "):
        mail_from_text(f"From: a@pr.example\nTo: b@pr.example\n{line}\n\nText\n".encode(), where="july.txt")


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_a_title_begins_no_line_of_its_own_in_a_text_file(end: str) -> None:
    """What only some programs take for the end of a line ends none here; in the text it stays as it is."""
    with pytest.raises(ContentError, match="its Subject cannot be taken"):
        mail_from_text(f"From: a@pr.example\nTo: b@pr.example\nSubject: New{end}Bcc: evil@bad.example\n\nText\n".encode(), where="july.txt")
    kept = mail_from_text(f"From: a@pr.example\nTo: b@pr.example\nSubject: New\n\nOne{end}two".encode(), where="july.txt")
    assert f"One{end}two\n" == read_letter(next(seal_mail(kept)), 1).text.replace("\r\n", "\n")


def _parts(*parts: str, head: str = 'multipart/alternative; boundary="B"', after: str = "") -> bytes:
    """A mail of these parts; of one, without a frame around it."""
    top = "From: News <news@pr.example>\r\nTo: reader@paper.example\r\nSubject: New wing\r\nMIME-Version: 1.0\r\n"
    if len(parts) == 1:
        return f"{top}{parts[0]}\r\n".encode()
    framed = "".join(f"--B\r\n{part}\r\n" for part in parts)
    return f"{top}Content-Type: {head}\r\n\r\n{framed}--B--\r\n{after}".encode()


PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\nThe new wing opens."


@pytest.mark.parametrize(
    "letter",
    [
        *(
            _parts(f"Content-Type: text/plain; charset={charset}\r\n\r\n{text}")
            for charset, text in [
                ("unicode_escape", r"Price: \x31\x30 yen"),
                ("raw_unicode_escape", r"\u0041"),
                ("utf-7", "+MEI- opens"),
                ("hz", "~{<:Ky!#~} opens"),
                ("cp037", "The new wing opens."),
            ]
        ),
        _parts("Content-Type: text/plain; charset=utf-8; charset=iso-8859-1\r\n\r\nOpens."),
        _parts("Content-Type: html; charset=utf-8\r\n\r\n<p>Opens.</p>"),
        _parts(PLAIN, "Content-Type: text/plain\r\nContent-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nT3BlbnMu"),
        _parts(PLAIN, "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\n<p>Opens.</p>"),
        _parts(PLAIN, PLAIN, head='multipart/mixed; boundary="B"; boundary="C"', after="--C\r\n\r\nClosed.\r\n--C--\r\n"),
    ],
)
def test_a_letter_that_only_this_program_reads_so_is_unreadable(sqlite_url: str, letter: bytes) -> None:
    """Of two charsets, headers or boundaries another program takes the other one; a codec that Python alone has, none takes."""
    gate = make_bench(sqlite_url).gate
    written(gate, "d1", letter)

    assert "letter-unreadable" in gate.decide("d1").blocked_by


@pytest.mark.parametrize("media", ["text/x-amp-html", "text/watch-html", "application/xhtml+xml", "text/enriched"])
def test_what_a_program_shows_in_place_of_the_text_is_looked_at(sqlite_url: str, media: str) -> None:
    gate = make_bench(sqlite_url).gate
    written(gate, "d1", _parts(PLAIN, f"Content-Type: {media}; charset=utf-8\r\n\r\nDear {{{{name}}}}"))

    assert "placeholder-unresolved" in gate.decide("d1").blocked_by


def test_a_text_that_is_the_whole_mail_is_looked_at_attached_or_not(sqlite_url: str) -> None:
    gate = make_bench(sqlite_url).gate
    written(gate, "d1", _parts("Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: attachment\r\n\r\nDear {{name}}"))

    assert "placeholder-unresolved" in gate.decide("d1").blocked_by


def test_t05_no_picture_changes_its_place_behind_the_subject(sqlite_url: str) -> None:
    """The same two files, each under the other's name in the page: a reader sees another page."""

    def letter(subject: str, *places: str) -> bytes:
        pictures = [
            f"Content-Type: image/png\r\nContent-Disposition: inline; filename={n}.png\r\nContent-ID: <{place}>\r\n\r\n{n}"
            for n, place in enumerate(places)
        ]
        made = _parts("Content-Type: text/html; charset=utf-8\r\n\r\n<img src='cid:old'><img src='cid:new'>", *pictures)
        return made.replace(b"New wing", subject.encode())

    gate = make_bench(sqlite_url, rules=RULES.replace("approvers = 1", 'approvers = 1\nkeep_on = ["subject"]')).gate
    approved(gate, "d1", letter("One", "old", "new"))
    written(gate, "d1", letter("Two", "old", "new"))
    assert State.APPROVED is gate.submit("d1", by="akari", note="Only the subject.").state

    written(gate, "d1", letter("Three", "new", "old"))
    assert State.CHECKING is gate.submit("d1", by="akari", note="Only the subject, I say.").state


@pytest.mark.parametrize("cell", ["\u200b", "\ufeff", "\u3164", "\u00ad \u2060", "None", "nan", "NaN", "undefined", "(null)", "--"])
def test_a_cell_that_only_seems_to_say_something_is_empty(sqlite_url: str, cell: str) -> None:
    """What nobody sees, and what programs write where they have nothing."""
    template = b"From: News <news@pr.example>\r\nSubject: New wing\r\n\r\nDear $name,\r\n"
    gate = make_bench(sqlite_url).gate
    written(gate, "d1", list(merge(template, [{"email": "reader@paper.example", "name": cell}], address_column="email")))

    assert "merge-field-empty" in gate.decide("d1").blocked_by


@pytest.mark.parametrize("name", ["Nan", "Nil", "Noël", "一"])
def test_a_name_that_is_one_is_no_hole(sqlite_url: str, name: str) -> None:
    template = b"From: News <news@pr.example>\r\nSubject: New wing\r\n\r\nDear $name,\r\n"
    gate = make_bench(sqlite_url).gate
    written(gate, "d1", list(merge(template, [{"email": "reader@paper.example", "name": name}], address_column="email")))

    assert "merge-field-empty" not in gate.decide("d1").blocked_by


@pytest.mark.parametrize(
    "receipt",
    [
        Receipt("r", refused={"READER1@paper.example": "550 no such user"}),
        Receipt("r", refused={"reader1@paper.example": "550"}, deferred={"reader1@paper.example": "450"}),
    ],
)
def test_a_refusal_counts_however_the_provider_writes_the_address(store_url: str, receipt: Receipt) -> None:
    """In another case it is the same reader; refused for good goes before put off, and takes nobody else along."""
    bench = make_bench(store_url)
    approved(bench.gate, "d1", mail(to="reader1@paper.example, Reader2@paper.example"))
    bench.outbox.answers = [receipt]
    report = bench.gate.send("d1", by="mailer")

    assert (1, 1, 0) == (report.sent, report.refused, report.left)


@pytest.mark.parametrize("by", [None, 7, b"chie"])
def test_a_hold_by_whatever_a_program_has_for_a_name_is_a_hold(store_url: str, by: object) -> None:
    bench = make_bench(store_url)
    approved(bench.gate)

    assert HoldState.HELD is bench.gate.hold("d1", by=by).state  # type: ignore[arg-type]  # that is the point


def test_a_hold_on_a_channel_that_nobody_knows_is_no_hold(store_url: str) -> None:
    """all(()) is true: an empty answer would read as held."""
    gate = make_bench(store_url).gate
    assert () == gate.hold_channel("news", by="chie")
    approved(gate)

    with pytest.raises(NotFound, match=r"no channel 'nwes'\. Did you mean 'news'"):
        gate.hold_channel("nwes", by="chie")
