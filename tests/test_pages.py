"""What the pages show is what comes: each command of each page is typed, each file of a page is used, each link leads somewhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from docs.making import pages
from releasegate.policy.policy import Policy
from releasegate.policy.remarks import remarks
from tests.cli import Terminal
from tests.test_examples import copied, run
from tests.transcript import Player, files, lay, steps

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
MADE = tuple(DOCS / "reference" / made for made in pages.MADE)
PAGES = sorted(page for page in DOCS.rglob("*.md") if not any(page.is_relative_to(made) for made in MADE))
"""Those that people write; what a build makes, the build checks."""
NEED_A_SERVER = {"use-postgresql"}
"""Played by a test of their own: tests/test_postgresql_page.py."""
PLAYED = [page for page in PAGES if "```console" in page.read_text(encoding="utf-8") and page.stem not in NEED_A_SERVER]


def name(page: Path) -> str:
    return str(page.relative_to(DOCS).with_suffix(""))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python` on a page is the one that runs the tests."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("PYTEST_CURRENT_TEST", raising=False)


@pytest.mark.parametrize("page", PLAYED, ids=name)
def test_what_a_page_shows_is_what_comes(page: Path, terminal: Terminal, here: None) -> None:
    text = page.read_text(encoding="utf-8")
    terminal.login = "akari"
    lay(text, terminal.folder)

    Player(terminal).play(text)


@pytest.mark.parametrize("page", [page for page in PLAYED if files(page.read_text(encoding="utf-8"))], ids=name)
def test_every_file_of_a_page_is_used(page: Path) -> None:
    """The policy is read by every command; what pytest runs is named as pytest finds it."""
    text = page.read_text(encoding="utf-8")
    commands = "\n".join(step.command for step in steps(text))

    unused = {
        each for each in files(text) if each != "releasegate.toml" and each not in commands and f"{Path(each).stem} import" not in text
    }
    assert set() == unused


@pytest.mark.parametrize("page", [page for page in PAGES if "releasegate.toml" in files(page.read_text(encoding="utf-8"))], ids=name)
def test_who_takes_a_policy_from_a_page_is_warned_of_nothing(page: Path) -> None:
    assert () == remarks(Policy.parse(files(page.read_text(encoding="utf-8"))["releasegate.toml"]))


@pytest.mark.parametrize(
    ("page", "example", "prints"),
    [
        ("site", "site", "scheduled\nabsent\n"),
        ("let-the-provider-render", "provider", "True\nFalse\n"),
        ("book-with-a-distributor", "distributor", "held\nscheduled\n"),
    ],
)
def test_the_server_of_an_example_is_tried_as_its_page_says(page: str, example: str, prints: str, tmp_path: Path) -> None:
    """Two terminals in a copy of the folder; another port than the page's, which may be taken on this machine."""
    folder = copied(example, tmp_path)
    text = (DOCS / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    serve, ask = re.findall(r"^```sh\n(.*?)^```$", text[text.index("\n## Try it") :], re.MULTILINE | re.DOTALL)
    python, *server = serve.split()
    assert ("python", "8090") == (python, server.pop())

    with subprocess.Popen([sys.executable, *server, "0"], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        program = ask.removeprefix("python - <<'END'\n").removesuffix("END\n").replace("http://127.0.0.1:8090", base)
        seen = run(folder, "-c", program)
        process.terminate()

    assert (prints, "") == (seen.stdout, seen.stderr)


def test_in_the_tutorial_nothing_is_shown_that_is_not_run() -> None:
    """A block without the name of a language is text that nobody checks."""
    for page in PAGES:
        if page.parent.name in {"tutorial", "ja"}:
            assert set() == set(re.findall(r"^```(\w*)$", page.read_text(encoding="utf-8"), re.MULTILINE)) - {
                "",
                "console",
                "sh",
                "toml",
                "python",
                "text",
            }


@pytest.mark.parametrize("page", [*sorted(ROOT.glob("*.md")), *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(page: Path) -> None:
    """Places on a page are looked for in the built pages."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text) if not re.match(r"https://|mailto:|#", link)]
    targets = [(page.parent / link).resolve() for link in links]

    lost = [target for target in targets if not target.exists()]
    assert [] == [str(each) for each in lost if not any(each.is_relative_to(made) for made in MADE)]
