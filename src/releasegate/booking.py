"""Booking: the sealed bytes into the hands of a channel that keeps its own clock, at most once, or a reason why not."""

from dataclasses import replace
from datetime import datetime

from releasegate import booked, looking
from releasegate.dispatch import End, Going, dispatch
from releasegate.errors import Blocked, NotSent
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.parcel import Receipt
from releasegate.model.state import DeliveryState, State
from releasegate.model.verdict import Blocker, Kind
from releasegate.office import Office
from releasegate.patience import deadline
from releasegate.protocols import ClockedChannel
from releasegate.rereading import reread
from releasegate.sending import closed, drive, outcome_of
from releasegate.store import reading
from releasegate.store.deliveries import Delivery, Settlement
from releasegate.writing import refresh


def book(office: Office, draft_id: str, *, by: str) -> Draft:
    """Hand it to the channel's clock, at most once, and look at once what stands there; or raise Blocked.

    Again after it was booked: the same draft. A lost answer is looked for by our reference where the channel can be searched; where
    it cannot, the outcome is unknown, and nothing is booked again.
    """
    channel = _way_out(office, draft_id)
    refresh(office, draft_id)
    _prove_stop(office, draft_id, channel)
    steps = dispatch(office, draft_id, by=by, deadline=deadline(channel) + 30, into=State.BOOKING, reread=reread(office, channel))
    return _answer(office, drive(steps, lambda going: _hand_over(channel, going)))


def _way_out(office: Office, draft_id: str) -> ClockedChannel:
    draft = office.store.look(lambda txn: reading.load(txn, draft_id, lock=False).draft)
    channel = office.channels.get(draft.channel)
    if channel is None:
        raise closed(office, draft_id)
    if not isinstance(channel, ClockedChannel):
        raise office.refused("not-bookable", channel=draft.channel)
    return channel


def _prove_stop(office: Office, draft_id: str, channel: ClockedChannel) -> None:
    """Nothing is booked that these credentials may not take away again, where the other side can be asked."""
    verdict = office.store.look(lambda txn: office.judge(txn, reading.load(txn, draft_id, lock=False)))
    if verdict and not looking.can_stop(channel):
        blocker = Blocker(code="cannot-cancel", kind=Kind.MEND, params={"channel": verdict.channel, "variant": "asked"})
        raise Blocked(replace(verdict, blockers=(blocker,), tried=True), lang=office.policy.lang)


def _hand_over(channel: ClockedChannel, going: Going) -> Settlement:
    """Only NotSent means that nothing was booked; no receipt, or one that names no booking, is unknown."""
    try:
        answer = channel.book(going.parcel, at=_hour(going), key=going.key)
    except NotSent as error:
        return Settlement(delivery=going.delivery, state=DeliveryState.WAITING, error=outcome_of(error))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no answer
        return Settlement(delivery=going.delivery, state=DeliveryState.UNKNOWN, error=outcome_of(error))
    return _settled(going.delivery, answer)


def _settled(delivery: Delivery, answer: object) -> Settlement:
    if isinstance(answer, Receipt) and answer.id:
        return Settlement(delivery=delivery, state=DeliveryState.BOOKED, receipt=answer.id)
    return Settlement(delivery=delivery, state=DeliveryState.UNKNOWN, error=Words("the channel named no booking"))


def _hour(going: Going) -> datetime:
    """Its hour; decide() lets nothing without one come so far."""
    if going.at is None:
        raise NotSent
    return going.at


def _answer(office: Office, end: End) -> Draft:
    """The draft as it stands over there; Blocked where it is not booked, or where nobody can say."""
    if end.stopped is not None:
        raise Blocked(end.stopped, lang=office.policy.lang)
    draft = booked.read_back(office, end.draft.id)
    if draft.state not in {State.BOOKED, State.SENT}:
        raise closed(office, draft.id)
    return draft
