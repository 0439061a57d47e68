"""Rules change hands while drafts move: what was looked at before the lock is looked at again where it has moved."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from releasegate import adopting
from releasegate.errors import Refused
from releasegate.gate import Gate
from releasegate.store import log
from releasegate.store.store import Txn, open_store
from tests.building import NEWS, make_bench, make_policy, written

LOOSER = make_policy(NEWS + '[[requirement]]\nname = "one pair of eyes"\napprovers = 1\n')


def test_a_draft_written_while_its_writer_adopts_looser_rules_is_seen(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came after the open drafts were read and before the rules were locked: its writer is refused all the same."""
    gate = make_bench(store_url).gate
    monkeypatch.setattr(gate._office.store, "look", then(gate, lambda: written(gate, by="akari")))

    with pytest.raises(Refused) as caught:
        gate.adopt(LOOSER, by="akari", note="Quicker.")

    assert ("adopt-writer", "d1") == (caught.value.code, caught.value.params["drafts"])
    gate.close()


def test_a_draft_that_has_not_moved_stands_in_nobodys_way(store_url: str) -> None:
    """Ben and dai wrote none of it: the first proposes, the second puts it in force."""
    gate = make_bench(store_url).gate
    written(gate, by="akari")

    assert [False, True] == [gate.adopt(LOOSER, by=by, note="Quicker.") for by in ("ben", "dai")]
    gate.close()


def test_of_two_gates_that_open_a_new_store_at_once_one_brings_its_rules(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both found none: whoever comes second to the lock puts nothing in force, and is bound by what stands."""
    opened = open_store(store_url)
    gates: list[Gate] = []
    look = opened.look

    def then_another(work: Callable[[Txn], object]) -> object:
        found = look(work)
        gates.append(make_bench(store_url).gate)
        return found

    monkeypatch.setattr(opened, "look", then_another)

    adopting.first(opened, LOOSER)

    assert ["two pairs of eyes"] == [rule.name for rule in gates[0].in_force().requirements]
    assert 1 == len(opened.act(lambda txn: log.of_store(txn, kinds=["adopt"])))
    gates[0].close()
    opened.close()


def test_rules_that_are_in_force_are_adopted_by_anybody_once_more(sqlite_url: str) -> None:
    """Whoever runs the command again hears that they are; nothing is written, and no second person is asked."""
    gate = make_bench(sqlite_url).gate
    before = gate.head()

    assert gate.adopt(make_policy(), by="ben", note="Once more.")
    assert before == gate.head()


def test_no_right_is_lent_to_or_by_a_robot(sqlite_url: str) -> None:
    """Nor by somebody else than whose it is."""
    bench = make_bench(sqlite_url)
    until = bench.clock() + timedelta(days=1)

    def code(person: str, to: str, by: str) -> str:
        with pytest.raises(Refused) as caught:
            bench.gate.delegate(person, to=to, until=until, by=by, note="Away.")
        return caught.value.code

    assert ["robot-signs", "robot-signs", "not-yours"] == [
        code("chie", "mailer", "chie"),
        code("mailer", "chie", "mailer"),
        code("chie", "dai", "dai"),
    ]


def then(gate: Gate, act: Callable[[], object]) -> Callable[[Callable[[Txn], object]], object]:
    """The store's `look`, after which, the first time, somebody acts."""
    look = gate._office.store.look
    acts = [act]

    def once(work: Callable[[Txn], object]) -> object:
        found = look(work)
        while acts:
            acts.pop()()
        return found

    return once
