"""How handing over went: counted out of the log, without a name in it."""

from dataclasses import asdict

import pytest

from releasegate.errors import Refused
from releasegate.model.handoff import ReadBack
from releasegate.model.measures import Measures, Speed
from releasegate.model.note import IfThen, Note, OpenItem, Signal
from tests.building import approved, make_bench, seen, submitted, written

RULES = """
[channels.news]
window = "2h"
[[requirement]]
name = "two pairs of eyes"
checkers = 1
approvers = 1
[handoff.tiers]
approve = "critical"
"""
TEN = "2026-06-29 20:00 Asia/Tokyo"


def test_an_empty_store_has_nothing_to_tell(sqlite_url: str) -> None:
    assert Measures() == make_bench(sqlite_url).gate.measures()
    assert 0.0 == Measures().misread_rate


def test_what_the_notes_hold_and_how_fast_they_are_taken_over(store_url: str) -> None:
    """Submitted at noon, taken over an hour later, signed at once after; by tier."""
    bench = make_bench(store_url)
    written(bench.gate)
    note = Note("Check.", signal=Signal.GO, items=[OpenItem(text="Phone.", owner="ben")], if_then=[IfThen(when="rain", then="wait")])
    bench.gate.submit("d1", by="akari", note=note)
    bench.clock.forward(hours=1)
    bench.gate.acknowledge("d1", by="ben")
    digest = bench.gate.draft("d1").digest
    bench.gate.confirm("d1", digest=digest, by="ben", note=Note(nothing_else=True))
    bench.clock.forward(seconds=2)
    bench.gate.approve("d1", digest=digest, by="chie", note=Note("Fine.", to="dai"))
    bench.gate.acknowledge("d1", by="dai")

    found = bench.gate.measures()

    assert (1, 3, 2) == (found.drafts, found.notes, found.at_once)
    assert {"text": 2, "signal": 1, "items": 1, "if_then": 1, "nothing_else": 1} == found.elements
    assert {"routine": Speed(n=1, p50=3600.0, p95=3600.0), "elevated": Speed(n=2, p50=2.0, p95=2.0)} == found.taken
    assert not {"akari", "ben", "chie", "dai"} & set(str(asdict(found)).split("'"))  # nobody's name


def test_what_saved_a_send_is_counted(store_url: str) -> None:
    """A wrong read-back, a question, a hold for silence; reminders, and those that nobody heard."""
    bench = make_bench(store_url, rules=RULES)
    submitted(bench.gate, send_at=TEN)
    digest = bench.gate.draft("d1").digest
    bench.gate.question("d1", by="ben", note="Which year?")
    bench.gate.answer("d1", by="akari", note="This one.")
    bench.gate.confirm("d1", digest=digest, by="ben", note="Fine.")
    with pytest.raises(Refused):
        bench.gate.approve("d1", digest=digest, by="chie", note="Fine.", read_back=ReadBack(mark="0", recipients=1, send_at=TEN))
    bench.gate.approve("d1", digest=digest, by="chie", note=Note("Fine.", to="dai"), read_back=seen(bench.gate))
    bench.gate._office.alarm = _deaf
    for _ in range(40):
        bench.clock.forward(minutes=15)
        bench.gate.watch()
    bench.gate.hold("d1", by="ben")

    found = bench.gate.measures()

    assert {"misread": 1, "question": 1, "hold": 1} == found.near
    assert (1, 1, 0.5) == (found.read_backs, found.misread, found.misread_rate)
    assert (found.reminders, True) == (found.untold, found.reminders >= 4)
    assert (2, 1) == (found.holds, found.holds_owed)
    assert 2 == found.late  # dai's, and the gate's hold, which akari has not taken over


def _deaf(_: object) -> None:
    raise ConnectionError


def test_what_was_taken_over_in_time_is_not_late(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=9)

    assert 0 == bench.gate.measures().late


def test_what_is_carried_along_is_counted(sqlite_url: str) -> None:
    bench = make_bench(sqlite_url)
    written(bench.gate)
    bench.gate.submit("d1", by="akari", note=Note("Check.", items=[OpenItem(text="Phone.", owner="ben")]))
    for _ in range(3):
        bench.gate.send_back("d1", by="ben", note="Again.")
        bench.gate.submit("d1", by="akari", note="Again.")

    assert 1 == bench.gate.measures().carried
