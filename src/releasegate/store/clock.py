"""Whether the host's clock can be trusted: it must move as fast as the machine's own."""

import time

TOLERANCE = 30.0
"""Seconds of disagreement since this process first looked; more and nothing leaves."""

_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # boot time goes on while the machine sleeps


def _pair() -> tuple[float, float]:
    return time.time(), time.clock_gettime(_BOOT)


_start = _pair()


def doubt() -> str:
    """By how many seconds the clock has jumped since this process began, or "" where it has not."""
    wall, boot = _pair()
    jump = (wall - _start[0]) - (boot - _start[1])
    return str(round(jump)) if abs(jump) > TOLERANCE else ""
