"""Sentences that stand in the source in English: all of them are said in Japanese too, and none is lost on the way."""

import ast
import copy
import errno
import os
import pickle
import re
import string
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import releasegate
from releasegate import messages
from releasegate.cli.app import app
from releasegate.cli.help import FRAME
from releasegate.errors import PolicyError
from releasegate.messages.words import Words, apart, lines, translated
from releasegate.policy.policy import Policy
from releasegate.policy.reading import WANTED

SOURCE = Path(releasegate.__file__).parent
CATALOGUE = SOURCE / "locale" / "ja" / "LC_MESSAGES" / "sentences.po"


def sentences() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file, locale="ja") if message.id}


def in_the_source() -> set[str]:
    """Every template that is written as `Words("…")`."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Words" and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return found


def in_the_help() -> set[str]:
    """What `--help` of any command says."""
    waiting = [typer.main.get_command(app)]
    found: set[str] = set()
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        said = [command.help, command.epilog, *(getattr(parameter, "help", "") for parameter in command.params)]
        found |= {" ".join(each.split()) for each in said if each}
    return found


def test_every_sentence_of_the_source_is_said_in_japanese() -> None:
    """One without a letter of its own needs no translation."""
    said = {each for each in in_the_source() if re.search("[A-Za-z]", re.sub("{[^{}]*}", "", each))}

    assert set() == {*said, *in_the_help(), *WANTED.values(), *(each.template for each in FRAME)} - set(sentences())


TOML = {
    "expected '=' after a key in a key/value pair": "a",
    "invalid statement": "= 1",
    "invalid value": "a = nothing",
    "invalid initial character for a key part": "a.= 1",
    "expected newline or end of document after a statement": "a = 1 b = 2",
    "expected ']' at the end of a table declaration": "[a",
    "expected ']]' at the end of an array declaration": "[[a]",
    "cannot overwrite a value": "a = 1\na = 2",
    "unclosed array": "a = [1",
    "unclosed inline table": "a = {b = 1",
    "unterminated string": 'a = "b',
}


@pytest.mark.parametrize("said", TOML)
def test_what_python_says_of_toml_is_said_in_japanese(said: str) -> None:
    """One that another Python words otherwise is shown in English: the place is said in any case."""
    with pytest.raises(PolicyError) as error:
        Policy.parse(TOML[said])
    told = messages.told(error.value.problems[0], "ja")

    assert re.match(r"policy:\d:\d+: TOML として読めません\(", told)
    assert said in str(error.value) or sys.version_info[:2] != (3, 11)
    assert said not in told


def test_no_sentence_is_kept_that_nobody_says() -> None:
    """But for what the system says of files and servers, and Python of TOML."""
    files = (errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ENOTDIR, errno.ENOSPC, errno.EROFS)
    servers = (errno.ECONNREFUSED, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH)
    names = {"timed out", "Name or service not known", "Temporary failure in name resolution"}
    system = {*map(os.strerror, (*files, *servers)), *names, *TOML}
    missing = {"missing: event {position}", "missing: event {position} to {last}"}  # chosen between, and so no plain `Words("…")`
    frame = {"Install completion for the current shell.", "Show this message and exit."}

    said = {*in_the_source(), *in_the_help(), *WANTED.values(), *(each.template for each in FRAME), *system, *missing, *frame}
    assert set() == set(sentences()) - said


def test_no_translation_shows_a_fact_that_the_sentence_has_not() -> None:
    def facts(template: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name}

    assert [] == [english for english, japanese in sentences().items() if facts(japanese) - facts(english)]


def test_what_is_committed_is_what_the_sentences_compile_to(tmp_path: Path) -> None:
    """`make messages` after every change of words."""
    with CATALOGUE.open("rb") as file, (tmp_path / "fresh.mo").open("wb") as made:
        write_mo(made, read_po(file, locale="ja"))

    assert (tmp_path / "fresh.mo").read_bytes().partition(b"Project-Id")[0] == CATALOGUE.with_suffix(".mo").read_bytes().partition(
        b"Project-Id"
    )[0]


def test_words_are_english_and_can_be_said_in_japanese() -> None:
    said = Words("{where}, line {no}", where=Words("the mail"), no=1204)

    assert ("the mail, line 1204", "メール、1204行目") == (said, messages.told(said, "ja"))
    assert said == messages.told(said) == messages.told(said, "fr")


def test_a_fact_in_japanese_is_shown_plain() -> None:
    assert "「a<U+202E>」が何を指すのか分かりません。" == messages.told(Words("What is {word!r}?", word="a\u202e"), "ja")


def test_what_is_no_words_stays_as_it_is() -> None:
    assert "nobody" == messages.told("nobody", "ja")
    assert "A sentence of a channel of one's own." == messages.told(Words("A sentence of a channel of one's own."), "ja")
    assert "" == translated("", "ja")
    assert "nobody" == translated("nobody", "en")


def test_a_translation_that_does_not_fit_hides_no_error() -> None:
    """The template of a channel of one's own may be ours by chance, with other facts."""
    said = Words("row {no}", no=3)
    said.facts = {}

    assert "row 3" == messages.told(said, "ja")


def test_several_sentences_stay_apart() -> None:
    both = lines([Words("the mail"), "a plain one"])

    assert ("the mail", "a plain one") == apart(both)
    assert "メール\na plain one" == messages.told(both, "ja")
    assert ("a", "b") == apart("a\nb")
    assert ("nobody",) == apart(Words("nobody"))


def _through_pickle(words: Words) -> Words:
    made: Words = pickle.loads(pickle.dumps(words))  # noqa: S301 - made here
    return made


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, _through_pickle])
def test_words_survive_being_copied(again: Callable[[Words], Words]) -> None:
    said = again(Words("row {no}", no=3))

    assert ("row 3", "3行目の宛先") == (said, messages.told(said, "ja"))


def test_every_problem_of_a_policy_is_said_in_japanese() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.parse('version = 1\n[people]\nben = { rolls = ["checker"] }\n[channels.post]\nvia = 3\nundo = "soon"\n', where="gate.toml")

    assert [
        "gate.toml:3:9 [people].ben: 「rolls」という項目はありません。「roles」のことですか。",
        "gate.toml:5:7 [channels].post.via: 3 は使えません。引用符で囲んだ文字列を書いてください。",
        "gate.toml:6:8 [channels].post.undo: 「soon」は期間ではありません。'10m'、'2h'、'7d' のように書いてください。",
    ] == [messages.told(problem, "ja") for problem in caught.value.problems]
