"""The page that says how much has been tried so far: one line for each run, and their sum."""

from collections import Counter
from collections.abc import Mapping

COLUMNS = ("minutes", "sends", "serializable", "bookings", "holds", "settled", "cases", "mails", "kills", "violations")
HEAD = "| when | command | " + " | ".join(COLUMNS) + " |"
RULE = "| --- | --- |" + " ---: |" * len(COLUMNS)
SUM = "all"


def with_run(page: str, when: str, command: str, counts: Mapping[str, int]) -> str:
    """The page with this run beneath those before it, and the sum as the last line. Raises ValueError where it has no such table."""
    before, head, after = page.partition(HEAD + "\n" + RULE + "\n")
    if not head:
        message = "the page has no table of runs"
        raise ValueError(message)
    lines = after.splitlines()
    count = next((number for number, line in enumerate(lines) if not line.startswith("|")), len(lines))
    runs = [line for line in lines[:count] if not line.startswith(f"| {SUM} |")]
    runs.append(_line(when, f"`{command}`", counts))
    total: Counter[str] = Counter()
    for run in runs:
        total.update(_read(run))
    rest = "".join(line + "\n" for line in lines[count:])
    return before + head + "".join(line + "\n" for line in (*runs, _line(SUM, "", total))) + rest


def _line(when: str, command: str, counts: Mapping[str, int]) -> str:
    return f"| {when} | {command} | " + " | ".join(f"{counts.get(name, 0):,}" for name in COLUMNS) + " |"


def _read(line: str) -> dict[str, int]:
    cells = [cell.strip().replace(",", "") for cell in line.strip("|").split("|")][2:]
    return {name: int(cell) for name, cell in zip(COLUMNS, cells, strict=True)}
