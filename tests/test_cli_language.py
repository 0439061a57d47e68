"""The language of the command line: everything that a person reads, also when the call, the files or the rules are wrong."""

import json
import re
import socket
from dataclasses import dataclass

import pytest

from releasegate import sending
from releasegate.cli.faults import told
from releasegate.cli.help import usage
from releasegate.cli.tongue import asked_language
from releasegate.errors import Conflict, GateError, PolicyError, StoreError, TransitionError
from tests.cli import MAIL, PEOPLE, TEAM, Terminal

BROKEN = TEAM.replace("checkers", "chekers")


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A strict gate with one draft of akari's."""
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    return terminal


def test_what_is_wrong_with_a_file_is_said_in_japanese(desk: Terminal) -> None:
    desk.write("people.csv", PEOPLE + "bo@reader.example,Bo,1\n")

    seen = desk("--lang", "ja", "write", "august", "july.txt", "--channel", "newsletter", "--to", "people.csv")

    assert (
        2,
        (
            "何も配信していません。people.csv、4行目: 項目が 3 個ありますが、見出し行は 2 個です。行の内容:「bo@reader.example,Bo,1」。"
            "「,」を含む項目は引用符で囲んでください。\n"
        ),
    ) == (seen.code, seen.err)


def test_the_same_in_a_check(desk: Terminal) -> None:
    desk.write("none.csv", "email,name\n")

    out = desk("--lang", "ja", "check", "july.txt", "--recipients", "none.csv").out

    assert "1. このままでは封ができません: 見出し行だけで、宛先が1件もありません。\n" in out
    assert "1人につき1行を加えてください。" in out


def test_broken_rules_are_told_in_the_language_that_they_ask_for(desk: Terminal) -> None:
    desk.write("releasegate.toml", BROKEN.replace('store = "gate.db"', 'store = "gate.db"\nlang = "ja"'))

    for words in (("send", "july"), ("policy", "check")):
        seen = desk(*words)

        assert 2 == seen.code
        assert [
            "何も配信していません。ポリシーに直すところが 1 件あります。",
            "  releasegate.toml:15:1 [[requirement]] no. 1: 「chekers」という項目はありません。「checkers」のことですか。",
        ] == seen.err.splitlines()


def test_in_english_the_first_line_says_that_nothing_was_sent(desk: Terminal) -> None:
    desk.write("releasegate.toml", BROKEN)

    assert "Nothing was sent. The policy has 1 mistake:\n" == desk("send", "july").err.splitlines(keepends=True)[0]


def test_a_draft_that_nobody_knows(desk: Terminal) -> None:
    assert "何も配信していません。下書き juli はありません。july のことですか。\n" == desk("--lang", "ja", "show", "juli").err
    assert "保留できていません。下書き juli はありません。july のことですか。\n" == desk("--lang", "ja", "hold", "juli").err


@pytest.mark.parametrize(
    ("words", "english", "japanese"),
    [
        (("show",), "ID is missing.", "ID がありません。"),
        (("show", "--foo"), "There is no option --foo.", "--foo というオプションはありません。"),
        (("shew",), "There is no command shew.", "shew というコマンドはありません。"),
        (("queue", "x", "y"), "It is not clear what this means: x y.", "x y が何を指すのか分かりません。"),
        (("confirm", "july", "--digest"), "--digest needs a value.", "--digest には値が必要です。"),
        (("show", "july", "--json=3"), "--json takes no value.", "--json に値は付けられません。"),
        (
            ("settle", "july", "--outcome", "perhaps"),
            "--outcome takes one of: sent, not-sent.",
            "--outcome に使える値は次のどれかです: sent、not-sent",
        ),
        (
            ("saw", "july", "gone"),
            "STATE takes one of: absent, held, scheduled, sent.",
            "STATE に使える値は次のどれかです: absent、held、scheduled、sent",
        ),
        (
            ("saw", "july"),
            "STATE is missing; say one of: absent, held, scheduled, sent.",
            "STATE がありません。次のどれかを指定してください: absent、held、scheduled、sent",
        ),
        (("proof", "july", "--to", "ben", "--no", "x"), "This value of '--no' is not possible.", "'--no' にこの値は使えません。"),
        (("confirm",), "ID is missing.", "ID がありません。"),
    ],
)
def test_a_call_that_cannot_be_read(terminal: Terminal, words: tuple[str, ...], english: str, japanese: str) -> None:
    seen, ja = terminal(*words), terminal("--lang", "ja", *words)

    assert (2, f"Nothing was sent. {english}") == (seen.code, seen.err.splitlines()[0])
    assert (2, f"何も配信していません。{japanese}") == (ja.code, ja.err.splitlines()[0])


def test_a_hold_that_cannot_be_read(terminal: Terminal) -> None:
    seen = terminal("--lang", "ja", "hold")

    assert 2 == seen.code
    assert (
        "保留できていません。保留にする下書きを1つ指定してください。例: releasegate hold 2026-07\n使い方: releasegate hold ID [-m メモ]\n"
        == seen.err
    )


@pytest.mark.parametrize("words", [(), ("log",), ("policy",), ("write",), ("log", "verify"), ("hold",)])
def test_help_in_japanese_has_no_english_sentence(terminal: Terminal, words: tuple[str, ...]) -> None:
    text = terminal.ok("--lang", "ja", *words, "--help")

    assert "使い方: releasegate" in text
    # What is left are commands, names of files, and forms such as 'From: …'.
    assert [] == re.findall(r"[A-Za-z][a-z]+(?: [a-z]+){2,}", text.replace("releasegate log", ""))


