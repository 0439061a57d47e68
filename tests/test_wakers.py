"""Engines of jobs wake the watch: a pass each time, tried once; what is delivered twice does nothing twice."""

import asyncio
import warnings
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from releasegate.errors import StoreError
from releasegate.gate import Gate
from releasegate.model.state import State
from releasegate.wakers import celery as celery_waker
from releasegate.wakers import procrastinate as procrastinate_waker
from tests.building import Bench, approved, make_bench

with warnings.catch_warnings(action="ignore"):  # what they say of themselves while they are loaded is theirs to mend
    import procrastinate
    from celery import Celery  # type: ignore[import-untyped]  # it has no types
    from celery.contrib.testing.worker import start_worker  # type: ignore[import-untyped]  # nor this
    from procrastinate.exceptions import AlreadyEnqueued

TEN = "2026-06-29 20:00 Asia/Tokyo"


def due(store_url: str) -> Bench:
    """A draft whose hour has come."""
    bench = make_bench(store_url)
    approved(bench.gate, send_at=TEN)
    bench.clock.forward(hours=8)
    return bench


# --- Procrastinate, on PostgreSQL


@pytest.fixture
def jobs(postgres_url: str) -> procrastinate.App:
    """An app whose jobs lie in the same database as the gate's store."""
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=address, min_size=1, max_size=4))
    asyncio.run(_lay_out(app))
    return app


async def _lay_out(app: procrastinate.App) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def _run(app: procrastinate.App, *moments: int) -> list[tuple[str, int]]:
    """Queue a pass for each of these moments, work until the queue is empty, and give each job's end and how often it was tried."""
    async with app.open_async():
        for moment in moments:
            with suppress(AlreadyEnqueued):
                await app.tasks[procrastinate_waker.NAME].defer_async(timestamp=moment)
        await app.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)
        jobs = await app.job_manager.list_jobs_async()
        return [(str(job.status), job.attempts) for job in jobs]


def test_procrastinate_makes_a_pass_with_each_job(jobs: procrastinate.App, postgres_url: str) -> None:
    """What is due leaves, and what comes again a minute later finds it gone. One waits in the queue at a time, whoever else asks."""
    bench = due(postgres_url)
    procrastinate_waker.watch_task(jobs, lambda: bench.gate, by="mailer", cron=NEVER)

    first = asyncio.run(_run(jobs, 1, 2))
    again = asyncio.run(_run(jobs, 3))

    assert [("succeeded", 1)] == first
    assert [("succeeded", 1), ("succeeded", 1)] == again
    assert (1, State.SENT) == (len(bench.outbox.got), bench.gate.draft("d1").state)
    assert bench.gate.watched()


def test_procrastinate_tries_a_pass_once(jobs: procrastinate.App, postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A pass that fails is an error of that job, and is not swallowed; nothing is sent from inside a retry."""

    def gone() -> Gate:
        raise StoreError(GONE)

    procrastinate_waker.watch_task(jobs, gone, by="mailer", cron=NEVER)

    assert [("failed", 1)] == asyncio.run(_run(jobs, 1))
    assert GONE in caplog.text


def test_procrastinate_is_asked_every_minute(jobs: procrastinate.App) -> None:
    task = procrastinate_waker.watch_task(jobs, lambda: None, cron="*/2 * * * *")  # type: ignore[arg-type,return-value]  # never called

    ((_, periodic),) = jobs.periodic_registry.periodic_tasks.items()
    assert ("*/2 * * * *", task, None) == (periodic.cron, periodic.task, task.retry_strategy)


NEVER = "0 0 1 1 *"
"""Not while a test runs: what is queued is counted."""
GONE = "The store is not there."


# --- Celery, with its broker in memory


@pytest.fixture
def app() -> Celery:
    made = Celery("tests", broker="memory://", backend="cache+memory://")
    made.conf.update(task_default_queue=uuid4().hex, worker_hijack_root_logger=False, broker_connection_retry_on_startup=True)
    return made


def test_f141_a_task_of_celery_that_is_delivered_twice_does_nothing_twice(app: Celery, sqlite_url: str) -> None:
    """The broker hands the same message out again after its visibility time-out; both run, one mail leaves."""
    bench = due(sqlite_url)
    task = celery_waker.watch_task(app, lambda: bench.gate, by="mailer")

    with warnings.catch_warnings(action="ignore"), start_worker(app, pool="solo", perform_ping_check=False):
        first, _ = (task.apply_async(task_id=f"{app.conf.task_default_queue}-1") for _ in range(2))
        first.get(timeout=60)
        last = task.delay().get(timeout=60)

    assert 0 == last  # nothing was left to do
    assert (1, State.SENT) == (len(bench.outbox.got), bench.gate.draft("d1").state)


def test_celery_tries_a_pass_once(app: Celery) -> None:
    tried = []

    def gone() -> Gate:
        tried.append(1)
        raise StoreError(GONE)

    task = celery_waker.watch_task(app, gone, by="mailer", seconds=30)

    with pytest.raises(StoreError):
        task.apply(throw=True)
    assert (1, 0, False, 30) == (len(tried), task.max_retries, task.acks_late, task.expires)
    assert {"releasegate.watch": {"task": "releasegate.watch", "schedule": 30}} == app.conf.beat_schedule
