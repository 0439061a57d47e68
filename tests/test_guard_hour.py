"""By a channel that is not gated so many recipients have mail in an hour, and no more: however many mails, programs and processes."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from smtplib import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from releasegate.errors import Blocked
from releasegate.gate import Gate
from releasegate.store import lanes
from releasegate.store.store import Store, open_store
from releasegate.testing import Clock
from tests.building import NOON, make_policy
from tests.guarding import LANES, TEXT, connected, lanes_gate, people, said, stopped
from tests.smtp_server import ScriptedSmtp

FROM = "news@pr.example"
FOUR = LANES + "most_per_hour = 4\n"


def _same(n: int) -> int:
    return n


@pytest.fixture
def server() -> Iterator[ScriptedSmtp]:
    with ScriptedSmtp() as running:
        yield running


def test_many_small_mails_are_stopped_where_the_hour_has_had_its_recipients(sqlite_url: str, server: ScriptedSmtp) -> None:
    """Nothing of the mail that is one too many reaches the server, and it is said to the log."""
    gate = lanes_gate(sqlite_url, FOUR)
    with connected(server, gate.guard(SMTP, channel="system")) as client, capture_logs() as logs:
        for _ in range(2):
            client.sendmail(FROM, people(2), TEXT)
        with pytest.raises(Blocked) as blocked:
            client.sendmail(FROM, people(1), TEXT)

    assert "In one hour channel system has had its 4 recipients: it is not gated, and takes no more for now." in str(blocked.value)
    assert "チャンネル system はゲートを通らないため、1時間に 4件までです。" in blocked.value.decision.explain("ja")
    assert [people(2)] * 2 == [each.rcpt_to for each in server.received]
    assert ["RSET", "QUIT"] == [line.upper() for line in server.commands[-2:]]
    assert [("system", 4)] == [(line["channel"], line["most"]) for line in logs]


def test_an_hour_later_it_goes_on(sqlite_url: str, server: ScriptedSmtp) -> None:
    clock = Clock()
    gate = lanes_gate(sqlite_url, FOUR, clock=clock)
    with connected(server, gate.guard(SMTP, channel="system")) as client:
        client.sendmail(FROM, people(3), TEXT)
        clock.forward(minutes=59)
        assert "lane-spent" == stopped(lambda: client.sendmail(FROM, people(2), TEXT))
        client.sendmail(FROM, people(1), TEXT)
        clock.forward(minutes=2)
        client.sendmail(FROM, people(3), TEXT)
        assert "lane-spent" == stopped(lambda: client.sendmail(FROM, people(1), TEXT))

    assert [3, 1, 3] == [len(each.rcpt_to) for each in server.received]


def test_a_mail_by_hand_is_counted_too(sqlite_url: str, server: ScriptedSmtp) -> None:
    gate = lanes_gate(sqlite_url, FOUR)
    with connected(server, gate.guard(SMTP, channel="system")) as client:
        client.sendmail(FROM, people(3), TEXT)
        client.ehlo_or_helo_if_needed()
        client.mail(FROM)
        for each in people(2):
            client.rcpt(each)
        assert "lane-spent" == stopped(lambda: client.data(TEXT))

    assert 1 == len(server.received)
    assert [] == [line for line in said(server) if line.upper().startswith("DATA")][1:]


def test_unless_the_file_says_otherwise_it_is_a_thousand_an_hour(sqlite_url: str) -> None:
    """Enough for passwords; a newsletter that goes past the gate, ten at a time, is stopped after the hundredth call."""
    gate = lanes_gate(sqlite_url, LANES.replace("most = 3", "most = 10"))
    sent: list[int] = []
    notify = gate.guard(sent.append, channel="system", count=lambda n: n)
    for _ in range(100):
        notify(10)

    assert "lane-spent" == stopped(lambda: notify(1))
    assert (100, 1000) == (len(sent), sum(sent))


def test_what_the_rules_in_force_say_counts_and_not_the_file(sqlite_url: str) -> None:
    """A file of one's own that allows more allows nothing more."""
    lanes_gate(sqlite_url, FOUR)
    mine = lanes_gate(sqlite_url, FOUR.replace("= 4", "= 4000"))
    notify = mine.guard(_same, channel="system", count=_same)
    notify(3)

    assert "lane-spent" == stopped(lambda: notify(3))


