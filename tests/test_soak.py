"""The page of the soak adds up."""

from pathlib import Path

import pytest

from tests.soak.page import COLUMNS, HEAD, RULE, with_run

PAGE = f"# Soak\n\n{HEAD}\n{RULE}\n\nWhat it means.\n"


def test_a_run_is_added_and_the_last_line_is_the_sum_of_all() -> None:
    once = with_run(PAGE, "2026-11-22", "make soak MINUTES=3", {"minutes": 3, "sends": 1200})
    twice = with_run(once, "2026-11-23", "make soak MINUTES=60", {"minutes": 60, "sends": 20000, "violations": 1})

    lines = [line for line in twice.splitlines() if line.startswith("|")]
    assert ["when", "---", "2026-11-22", "2026-11-23", "all"] == [line.split("|")[1].strip() for line in lines]
    assert "| all |  | 63 | 21,200 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 |" == lines[-1]
    assert twice.endswith("|\n\nWhat it means.\n")


def test_a_page_without_the_table_is_left_alone() -> None:
    with pytest.raises(ValueError, match="no table"):
        with_run("# Soak\n", "2026-11-22", "make soak", {})


def test_the_page_of_the_project_has_the_table_and_no_violation_but_those_that_it_explains() -> None:
    page = (Path(__file__).parents[1] / "docs" / "explanation" / "soak.md").read_text(encoding="utf-8")

    last = page[page.index(RULE) :].split("\n\n")[0].splitlines()[-1]
    assert ["all", ""] == [cell.strip() for cell in last.strip("|").split("|")][:2]
    assert "2" == last.strip("|").split("|")[-1].strip()
    assert "The two of the first run broke down" in page
    assert len(COLUMNS) + 2 == len(last.strip("|").split("|"))
