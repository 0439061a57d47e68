"""A distributor without an API: what a person sends, says and reads back."""

from pathlib import Path
from typing import Any

import pytest

from releasegate.channels.manual import Manual
from releasegate.errors import ContentError, NotSent, PolicyError
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel, Sight
from releasegate.model.state import HoldState, State
from releasegate.protocols import ClockedChannel, Findable
from releasegate.testing import Clock
from tests.booking import FRIDAY, TEN
from tests.building import PEOPLE, TWO_EYES, mail, seen

KEY = "0123456789abcdef0123456789abcdef"
RELEASE = {"title": "New wing", "reach": 350, "text": "The new wing opens."}
POLICY = f"""
version = 1
{PEOPLE}
[channels.press]
via = "manual:letters"
clock = "distributor"
window = "10m"
stop_before = "15m"
zone = "Asia/Tokyo"
contact = {{ name = "Distributor desk", phone = "+81-3-0000-0000" }}
{TWO_EYES}
"""


def sealed(content: Any = RELEASE) -> Parcel:  # noqa: ANN401 - what a caller may hand over
    """One parcel."""
    (parcel,) = Manual("letters").seal(content)
    return parcel


def test_it_is_a_clocked_channel_whose_record_cannot_be_searched() -> None:
    assert isinstance(Manual("letters"), ClockedChannel)
    assert not isinstance(Manual("letters"), Findable)
    assert ("manual:letters", "manual:letters agency-17") == (Manual("letters").identity, Manual("letters", account="agency-17").identity)


def test_a_booking_is_a_letter_beside_the_very_bytes(tmp_path: Path) -> None:
    receipt = Manual("letters", zone="Asia/Tokyo", root=tmp_path).book(sealed(), at=TEN, key=KEY)

    assert "our-0123456789ab" == receipt.id
    assert sealed().body == (tmp_path / "letters" / "0123456789ab-release.json").read_bytes()
    letter = (tmp_path / "letters" / "0123456789ab-book.txt").read_text(encoding="utf-8")
    assert "「New wing」(ファイル 0123456789ab-release.json)を" in letter
    assert 'Please send out the release "New wing" (file 0123456789ab-release.json)' in letter
    assert "2026年6月29日(月)10:00 JST" in letter
    assert 0o600 == (tmp_path / "letters" / "0123456789ab-book.txt").stat().st_mode & 0o777


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    manual = Manual(tmp_path / "letters")
    first = manual.book(sealed(), at=TEN, key=KEY)

    assert first == manual.book(sealed(), at=TEN, key=KEY)
    assert 3 == len(list((tmp_path / "letters").iterdir()))


def test_a_mail_is_taken_as_it_is(tmp_path: Path) -> None:
    Manual(tmp_path).book(sealed(mail()), at=TEN, key=KEY)

    assert b"The new wing opens." in (tmp_path / "0123456789ab-release.eml").read_bytes()


