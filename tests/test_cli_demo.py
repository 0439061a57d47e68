"""In a demo: one person plays all the others, and what the gate says to do can be typed as it stands."""

import json
import shlex

import pytest

from releasegate.gate import Gate
from releasegate.testing import Outbox
from tests.building import TWO_EYES, make_policy
from tests.cli import Terminal

SIGNING = {"confirm", "approve", "waive"}


@pytest.fixture
def demo(terminal: Terminal) -> Terminal:
    """As `init --demo` leaves it; with a warning in the list, and on hold."""
    terminal.ok("init", "--demo")
    readers = terminal.folder / "readers.csv"
    rows = readers.read_text(encoding="utf-8").splitlines()
    readers.write_text("\n".join([*rows, rows[1]]) + "\n", encoding="utf-8")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")
    terminal.ok("--as", "ben", "hold", "july", "-m", "Wait for the picture.")
    return terminal


def _hows(demo: Terminal) -> list[str]:
    return [how for each in json.loads(demo("show", "july", "--json").out)["blockers"] for how in each["how"]]


def test_what_is_said_to_do_can_be_typed(demo: Terminal) -> None:
    """Until it is sent: the hold lifted, the warning waived, submitted, confirmed, approved; each as somebody who may."""
    mark = json.loads(demo("show", "july", "--json").out)["digest"][:8]
    done = []
    while hows := [how for how in _hows(demo) if "…" not in how]:
        words = shlex.split(hows[0])[1:]
        verb = words[words.index("july") - 1]
        seen = demo(*words, "-m", "As it says.", *(["--digest", mark] if verb in SIGNING else []))
        assert 0 == seen.code, seen
        done.append(" ".join(words))

    assert [
        "--as ben lift july h1",
        "--as ben waive july duplicate-recipients",
        "submit july",
        "--as ben confirm july",
        "--as chie approve july",
    ] == done
    assert 0 == demo("send", "july").code


def test_outside_a_demo_nobody_is_played(sqlite_url: str) -> None:
    people = '[people]\nakari = { roles = ["author"] }\nben = { roles = ["checker"] }\nchie = { roles = ["approver"] }\n'
    policy = make_policy("[channels.news]\n" + TWO_EYES, people=people)
    gate = Gate(sqlite_url, policy=policy, channels={"news": Outbox()})
    gate.write("d1", channel="news", content="The new wing opens.", by="akari")
    hows = [how for each in gate.decide("d1").blockers for how in each.how]
    gate.close()

    assert ["releasegate submit d1", "releasegate confirm d1", "releasegate approve d1"] == hows
