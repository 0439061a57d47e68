"""The verbs on the command line, outside a demo: who one is, what one has seen, whose turn it is, and the exit code of each answer."""

import json
import socket
from collections.abc import Callable
from email import message_from_bytes, policy

import pytest

from releasegate.cli import login, main
from releasegate.cli.exits import Exit
from releasegate.gate import Gate
from releasegate.model.letter import Letter
from tests.building import Outbox
from tests.cli import MAIL, PEOPLE, TEAM, Seen, Terminal
from tests.smtp_server import DROP, ScriptedSmtp


@pytest.fixture
def desk(terminal: Terminal) -> Terminal:
    """A strict gate with one draft of akari's, submitted."""
    return _desk(terminal, TEAM)


def _desk(terminal: Terminal, policy: str, *options: str) -> Terminal:
    terminal.write("releasegate.toml", policy)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv", *options)
    terminal.ok("submit", "july", "-m", "Only the pictures are new.")
    return terminal


def _digest(desk: Terminal, draft: str = "july") -> str:
    return str(json.loads(desk("show", draft, "--json").out)["digest"])


def _as(desk: Terminal, login: str, *words: str) -> Seen:
    desk.login = login
    return desk(*words)


def _signed(desk: Terminal) -> None:
    digest = _digest(desk)
    for who, verb in (("ben", "confirm"), ("chie", "approve")):
        assert 0 == _as(desk, who, verb, "july", "--digest", digest, "-m", "Yes.").code


# --- who one is


def test_an_account_that_leads_to_nobody_is_told_what_to_add(desk: Terminal) -> None:
    seen = _as(desk, "mika", "submit", "july", "-m", "Hello.")

    assert 4 == seen.code
    assert seen.err.startswith("Not done: You are logged in as mika, and that leads to nobody in releasegate.toml. ")
    assert seen.err.endswith('Add the account to your line in [people]: also = ["os:mika"]\n')
    assert "ログイン名 mika" in _as(desk, "mika", "--lang", "ja", "submit", "july", "-m", "Hello.").err


@pytest.mark.parametrize("look", [("queue",), ("show", "july"), ("log", "july"), ("log", "verify")])
def test_whom_the_file_does_not_know_brings_no_rules_into_a_new_store(terminal: Terminal, look: tuple[str, ...]) -> None:
    """They look, are told to put themselves into the file, and do: had the look adopted it, two others would have to let them in."""
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.txt", MAIL)
    terminal.write("people.csv", PEOPLE)
    terminal.login = "mika"

    seen = terminal(*look)
    terminal.write("releasegate.toml", TEAM.replace("[people]", '[people]\nmika = { roles = ["author"], also = ["os:mika"] }'))

    assert (4, "") == (seen.code, seen.out)
    assert seen.err.startswith("Not done: You are logged in as mika, and that leads to nobody in releasegate.toml. ")
    assert terminal.ok("write", "july", "july.txt", "--to", "people.csv").startswith("july: 2 people")


def test_whom_the_file_knows_and_the_rules_in_force_do_not_is_told_of_adopting(desk: Terminal) -> None:
    """That they add themselves to a file in which they stand would be no help."""
    desk.write("releasegate.toml", TEAM.replace("[people]", '[people]\nmika = { roles = ["author"], also = ["os:mika"] }'))

    seen = _as(desk, "mika", "submit", "july", "-m", "Hello.")

    assert 4 == seen.code
    assert "releasegate.toml knows you; the rules in force, which the store keeps, do not. " in seen.err
    assert seen.err.endswith('releasegate policy adopt -m "…"\n')
    assert "有効な規則にはありません" in _as(desk, "mika", "--lang", "ja", "queue", "--mine").err


def test_whoever_can_open_the_store_may_read_it(desk: Terminal) -> None:
    """Somebody in no directory is shown what all are shown, and ends with the same code; only what is theirs to do is nobody's."""
    texts = [(seen.code, seen.err, seen.out) for who in ("mika", "akari") for seen in [_as(desk, who, "show", "july")]]
    facts = [
        (seen.code, seen.err, json.loads(seen.out)["preview"])
        for who in ("mika", "akari")
        for seen in [_as(desk, who, "show", "july", "--json")]
    ]

    assert (8, "", texts[1][2]) == texts[0]
    assert (8, "", facts[1][2]) == facts[0]
    assert 4 == _as(desk, "mika", "queue", "--mine").code


def test_who_plays_others_outside_a_demo_is_refused_before_anything_is_shown(desk: Terminal) -> None:
    seen = desk("--as", "ben", "show", "july")

    assert (4, "", True) == (seen.code, seen.out, "--as" in seen.err)


def test_outside_a_demo_nobody_plays_others(desk: Terminal) -> None:
    seen = _as(desk, "akari", "--as", "ben", "confirm", "july", "--digest", _digest(desk), "-m", "Fine.")

    assert (4, "Not done: This works in a demo gate only: --as\n") == (seen.code, seen.err)


def test_there_is_no_by(desk: Terminal) -> None:
    assert 2 == desk("confirm", "july", "--by", "ben").code


