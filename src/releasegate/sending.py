"""Sending: the sealed bytes out, each parcel at most once, or a reason why not."""

import asyncio
import contextlib
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from releasegate.diary import diary
from releasegate.dispatch import End, Going, Interrupted, Steps, dispatch
from releasegate.errors import Blocked, GateError, NotSent
from releasegate.messages.words import Words
from releasegate.model.parcel import Receipt
from releasegate.model.report import Report
from releasegate.model.state import DeliveryState
from releasegate.office import Office
from releasegate.patience import deadline
from releasegate.protocols import Channel
from releasegate.rereading import reread
from releasegate.store import deliveries, log, reading
from releasegate.store.deliveries import Delivery, Settlement
from releasegate.store.store import Txn
from releasegate.writing import refresh

T = TypeVar("T")
_LONGEST = 300

Progress = Callable[[int], object]
"""Called after each hand-over, with how many people this run has handed something over for so far."""


def send(office: Office, draft_id: str, *, by: str, progress: Progress | None = None) -> Report:
    """Send exactly what was approved, each parcel at most once, or raise Blocked. Again after the end: the same Report."""
    channel = _way_out(office, draft_id, awaited=False)
    steps = _begin(office, draft_id, channel, by)
    return _answer(office, drive(steps, lambda going: _hand_over(channel, going), _Count(progress).add))


@dataclass(slots=True)
class _Count:
    """How far a run is, for whoever wants to see it. Whoever cannot bear to hear it stops no send."""

    tell: Progress | None
    people: int = 0

    def add(self, going: Going) -> None:
        self.people += going.delivery.reach
        if self.tell is None:
            return
        try:
            self.tell(self.people)
        except Exception as error:  # noqa: BLE001 - it is somebody's screen; the letters are on their way
            diary().error("progress could not be told", draft=going.delivery.draft_id, error=repr(error))
            self.tell = None


def drive(steps: Steps, hand_over: Callable[[Going], Settlement], told: Callable[[Going], None] = lambda _: None) -> End:
    """Hand over whatever the run yields, in this thread, to its end, and tell of each. Interrupted, what is known is written."""
    done: Settlement | None = None
    try:
        while not isinstance(item := _move(steps, done), End):
            done = None
            done = hand_over(item)
            told(item)
    except BaseException:
        if done is not None:
            _give_back(steps, done)
        raise
    finally:
        steps.close()
    return item


async def send_async(office: Office, draft_id: str, *, by: str, progress: Progress | None = None) -> Report:
    """send(), for a channel that is awaited: the store is only touched in threads, each call to its end."""
    count = _Count(progress)
    channel = await _to_end(_way_out, office, draft_id, awaited=True)
    steps = await _to_end(_begin, office, draft_id, channel, by)
    done: Settlement | None = None
    while True:
        item, cancelled = await _finished(_move, steps, done)
        if isinstance(item, End):
            break
        if cancelled is None:
            done, cancelled = await _hand_over_async(channel, item)
            try:
                count.add(item)
            except BaseException:
                await _to_end(_give_back, steps, done)
                raise
        else:
            done = Settlement(delivery=item.delivery, state=DeliveryState.WAITING, error="cancelled before it began")
        if cancelled is not None:
            await _to_end(_give_back, steps, done)
            raise cancelled
    if cancelled is not None:
        raise cancelled
    return await _to_end(_answer, office, item)


def _way_out(office: Office, draft_id: str, *, awaited: bool) -> Channel:
    """The channel of this draft; refused where it is one that is called the other way."""
    draft = office.store.look(lambda txn: reading.load(txn, draft_id, lock=False).draft)
    channel = office.channels.get(draft.channel)
    if channel is None:
        raise closed(office, draft_id)
    if not isinstance(channel, Channel):
        raise office.refused("not-sendable", channel=draft.channel)
    if inspect.iscoroutinefunction(channel.send) and not awaited:
        message = Words("The channel {channel!r} is awaited: use send_async. Nothing was sent.", channel=draft.channel)
        raise GateError(message)
    return channel


def closed(office: Office, draft_id: str) -> Blocked:
    """Why it did not leave, as it stands now."""
    office.anchors.look()
    decision = office.store.look(lambda txn: office.judge(txn, reading.load(txn, draft_id, lock=False)))
    return Blocked(replace(decision, tried=True), lang=office.policy.lang)


def _begin(office: Office, draft_id: str, channel: Channel, by: str) -> Steps:
    refresh(office, draft_id)
    return dispatch(office, draft_id, by=by, deadline=deadline(channel) + 30, reread=reread(office, channel))


