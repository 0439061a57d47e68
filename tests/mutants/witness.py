"""A pytest plugin that testifies which sources the tests really ran on, and what became of each."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_SOURCE = Path(os.environ.get("MUTANT_SOURCE", ".")).resolve()
_outcomes: dict[str, str] = {}
_unreadable: list[str] = []


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _unreadable.append(report.nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        _outcomes[report.nodeid] = "failed"
    elif report.skipped or report.when == "call":
        _outcomes.setdefault(report.nodeid, report.outcome)


def pytest_sessionfinish() -> None:
    told = {"outcomes": _outcomes, "unreadable": _unreadable, "elsewhere": sorted(set(_elsewhere()))}
    Path(os.environ["MUTANT_REPORT"]).write_text(json.dumps(told), encoding="utf-8")


def _elsewhere() -> Iterator[str]:
    """Modules of the packages in the scratch copy that were loaded from somewhere else."""
    ours = {path.name for path in _SOURCE.iterdir() if path.is_dir()}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name.partition(".")[0] in ours and file and not Path(file).resolve().is_relative_to(_SOURCE):
            yield file
