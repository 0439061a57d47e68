"""The README is tried as it stands: what it shows is what comes, and what it takes to send a first mail is no more than ten words."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import typer

from docs.making.commands import verbs
from releasegate.cli.app import app
from tests.cli import Terminal
from tests.transcript import Player, lay, steps

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST = README.partition("Sent: 2 of 2.\n")[0]
"""Everything up to the first mail that has left."""


def words_of(text: str) -> list[tuple[str, str]]:
    """The rows of the table of words: the word, and what is typed for it."""
    table = text.partition("| word | you type |")[2].partition("\n\n")[0]
    return re.findall(r"^\| (\w+) \| (.*?) \|", table, re.MULTILINE)


def typed(text: str) -> set[str]:
    """The verbs and options of the page's commands, and the arguments by the names that the program has for them."""
    parameters = {name: list(command.params) for name, command in verbs(typer.main.get_command(app))}
    found: set[str] = set()
    for step in steps(text):
        words = shlex.split(step.command)[1:]
        options = [word for word in words if word.startswith("-")]
        (verb,) = (word for word in words if word in parameters)
        arguments = [each.metavar for each in parameters[verb] if each.param_type_name == "argument" and each.required]
        found |= {verb, *options, *(arguments if verb == "write" else ())}
    return found


def test_the_transcript_is_what_comes(terminal: Terminal) -> None:
    terminal.login = "akari"

    Player(terminal).play(README)

    assert 2 == len(list((terminal.folder / "sent").iterdir()))


def test_a_first_mail_takes_six_commands_and_ten_words() -> None:
    """Six beside the one that is stopped; every verb, option and argument in them stands behind one of the words."""
    commands = [step.command for step in steps(FIRST + "```\n")]
    explained = [token for _, cell in words_of(README) for code in re.findall(r"`(.*?)`", cell) for token in code.split()]

    assert 6 == len(commands) - 1
    assert 10 >= len(words_of(README))
    assert sorted(typed(FIRST + "```\n")) == sorted(explained)


def test_before_the_first_mail_no_other_word_of_the_project_is_used() -> None:
    """Of all words of docs/reference/words.md, those that stand above the first sent mail, answers of the program left out."""
    glossary = re.findall(
        r"^\| ([a-z ]+) \| [^|]*[^|\x00-\x7f]", (ROOT / "docs/reference/words.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    prose = re.sub(r"```console.*", "", FIRST, flags=re.DOTALL)
    used = {word for word in glossary if re.search(rf"\b{word}(?:s|es|ed|d|ing)?\b", prose, re.IGNORECASE)}

    assert len(glossary) > 30
    assert set() == used - {word for word, _ in words_of(README)} - {"write", "release"}  # everybody's words


def test_the_program_in_the_readme_runs_and_says_what_it_shows(tmp_path: Path) -> None:
    lay(README, tmp_path)
    shown = README.partition("print(closed)")[2].partition("```text\n")[2].partition("```")[0]

    done = subprocess.run([sys.executable, "newsletter.py"], cwd=tmp_path, capture_output=True, text=True, check=False)

    mark = re.compile(r"text [0-9a-f]{8}")
    assert ("", mark.sub("text MARK", shown)) == (done.stderr, mark.sub("text MARK", done.stdout))


def test_what_it_tells_to_make_can_be_made() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set() == set(re.findall(r"\bmake ([a-z]+)", README)) - made


def test_every_promise_names_a_test_that_is_there() -> None:
    for path, name in re.findall(r"`(tests/\w+\.py)::(\w+)`", README):
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
