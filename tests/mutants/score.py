"""What `mutmut run` has left in the folder `mutants`: how many were killed, module by module, and each survivor by its line.

    python tests/mutants/score.py [--least PERCENT]

Ends with `N passed, M failed`, where passed means killed. Exit 1 where in one package fewer than so many percent were, or some were
never tried.
"""

import argparse
import ast
import difflib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# The exit code of pytest under the mutant: a test failed, or pytest itself; out of time, as mutmut and the kernel tell it.
_KILLED, _TIMED_OUT, _SURVIVED = {1, 3}, {24, -24, 36, 152, 255}, {0, 33}


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """The mutants of one module: how many there are, and which survived; `no test`: no test comes that way at all."""

    name: str
    mutants: int
    untried: int
    survivors: tuple[str, ...]

    @property
    def killed(self) -> int:
        """Noticed by a test, or without an end."""
        return self.mutants - self.untried - len(self.survivors)

    def __str__(self) -> str:
        return f"| {self.name} | {self.mutants} | {self.killed} | {self.killed / self.mutants:.1%} |"


def read(folder: Path) -> list[Module]:
    """Every module that has mutants."""
    return [module for path in sorted(folder.glob("src/**/*.py.meta")) if (module := _module(folder, path)).mutants]


def packages(modules: Sequence[Module]) -> list[Module]:
    """The sum of each package's modules."""
    names = sorted({module.name.rpartition(".")[0] for module in modules})
    return [_sum(name, [module for module in modules if module.name.rpartition(".")[0] == name]) for name in names]


def _sum(package: str, modules: Sequence[Module]) -> Module:
    return Module(
        name=f"{package}, all",
        mutants=sum(each.mutants for each in modules),
        untried=sum(each.untried for each in modules),
        survivors=tuple(survivor for each in modules for survivor in each.survivors),
    )


def _module(folder: Path, path: Path) -> Module:
    codes: Mapping[str, int | None] = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    known = _KILLED | _TIMED_OUT | _SURVIVED
    source = path.with_suffix("")
    return Module(
        name=".".join(source.relative_to(folder / "src").with_suffix("").parts),
        mutants=len(codes),
        untried=sum(code not in known for code in codes.values()),
        survivors=tuple(_lines(source, [name for name, code in codes.items() if code in _SURVIVED])),
    )


def _lines(source: Path, names: Sequence[str]) -> Iterator[str]:
    """What each of these mutants has changed."""
    text = source.read_text(encoding="utf-8")
    lines = text.splitlines()
    bodies = {node.name: _body(lines, node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)}
    for name in names:
        mutant = name.rpartition(".")[2]
        before, after = (bodies[each] for each in (re.sub(r"_\d+$", "_orig", mutant), mutant))
        changed = [line for line in difflib.unified_diff(before, after, lineterm="", n=0) if _tells(line)]
        yield "\n".join([f"{mutant.removeprefix('x_').replace('__mutmut', '')}", *(f"    {line}" for line in changed)])


def _body(lines: Sequence[str], node: ast.FunctionDef) -> list[str]:
    """The lines of a function, with the name that it has in the sources."""
    first, *rest = lines[node.lineno - 1 : node.end_lineno]
    return [re.sub(r"def \w+__mutmut_\w+", "def …", first[node.col_offset :], count=1), *rest]


def _tells(line: str) -> bool:
    return not line.startswith(("---", "+++", "@@"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The table, the survivors, the sum."""
    parser = argparse.ArgumentParser(description="How many of mutmut's mutants were killed.")
    parser.add_argument("--folder", type=Path, default=Path(__file__).parents[2] / "mutants", help="where mutmut has left them")
    parser.add_argument("--least", type=float, default=85.0, help="percent that must have been killed")
    asked = parser.parse_args(arguments)
    modules = read(asked.folder)
    for module in modules:
        print(*(f"{module.name}: {survivor}" for survivor in module.survivors), sep="\n", end="\n" if module.survivors else "")
    sums = packages(modules)
    print("| module | mutants | killed | |\n|---|---|---|---|", *modules, *sums, sep="\n")
    mutants, killed, untried = (sum(getattr(each, name) for each in sums) for name in ("mutants", "killed", "untried"))
    print(f"{untried} not tried" if untried else "all tried")
    print(f"{killed} passed, {mutants - killed} failed")
    enough = all(each.killed * 100 >= asked.least * each.mutants for each in sums)
    return 0 if mutants and not untried and enough else 1


if __name__ == "__main__":
    sys.exit(main())
