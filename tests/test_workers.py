"""A worker is dead only where that is certain: this boot, this machine, this process namespace, and no such process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from releasegate import workers
from releasegate.workers import is_dead, name_worker


def _changed(name: str, *, machine: str | None = None, process: str | None = None, started: str | None = None) -> str:
    where, number, since, own = name.split("/")
    return "/".join([machine or where, process or number, started or since, own])


def test_i_am_not_dead() -> None:
    assert not is_dead(name_worker())


def test_two_runs_of_one_process_have_two_names() -> None:
    assert name_worker() != name_worker()


def test_a_process_that_ended_is_dead() -> None:
    script = "from releasegate.workers import name_worker; print(name_worker())"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True).stdout.strip()

    assert is_dead(ended)


def test_a_process_that_nobody_has_fetched_yet_is_dead() -> None:
    """A zombie runs no more, although its number is still taken."""
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)

    assert is_dead(_changed(name_worker(), process=str(zombie.pid)))
    zombie.wait()


def test_a_number_that_went_to_another_process_is_dead() -> None:
    assert is_dead(_changed(name_worker(), started="1"))


@pytest.mark.parametrize("name", ["", "x", "/1/2/3", "other-boot:pid:[1]/1/1/a"])
def test_in_doubt_nobody_is_dead(name: str) -> None:
    assert not is_dead(name)


def test_a_worker_of_another_container_is_not_judged_by_numbers_of_this_one() -> None:
    assert not is_dead(_changed(name_worker(), machine="another-boot:pid:[4026531836]", process="999999"))


def test_what_is_no_number_is_not_judged() -> None:
    assert not is_dead(_changed(name_worker(), process="x"))


def test_a_machine_that_does_not_tell_judges_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = name_worker()
    workers._machine.cache_clear()
    monkeypatch.setattr(Path, "read_text", _unreadable)
    try:
        assert name_worker().startswith("/")
        assert not is_dead(_changed(mine, process="999999"))
    finally:
        workers._machine.cache_clear()


def _unreadable(*_: object, **__: object) -> str:
    raise PermissionError