def test_a_channel_of_its_own_has_an_hour_of_its_own(sqlite_url: str) -> None:
    """Alarms are not kept back by a program that has run wild."""
    gate = lanes_gate(sqlite_url, FOUR + "[channels.alarms]\ngated = false\nmost = 3\n")
    wild, alarm = (gate.guard(_same, channel=name, count=_same) for name in ("system", "alarms"))
    wild(3)

    assert "lane-spent" == stopped(lambda: wild(2))
    assert 3 == alarm(3)


def test_more_than_one_program_shares_one_hour(store_url: str) -> None:
    """Twenty threads of two gates at once: as many pass as the hour has, never one more."""
    gates = [lanes_gate(store_url, FOUR.replace("= 4", "= 7")) for _ in range(2)]
    sent: list[int] = []
    start = threading.Barrier(20)

    def one(gate: Gate) -> None:
        notify = gate.guard(sent.append, channel="system", count=lambda n: n)
        start.wait()
        with suppress(Blocked):
            notify(1)

    threads = [threading.Thread(target=one, args=(gates[number % 2],)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [1] * 7 == sent


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Clock]]:
    clock = Clock()
    opened = open_store(tmp_path_factory.mktemp("lanes") / "store.db", clock=clock)
    yield opened, clock
    opened.close()


@given(steps=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 5)), max_size=25), most=st.integers(1, 12))
def test_no_hour_has_more_than_it_may(store: tuple[Store, Clock], steps: list[tuple[int, int]], most: int) -> None:
    """Whenever an hour is begun to be counted; and what is refused would have been too much in the hour and a minute before."""
    opened, clock = store
    channel = f"lane-{clock().timestamp()}-{most}"
    passed: list[tuple[datetime, int]] = []
    for seconds, n in steps:
        clock.forward(seconds=seconds)
        now = clock().astimezone(UTC)
        if opened.act(lambda txn, n=n: lanes.spend(txn, channel, n, most=most)):  # type: ignore[misc]  # bound now
            passed.append((now, n))
        else:
            assert n + sum(count for at, count in passed if at > now - timedelta(minutes=62)) > most

    for begin, _ in passed:
        assert sum(count for at, count in passed if begin <= at <= begin + timedelta(hours=1)) <= most
    clock.forward(hours=2)


def test_what_left_in_the_last_second_of_a_minute_counts_until_its_hour_is_over(tmp_path: Path) -> None:
    """The minute is counted, not the second: from 12:00:59 to 13:00:00 it is less than an hour."""
    clock = Clock(NOON + timedelta(seconds=59))
    opened = open_store(tmp_path / "store.db", clock=clock)

    def spend() -> bool:
        return opened.act(lambda txn: lanes.spend(txn, "system", 5, most=5))

    assert spend()
    clock.forward(seconds=3541)
    assert not spend()
    clock.forward(seconds=60)
    assert spend()
    opened.close()


def test_the_count_is_kept_for_one_hour_and_no_longer(tmp_path: Path) -> None:
    clock = Clock()
    opened = open_store(tmp_path / "store.db", clock=clock)
    for _ in range(200):
        opened.act(lambda txn: lanes.spend(txn, "system", 1, most=1000))
        clock.forward(minutes=1)
    kept = opened.look(lambda txn: lanes._SPENT.one(txn, {"c": "system"})[0])
    opened.close()

    assert 61 == kept.count(":")
    assert make_policy(FOUR).channels["system"].hourly == 4
