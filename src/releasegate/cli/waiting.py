"""What somebody at a terminal sees while it waits for its hour, and while it leaves: one line, and how to stop it."""

import sys
import time
from datetime import datetime
from typing import Self

from releasegate.cli.exits import Exit
from releasegate.cli.session import Session
from releasegate.model.verdict import Decision

_AGING = frozenset({"waiting-for-time", "checks-fresh", "anchor-old"})
"""What passes by itself, or is looked at anew when it is tried."""
_EVERY = 1.0
_REDRAW = 0.1


class Line:
    """One line on stderr that is written over, and taken away at the end; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown, self._at = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def show(self, text: str) -> None:
        """Put this in the place of what stands there."""
        if _is_seen():
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self._shown = text

    def show_sometimes(self, text: str) -> None:
        """The same, ten times a second at most."""
        now = time.monotonic()
        if now - self._at >= _REDRAW:
            self._at = now
            self.show(text)


def _is_seen() -> bool:
    return sys.stderr.isatty()


def wait_for_hour(session: Session, draft_id: str) -> None:
    """Come back when its hour has come, or as soon as anything else shuts the gate: a hold, a hand that was withdrawn. Sends nothing."""
    try:
        with Line() as line:
            while (left := _left(session.gate.decide(draft_id))) > 0:
                line.show(session.word("cli.waiting", id=draft_id, seconds=int(left) + 1))
                time.sleep(min(left, _EVERY))
    except KeyboardInterrupt:
        session.fail(session.word("cli.wait-ended", id=draft_id), Exit.WAIT)


def _left(decision: Decision) -> float:
    """How many seconds it waits for nothing but its hour."""
    until = next((blocker.params["until"] for blocker in decision.blockers if blocker.code == "waiting-for-time"), "")
    if not until or not decision.blocked_by <= _AGING:
        return 0.0
    return (datetime.fromisoformat(str(until)) - decision.at).total_seconds()
