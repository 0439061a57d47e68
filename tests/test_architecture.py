"""The page on the architecture says what is so: its floors are those that import-linter holds, and nothing touches more than it says."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import releasegate
from tests.test_pages import DOCS, ROOT

SOURCE = Path(releasegate.__file__).parent
PAGE = (DOCS / "explanation" / "architecture.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| `(\w+)` \| .+? \| (.+?) \|$", PAGE, re.MULTILINE)
TOUCHES = {
    "database": r"(sqlalchemy|alembic|sqlite3|psycopg)(?!\.Engine)(\..*)?",
    "network": r"(socket|ssl|smtplib|http|urllib\.request)(\..*)?",
    "files": r"importlib\.resources.*|open|.+\.(open|read_text|read_bytes|write_text|mkdir)",
    "clock": r"time(\..*)?|datetime\.now",
    "system": r"(os|pwd|sys|logging|signal|subprocess)(?!\.(PathLike|fspath))(\..*)?",
    "threads": r"(threading|asyncio|concurrent)(\..*)?",
    "chance": r"(random|secrets|uuid)(\..*)?",
    "terminal": r"print|input",
}
"""The world outside, by what is imported or called to reach it."""


def floors() -> list[set[str]]:
    """The layers of import-linter's contract, the highest first."""
    (contract,) = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return [set(re.findall(r"\w+", layer)) for layer in contract["layers"]]


def test_the_floors_of_the_page_are_those_of_the_contract() -> None:
    shown: dict[int, set[str]] = {}
    for floor, module, _ in ROWS:
        shown.setdefault(int(floor), set()).add(module)

    assert floors() == [shown[floor] for floor in sorted(shown, reverse=True)]
    assert list(range(1, len(floors()) + 1)) == sorted(shown)


def test_the_drawing_has_every_module_on_its_floor() -> None:
    (drawing,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    drawn = [set(re.findall(r"\w+", line.partition("│")[2].rpartition("│")[0])) for line in drawing.splitlines() if line[:2].strip()]

    assert floors() == drawn


def test_each_module_touches_what_the_page_says_and_no_more() -> None:
    found = {module: touched(module) for _, module, _ in ROWS}

    assert found == {module: set(re.findall(r"\w+", cell)) - {"nothing"} for _, module, cell in ROWS}


def touched(module: str) -> set[str]:
    """The kinds of outer world that the source of this module reaches for."""
    place = SOURCE / module
    paths = place.rglob("*.py") if place.is_dir() else [place.with_suffix(".py")]
    names = {name for path in paths for name in _reached(ast.parse(path.read_text(encoding="utf-8")))}
    return {kind for kind, pattern in TOUCHES.items() if any(re.fullmatch(pattern, name) for name in names)}


def _reached(tree: ast.AST) -> Iterator[str]:
    """What is imported, and what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Call):
            yield ast.unparse(node.func)
