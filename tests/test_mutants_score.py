"""The score of mutmut's mutants counts what was killed, names what survived, and believes nothing that was not tried."""

import json
from pathlib import Path

import pytest

from tests.mutants.score import main

MUTATED = """
def x_twice__mutmut_orig(n):
    return n * 2

def x_twice__mutmut_1(n):
    return n / 2

def x_twice__mutmut_2(n):
    return n * 3

class Thing:
    def xǁThingǁhalf__mutmut_orig(self, n=1):
        return n // 2

    def xǁThingǁhalf__mutmut_1(self, n=2):
        return n // 2
"""


def score(folder: Path, capsys: pytest.CaptureFixture[str], codes: list[int | None], *more: str) -> tuple[int, str]:
    """What is said of two modules: one with these three mutants, one that has none."""
    source = folder / "src" / "thing" / "twice.py"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_text(MUTATED, encoding="utf-8")
    names = ("x_twice__mutmut_1", "x_twice__mutmut_2", "xǁThingǁhalf__mutmut_1")
    data = {"exit_code_by_key": dict(zip((f"thing.twice.{name}" for name in names), codes, strict=True))}
    (source.parent / "twice.py.meta").write_text(json.dumps(data), encoding="utf-8")
    (source.parent / "none.py").write_text("", encoding="utf-8")
    (source.parent / "none.py.meta").write_text(json.dumps({"exit_code_by_key": {}}), encoding="utf-8")
    return main(["--folder", str(folder), *more]), capsys.readouterr().out


def test_killed_are_those_that_a_test_noticed_or_that_never_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = score(tmp_path, capsys, [1, 3, 36])

    assert 0 == code
    assert said.endswith("| thing.twice | 3 | 3 | 100.0% |\n| thing, all | 3 | 3 | 100.0% |\nall tried\n3 passed, 0 failed\n")


def test_a_survivor_is_named_with_the_line_that_it_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = score(tmp_path, capsys, [1, 0, 33])

    assert 1 == code
    assert "thing.twice: twice_2\n    -    return n * 2\n    +    return n * 3\n" in said
    assert "thing.twice: xǁThingǁhalf_1\n    -def …(self, n=1):\n    +def …(self, n=2):\n" in said
    assert "| thing.twice | 3 | 1 | 33.3% |" in said
    assert said.endswith("1 passed, 2 failed\n")


@pytest.mark.parametrize(("least", "expected"), [("66", 0), ("67", 1)])
def test_so_many_percent_are_asked_for(least: str, expected: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert expected == score(tmp_path, capsys, [1, 1, 0], "--least", least)[0]


def test_each_package_is_asked_for_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Many that were killed in one hide nothing in another."""
    (tmp_path / "src" / "other").mkdir(parents=True)
    score(tmp_path, capsys, [1, 1, 1])
    for name in ("twice.py", "twice.py.meta"):
        (tmp_path / "src" / "other" / name).write_text((tmp_path / "src" / "thing" / name).read_text(encoding="utf-8"), encoding="utf-8")
    code, said = score(tmp_path, capsys, [1, 0, 0], "--least", "50")

    assert 1 == code
    assert "| other, all | 3 | 3 | 100.0% |\n| thing, all | 3 | 1 | 33.3% |\nall tried\n4 passed, 2 failed\n" in said


@pytest.mark.parametrize("code", [None, 2, 5, 34, 35, 37, -11])
def test_what_was_not_tried_to_its_end_is_not_killed(code: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, said = score(tmp_path, capsys, [1, 1, code], "--least", "1")

    assert (1, True) == (found, "1 not tried" in said)


def test_where_nothing_was_mutated_nothing_has_passed(tmp_path: Path) -> None:
    assert 1 == main(["--folder", str(tmp_path)])
