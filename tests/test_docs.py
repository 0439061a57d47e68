"""The code of the how-to pages runs: each block that begins with a file's name is that file, and pytest runs what is a test of its own."""

import re
from pathlib import Path

import pytest

from tests.publishing import publish
from tests.test_examples import pytest_in, run

pytestmark = pytest.mark.no_cover

ONE_PROGRAM = {"guard"}
"""Pages whose blocks are one program, run by tests of their own: tests/test_guard_page.py."""
ALL = sorted(page for page in (Path(__file__).parent.parent / "docs").glob("*/*.md") if page.stem not in ONE_PROGRAM)
PAGES = [page for page in ALL if re.search(r"^# test_\w+\.py$", page.read_text(encoding="utf-8"), re.MULTILINE)]
"""Those with tests; the others' commands are typed, and run their files: tests/test_pages.py."""
BLOCK = re.compile(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files(page: Path) -> dict[str, str]:
    """The files that a page shows."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return dict(found)


def laid_out(page: Path, folder: Path) -> Path:
    """The folder with these files in it; a package among them as if it were installed."""
    shown = files(page)
    for name, text in shown.items():
        (folder / name).write_text(text, encoding="utf-8")
    return publish(folder) if "pyproject.toml" in shown else folder


@pytest.mark.parametrize("page", ALL, ids=lambda page: page.stem)
def test_every_block_of_code_is_a_file_with_a_name(page: Path) -> None:
    """Or it would not be run, and nobody would see that it is wrong."""
    assert len(re.findall(r"^```(?:python|toml)$", page.read_text(encoding="utf-8"), re.MULTILINE)) == len(files(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path, tmp_path: Path) -> None:
    seen = pytest_in(laid_out(page, tmp_path))

    assert 0 == seen.returncode, seen.stdout


def test_what_a_page_says_of_a_missing_case_is_what_is_said(tmp_path: Path) -> None:
    page = next(page for page in PAGES if page.stem == "test-your-policy")
    shown = re.search(r"^```\n(two pairs of eyes: .*)\n```$", page.read_text(encoding="utf-8"), re.MULTILINE)
    for name, text in files(page).items():
        kept = [line for line in text.splitlines() if "nobody has read" not in line and "herself" not in line and "her robot" not in line]
        (tmp_path / name).write_text("\n".join(kept), encoding="utf-8")

    seen = pytest_in(tmp_path)

    assert shown is not None
    assert (1, True) == (seen.returncode, shown[1] in seen.stdout.replace("\n", " ")), seen.stdout


def test_the_list_of_checks_on_the_page_is_the_one_that_is_printed(tmp_path: Path) -> None:
    page = next(page for page in PAGES if page.stem == "own-check")
    shown = re.search(r"^```\n\$ releasegate checks\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)

    seen = run(laid_out(page, tmp_path), "-m", "releasegate.cli", "--lang", "en", "checks")

    assert shown is not None
    assert 0 == seen.returncode, seen.stderr
    told = [line.split() for line in seen.stdout.splitlines()]
    assert [] == [line for line in shown[1].splitlines() if line != "…" and line.split() not in told]