def test_a_letter_that_cannot_be_written_books_nothing(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("a file")

    with pytest.raises(NotSent, match="could not be written"):
        Manual(tmp_path / "letters").book(sealed(), at=TEN, key=KEY)


def test_stopping_writes_what_to_say(tmp_path: Path) -> None:
    manual = Manual(tmp_path)
    manual.stop("our-0123456789ab")

    script = (tmp_path / "0123456789ab-stop.txt").read_text(encoding="utf-8")
    assert "our-0123456789ab" in script
    assert "取り消してください" in script


def test_a_name_that_is_none_of_ours_leads_to_no_other_file(tmp_path: Path) -> None:
    Manual(tmp_path).stop("our-../../etc/passwd")

    assert ["unknown-stop.txt"] == [path.name for path in tmp_path.iterdir()]


def test_what_stands_there_it_does_not_know_but_by_the_public_page(tmp_path: Path) -> None:
    pages: list[str] = []

    def fetch(url: str) -> str:
        pages.append(url)
        return "<h1>New wing</h1>" if len(pages) > 1 else "<h1>Old wing</h1>"

    blind, looking = Manual(tmp_path), Manual(tmp_path, page="http://127.0.0.1:1/press", fetch=fetch)
    booking = blind.book(sealed(), at=TEN, key=KEY).id

    assert Sight(state="unknown", booking=booking) == blind.look(booking)
    assert ["unknown", "sent"] == [looking.look(booking).state, looking.look(booking).state]
    assert {"http://127.0.0.1:1/press"} == set(pages)


@pytest.mark.parametrize(
    "content",
    [{}, {"title": "New wing"}, {"title": " ", "reach": 350}, {"title": "New wing", "reach": True}, {"title": "New wing", "reach": 0}],
)
def test_a_release_without_title_or_reach_says_what_is_missing(content: dict[str, object]) -> None:
    with pytest.raises(ContentError, match="names its title and how many it reaches") as caught:
        sealed(content)
    assert "{'title': 'New wing', 'reach': 350, 'text': …}" in str(caught.value)


def test_a_file_can_open_it(tmp_path: Path) -> None:
    (tmp_path / "releasegate.toml").write_text(POLICY, encoding="utf-8")
    gate = Gate.load(tmp_path / "releasegate.toml")

    assert "manual:letters" == gate._office.identity("press")
    gate.close()


@pytest.mark.parametrize(
    ("via", "clock", "says"),
    [
        ("manual:", 'clock = "distributor"', "names no folder for the letters; write it like 'manual:letters'"),
        ("manual:letters", "", "`via` leads to somebody else's clock by letter and phone; give clock = 'distributor' too"),
        ("smtp://localhost", 'clock = "distributor"', "a distributor is a channel in Python, or manual:FOLDER"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, via: str, clock: str, says: str) -> None:
    text = POLICY.replace('via = "manual:letters"', f'via = "{via}"').replace('clock = "distributor"', clock, 1)
    text = text.replace('stop_before = "15m"\n', "") if not clock else text
    (tmp_path / "releasegate.toml").write_text(text, encoding="utf-8")

    with pytest.raises(PolicyError) as caught:
        Gate.load(tmp_path / "releasegate.toml")
    assert says in str(caught.value)


def test_the_founding_story_without_an_api_ends_by_a_persons_word(tmp_path: Path) -> None:
    """Booked by letter, held by phone: PENDING until somebody over there has said that it is gone."""
    (tmp_path / "releasegate.toml").write_text(POLICY, encoding="utf-8")
    clock, alarms = Clock(FRIDAY), list[Any]()
    gate = Gate.load(tmp_path / "releasegate.toml", clock=clock, alarm=alarms.append)
    gate.watch(by="mailer")
    draft = gate.write("press-17", channel="press", content=RELEASE, by="akari", send_at="2026-06-29T10:00")
    gate.submit("press-17", by="akari", note="Please check.")
    gate.confirm("press-17", digest=draft.digest, by="ben", note="Names are right.")
    gate.approve("press-17", digest=draft.digest, by="chie", note="Read twice.", read_back=seen(gate, "press-17"))
    assert State.BOOKED is gate.book("press-17", by="mailer").state
    assert 3 == len(list((tmp_path / "letters").iterdir()))

    answer = gate.hold("press-17", by="ben", note="Postponed to July.")
    assert HoldState.PENDING is answer.state
    assert "Phone now: Distributor desk, +81-3-0000-0000" in str(answer)
    assert (tmp_path / "letters" / f"{answer.contact['booking'].removeprefix('our-')}-stop.txt").exists()
    assert ["still-booked"] == [alarm.code for alarm in alarms]

    assert State.APPROVED is gate.saw("press-17", "absent", by="ben", spoke_to="Ms Mori", note="Screen by fax.").state
    assert HoldState.HELD is gate.hold("press-17", by="ben", note="Once more.").state
    gate.close()
