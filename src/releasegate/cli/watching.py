"""`watch`: what happens by itself as time goes by, pass after pass, until somebody ends it."""

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Annotated, Any

import typer

from releasegate.cli.answers import put
from releasegate.cli.exits import Exit
from releasegate.cli.options import Json
from releasegate.cli.session import Session
from releasegate.diary import diary
from releasegate.errors import StoreError
from releasegate.messages.words import told
from releasegate.model.deed import Deed, Pass
from releasegate.notify.opening import can_tell
from releasegate.policy.duration import parse_duration

Every = Annotated[str, typer.Option("--every", metavar="TIME", help="How long from one pass to the next, such as 30s.")]
Once = Annotated[bool, typer.Option("--once", help="One pass, and end.")]


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(watch)


def watch(context: typer.Context, *, every: Every = "30s", once: Once = False, as_json: Json = False) -> None:
    """Send what is due, mark what was missed, remind, alarm, hold: pass after pass. Run it on as many machines as you like."""
    session: Session = context.obj
    pause = _pause(session, every)
    me = session.me
    if not can_tell(session.policy):
        print(session.word("cli.watch-deaf"), file=sys.stderr)
    _listen()
    with _until_ended() as ended:
        while True:
            failed = _pass(session, me, pause, once=once, as_json=as_json)
            if once or ended.wait(pause.total_seconds()):
                break
    session.end(Exit.FAILED if once and failed else Exit.DONE)


def _pause(session: Session, every: str) -> timedelta:
    try:
        found = parse_duration(every)
    except ValueError as error:
        session.fail(told(error.args[0], session.lang), Exit.USAGE)
    return max(found, timedelta(seconds=1))


def _pass(session: Session, me: str, pause: timedelta, *, once: bool, as_json: bool) -> int:
    """One pass, told; how much of it failed. A store that is away for a while ends no watch."""
    try:
        passed = session.gate.watch(by=me, every=pause)
    except StoreError as error:
        if once:
            raise
        diary().error("no pass: the store did not answer", error=str(error))
        return 1
    diary().info("pass", by=passed.by, **{code.replace("-", "_"): count for code, count in passed.count.items()})
    if as_json:
        put(_plain(passed))
    else:
        for deed in passed.deeds:
            print(_line(session, deed))
    return passed.failed


def _line(session: Session, deed: Deed) -> str:
    return session.word(f"deed.{deed.code}", draft=deed.draft_id, **deed.params)


def _plain(passed: Pass) -> dict[str, Any]:
    deeds = [{"code": each.code, "draft": each.draft_id, **each.params} for each in passed.deeds]
    return {"by": passed.by, "at": passed.at.isoformat(), "count": dict(passed.count), "deeds": deeds}


def _listen() -> None:
    """The log of a service is its stderr; a program that has set its own keeps it."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s")
    logging.getLogger("releasegate").setLevel(logging.INFO)


@contextmanager
def _until_ended() -> Iterator[threading.Event]:
    """Set by the first SIGTERM or SIGINT: the pass goes to its end. A second one interrupts, and what is in hand then is unknown."""
    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        if ended.is_set():
            raise KeyboardInterrupt
        ended.set()

    before = {each: signal.signal(each, end) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield ended
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
