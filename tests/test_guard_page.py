"""The page about the guard: its code runs as it stands there."""

import re
from pathlib import Path
from smtplib import SMTP

import pytest

from releasegate.gate import Gate
from tests.smtp_server import ScriptedSmtp

PAGE = (Path(__file__).parent.parent / "docs" / "how-to" / "guard.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_code_of_the_page_runs_and_says_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One mail leaves, the one to one reader; and what is printed stands in the comments."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    with ScriptedSmtp() as server:
        (rules,) = blocks("toml")
        (tmp_path / "releasegate.toml").write_text(rules.replace("8025", str(server.port)), encoding="utf-8")
        code = "\n".join(blocks("python")).replace("8025", str(server.port))
        exec(compile(code, "guard.md", "exec"), names)  # noqa: S102 - the page's own code
        client, gate = names["campaigns"], names["gate"]
        assert isinstance(gate, Gate)
        assert isinstance(client, SMTP)
        gate.close()
        client.close()
    out = capsys.readouterr().out

    assert [["reader@paper.example"]] == [each.rcpt_to for each in server.received]
    assert [] == [said for said in re.findall(r"print\(.*\)  # (.+)$", code, re.MULTILINE) if said not in out]
    assert 5 == out.count("Not sent: ")
