"""`init`, `policy` and `log` on the command line."""

import json
import re
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from releasegate.cli.exits import Exit
from releasegate.policy.policy import Policy
from tests.cli import TEAM, Terminal


def test_init_writes_a_strict_policy_to_fill_in(terminal: Terminal) -> None:
    terminal.login = 'aka"ri'

    assert "Wrote releasegate.toml. Put in the names of your team.\nNext: releasegate policy check\n" == terminal.ok("--lang", "en", "init")

    policy = Policy.load("releasegate.toml")
    assert ("", "en", ["author"]) == (policy.mode, policy.lang, [person.id for person in policy.people if "os:aka?ri" in person.also])
    assert ["releasegate.toml"] == [path.name for path in terminal.folder.iterdir()]


def test_a_file_of_init_that_nobody_has_filled_in_does_not_hold(terminal: Terminal) -> None:
    """No gate opens with it, so `policy check` must not call it good; a login that is left is a remark: a program may not need it."""
    terminal.ok("--lang", "en", "init")

    seen = terminal("policy", "check")
    assert (2, True) == (seen.code, "[people].checker: still says 'NAME OF A COLLEAGUE'" in seen.err)

    filled = (
        Path("releasegate.toml").read_text("utf-8").replace("NAME OF A COLLEAGUE", "Ben Ito").replace("NAME OF WHO DECIDES", "Chie Tanaka")
    )
    terminal.write("releasegate.toml", filled)
    assert "[people].checker: still says 'os:LOGIN-2'; put in their login, or take it away" in terminal.ok("policy", "check")


def test_init_in_japanese_is_as_strict(terminal: Terminal) -> None:
    terminal.ok("--lang", "ja", "init")

    seen = terminal("queue")

    assert (2, "何も配信していません。ポリシーに直すところが 2 件あります。") == (seen.code, seen.err.splitlines()[0])
    assert "まだ「ここに確認者の名前」のままです。" in seen.err
    assert ("ja", "Asia/Tokyo") == ((policy := Policy.load("releasegate.toml")).lang, policy.channels["newsletter"].zone)


def test_init_writes_nothing_over(terminal: Terminal) -> None:
    terminal.write("july.eml", "mine")

    seen = terminal("init", "--demo")

    assert (2, "There already: july.eml. Nothing was written.\n") == (seen.code, seen.err)
    assert ["july.eml"] == [path.name for path in terminal.folder.iterdir()]


@pytest.mark.parametrize("login", ["ben", "Akari Sato"])
def test_the_author_of_a_demo_is_somebody_of_their_own(terminal: Terminal, login: str) -> None:
    terminal.login = login

    assert "You are akari, the author." in terminal.ok("init", "--demo")
    assert {"akari", "ben", "chie"} == {person.id for person in Policy.load("releasegate.toml").people}


def test_a_policy_that_holds_says_whom_it_depends_on(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)

    said = terminal.ok("policy", "check")

    assert "4 people, 1 requirement." in said
    assert "    newsletter, written by akari: chie (two pairs of eyes)\n" in said
    told = json.loads(terminal.ok("policy", "check", "--json"))
    assert (True, []) == (told["ok"], told["problems"])
    assert {"channel": "newsletter", "author": "akari", "away": ["chie"], "requirements": ["two pairs of eyes"]} in told["absences"]


def test_a_policy_that_can_be_signed_whoever_is_away(terminal: Terminal) -> None:
    more = "".join(f'p{no} = {{ roles = ["checker", "approver"] }}\n' for no in range(5))
    terminal.write(
        "big.toml",
        TEAM.replace("[channels", f"{more}[channels").replace('"author", "checker"', '"checker"') + '[groups]\nnight = ["ben"]\n',
    )

    said = terminal.ok("policy", "check", "big.toml")

    assert "One or two people may be away" in said
    assert "[groups].night: no requirement asks for it" in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("checkers = 1", "chekers = 1"), "chekers"),
        (('via = "folder:sent"', 'via = "folder:sent"\n[checks]\n"no-such-check" = {}'), "no-such-check"),
    ],
)
def test_a_policy_that_does_not_load_says_why(terminal: Terminal, change: tuple[str, str], says: str) -> None:
    terminal.write("releasegate.toml", TEAM.replace(*change))

    seen = terminal("policy", "check")
    told = terminal("policy", "check", "--json")

    assert (2, True) == (seen.code, says in seen.err)
    assert (2, False, True) == (told.code, json.loads(told.out)["ok"], says in json.loads(told.out)["problems"][0])


