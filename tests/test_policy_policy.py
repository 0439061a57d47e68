import re
import tomllib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.errors import PolicyError
from releasegate.policy import ChannelRules, CheckRules, People, Person, Policy, Requirement
from releasegate.policy.nearest import nearest
from releasegate.policy.reading import MOST_BYTES, data_faults
from tests.building import RULES, make_policy

DATA = Path(__file__).parent / "data"
TEAM = (DATA / "policy_team.toml").read_text(encoding="utf-8")


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        Policy.parse(text, where="releasegate.toml")
    return caught.value.problems


def team(old: str = "", new: str = "") -> Policy:
    assert old in TEAM
    return Policy.parse(TEAM.replace(old, new, 1))


def shuffled(value: Any) -> Any:  # noqa: ANN401 - any data
    """The same data with all keys in the other order."""
    return {key: shuffled(value[key]) for key in reversed(value)} if isinstance(value, dict) else value


@pytest.mark.parametrize("name", ["policy_team.toml", "policy_solo.toml"])
def test_the_examples_load_and_come_back_from_their_own_words(name: str) -> None:
    policy = Policy.load(DATA / name)
    again = Policy.from_dict(policy.to_dict())

    assert policy == again
    assert (policy.rules, policy.directory, policy.to_dict()) == (again.rules, again.directory, again.to_dict())


def test_the_file_of_a_team_says_what_it_says() -> None:
    policy = team()

    assert ("gate.db", "ja", "", ("chie", "env:ALARM_URL")) == (policy.store, policy.lang, policy.mode, policy.alarm)
    assert ["newsletter", "press", "system"] == list(policy.channels)
    assert {"legal": {"dai"}} == policy.groups
    assert ["two pairs of eyes", "legal approves every press release"] == [rule.name for rule in policy.applying("press")]
    assert ["two pairs of eyes", "newsletters need two approvers"] == [rule.name for rule in policy.applying("newsletter")]
    assert {"duplicate-recipients": {}, "placeholder-unresolved": {}, "url-unverifiable": {}} == policy.check_parameters()
    assert 1_000 == policy.handoff["read_back_over"]


def test_settings_of_checks_come_as_plain_data_and_come_back() -> None:
    policy = Policy.from_dict(
        {"version": 1, "checks": {"a": {"severity": "warning", "hosts": ["x"], "more": {"deep": [1, 0.5, False, ""]}}}}
    )

    assert {"a": {"hosts": ["x"], "more": {"deep": [1, 0.5, False, ""]}}} == policy.check_parameters()
    assert policy == Policy.from_dict(policy.to_dict())


def test_every_key_comes_back() -> None:
    channel: dict[str, object] = {
        "clock": "distributor",
        "stop_before": "15m",
        "contact": {"name": "Desk", "phone": "1"},
        "linked": ["site"],
        "undo": "0s",
    }
    channel |= {"zone": "Asia/Tokyo", "account": "a", "mode": "test", "bulk": True, "repeat": "1h", "window": "90m"}
    rule = {"name": "r", "approvers": 1, "waivable_by": {"approvers": 1}, "keep_on": ["text", "links"], "valid_for": "1h", "group": "g"}
    person = {
        "name": "Mika",
        "email": "m@x.example",
        "also": ["os:m"],
        "roles": ["approver", "author"],
        "phone": "1",
        "deputy": "ben",
        "supervisor": "ben",
        "lang": "ja",
        "keys": ["k"],
    }
    policy = Policy.from_dict(
        {
            "version": 1,
            "gate": {"store": "a.db", "lang": "ja", "alarm": ["mika", "env:A"]},
            "people": {"mika": person, "ben": {}},
            "groups": {"g": ["mika"]},
            "channels": {"press": channel, "site": {}},
            "requirement": [rule],
            "checks": {"c": {"severity": "blocker", "valid_for": "1h", "waivable_by": {"checkers": 2}, "x": 0}},
            "handoff": {"routine": "2d", "elevated": "1h", "critical": "5m", "read_back_over": 0},
        }
    )
    again = Policy.from_dict(policy.to_dict())

    assert policy == again
    assert policy.rules == again.rules
    assert again.channels["press"].undo_given
    assert not again.channels["site"].undo_given
    assert ("mika", "env:A") == again.alarm
    demo = Policy.parse("version = 1\n[gate]\nmode = 'demo'")
    assert ("demo", demo) == (Policy.from_dict(demo.to_dict()).mode, Policy.from_dict(demo.to_dict()))


