"""Who is at work: a worker's name tells its machine and process, so that one that is provably dead need not be waited for."""

import os
import socket
import uuid
from functools import cache
from pathlib import Path


def name_worker() -> str:
    """A new worker's name: boot, process namespace, process, its start, and a number of its own."""
    return f"{_machine()}/{os.getpid()}/{_started(os.getpid())}/{uuid.uuid4().hex[:12]}"


def name_watcher() -> str:
    """What a process that watches is called: machine and process, as people know them."""
    return f"{socket.gethostname()}:{os.getpid()}"


def is_dead(worker: str) -> bool:
    """The process ran on this very boot of this very machine and is there no more. In doubt: False; its lease decides."""
    machine, _, rest = worker.partition("/")
    parts = rest.split("/")
    if machine != _machine() or not machine or len(parts) != 3:  # noqa: PLR2004 - process, start, number
        return False
    started = _started(int(parts[0])) if parts[0].isdigit() else parts[1]
    return started != parts[1]


@cache
def _machine() -> str:
    """This boot and this process namespace: in another container the same number is another process."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _started(process: int) -> str:
    """When this process began, in the kernel's ticks; "" where it is gone."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
