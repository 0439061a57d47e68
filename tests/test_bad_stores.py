"""Bad stores: locked, read-only, full, damaged, out of reach. Each says what, where and how to mend it; nothing of a draft is lost."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, make_url

from releasegate import holding
from releasegate.cli.faults import reason
from releasegate.errors import HoldNotPlaced, StoreError
from releasegate.model.state import HoldState
from releasegate.store.store import Store
from tests.building import approved, mails, make_bench, make_gate, submitted, written
from tests.cli import Terminal
from tests.kept import WRITE, Desk, Stand, make_desk
from tests.postgres import administrator
from tests.postgres_wire import Wire

ROOT = Path(__file__).parent.parent
NOTHING = {"en": "Nothing was sent. ", "ja": "何も配信していません。"}
NOT_HELD = {
    "en": "NOT HELD: july. The hold could not be placed: {}. Phone whoever runs the send, now.\n",
    "ja": "保留できていません: july。理由: {}。配信の担当者に今すぐ電話してください。\n",
}
LOCKED = {
    "en": "The store {} is locked: another program has been writing to it for 0.2 s. Nothing was changed. "
    "Try again; if it stays so, end that program ({} names it).",
    "ja": "保管庫 {} はロックされています。ほかのプログラムが 0.2 秒のあいだ書き込み中でした。何も変更していません。"
    "もう一度試し、それでも続くならそのプログラムを終了してください({} で分かります)。",
}
READ_ONLY = {
    "en": "The store {} cannot be written to: attempt to write a readonly database. Nothing was changed. "
    "Give this account the right to write to it, to the -wal and -shm beside it, and to its folder.",
    "ja": "保管庫 {} に書き込めません(attempt to write a readonly database)。何も変更していません。"
    "このアカウントに、ファイルと、その横の -wal と -shm、フォルダーへの書き込み権限を与えてください。",
}
FAILING = {
    "en": "The disk of the store {} fails: disk I/O error. Nothing was changed. It may be full, or broken: look at it, and do it again.",
    "ja": "保管庫 {} のディスクでエラーが起きました(disk I/O error)。何も変更していません。"
    "いっぱいか、故障しているかもしれません。確かめてから、やり直してください。",
}
COMMANDS = (("submit", "july", "-m", "Again."), (*WRITE, "more.csv"), ("withdraw", "july", "-m", "No."))


@pytest.fixture
def desk(terminal: Terminal) -> Desk:
    made = make_desk(terminal)
    terminal.write("more.csv", "email,name\nbo@reader.example,Bo\n")
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds here, nor five for a hold."""
    monkeypatch.setattr(Store, "patience", 0.2)
    monkeypatch.setattr(holding, "PATIENCE", 0.2)


