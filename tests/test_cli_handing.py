"""Handing on and taking over on the command line: what a note holds, who has it now, what is read back."""

import json

import pytest

from tests.cli import MAIL, PEOPLE, TEAM, Seen, Terminal

STRICT = TEAM + "[handoff]\nread_back_over = 1\n"


def _desk(terminal: Terminal, policy: str = TEAM, *options: str) -> Terminal:
    """A strict gate with one draft of akari's."""
    terminal.write("releasegate.toml", policy)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv", *options)
    return terminal


def _as(desk: Terminal, login: str, *words: str) -> Seen:
    desk.login = login
    return desk(*words)


def _digest(desk: Terminal) -> str:
    return str(json.loads(desk("show", "july", "--json").out)["digest"])


def test_a_note_with_all_its_parts_is_shown_to_the_next(terminal: Terminal) -> None:
    """Whom it goes to, the signal, what is still open, what to do should something happen, by when."""
    desk = _desk(terminal, TEAM, "--send-at", "2099-12-01 10:00 Asia/Tokyo")
    more = ("--to", "ben", "--item", "chie: Check the phone number", "--item", "akari:Photo", "--if", "it rains:hold it", "--signal", "go")
    desk.ok("submit", "july", "-m", "Only the pictures are new.", *more)

    shown = _as(desk, "ben", "show", "july").out
    told = json.loads(desk("show", "july", "--json").out)

    for line in (
        '  Last note: Akari Sato: "Only the pictures are new."\n',
        "  Handed by Akari Sato to: Ben Ito (go)\n    If it rains: hold it\n  To be taken over by ",
        "  It can be stopped until Tue 1 December 2099, 10:00 JST.\n",
        "  Open i3: Check the phone number (Chie Tanaka)\n  Open i3-2: Photo (Akari Sato)\n",
    ):
        assert line in shown, shown
    assert [("akari", "ben", ["ben"], "routine", "go", "open")] == [
        tuple(each[name] for name in ("by", "to", "who", "tier", "signal", "standing")) for each in told["handoffs"]
    ]
    assert (["i3", "i3-2"], "2099-12-01T01:00:00+00:00") == ([each["id"] for each in told["items"]], told["last_stop"])
    desk.ok("confirm", "july", "--digest", told["digest"], "--nothing-else", "--done", "i3-2")
    assert ["i3"] == [each["id"] for each in json.loads(desk("show", "july", "--json").out)["items"]]


def test_a_queue_says_since_when_and_until_when(terminal: Terminal) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")

    (told,) = json.loads(_as(desk, "ben", "queue", "--mine", "--json").out)

    assert (["ben"], True, None) == (told["with"], told["since"] < told["until"], told["last_stop"])
    assert [] == told["items"]


def test_a_question_and_its_answer(terminal: Terminal) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")

    asked = _as(desk, "ben", "question", "july", "-m", "Net or gross?")
    shown = desk("show", "july").out
    answered = _as(desk, "akari", "answer", "july", "-m", "Gross.")

    told = 'Akari Sato: july: Ben Ito asks before taking it over: "Net or gross?" It is your turn: releasegate answer july -m "…"\n'
    assert (0, "july: checking. Now with Akari Sato.\n", told) == (asked.code, asked.out, asked.err)
    assert 'Ben Ito asked before taking it over, and has no answer: "Net or gross?"\n     Who: Akari Sato\n' in shown
    assert (0, "july: checking. Now with Ben Ito.\n") == (answered.code, answered.out)
    log = desk.ok("log", "july").splitlines()[-2:]
    assert [True, True] == [word in line for word, line in zip((" asked ", " answered "), log, strict=True)]


def test_what_is_not_taken_over_goes_to_the_next(terminal: Terminal) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.", "--to", "ben")

    seen = _as(desk, "ben", "--lang", "ja", "decline", "july", "-m", "休暇中です。", "--to", "chie")

    assert 0 == seen.code
    assert "Akari Sato, Chie Tanaka: july: Ben Itoさんは引き受けませんでした:「休暇中です。」\n" == seen.err


def test_a_routine_handoff_is_taken_over_with_a_word(terminal: Terminal) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")

    assert "july: checking. Now with Ben Ito.\n" == _as(desk, "ben", "acknowledge", "july").out
    assert (4, "Not done: Nothing of july waits to be taken over.\n") == ((seen := desk("acknowledge", "july")).code, seen.err)


def test_a_lift_is_read_back_on_the_command_line(terminal: Terminal) -> None:
    """Without it: refused, and told how. In part: a wrong call. Otherwise than it is: refused, and kept."""
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")
    desk.ok("hold", "july", "-m", "Wait.")
    mark = _digest(desk)[:8]

    none = _as(desk, "chie", "lift", "july", "h1", "-m", "Go on.")
    part = desk("lift", "july", "h1", "-m", "Go on.", "--recipients", "2")
    wrong = desk("lift", "july", "h1", "-m", "Go on.", "--mark", mark, "--recipients", "3", "--leaves", "now")

    assert (
        4,
        "Not done: This step (lift) is taken with a read-back: the text's mark, how many people it reaches, and when it leaves.",
    ) == (
        none.code,
        none.err.partition(" On the command line")[0],
    )
    assert (2, "Not done: A read-back has three parts: --mark, --recipients and --leaves (`now` for as soon as it may).\n") == (
        part.code,
        part.err,
    )
    said = f"it differs in: the number of people. Read back: {mark}, 3, –. It is: {mark}, 2, –. Nothing was lifted.\n"
    assert (4, f"Not done: What Chie Tanaka read back is not what stands; {said}") == (wrong.code, wrong.err.splitlines(keepends=True)[-1])
    assert "july: checking. Now with Ben Ito.\n" == desk.ok("lift", "july", "h1", "-m", "Go on.", *desk.back())


