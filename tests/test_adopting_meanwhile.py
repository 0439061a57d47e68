"""Rules change hands while drafts move: what was looked at before the lock is looked at again where it has moved."""

from collections.abc import Callable

import pytest

from releasegate.errors import Refused
from releasegate.gate import Gate
from releasegate.store.store import Txn
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
