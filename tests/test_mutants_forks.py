"""What tries mutmut's mutants: each by the tests that come its way, until one fails; what was tried stays tried."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.forks import Order, Statistics

pytestmark = pytest.mark.no_cover

DRIVER = Path(__file__).parent / "mutants" / "forks.py"
THING = """
import os, signal


def twice(n):
    mutant = os.environ["MUTANT_UNDER_TEST"].rpartition(".")[2]
    if mutant == "x_twice__mutmut_3":
        signal.raise_signal(signal.SIGXCPU)
    return {"x_twice__mutmut_1": n * 3, "x_twice__mutmut_2": n + n}.get(mutant, n * 2)
"""
TESTS = """
from thing.twice import twice


def test_quick():
    assert 0 == twice(0)


def test_slow():
    assert 8 == twice(4)


def test_never_asked():
    assert False
"""
NAMES = ("thing.twice.x_twice__mutmut_1", "thing.twice.x_twice__mutmut_2", "thing.twice.x_twice__mutmut_3", "thing.twice.x_other__mutmut_1")
KILLED, SURVIVED, NO_TEST, ENDLESS = 1, 0, 33, 36


def project(folder: Path, codes: list[int | None], tests: str = TESTS) -> Path:
    """What mutmut leaves: one module with four mutants, of which so much is known."""
    settings = "[tool.mutmut]\npytest_add_cli_args_test_selection = ['tests']\npytest_add_cli_args = ['-p', 'no:cacheprovider']\n"
    reaching = ["tests/test_thing.py::test_slow", "tests/test_thing.py::test_quick"]
    data: dict[str, Any] = {
        "pyproject.toml": settings,
        "src/thing/twice.py": THING,
        "src/thing/twice.py.meta": json.dumps({"exit_code_by_key": dict(zip(NAMES, codes, strict=True))}),
        "tests/test_thing.py": tests,
        "mutmut-stats.json": json.dumps(
            {
                "tests_by_mangled_function_name": {"thing.twice.x_twice": reaching},
                "duration_by_test": {reaching[0]: 0.5, reaching[1]: 0.1},
            }
        ),
    }
    for name, text in data.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def driven(folder: Path, *more: str) -> tuple[int, list[int | None], str]:
    """How it ended, what is known then, and what it said."""
    done = subprocess.run([sys.executable, DRIVER, "--folder", folder, *more], capture_output=True, text=True, check=False, timeout=120)
    codes: dict[str, int | None] = json.loads((folder / "src/thing/twice.py.meta").read_text(encoding="utf-8"))["exit_code_by_key"]
    return done.returncode, [codes[name] for name in NAMES], done.stdout


def test_each_mutant_is_tried_by_the_tests_that_come_its_way(tmp_path: Path) -> None:
    """A change that no test can see survives, one that never ends is stopped, and where no test comes by none is tried."""
    code, codes, said = driven(project(tmp_path, [None] * 4))

    assert (0, [KILLED, SURVIVED, ENDLESS, NO_TEST]) == (code, codes)
    assert "4 of 4 tried, 2 survived" in said


def test_what_was_tried_is_tried_again_only_where_it_is_asked_for(tmp_path: Path) -> None:
    """A run that was broken off goes on; what had survived may meet a new test."""
    project(tmp_path, [SURVIVED, None, KILLED, None])

    assert (0, [SURVIVED, SURVIVED, KILLED, None]) == driven(tmp_path, "*.x_twice_*")[:2]
    assert (0, [KILLED, SURVIVED, KILLED, NO_TEST]) == driven(tmp_path, "--again")[:2]


def test_where_a_test_fails_without_any_mutant_nothing_is_learned(tmp_path: Path) -> None:
    """All that fails would count as killed."""
    code, codes, said = driven(project(tmp_path, [None] * 4, TESTS.replace("8 ==", "9 ==")))

    assert (1, [None] * 4) == (code, codes)
    assert "tests/test_thing.py::test_slow fails without any mutant" in said


def test_tests_that_cannot_be_collected_are_told(tmp_path: Path) -> None:
    code, codes, said = driven(project(tmp_path, [None] * 4, "import nothing_like_it\n"))

    assert (1, [None] * 4) == (code, codes)
    assert "pytest ended with" in said


SECONDS = {"a": 3.0, "b": 1.0, "c": 2.0, "d": 9.0}


@pytest.mark.parametrize(
    ("limit", "killers", "expected"),
    [
        (20.0, [], ["b", "c", "a", "d"]),
        (6.0, [], ["b", "c", "a"]),
        (0.5, [], ["b"]),
        (6.0, ["a"], ["a", "b", "c"]),
        (6.0, ["c", "a", "a"], ["a", "c", "b"]),
        (3.0, ["d"], ["b", "c"]),  # what takes too long is not tried, whatever it killed
    ],
)
def test_what_killed_a_neighbour_comes_first_then_what_is_quick(limit: float, killers: list[str], expected: list[str]) -> None:
    order = Order(Statistics(tests={"thing.x_twice": ["a", "b", "c", "d", "gone"]}, seconds=SECONDS), limit)
    for test in killers:
        order.killed("thing.x_twice__mutmut_1", test)
    order.killed("thing.x_other__mutmut_1", "b")

    assert expected == order.tests("thing.x_twice__mutmut_2", SECONDS)
    assert [] == order.tests("thing.x_unknown__mutmut_1", SECONDS)
