"""The program of the README can send: run once it is told who must sign, run again when they have, it sends and says so."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from releasegate import Gate
from tests.cli import TEAM
from tests.test_examples import run

pytestmark = pytest.mark.no_cover

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_r27_the_documented_program_can_send(tmp_path: Path) -> None:
    """Each signature is asked for by name, and nothing that the README does not mention is in the way."""
    (program,) = (block for block in re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL) if "gate.send(" in block)
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    (tmp_path / "releasegate.toml").write_text(TEAM, encoding="utf-8")
    (draft_id,) = set(re.findall(r'gate\.(?:write|send)\("([^"]+)"', program))

    first = run(tmp_path, "program.py")
    assert (0, "") == (first.returncode, first.stderr)
    assert first.stdout.startswith("Not sent")
    with closing(Gate.load(tmp_path / "releasegate.toml")) as gate:
        seen = gate.submit(draft_id, by="akari", note="Only the pictures are new.")
        gate.confirm(draft_id, digest=seen.digest, by="ben", note="Names are right.")
        gate.approve(draft_id, digest=seen.digest, by="chie", note="Go.")
    second = run(tmp_path, "program.py")

    assert (0, "") == (second.returncode, second.stderr)
    assert second.stdout.startswith("Sent: 2 of 2")
    assert 2 == len(list(tmp_path.rglob("*.eml")))