def test_other_rules_take_two_people(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)
    terminal.login = "akari"
    assert 0 == terminal("queue").code
    terminal.write("releasegate.toml", TEAM.replace("approvers = 1", 'approvers = 1\nvalid_for = "72h"'))

    assert "are proposed" in terminal.ok("policy", "adopt", "-m", "Signatures age.")
    terminal.login = "chie"
    assert "are in force" in terminal.ok("policy", "adopt", "-m", "Right.")


def test_a_right_is_lent_until_a_day(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)
    terminal.login = "chie"
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()

    said = terminal.ok("policy", "delegate", "chie", "--to", "ben", "--until", f"{day} 18:00 Asia/Tokyo", "-m", "On holiday.")

    assert said.startswith("Ben Ito may sign for Chie Tanaka until ")
    assert 2 == terminal("policy", "delegate", "chie", "--to", "ben", "--until", f"{day} 18:00", "-m", "x").code
    assert 2 == terminal("policy", "delegate", "chie", "--to", "ben", "--until", "2099-12-01 18:00 Asia/Tokyo", "-m", "x").code
    unknown = terminal("policy", "delegate", "chie", "--to", "nobody", "--until", f"{day} 18:00 Asia/Tokyo", "-m", "x")
    assert (4, True) == (unknown.code, "nobody" in unknown.err)


@pytest.fixture
def logged(terminal: Terminal) -> Terminal:
    """A demo in which a draft was written and submitted."""
    terminal.ok("init", "--demo")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")
    terminal.ok("submit", "july", "-m", "New.")
    return terminal


def test_what_no_anchor_covers_is_said(logged: Terminal) -> None:
    anchor = logged.ok("log", "anchor").strip()
    assert "vouched for by no anchor" not in logged.ok("log", "verify", "--anchor", anchor)
    logged.ok("hold", "july")

    assert "  1 event since " in logged.ok("log", "verify", "--anchor", anchor)
    logged.write("anchors.txt", f"# kept by chie\n\n{anchor} after the submit\n")
    told = json.loads(logged.ok("log", "verify", "--anchors", "anchors.txt", "--json"))
    assert (True, 1) == (told["sound"], told["uncovered"])


def test_a_log_that_was_changed_ends_with_1(logged: Terminal) -> None:
    with sqlite3.connect(logged.folder / "gate.db") as store:
        store.execute("UPDATE events SET body = replace(body, 'submit', 'Submit') WHERE kind = 'submit'")
    store.close()

    seen = logged("log", "verify")

    assert (1, True) == (seen.code, seen.out.startswith("The log is NOT what was written: "))
    assert "changed: " in seen.out
    assert 1 == logged("log", "verify", "--json").code


def test_notes_that_were_taken_away_are_named(logged: Terminal) -> None:
    with sqlite3.connect(logged.folder / "gate.db") as store:
        store.execute("UPDATE events SET memo = NULL, salt = NULL WHERE kind = 'submit'")
    store.close()

    seen = logged("log", "verify")
    assert (1, True) == (seen.code, "no entry says that it was erased" in seen.out)


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--anchor", "nonsense"), "is no anchor"), (("--anchors", "none.txt"), "none.txt"), (("--anchors", "bytes.txt"), "bytes.txt")],
)
def test_an_anchor_that_cannot_be_read_is_a_wrong_call(logged: Terminal, words: tuple[str, str], says: str) -> None:
    logged.write("bytes.txt", b"\xff\xfe")

    seen = logged("log", "verify", *words)

    assert (2, True) == (seen.code, says in seen.err)