def _hand_over(channel: Channel, going: Going) -> Settlement:
    """Give the parcel to the channel. Only NotSent means that nothing left; anything else that it raises or returns is unknown."""
    try:
        return _settled(going.delivery, channel.send(going.parcel, key=going.key))
    except NotSent as error:
        return Settlement(delivery=going.delivery, state=DeliveryState.WAITING, error=outcome_of(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
        return Settlement(delivery=going.delivery, state=DeliveryState.UNKNOWN, error=outcome_of(error))


async def _hand_over_async(channel: Channel, going: Going) -> tuple[Settlement, asyncio.CancelledError | None]:
    """The same, awaited. Cancelled once the client was entered: unknown, and the cancellation goes on after it was written down."""
    try:
        if not inspect.iscoroutinefunction(channel.send):
            return await _finished(_hand_over, channel, going)
        answer = await cast("Awaitable[Receipt]", channel.send(going.parcel, key=going.key))
        return _settled(going.delivery, answer), None
    except NotSent as error:
        return Settlement(delivery=going.delivery, state=DeliveryState.WAITING, error=outcome_of(error)), None
    except asyncio.CancelledError as error:
        return Settlement(delivery=going.delivery, state=DeliveryState.UNKNOWN, error="cancelled while it was on its way"), error
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
        return Settlement(delivery=going.delivery, state=DeliveryState.UNKNOWN, error=outcome_of(error)), None


def _settled(delivery: Delivery, answer: object) -> Settlement:
    """A positive receipt is sent; all addresses refused is refused; no receipt is unknown."""
    if not isinstance(answer, Receipt):
        what = Words("the channel answered {kind}, no receipt", kind=type(answer).__name__)
        return Settlement(delivery=delivery, state=DeliveryState.UNKNOWN, error=what)
    own = {address.casefold(): address for address in delivery.to} | {address: address for address in delivery.to}
    turned, later = (
        {own.get(name, own.get(name.casefold())): text for name, text in each.items()} for each in (answer.refused, answer.deferred)
    )
    refused = tuple((address, text) for address, text in turned.items() if address is not None)
    deferred = tuple((address, text) for address, text in later.items() if address is not None and address not in turned)
    if deferred and len(deferred) == len(delivery.to):
        return Settlement(delivery=delivery, state=DeliveryState.WAITING, error=deferred[0][1])
    through = len(delivery.to) - len(refused) - len(deferred)
    state = DeliveryState.REFUSED if refused and not through else DeliveryState.SENT
    return Settlement(delivery=delivery, state=state, receipt=answer.id, refused=refused, deferred=deferred)


def outcome_of(error: BaseException) -> str:
    """One line of it; that nothing left, which is all that NotSent says by its name, is said elsewhere."""
    said = str(error) if isinstance(error, NotSent) else ""
    if said and isinstance(words := error.args[0], Words) and len(said) <= _LONGEST and said.isprintable():
        return words
    return (said.strip() or f"{type(error).__name__}: {error}").splitlines()[0][:_LONGEST]


def _move(steps: Steps, done: Settlement | None) -> Going | End:
    """One step of the run; a generator's end cannot cross a thread as StopIteration."""
    try:
        return next(steps) if done is None else steps.send(done)
    except StopIteration as end:
        ended: End = end.value
        return ended


def _give_back(steps: Steps, done: Settlement) -> None:
    """Write what became of the last one, and nothing more."""
    with contextlib.suppress(Interrupted):
        steps.throw(Interrupted(done))


async def _to_end(work: Callable[..., T], *args: object, **more: object) -> T:
    """Run this in a thread to its end, also when the caller is cancelled meanwhile: no transaction is left half-way."""
    result, cancelled = await _finished(work, *args, **more)
    if cancelled is not None:
        raise cancelled
    return result


async def _finished(work: Callable[..., T], *args: object, **more: object) -> tuple[T, asyncio.CancelledError | None]:
    """What this gave in its thread, and the cancellation that came meanwhile, however often it came."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **more))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    return task.result(), cancelled


def _answer(office: Office, end: End) -> Report:
    """The report, or Blocked with it where not all of it left."""
    report = office.store.look(lambda txn: report_of(txn, end.draft.id))
    if end.stopped is not None:
        decision = replace(end.stopped, gone=report.sent + report.refused, unknown=report.unknown)
        raise Blocked(decision, report, lang=office.policy.lang)
    return report


def report_of(txn: Txn, draft_id: str) -> Report:
    """How many people this draft has reached, from its deliveries."""
    draft = reading.load(txn, draft_id, lock=False).draft
    return Report(
        draft_id=draft.id,
        of=draft.reach,
        sent=draft.tally.sent,
        refused=draft.tally.refused,
        unknown=draft.tally.unknown + draft.tally.sending,
        left=draft.tally.left,
        refusals=deliveries.refusals(txn, draft.id, draft.digest),
        attempts=deliveries.unknown(txn, draft.id, draft.digest),
        head=log.head(txn),
    )