def test_an_hour_is_read_back_too(terminal: Terminal) -> None:
    desk = _desk(terminal, STRICT, "--send-at", "2099-12-01 10:00 Asia/Tokyo")
    desk.ok("submit", "july", "-m", "Please.")
    digest = _digest(desk)
    _as(desk, "ben", "confirm", "july", "--digest", digest, "-m", "Read.")

    seen = _as(desk, "chie", "approve", "july", "--digest", digest, "-m", "Go.", "--recipients", "2", "--leaves", "2099-12-01 10:00")

    assert (0, True) == (seen.code, seen.out.startswith("july: approved.\n")), seen


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody sits there, and answers with what stands in this list."""
    given: list[str] = []
    monkeypatch.setattr("releasegate.cli.session.Session.is_at_terminal", True)
    monkeypatch.setattr("builtins.input", lambda _: given.pop(0))
    return given


def test_at_a_terminal_the_read_back_is_asked_for(terminal: Terminal, answers: list[str]) -> None:
    """Before a lift what leaves is shown; after the typed mark of an approval only the rest is asked."""
    desk = _desk(terminal, STRICT)
    desk.ok("submit", "july", "-m", "Please.")
    mark = _digest(desk)[:8]
    answers.extend([mark])
    _as(desk, "ben", "confirm", "july", "-m", "Read.")
    desk.ok("hold", "july", "-m", "Wait.")
    answers.extend([mark, "2 people", "now"])

    lifted = _as(desk, "chie", "lift", "july", "h1", "-m", "Go on.")
    answers.extend([mark, "2", "すぐ"])
    approved = _as(desk, "chie", "approve", "july", "-m", "Go.")

    assert (0, [], True) == (lifted.code, answers, "Subject: July issue for Mika" in lifted.out), lifted
    assert (0, True) == (approved.code, "july: approved.\n" in approved.out), approved


def test_at_a_terminal_no_answer_is_no_read_back(terminal: Terminal, answers: list[str]) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")
    desk.ok("hold", "july", "-m", "Wait.")
    answers.extend(["", "", ""])

    assert (2, 1) == (
        _as(desk, "chie", "lift", "july", "h1", "-m", "Go on.").code,
        len(json.loads(desk("show", "july", "--json").out)["holds"]),
    )


def test_what_was_given_is_not_asked_again(terminal: Terminal, answers: list[str]) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")
    desk.ok("hold", "july", "-m", "Wait.")
    mark = _digest(desk)[:8]
    answers.append("now")

    seen = _as(desk, "chie", "lift", "july", "h1", "-m", "Go on.", "--mark", mark, "--recipients", "2")

    assert (0, []) == (seen.code, answers)


def test_a_critical_handoff_is_taken_over_with_a_read_back(terminal: Terminal) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")
    desk.ok("hold", "july", "-m", "Wait.")
    _as(desk, "chie", "lift", "july", "h1", "-m", "Ben, watch it.", "--to", "ben", *desk.back())

    assert 4 == _as(desk, "ben", "acknowledge", "july").code
    assert "july: checking. Now with Ben Ito.\n" == desk.ok("acknowledge", "july", *desk.back())


def test_a_hold_without_a_word_is_shown_to_owe_one(terminal: Terminal) -> None:
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")
    _as(desk, "ben", "hold", "july")

    owed = '  july/h1 was placed without a word by Ben Ito. Why, says: releasegate answer july -m "…"\n'
    assert owed in desk("show", "july").out
    desk.ok("answer", "july", "-m", "The price is wrong.")
    assert owed not in (shown := desk("show", "july").out)
    assert "The price is wrong." in shown


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            ("--item", "check the number"),
            'Not done: "check the number" is not in two parts; write it like "ben: check the phone number".\n',
        ),
        (("--if", "rain:"), 'Not done: "rain:" is not in two parts; write it like "ben: check the phone number".\n'),
        (("--item", "ben： x", "--nothing-else"), "Not done: The note says that there is nothing else to say, and then says more.\n"),
        (("--item", "ben:" + "x" * 300), "Not done: The note cannot be read: String should have at most 280 characters\n"),
    ],
)
def test_a_note_that_cannot_be_read_is_a_wrong_call(terminal: Terminal, options: tuple[str, ...], told: str) -> None:
    desk = _desk(terminal)

    seen = desk("submit", "july", "-m", "Please.", *options)

    assert (2, True) == (seen.code, seen.err.startswith(told)), seen
    assert "drafting" == json.loads(desk("show", "july", "--json").out)["state"]


def test_since_i_took_it_over_is_shown(terminal: Terminal) -> None:
    """Taking over is looking at it, as signing is."""
    desk = _desk(terminal)
    desk.ok("submit", "july", "-m", "Please.")
    before = _digest(desk)
    _as(desk, "ben", "acknowledge", "july")
    desk.write("july.txt", MAIL.replace("To: list\n", "").replace("wing", "garden"))
    _as(desk, "akari", "write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")

    assert f"  Changed since you signed {before[:8]}: the wording\n" in _as(desk, "ben", "show", "july").out
