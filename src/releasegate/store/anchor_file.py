"""A file of anchors, a line each: only ever added to, and read from its end."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from releasegate.model.anchor import Anchor, read_anchor

_TAIL = 200_000
"""So many bytes from the end are looked at for the last anchor: hundreds of lines, some with time stamps."""


def add(path: Path, anchor: Anchor) -> None:
    """Add this anchor, on the disk when it returns. A line that a crash cut short stays for itself. Raises OSError."""
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(number).st_size
        torn = size and os.pread(number, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + anchor.line().encode() + b"\n"
        if os.write(number, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(number)
    finally:
        os.close(number)


def every(path: Path) -> Iterator[Anchor]:
    """All anchors in the file, in order, of whatever store; what is no anchor is passed over. Raises OSError."""
    with path.open("rb") as file:
        for line in file:
            with contextlib.suppress(ValueError):
                yield read_anchor(line.decode())


def latest(path: Path, store: str) -> Iterator[Anchor]:
    """The anchors of this store in the file, the last one first, as far back as its tail goes. Raises OSError."""
    with path.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - _TAIL)
        file.seek(start)
        lines = file.read().split(b"\n")[1 if start else 0 :]
    for line in reversed(lines):
        try:
            anchor = read_anchor(line.decode())
        except ValueError:  # cut short, a remark, no text
            continue
        if anchor.store == store:
            yield anchor
