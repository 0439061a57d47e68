"""One pass: every duty in its order, each draft by itself; what cannot be done for one is said, and stops no other."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from datetime import timedelta

from releasegate.diary import diary
from releasegate.model.deed import Deed, Pass
from releasegate.model.report import Report
from releasegate.office import Office
from releasegate.store import heartbeat
from releasegate.watch.bookings import look_at_bookings
from releasegate.watch.caring import look_after
from releasegate.watch.due import send_due
from releasegate.watch.errand import Errand
from releasegate.watch.telling import deliver
from releasegate.workers import name_watcher, name_worker

Duty = Callable[[Errand], Iterator[Deed]]

DUTIES: tuple[Duty, ...] = (look_after, look_at_bookings, deliver, send_due)
"""In this order: what must stop is held before the bookings are looked at, and people are told before a long send begins."""

_MOST = 1_000


def watch(office: Office, *, by: str = "", every: timedelta = timedelta(minutes=1)) -> Pass:
    """Everything that time asks for now, once. Any number of these may run at once, or be killed at any point: nothing is done twice."""
    return _watch(_errand(office, by, every))


def _errand(office: Office, by: str, every: timedelta) -> Errand:
    if by:
        by = office.store.look(lambda txn: office.person(txn, by)).id
    return Errand(office=office, by=by, worker=name_worker(), name=name_watcher(), every=every)


def _watch(errand: Errand) -> Pass:
    office, name = errand.office, errand.name
    at = office.store.act(lambda txn: heartbeat.beat(txn, name, every=errand.every, clocks=office.clocked.items()))
    deeds, count = list[Deed](), Counter[str]()
    for duty in DUTIES:
        for deed in _whole(duty, errand):
            count[deed.code] += 1
            if len(deeds) < _MOST:
                deeds.append(deed)
        errand.beat()
    office.anchors.nudge()
    return Pass(by=name, at=at, deeds=tuple(deeds), count=dict(count))


async def watch_async(office: Office, *, by: str = "", every: timedelta = timedelta(minutes=1)) -> Pass:
    """The same in a thread, while whatever is awaited is awaited in this loop, to which its clients belong.

    Cancelled, it begins no further draft; what is on its way is cancelled as send_async is, and the pass comes to its end first.
    """
    loop, going, sends = asyncio.get_running_loop(), list[Future[Report]](), list[asyncio.Task[Report]]()
    errand = await asyncio.to_thread(_errand, office, by, every)

    async def kept(send: Coroutine[object, None, Report]) -> Report:
        sends.append(asyncio.ensure_future(send))
        return await sends[-1]

    def awaiting(send: Coroutine[object, None, Report]) -> Report:
        going.append(asyncio.run_coroutine_threadsafe(kept(send), loop))
        return going[-1].result()

    errand.awaiting = awaiting
    passing = asyncio.ensure_future(asyncio.to_thread(_watch, errand))
    try:
        return await asyncio.shield(passing)
    except asyncio.CancelledError:
        errand.ended.set()
        for each in going:
            each.cancel()
        await asyncio.wait([passing, *sends])  # the thread is through at once; what was on its way is still being written
        raise


def _whole(duty: Duty, errand: Errand) -> Iterator[Deed]:
    """The duty's deeds; where it breaks off as a whole (the store is gone), the others are still tried."""
    try:
        yield from duty(errand)
    except Exception as error:  # noqa: BLE001 - the next duty may be the one that stops something
        diary().error("a duty of the watch broke off", duty=duty.__name__, error=repr(error))
        yield Deed(code="failed", params={"duty": duty.__name__, "error": repr(error)[:200]})
