"""The model of the protocol beside the program: their moves are the same, whatever spin says of them."""

import re
import subprocess
import sys
from pathlib import Path

from releasegate.lifecycle import TABLE
from tests.model.run import HERE, MUTANTS, PROMISES, SIZES

MODELS = ("gate.pml", "booking.pml")
Edge = tuple[str, str, str]

_SECOND_DESK = "a second desk before the approvers' adds names, and no way to a send"
_ONE_SIGNATURE = "one signature stands for all that a policy asks for"
_CLOSED_AFTER = "a withdrawal waits until the outcome is known, and closes from `approved`"
LEFT_OUT: dict[Edge, str] = {
    ("drafting", "submit", "checking"): _SECOND_DESK,
    ("checking", "write", "drafting"): _SECOND_DESK,
    ("checking", "confirm", "checking"): _SECOND_DESK,
    ("checking", "confirm", "approving"): _SECOND_DESK,
    ("checking", "send_back", "drafting"): _SECOND_DESK,
    ("checking", "withdraw", "withdrawn"): _SECOND_DESK,
    ("checking", "withdraw", "stopped"): _SECOND_DESK,
    ("checking", "miss", "missed"): _SECOND_DESK,
    ("approving", "confirm", "approving"): _SECOND_DESK,
    ("approved", "approve", "approved"): _ONE_SIGNATURE,
    ("booking", "withdraw", "withdrawn"): _CLOSED_AFTER,
    ("booking", "withdraw", "stopped"): _CLOSED_AFTER,
    ("booked", "withdraw", "withdrawn"): _CLOSED_AFTER,
    ("booked", "withdraw", "stopped"): _CLOSED_AFTER,
    ("unknown", "withdraw", "withdrawn"): _CLOSED_AFTER,
    ("unknown", "withdraw", "stopped"): _CLOSED_AFTER,
    ("sending", "settle", "stopped"): _CLOSED_AFTER,
    ("booked", "settle", "stopped"): _CLOSED_AFTER,
    ("unknown", "settle", "stopped"): _CLOSED_AFTER,
}
"""The moves of the table that no model has, and why not."""


def source(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def modelled() -> set[Edge]:
    """Every move that a model marks by GO."""
    found = {each for name in MODELS for each in re.findall(r"\bGO\((\w+), (\w+), (\w+)\)", source(name))}
    return {(of.lower(), action.lower(), to.lower()) for of, action, to in found}


def table() -> set[Edge]:
    return {(of.value, action.value, to.value) for action, sources, targets in TABLE for of in sources for to in targets}


def test_every_move_of_the_model_is_one_of_the_lifecycle() -> None:
    """What spin has searched is no other protocol."""
    assert set() == modelled() - table()


def test_every_move_of_the_lifecycle_is_in_the_model_or_left_out_for_a_reason() -> None:
    """A new row of the table is modelled, or somebody says why not."""
    assert table() == modelled() | set(LEFT_OUT)


def test_nothing_that_is_modelled_is_said_to_be_left_out() -> None:
    """The list of what is left out has no line too many."""
    assert set() == modelled() & set(LEFT_OUT)
    assert set() == set(LEFT_OUT) - table()


def test_the_state_of_the_model_moves_by_its_macros_alone() -> None:
    """A move that is not marked would escape the comparison."""
    for name in MODELS:
        assert [] == re.findall(r"^.*\bst = .*$", source(name), re.MULTILINE)
    assert not [line for line in _plain(source("gate.pml") + source("booking.pml")) if "SLIP(" in line]


def _plain(text: str) -> list[str]:
    """The lines of the models as they are, without those that only a mutant has."""
    kept, depth = list[str](), list[bool]()
    for line in text.splitlines():
        if line.startswith("#if"):
            depth.append(line.startswith("#ifdef M_"))
        elif line.startswith("#else"):
            depth[-1] = False
        elif line.startswith("#endif"):
            depth.pop()
        elif not any(depth):
            kept.append(line)
    return kept


def test_each_mutant_of_the_model_is_tried_and_none_that_it_does_not_have() -> None:
    """In the file where it stands, each once; and of promises that there are."""
    written = {(name, mutant) for name in MODELS for mutant in re.findall(r"\bM_[A-Z_]+\b", source(name))}

    assert written == {(each.size.file, each.name) for each in MUTANTS}
    assert len(MUTANTS) == len({(each.size.file, each.name) for each in MUTANTS}) >= 12
    assert {each.breaks for each in MUTANTS} == set(PROMISES)
    assert set(MODELS) == {size.file for size in SIZES}


def test_without_spin_it_says_how_to_get_it() -> None:
    """Nothing is claimed of what was not tried."""
    done = subprocess.run([sys.executable, str(Path(HERE, "run.py"))], env={"PATH": ""}, capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert "spin and cc not found: as root, `apt-get install spin gcc libc6-dev` (Debian); then `make model`.\n" == done.stdout