def test_the_log_of_an_unknown_draft(logged: Terminal) -> None:
    assert (2, "Nothing was sent. There is no draft jule. Did you mean july?\n") == ((seen := logged("log", "jule")).code, seen.err)
    assert 2 == logged("log").code


def test_a_draft_may_be_called_like_a_command(logged: Terminal) -> None:
    logged.ok("write", "verify", "july.eml", "--channel", "newsletter", "--to", "readers.csv", "--title", "Verify")

    assert "written" in logged.ok("log", "of", "verify")


# --- hours of the log, rules that nobody can meet


@pytest.mark.parametrize(("zone", "told"), [('zone = "Asia/Tokyo"\n', "JST"), ('zone = "Asia/Dubai"\n', "Asia/Dubai"), ("", "UTC")])
def test_the_log_names_the_zone_of_its_hours(terminal: Terminal, zone: str, told: str) -> None:
    terminal.write("releasegate.toml", TEAM.replace('via = "folder:sent"\n', f'via = "folder:sent"\n{zone}'))
    terminal.write("july.txt", "To: mika@reader.example\nSubject: July\n\nHello.\n")
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter")

    at = datetime.fromisoformat(json.loads(terminal.ok("log", "july", "--json"))[0]["at"])

    local = at.astimezone(ZoneInfo("Asia/Tokyo")) if told == "JST" else at.astimezone(ZoneInfo(told))
    assert terminal.ok("log", "july").startswith(f"{local:%Y-%m-%d %H:%M} {told}  Akari Sato  written")


@pytest.mark.parametrize(
    "policy",
    [
        TEAM.replace('name = "Chie Tanaka", roles = ["approver"]', 'name = "Chie Tanaka", roles = ["checker"]'),
        TEAM.replace('"author", "checker"', '"checker"').replace('["author"]', "[]"),
        TEAM[: TEAM.index("[[requirement]]")],
    ],
    ids=["no approver", "no author", "no requirement"],
)
def test_a_channel_by_which_nothing_can_leave_is_no_success(terminal: Terminal, policy: str) -> None:
    terminal.write("releasegate.toml", policy)

    assert (3, True) == ((seen := terminal("policy", "check")).code, "Nothing can leave by newsletter as it stands" in seen.out), seen
    assert "このままでは newsletter から何も配信できません。" in terminal("--lang", "ja", "policy", "check").out
    assert (3, ["newsletter"]) == ((seen := terminal("policy", "check", "--json")).code, json.loads(seen.out)["dead_ends"])


def test_one_author_who_is_also_the_only_approver_is_no_dead_end(terminal: Terminal) -> None:
    """Texts of the others can be signed."""
    terminal.write("releasegate.toml", TEAM.replace('["approver"]', '["author", "approver"]'))

    assert "written by chie: never" in terminal.ok("policy", "check")


def test_a_store_that_needs_another_package_names_it(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal.ok("init", "--demo")
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as where it is not installed

    seen = terminal("--store", "postgresql://gate@127.0.0.1:1/gate", "queue")

    told = 'Nothing was sent. A store on PostgreSQL needs one more package: pip install "releasegate[postgres]"\n'
    assert (1, told) == (seen.code, seen.err)


def test_a_proposal_says_who_must_agree(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)
    terminal.login = "akari"
    terminal.ok("queue")
    terminal.write("releasegate.toml", TEAM.replace("approvers = 1", 'approvers = 1\nvalid_for = "7d"'))

    said = terminal.ok("policy", "adopt", "-m", "Approvals age.")

    assert "are proposed, not in force. A second person must say the same, and one of the two must be an approver:" in said


def test_a_delegation_without_an_instant_names_its_own_option(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)
    terminal.login = "chie"

    seen = terminal("policy", "delegate", "chie", "--to", "ben", "--until", "tomorrow", "-m", "Away.")

    assert (2, True) == (seen.code, seen.err.startswith("Nothing was sent. --until: 'tomorrow' is no complete date and hour.")), seen


def test_the_table_of_exit_codes_is_the_one_of_the_program() -> None:
    text = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")

    assert {code.value for code in Exit} == {int(code) for code in re.findall(r"^\| (\d) \| ", text, re.MULTILINE)}
