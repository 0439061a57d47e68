"""A site of one's own over HTTP: a post that is scheduled, set back to draft, and fetched as a reader would; and the caches between."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from releasegate.errors import Blocked
from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.report import HoldAnswer
from releasegate.model.state import HoldState, State
from releasegate.store import bookings
from releasegate.testing import Clock
from tests.booking import CUT_OFF, FRIDAY, TEN
from tests.building import seen
from tests.test_examples import EXAMPLES, copied

HERE = EXAMPLES / "site"
MINUTE = timedelta(minutes=1)


@dataclass
class House:
    """A gate, its site in another process, who works there, and the alarms with the time each was raised."""

    base: str
    gate: Gate
    channel: Any
    clock: Clock
    alarms: list[tuple[datetime, Alarm]]

    def staff(self, what: str, **data: object) -> None:
        request = Request(f"{self.base}/staff/{what}", data=json.dumps(data).encode(), method="POST")  # noqa: S310 - loopback
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            assert 200 == answer.status

    def at(self, moment: datetime) -> None:
        """It is this late, here and there; and somebody looks."""
        self.clock.at = moment
        self.staff("clock", now=moment.timestamp())
        self.gate.watch(by="mailer")

    def booked(self) -> str:
        """Scheduled for Monday; the slug."""
        assert State.BOOKED is self.gate.book("wing", by="mailer").state
        return self.slug

    @property
    def slug(self) -> str:
        """Our reference, as the site has it."""
        key: str = self.gate._office.store.look(lambda txn: bookings.of_draft(txn, "wing"))[-1].key
        return f"release-{key[:16]}"

    @property
    def post(self) -> dict[str, Any]:
        """The post as it stands there."""
        found: dict[str, Any] = self.channel._blog.posts(self.slug)[0][0]
        return found

    def edited(self, status: str, slug: str = "") -> None:
        """Somebody there sets it to this."""
        for post in self.channel._blog.posts(slug or self.slug)[0]:
            self.channel._blog.set_status(post["id"], status)

    def published(self) -> list[str]:
        with urlopen(f"{self.base}/staff/published", timeout=10) as answer:  # noqa: S310
            return [str(each) for each in json.loads(answer.read())]

    def held(self) -> HoldAnswer:
        return self.gate.hold("wing", by="ben", note="Postponed to July.")

    def codes(self) -> set[str]:
        return {alarm.code for _, alarm in self.alarms}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """The example's folder as it would lie in somebody's project, and a text that is approved for Monday at ten."""
    folder = copied("site", tmp_path)
    monkeypatch.syspath_prepend(str(folder))
    for name in ("blog", "own_site"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    from blog import Blog
    from own_site import Site

    clock, alarms = Clock(FRIDAY), list[tuple[datetime, Alarm]]()

    def told(alarm: Alarm) -> None:
        if not alarm.code.startswith("remind"):
            alarms.append((clock.at, alarm))

    with subprocess.Popen([sys.executable, str(HERE / "wordpress.py"), "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        channel = Site(Blog(base, "akari", "secret"), account="museum", readers=800)
        gate = Gate.load(folder / "releasegate.toml", channels={"site": channel}, clock=clock, alarm=told)
        made = House(base, gate, channel, clock, alarms)
        made.at(FRIDAY)
        text = {"title": "New wing", "text": "The new wing opens."}
        draft = gate.write("wing", channel="site", content=text, by="akari", send_at="2026-06-29T10:00")
        gate.submit("wing", by="akari", note="For Monday.")
        gate.confirm("wing", digest=draft.digest, by="ben", note="Names are right.")
        gate.approve("wing", digest=draft.digest, by="chie", note="Go.", read_back=seen(gate, "wing"))
        yield made
        gate.close()
        process.terminate()


def test_what_is_scheduled_appears_by_their_clock_and_is_seen(house: House) -> None:
    slug = house.booked()
    assert ("future", "2026-06-29T01:00:00", False) == (
        house.post["status"],
        house.post["date_gmt"],
        house.channel._blog.is_shown(f"/{slug}/"),
    )
    house.at(TEN + MINUTE)

    draft = house.gate.draft("wing")
    assert (State.SENT, 800, [slug], set()) == (draft.state, draft.tally.sent, house.published(), house.codes())
    assert HoldState.TOO_LATE is house.held().state


def test_a_hold_sets_the_post_back_to_draft_and_sees_that_no_reader_gets_it(house: House) -> None:
    house.booked()

    assert HoldState.HELD is house.held().state
    assert "draft" == house.post["status"]
    house.at(TEN - MINUTE)
    house.at(TEN + timedelta(minutes=11))
    assert ([], set()) == (house.published(), house.codes())


@pytest.mark.parametrize("keeps", ["stubborn", "pages"])
def test_f043_the_founding_story_with_a_site_fetched_from_a_cache(house: House, keeps: str) -> None:
    """On Friday it was published by mistake for a moment. The record says draft; readers still get it out of a cache: that is no HELD."""
    slug = house.booked()
    house.staff("cache", keeps=keeps)
    house.edited("publish")
    assert house.channel._blog.is_shown(f"/{slug}/")
    house.edited("draft")

    answer = house.held()
    assert HoldState.PENDING is answer.state
    assert "Phone now: Web desk, +81-3-0000-0000" in answer.explain()
    told = [at for at, alarm in house.alarms if alarm.code == "still-booked" and alarm.to]
    assert told[0] <= CUT_OFF - timedelta(minutes=15)
    house.at(CUT_OFF)
    assert HoldState.TOO_LATE is house.held().state
    house.staff("cache", keeps="none")
    assert HoldState.HELD is house.held().state


def test_a_page_that_a_cache_says_is_not_there_is_fetched_past_it(house: House) -> None:
    """Readers of one address get the old 404; of any other they get the page: the record says draft again, and it is still out."""
    slug = house.booked()
    house.staff("cache", keeps="pages")
    assert not house.channel._blog.is_shown(f"/{slug}/")
    house.edited("publish")
    assert not house.channel._blog.is_shown(f"/{slug}/")

    assert house.channel._is_shown(slug)


def test_a_record_that_came_out_of_a_cache_is_no_record(house: House) -> None:
    """It says what stood there before it was taken up again."""
    house.booked()
    house.edited("draft")
    house.staff("cache", keeps="record")
    with pytest.raises(AssertionError, match="out of a cache"):
        _twice(house)
    assert HoldState.PENDING is house.held().state


def _twice(house: House) -> None:
    """The first one fills the cache."""
    house.channel._blog.posts(house.slug)
    try:
        house.channel._blog.posts(house.slug)
    except LookupError as error:
        raise AssertionError(str(error)) from error


def test_a_draft_whose_hour_is_over_proves_nothing(house: House) -> None:
    """It may have been out for a moment: nobody can say so but people."""
    house.booked()
    house.clock.at = TEN + MINUTE
    house.staff("clock", now=(TEN - MINUTE).timestamp())
    house.edited("draft")
    house.staff("clock", now=(TEN + MINUTE).timestamp())

    assert HoldState.TOO_LATE is house.held().state
    assert State.BOOKED is house.gate.draft("wing").state


def test_what_somebody_there_schedules_again_is_set_back_and_told(house: House) -> None:
    house.booked()
    house.held()
    house.edited("future")
    house.at(TEN - timedelta(hours=1))

    assert ("draft", {"drift"}) == (house.post["status"], house.codes())


def test_what_they_publish_early_is_an_incident(house: House) -> None:
    house.booked()
    house.edited("publish")
    house.at(TEN - timedelta(hours=1))

    assert (State.SENT, {"went-out"}) == (house.gate.draft("wing").state, house.codes())


@pytest.mark.parametrize("how", ["trash", "delete"])
def test_what_was_thrown_away_there_is_gone(house: House, how: str) -> None:
    house.booked()
    house.edited("trash") if how == "trash" else house.staff("delete")

    assert HoldState.HELD is house.held().state


def test_what_was_thrown_away_and_is_still_shown_is_not_held(house: House) -> None:
    house.booked()
    house.staff("cache", keeps="stubborn")
    house.edited("publish")
    house.channel._is_shown(house.slug)
    house.staff("delete")

    assert HoldState.PENDING is house.held().state


def test_a_lost_answer_is_found_by_its_slug(house: House) -> None:
    whole = house.channel._blog.schedule

    def lost(*words: Any) -> dict[str, Any]:  # noqa: ANN401
        whole(*words)
        raise TimeoutError

    house.channel._blog.schedule = lost
    assert State.BOOKED is house.gate.book("wing", by="mailer").state
    assert "future" == house.post["status"]


def test_what_was_scheduled_twice_is_found_and_both_are_taken_off(house: House) -> None:
    """WordPress has given the second one another slug."""
    slug = house.booked()
    house.channel._blog.schedule("New wing", "The new wing opens.", TEN, slug)

    assert HoldState.HELD is house.held().state
    posts, _ = house.channel._blog.posts(slug, f"{slug}-2")
    assert [(slug, "draft"), (f"{slug}-2", "draft")] == [(post["slug"], post["status"]) for post in posts]


@pytest.mark.parametrize("trouble", ["a wrong password", "nobody there"])
def test_what_they_did_not_take_is_not_booked(house: House, trouble: str) -> None:
    blog = house.channel._blog
    if trouble == "nobody there":
        blog._base = "http://127.0.0.1:1"
    blog._login = "Basic x"

    with pytest.raises(Blocked) as caught:
        house.gate.book("wing", by="mailer")
    assert {"not-booked"} == set(caught.value.decision.blocked_by)  # type: ignore[attr-defined]


def test_an_error_of_theirs_is_no_answer(house: House) -> None:
    """500 after they did it: it is looked for."""
    from blog import Answered

    whole = house.channel._blog.schedule

    def broken(*words: Any) -> dict[str, Any]:  # noqa: ANN401
        whole(*words)
        raise Answered(500)

    house.channel._blog.schedule = broken
    assert State.BOOKED is house.gate.book("wing", by="mailer").state


def test_a_page_that_answers_with_trouble_proves_nothing(house: House) -> None:
    house.booked()
    house.channel._blog.is_shown = lambda path: house.channel._blog._api("GET", "/0", None)

    assert HoldState.PENDING is house.held().state


def test_the_client_and_the_channel_are_as_long_as_the_page_says() -> None:
    assert 80 >= max(len((HERE / name).read_text(encoding="utf-8").splitlines()) for name in ("blog.py", "own_site.py"))


def test_the_page_shows_the_example() -> None:
    """Its blocks are the files of the folder."""
    page = (EXAMPLES.parent / "docs" / "how-to" / "site.md").read_text(encoding="utf-8")
    blocks = dict(re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))

    assert {name: (HERE / name).read_text(encoding="utf-8") for name in blocks} == blocks
    assert {"own_site.py", "releasegate.toml"} == set(blocks)
