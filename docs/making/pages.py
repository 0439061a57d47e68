"""The pages that are written at each build: the reference."""

import shutil
from pathlib import Path

from docs.making import api, checks, codes, commands, policy_file

MADE = ("api", "checks", "codes", "commands.md", "policy-file.md")
"""What stands in docs/reference only after a build; .gitignore names the same."""


def write(folder: Path) -> None:
    """All of them into this folder, and nothing of an earlier build left."""
    for name in MADE:
        place = folder / name
        shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    for name, text in made().items():
        place = folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")


def made() -> dict[str, str]:
    """Each page by its path in docs/reference."""
    return {
        **{f"api/{name}.md": text for name, text in api.pages().items()},
        **{f"checks/{name}.md": text for name, text in checks.pages().items()},
        **{f"codes/{name}.md": text for name, text in codes.pages().items()},
        "commands.md": commands.page(),
        "policy-file.md": policy_file.page(),
    }
