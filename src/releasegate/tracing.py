"""Tracing: what became of a hand-over whose answer was lost, by the provider's own record under our reference."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from releasegate import lifting, looking, settling
from releasegate.concluding import tidy
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.limits import Limits
from releasegate.model.parcel import Sight
from releasegate.model.state import DeliveryState
from releasegate.noting import Noted
from releasegate.office import Office
from releasegate.patience import deadline, patience
from releasegate.protocols import Channel, ClockedChannel, Findable
from releasegate.settling import Outcome
from releasegate.store import deliveries, reading
from releasegate.store.deliveries import Lost
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

A_PASS = 50
"""So many are asked for in one pass of the watch; which ones moves on with the minutes, so that each has its turn."""


def is_traced(office: Office, draft: Draft) -> bool:
    """Whether something of this draft was lost by a way out whose record can be searched, and by the account that sent it."""
    way: object = office.channels.get(draft.channel)
    can = isinstance(way, Channel) and isinstance(way, Findable) and not isinstance(way, ClockedChannel)
    return bool(draft.tally.unknown) and can and office.identity(draft.channel) == draft.identity


def trace(office: Office, draft_id: str, *, most: int | None = None) -> int:
    """Look each lost delivery of this draft up, and enter what the record says; how many are known now that were not.

    What is there was sent. What is not, though all that was taken would be found by now, waits to be sent again, under the same key.
    At the first question that gets no answer it ends: the next look asks again.
    """
    draft, lost, now = office.store.look(lambda txn: _lost(office, txn, draft_id, most))
    known, channel = 0, office.channels.get(draft.channel)
    for each in lost:
        sights = _record(office, channel, draft, each)
        if sights is None:
            break
        known += office.store.act(lambda txn, each=each, sights=sights: _enter(txn, each, sights, _outcome(channel, each, sights, now)))  # type: ignore[misc]  # bound now
    return known


def _lost(office: Office, txn: Txn, draft_id: str, most: int | None) -> tuple[Draft, Sequence[Lost], datetime]:
    draft, now = reading.load(txn, draft_id, lock=False).draft, txn.now()
    page = int(now.timestamp()) // 60
    found = deliveries.lost(txn, draft_id, draft.digest, page=page, most=most) if is_traced(office, draft) else ()
    return draft, found, now


def _record(office: Office, channel: object, draft: Draft, each: Lost) -> tuple[Sight, ...] | None:
    """All that their record has under our references for it, one a round; None where a question got no answer."""
    found: list[Sight] = []
    for number in range(1, draft.round + 1):
        sights = looking.found(channel, deliveries.key_of(office.store.id, each.delivery, number), seconds=patience(channel))
        if sights is None:
            return None
        found += sights
    return tuple(found)


def _outcome(channel: object, each: Lost, sights: Sequence[Sight], now: datetime) -> Outcome | None:
    """What is certain: sent; or absent, where its own worker has ended the attempt and nothing of it can come any more. None: neither."""
    states = {sight.state for sight in sights}
    if "sent" in states:
        return "sent"
    limits = getattr(channel, "limits", None)
    if states - {"absent"} or each.over is None or not isinstance(limits, Limits) or limits.settling is None:
        return None
    flight = timedelta(seconds=deadline(channel))
    return "absent" if now >= each.over + limits.settling + flight else None


_BECOMES = {"sent": DeliveryState.SENT, "absent": DeliveryState.WAITING}


def _enter(txn: Txn, each: Lost, sights: Sequence[Sight], outcome: Outcome | None) -> bool:
    """Keep what the record says. True where the outcome is known by it; False where it is not, or somebody was first."""
    draft_id, attempt = each.delivery.draft_id, each.delivery.attempt
    known = tidy(txn, reading.load(txn, draft_id))
    shown = _shown(sights)
    if outcome is None:
        _keep(txn, known, attempt, shown)
        return False
    told = Words("their record: {state}", state=shown)
    if not deliveries.resolve(txn, each.delivery, _BECOMES[outcome], now=txn.now(), error=told):
        return False
    ids = {"record": [sight.booking for sight in sights if sight.booking]}
    after = settling.write_down(txn, reading.load(txn, draft_id), "gate", Noted(text=told, data=ids), (attempt, outcome))
    lifting.close_if_known(txn, after)
    return True


def _shown(sights: Sequence[Sight]) -> str:
    """The one word for it: sent where anything was, absent where nothing is there."""
    states = {sight.state for sight in sights} or {"absent"}
    return next(state for state in ("sent", "scheduled", "held", "unknown", "absent") if state in states)


def _keep(txn: Txn, known: Known, attempt: str, shown: str) -> None:
    """Evidence for whoever settles it, once for each answer."""
    before = next((event.data["seen"][attempt] for event in reversed(known.events) if attempt in event.data.get("seen", {})), None)
    if before != shown:
        advance(txn, known, Step(kind="looked", actor="gate", to=known.draft.state, data={"seen": {attempt: shown}}))
