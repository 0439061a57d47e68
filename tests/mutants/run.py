"""Break each promise on purpose, one patch at a time: every test that an entry in *.toml names must notice.

    python tests/mutants/run.py [WORD ...]      only entries in whose area, `breaks` or `what` one of the words occurs

Ends with `N passed, M failed`; a mutant has passed when it was killed. Exit 1 where one survived or could not be tried.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

_KEYS = ("breaks", "what", "file", "old", "new", "tests")
_OPTIONS = ("-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "mutant_witness")
_WITNESS = Path(__file__).with_name("witness.py")


class Invalid(Exception):
    """An entry, or the project, is such that nothing can be learned from a run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One patch, and the tests that must fail under it."""

    area: str
    breaks: str
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.breaks:8} {self.what} [{self.area}]"


def read(folder: Path) -> tuple[Mutant, ...]:
    """Every entry of every *.toml here. Raises Invalid where a key is missing, unknown or empty."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        if set(data) - {"mutant"}:
            raise Invalid(f"{path.name}: write [[mutant]], nothing else")
        for number, entry in enumerate(data.get("mutant", ()), start=1):
            if set(entry) != set(_KEYS) or not all(entry[key] for key in _KEYS if key != "new") or entry["old"] == entry["new"]:
                raise Invalid(f"{path.name}, entry {number}: give {', '.join(_KEYS)}, and another text in `new` than in `old`")
            found.append(Mutant(area=path.stem, **(entry | {"tests": tuple(entry["tests"])})))
    return tuple(found)


