"""Sends one draft, and stops for ever at a point named by its caller: `child.py STORE DRAFT LIST POINT [NUMBER] [HOST:PORT]`.

Each mail that leaves is a line in LIST (its key and its reader), or goes to the mail server at HOST:PORT. At POINT, when it is reached for
the NUMBERth time, "here" is printed and the process waits to be killed; at SIGUSR1 it goes on. `run` sends without stopping. At the end the
counts are printed.

    claim-before, claim-after       round the transaction that takes the draft
    batch-before, batch-after       round the one that takes the next deliveries
    begin-before, begin-after       round the fence
    begin-inside                    the fence is written and not committed
    send-before, send-after         round the hand-over
    finish-before, finish-after     round the last transaction
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from releasegate import dispatch
from releasegate.channels.smtp import Smtp
from releasegate.errors import GateError
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel, Receipt
from releasegate.store.store import Store
from tests.building import Outbox, make_policy

WORKS = {"claim": "_open", "batch": "_claim", "begin": "_begin", "finish": "_finish"}


class Listing(Outbox):
    """Writes what leaves into a file, durably, before it says yes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        with self._path.open("a", encoding="ascii") as file:
            file.write("".join(f"{key} {address}\n" for address in parcel.to))
            file.flush()
            os.fsync(file.fileno())
        return Receipt(key)


class Stop:
    """Counts how often the point is reached, and stops there."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self) -> None:
        self._left -= 1
        if not self._left:
            sys.stdout.write("here\n")
            sys.stdout.flush()
            signal.sigwait({signal.SIGUSR1})


def _around(real: Callable[..., Any], where: str, stop: Stop) -> Callable[..., Any]:
    @wraps(real)
    def wrapped(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as it is
        if where == "before":
            stop()
        result = real(*args, **more)
        if where in ("after", "inside"):
            stop()
        return result

    return wrapped


def arm(point: str, number: int, channel: Any) -> None:  # noqa: ANN401 - any channel
    """Put the stop in its place."""
    what, where = point.split("-")
    stop = Stop(number)
    if what == "send":
        channel.send = _around(channel.send, where, stop)
    elif where == "inside":
        setattr(dispatch, WORKS[what], _around(getattr(dispatch, WORKS[what]), where, stop))
    else:
        _around_the_transaction(WORKS[what], where, stop)


def _around_the_transaction(work: str, where: str, stop: Stop) -> None:
    """Round the whole Store.act that runs this function: after its commit, not after its last statement."""
    real_act, inside = Store.act, {"now": False}
    real_work = getattr(dispatch, work)

    def marked(*args: Any) -> Any:  # noqa: ANN401
        if where == "before":
            stop()
        inside["now"] = True
        return real_work(*args)

    def act(self: Store, doing: Any, **more: Any) -> Any:  # noqa: ANN401
        inside["now"] = False
        result = real_act(self, doing, **more)
        if inside["now"] and where == "after":
            stop()
        return result

    setattr(dispatch, work, marked)
    Store.act = act  # type: ignore[method-assign, assignment]  # in this process only


def main(store: str, draft: str, path: str, point: str, number: str = "1", server: str = "") -> None:
    """Send, or stop."""
    channel = Smtp(f"smtp://{server}", timeout=5) if server else Listing(Path(path))
    gate = Gate(store, policy=make_policy(), channels={"news": channel})
    if point != "run":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        arm(point, int(number), channel)
    report: Any = None
    with contextlib.suppress(GateError):
        report = gate.send(draft, by="mailer")
    tally = gate.draft(draft).tally
    sys.stdout.write(f"{tally.sent} {tally.refused} {tally.unknown} {tally.left} {tally.sending} {bool(report)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
