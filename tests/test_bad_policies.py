"""Bad policies: each mistake is told with file, line and column and with what was perhaps meant; nothing leaves and nothing is changed."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasegate.errors import PolicyError
from releasegate.gate import Gate
from releasegate.messages import told
from releasegate.policy.locating import Source
from releasegate.policy.policy import Policy
from releasegate.policy.toml_places import TomlPlaces
from tests.cli import TEAM, Terminal
from tests.kept import WRITE, Desk, make_desk

FULL = (
    TEAM.replace("approvers = 1", 'approvers = 1\nchannels = ["newsletter"]\ngroup = "legal"\nvalid_for = "72h"')
    + """
[groups]
legal = ["chie"]
[checks]
send-window = { zone = "Asia/Tokyo", windows = [{ opens = "09:00", closes = "18:00" }] }
"""
)


@dataclass(frozen=True)
class Bad:
    """What is written instead of what, and what is said of it: in English, in Japanese."""

    old: str
    new: str
    english: str
    japanese: str

    @property
    def text(self) -> str:
        assert self.old in FULL
        return FULL.replace(self.old, self.new, 1)


MISTAKES = {
    "a table": Bad(
        "[checks]",
        "[cheks]",
        "releasegate.toml:22:2: unknown key 'cheks'; did you mean 'checks'?",
        "releasegate.toml:22:2: 「cheks」という項目はありません。「checks」のことですか。",
    ),
    "a key": Bad(
        "checkers = 1",
        "chekers = 1",
        "releasegate.toml:14:1 [[requirement]] no. 1: unknown key 'chekers'; did you mean 'checkers'?",
        "releasegate.toml:14:1 [[requirement]] no. 1: 「chekers」という項目はありません。「checkers」のことですか。",
    ),
    "a key of a person": Bad(
        'ben    = { name = "Ben Ito", roles',
        'ben    = { name = "Ben Ito", rolls',
        "releasegate.toml:7:30 [people].ben: unknown key 'rolls'; did you mean 'roles'?",
        "releasegate.toml:7:30 [people].ben: 「rolls」という項目はありません。「roles」のことですか。",
    ),
    "a role": Bad(
        '["approver"]',
        '["aprover"]',
        "releasegate.toml:8:43 [people].chie.roles: unknown role 'aprover'; did you mean 'approver'?",
        "releasegate.toml:8:43 [people].chie.roles: 「aprover」という役割はありません。「approver」のことですか。",
    ),
    "a person": Bad(
        '["chie"]',
        '["ben", "chei"]',
        "releasegate.toml:21:17 [groups].legal: no person 'chei'; did you mean 'chie'?",
        "releasegate.toml:21:17 [groups].legal: 「chei」という人はいません。「chie」のことですか。",
    ),
    "an operator": Bad(
        'operator = "akari"',
        'operator = "akira"',
        "releasegate.toml:9:39 [people].mailer.operator: no person 'akira'; did you mean 'akari'?",
        "releasegate.toml:9:39 [people].mailer.operator: 「akira」という人はいません。「akari」のことですか。",
    ),
    "a channel": Bad(
        '["newsletter"]',
        '["newsleter"]',
        "releasegate.toml:16:13 [[requirement]] no. 1.channels: no channel 'newsleter'; did you mean 'newsletter'?",
        "releasegate.toml:16:13 [[requirement]] no. 1.channels: 「newsleter」というチャンネルはありません。「newsletter」のことですか。",
    ),
    "a group": Bad(
        'group = "legal"',
        'group = "leagl"',
        "releasegate.toml:17:9 [[requirement]] no. 1.group: no group 'leagl'; did you mean 'legal'?",
        "releasegate.toml:17:9 [[requirement]] no. 1.group: 「leagl」というグループはありません。「legal」のことですか。",
    ),
    "a duration": Bad(
        '"72h"',
        '"72 hours"',
        "releasegate.toml:18:13 [[requirement]] no. 1.valid_for: '72 hours' is no length of time; write it like '10m', '2h' or '7d'",
        "releasegate.toml:18:13 [[requirement]] no. 1.valid_for: 「72 hours」は期間ではありません。"
        "'10m'、'2h'、'7d' のように書いてください。",
    ),
    "a zone": Bad(
        'via = "folder:sent"',
        'via = "folder:sent"\nzone = "Asia/Tokio"',
        "releasegate.toml:12:8 [channels].newsletter.zone: no time zone 'Asia/Tokio'; did you mean 'Asia/Tokyo'?",
        "releasegate.toml:12:8 [channels].newsletter.zone: 「Asia/Tokio」というタイムゾーンはありません。「Asia/Tokyo」のことですか。",
    ),
    "a way out": Bad(
        '"folder:sent"',
        '"smpt://localhost"',
        "releasegate.toml:11:7 [channels].newsletter.via: no way out is called 'smpt'; did you mean 'smtp'?",
        "releasegate.toml:11:7 [channels].newsletter.via: 「smpt」というチャンネルはありません。「smtp」のことですか。",
    ),
    "a number": Bad(
        "checkers = 1",
        "checkers = 0",
        "releasegate.toml:14:12 [[requirement]] no. 1.checkers: 0 does not fit; give 1 or more",
        "releasegate.toml:14:12 [[requirement]] no. 1.checkers: 0 は使えません。1 以上の数を書いてください。",
    ),
    "a day in place of a duration": Bad(
        '"72h"',
        "2026-12-01",
        "releasegate.toml:18:13 [requirement] no. 1.valid_for: holds a date that cannot be kept; "
        "write it as text or as a number up to 2^53",
        "releasegate.toml:18:13 [requirement] no. 1.valid_for: date 型の値は保存できません。文字列か、2^53 までの数で書いてください。",
    ),
    "no TOML": Bad(
        'legal = ["chie"]',
        "legal = [chie]",
        "releasegate.toml:21:10: invalid value; this is not TOML, mend that line",
        "releasegate.toml:21:10: TOML として読めません(値として読めません)。その行を直してください。",
    ),
}

# Whether there is such a check, the gate finds when it opens.
CHECKS = {
    "a check": Bad(
        "send-window =",
        "send-windo =",
        "releasegate.toml:23:1 [checks] there is no check 'send-windo'. Did you mean 'send-window' or 'undo-window'?",
        "releasegate.toml:23:1 [checks] 「send-windo」というチェックはありません。「send-window」か「undo-window」のことですか。",
    ),
    "a setting": Bad(
        "{ zone =",
        "{ zon =",
        "releasegate.toml:23:17 [checks] send-window has no parameter 'zon'. Did you mean 'zone'? It takes windows, zone.",
        "releasegate.toml:23:17 [checks] send-window に「zon」という設定はありません。「zone」のことですか。使える設定: windows, zone。",
    ),
    "an hour": Bad(
        '"09:00"',
        '"9:00"',
        "releasegate.toml:23:59 [checks] send-window.windows.0.opens: no hour '9:00'; wanted is one like 08:00; got '9:00'.",
        "releasegate.toml:23:59 [checks] send-window.windows.0.opens: 「9:00」という時刻はありません。08:00 のように書いてください"
        "(現在の値: 9:00)。",
    ),
    "a date": Bad(
        "[checks]",
        '[checks]\nholiday-weekend = { closures = ["12-29..01-03", "13-08..08-15"] }',
        "releasegate.toml:23:49 [checks] holiday-weekend.closures.1: no closure '13-08..08-15'; write it like 2026-12-28, "
        "2026-12-28..2027-01-05, or every year 12-29..01-03; got '13-08..08-15'.",
        "releasegate.toml:23:49 [checks] holiday-weekend.closures.1: 「13-08..08-15」という休業日は読み取れません。2026-12-28、"
        "2026-12-28..2027-01-05、毎年なら 12-29..01-03 のように書いてください(現在の値: 13-08..08-15)。",
    ),
    "a name that was not filled in": Bad(
        '"Ben Ito"',
        '"NAME OF A CHECKER"',
        "releasegate.toml:7:19 [people].ben: still says 'NAME OF A CHECKER'; put in the names and logins of your team first",
        "releasegate.toml:7:19 [people].ben: まだ「NAME OF A CHECKER」のままです。先に担当者の名前とログイン名を入れてください。",
    ),
}
ALL = MISTAKES | CHECKS


@pytest.fixture
def desk(terminal: Terminal) -> Desk:
    return make_desk(terminal)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_was_meant(name: str) -> None:
    bad = MISTAKES[name]

    with pytest.raises(PolicyError) as refused:
        Policy.parse(bad.text, where="releasegate.toml")

    assert [(bad.english, bad.japanese)] == [(str(each), told(each, "ja")) for each in refused.value.problems]


@pytest.mark.parametrize("name", CHECKS)
def test_a_mistake_that_the_gate_finds_is_told_with_its_place_too(name: str, tmp_path: Path) -> None:
    """And no store is made for rules that are wrong."""
    bad = CHECKS[name]
    (tmp_path / "releasegate.toml").write_text(bad.text, encoding="utf-8")

    with pytest.raises(PolicyError) as refused:
        Gate.load(tmp_path / "releasegate.toml")

    assert [(bad.english, bad.japanese)] == [(str(each), told(each, "ja")) for each in refused.value.problems]
    assert ["releasegate.toml"] == [path.name for path in tmp_path.iterdir()]


FIRST = {"en": "Nothing was sent. The policy has 1 mistake:", "ja": "何も配信していません。ポリシーに直すところが 1 件あります。"}


@pytest.mark.parametrize("name", ALL)
def test_every_command_says_first_that_nothing_was_sent_and_changes_nothing(desk: Desk, name: str) -> None:
    """But for a hold: no broken policy stops one."""
    bad = ALL[name]
    before = desk.stand()
    right = (desk.terminal.folder / "releasegate.toml").read_bytes()
    desk.terminal.write("releasegate.toml", bad.text)

    for words in (("send", "july"), (*WRITE, "people.csv"), ("policy", "check"), ("approve", "july", "--digest", before.draft.digest)):
        seen = {lang: desk.write(*words, lang=lang) for lang in FIRST}
        assert {
            "en": (2, "", f"{FIRST['en']}\n  {bad.english}\n"),
            "ja": (2, "", f"{FIRST['ja']}\n  {bad.japanese}\n"),
        } == {lang: (each.code, each.out, each.err) for lang, each in seen.items()}, words
    desk.terminal.write("releasegate.toml", right)
    assert before == desk.stand()
    desk.terminal.write("releasegate.toml", bad.text)
    assert 0 == desk.write("hold", "july").code


def test_several_mistakes_come_together_each_at_its_line(desk: Desk) -> None:
    text = FULL.replace('"72h"', '"72 hours"').replace('["chie"]', '["chei"]').replace("checkers = 1", "chekers = 1")
    desk.terminal.write("releasegate.toml", text)

    assert [
        "Nothing was sent. The policy has 3 mistakes:",
        "  releasegate.toml:14:1 [[requirement]] no. 1: unknown key 'chekers'; did you mean 'checkers'?",
        "  releasegate.toml:18:13 [[requirement]] no. 1.valid_for: '72 hours' is no length of time; write it like '10m', '2h' or '7d'",
        "  releasegate.toml:21:10 [groups].legal: no person 'chei'; did you mean 'chie'?",
    ] == desk.write("send", "july").err.splitlines()


def test_the_mark_that_notepad_writes_is_no_mistake_and_another_encoding_is_one(tmp_path: Path) -> None:
    path = tmp_path / "releasegate.toml"
    path.write_text(FULL, encoding="utf-8-sig")
    assert Policy.parse(FULL) == Policy.load(path)
    path.write_text(FULL.replace("Ben Ito", "伊藤"), encoding="cp932")

    with pytest.raises(PolicyError) as refused:
        Policy.load(path)

    assert [f"{path}:7:20: is not UTF-8; save the file as UTF-8"] == list(refused.value.problems)
    assert f"{path}:7:20: UTF-8 として読めません。UTF-8 で保存してください。" == told(refused.value.problems[0], "ja")


def test_a_date_on_the_command_line_says_how_it_is_written(desk: Desk) -> None:
    words = ("delegate", "chie", "--to", "ben", "--until", "2026-13-01 18:00 Asia/Tokyo", "-m", "Away.")

    seen = {lang: desk.write("policy", *words, lang=lang) for lang in FIRST}

    assert {
        "en": (
            2,
            (
                "Nothing was sent. --until: '2026-13-01 18:00 Asia/Tokyo' is no complete date and hour. "
                "Write it like '2026-12-01 10:00 Asia/Tokyo'.\n"
            ),
        ),
        "ja": (
            2,
            (
                "何も配信していません。--until: 「2026-13-01 18:00 Asia/Tokyo」は日時として読み取れません。"
                "「2026-12-01 10:00 Asia/Tokyo」のように書いてください。\n"
            ),
        ),
    } == {lang: (each.code, each.err) for lang, each in seen.items()}


def test_a_channel_on_the_command_line_is_told_with_what_was_meant(desk: Desk) -> None:
    before = desk.stand()

    seen = {lang: desk.write("write", "july", "july.txt", "--channel", "newslettr", lang=lang) for lang in FIRST}

    assert {
        "en": (2, "Nothing was sent. There is no channel newslettr. Did you mean newsletter?\n"),
        "ja": (2, "何も配信していません。チャンネル newslettr はありません。newsletter のことですか。\n"),
    } == {lang: (each.code, each.err) for lang, each in seen.items()}
    assert before == desk.stand()


# The places themselves

ODD = """
# a comment with = and [brackets]
version = 1
people . ben = { name = "Ben # no comment", roles = [ "author", 'checker' ,
  "approver" ] }
