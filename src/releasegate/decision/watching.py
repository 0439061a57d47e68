"""Whether somebody who took over a critical handoff still watches, shortly before it leaves: whom to ask, and when no answer is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from releasegate.decision.people import Bench
from releasegate.decision.receiving import grade, last_stop
from releasegate.model.draft import Draft
from releasegate.model.handoff import Handoff, Tier
from releasegate.model.state import State

_WAITING = frozenset({State.APPROVED, State.BOOKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One question "still watching?": asked so long before the last safe stop, to be answered so long before it."""

    opens: timedelta
    closes: timedelta


ASKINGS = (
    Asking(opens=timedelta(minutes=60), closes=timedelta(minutes=30)),
    Asking(opens=timedelta(minutes=15), closes=timedelta(minutes=5)),
)


def watched(draft: Draft, bench: Bench) -> Iterator[tuple[Handoff, datetime]]:
    """The critical handoffs that somebody has taken over, on a draft that waits for its hour; each with its last safe stop."""
    stop = last_stop(draft, bench.policy)
    if stop is None or draft.state not in _WAITING or draft.holds:
        return
    for each in draft.accepted:
        if each.taken is not None and grade(each, draft, bench.policy) is Tier.CRITICAL:
            yield each, stop


def to_ask(handoff: Handoff, stop: datetime, at: datetime) -> datetime | None:
    """By when an answer is wanted, where it is time to ask; None where it is not, or was done, or was answered beforehand."""
    for each in ASKINGS:
        opens, closes = stop - each.opens, stop - each.closes
        known = handoff.taken is not None and handoff.taken >= opens
        asked = handoff.pinged is not None and handoff.pinged >= opens
        if opens <= at < closes and not known and not asked:
            return closes
    return None


def is_silent(handoff: Handoff, stop: datetime, at: datetime) -> bool:
    """They were asked and have not answered in time, or it did not reach them."""
    asked, taken = handoff.pinged, handoff.taken
    if asked is None or taken is None or taken >= asked:
        return False
    closes = next((stop - each.closes for each in ASKINGS if asked < stop - each.closes), stop)
    return handoff.unheard or at >= closes


def asked(draft: Draft, person: str) -> tuple[str, ...]:
    """The handoffs of which this person was asked whether they still watch, and has not said so."""
    return tuple(each.id for each in draft.accepted if each.taken_by == person and each.pinged and each.taken and each.pinged > each.taken)