def test_comments_and_order_change_neither_digest() -> None:
    data = tomllib.loads(TEAM)
    data["requirement"].reverse()
    other = Policy.from_dict(shuffled(data))
    commented = team("version = 1", "version = 1 # the first")

    assert {(team().rules, team().directory)} == {(other.rules, other.directory), (commented.rules, commented.directory)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"2h"', '"120m"'),
        ("smtp://localhost:8025", "smtp://mail.example.com"),
        ("9-19 JST", "24 h"),
        ('lang  = "ja"', 'lang = "en"'),
        ('"gate.db"', '"other.db"'),
        ("channels.press]", "channels.press]\nbulk = false"),
    ],
)
def test_what_decides_nothing_changes_neither_digest(old: str, new: str) -> None:
    assert (team().rules, team().directory) == (team(old, new).rules, team(old, new).directory)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[groups]", 'eve = { roles = ["approver"] }\n[groups]'),
        ('legal = ["dai"]', 'legal = ["dai", "chie"]'),
        ('roles = ["approver"],  ', "roles = [],  "),
        ("+81-90-0000-0001", "+81-90-0000-0009"),
    ],
)
def test_people_and_groups_change_the_directory_only(old: str, new: str) -> None:
    assert team().rules == team(old, new).rules
    assert team().directory != team(old, new).directory


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("approvers   = 2\n", "approvers = 3\n"),
        ("waivable_by = { approvers = 2 }", "keep_on = []"),
        ('"5m"', '"6m"'),
        ('undo   = "5m"', ""),
        ('window = "2h"', 'window = "3h"'),
        ('window = "2h"', 'account = "a"'),
        ('window = "2h"', 'mode = "test"'),
        ('window = "2h"', 'zone = "Asia/Tokyo"'),
        ('window = "2h"', 'undo = "0s"\n[channels.x]'),
        ("most  = 3", "most = 4"),
        ('group     = "legal"', ""),
        ('severity = "warning"', 'severity = "blocker"'),
        ('valid_for = "24h"', "most = 3"),
        ("[checks]", '[handoff]\ncritical = "5m"\n[checks]'),
    ],
)
def test_a_rule_changes_the_rules_only(old: str, new: str) -> None:
    text = TEAM.replace('undo   = "5m"\n', "") if new.startswith("undo =") else TEAM
    changed = Policy.parse(text.replace(old, new, 1))

    assert team().rules != changed.rules
    assert team().directory == changed.directory


def test_an_undo_of_nothing_is_another_rule_than_none() -> None:
    said, unsaid = (Policy.from_dict({"version": 1, "channels": {"a": table}}) for table in ({"undo": "0s"}, {}))

    assert said.rules != unsaid.rules


def test_the_rules_are_known_by_their_bytes() -> None:
    assert team().rules_text().startswith(b'{"channels":{"newsletter":{"account":""')
    assert b"akari" not in team().rules_text()
    assert b"8025" not in team().rules_text()
    assert 64 == len(team().rules)