"quoted key" = 'literal \\'
[ groups . "odd.name" ]
long = '''
[no table]
key = "no key"'''
longer = \"\"\"a \\\"\"\" b\"\"\"\"
[[requirement]]
name = "first"
[requirement.waivable_by]
approvers = 1
[[requirement]]
name = "second"
applies = 2026-12-01 10:00:00 # a moment
numbers = [[1, 2], [-3.5e2, inf], []]
[requirement.deeper.still]
key = true
"""


def _paths(data: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in children:
        yield (*path, step), value
        yield from _paths(value, (*path, step))


VALUES = {
    ("version",): (3, 11),
    ("people", "ben"): (4, 16),
    ("people", "ben", "name"): (4, 25),
    ("people", "ben", "roles", 1): (4, 65),
    ("people", "ben", "roles", 2): (5, 3),
    ("quoted key",): (6, 16),
    ("groups", "odd.name", "long"): (8, 8),
    ("groups", "odd.name", "longer"): (11, 10),
    ("requirement", 0, "name"): (13, 8),
    ("requirement", 0, "waivable_by", "approvers"): (15, 13),
    ("requirement", 1, "applies"): (18, 11),
    ("requirement", 1, "numbers", 1, 0): (19, 21),
    ("requirement", 1, "numbers", 2): (19, 35),
    ("requirement", 1, "deeper", "still", "key"): (21, 7),
}


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_every_key_and_every_value_of_an_odd_file_has_its_place(ends: str) -> None:
    text = ODD.replace("\n", ends)
    data, places = tomllib.loads(text), TomlPlaces(text)

    paths = dict(_paths(data))
    assert set(paths) <= {*places.keys, *places.values}
    assert {path for path in paths if isinstance(path[-1], str)} <= set(places.keys)
    assert {path for path, value in paths.items() if not isinstance(value, (dict, list))} <= set(places.values)
    assert {path: f"{line}:{column}" for path, (line, column) in VALUES.items()} == {
        path: places.spot(places.values[path]) for path in VALUES
    }
    assert ["4:45", "7:3", "16:3", "20:2"] == [
        places.spot(places.keys[path])
        for path in (("people", "ben", "roles"), ("groups",), ("requirement", 1), ("requirement", 1, "deeper"))
    ]


@pytest.mark.parametrize("name", ["policy_solo", "policy_team"])
def test_every_key_and_every_value_of_a_real_file_has_its_place(name: str) -> None:
    text = (Path(__file__).parent / "data" / f"{name}.toml").read_text(encoding="utf-8")
    places = TomlPlaces(text)

    for path, value in _paths(tomllib.loads(text)):
        if isinstance(path[-1], str):
            line = text[places.keys[path] :].split("\n")[0]
            assert str(path[0]) in line or path[-1] in line
        if isinstance(value, str):
            assert text[places.values[path] :].startswith(f'"{value}"')


def test_a_text_that_is_no_toml_has_the_places_up_to_there() -> None:
    places = TomlPlaces("a = 1\nb = [")

    assert {("a",): 4, ("b",): 10} == places.values


@given(st.text("abc\"'\\.=[]{}#, \n\r\u82b1", max_size=40))
def test_no_text_makes_it_raise(text: str) -> None:
    TomlPlaces(text)


def test_a_sentence_that_speaks_of_no_place_is_told_of_the_file() -> None:
    source = Source(where="gate.toml", text="version = 1\n", data={"version": 1})

    assert ["gate.toml [people].ben: no", "gate.toml: no 'people'; add it"] == source.located(["[people].ben: no", ": no 'people'; add it"])


@pytest.mark.parametrize(
    ("text", "problem", "spot"),
    [
        ("version = 1", "[version]: no", "1:11"),
        ("\nversion = 1", "[version] x", "2:1"),
        ("[people]\nben = {}\nben-2 = {}\n", "[people].ben-2: no", "3:9"),  # the longest of two that begin alike
        ("[people]\nben = {}\nben-2 = {}\n", "[people].ben.roles: no", "2:1"),
        ("[people]\nben = {}\n", "[people] ben: no", "2:7"),
        ("[people]\nben = {}\n", "[people]-ben: no", "1:2"),
        ("[people]\nben = {}\n", "[people].ben-2: no", "1:2"),  # somebody else
        ('[checks]\n"a" = {}\n"a b" = {}\n', "[checks] a b.x: no", "3:1"),
        ('[checks]\n"a" = {}\n"a b" = {}\n', "[checks] a c: no", "2:1"),
        ("[checks]\nXa=1\n", "[checks].Xa: no", "2:4"),  # no blank, and no quotes
        ("[[requirement]]\nname = 'a'\n[[requirement]]\nname = 'b'\n", "[[requirement]] no. 2.name: no", "4:8"),
        ("[[requirement]]\nname = 'a'\n", "[[requirement]] no. 9: no", "1:3"),
        ("[gate]\nalarm = [1, 2, 3]\n", "[gate].alarm no. 3: no", "2:16"),
        ("[gate]\nalarm = [1, 2, 3]\n", "[gate].alarm no. 1: no", "2:10"),
    ],
)
def test_a_sentence_that_names_a_place_is_told_of_it(text: str, problem: str, spot: str) -> None:
    assert spot == Source(where="p.toml", text=text, data=tomllib.loads(text)).spot(problem)


def test_a_policy_tells_the_places_of_its_own_text_and_data_have_none() -> None:
    text, problem = "version = 1\n[people]\nben = {}\n", "[people].ben: no"

    assert ("p.toml:3:1 [people].ben.roles: no",) == Policy.parse(text, where="p.toml").located(["[people].ben.roles: no"])
    assert (problem,) == Policy.from_dict(tomllib.loads(text)).located([problem])


def test_what_toml_says_of_a_name_in_braces_is_shown_as_it_stands() -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.parse('["{x}"]\n["{x}"]\n', where="p.toml")

    assert ["p.toml:2:7: cannot declare ('{x}',) twice; this is not TOML, mend that line"] == [str(each) for each in refused.value.problems]
