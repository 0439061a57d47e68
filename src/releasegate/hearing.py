"""Hearing: what a provider tells by signed webhook becomes known here. It settles and it stops; it never opens anything."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from releasegate import bookkeeping, holding, lifting, ringing, settling
from releasegate.bookkeeping import Came
from releasegate.channels.webhook import Envelope, envelope, is_secret
from releasegate.concluding import tidy
from releasegate.errors import PolicyError
from releasegate.holding import Stop
from releasegate.messages.words import Words
from releasegate.model.alarm import Alarm
from releasegate.model.booking import Booking
from releasegate.model.parcel import Sight
from releasegate.model.state import DeliveryState
from releasegate.model.webhook import Webhook
from releasegate.notify.secrets import read_secrets
from releasegate.noting import Noted
from releasegate.office import Office
from releasegate.protocols import ClockedChannel, Hooked
from releasegate.store import bookings, deliveries, reading
from releasegate.store.deliveries import Delivery
from releasegate.store.notices import Notice
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

TOLERANCE = timedelta(minutes=5)
"""How far the hour of a webhook may be from the store's, either way: an older one may be a replay."""

_BUSY = frozenset({DeliveryState.CLAIMED, DeliveryState.SENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One webhook that is theirs, read."""

    channel: str
    signed: Envelope
    about: str
    sight: Sight
    mark: Mapping[str, str]

    @property
    def told(self) -> str:
        """As people find it in the log."""
        return f"webhook {self.signed.id}: {self.sight.state}"


def hear(office: Office, channel: str, headers: Mapping[str, str], body: bytes) -> Webhook:
    """Take a webhook in: signed by theirs, of now, read by its channel, and drawn the consequence of. Refused, it changed nothing."""
    way = _way_in(office, channel)
    signed = envelope(headers, body, _secrets(office, channel))
    if signed is None:
        raise office.refused("webhook-forged", channel=channel)
    off = abs(office.store.look(lambda txn: txn.now()) - signed.at)
    if off > TOLERANCE:
        raise office.refused("webhook-stale", channel=channel, seconds=int(off.total_seconds()))
    read = _read(office, channel, way, body)
    if read is None:
        return Webhook(id=signed.id, came="nothing")
    mark = {"webhook": signed.id, "body": hashlib.sha256(body).hexdigest()}
    word = _Word(channel=channel, signed=signed, about=read[0], sight=read[1], mark=mark)
    return _of_booking(office, word) if isinstance(way, ClockedChannel) else _of_send(office, word)


def _way_in(office: Office, channel: str) -> Hooked:
    """The channel that reads them, where the policy has a secret for it."""
    rules = office.policy.channels.get(channel)
    if rules is None:
        raise office.no_channel(channel)
    way: object = office.channels.get(channel)
    if not rules.webhook or not isinstance(way, Hooked):
        raise office.refused("webhook-unasked", channel=channel)
    return way


def _secrets(office: Office, channel: str) -> Iterator[str]:
    """Read each time: a secret is changed without a restart. Raises PolicyError for what is none; no error holds it."""
    where = f"[channels].{channel}.webhook"
    for secret in read_secrets(office.policy.channels[channel].webhook, folder=office.policy.folder, where=where):
        if not is_secret(secret):
            raise PolicyError([Words("{where}: no secret of Standard Webhooks stands there; it begins with whsec_ or whpk_", where=where)])
        yield secret


def _read(office: Office, channel: str, way: Hooked, body: bytes) -> tuple[str, Sight] | None:
    """What its channel reads in it. It is theirs, so what cannot be read is a change of their form: refused, so that it comes again."""
    try:
        match way.hear(body):
            case None:
                return None
            case (str(about), Sight() as sight) if about:
                return about, sight
            case other:
                why = type(other).__name__
    except Exception as error:  # noqa: BLE001 - whatever a reader raises: it was not read; what it holds is not shown
        why = type(error).__name__
    raise office.refused("webhook-unreadable", channel=channel, error=why)


def _of_booking(office: Office, word: _Word) -> Webhook:
    """What they say of a booking goes where every look at it goes."""
    booking = office.store.look(lambda txn: _booking(office, txn, word))
    if booking is None:
        raise office.refused("webhook-stranger", channel=word.channel, about=word.about[:80])
    came = bookkeeping.heard(office, booking, word.sight, mark=word.mark)
    return Webhook(id=word.signed.id, came=came, draft_id=booking.draft_id, state=word.sight.state)


def _booking(office: Office, txn: Txn, word: _Word) -> Booking | None:
    """The booking that they speak of: two accounts may give the same id, so one that was booked by this process's goes first."""
    found = bookings.named(txn, word.channel, word.about)
    return next((each for each in found if bookkeeping.is_own(office, txn, each)), next(iter(found), None))


def _of_send(office: Office, word: _Word) -> Webhook:
    """What they say of a delivery: only one whose outcome is open here waits for it."""
    found = office.store.look(lambda txn: _waiting(office, txn, word))
    if found is None:
        return Webhook(id=word.signed.id, came="nothing")
    draft_id = found.draft_id

    def work(txn: Txn) -> tuple[Came, tuple[Notice, ...]]:
        known = tidy(txn, reading.load(txn, draft_id))
        if bookkeeping.heard_before(office, known, word.mark):
            return "again", ()
        each = _waiting(office, txn, word)  # again, under the draft's lock: of two webhooks at one moment one was first
        if each is None:
            return "nothing", ()
        if each.state in _BUSY:
            raise office.refused("webhook-early", draft=draft_id)
        return _settle(office, txn, known, each, word)

    came, written = office.store.act(work)
    ringing.ring(office, written)
    return Webhook(id=word.signed.id, came=came, draft_id=draft_id, state=word.sight.state)


def _waiting(office: Office, txn: Txn, word: _Word) -> Delivery | None:
    """The delivery that went under this key, among those whose outcome is open."""
    for each, rounds in deliveries.open_ones(txn, word.channel):
        if any(deliveries.key_of(office.store.id, each, number) == word.about for number in range(1, rounds + 1)):
            return each
    return None


def _settle(office: Office, txn: Txn, known: Known, each: Delivery, word: _Word) -> tuple[Came, tuple[Notice, ...]]:
    """Unknown and sent: known. Counted as not sent, and sent: an incident. Anything else is evidence, for a person to settle by."""
    if word.sight.state != "sent":
        data = {"heard": {each.attempt: word.sight.state}, **word.mark}
        advance(txn, known, Step(kind="heard", actor="gate", to=known.draft.state, note=word.told, data=data))
        return "kept", ()
    if each.state is DeliveryState.WAITING:
        return "known", _incident(office, txn, known, each, word)
    deliveries.resolve(txn, each, DeliveryState.SENT, now=txn.now(), error=word.told)
    known = settling.write_down(
        txn, reading.load(txn, each.draft_id), "gate", Noted(text=word.told, data=word.mark), (each.attempt, "sent")
    )
    lifting.close_if_known(txn, known)
    return "known", ()


def _incident(office: Office, txn: Txn, known: Known, each: Delivery, word: _Word) -> tuple[Notice, ...]:
    """It went out although it counted as not sent: it is not sent again, the rest is held, and people are told."""
    draft = known.draft
    deliveries.came_out(txn, each, now=txn.now(), told=word.told)
    earlier = {} if each.digest == draft.digest else {"text": each.digest}
    data = {"outcomes": deliveries.outcomes(txn, draft.id, each.digest), **earlier, **word.mark}
    after = advance(txn, known, Step(kind="went_out", actor="gate", to=draft.state, note=word.told, data=data))
    if not draft.state.over:
        holding.place(txn, draft.id, Stop(by="gate", note="A mail that counted as not sent went out."))
    params: dict[str, str | int] = {"channel": draft.channel, "title": draft.title, "to": ", ".join(each.to)[:200], "variant": "mail"}
    alarm = Alarm(code="went-out", to=bookkeeping.in_charge(draft, office, txn), draft_id=draft.id, params=params)
    return ringing.write(txn, after.draft, [alarm])
