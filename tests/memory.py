"""Where the files of tests lie: in memory, where the machine has a folder there with room in it."""

import shutil
import tempfile
from pathlib import Path

_ROOM = 4 * 2**30


def in_memory(folder: Path = Path("/dev/shm"), *, otherwise: str = "") -> str:  # noqa: S108 - whatever is made in it gets a name by chance, and mode 0700
    """The folder for what a test leaves behind; `otherwise`, or the usual one, where there is no such room.

    No test cuts the power of this machine: what a process wrote before it was killed is as safe there as on a disk. On a disk each commit
    waits for it (1.7 ms of 1.9), and a PostgreSQL database takes up to half a second to make where somebody else writes too.
    """
    if folder.is_dir() and shutil.disk_usage(folder).free > _ROOM:
        return str(folder)
    return otherwise or tempfile.gettempdir()
