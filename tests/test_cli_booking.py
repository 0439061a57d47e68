"""`book`, `look`, `saw`, and `hold` of what is booked, on the command line: with a distributor without an API."""

import json
import re
import shlex

import pytest

from tests.cli import MAIL, TEAM, Seen, Terminal

PRESS = TEAM.replace(
    '[channels.newsletter]\nvia = "folder:sent"\n',
    '[channels.press]\nvia = "manual:letters"\nclock = "distributor"\nzone = "Asia/Tokyo"\nstop_before = "15m"\n'
    'contact = { name = "Distributor desk", phone = "+81-3-0000-0000", hours = "9-19 JST" }\n',
)


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A release that is approved, for an hour far away; and somebody who watches."""
    terminal.write("releasegate.toml", PRESS)
    terminal.write("july.eml", MAIL.replace("To: list\n", "To: press@museum.example\n").replace("$name", "press").encode())
    terminal.login = "akari"
    terminal.ok("write", "july", "july.eml", "--channel", "press", "--send-at", "2031-06-30T10:00")
    terminal.ok("submit", "july", "-m", "For Monday.")
    digest = json.loads(terminal("show", "july", "--json").out)["digest"]
    for who, verb, more in (("ben", "confirm", ()), ("chie", "approve", terminal.back()[2:])):
        terminal.login = who
        terminal.ok(verb, "july", "--digest", digest, "-m", "Yes.", *more)
    watch(terminal)
    return terminal


def watch(terminal: Terminal) -> None:
    """One pass."""
    terminal.login = "mailer"
    terminal.ok("watch", "--once")


def as_(desk: Terminal, login: str, *words: str) -> Seen:
    desk.login = login
    return desk(*words)


def test_a_release_is_booked_held_and_taken_away_by_letter_and_phone(desk: Terminal) -> None:
    booked = as_(desk, "mailer", "book", "july")
    assert 0 == booked.code
    assert "july: booked.\nIt goes out Mon 30 June 2031, 10:00 JST, by their clock. To stop it: releasegate hold july\n" == booked.out
    letters = sorted(path.name.partition("-")[2] for path in (desk.folder / "letters").iterdir())
    assert ["book.txt", "release.eml", "title.txt"] == letters

    held = as_(desk, "ben", "hold", "july", "-m", "Postponed.")
    assert 5 == held.code
    assert held.out.startswith('NOT HELD YET: july "July issue for press"\n')
    assert "  Phone now: Distributor desk, +81-3-0000-0000 (open 9-19 JST)\n" in held.out
    assert "  It can be stopped until Mon 30 June 2031, 09:45 JST.\n" in held.out
    assert "NOT HELD YET" in held.err, "those in charge are told too"

    refused = as_(desk, "ben", "saw", "july", "absent", "-m", "She says so.")
    assert (4, True) == (refused.code, "the name of the person you spoke to: --spoke-to NAME on" in refused.err)
    gone = as_(desk, "ben", "saw", "july", "absent", "--spoke-to", "Ms Mori", "-m", "Screen by fax.")
    assert (0, True) == (gone.code, "\njuly stays on hold (1):\n" in gone.out)
    assert "will not hold any more" not in gone.out
    again = as_(desk, "ben", "hold", "july", "-m", "Once more.")
    assert (0, "Held: july") == (again.code, again.out[:10])


def test_r14_the_way_out_that_a_refused_lift_names_is_typed_as_it_stands(desk: Terminal) -> None:
    """They leave it: said with the very words of the refusal, then the same lift goes through."""
    as_(desk, "mailer", "book", "july")
    as_(desk, "ben", "hold", "july", "-m", "Postponed.")
    lift = ("lift", "july", "h1", "-m", "Monday after all.", *desk.back())

    refused = as_(desk, "ben", *lift)
    assert (4, True) == (refused.code, "Phone Distributor desk, +81-3-0000-0000." in refused.err)
    (said,) = re.findall(r"releasegate (saw july scheduled .*?\"…\")", refused.err.replace("\n", " "))
    assert 0 == as_(desk, "ben", *shlex.split(said)).code
    assert "july: booked." in as_(desk, "ben", *lift).out


def test_looking_changes_nothing_where_nothing_is_known(desk: Terminal) -> None:
    as_(desk, "mailer", "book", "july")

    looked = json.loads(as_(desk, "ben", "look", "july", "--json").out)
    assert ("look", "booked") == (looked["done"], looked["draft"]["state"])


def test_a_hold_says_what_it_can_where_the_file_is_broken(desk: Terminal) -> None:
    as_(desk, "mailer", "book", "july")
    desk.write("releasegate.toml", PRESS + "\n[gate2]\n")

    held = as_(desk, "ben", "hold", "july", "-m", "Stop.")
    assert 5 == held.code
    assert "Phone the distributor now" in held.out


def test_all_that_is_booked_is_asked_for(desk: Terminal) -> None:
    as_(desk, "mailer", "book", "july")

    held = as_(desk, "ben", "hold-channel", "press", "-m", "Stop all.")
    assert (5, True) == (held.code, "Phone now: Distributor desk" in held.out)
