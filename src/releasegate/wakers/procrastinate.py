"""Procrastinate wakes the watch: a periodic task on PostgreSQL, one in the queue at a time, never tried again."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from releasegate.gate import Gate

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.tasks import Task

NAME = "releasegate.watch"


def watch_task(app: "App", gate: Callable[[], Gate], *, by: str = "", cron: str = "* * * * *") -> "Task[..., int, Any]":
    """A task of this app that makes one pass each minute; how many deeds it did is its result.

    `gate` gives the gate when a worker first needs it. Nothing is tried again: a pass that fails is an error of that job, and the next
    one goes on where it stopped. A pass may run while another does.
    """

    def watch(timestamp: int = 0) -> int:  # noqa: ARG001 - procrastinate names the moment that it was due
        return sum(gate().watch(by=by, every=timedelta(minutes=1)).count.values())

    task = app.task(name=NAME, queueing_lock=NAME, retry=False)(watch)
    app.periodic(cron=cron)(task)
    return task
