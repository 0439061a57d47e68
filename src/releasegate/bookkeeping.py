"""What was seen of a booking, kept, with what follows: taken away, gone out, still there, changed over there; and who is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from releasegate import holding, lifting, ringing
from releasegate.concluding import tidy
from releasegate.decision.booked import SAFETY, Drift, drifts, looks, next_look, pause_ends, unwanted
from releasegate.decision.deciding import people_part
from releasegate.decision.timing import cut_off
from releasegate.holding import Stop
from releasegate.lifecycle import next_state
from releasegate.model.alarm import Alarm
from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.parcel import Sight
from releasegate.model.state import Action, DeliveryState, Role, State
from releasegate.office import Office
from releasegate.store import bookings, deliveries, reading, seals
from releasegate.store.notices import Notice
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

STANDING = frozenset({"scheduled", "held"})
"""What a record says of a booking that may still go out."""

Came = Literal["known", "kept", "again", "nothing"]
"""What came of a webhook."""

_RANK = {"": 0, "unknown": 0, "scheduled": 1, "held": 2, "absent": 3, "sent": 4}
"""Webhooks come in any order: one moves what is known only upwards."""

_OVER_THERE = frozenset({State.BOOKED, State.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look at one booking showed, and `first` what it showed before they were asked to take it away (None: they were not asked).

    `more`: what else stands under our reference. Not `whole`: they left a question unanswered, and are asked again soon.
    """

    booking: Booking
    sight: Sight
    first: Sight | None = None
    more: tuple[Sight, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Who says what was seen: the gate's own look, or a person who spoke to somebody there."""

    by: str = "gate"
    note: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Books:
    """One draft's bookings while a look is entered."""

    office: Office
    txn: Txn
    known: Known
    said: Said
    now: datetime
    stood: dict[str, Booking]
    entered: dict[str, tuple[Booking, Booking]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    drift: dict[Drift, str] = field(default_factory=dict)
    alarms: list[Alarm] = field(default_factory=list)
    written: tuple[Notice, ...] = ()

    @property
    def standing(self) -> list[Booking]:
        return [each for each in self.stood.values() if each.stands]

    def rungs(self, booking: Booking) -> tuple[datetime, ...]:
        """When this one is to be looked at: by its own hour, whatever became of the draft's since."""
        return looks(booking.at, _cut_off(self.office, booking.channel), timedelta(seconds=self.known.draft.window))


def record(office: Office, draft_id: str, seen: Sequence[Seen], *, said: Said | None = None) -> Draft:
    """Keep what was seen, and what follows from it, in one transaction, and whom to tell of it; they are told after the commit."""

    def work(txn: Txn) -> _Books:
        books = _open(office, txn, draft_id, said or Said())
        for each in seen:
            _enter(books, each)
        _follow(books)
        return _written(books)

    books = office.store.act(work)
    ringing.ring(office, books.written)
    return books.known.draft


def heard(office: Office, booking: Booking, sight: Sight, *, mark: Mapping[str, str]) -> Came:
    """What a signed webhook says of a booking: known where it says more than is known, else kept in the log; looked at soon, either way.

    One that says that it is gone takes nothing away here, for only a look does: what stands as booked is asked for by the next hold, and
    looked at. Where none is in force, the draft is held, and people are told. One that came by another account is kept, and not believed.
    """

    def work(txn: Txn) -> tuple[_Books, Came]:
        books = _open(office, txn, booking.draft_id, Said(note=f"webhook {mark['webhook']}: {sight.state}", data=mark))
        if heard_before(office, books.known, mark):
            return books, "again"
        if books.known.draft.state is State.BOOKING:
            raise office.refused("webhook-early", draft=booking.draft_id)
        was = books.stood[booking.attempt]
        own = is_own(office, txn, was)
        more = own and _RANK[sight.state] > _RANK[was.seen] and sight.booking in {"", was.booking or sight.booking}
        known = more and sight.state != "absent"
        if known:
            _enter(books, Seen(booking=was, sight=sight))
            _follow(books)
        else:
            account = {} if own else {"account": office.identity(was.channel)}
            data = {"heard": {was.booking or was.key: sight.state}, **account, **mark}
            _step(books, Step(kind="heard", actor="gate", to=books.known.draft.state, note=books.said.note, data=data))
        if more and not known:
            _stop_what_is_dropped(books, was)
        _look_soon(books, was)
        return _written(books), "known" if known else "kept"

    books, came = office.store.act(work)
    ringing.ring(office, books.written)
    return came


def heard_before(office: Office, known: Known, mark: Mapping[str, str]) -> bool:
    """This webhook was there before. Raises Refused where one of its id said something else."""
    said = [event.data["body"] for event in known.events if event.data.get("webhook") == mark["webhook"]]
    if said and mark["body"] not in said:
        raise office.refused("webhook-reused", id=mark["webhook"])
    return bool(said)


def is_own(office: Office, txn: Txn, booking: Booking) -> bool:
    """It was booked by the account that this process has; what another one knows or tells says nothing of it."""
    return seals.manifest(txn, booking.digest).identity == office.identity(booking.channel)


def _stop_what_is_dropped(books: _Books, was: Booking) -> None:
    """What is said to be gone, and was not to be, is not booked again without a person."""
    if not books.known.draft.holds:
        books.drift[Drift.DROPPED] = was.booking
        _stop_what_drifts(books)


def _look_soon(books: _Books, was: Booking) -> None:
    """Their record decides, as soon as somebody watches; a webhook is no look."""
    after = books.stood[was.attempt]
    if after.seen != "sent":
        bookings.save(books.txn, replace(after, looked=was.looked, due=books.now))


def card(office: Office, booking: Booking, events: Sequence[Event]) -> tuple[dict[str, str], datetime]:
    """Whom to phone about this booking, until when they can stop it, and when "on hold" there is over by itself."""
    rules = office.policy.channels.get(booking.channel)
    own = dict(rules.contact) if rules else {}
    facts = {"booking": booking.booking, "seen": booking.seen if booking.seen != "unknown" else "", "zone": rules.zone if rules else ""}
    if ends := _pause_ends(office, booking, events):
        facts["pause"] = ends.isoformat()
    return own | facts, booking.at - _cut_off(office, booking.channel)


def _cut_off(office: Office, channel: str) -> timedelta:
    return cut_off(office.policy.channels.get(channel), office.limits(channel)) or timedelta(0)


def _pause_ends(office: Office, booking: Booking, events: Sequence[Event]) -> datetime | None:
    limits = office.limits(booking.channel)
    return pause_ends(booking, events, limits.pause if limits else None)


def _open(office: Office, txn: Txn, draft_id: str, said: Said) -> _Books:
    known = tidy(txn, reading.load(txn, draft_id))
    stood = {each.attempt: each for each in bookings.of_draft(txn, draft_id)}
    return _Books(office=office, txn=txn, known=known, said=said, now=txn.now(), stood=stood)


def _enter(books: _Books, seen: Seen) -> None:
    """This look at this booking, unless somebody has seen or said more since it began: an old look must not go before a newer one."""
    was, sight, draft = books.stood[seen.booking.attempt], seen.sight, books.known.draft
    if was != replace(seen.booking, pressed=was.pressed):
        return
    for shown in (seen.first, sight):
        books.drift |= dict.fromkeys(drifts(was, shown, draft, now=books.now) if shown else (), was.booking)
    if seen.more:
        books.drift[Drift.TWICE] = ", ".join(each.booking for each in seen.more)
    state = _state(was, seen)
    name = was.booking or sight.booking or (seen.first.booking if seen.first else "")
    after = replace(was, booking=name, seen=state, looked=books.now, pressed=max(was.pressed, seen.booking.pressed))
    after = replace(after, ended=was.ended or (books.now if _arrived(books, seen) else None))
    urgent = sight.state == "unknown" or not seen.whole or (after.stands and unwanted(draft))
    after = replace(after, due=next_look(after, books.now, books.rungs(after), urgent=urgent))
    bookings.save(books.txn, after)
    books.stood[was.attempt] = after
    books.entered[was.attempt] = (was, after)
    books.shown[after.booking or after.key] = state if sight.state != "unknown" else "unknown"


def _arrived(books: _Books, seen: Seen) -> bool:
    """Their own record has it: the request came through, and nobody is about to make it. A person's word, or a webhook, does not say so."""
    states = {each.state for each in (seen.sight, seen.first) if each is not None}
    return books.said.by == "gate" and not books.said.data and not states.isdisjoint({*STANDING, "sent"})


def _state(was: Booking, seen: Seen) -> str:
    """What stands there now. Another booking under our reference stands for it; an answer that did not come takes back none that did."""
    if any(each.state == "sent" for each in seen.more):
        return "sent"
    if seen.sight.state == "absent" and seen.more:
        return "scheduled"
    return was.seen if seen.sight.state == "unknown" and was.seen else seen.sight.state


def _follow(books: _Books) -> None:
    """The consequence for the draft, in the order of what weighs most."""
    books.known = reading.load(books.txn, books.known.draft.id)  # with what stands there now
    state = books.known.draft.state
    if any(after.seen == "sent" for _, after in books.entered.values()):
        _went_out(books)
    elif state in _OVER_THERE and not books.standing:
        _taken_away(books)
    elif state is State.UNKNOWN and any(books.shown.get(each.booking or each.key) in STANDING for each in _of_this_text(books)):
        _turn(books, Action.SETTLE, State.BOOKED, DeliveryState.BOOKED, kind="booked")
    elif state is State.BOOKED and all(books.now >= books.rungs(each)[-1] for each in books.standing):
        _overdue(books)
    elif _worth_a_line(books):
        _step(books, Step(kind="looked", actor=books.said.by, to=state, note=books.said.note, data=_told(books)))
    _stop_what_drifts(books)
    _warn(books)


def _written(books: _Books) -> _Books:
    """Each alarm has a step before it, so that its name, which has the last one's number, is new."""
    books.written = ringing.write(books.txn, books.known.draft, books.alarms)
    return books


def _step(books: _Books, step: Step) -> None:
    books.known = advance(books.txn, books.known, step)


def _turn(books: _Books, action: Action, to: State, becomes: DeliveryState, *, kind: str) -> None:
    """The draft and its delivery, together."""
    draft = books.known.draft
    state = next_state(draft.state, action, to)
    deliveries.turn(books.txn, draft.id, draft.digest, becomes, now=books.now, told=f"{books.said.by}: {kind}")
    data = _told(books) | {"outcomes": deliveries.outcomes(books.txn, draft.id, draft.digest)}
    changes = {"epoch": books.known.row.epoch + 1, "lease": ""}
    _step(books, Step(kind=kind, actor=books.said.by, to=state, note=books.said.note, data=data, changes=changes))
    books.known = reading.load(books.txn, draft.id)


def _told(books: _Books) -> dict[str, object]:
    """What the chain keeps of a look: each booking by its id, and what stood there; since when, where none was ever found."""
    never = [was.began.isoformat() for was, after in books.entered.values() if not after.booking]
    began = {"began": min(never)} if never and len(never) == len(books.entered) else {}
    drift = {"drift": sorted(each.value for each in books.drift)} if books.drift else {}
    return {"seen": dict(books.shown), **began, **drift, **books.said.data}


def _worth_a_line(books: _Books) -> bool:
    """Something has changed, somebody has said it, or it is one of the looks that were promised."""
    if books.drift or books.said.by != "gate" or books.said.data:
        return True
    return any(was.seen != after.seen or was.pressed != after.pressed or _rung(books, was) for was, after in books.entered.values())


def _rung(books: _Books, was: Booking) -> bool:
    return any((was.looked is None or was.looked < moment) and moment <= books.now for moment in books.rungs(was))


def _pausing(books: _Books, was: Booking, after: Booking) -> bool:
    """Their "on hold" is over by itself so soon that people must phone now; said once."""
    ends = _pause_ends(books.office, after, books.known.events)
    return ends is not None and books.now >= ends - SAFETY and (was.looked is None or was.looked < ends - SAFETY)


def unsigned(office: Office, draft_id: str) -> str:
    """A booked draft of which a signature counts no more is held, and people are told: the hold, "" for none. The next look asks for it."""

    def work(txn: Txn) -> _Books | None:
        known = reading.load(txn, draft_id)
        _, complete = people_part(known.draft, office.rules(txn), txn.now(), grants=office.force(txn).grants)
        if known.draft.state is not State.BOOKED or known.draft.holds or complete:
            return None
        books = _open(office, txn, draft_id, Said())
        _alarm(books, "booked-unsigned")
        _hold(books, "A signature on it counts no more.")
        return _written(books)

    books = office.store.act(work)
    ringing.ring(office, books.written if books else ())
    return books.known.draft.holds[-1].id if books else ""


def _of_this_text(books: _Books) -> list[Booking]:
    """Those that were looked at and are of the draft's present text."""
    return [after for _, after in books.entered.values() if after.digest == books.known.draft.digest]


def _went_out(books: _Books) -> None:
    """It is out. After a hold, before its hour, with an earlier text, or when it had been taken away: an incident, and people are told."""
    draft = books.known.draft
    regular = draft.state in _OVER_THERE and any(each.seen == "sent" for each in _of_this_text(books))
    incident = bool(draft.holds) or not regular or Drift.EARLY in books.drift
    if regular:
        _turn(books, Action.SETTLE, State.SENT, DeliveryState.SENT, kind="sent")
    else:
        _went_out_all_the_same(books)
    if incident:
        _alarm(books, "went-out", "early" if Drift.EARLY in books.drift else "")
    books.drift.clear()


def _went_out_all_the_same(books: _Books) -> None:
    """What was to be stopped is out, with the text that it was booked with: it counts, and nothing of this draft follows it."""
    draft = books.known.draft
    for digest in sorted({after.digest for _, after in books.entered.values() if after.seen == "sent"}):
        deliveries.turn(books.txn, draft.id, digest, DeliveryState.SENT, now=books.now, told="it went out all the same")
        earlier = {} if digest == draft.digest else {"text": digest}
        data = _told(books) | {"outcomes": deliveries.outcomes(books.txn, draft.id, digest)} | earlier
        _step(books, Step(kind="went_out", actor=books.said.by, to=draft.state, note=books.said.note, data=data))
    if not draft.state.over:
        holding.place(books.txn, draft.id, Stop(by="gate", note="It went out all the same.", final=True))
        books.known = lifting.close_if_known(books.txn, reading.load(books.txn, draft.id))


def _taken_away(books: _Books) -> None:
    """Nothing stands there any more: what was asked for, or dropped by them; after the hour it is missed."""
    draft = books.known.draft
    if draft.state is State.BOOKED and not draft.holds and draft.send_at and books.now >= draft.send_at:
        _turn(books, Action.MISS, State.MISSED, DeliveryState.WAITING, kind="miss")
        return
    action = Action.UNBOOK if draft.state is State.BOOKED else Action.SETTLE
    _turn(books, action, State.APPROVED, DeliveryState.WAITING, kind="unbook")
    books.known = lifting.close_if_known(books.txn, books.known)


def _overdue(books: _Books) -> None:
    """Its window is over, and it is not out: either it still stands there, or nobody can say."""
    if set(books.shown.values()) == {"unknown"}:
        _turn(books, Action.LOSE, State.UNKNOWN, DeliveryState.UNKNOWN, kind="unknown")
        _alarm(books, "booking-unknown")
        return
    _step(books, Step(kind="looked", actor=books.said.by, to=State.BOOKED, note=books.said.note, data=_told(books)))
    _alarm(books, "not-out")
    _hold(books, "It stands there after its hour.")


def _stop_what_drifts(books: _Books) -> None:
    """What was changed over there is not what was approved. Of what is over it is said as well: it may go out all the same."""
    if not books.drift:
        return
    _alarm(books, "drift")
    if not books.known.draft.state.over:
        _hold(books, f"Changed over there: {', '.join(sorted(books.drift))}.")


def _hold(books: _Books, why: str) -> None:
    if not books.known.draft.holds:
        holding.place(books.txn, books.known.draft.id, Stop(by="gate", note=why))
        books.known = reading.load(books.txn, books.known.draft.id)


def _warn(books: _Books) -> None:
    """What is to be taken away and still stands over there: people must phone. Said when it was asked for, and at every promised look."""
    draft = books.known.draft
    standing = [(was, after) for was, after in books.entered.values() if after.stands]
    ending = any(_pausing(books, was, after) for was, after in standing)
    loud = ending or any(was.pressed != after.pressed or _rung(books, was) for was, after in standing)
    if loud and unwanted(draft):
        _alarm(books, "still-booked", "pause" if ending else "")
    elif draft.state is State.UNKNOWN and any(not was.seen for was, _ in books.entered.values()):
        _alarm(books, "booking-unknown")


def _alarm(books: _Books, code: str, variant: str = "") -> None:
    """To everybody in charge, with the card of whom to phone."""
    draft, about = books.known.draft, _about(books)
    contact, until = card(books.office, about, books.known.events)
    kinds = ", ".join(sorted(each.value for each in books.drift))
    params = {**contact, "channel": about.channel, "title": draft.title, "until": until.isoformat(), "kinds": kinds, "variant": variant}
    to = in_charge(draft, books.office, books.txn)
    books.alarms.append(Alarm(code=code, to=to, draft_id=draft.id, params={name: value for name, value in params.items() if value}))


def _about(books: _Books) -> Booking:
    """The booking that people are told of: one that has just gone out, else one that stands, else the last one."""
    gone = [after for _, after in books.entered.values() if after.seen == "sent"]
    return (gone or books.standing or list(books.stood.values()))[-1]


def in_charge(draft: Draft, office: Office, txn: Txn) -> tuple[str, ...]:
    """Whoever placed a hold, wrote it, or signed it; where nobody of them is in the directory any more, every approver."""
    people = office.rules(txn).people
    near: Iterable[str] = (*(hold.by for hold in draft.holds), draft.author, *(each.by for each in draft.signatures))
    found = [person.id for name in near if (person := people.get(name)) is not None and person.kind == "human"]
    return tuple(dict.fromkeys(found or [person.id for person in people.humans if Role.APPROVER in person.roles]))
