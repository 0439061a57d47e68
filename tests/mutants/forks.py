"""Try the mutants that mutmut has written into the folder `mutants`, each in a fork of one run of pytest that has collected the tests.

    python tests/mutants/forks.py [PATTERN ...] [--seconds N] [--again]      patterns like `releasegate.decision.people.*`

A mutant is tried by the tests that come its way (mutmut-stats.json says which), until one fails: those that killed its neighbours first,
then the quickest, until together they would take longer than the limit. What has been tried is kept beside the mutants, and not tried
again: a run that was broken off goes on. Exit 1 where a test fails without any mutant. `score.py` tells the figures.
"""

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import zip_longest
from pathlib import Path

import pytest

_SURVIVED, _FAILED, _BROKE, _NO_TEST, _ENDLESS = 0, 1, 3, 33, 36  # as mutmut has them
_OPTIONS = ("-q", "-s", "--tb=no", "--no-header", "--no-summary", "--rootdir=.", "-p", "no:randomly", "--hypothesis-seed=0")
_EVERY = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Which tests reach which function, and how many seconds each test takes, as mutmut has measured."""

    tests: Mapping[str, Collection[str]]
    seconds: Mapping[str, float]


def read_statistics(folder: Path) -> Statistics:
    """Those that mutmut has left in this folder."""
    data = json.loads((folder / "mutmut-stats.json").read_text(encoding="utf-8"))
    return Statistics(tests=data["tests_by_mangled_function_name"], seconds=data["duration_by_test"])


@dataclass(slots=True)
class Order:
    """Which tests try a mutant, and in which order: what has killed another mutant of the same function, then what is quick."""

    statistics: Statistics
    limit: float
    killers: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def tests(self, mutant: str, known: Collection[str]) -> list[str]:
        """As many as fit into the limit, at least one; none where none comes that way."""
        function = _function(mutant)
        seconds, killers = self.statistics.seconds, self.killers[function]
        reaching = sorted(set(self.statistics.tests.get(function, ())) & set(known), key=lambda test: (seconds.get(test, 0.0), test))
        chosen, left = list[str](), self.limit
        for test in reaching:
            left -= seconds.get(test, 0.0)
            if left >= 0 or not chosen:
                chosen.append(test)
        return sorted(chosen, key=lambda test: -killers.get(test, 0))

    def killed(self, mutant: str, test: str) -> None:
        """This test has noticed this mutant."""
        self.killers[_function(mutant)][test] += 1

    def patience(self, tests: Iterable[str]) -> int:
        """How many seconds of a processor these tests may take before it is said that they never end."""
        return int(10 + 5 * sum(self.statistics.seconds.get(test, 0.0) for test in tests))


def _function(mutant: str) -> str:
    """The function, by the name that mutmut gives it."""
    return mutant.partition("__mutmut_")[0]


@dataclass(slots=True)
class Sheet:
    """One module's mutants, and what became of each: the file that mutmut keeps, and `score.py` reads."""

    path: Path
    data: dict[str, dict[str, int | None]]

    @property
    def codes(self) -> dict[str, int | None]:
        """By the mutant's name; None: not tried yet."""
        return self.data["exit_code_by_key"]

    def save(self) -> None:
        """Whole or not at all: somebody may be reading, and the run may be broken off."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self.data, indent=4), encoding="utf-8")
        fresh.replace(self.path)


def read_sheets(folder: Path) -> list[Sheet]:
    """Every module's."""
    return [Sheet(path, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("src/**/*.py.meta"))]


