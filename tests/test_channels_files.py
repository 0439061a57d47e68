"""A file, opened once and read whole."""

import os
import socket
from pathlib import Path

import pytest

from releasegate.channels.files import read_once
from releasegate.errors import ContentError
from tests.building import approved, mail, make_bench


def test_the_bytes_of_a_regular_file_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Text")

    assert b"Text" == read_once(tmp_path / "a.eml", limit=4)


def test_f096_a_file_beyond_the_limit_is_refused_also_when_it_is_sparse(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(10 * 2**30)

    with pytest.raises(ContentError, match="10,737,418,240 bytes; at most 1,000"):
        read_once(tmp_path / "big", limit=1000)


def test_f095_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"Text")
    (tmp_path / "link").symlink_to(tmp_path / "a")

    with pytest.raises(ContentError, match="symbolic link") as refused:
        read_once(tmp_path / "link", limit=10)
    assert refused.value.mend.endswith(str(tmp_path / "a"))


def test_f095_a_file_that_became_a_link_after_it_was_read_changes_nothing(store_url: str, tmp_path: Path) -> None:
    """Checked, approved and sent are the bytes that were read once; what stands under that name later is nobody's text."""
    path = tmp_path / "july.eml"
    path.write_bytes(mail("The new wing opens.").as_bytes())
    bench = make_bench(store_url)
    approved(bench.gate, content=read_once(path, limit=10_000))
    (tmp_path / "other.eml").write_bytes(mail("The old wing burns.").as_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "other.eml")

    bench.gate.send("d1", by="mailer")

    assert [True] == [b"The new wing opens." in body for body in bench.outbox.bodies]


def test_f096_a_pipe_a_folder_a_device_and_a_socket_are_refused_without_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind("sock")
        for name in ("pipe", ".", "/dev/null", "sock"):
            with pytest.raises(ContentError, match=r"not a regular file|cannot be opened"):
                read_once(name, limit=10)


@pytest.mark.parametrize("name", ["status", "environ"])
def test_f096_a_file_of_the_kernel_is_refused(name: str) -> None:
    with pytest.raises(ContentError, match="not as long as it says"):
        read_once(f"/proc/self/{name}", limit=100_000)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"gone\.csv: it cannot be opened: No such file"):
        read_once(tmp_path / "gone.csv", limit=10)
