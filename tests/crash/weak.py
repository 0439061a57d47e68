"""The command line on a bad day: `weak.py DAY LOGIN` runs the commands that come as JSON, as this account, and tells what came of each.

DAY is `rights` (permissions count, also for root) or `full` (no file grows beyond its first page, as on a full disk).
"""

import contextlib
import ctypes
import io
import json
import os
import resource
import sys

from releasegate.cli import login, main
from tests.crash.full import fill

_OVERRIDES = (1, 2)
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH of Linux."""


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def obey() -> None:
    """From now on the permissions of files hold for this process, whoever it is."""
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(0x20080522, 0), (_Sets * 2)()
    if libc.capget(ctypes.byref(header), sets):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for capability in _OVERRIDES:
        sets[0].effective &= ~(1 << capability)
    if libc.capset(ctypes.byref(header), sets):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def run(words: list[str]) -> tuple[int, str, str]:
    """The exit code of this command, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return int(code), out.getvalue(), err.getvalue()


if __name__ == "__main__":
    day, account = sys.argv[1:]
    commands = json.load(sys.stdin)
    login.os_login = lambda: account
    obey() if day == "rights" else fill()
    found = [run(words) for words in commands]
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))  # whoever measures this process writes too
    sys.stdout.write(json.dumps(found))