class Forks:
    """A plugin of pytest: in the place of the tests, the mutants. `problem` says why nothing can be learned."""

    def __init__(self, *, folder: Path, patterns: Sequence[str], seconds: float, again: bool) -> None:
        self.sheets = read_sheets(folder)
        self.order = Order(read_statistics(folder), seconds)
        self.patterns, self.again = patterns or ["*"], again
        self.problem = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Once without a mutant, then each mutant that is asked for."""
        if session.testsfailed:
            return None  # to collect them, that is: pytest itself says so
        items = {item.nodeid: item for item in session.items}
        wanted = [(sheet, mutant) for sheet in self.sheets for mutant in self._wanted(sheet)]
        needed = {test for _, mutant in wanted for test in self.order.tests(mutant, items)}
        code, test = _fork(session, [items[each] for each in sorted(needed)], "", self.order.patience(needed))
        if code:
            self.problem = f"{test or 'something'} fails without any mutant"
            return True
        self._try(wanted, session, items)
        return True

    def _wanted(self, sheet: Sheet) -> Iterator[str]:
        for mutant, code in sheet.codes.items():
            untried = code is None or (self.again and code in {_SURVIVED, _NO_TEST})
            if untried and any(fnmatch(mutant, pattern) for pattern in self.patterns):
                yield mutant

    def _try(self, wanted: Sequence[tuple[Sheet, str]], session: pytest.Session, items: Mapping[str, pytest.Item]) -> None:
        began, survived = time.monotonic(), 0
        for number, (sheet, mutant) in enumerate(wanted, start=1):
            tests = self.order.tests(mutant, items)
            code, test = _fork(session, [items[each] for each in tests], mutant, self.order.patience(tests)) if tests else (_NO_TEST, "")
            if test:
                self.order.killed(mutant, test)
            sheet.codes[mutant] = code
            survived += code in {_SURVIVED, _NO_TEST}
            if number % _EVERY == 0 or number == len(wanted) or wanted[number][0] is not sheet:
                sheet.save()
                _say(f"{number} of {len(wanted)} tried, {survived} survived, {time.monotonic() - began:.0f} s: {mutant}")


def _say(line: str) -> None:
    print(line, flush=True)


def _fork(session: pytest.Session, items: Sequence[pytest.Item], mutant: str, patience: int) -> tuple[int, str]:
    """What becomes of these tests under this mutant, and which one failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _run(session, items, mutant, patience, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        test = pipe.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return (_ENDLESS if code in {-signal.SIGALRM, -signal.SIGXCPU, -signal.SIGKILL} else code), test


def _run(session: pytest.Session, items: Sequence[pytest.Item], mutant: str, patience: int, told: int) -> None:
    """In the child: the tests up to the first that fails. Never returns."""
    code = _BROKE
    try:
        os.setsid()  # a signal to a test's own group must not reach the parent
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.environ["MUTANT_UNDER_TEST"] = mutant
        signal.alarm(4 * patience)
        resource.setrlimit(resource.RLIMIT_CPU, (patience, patience + 1))
        code = _SURVIVED
        for item, following in zip_longest(items, items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                os.write(told, item.nodeid.encode())
                code = _FAILED
                break
    except BaseException:  # noqa: BLE001 - whatever it is, the parent goes on
        code = _BROKE
    finally:
        os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try them, telling how far it has got."""
    parser = argparse.ArgumentParser(description="Try the mutants that mutmut has written.")
    parser.add_argument("patterns", nargs="*", help="only mutants of such names")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[2] / "mutants", help="where mutmut has left them")
    parser.add_argument("--seconds", type=float, default=5.0, help="of tests for one mutant")
    parser.add_argument("--again", action="store_true", help="also what has survived before")
    asked = parser.parse_args(arguments)
    folder = asked.folder.resolve()
    settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mutmut"]
    forks = Forks(folder=folder, patterns=asked.patterns, seconds=asked.seconds, again=asked.again)
    os.chdir(folder)
    os.environ["MUTANT_UNDER_TEST"] = ""
    sys.path.insert(0, str(folder / "src"))  # before the project that is installed
    with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:
        more = [*settings.get("pytest_add_cli_args", ()), f"--basetemp={scratch}/tests", *settings["pytest_add_cli_args_test_selection"]]
        code = pytest.main([*_OPTIONS, *more], plugins=[forks])
    if forks.problem or code:
        _say(forks.problem or f"pytest ended with {int(code)}")
    return 1 if forks.problem or code else 0


if __name__ == "__main__":
    sys.exit(main())
