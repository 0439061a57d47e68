"""What an author says of a text beforehand: everybody signs it, and it is held against what there is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from releasegate.checks import build_checks
from releasegate.errors import Blocked, ContentError, PolicyError
from releasegate.model.declared import Declared
from releasegate.model.manifest import read_manifest
from tests.building import MANIFEST, NOON, RULES, Bench, mail, mails, make_bench, sign
from tests.cli import MAIL, PEOPLE, TEAM, Terminal

TOKYO = "2026-06-30 10:00 Asia/Tokyo"
TEN = datetime(2026, 6, 30, 1, tzinfo=UTC)


@pytest.fixture
def bench(sqlite_url: str) -> Iterator[Bench]:
    made = make_bench(sqlite_url)
    yield made
    made.gate.close()


def write(bench: Bench, people: int = 3, **said: Any) -> frozenset[str]:  # noqa: ANN401 - the keywords of write
    """A text to so many people, signed; what shuts the gate."""
    bench.gate.write("d1", channel="news", content=mails(people), by="akari", **said)
    bench.gate.submit("d1", by="akari", note="Please check.")
    sign(bench.gate)
    return bench.gate.decide("d1").blocked_by


# The number


def test_a_list_with_as_many_people_as_declared_leaves(bench: Bench) -> None:
    assert set() == write(bench, declared=3)
    assert 3 == bench.gate.send("d1", by="mailer").sent


@pytest.mark.parametrize("declared", [2, 4])
def test_a_list_with_other_than_the_declared_number_does_not_leave(bench: Bench, declared: int) -> None:
    assert {"count-declared"} == write(bench, declared=declared)
    with pytest.raises(Blocked, match=r"The list has 3 people; its author declared [24]\."):
        bench.gate.send("d1", by="mailer")
    assert f"宛先は 3件ですが、作成者の申告は {declared}件でした。" in bench.gate.decide("d1").explain("ja")


def test_the_same_text_with_another_number_is_another_text(bench: Bench) -> None:
    """Whoever changes the number after having seen the real one does so before everybody's eyes."""
    write(bench, declared=2)
    first = bench.gate.draft("d1")
    again = bench.gate.write("d1", channel="news", content=mails(3), by="akari", declared=2)
    corrected = bench.gate.write("d1", channel="news", content=mails(3), by="akari", declared=3)

    assert (first.digest, 1) == (again.digest, again.round)
    assert (2, 3) == (corrected.round, corrected.declared.count)
    assert {"text"} == bench.gate.diff("d1", since=first.digest).kinds


def test_where_the_policy_asks_for_a_number_none_is_not_enough(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=RULES + "[checks]\ncount-declared = { required_above = 2 }\n")

    assert {"count-declared"} == write(bench)
    assert "has not declared how many" in bench.gate.decide("d1").explain()
    bench.gate.write("d1", channel="news", content=mails(2), by="akari")
    assert "count-declared" not in bench.gate.decide("d1").blocked_by


@pytest.mark.parametrize("wrong", ["480", True, -1, 2.0, 10**9])
def test_what_is_no_number_of_people_is_refused(bench: Bench, wrong: object) -> None:
    with pytest.raises(ContentError, match=r"declared: .* is no number of people"):
        write(bench, declared=wrong)


@pytest.mark.parametrize("tolerance", [-1, "5", "2 percent", "100%", True, 0.5])
def test_what_is_no_tolerance_does_not_load(tolerance: object) -> None:
    with pytest.raises(PolicyError, match=r"count-declared\.tolerance"):
        build_checks({"count-declared": {"tolerance": tolerance}})


# The embargo


def test_what_has_an_embargo_waits_for_it_and_says_until_when(bench: Bench) -> None:
    assert {"embargo-early"} == write(bench, embargo=TOKYO)
    closed = bench.gate.decide("d1")
    assert TEN == closed.until
    assert "It leaves before its embargo ends (" in closed.explain()
    assert "情報解禁(" in closed.explain("ja")

    bench.clock.at = TEN
    assert 3 == bench.gate.send("d1", by="mailer").sent


def test_an_hour_after_the_embargo_is_open_from_the_start(bench: Bench) -> None:
    assert {"waiting-for-time"} == write(bench, embargo=TOKYO, send_at="2026-06-30 10:00 Asia/Tokyo")


def test_newsrooms_that_keep_the_embargo_get_it_before(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url, rules=RULES + '[checks]\nembargo-early = { agreed = ["paper.example"] }\n')

    assert set() == write(bench, embargo=TOKYO)


