"""The runner of the mutants is itself believed only because it fails where it must."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_cover

RUNNER = Path(__file__).parent / "mutants" / "run.py"

GOOD = 'breaks = "P1"\nwhat = "twice is no longer two"\nfile = "src/thing/__init__.py"\nold = "* 2"\nnew = "* 3"\n'

THING = "from thing import twice\n\ndef test_twice():\n    assert 8 == twice(4)\n\ndef test_zero():\n    assert 0 == twice(0)\n"


def try_out(root: Path, *entries: str, tests: str = "", timeout: float = 60) -> tuple[int, str]:
    """A little project with these entries, and what the runner says of it."""
    for name, text in {
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = ["--import-mode=importlib"]\n',
        "src/thing/__init__.py": "def twice(n):\n    return n * 2\n",
        "tests/test_thing.py": THING + tests,
        "tests/mutants/area.toml": "\n".join(f"[[mutant]]\n{entry}" for entry in entries),
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, RUNNER, "--root", root, "--timeout", str(timeout)], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout


def test_a_mutant_that_each_named_test_notices_has_passed(tmp_path: Path) -> None:
    assert (0, "1 passed, 0 failed") == _brief(try_out(tmp_path, GOOD + 'tests = ["tests/test_thing.py::test_twice"]'))


def test_a_mutant_that_one_named_test_does_not_notice_has_failed(tmp_path: Path) -> None:
    """Each of the named tests must fail, not just one."""
    code, said = try_out(tmp_path, GOOD + 'tests = ["tests/test_thing.py::test_twice", "tests/test_thing.py::test_zero"]')

    assert (1, "0 passed, 1 failed") == _brief((code, said))
    assert "SURVIVED" in said
    assert "not noticed by tests/test_thing.py::test_zero" in said


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (GOOD.replace("* 2", "* 7"), "`old` is 0 times"),
        (GOOD.replace("* 2", "n"), "`old` is 3 times"),
        (GOOD.replace("* 3", "* * *"), "the mutant is no Python"),
        (GOOD.replace("thing/__init__", "thing/absent"), "there is no src/thing/absent.py"),
        (GOOD.replace("what", "why"), "give breaks, what"),
        (GOOD.replace("* 3", "* 2"), "another text"),
    ],
)
def test_an_entry_that_cannot_be_tried_has_failed(tmp_path: Path, entry: str, why: str) -> None:
    """What cannot be applied exactly once proves nothing."""
    code, said = try_out(tmp_path, entry + 'tests = ["tests/test_thing.py::test_twice"]')

    assert (1, "0 passed, 1 failed") == _brief((code, said))
    assert why in said


def test_a_test_that_fails_anyway_proves_nothing(tmp_path: Path) -> None:
    broken = "\ndef test_broken():\n    assert 9 == twice(4)\n"
    code, said = try_out(tmp_path, GOOD + 'tests = ["tests/test_thing.py::test_broken"]', tests=broken)

    assert 1 == code
    assert "do not pass on the unmutated sources:\n  tests/test_thing.py::test_broken" in said


@pytest.mark.parametrize("name", ["test_absent", "test_skipped"])
def test_a_test_that_does_not_run_proves_nothing(tmp_path: Path, name: str) -> None:
    skipped = "\nimport pytest\n\n@pytest.mark.skip\ndef test_skipped():\n    assert 8 == twice(4)\n"

    assert 1 == try_out(tmp_path, GOOD + f'tests = ["tests/test_thing.py::{name}"]', tests=skipped)[0]


def test_sources_from_elsewhere_are_noticed(tmp_path: Path) -> None:
    """Where the tests would load the unmutated sources all the same, the runner says so instead of counting."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "conftest.py").write_text(f"import sys\nsys.path.insert(0, {str(tmp_path / 'src')!r})\n", encoding="utf-8")
    code, said = try_out(tmp_path, GOOD + 'tests = ["tests/test_thing.py::test_twice"]')

    assert 1 == code
    assert "not the mutated copy" in said


def test_what_a_mutant_writes_where_it_stands_is_not_left_in_the_project(tmp_path: Path) -> None:
    """A store that no longer refuses `:memory:` makes a file of that name wherever it is started."""
    writes = "\ndef test_writes():\n    open('stray', 'w').close()\n    assert 8 == twice(4)\n"
    before = try_out(tmp_path, GOOD + 'tests = ["tests/test_thing.py::test_writes"]', tests=writes)

    assert (0, "1 passed, 0 failed") == _brief(before)
    assert [] == list(tmp_path.rglob("stray"))


def test_a_mutant_that_never_ends_has_failed(tmp_path: Path) -> None:
    """Nothing was noticed by a test that did not end."""
    entry = GOOD.replace('"* 2"', '"return n * 2"').replace('"* 3"', '"while True: pass"')
    code, said = try_out(tmp_path, entry + 'tests = ["tests/test_thing.py::test_twice"]', timeout=3)

    assert (1, "0 passed, 1 failed") == _brief((code, said))
    assert "no end within 3 s" in said


def _brief(told: tuple[int, str]) -> tuple[int, str]:
    return told[0], told[1].splitlines()[-1]