def test_all_problems_come_together() -> None:
    text = (
        TEAM.replace('"2h"', '"2 h"').replace('channels  = ["press"]', 'channels = ["pres"]').replace("most  = 3", "").replace("autor", "")
    )
    text = text.replace('legal = ["dai"]', 'legal = ["dia"]').replace("version = 1", "version = 2\nverson = 1")

    assert (
        "releasegate.toml:3:1: unknown key 'verson'; did you mean 'version'?",
        "releasegate.toml:2:1: version '2' is not known here; write version = 1, or use the release that knows it",
        "releasegate.toml:23:10 [channels].newsletter.window: '2 h' is no length of time; write it like '10m', '2h' or '7d'",
        "releasegate.toml:32:2 [channels].system: gated = false needs `most`, from 1 to 10; a lane without a gate is bounded",
        "releasegate.toml:19:10 [groups].legal: no person 'dia'; did you mean 'dai'?",
        "releasegate.toml:43:13 [[requirement]] no. 2.channels: no channel 'pres'; did you mean 'press'?",
    ) == problems(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "releasegate.toml: no 'version'; begin the file with version = 1"),
        ("version = true", "releasegate.toml:1:1: version 'True' is not known here; "),
        ("version = 1.0", "releasegate.toml:1:1: version '1.0' is not known here; "),
        ('version = "1"', "releasegate.toml:1:1: version '1' is not known here; "),
        ("version = 1\n[groups\n", "releasegate.toml:2:8: expected ']' at the end of a table declaration; this is not TOML"),
        ("version = ", "releasegate.toml:1:11: invalid value; this is not TOML"),
        ("version = 1\nversion = 1", "releasegate.toml:2:12: cannot overwrite a value; this is not TOML"),
        ("a = " + "[" * 5_000, "releasegate.toml: is nested too deeply, or holds a number without end; "),
        ("a = 1" + "0" * 5_000, "releasegate.toml: is nested too deeply, or holds a number without end; "),
        ("#" * MOST_BYTES + "#", "releasegate.toml: is larger than 1,000,000 bytes; a policy is a page of rules"),
        ("version = 1\npeople = 3", "releasegate.toml:2:10 [people]: is no table; write it like [people]"),
        ("version = 1\npeople = { ben = 3 }", "releasegate.toml:2:18 [people].ben: is no table; write it like ben = { … }"),
        ("version = 1\nrequirement = 3", "releasegate.toml:2:15 [requirement]: is no list of tables; write each like [[requirement]]"),
        ("version = 1\nrequirement = [3]", "releasegate.toml:2:1 [requirement]: is no list of tables; write each like [[requirement]]"),
        (
            "version = 1\n[requirement]\nname = 'r'",
            "releasegate.toml:2:2 [requirement]: is no list of tables; write each like [[requirement]]",
        ),
        ("version = 1\n[gate]\nlang = 'jaa'", "releasegate.toml:3:8 [gate].lang: 'jaa' does not fit; did you mean 'ja'?"),
        ("version = 1\n[gate]\nmode = 'off'", "releasegate.toml:3:8 [gate].mode: 'off' does not fit; known: demo"),
        ("version = 1\n[gate]\nalarm = 'mailto://x'", "releasegate.toml:3:9 [gate].alarm: is one string; give a list: ['…']"),
        ("version = 1\n[gate]\nstroe = 'x'", "releasegate.toml:3:1 [gate]: unknown key 'stroe'; did you mean 'store'?"),
        ("version = 1\n[handoff]\nurgent = '5m'", "releasegate.toml:3:1 [handoff]: unknown key 'urgent'; "),
        ("version = 1\n[handoff]\ncritical = '0s'", "releasegate.toml:3:12 [handoff].critical: no time at all; "),
        ("version = 1\n[groups]\nLegal = []", "releasegate.toml:3:1 [groups].Legal.name: 'Legal' is no id; "),
        ("version = 1\n[checks]\na = { since = 2026-01-01 }", "releasegate.toml:3:15 [checks].a.since: holds a date that cannot be kept; "),
        ("version = 1\n[checks]\na = { x = [1, nan] }", "releasegate.toml:3:15 [checks].a.x no. 2: holds a float that cannot be kept; "),
        ("version = 1\n[checks]\na = { x = 9007199254740993 }", "releasegate.toml:3:11 [checks].a.x: holds a int that cannot be kept; "),
        ("version = 1\n[checks]\na = { x = [[[[[[[1]]]]]]] }", "releasegate.toml [checks].a.x no. 1 no. 1"),
        ('version = 1\n["pe\\u001Bople"]', "releasegate.toml '[pe\\x1bople]': this key is no plain line of text; name it"),
        ('version = 1\n[people]\n"b\\u202Een" = {}', "releasegate.toml '[people].b\\u202een': this key is no plain line of text; name it"),
        ("version = 1\n[channels]\n'../x' = {}", "releasegate.toml:3:1 [channels].../x.name: '../x' is no id; "),
    ],
)
def test_a_file_that_is_no_policy_does_not_load(text: str, problem: str) -> None:
    found = problems(text)

    assert 1 == len(found)
    assert found[0].startswith(problem)