def test_an_account_is_the_systems_and_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "chie")
    monkeypatch.undo()
    import os
    import pwd

    assert pwd.getpwuid(os.getuid()).pw_name == login.os_login()


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)

    assert "4000000000" == login.os_login()


def test_a_demo_file_on_a_store_of_real_drafts_plays_nobody(desk: Terminal) -> None:
    """The same rules with mode = "demo" beside the real store: still nobody signs as somebody else."""
    real = TEAM.replace("folder:sent", "smtp://127.0.0.1:9")
    desk.write("real.toml", real.replace("gate.db", "real.db"))
    desk.write("demo.toml", real.replace("smtp://127.0.0.1:9", "folder:x").replace("gate.db", 'real.db"\nmode = "demo'))
    desk.ok("--config", "real.toml", "write", "press", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    desk.ok("--config", "real.toml", "submit", "press", "-m", "New.")
    digest = json.loads(desk("--config", "real.toml", "show", "press", "--json").out)["digest"]

    seen = desk("--config", "demo.toml", "--as", "ben", "confirm", "press", "--digest", digest, "-m", "Fine.")

    assert 4 == seen.code
    assert "demo" in seen.err
    kinds = [each["kind"] for each in json.loads(desk.ok("--config", "real.toml", "log", "press", "--json"))]
    assert "confirm" not in kinds


def test_in_a_demo_somebody_unknown_is_refused(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")

    seen = terminal("--as", "bem", "submit", "july", "-m", "Hello.")

    assert (4, True) == (seen.code, "bem" in seen.err)


def test_in_a_demo_a_wrong_mark_signs_nothing(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")
    terminal.ok("submit", "july", "-m", "Hello.")

    seen = terminal("--as", "ben", "confirm", "july", "--digest", "00000000", "-m", "Fine.")

    assert (4, True) == (seen.code, "you saw 00000000" in seen.err)


# --- what one has seen


def test_a_mark_does_not_sign(desk: Terminal) -> None:
    seen = _as(desk, "ben", "confirm", "july", "--digest", _digest(desk)[:8], "-m", "Fine.")

    assert (2, True) == (seen.code, "64 characters" in seen.err)


def test_without_a_terminal_the_digest_must_be_given(desk: Terminal) -> None:
    seen = _as(desk, "ben", "confirm", "july", "-m", "Fine.")

    assert (2, True) == (seen.code, "--digest" in seen.err)


def test_without_a_terminal_a_waiver_names_its_text_too(desk: Terminal) -> None:
    seen = _as(desk, "ben", "waive", "july", "duplicate-recipients", "-m", "Fine.")

    assert (2, True) == (seen.code, "releasegate waive july --digest" in seen.err)


def test_the_digest_of_another_text_is_refused(desk: Terminal) -> None:
    seen = _as(desk, "ben", "confirm", "july", "--digest", "0" * 64, "-m", "Fine.")

    assert (4, True) == (seen.code, "The text has changed since you looked" in seen.err)


@pytest.fixture
def at_terminal(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody sits there, and answers with what stands in this list."""
    answers: list[str] = []

    def answer(question: str) -> str:
        assert "type its mark" in question
        if not answers:
            raise EOFError
        return answers.pop(0)

    monkeypatch.setattr("releasegate.cli.session.Session.is_at_terminal", True)
    monkeypatch.setattr("builtins.input", answer)
    return answers


def test_at_a_terminal_the_facts_are_shown_and_the_mark_is_typed(desk: Terminal, at_terminal: list[str]) -> None:
    at_terminal.append(_digest(desk)[:8])

    seen = _as(desk, "ben", "confirm", "july", "-m", "Fine.")

    assert (0, "") == (seen.code, seen.err)
    assert "Subject: July issue for Mika" in seen.out
    assert seen.out.endswith("july: approving. Now with Chie Tanaka.\n")


def test_what_is_shown_is_the_text_whose_mark_is_typed(desk: Terminal, at_terminal: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed between the digest and the mail below it, it is still the old mail that is shown, and its mark signs nothing any more."""
    at_terminal.append(_digest(desk)[:8])
    other = Gate.load("releasegate.toml")
    read = Gate.letter

    def late(gate: Gate, draft_id: str, no: int = 1, *, digest: str = "") -> Letter:
        other.write("july", channel="newsletter", content=MAIL.replace("list", "mika@reader.example").encode(), by="akari")
        return read(gate, draft_id, no, digest=digest)

    monkeypatch.setattr(Gate, "letter", late)
    seen = _as(desk, "ben", "confirm", "july", "-m", "Fine.")
    other.close()

    assert (4, True) == (seen.code, "Subject: July issue for Mika" in seen.out)
    assert "The text has changed since you looked" in seen.err


@pytest.mark.parametrize("typed", ["", "yes", "00000000", None])
def test_t29_an_empty_or_wrong_answer_signs_nothing(desk: Terminal, at_terminal: list[str], typed: str | None) -> None:
    at_terminal.extend([] if typed is None else [typed])

    seen = _as(desk, "ben", "confirm", "july", "-m", "Fine.")

    assert (2, "Not done: That is not the mark of this text. Nothing was signed.\n") == (seen.code, seen.err)
    assert "checking" == json.loads(desk("show", "july", "--json").out)["state"]


def test_a_terminal_is_where_both_ends_are_one() -> None:
    from releasegate.cli.session import Session

    assert not Session().is_at_terminal


# --- whose turn it is


def test_each_step_says_whose_turn_it_is(desk: Terminal) -> None:
    digest = _digest(desk)

    assert "july: approving. Now with Chie Tanaka.\n" == _as(desk, "ben", "confirm", "july", "--digest", digest, "-m", "Read.").out
    assert "july: approved.\nNext: releasegate send july\n" == _as(desk, "chie", "approve", "july", "--digest", digest, "-m", "Go.").out
    assert "july: approving. Now with Chie Tanaka.\n" == _as(desk, "chie", "revoke", "july", "-m", "Not yet.").out
    assert "july: drafting. Now with Akari Sato.\n" == _as(desk, "chie", "send-back", "july", "-m", "Last year's date.").out
    assert "july: withdrawn.\n" == _as(desk, "akari", "withdraw", "july", "-m", "Never mind.").out
    over = _as(desk, "akari", "withdraw", "july", "-m", "Again.")
    assert (4, True) == (over.code, "final" in over.err)
    assert 3 == desk("show", "july").code


def test_an_hour_that_is_to_come_is_named(terminal: Terminal) -> None:
    desk = _desk(terminal, TEAM, "--send-at", "2099-12-01 10:00 Asia/Tokyo")
    digest = _digest(desk)
    _as(desk, "ben", "confirm", "july", "--digest", digest, "-m", "Read.")

    seen = _as(desk, "chie", "approve", "july", "--digest", digest, "-m", "Go.")

    assert "july: approved.\nNext, from Tue 1 December 2099, 10:00 JST on: releasegate send july\n" == seen.out
    assert 8 == _as(desk, "mailer", "send", "july").code
    assert "2099-12-01 10:00 JST" in desk.ok("queue")


def test_r30_what_will_have_lapsed_by_the_hour_is_said_at_once(terminal: Terminal) -> None:
    desk = _desk(terminal, TEAM + 'valid_for = "1h"\n', "--send-at", "2099-12-01 10:00 Asia/Tokyo")

    seen = _as(desk, "ben", "confirm", "july", "--digest", _digest(desk), "-m", "Read.")
    assert "july: approving. Now with Chie Tanaka.\n" == seen.out
    seen = _as(desk, "chie", "approve", "july", "--digest", _digest(desk), "-m", "Go.")

    assert "By Tue 1 December 2099, 10:00 JST this will not hold any more: two pairs of eyes\n" in seen.out


def test_an_empty_note_is_refused_where_hands_change(desk: Terminal) -> None:
    seen = _as(desk, "ben", "confirm", "july", "--digest", _digest(desk))

    assert (4, True) == (seen.code, "needs a note" in seen.err)


def test_a_hold_is_lifted_by_its_name(desk: Terminal) -> None:
    desk.ok("hold", "july", "-m", "Wait.")

    assert 2 == desk("lift", "july", "-m", "Go on.").code
    assert 2 == desk("lift", "july", "h7", "-m", "Go on.").code
    assert 5 == desk("show", "july").code
    assert "july: checking. Now with Ben Ito.\n" == desk.ok("lift", "july/h1", "-m", "Go on.", *desk.back())


def test_a_warning_is_waived_by_somebody_else(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE + "ken@reader.example,Ken\n")
    terminal.login = "akari"
    said = terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    assert said.endswith("1 thing to mend first: releasegate show july\n")
    assert "july: checking. Now with Akari Sato.\n" == terminal.ok("submit", "july", "-m", "Ken twice.")

    seen = _as(terminal, "ben", "waive", "july", "duplicate-recipients", "--digest", _digest(terminal), "-m", "He wants two.")

    assert (0, "july: checking. Now with Ben Ito.\n") == (seen.code, seen.out)
    assert 4 == _as(terminal, "akari", "waive", "july", "duplicate-recipients", "--digest", _digest(terminal), "-m", "x").code


def test_a_closed_gate_for_something_to_mend_ends_with_3(terminal: Terminal) -> None:
    desk = _desk(terminal, TEAM)
    desk.write("july.txt", MAIL.replace("To: list\n", "").replace("$name,", "$nmae,"))
    desk.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")

    assert (3, 3) == (desk("send", "july").code, desk("show", "july").code)


# --- what leaves


def test_sent_is_sent(desk: Terminal) -> None:
    _signed(desk)

    assert "Sent: 2 of 2.\n" == _as(desk, "mailer", "send", "july").out
    again = json.loads(desk.ok("send", "july", "--json"))
    assert (2, 2, 0) == (again["of"], again["sent"], again["left"])
    assert 0 == _as(desk, "akari", "show", "july").code
    assert "Nothing is waiting.\n" == desk.ok("queue")
    assert [] == json.loads(desk.ok("queue", "--json"))


def test_a_blocked_send_as_json(desk: Terminal) -> None:
    seen = _as(desk, "mailer", "send", "july", "--json")

    told = json.loads(seen.out)
    assert (8, False, 0, 2) == (seen.code, told["open"], told["report"]["sent"], told["report"]["left"])
    assert ["confirmation-missing", "approval-missing"] == [each["code"] for each in told["blockers"]]


def test_an_unknown_outcome_ends_with_6_and_is_settled_by_a_person(terminal: Terminal) -> None:
    with ScriptedSmtp({"END": DROP}) as server:
        desk = _desk(terminal, TEAM.replace("folder:sent", f"smtp://{server.host}:{server.port}"))
        _signed(desk)
        seen = _as(desk, "mailer", "send", "july")
        assert (6, "Not known whether anything left: 0 of 2 sent; 2 unknown.") == (seen.code, seen.out.splitlines()[0])
        assert 6 == desk("show", "july").code
        shown = json.loads(desk("show", "july", "--json").out)
        assert [["mika@reader.example"], ["ken@reader.example"]] == list(shown["unsettled"].values())
        assert "Outcome unknown: attempt" in desk("show", "july").out

        listed = _as(desk, "ben", "settle", "july")
        assert (2, 2) == (listed.code, listed.out.count("Outcome unknown"))
        one, other = shown["unsettled"]
        assert 0 == desk("settle", "july", "--attempt", one, "--outcome", "sent", "-m", "On their record.").code
        said = desk("settle", "july", "--attempt", other, "--outcome", "not-sent", "-m", "Not on their record.")
        assert (0, True) == (said.code, said.out.startswith("july: "))
        assert 5 == desk("show", "july").code
        assert 2 == desk("settle", "july", "--attempt", "nonsense", "--outcome", "sent", "-m", "x").code


def test_half_of_it_unknown_and_the_rest_not_sent_ends_with_6(terminal: Terminal) -> None:
    with ScriptedSmtp({"END": DROP, "RCPT TO:<ken": "451 4.7.1 later"}) as server:
        desk = _desk(terminal, TEAM.replace("folder:sent", f"smtp://{server.host}:{server.port}"))
        _signed(desk)

        seen = _as(desk, "mailer", "send", "july")
        told = json.loads(desk("send", "july", "--json").out)

        assert (6, True) == (seen.code, "settle july --attempt" in seen.out)
        assert (1, 1) == (told["report"]["unknown"], told["report"]["left"])


# --- looking


def test_the_queue_says_who_has_what(desk: Terminal) -> None:
    lines = desk.ok("queue").splitlines()
    assert ["draft", "title", "state", "reach", "hour", "with", "since", "due", "waits for"] == [
        part.strip() for part in lines[0].split("  ") if part.strip()
    ]
    assert "Ben Ito" in lines[1]
    assert "two pairs of eyes" in lines[1]
    assert "Nothing is waiting.\n" == desk.ok("queue", "--mine")
    told = json.loads(_as(desk, "ben", "queue", "--mine", "--json").out)
    assert [("july", ["ben"])] == [(each["draft"], each["with"]) for each in told]


def test_the_queue_begins_with_what_has_failed(desk: Terminal) -> None:
    desk.write("august.txt", MAIL.replace("To: list\n", "").replace("$name,", "$nmae,"))
    desk.ok("write", "august", "august.txt", "--channel", "newsletter", "--to", "people.csv")

    assert ["august", "july"] == [each["draft"] for each in json.loads(desk.ok("queue", "--json"))]


def test_what_changed_since_i_signed_is_shown(desk: Terminal) -> None:
    before = _digest(desk)
    _as(desk, "ben", "confirm", "july", "--digest", before, "-m", "Read.")
    assert f"Nothing has changed since text {before[:8]}. To compare it with an earlier one: --since MARK\n" == desk.ok("diff", "july")
    desk.login = "akari"
    desk.write("july.txt", MAIL.replace("To: list\n", "").replace("wing", "garden"))
    desk.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    now = _digest(desk)

    shown = _as(desk, "ben", "show", "july")
    assert f"Changed since you signed {before[:8]}: the wording" in shown.out
    assert {"digest": before, "kinds": ["text"]} == json.loads(desk("show", "july", "--json").out)["since_you_signed"]
    assert DIFFERENCE.format(before=before[:8], now=now[:8]) == desk.ok("diff", "july") == desk.ok("diff", "july", "--since", before)
    told = json.loads(desk.ok("diff", "july", "--since", before[:8], "--json"))
    assert ("july", before, now, ["text"], 2) == tuple(told[key] for key in ("draft", "since", "now", "kinds", "mails"))
    assert ["-the new wing opens.", "+the new garden opens."] == [line for line in told["lines"] if line.startswith(("-t", "+t"))]
    assert (2, "Not done: july never had a text ffff.\n") == (
        desk("diff", "july", "--since", "ffff").code,
        desk("diff", "july", "--since", "ffff").err,
    )


DIFFERENCE = """\
From {before} to {now}: the wording
  2 mails read differently; the first of them:
  --- {before}
  +++ {now}
  @@ -3,4 +3,4 @@
   Subject: July issue for Mika

   Dear Mika,
  -the new wing opens.
  +the new garden opens.
"""


def test_other_people_and_another_hour_are_said_with_their_numbers(desk: Terminal) -> None:
    before = _digest(desk)
    desk.write("people.csv", PEOPLE.replace("mika@", "mei@") + "rin@reader.example,Rin\n")
    hour = ("--send-at", "2099-12-01 10:00 Asia/Tokyo")
    desk.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv", *hour)

    said = desk.ok("diff", "july", "--since", before).splitlines()
    assert ["  Recipients: 2, now 3 (2 new, 1 gone)", "  Hour: at once, now 2099-12-01 10:00 Asia/Tokyo"] == said[1:]
    said = desk.ok("--lang", "ja", "diff", "july", "--since", before).splitlines()
    assert ["  宛先: 2件から 3件(追加 2件、削除 1件)", "  配信時刻: 即時 から 2099-12-01 10:00 Asia/Tokyo"] == said[1:]
    told = json.loads(desk.ok("diff", "july", "--since", before, "--json"))
    assert {"before": 2, "now": 3, "joined": 2, "gone": 1} == told["recipients"]
    assert {"before": "", "now": "2099-12-01T10:00:00 Asia/Tokyo"} == told["send_at"]


def test_a_long_difference_ends_and_hides_nothing(desk: Terminal) -> None:
    before = _digest(desk)
    desk.write("july.txt", MAIL.replace("To: list\n", "") + "line \x1b[31m\u202e\n" * 250)
    desk.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")

    said = desk.ok("diff", "july", "--since", before)

    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "more lines\n" in said


def test_the_preview_hides_nothing_and_stays_short(terminal: Terminal) -> None:
    text = "Dear $name,\n" + "line\n" * 30
    terminal.write("july.eml", f"From: news@museum.example\nCc: press@museum.example\nSubject: July\n\n{text}\x1b[31mred\u202e\n")
    terminal.write("releasegate.toml", TEAM)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter")

    shown = terminal("show", "july").out

    assert "\x1b" not in shown
    assert "  Cc: press@museum.example\n" in shown
    assert "  … and 12 more lines\n" in shown


def test_t29_what_is_shown_is_what_leaves(desk: Terminal) -> None:
    """Both come from the sealed bytes: the file may have become another meanwhile."""
    desk.write("july.txt", MAIL.replace("wing", "garden"))
    shown = json.loads(desk("show", "july", "--json").out)["preview"]
    _signed(desk)
    assert 0 == _as(desk, "mailer", "send", "july").code
    (left,) = (
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in desk.folder.rglob("*.eml") if b"Mika" in path.read_bytes()
    )

    first = [address.addr_spec for address in left["To"].addresses]
    assert (left["From"], first, left["Subject"]) == (shown["from"], shown["to"], shown["subject"])
    assert left.get_content().replace("\r\n", "\n").strip() == shown["text"].replace("\r\n", "\n").strip()
    assert "garden" not in shown["text"]


def test_attachments_are_listed(terminal: Terminal) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "news@museum.example", "press@museum.example", "July"
    mail.set_content("See the plan.")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf")
    terminal.write("july.eml", mail.as_bytes())
    terminal.write("releasegate.toml", TEAM)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter")

    shown = terminal("show", "july").out

    assert "  Attached: plan.pdf (application/pdf, 4 bytes)\n  Attached: – (application/pdf, 4 bytes)\n" in shown


def test_before_anybody_has_said_anything_there_is_no_note(terminal: Terminal) -> None:
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")

    told = json.loads(terminal("show", "july", "--json").out)

    assert (None, None) == (told["note"], told["since_you_signed"])
    assert "Last note" not in terminal("show", "july").out


# --- what goes wrong


def test_writing_what_has_no_next_step(desk: Terminal) -> None:
    """The same text again, already submitted: nothing changes, nothing is to be done."""
    said = desk.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")

    assert 1 == len(said.splitlines())


def test_a_text_without_a_sender_comes_from_who_writes_it(desk: Terminal) -> None:
    desk.write("note.txt", "Subject: Hello\n\nDear $name,\nhello.\n")
    desk.ok("write", "note", "note.txt", "--channel", "newsletter", "--to", "people.csv")

    assert "akari@museum.example" == json.loads(desk("show", "note", "--json").out)["sender"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            '[channels.press]\nvia = "folder:press"\n',
            "releasegate.toml has several channels; say which one: --channel NAME (newsletter, press)",
        ),
        ("[channels.system]\ngated = false\nmost = 3\n", ""),
    ],
)
def test_the_way_out_is_named_where_there_are_several(terminal: Terminal, more: str, said: str) -> None:
    """One that is not gated is none of them: no draft leaves by it."""
    terminal.write("releasegate.toml", TEAM + more)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.write("people.csv", PEOPLE)
    terminal.login = "akari"

    seen = terminal("write", "july", "july.txt", "--to", "people.csv")

    assert (2 if said else 0, said) == (seen.code, seen.err.strip().removeprefix("Nothing was sent, and nothing written: ").rstrip("."))


@pytest.mark.parametrize("option", ["--release", "--send-at", "--embargo", "--to"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_option_that_is_empty_is_not_taken_as_left_out(terminal: Terminal, option: str, value: str) -> None:
    """`--send-at "$HOUR"` whose variable is empty would send at once; without its release no hold would reach it."""
    terminal.write("releasegate.toml", TEAM)
    terminal.write("july.txt", MAIL.replace("To: list", "To: mika@reader.example"))
    terminal.login = "akari"

    seen = terminal("write", "july", "july.txt", option, value)

    assert (2, "") == (seen.code, seen.out)
    assert seen.err.startswith(
        f"Nothing was sent, and nothing written: {option} is given and is empty. Put a value behind it, or leave {option} out"
    )
    assert f" {option} の値が空です" in terminal("--lang", "ja", "write", "july", "july.txt", option, value).err
    assert "[]\n" == terminal.ok("queue", "--json")


def test_where_no_way_out_is_gated_nothing_is_written(terminal: Terminal) -> None:
    lane = "[channels.newsletter]\ngated = false\nmost = 3\n"
    terminal.write("releasegate.toml", TEAM.partition("[channels.newsletter]")[0] + lane)
    terminal.write("july.txt", MAIL.replace("To: list\n", ""))
    terminal.login = "akari"

    assert "Nothing was sent, and nothing written: releasegate.toml has no gated channel.\n" == terminal("write", "july", "july.txt").err


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", "nothing"), 2, "There is no draft nothing."),
        (("write", "x", "none.eml", "--channel", "newsletter"), 2, "none.eml"),
        (
            ("write", "x", "july.txt", "--channel", "newslettr", "--to", "people.csv"),
            2,
            "There is no channel newslettr. Did you mean newsletter?",
        ),
        (("write", "x", "july.txt", "--channel", "newsletter", "--to", "people.csv", "--send-at", "soon"), 2, "soon"),
        (("write", "a b", "july.txt", "--channel", "newsletter", "--to", "people.csv"), 2, "is no id"),
        (("nonsense",), 2, "nonsense"),
        (("--config", "none.toml", "show", "july"), 2, "none.toml"),
        (("--store", "/nowhere/gate.db", "show", "july"), 1, "/nowhere"),
    ],
)
def test_one_clear_message_and_its_code(desk: Terminal, words: tuple[str, ...], code: int, says: str) -> None:
    seen = desk(*words)

    assert (code, "") == (seen.code, seen.out)
    assert says in seen.err
    assert "Traceback" not in seen.err


def test_an_unforeseen_error_is_one_sentence(desk: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("releasegate.gate.Gate.draft", lambda gate, draft_id: 1 / 0)  # a stand-in for any fault

    seen = desk("show", "july")

    assert (1, "Nothing was sent. It failed: ZeroDivisionError: division by zero\n") == (seen.code, seen.err)


def test_words_that_the_terminal_cannot_show_are_not_an_error(desk: Terminal) -> None:
    assert 0 == desk("--lang", "ja", "queue").code


def test_help_names_the_exit_codes(terminal: Terminal) -> None:
    text = " ".join(terminal.ok("--help").split())

    assert "5 on hold (from hold: not certainly held); 6 outcome unknown" in text
    assert 2 == terminal().code


def test_without_its_packages_the_command_line_says_what_to_install(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.delitem(sys.modules, "releasegate.cli.app", raising=False)
    monkeypatch.setitem(sys.modules, "typer", None)

    assert (1, 'The command line needs two more packages: pip install "releasegate[cli]"\n') == ((seen := terminal("queue")).code, seen.err)


def test_a_module_that_is_missing_for_another_reason_is_not_called_typer(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "releasegate.cli.app", None)

    with pytest.raises(ModuleNotFoundError):
        terminal("queue")


def test_a_carried_signature_is_told_to_its_owner(terminal: Terminal) -> None:
    desk = _desk(terminal, TEAM + 'keep_on = ["text"]\n')
    _as(desk, "ben", "confirm", "july", "--digest", _digest(desk), "-m", "Read.")
    desk.login = "akari"
    desk.write("july.txt", MAIL.replace("To: list\n", "").replace("wing", "garden"))
    desk.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")

    seen = desk("submit", "july", "-m", "One word.")

    assert "Ben Ito: Your signature on july still stands." in seen.err
    assert "july: approving. Now with Chie Tanaka.\n" == seen.out


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ((), Exit.DONE),
        (("wait",), Exit.WAIT),
        (("wait", "mend"), Exit.MEND),
        (("mend", "hold", "wait"), Exit.HELD),
        (("wait", "unknown", "hold", "mend"), Exit.UNKNOWN),
    ],
)
def test_of_several_reasons_the_gravest_decides_the_code(kinds: tuple[str, ...], code: Exit) -> None:
    from dataclasses import dataclass

    from releasegate.cli.exits import of_decision

    @dataclass(frozen=True)
    class Reason:
        kind: str

    @dataclass(frozen=True)
    class Verdict:
        blockers: tuple[Reason, ...]
        state: str = "approved"

    assert code == of_decision(Verdict(tuple(Reason(kind) for kind in kinds)))


@pytest.mark.parametrize(
    ("asked", "config", "system", "expected"),
    [
        ("ja", "en", "en_US.UTF-8", "ja"),
        ("", "ja", "en_US.UTF-8", "ja"),
        ("", "", "ja_JP.UTF-8", "ja"),
        ("", "", "C", "en"),
        ("", "", None, "en"),
        ("fr", "", "ja_JP", "en"),
    ],
)
def test_the_language_is_as_asked_else_the_files_else_the_systems(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, asked: str, config: str, system: str | None, expected: str
) -> None:
    from releasegate.cli.config import language, read_config

    if system is not None:
        monkeypatch.setenv("LANG", system)
    terminal.write("releasegate.toml", f'[gate]\nlang = "{config}"\n')

    assert expected == language(asked, read_config("releasegate.toml"))


def test_a_store_may_be_named_by_its_url(terminal: Terminal) -> None:
    from releasegate.cli.config import read_config

    terminal.write("a.toml", '[gate]\nstore = "postgresql+psycopg://gate@db/gate"\n[people]\nx = 5\ny = { also = "os:y", roles = [1] }\n')
    found = read_config("a.toml")

    assert ("postgresql+psycopg://gate@db/gate", "", "") == (found.place, found.person("y"), found.first_author())


def test_python_m(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import runpy
    import sys

    monkeypatch.setattr(sys, "argv", ["releasegate", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("releasegate.cli", run_name="__main__")

    assert (0, True) == (ended.value.code, "Usage: releasegate" in capsys.readouterr().out)
    assert main is not None


# --- whom it is for


def test_a_text_file_is_written_for_whom_it_names(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    terminal.write("note.txt", "From: news@museum.example\nTo: mika@reader.example\nBcc: ken@reader.example\nSubject: July\n\nHello.\n")

    assert "note: 2 people" in terminal.ok("write", "note", "note.txt", "--channel", "newsletter")
    preview = json.loads(terminal("show", "note", "--json").out)["preview"]
    assert ("July", "Hello.\n", ["mika@reader.example"]) == (preview["subject"], preview["text"].replace("\r\n", "\n"), preview["to"])


def test_whom_the_list_passes_over_is_named_when_it_is_written(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    terminal.write("july.txt", MAIL.replace("To: list", "To: readers, boss@museum.example"))

    said = terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "readers.csv")

    assert "  In the mail's own To, but not on the list, and so without a mail: boss@museum.example\n" in said
    assert "boss" not in terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")


# --- what stays on hold


def test_an_approval_of_what_is_on_hold_says_so(desk: Terminal) -> None:
    digest = _digest(desk)
    _as(desk, "ben", "confirm", "july", "--digest", digest, "-m", "Read.")
    _as(desk, "ben", "hold", "july", "-m", "Wait for the picture.")
    _as(desk, "akari", "hold", "july")

    seen = _as(desk, "chie", "approve", "july", "--digest", digest, "-m", "Go.")

    assert 0 == seen.code
    assert "july stays on hold (2):\n  1. On hold since " in seen.out
    assert all(f"     How: releasegate lift july {hold}\n" in seen.out for hold in ("h1", "h2"))
    assert "Next:" not in seen.out


def test_lifting_one_of_two_holds_says_which_one_is_left(desk: Terminal) -> None:
    _as(desk, "ben", "hold", "july", "-m", "Wait for the picture.")
    _as(desk, "akari", "hold", "july", "-m", "And for the price.")

    out = _as(desk, "chie", "--lang", "ja", "lift", "july", "h1", "-m", "It is here.", *desk.back()).out

    assert "july は保留中のままです(1件)。\n  1. 保留中(" in out
    assert "And for the price." in out
    assert "操作: releasegate lift july h2\n" in out
    assert "h1" not in out


# --- a digest as people copy it


@pytest.mark.parametrize("copied", [str.upper, lambda digest: " ".join(digest[at : at + 8] for at in range(0, 64, 8)), lambda d: f" {d}\n"])
def test_a_digest_counts_however_it_was_copied(desk: Terminal, copied: Callable[[str], str]) -> None:
    assert 0 == _as(desk, "ben", "confirm", "july", "--digest", copied(_digest(desk)), "-m", "Read.").code


@pytest.mark.parametrize("verb", ["confirm", "approve", "revoke"])
@pytest.mark.parametrize("digest", ["c702b918c", "0" * 63, "z" * 64, "yes", " "])
def test_what_is_no_digest_is_a_wrong_call_and_no_other_text(desk: Terminal, verb: str, digest: str) -> None:
    seen = _as(desk, "ben", verb, "july", "--digest", digest, "-m", "Read.")

    assert (2, True) == (seen.code, seen.err.startswith("Not done: ")), seen
    assert "is no digest: it has 64 characters" in seen.err


def test_a_mark_is_typed_as_it_is_read_out(desk: Terminal, at_terminal: list[str]) -> None:
    mark = _digest(desk)[:8]
    at_terminal.append(f"{mark[:4]} {mark[4:]}".upper())

    assert 0 == _as(desk, "ben", "confirm", "july", "-m", "Read.").code


# --- sent once


def test_a_second_send_says_that_it_sent_nothing(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")
    mark = _digest(terminal)[:8]
    terminal.ok("submit", "july", "-m", "x")
    terminal.ok("--as", "ben", "confirm", "july", "--digest", mark, "-m", "x")
    terminal.ok("--as", "chie", "approve", "july", "--digest", mark, "-m", "x")
    assert not json.loads(terminal.ok("send", "july", "--json"))["again"]

    assert "に配信済みです(2件中 2件)。今回は何も配信していません。\n" in terminal.ok("--lang", "ja", "send", "july")
    assert json.loads(terminal.ok("send", "july", "--json"))["again"]


def test_lift_names_the_holds_that_are_there(desk: Terminal) -> None:
    assert (2, "Nothing to lift: july is not on hold.\n") == ((seen := desk("lift", "july")).code, seen.err)
    _as(desk, "ben", "hold", "july", "-m", "Wait.")
    _as(desk, "akari", "hold", "july", "-m", "Wait.")
    _as(desk, "chie", "lift", "july", "h1", "-m", "Go.", *desk.back())
    _as(desk, "akari", "hold", "july", "-m", "Wait.")

    told = 'Not done: Say which hold. In force on july: h2, h3. Such as: releasegate lift july h2 -m "…"\n'
    assert told == desk("lift", "july").err


def test_there_may_be_nothing_to_settle(desk: Terminal) -> None:
    assert (2, "Nothing to settle: july has no delivery of unknown outcome.\n") == ((seen := desk("settle", "july")).code, seen.err)


def test_a_queue_speaks_no_codes(desk: Terminal) -> None:
    desk.write("august.txt", "To: mika@reader.example\nSubject: August\n\nHello.\n")
    _as(desk, "akari", "write", "august", "august.txt", "--channel", "newsletter")

    assert "its author, two pairs of eyes" in desk.ok("queue")
    assert "提出、two pairs of eyes" in desk.ok("--lang", "ja", "queue")


def test_what_was_sent_before_says_who_writes_another_text(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    terminal.ok("write", "july", "july.eml", "--channel", "newsletter", "--to", "readers.csv")
    mark = _digest(terminal)[:8]
    terminal.ok("submit", "july", "-m", "x")
    terminal.ok("--as", "ben", "confirm", "july", "--digest", mark, "-m", "x")
    terminal.ok("--as", "chie", "approve", "july", "--digest", mark, "-m", "x")
    terminal.ok("send", "july")
    terminal.ok("write", "again", "july.eml", "--channel", "newsletter", "--to", "readers.csv")

    assert "     How: releasegate write again …\n" in terminal("send", "again").err


def test_in_a_demo_one_acts_only_on_what_goes_into_a_folder(terminal: Terminal) -> None:
    terminal.ok("init", "--demo")
    gate = Gate.load("releasegate.toml", channels={"newsletter": Outbox()})
    gate.write("july", channel="newsletter", content="The new wing opens.", by="root")
    gate.close()

    seen = terminal("submit", "july", "-m", "Hello.")

    assert (4, True) == (seen.code, seen.err.startswith("Not done: In a demo one may play others only on drafts that go into a folder")), (
        seen
    )


def test_an_hour_that_names_no_instant_stands_in_the_queue_as_it_was_written(terminal: Terminal) -> None:
    desk = _desk(terminal, TEAM, "--send-at", "2099-12-01 10:00")

    assert "2099-12-01 10:00" in desk.ok("queue")
    assert "at once" not in desk.ok("queue")


def test_what_is_withdrawn_is_not_said_to_be_on_hold(desk: Terminal) -> None:
    """Nobody has to lift anything any more."""
    _as(desk, "ben", "hold", "july", "-m", "Wait.")

    assert "july: withdrawn.\n" == _as(desk, "akari", "withdraw", "july", "-m", "Never mind.").out


def test_a_way_out_that_does_not_answer_is_a_failure_and_is_tried_again(terminal: Terminal) -> None:
    """It waits neither for people nor for an hour, and running it again is the very thing to do."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    desk = _desk(terminal, TEAM.replace("folder:sent", f"smtp://127.0.0.1:{port}"))
    _signed(desk)

    seen = _as(desk, "mailer", "send", "july")

    assert (1, 'Not sent: july "July issue for Mika": 1 thing to clear.') == (seen.code, seen.err.splitlines()[0])
    assert f"The way out did not take it (smtp://127.0.0.1:{port}: " in seen.err
    assert "How: releasegate send july" in seen.err
    assert "Running it again changes nothing" not in seen.err