def copy_source(root: Path, scratch: Path) -> None:
    """The sources with their compiled files, which are a third of a second's work, and the witness beside them."""
    shutil.copytree(root / "src", scratch / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    shutil.copy(_WITNESS, scratch / "src" / "mutant_witness.py")


def apply(mutant: Mutant, scratch: Path) -> None:
    """Put `new` in the place of `old`. Raises Invalid where `old` is not there exactly once, or the outcome is no Python."""
    target = scratch / mutant.file
    if not target.is_file() or not target.resolve().is_relative_to((scratch / "src").resolve()):
        raise Invalid(f"there is no {mutant.file} below src")
    text = target.read_text(encoding="utf-8")
    if (times := text.count(mutant.old)) != 1:
        raise Invalid(f"`old` is {times} times in {mutant.file}, not once")
    changed = text.replace(mutant.old, mutant.new)
    try:
        compile(changed, mutant.file, "exec")
    except SyntaxError as error:
        raise Invalid(f"the mutant is no Python: {error}") from error
    target.write_text(changed, encoding="utf-8")
    for compiled in target.parent.glob(f"__pycache__/{target.stem}.*"):
        compiled.unlink()  # of two texts of one second and one size Python would take the older


def run_tests(root: Path, scratch: Path, tests: Sequence[str], timeout: float) -> Mapping[str, str]:
    """Run these tests on the sources in `scratch`; what became of each, by its id. Raises Invalid where nothing can be said."""
    report = scratch / "report.json"
    path = os.pathsep.join(filter(None, [str(scratch / "src"), os.environ.get("PYTHONPATH", "")]))
    more = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "MUTANT_SOURCE": str(scratch / "src"), "MUTANT_REPORT": str(report)}
    more["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # 0.7 s of each run: no test needs a plugin
    where = ["--rootdir", str(root), "-c", str(root / "pyproject.toml")]
    command = [sys.executable, "-m", "pytest", *_OPTIONS, *where, *(str(root / test) for test in tests)]
    elsewhere = scratch / "here"  # what a broken store calls `:memory:` or `None` is made there, not in the project
    elsewhere.mkdir()
    with subprocess.Popen(
        command, cwd=elsewhere, env=os.environ | more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            said, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            raise Invalid(f"no end within {timeout:g} s") from None
    if not report.is_file():
        raise Invalid("the tests did not run:\n" + "\n".join(said.splitlines()[-15:]))
    told = json.loads(report.read_text(encoding="utf-8"))
    if told["elsewhere"]:
        raise Invalid(f"the tests import {', '.join(told['elsewhere'])}: not the mutated copy")
    if told["unreadable"]:
        raise Invalid(f"{', '.join(told['unreadable'])} cannot be collected:\n" + "\n".join(said.splitlines()[-15:]))
    outcomes: dict[str, str] = told["outcomes"]
    return outcomes


def _end(process: subprocess.Popen[str]) -> None:
    """Ask first, so that a database server which the tests started is taken down too."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def of(test: str, outcomes: Mapping[str, str]) -> set[str]:
    """What became of this test, in all its parameters."""
    return {outcome for name, outcome in outcomes.items() if name == test or name.startswith((f"{test}[", f"{test}::"))}


def survivors(root: Path, mutant: Mutant, timeout: float) -> list[str]:
    """The tests that did not notice: a test has noticed when it fails for at least one of its parameters."""
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        scratch = Path(folder)
        copy_source(root, scratch)
        apply(mutant, scratch)
        outcomes = run_tests(root, scratch, mutant.tests, timeout)
    return [test for test in mutant.tests if "failed" not in of(test, outcomes)]


def unmutated(root: Path, mutants: Iterable[Mutant], timeout: float, jobs: int) -> list[str]:
    """The named tests that do not pass on the sources as they are: they would prove nothing. So many runs at a time have a part each."""
    named = sorted({test for mutant in mutants for test in mutant.tests})

    def useless(part: Sequence[str]) -> list[str]:
        with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
            copy_source(root, Path(folder))
            outcomes = run_tests(root, Path(folder), part, timeout)
        return [test for test in part if of(test, outcomes) != {"passed"}]

    with ThreadPoolExecutor(jobs) as pool:
        return sorted(chain.from_iterable(pool.map(useless, filter(None, (named[first::jobs] for first in range(jobs))))))


def judge(root: Path, mutant: Mutant, timeout: float) -> str:
    """Why this mutant has failed, or "" where it was killed."""
    try:
        missed = survivors(root, mutant, timeout)
    except Invalid as error:
        return f"INVALID   {mutant}\n          {error}"
    return f"SURVIVED  {mutant}\n          not noticed by {', '.join(missed)}" if missed else ""


def chosen(mutants: Iterable[Mutant], words: Sequence[str]) -> list[Mutant]:
    """Those in which one of the words occurs; without words all."""
    return [each for each in mutants if not words or any(word in (each.area, each.breaks) or word in each.what for word in words)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Try them all and say how many were killed."""
    parser = argparse.ArgumentParser(description="Break each promise on purpose; a test must notice.")
    parser.add_argument("words", nargs="*", help="only entries in which one of these occurs")
    parser.add_argument("--root", type=Path, default=Path(__file__).parents[2], help="the project")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for one mutant")
    asked = parser.parse_args(arguments)
    root = asked.root.resolve()
    try:
        mutants = chosen(read(root / "tests" / "mutants"), asked.words)
        if not mutants:
            raise Invalid("there is no such mutant")  # noqa: TRY301 - told like every other
        if useless := unmutated(root, mutants, asked.timeout * 10, asked.jobs):
            raise Invalid("these do not pass on the unmutated sources:\n  " + "\n  ".join(useless))  # noqa: TRY301
    except (Invalid, tomllib.TOMLDecodeError) as error:
        print(f"INVALID   {error}\n0 passed, 1 failed")
        return 1
    failed = 0
    with ThreadPoolExecutor(asked.jobs) as pool:
        for mutant, problem in zip(mutants, pool.map(lambda each: judge(root, each, asked.timeout), mutants), strict=True):
            failed += bool(problem)
            print(problem or f"killed    {mutant}", flush=True)
    print(f"{len(mutants) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