def test_help_in_japanese_has_no_english_word_on_a_narrow_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a line is broken, Typer's own words are broken with it."""
    monkeypatch.setenv("COLUMNS", "40")

    text = " ".join(terminal.ok("--lang", "ja", "--help").split())

    assert [] == [words for words in ("env var:", "default:", "Show this message and exit.") if words in text]


def test_a_program_without_words_shows_its_help(terminal: Terminal) -> None:
    assert (2, "何も配信していません。コマンドを指定してください。") == ((seen := terminal("--lang", "ja")).code, seen.err.splitlines()[0])
    assert (2, "使い方: releasegate log") == ((seen := terminal("--lang", "ja", "log")).code, seen.err[:20])


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        (("--lang", "ja", "show"), {"RELEASEGATE_LANG": "en"}, "ja"),
        (("--lang=ja", "show"), {}, "ja"),
        (("show",), {"RELEASEGATE_LANG": "ja"}, "ja"),
        (("--config", "ja.toml", "show"), {"LANG": "en_US.UTF-8"}, "ja"),
        (("show",), {"LANG": "ja_JP.UTF-8"}, "ja"),
        (("show",), {"LANG": "de_DE.UTF-8"}, "en"),
        (("show", "--lang"), {}, "en"),
        ((), {}, "en"),
    ],
)
def test_which_language(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], environment: dict[str, str], expected: str
) -> None:
    for name in ("RELEASEGATE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal.write("ja.toml", '[gate]\nlang = "ja"\n')

    assert expected == asked_language(words)


@pytest.mark.parametrize(
    ("error", "english", "japanese"),
    [
        (Conflict("july"), "Nothing was sent. july has changed", "何も配信していません。july は、読み込んだ後に変わりました。"),
        (TransitionError("sent", "submit"), "Not done: This step (submit)", "できません: 今は配信済みのため、この操作(提出)はできません。"),
        (StoreError("no disk"), "Nothing was sent. no disk", "何も配信していません。no disk"),
        (GateError("use send_async."), "Nothing was sent. use send_async.", "何も配信していません。use send_async."),
        (KeyError("x"), "Nothing was sent. It failed: KeyError: 'x'", "何も配信していません。処理に失敗しました: KeyError: 'x'"),
    ],
)
def test_each_kind_of_error(error: Exception, english: str, japanese: str) -> None:
    assert told(error, "en")[0].startswith(english)
    assert told(error, "ja")[0].startswith(japanese)


def test_an_error_on_the_way_out_does_not_say_that_nothing_left(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: object, **more: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(sending, "dispatch", fails)  # a stand-in for a store that fails half-way

    seen = desk("send", "july")

    assert (1, "NOT KNOWN whether all of it has left. The disk is full.\n  Look first: releasegate show july\n") == (seen.code, seen.err)
    assert desk("--lang", "ja", "send", "july").err.startswith("配信がどこまで進んだか分かりません。")


def test_broken_rules_on_the_way_out() -> None:
    error = PolicyError(["a: b", "c: d"])

    assert ("NOT KNOWN whether all of it has left. a: b\nc: d\n  Look first: releasegate show july", 1) == told(error, "en", sending="july")


def test_the_names_of_files_stay_as_they_are(desk: Terminal) -> None:
    assert (
        "何も配信していません。august.eml: 開けません(ファイルがありません)。"
        in desk("--lang", "ja", "write", "august", "august.eml", "--channel", "newsletter").err
    )


@dataclass(frozen=True)
class _Unread:
    """An error of the parser that came with a later version of it."""

    ctx: None = None

    def format_message(self) -> str:
        return "Something new is wrong."


def test_a_sentence_of_the_parser_that_we_do_not_know_stays_as_it_is() -> None:
    assert "何も配信していません。Something new is wrong." == usage(_Unread(), "ja")


def test_a_shell_that_asks_for_completions_is_answered(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_RELEASEGATE_COMPLETE": "complete_bash", "COMP_WORDS": "releasegate wri", "COMP_CWORD": "1"}.items():
        monkeypatch.setenv(name, value)

    assert "write" in terminal("").out.split()


def test_what_the_system_says_of_a_server_is_said_in_japanese(terminal: Terminal) -> None:
    """And without its number, in both languages."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = f"smtp://127.0.0.1:{listening.getsockname()[1]}"
    terminal.write("releasegate.toml", TEAM.replace("folder:sent", server))
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    terminal.ok("submit", "july", "-m", "New.")
    digest = json.loads(terminal("show", "july", "--json").out)["digest"]
    for terminal.login, verb in (("ben", "confirm"), ("chie", "approve")):
        terminal.ok(verb, "july", "--digest", digest, "-m", "Yes.")

    assert f"({server}: 接続を拒否されました)" in terminal("--lang", "ja", "send", "july").err
    assert f"({server}: Connection refused)" in terminal("send", "july").err


def test_the_place_in_a_file_that_is_no_toml_is_said_in_japanese(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM + "[checks\n")

    seen = terminal("--lang", "ja", "queue")

    assert 2 == seen.code
    assert re.search(r"releasegate\.toml:\d+:\d+: TOML として読めません\(表の名前の後に \] がありません\)", seen.err)
    assert not re.search("line|column|Expected", seen.err)


def test_a_file_of_anchors_that_cannot_be_read_is_said_in_japanese(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)
    terminal.login = "akari"
    terminal.write("bytes.txt", b"\xff\xfe")

    missing = terminal("--lang", "ja", "log", "verify", "--anchors", "none.txt")
    assert (2, True) == (missing.code, "開けません" in missing.err and "none.txt" in missing.err and "Errno" not in missing.err), missing
    broken = terminal("--lang", "ja", "log", "verify", "--anchors", "bytes.txt")
    assert (2, True) == (broken.code, "UTF-8" in broken.err and "codec" not in broken.err), broken
