"""The examples are run as a user runs them: a copy of the folder, and nothing else."""

import os
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from releasegate import Blocked, Gate, Refused
from releasegate.testing import Clock, Outbox
from tests.building import mail
from tests.cli import Terminal
from tests.publishing import publish

pytestmark = pytest.mark.no_cover

EXAMPLES = Path(__file__).parent.parent / "examples"


def copied(name: str, folder: Path) -> Path:
    """The example as it would lie in somebody else's project."""
    return Path(shutil.copytree(EXAMPLES / name, folder / name))


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Python with these words, there; without what the tests of the project add to pytest, and without its plugins: they take a second."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    plain["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run([sys.executable, *words], cwd=folder, env=plain, capture_output=True, text=True, check=False, timeout=120)


def pytest_in(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider")


# A policy and its tests.


def test_the_tested_policy_passes_its_tests(tmp_path: Path) -> None:
    seen = pytest_in(copied("policy_test", tmp_path))

    assert (0, True) == (seen.returncode, " 15 passed" in f" {seen.stdout.splitlines()[-1]}"), seen.stdout


def test_a_requirement_that_is_taken_away_is_named(tmp_path: Path) -> None:
    folder = copied("policy_test", tmp_path)
    rule = '[[requirement]]\nname      = "legal approves every press release"\nchannels  = ["press"]\napprovers = 1\ngroup     = "legal"\n'
    change(folder / "team.toml", rule, "")

    seen = pytest_in(folder)

    assert 1 == seen.returncode
    assert "FAILED test_policy.py::test_the_policy[press without legal]" in seen.stdout
    expected = "legal approves every press release: case 'press without legal' expects it; the policy has no such requirement"
    assert expected in seen.stdout.replace("\n", " "), seen.stdout


@pytest.mark.parametrize(
    ("was", "becomes", "case"),
    [
        ("checkers  = 1", "", "the author confirms herself"),
        ('group     = "legal"', "", "press without legal"),
        ("approvers   = 2", "approvers   = 1", "newsletter, one approver"),
        ("checkers = 1, approvers = 1 }", "approvers = 1 }", "dai alone lets one do"),
        ('channels  = ["press"]', 'channels  = ["newsletter"]', "press without legal"),
        (', also = ["ben.ito@mail.example"]', ', also = ["ito@mail.example"]', "one person, two addresses"),
    ],
)
def test_whatever_is_loosened_is_noticed(was: str, becomes: str, case: str, tmp_path: Path) -> None:
    folder = copied("policy_test", tmp_path)
    change(folder / "team.toml", was, becomes)

    seen = pytest_in(folder)

    assert (1, True) == (seen.returncode, f"FAILED test_policy.py::test_the_policy[{case}]" in seen.stdout), seen.stdout


def change(path: Path, was: str, becomes: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert 1 == text.count(was)
    path.write_text(text.replace(was, becomes), encoding="utf-8")


# Policies to begin with.


@pytest.mark.parametrize(
    ("example", "away"),
    [
        ("one_person", "newsletter, written by mika: mika (I look again after ten minutes)"),
        ("four_people", "press, written by akari: dai (legal approves every press release)"),
    ],
)
def test_the_policies_to_begin_with_hold(example: str, away: str, terminal: Terminal, tmp_path: Path) -> None:
    """And `policy check` says who may not be away."""
    said = terminal.ok("--config", str(copied(example, tmp_path) / "releasegate.toml"), "policy", "check").splitlines()

    assert "releasegate.toml: it holds." in said[0]
    assert ["  Who may not be away, or nobody can sign:", True] == [said[1], f"    {away}" in said]


def test_one_person_sends_after_a_second_look(tmp_path: Path) -> None:
    outbox, clock = Outbox(), Clock()
    with closing(Gate.load(copied("one_person", tmp_path) / "releasegate.toml", channels={"newsletter": outbox}, clock=clock)) as gate:
        seen = gate.write("july", channel="newsletter", content=mail(), by="mika")
        gate.submit("july", by="mika", note="Only the pictures are new.")
        clock.forward(minutes=9)
        gate.approve("july", digest=seen.digest, by="mika", note="Read again.")
        assert {"I look again after ten minutes", "waiting-for-time"} == gate.decide("july").blocked_by

        clock.forward(minutes=1)
        gate.approve("july", digest=seen.digest, by="mika", note="Read again, aloud.")
        assert {"waiting-for-time"} == gate.decide("july").blocked_by
        clock.forward(minutes=5)
        assert 1 == gate.send("july", by="mika").sent
    assert ["reader@paper.example"] == outbox.reached


def test_four_people_send_a_press_release(tmp_path: Path) -> None:
    """A robot writes, its operator may not sign, legal must."""
    outbox, clock = Outbox(), Clock()
    ways = dict.fromkeys(("newsletter", "press", "system"), outbox)
    with closing(Gate.load(copied("four_people", tmp_path) / "releasegate.toml", channels=ways, clock=clock)) as gate:
        seen = gate.write("wing", channel="press", content=mail(), by="writer", send_at="2026-06-30 10:00 Asia/Tokyo")
        gate.submit("wing", by="writer", note="Every figure is from the museum.")
        gate.confirm("wing", digest=seen.digest, by="ben.ito@mail.example", note="Names are right.")
        gate.approve("wing", digest=seen.digest, by="chie", note="Go.")
        assert {"legal approves every press release", "waiting-for-time"} == gate.decide("wing").blocked_by

        gate.approve("wing", digest=seen.digest, by="dai", note="Nothing that we may not say.")
        with pytest.raises(Blocked):
            gate.send("wing", by="mailer")
        clock.forward(hours=22)
        assert (1, 1) == (gate.send("wing", by="mailer").sent, len(outbox.got))


# An agent that may draft but not send.


def test_the_agent_drafts_and_is_told_who_can_sign(tmp_path: Path) -> None:
    folder = copied("agent", tmp_path)

    seen = run(folder, "agent.py")

    said = dict(line.split(": ", 1) for line in seen.stdout.splitlines())
    assert (0, "") == (seen.returncode, seen.stderr)
    assert (
        '"code": "robot-signs", "why": "Not done: writer is a program; only people confirm and approve.", "do_not_retry": true'
        in said["draft_approve"]
    )
    assert '"why": "Not sent: july' in said["draft_send"]
    assert "july waits for you (two pairs of eyes). releasegate confirm july" == said["To ben"]
    assert "july waits for you (two pairs of eyes). releasegate approve july" == said["To chie"]
    assert [] == list(folder.rglob("*.eml"))


def test_the_operator_of_the_agent_is_refused_and_others_may(tmp_path: Path) -> None:
    """One pair of eyes: what the robot wrote, akari wrote."""
    folder = copied("agent", tmp_path)
    run(folder, "agent.py")
    with closing(Gate.load(folder / "releasegate.toml")) as gate:
        digest = gate.draft("july").digest
        with pytest.raises(Refused, match="wrote this text, or acted for somebody who did"):
            gate.confirm("july", digest=digest, by="akari", note="Read.")
        gate.confirm("july", digest=digest, by="ben", note="Read.")
        gate.approve("july", digest=digest, by="chie", note="Go.")

        assert 1 == gate.send("july", by="akari").sent


# Checks of one's own, as a package.


def test_the_checks_of_the_museum_pass_their_tests(tmp_path: Path) -> None:
    """As somebody runs them who has installed the package."""
    seen = pytest_in(publish(copied("own_check", tmp_path)))

    assert (0, True) == (seen.returncode, " 5 passed" in f" {seen.stdout.splitlines()[-1]}"), seen.stdout


def test_without_the_package_its_policy_opens_no_gate(tmp_path: Path) -> None:
    seen = pytest_in(copied("own_check", tmp_path))

    assert 1 == seen.returncode
    assert "there is no check 'house-name'" in seen.stdout, seen.stdout
