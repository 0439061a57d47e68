"""Exit codes: what a script learns from a command without reading its words."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Protocol


class Exit(IntEnum):
    """What became of a command."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    MEND = 3
    REFUSED = 4
    HELD = 5
    UNKNOWN = 6
    WAIT = 8


class _Blocker(Protocol):
    @property
    def kind(self) -> str: ...


class _Verdict(Protocol):
    @property
    def blockers(self) -> Iterable[_Blocker]: ...
    @property
    def state(self) -> str: ...


_BY_KIND = {"unknown": Exit.UNKNOWN, "hold": Exit.HELD, "mend": Exit.MEND, "wait": Exit.WAIT}


def of_decision(decision: _Verdict) -> Exit:
    """Open is DONE, and so is what has left whole; of several reasons the gravest: UNKNOWN, HELD, MEND, WAIT."""
    if decision.state == "sent":
        return Exit.DONE
    kinds = {blocker.kind for blocker in decision.blockers}
    return next((code for kind, code in _BY_KIND.items() if kind in kinds), Exit.DONE)