LONG = "x" * 150


@pytest.mark.parametrize(
    "text",
    [
        f"[groups]\nlegal = ['{LONG}']",
        f"[groups]\nlegal = ['{LONG}', '{LONG}']",
        f"[channels]\npress = {{ linked = ['{LONG}'] }}",
        f"[channels]\npress = {{ zone = '{LONG}' }}",
        f"[channels]\npress = {{ contact = {{ name = 'D', phone = '1', {LONG} = '1' }} }}",
        f"[channels]\npress = {{ window = '{LONG}' }}",
        f"[[requirement]]\nname = 'r'\ncheckers = 1\nchannels = ['{LONG}']",
        f"[[requirement]]\nname = 'r'\ncheckers = 1\nchannels = '{LONG}'",
        f"[[requirement]]\nname = 'r'\ncheckers = 1\ngroup = '{LONG}'",
        f"[[requirement]]\nname = 'r'\ncheckers = 1\nkeep_on = ['{LONG}']",
        f"[checks]\nlegal = {{ severity = '{LONG}' }}",
        f"[[requirement]]\nname = 'r'\ncheckers = 1\nwaivable_by = {{ {LONG} = 1 }}",
        f"[handoff.tiers]\n{LONG} = 'routine'",
        f"[handoff.tiers]\nlift = '{LONG}'",
        f"[people]\nben = {{ roles = ['{LONG}'] }}",
        f"[people]\nben = {{ {LONG} = 1 }}",
        f"[gate]\n{LONG} = 1",
    ],
)
def test_a_problem_repeats_forty_letters_of_a_wrong_name(text: str) -> None:
    """A file that somebody else wrote fills nobody's screen."""
    (problem,) = problems(f"version = 1\n{text}")

    assert [40] == [len(run) for run in re.findall("x{30,}", problem)]


@pytest.mark.parametrize("text", ["[people]\n{} = 1", "[channels]\n{} = 1", "[checks]\n{} = 1"])
def test_a_place_is_named_by_a_hundred_letters_and_how_to_write_it_by_forty(text: str) -> None:
    (problem,) = problems("version = 1\n" + text.format(LONG))

    assert [100, 40] == [len(run) for run in re.findall("x{30,}", problem)]
    assert problem.startswith(f"releasegate.toml:2:2 {text.partition(chr(10))[0]}.xxx")


@pytest.mark.parametrize("text", ["[people.{}]", "[channels.{}]", "[groups]\n{} = []"])
def test_a_name_that_is_too_long_is_named_by_its_place_and_by_forty_letters(text: str) -> None:
    (problem,) = problems("version = 1\n" + text.format(LONG))

    assert [100, 40] == [len(run) for run in re.findall("x{30,}", problem)]


def test_a_value_that_does_not_fit_is_shown_by_sixty_letters_or_by_its_kind() -> None:
    assert (f"releasegate.toml:3:8 [gate].lang: '{'x' * 60}' does not fit; known: en, ja",) == problems(
        f"version = 1\n[gate]\nlang = '{LONG}'"
    )
    assert ("releasegate.toml:3:9 [gate].store: list does not fit; give text in quotes",) == problems("version = 1\n[gate]\nstore = []")
    assert (
        f"releasegate.toml:3:13 [channels].a.via: no way out is called '{'x' * 20}'; known: folder, manual, smtp, smtp+starttls, smtps",
    ) == (problems(f"version = 1\n[channels]\na = {{ via = '{LONG}://h' }}"))