def test_another_embargo_is_never_only_a_longer_list(sqlite_url: str) -> None:
    """A signature that stands for a longer list, whose number grows with it, does not stand for another embargo."""
    bench = make_bench(sqlite_url)
    bench.gate.write("d1", channel="news", content=mail(to="a@paper.example"), by="akari", declared=1, embargo=TOKYO)
    first = bench.gate.draft("d1").digest
    kinds = []
    for embargo in (TOKYO, "2026-06-30 09:00 Asia/Tokyo"):
        longer = mail(to="a@paper.example, b@paper.example")
        bench.gate.write("d1", channel="news", content=longer, by="akari", declared=2, embargo=embargo)
        kinds.append(set(bench.gate.diff("d1", since=first).kinds))

    assert [{"recipients.grown"}, {"recipients.grown", "text"}] == kinds


@pytest.mark.parametrize(
    "wrong",
    [
        "soon",
        "2026-06-30 10:00",
        "2026-06-30 10:00 Asia/Tokio",
        "2026-03-29 02:30 Europe/Berlin",
        "2026-10-25 02:30 Europe/Berlin",
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_an_embargo_that_names_no_moment_or_two_is_refused(bench: Bench, wrong: str) -> None:
    """No zone, an unknown one, an hour that is skipped, one that comes twice."""
    with pytest.raises(ContentError, match="embargo: "):
        write(bench, embargo=wrong)


@pytest.mark.parametrize(
    "embargo",
    [
        TOKYO,
        "2026年6月30日(火)10時 Asia/Tokyo",
        "2026-06-30T10:00:00+09:00",
        datetime(2026, 6, 30, 10, tzinfo=ZoneInfo("Asia/Tokyo")),
        datetime(2026, 6, 30, 10, tzinfo=timezone(timedelta(hours=9))),
    ],
)
def test_a_moment_may_be_written_in_several_ways(embargo: str | datetime) -> None:
    """An offset is enough: it is how others announce it, whatever the channel's zone."""
    assert TEN == Declared.read(None, embargo, default_zone="UTC").embargo.utc


def test_an_hour_without_a_zone_is_one_of_the_channel() -> None:
    assert TEN == Declared.read(None, "2026-06-30 10:00", default_zone="Asia/Tokyo").embargo.utc


# On the command line


def test_both_are_options_of_write_and_stand_in_show(terminal: Terminal) -> None:
    terminal.login = "akari"
    for name, content in (("releasegate.toml", TEAM), ("july.txt", MAIL.replace("To: list\n", "")), ("readers.csv", PEOPLE)):
        terminal.write(name, content)
    said = ("--declared", "3", "--embargo", "2099-06-30 10:00 Asia/Tokyo")
    out = terminal.ok("--lang", "en", "write", "july", "july.txt", "--channel", "newsletter", "--to", "readers.csv", *said)
    assert "releasegate show july" in out

    shown = terminal("--lang", "en", "show", "july").out
    told = json.loads(terminal("show", "july", "--json").out)

    assert "  Its author declared: 3 people\n  Embargo: 2099-06-30T10:00:00 Asia/Tokyo\n" in shown
    assert {"count", "embargo"} == set(told["declared"])
    assert {"count-declared", "embargo-early"} <= {each["code"] for each in told["blockers"]}


def test_of_what_was_not_said_show_says_nothing(terminal: Terminal) -> None:
    terminal.login = "akari"
    for name, content in (("releasegate.toml", TEAM), ("july.txt", MAIL.replace("To: list\n", "")), ("readers.csv", PEOPLE)):
        terminal.write(name, content)
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "readers.csv")

    assert "declared" not in terminal("--lang", "en", "show", "july").out
    assert {} == json.loads(terminal("show", "july", "--json").out)["declared"]


# What is signed


def test_a_text_of_which_nothing_was_said_has_the_digest_that_it_always_had() -> None:
    assert b"declared" not in MANIFEST.body()
    assert "3cb04526" == MANIFEST.digest[:8]


@pytest.mark.parametrize("said", [Declared(), Declared(count=0), Declared.read(12_404, TOKYO)])
def test_what_was_said_is_read_back_as_it_was(said: Declared) -> None:
    made = replace(MANIFEST, declared=said)

    assert made == read_manifest(made.body())


def test_each_part_of_what_was_said_is_signed() -> None:
    said = [Declared(), Declared(count=0), Declared(count=1), Declared.read(None, TOKYO), Declared.read(1, TOKYO)]

    assert len(said) == len({replace(MANIFEST, declared=each).digest for each in said})


def test_a_draft_tells_what_was_said(bench: Bench) -> None:
    write(bench, declared=3, embargo=TOKYO)
    draft = bench.gate.draft("d1")

    assert (3, TEN) == (draft.declared.count, draft.declared.embargo.utc)
    assert NOON < TEN
