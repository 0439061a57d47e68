"""A file that somebody names, opened once and read whole: later only these bytes count."""

import errno
import os
import stat
from pathlib import Path

from releasegate.errors import ContentError
from releasegate.messages.words import Words

SMALLER = Words("Make it smaller.")


def read_once(path: str | os.PathLike[str], *, limit: int, smaller: str = SMALLER) -> bytes:
    """The bytes of this regular file, at most `limit` of them. A link, a pipe, a device, a file that changes meanwhile: ContentError.

    `smaller` says how to mend a file that is too large.
    """
    where = os.fspath(path)
    try:
        # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        handle = os.open(where, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _not_opened(error, where) from error
    try:
        return _read(handle, limit, where, smaller)
    finally:
        os.close(handle)


def _read(handle: int, limit: int, where: str, smaller: str) -> bytes:
    seen = os.fstat(handle)
    if not stat.S_ISREG(seen.st_mode):
        raise ContentError(what=Words("it is not a regular file."), where=where, mend=Words("Copy what is meant into a file."))
    if seen.st_size > limit:
        raise ContentError(
            what=Words("it has {size:,} bytes; at most {limit:,} are read.", size=seen.st_size, limit=limit),
            where=where,
            mend=smaller,
        )
    with os.fdopen(handle, "rb", closefd=False) as file:
        data = file.read(limit + 1)
    # Files of the kernel (/proc/self/environ) say that they are empty.
    if len(data) != seen.st_size:
        raise ContentError(
            what=Words("it is not as long as it says, or changed while it was read."),
            where=where,
            mend=Words("Try again with a copy of it."),
        )
    return data


def _not_opened(error: OSError, where: str) -> ContentError:
    if error.errno == errno.ELOOP:
        return ContentError(
            Words("it is a symbolic link, which could lead elsewhere tomorrow."),
            where=where,
            mend=Words("Name the file itself: {path}", path=Path(where).resolve()),
        )
    return ContentError(
        Words("it cannot be opened: {error}.", error=Words(error.strerror or "")),
        where=where,
        mend=Words("Check its name and who may read it."),
    )