def test_what_comes_close_is_named_or_all_that_there_is() -> None:
    assert "did you mean 'press'?" == nearest("pres", ["site", "press"])
    assert "known: press, site" == nearest("mail", ["site", "press"])
    assert "there is none yet" == nearest("mail", [])


def test_every_wrong_step_and_tier_of_a_handoff_is_named() -> None:
    assert (
        "releasegate.toml:3:1 [handoff].tiers: unknown step 'liftt'; did you mean 'lift'?",
        "releasegate.toml:4:1 [handoff].tiers: unknown step 'post'; known: approve, confirm, lift, send_back, submit",
        "releasegate.toml:4:8 [handoff].tiers: unknown tier 'hard'; known: critical, elevated, routine",
        "releasegate.toml:5:8 [handoff].tiers: unknown tier 'critcal'; did you mean 'critical'?",
    ) == problems("version = 1\n[handoff.tiers]\nliftt = 'routine'\npost = 'hard'\nlift = 'critcal'")


def test_a_long_version_is_cut_too() -> None:
    assert (
        "releasegate.toml:1:1: version '12345678901234567890' is not known here; write version = 1, or use the release that knows it",
    ) == (problems("version = '1234567890123456789012345'"))


def test_an_empty_group_and_a_check_that_is_none_are_named() -> None:
    assert ("releasegate.toml:3:1 [groups].legal.members: 3 does not fit; give a list of texts",) == problems(
        "version = 1\n[groups]\nlegal = 3"
    )
    assert ("releasegate.toml:3:1 [checks]. .name: is empty, or has blanks around it; write it without",) == problems(
        "version = 1\n[checks]\n' ' = {}"
    )


def test_every_word_that_is_written_down_is_plain_text() -> None:
    def leaves(value: Any) -> set[type]:  # noqa: ANN401 - any data
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return {type(value)}.union(*map(leaves, inner))

    assert {dict, list, str, int, bool} == leaves(team().to_dict())


@pytest.mark.parametrize("value", [b"x", {1: 2}, {"a": "\ud800"}, {"a": {"x"}}, object()])
def test_data_that_no_file_could_hold_are_refused(value: object) -> None:
    with pytest.raises(PolicyError):
        Policy.from_dict({"version": 1, "checks": {"a": {"x": value}}})


def nested(deep: int) -> object:
    """A list in a list, so many of them."""
    return [nested(deep - 1)] if deep else 1


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (2**53, ""),
        (-(2**53), ""),
        (2**53 + 1, "[k]: holds a int that cannot be kept; write it as text or as a number up to 2^53"),
        ("\ud7ff\ue000", ""),
        ("\ud800", "[k]: holds a str that cannot be kept; write it as text or as a number up to 2^53"),
        (chr(0xDFFF), "[k]: holds a str that cannot be kept; write it as text or as a number up to 2^53"),
        (nested(7), ""),
        (nested(8), "[k] no. 1 no. 1 no. 1 no. 1 no. 1 no. 1 no. 1 no. 1: is nested more than 8 deep; make it flatter"),
        ({"a": {"b": b"x"}}, "[k].a.b: holds a bytes that cannot be kept; write it as text or as a number up to 2^53"),
        ({"b" * 101: None}, ""),
        ({"b" * 101: b"x"}, f"[k].{'b' * 100}: holds a bytes that cannot be kept; write it as text or as a number up to 2^53"),
    ],
)
def test_what_a_file_can_hold_ends_exactly_here(value: object, fault: str) -> None:
    assert [fault] * bool(fault) == list(data_faults({"k": value}))
    assert f"[{'k' * 100}]: holds a bytes that cannot be kept; write it as text or as a number up to 2^53" in list(
        data_faults({"k" * 101: b"x"})
    )


