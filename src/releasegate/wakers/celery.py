"""Celery wakes the watch: a task that beat calls; a redelivered one does nothing twice, and none is tried again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from releasegate.gate import Gate

NAME = "releasegate.watch"


class App(Protocol):
    """What of a Celery app is needed: Celery itself has no types."""

    @property
    def conf(self) -> Any:  # noqa: ANN401 - Celery's own settings
        """Its settings."""

    def task(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - Celery's own kind of task
        """Make a task of a function."""


def watch_task(app: App, gate: Callable[[], Gate], *, by: str = "", seconds: float = 60.0) -> Any:  # noqa: ANN401 - Celery's own kind of task
    """A task of this app that makes one pass, and a line in its beat's schedule; how many deeds it did is its result.

    `gate` gives the gate when a worker first needs it. `max_retries` is 0 and it is acknowledged before it runs: what Celery delivers
    again finds everything claimed or done. It is this app's own: two apps in one process each have theirs.
    """

    def watch() -> int:
        return sum(gate().watch(by=by, every=timedelta(seconds=seconds)).count.values())

    task = app.task(watch, name=NAME, shared=False, max_retries=0, acks_late=False, expires=seconds)
    app.conf.beat_schedule = {**(app.conf.beat_schedule or {}), NAME: {"task": NAME, "schedule": seconds}}
    return task