_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print(flush=True)
sys.stdin.readline()
"""


@contextmanager
def _held_by_another_program(store: Path) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate("\n", timeout=20)


def test_a_store_that_another_program_holds_is_named_after_the_time_it_was_tried(desk: Desk, impatient: None) -> None:
    """Reading goes on meanwhile; afterwards the same commands do what they were to do."""
    store = desk.terminal.folder / "gate.db"
    before = desk.stand()
    with _held_by_another_program(store):
        for lang, told in LOCKED.items():
            sentence = told.format(store, f"lsof {store}")
            for words in COMMANDS:
                seen = desk.write(*words, lang=lang)
                assert (1, "", f"{NOTHING[lang]}{sentence}\n") == (seen.code, seen.out, seen.err)
            seen = desk.write("hold", "july", lang=lang)
            assert (5, "", NOT_HELD[lang].format(sentence.rstrip(".。"))) == (seen.code, seen.out, seen.err)
        assert 'july "July issue for $name"' not in desk.terminal("show", "july").err
        assert "0 of 1" in desk.terminal("show", "july").out

    assert before == desk.stand()
    assert 0 == desk.write("hold", "july").code


def test_in_python_a_locked_store_raises_and_a_hold_says_that_it_is_not_in_force(tmp_path: Path, impatient: None) -> None:
    store = tmp_path / "gate.db"
    gate = make_gate(str(store))
    before = approved(gate)
    with _held_by_another_program(store):
        told = LOCKED["en"].format(store, f"lsof {store}")
        for act in (lambda: gate.send("d1", by="mailer"), lambda: written(gate, content="Another.")):
            with pytest.raises(StoreError) as stopped:
                act()
            assert told == str(stopped.value)
        with pytest.raises(HoldNotPlaced) as not_held:
            gate.hold("d1", by="dai")
    assert f"NOT HELD: d1. The hold could not be written: {told}" == str(not_held.value)
    assert before == gate.draft("d1")
    assert 1 == gate.send("d1", by="mailer").sent


def _on_a_bad_day(desk: Desk, day: str, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Commands in a process of their own, for which no permission is overridden, or every disk is full."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    argv = [sys.executable, "-m", "tests.crash.weak", day, "akari"]
    asked, folder = json.dumps(commands), desk.terminal.folder
    done = subprocess.run(argv, input=asked, cwd=folder, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return [(code, out, err) for code, out, err in json.loads(done.stdout)]


MORE = (*WRITE, "more.csv")
IN_JAPANESE = ("--lang", "ja")


def _same_but_for_the_folder(desk: Desk, before: Stand, folder: Path) -> None:
    folder.chmod(0o700)
    for each in folder.glob("gate.db*"):
        each.chmod(0o600)
    assert before == desk.stand()
    assert 0 == desk.write(*WRITE, "more.csv").code


@pytest.mark.parametrize(("file", "mode"), [("gate.db", 0o400), (".", 0o500)])
def test_a_store_or_a_folder_that_is_read_only_is_named_with_what_it_needs(desk: Desk, file: str, mode: int) -> None:
    folder = desk.terminal.folder
    before = desk.stand()
    (folder / file).chmod(mode)

    found = _on_a_bad_day(desk, "rights", MORE, (*IN_JAPANESE, *MORE), ("hold", "july"))

    english, japanese = (told.format(folder / "gate.db") for told in READ_ONLY.values())
    assert [
        (1, "", f"{NOTHING['en']}{english}\n"),
        (1, "", f"{NOTHING['ja']}{japanese}\n"),
        (5, "", NOT_HELD["en"].format(english.rstrip("."))),
    ] == found
    _same_but_for_the_folder(desk, before, folder)


def test_a_store_that_is_read_only_can_still_be_read(desk: Desk) -> None:
    (desk.terminal.folder / "gate.db").chmod(0o400)

    ((code, out, err),) = _on_a_bad_day(desk, "rights", ("show", "july"))

    assert (8, "") == (code, err)
    assert out.startswith('Closed: july "July issue for Mika": 1 thing to clear.\n')


def test_a_store_that_may_not_be_opened_is_named(desk: Desk) -> None:
    store = desk.terminal.folder / "gate.db"
    store.chmod(0)

    told = (
        f"Nothing was sent. The store {store} cannot be opened: unable to open database file. Nothing was changed. "
        "Give this account the right to write to it, to the -wal and -shm beside it, and to its folder.\n"
    )
    assert [(1, "", told)] == _on_a_bad_day(desk, "rights", ("show", "july"))


def test_a_new_store_that_cannot_be_made_says_what_it_needs(desk: Desk) -> None:
    store = desk.terminal.folder / "shut" / "gate.db"
    store.parent.mkdir(mode=0o500)

    show = ("--store", str(store), "show", "july")
    told = _on_a_bad_day(desk, "rights", show, (*IN_JAPANESE, *show))

    store.parent.chmod(0o700)
    english = f"The store {store} cannot be made: Permission denied. Give this account the right to write to its folder."
    japanese = f"保管庫 {store} を作れません(権限がありません)。このアカウントに、フォルダーへの書き込み権限を与えてください。"
    assert [(1, "", f"{NOTHING['en']}{english}\n"), (1, "", f"{NOTHING['ja']}{japanese}\n")] == told


def test_f008_a_command_on_a_full_disk_loses_nothing(desk: Desk) -> None:
    store = desk.terminal.folder / "gate.db"
    before = desk.stand()

    found = _on_a_bad_day(desk, "full", MORE, (*IN_JAPANESE, *MORE), ("hold", "july"))

    english, japanese = (told.format(store) for told in FAILING.values())
    assert [
        (1, "", f"{NOTHING['en']}{english}\n"),
        (1, "", f"{NOTHING['ja']}{japanese}\n"),
        (5, "", NOT_HELD["en"].format(english.rstrip("."))),
    ] == found
    assert before == desk.stand()
    assert 0 == desk.write(*WRITE, "more.csv").code


def test_f008_sqlite_says_that_it_is_full(tmp_path: Path) -> None:
    """As it does where the disk itself has no room left."""
    store = tmp_path / "gate.db"
    gate = make_gate(str(store))
    before = submitted(gate)
    engine = gate._office.store._engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 1"))

    with pytest.raises(StoreError) as stopped:
        written(gate, content="The new wing opens on Friday. " * 4000)

    assert {
        "en": f"The disk of the store {store} is full: database or disk is full. Nothing was changed. Make room, and do it again.",
        "ja": f"保管庫 {store} のディスクがいっぱいです(database or disk is full)。何も変更していません。"
        "空きを作って、やり直してください。",
    } == {lang: reason(stopped.value, lang) for lang in NOTHING}
    assert before == gate.draft("d1")


def test_a_store_that_is_damaged_says_so(desk: Desk) -> None:
    store = desk.terminal.folder / "gate.db"
    whole = store.read_bytes()
    store.write_bytes(b"no database" * 1000)

    told = {lang: desk.write("show", "july", lang=lang).err for lang in NOTHING}

    assert {
        "en": f"Nothing was sent. The store {store} is damaged: file is not a database. Nothing was changed. Restore it from a copy.\n",
        "ja": f"何も配信していません。保管庫 {store} が壊れています(file is not a database)。何も変更していません。"
        "控えから復元してください。\n",
    } == told
    store.write_bytes(whole)
    assert 8 == desk.write("show", "july").code


# PostgreSQL


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Wire]:
    with Wire(postgres_url) as made:
        yield made


def _place(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def test_a_postgresql_that_another_program_holds_is_named_after_the_time_it_was_tried(postgres_url: str, impatient: None) -> None:
    gate = make_gate(postgres_url)
    before = submitted(gate)
    with psycopg.connect(make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)) as other:
        other.execute("LOCK TABLE chain")
        with pytest.raises(StoreError) as stopped:
            gate.withdraw("d1", by="akari", note="No.")

    place = _place(postgres_url)
    assert {lang: told.format(place, "pg_stat_activity") for lang, told in LOCKED.items()} == {
        lang: reason(stopped.value, lang) for lang in LOCKED
    }
    assert before == gate.draft("d1")


GONE = {
    "en": "The store {} cannot be reached: {}. Nothing was changed. "
    "See that the database runs and that the network leads there, and do it again.",
    "ja": "保管庫 {} に接続できません({})。何も変更していません。"
    "データベースが動いているか、ネットワークがつながっているかを確かめて、やり直してください。",
}


def test_f021_a_postgresql_that_is_gone_is_named_and_what_was_there_is_there_afterwards(postgres_url: str, wire: Wire) -> None:
    gate = make_gate(wire.url)
    before = approved(gate)
    wire.cut()

    for act in (lambda: gate.send("d1", by="mailer"), lambda: gate.decide("d1")):
        with pytest.raises(StoreError) as stopped:
            act()
        error = f'connection failed: connection to server at "127.0.0.1", port {wire.port} failed: Connection refused'
        assert {lang: told.format(_place(wire.url), error) for lang, told in GONE.items()} == {
            lang: reason(stopped.value, lang) for lang in GONE
        }
    with pytest.raises(HoldNotPlaced) as not_held:
        gate.hold("d1", by="dai")

    assert str(not_held.value).startswith("NOT HELD: d1. The hold could not be written: The store postgresql+psycopg://")
    again = make_gate(postgres_url)
    assert before == again.draft("d1")
    assert 1 == again.send("d1", by="mailer").sent


def test_f021_the_command_names_a_postgresql_that_is_gone(desk: Desk, wire: Wire) -> None:
    wire.cut()

    for lang, told in GONE.items():
        seen = desk.write("--store", wire.url, "show", "july", lang=lang)
        error = f'connection failed: connection to server at "127.0.0.1", port {wire.port} failed: Connection refused'
        assert (1, "", f"{NOTHING[lang]}{told.format(_place(wire.url), error)}\n") == (seen.code, seen.out, seen.err)
    assert 5 == desk.write("--store", wire.url, "hold", "july").code


def test_f021_a_commit_whose_answer_is_lost_is_not_called_undone(postgres_url: str, wire: Wire) -> None:
    """The server had it, and nobody heard: to say that nothing was changed would be a lie."""
    gate = make_gate(wire.url)
    submitted(gate)
    wire.words = [b"INSERT INTO events", b"COMMIT"]

    with pytest.raises(StoreError) as stopped:
        gate.withdraw("d1", by="akari", note="No.")

    lost = f"The store {_place(wire.url)} was lost while it wrote: "
    assert str(stopped.value).startswith(lost)
    assert str(stopped.value).endswith(". Nobody knows whether it was written: look before you do it again.")
    assert reason(stopped.value, "ja").endswith("。書き込まれたかどうか分かりません。やり直す前に確かめてください。")
    assert "withdrawn" == make_gate(postgres_url).draft("d1").state.value


def test_f021_connections_that_the_server_has_dropped_are_opened_anew(postgres_url: str) -> None:
    """It was restarted in the middle of a send: nobody has to hear of it, least of all whoever holds."""
    bench = make_bench(postgres_url)
    bench.outbox.on_send = lambda _: _restart(postgres_url)
    approved(bench.gate, content=mails(3))

    assert 3 == bench.gate.send("d1", by="mailer").sent
    approved(bench.gate, "d2")
    _restart(postgres_url)
    assert HoldState.HELD is bench.gate.hold("d2", by="dai").state


def _restart(url: str) -> None:
    """As far as connections go."""
    with administrator(url) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_f021_a_server_that_never_answers_holds_no_hold_up(desk: Desk) -> None:
    """It takes the connection, and says nothing: after two seconds somebody can phone."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://gate@127.0.0.1:{silent.getsockname()[1]}/gate?connect_timeout=2"

        seen = desk.write("--store", url, "hold", "july")

    assert 5 == seen.code
    assert seen.err.startswith("NOT HELD: july. The hold could not be placed: The store postgresql+psycopg://gate@127.0.0.1:")
    assert "cannot be reached: " in seen.err


def test_f021_every_connection_gives_a_silent_server_up_by_itself(postgres_url: str) -> None:
    gate = make_gate(postgres_url)
    with gate._office.store._engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        told = raw.info.get_parameters()

    assert {"connect_timeout": "4", "tcp_user_timeout": "5000", "keepalives_idle": "4", "keepalives_interval": "1"} == {
        name: told[name] for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_interval")
    }