def test_hostile_strings_are_data() -> None:
    text = TEAM.replace("two pairs of eyes", "{0.__class__} %s $(touch x) {{7*7}} __import__('os')")

    assert "{0.__class__} %s $(touch x) {{7*7}} __import__('os')" == Policy.parse(text).requirements[0].name


def test_a_problem_of_a_hostile_key_is_shown_as_it_stands() -> None:
    expected = "policy [gate]: unknown key '{0.x}%s'; known: alarm, lang, mail, mail_from, mode, store"
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"version": 1, "gate": {"{0.x}%s": 1}})

    assert (expected,) == caught.value.problems


def test_a_file_is_called_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("version = 3", encoding="utf-8")

    with pytest.raises(PolicyError, match=r"^mine\.toml:1:1: version '3' is not known here"):
        Policy.load(str(path))
    path.write_text("version = ", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"^mine\.toml:1:11: "):
        Policy.load(path)
    path.write_text("version = 1", encoding="utf-8")
    assert str(tmp_path) == Policy.load(path).folder
    with pytest.raises(PolicyError, match=r"^policy: no 'version'"):
        Policy.parse("")


def refused_file(path: Path) -> str:
    with pytest.raises(PolicyError) as caught:
        Policy.load(path)
    (problem,) = caught.value.problems
    return problem


