"""The demo's story, with a tenth of its readers: it ends well only if the server took exactly one mail for each of them."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_cover

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_story_of_one_release() -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / "demo.py"), "--readers", "20"], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr), done.stdout[-3000:]
    assert "20 readers, 20 mails: each got exactly one." == done.stdout.splitlines()[-1]
    for mistake in ("$nmae", "http://localhost:8000/new-wing", "Monday, 1 December 2026", "TODO", "reader-7@readers.example"):
        assert mistake in done.stdout
    assert "Sent: 19 of 20; 1 unknown." in done.stdout
    assert "まだ配信できません" in done.stdout
    assert "The log is sound" in done.stdout
