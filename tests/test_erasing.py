"""Erasing: what it said, and to whom, goes; that it was, who signed and what became of it stays, and the log is whole."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from releasegate.errors import Refused, StoreError
from releasegate.gate import Gate
from releasegate.model.note import Note
from releasegate.store import erased
from tests.building import Bench, approved, lifted, mail, mails, make_bench, submitted, written
from tests.cli import MAIL, PEOPLE, TEAM, Terminal


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    made = make_bench(store_url)
    yield made
    made.gate.close()


def kept(url: str) -> str:
    """Everything that the store holds, as text."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = []
        for table in ("events", "sealed", "deliveries", "manifests", "notices"):
            for row in connection.execute(text(f"SELECT * FROM {table}")):  # noqa: S608 - names of ours
                found += [bytes(each).decode("utf-8", "replace") if isinstance(each, (bytes, memoryview)) else str(each) for each in row]
    engine.dispose()
    return "\n".join(found)


def blobs(url: str) -> int:
    """How many contents the store has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        count: int = connection.execute(text("SELECT count(*) FROM blobs")).scalar_one()
    engine.dispose()
    return count


def test_f138_what_was_said_and_to_whom_goes_and_the_log_is_whole(bench: Bench, store_url: str) -> None:
    approved(bench.gate, content=mails(3))
    bench.gate.send("d1", by="mailer")
    anchor, before = bench.gate.head(), bench.gate.history("d1")
    assert "reader2@paper.example" in kept(store_url)

    after = bench.gate.erase("d1", by="chie", note="Ms Reader asked for it.")

    assert ("sent", before[-1].seq + 1) == (after.state.value, after.seq)
    told = kept(store_url)
    assert [] == [word for word in ("reader2@", "Read twice.", "Names are right.", "wing opens") if word in told]
    assert 0 == blobs(store_url)
    history = bench.gate.history("d1")
    assert [(each.kind, each.actor, each.digest, each.hash) for each in before] == [
        (each.kind, each.actor, each.digest, each.hash) for each in history[:-1]
    ]
    assert ("erase", "chie", "Ms Reader asked for it.") == (history[-1].kind, history[-1].actor, history[-1].note)
    found = bench.gate.verify(anchors=[anchor])
    assert ((), True) == (found.faults, found.erased > 3)
    assert {"already-sent"} <= bench.gate.decide("d1").blocked_by


def test_f138_what_people_were_to_be_told_of_it_goes_as_well(bench: Bench, store_url: str) -> None:
    """That somebody was told, and by which code, stays."""
    submitted(bench.gate)
    bench.gate.question("d1", by="ben", note="Is Ms Reader really 93?")
    bench.gate.withdraw("d1", by="akari", note="Never.")
    assert "93?" in kept(store_url)

    bench.gate.erase("d1", by="chie", note="Ms Reader asked for it.")
    assert ("93?" in (told := kept(store_url)), "question" in told) == (False, True)


def test_f138_what_is_erased_cannot_be_shown_or_sent_again(bench: Bench) -> None:
    approved(bench.gate)
    assert 1 == bench.gate.send("d1", by="mailer").sent
    bench.gate.erase("d1", by="chie", note="Asked for.")

    with pytest.raises(StoreError, match=r"Sealed message no\. 1 was erased"):
        bench.gate.letter("d1")
    assert 1 == bench.gate.send("d1", by="mailer").sent
    assert 1 == len(bench.outbox.got)


def test_what_may_still_leave_is_not_erased(bench: Bench) -> None:
    for step in (written, submitted, approved):
        draft = step(bench.gate, step.__name__, f"Text of {step.__name__}.")
        with pytest.raises(Refused, match="what may still leave is not erased") as refused:
            bench.gate.erase(draft.id, by="chie", note="Asked for.")
        assert "not-over" == refused.value.code
        assert bench.gate.letter(draft.id).to

    bench.gate.withdraw("approved", by="akari", note="Not at all.")
    bench.gate.erase("approved", by="chie", note="Asked for.")
    assert bench.gate.verify().sound


@pytest.mark.parametrize(("by", "code"), [("ben", "not-your-role"), ("mailer", "not-your-role"), ("nobody", "unknown-person")])
def test_an_approver_erases_and_says_why(bench: Bench, by: str, code: str) -> None:
    written(bench.gate)
    bench.gate.withdraw("d1", by="akari", note="No.")

    with pytest.raises(Refused) as refused:
        bench.gate.erase("d1", by=by, note="Asked for.")
    assert code == refused.value.code
    with pytest.raises(Refused) as refused:
        bench.gate.erase("d1", by="chie", note="")
    assert "note-empty" == refused.value.code
    with pytest.raises(Refused) as refused:
        bench.gate.erase("d1", by="chie", note=Note("Asked for.", to="ben"))
    assert "note-of-no-draft" == refused.value.code


def test_what_another_draft_holds_stays_until_that_is_erased_too(bench: Bench, store_url: str) -> None:
    """The same text twice, and a mail that another list has, too."""
    gate = bench.gate
    for name in ("d1", "d2"):
        written(gate, name, mails(3))
    written(gate, "d3", [*mails(2), mail("Only here.")])
    for name in ("d1", "d2"):
        gate.withdraw(name, by="akari", note="No.")

    gate.erase("d1", by="chie", note="Asked for.")
    assert (4, ("reader3@paper.example",)) == (blobs(store_url), gate.letter("d2", 3).to)
    gate.erase("d2", by="chie", note="Asked for.")
    assert 3 == blobs(store_url)
    assert gate.letter("d3", 3).to
    assert gate.verify().sound
    with pytest.raises(StoreError, match="was erased"):
        gate.letter("d2", 3)
    gate.withdraw("d3", by="akari", note="No.")
    gate.erase("d3", by="chie", note="Asked for.")
    assert 0 == blobs(store_url)


def test_bytes_by_which_others_are_told_stay(bench: Bench, store_url: str) -> None:
    """The first mail of a list is the dictionary of the rest: one of them is in another draft, too."""
    gate = bench.gate
    written(gate, "d1", mails(3))
    written(gate, "d2", mails(3)[2])
    gate.withdraw("d1", by="akari", note="No.")
    gate.erase("d1", by="chie", note="Asked for.")

    assert 2 == blobs(store_url)
    assert ("reader3@paper.example",) == gate.letter("d2").to
    gate.withdraw("d2", by="akari", note="No.")
    gate.erase("d2", by="chie", note="Asked for.")
    assert (0, True) == (blobs(store_url), gate.verify().sound)


def test_a_hold_follows_a_text_also_when_it_was_erased(bench: Bench) -> None:
    written(bench.gate)
    bench.gate.withdraw("d1", by="akari", note="Never.")
    bench.gate.erase("d1", by="chie", note="Asked for.")
    written(bench.gate, "d2")

    assert "twin-held" in bench.gate.decide("d2").blocked_by


def test_the_checks_of_the_next_issue_pass_over_what_was_erased(bench: Bench) -> None:
    """They compare with what was sent before: what is no longer there cannot be compared, and is no fault of the new one."""
    approved(bench.gate, "july", mails(30))
    bench.gate.send("july", by="mailer")
    bench.gate.erase("july", by="chie", note="Asked for.")
    bench.clock.forward(days=30)
    approved(bench.gate, "august", mails(30, "The August issue."))

    assert 30 == bench.gate.send("august", by="mailer").sent
    assert bench.gate.verify().sound


def test_an_erasing_that_was_interrupted_is_done_again(bench: Bench, store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written(bench.gate, "d1", mails(3))
    bench.gate.withdraw("d1", by="akari", note="No.")
    with monkeypatch.context() as broken:
        broken.setattr(erased, "_blank", lambda txn, seal: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bench.gate.erase("d1", by="chie", note="Asked for.")
    assert bench.gate.verify().sound
    assert 3 == blobs(store_url)

    bench.gate.erase("d1", by="chie", note="Asked for, again.")
    assert (0, True) == (blobs(store_url), bench.gate.verify().sound)
    assert ["Asked for.", "Asked for, again."] == [each.note for each in bench.gate.history("d1") if each.kind == "erase"]


def test_f138_what_was_taken_away_without_a_word_is_named(bench: Bench, store_url: str) -> None:
    """Erased by SQL: no entry says by whom, or why. Nor does an entry for one draft stand for another."""
    gate = bench.gate
    for name in ("d1", "d2"):
        submitted(gate, name, f"Text of {name}.")
        gate.withdraw(name, by="akari", note="No.")
    gate.erase("d1", by="chie", note="Asked for.")
    position = next(each.position for each in gate.history("d2") if each.note == "Please check.")
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE events SET memo = NULL, salt = NULL WHERE position = :p"), {"p": position})
        connection.execute(text("""UPDATE sealed SET "to" = 'null', sender = '', title = '', media = '' WHERE "to" <> 'null'"""))
    engine.dispose()

    assert {
        f"missing: the note beside event {position}; no entry says that it was erased",
        "changed: 1 messages of d2 do not hold what was sealed",
    } == set(gate.verify().faults)


def test_a_hold_that_was_lifted_may_be_erased_with_the_rest(bench: Bench) -> None:
    """The note of a hold, its lift, a question: all words go, what they stand for stays."""
    gate = bench.gate
    approved(gate)
    gate.hold("d1", by="dai", note="Wait for legal.")
    lifted(gate, "d1/h1", by="chie", note="Legal says yes.")
    gate.withdraw("d1", by="akari", note="No.")
    gate.erase("d1", by="chie", note="Asked for.")

    assert {""} == {each.note for each in gate.history("d1") if each.kind != "erase"}
    assert ["hold", "lift", "withdraw", "erase"] == [each.kind for each in gate.history("d1")][-4:]
    assert gate.verify().sound


def test_from_the_command_line(terminal: Terminal) -> None:
    for name, words in {"releasegate.toml": TEAM, "july.txt": MAIL.replace("To: list\n", ""), "people.csv": PEOPLE}.items():
        terminal.write(name, words)
    terminal.login = "akari"
    terminal.ok("write", "july", "july.txt", "--channel", "newsletter", "--to", "people.csv")
    terminal.login = "chie"
    assert 4 == terminal("log", "erase", "july", "-m", "Asked for.").code
    terminal.ok("withdraw", "july", "-m", "No.")

    assert "july" in terminal.ok("log", "erase", "july", "-m", "Asked for.")
    assert "Asked for." in terminal.ok("log", "july")
    assert "消去" in terminal.ok("--lang", "ja", "log", "july")
    assert "notes are gone" in terminal.ok("log", "verify")
    assert "withdrawn" in terminal.ok("log", "erase", "july", "-m", "Again.", "--json")


def test_gate_and_store_agree(bench: Bench) -> None:
    """The erased draft is read as any other."""
    approved(bench.gate)
    bench.gate.send("d1", by="mailer")
    bench.gate.erase("d1", by="chie", note="Asked for.")
    other: Gate = bench.gate

    assert () == other.draft("d1").faults
    assert ["ben", "chie"] == sorted(each.by for each in other.draft("d1").signatures)