def test_a_file_is_utf8(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("version = 1 # 佐藤".encode("shift_jis"))

    assert f"{path}:1:15: is not UTF-8; save the file as UTF-8" == refused_file(path)


def test_a_file_has_one_megabyte_at_most(tmp_path: Path) -> None:
    path, text = tmp_path / "mine.toml", "version = 1\n".ljust(MOST_BYTES, "#")
    path.write_text(text, encoding="utf-8")
    assert Policy.parse(text) == Policy.load(path)

    path.write_text(f"{text}#", encoding="utf-8")
    assert f"{path}: is larger than 1,000,000 bytes; a policy is a page of rules" == refused_file(path)


def test_of_a_file_that_is_far_too_large_only_a_megabyte_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, asked = tmp_path / "mine.toml", list[int]()

    class Endless(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size or -1)
            return b"#" * asked[-1]

    path.touch()
    monkeypatch.setattr(Path, "open", lambda *_: Endless())
    assert "is larger than" in refused_file(path)
    assert [MOST_BYTES + 1] == asked


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"

    assert f"{path}: cannot be read (No such file or directory); name a policy file" == refused_file(path)


def test_what_is_no_toml_is_said_with_its_place() -> None:
    """Whatever stands in a key: the place is the last thing that the parser says; where it says none, it is the end."""
    (problem,) = problems('version = 1\na = { "x (at y" = 1, "x (at y" = 2 }')

    assert problem.startswith("releasegate.toml:2:")
    assert "'x (at y'; this is not TOML, mend that line" in problem
    assert ("releasegate.toml:3:5: invalid value; this is not TOML, mend that line",) == problems("version = 1\n\na = ")


def test_no_requirement_at_all_loads() -> None:
    assert () == Policy.from_dict({"version": 1, "channels": {"press": {}}}).applying("press")


def test_a_policy_in_python_is_checked_like_a_file() -> None:
    people = People([Person(id="mika"), Person(id="ben")])
    rule = Requirement(name="r", checkers=1, channels=("pres",), group="legal")
    with pytest.raises(PolicyError) as caught:
        Policy(
            version=2,
            mode="dem",
            people=people,
            groups={"legal": frozenset({"mia"})},
            channels={"press": ChannelRules(name="prose")},
            requirements=(rule,),
            handoff={"urgent": 1},
        )

    assert (
        "policy [gate].mode: 'dem' does not fit; did you mean 'demo'?",
        "policy [handoff]: unknown key 'urgent'; known: critical, elevated, quiet, read_back_over, routine, tiers",
        "policy [channels].press: is called 'prose'; use one name",
        "policy: version '2' is not known here; write version = 1, or use the release that knows it",
        "policy [groups].legal: no person 'mia'; did you mean 'mika'?",
        "policy [[requirement]] no. 1.channels: no channel 'pres'; did you mean 'press'?",
    ) == caught.value.problems


def test_a_policy_in_python_equals_its_file() -> None:
    rule = Requirement(name="r", checkers=1)
    policy = Policy(channels={"b": ChannelRules(name="b"), "a": ChannelRules(name="a")}, requirements=(rule,), checks={"c": CheckRules()})

    assert policy == Policy.parse("version = 1\n[channels]\na = {}\nb = {}\n[checks]\nc = {}\n[[requirement]]\nname = 'r'\ncheckers = 1")


def test_nothing_in_a_policy_can_be_changed() -> None:
    policy: Any = team()

    with pytest.raises(AttributeError):
        policy.mode = "demo"
    with pytest.raises(TypeError):
        policy.groups["legal"] = frozenset({"akari"})
    with pytest.raises(TypeError):
        policy.checks["x"] = CheckRules()
    with pytest.raises(TypeError):
        policy.channels["x"] = ChannelRules(name="x")
    listed: Any = [Requirement(name="r", checkers=1)]
    assert (listed[0],) == Policy(channels={"a": ChannelRules(name="a")}, requirements=listed).requirements


def outcome(load: Callable[[], Policy]) -> Policy | tuple[str, ...]:
    """What comes of it: a policy or its problems; every other error flies."""
    try:
        return load()
    except PolicyError as error:
        return error.problems


@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_has_problems(text: str) -> None:
    assert outcome(lambda: Policy.parse(text))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(["1h", "ben", "smtp://h", "press"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)
_KEYS = st.sampled_from(
    [
        "version",
        "gate",
        "people",
        "groups",
        "channels",
        "requirement",
        "checks",
        "handoff",
        "ben",
        "press",
        "name",
        "roles",
        "checkers",
        "via",
    ]
)


@given(
    st.dictionaries(_KEYS, st.dictionaries(_KEYS, st.dictionaries(_KEYS, _VALUES, max_size=4) | _VALUES, max_size=4) | _VALUES, max_size=6)
)
def test_any_data_are_a_policy_that_comes_back_or_have_problems_of_one_line(data: dict[str, Any]) -> None:
    found = outcome(lambda: Policy.from_dict({"version": 1} | data))

    if isinstance(found, Policy):
        assert found == Policy.from_dict(found.to_dict())
    else:
        assert found
        assert all("\n" not in problem for problem in found)


@pytest.mark.parametrize("hours", ["22-7", "22:00 - 07:00", "24:00-07:00", "22:00-22:00", "22:00-07:60", "nights"])
def test_quiet_hours_are_from_one_hour_to_another(hours: str) -> None:
    with pytest.raises(PolicyError, match="is not from one hour to another"):
        make_policy(f'{RULES}[handoff]\nquiet = "{hours}"\n')


@pytest.mark.parametrize(("hours", "whole"), [("18:00-10:00", True), ("18:00-10:01", False), ("00:00-23:59", False)])
def test_quiet_hours_end_before_what_is_routine_is_forgotten(hours: str, whole: bool) -> None:
    rules = f'{RULES}[handoff]\nquiet = "{hours}"\n'
    if whole:
        assert hours == make_policy(rules).handoff["quiet"]
    else:
        with pytest.raises(PolicyError, match="is longer than 16 hours"):
            make_policy(rules)


def test_rules_without_quiet_hours_keep_their_digest() -> None:
    """Those of every store from before; with some they are others, and come back whole."""
    plain, quiet = make_policy(RULES), make_policy(RULES + '[handoff]\nquiet = "22:00-07:00"\n')

    assert b"quiet" not in plain.rules_text()
    assert plain == Policy.from_dict(plain.to_dict())
    assert plain.rules != quiet.rules == Policy.from_dict(quiet.to_dict()).rules
