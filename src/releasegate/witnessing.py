"""Witnessing: a person says what stands over there, and who there said so. Where the channel has a record, the record decides."""

from dataclasses import dataclass
from typing import Literal

from releasegate import booked, bookkeeping
from releasegate.bookkeeping import Said, Seen
from releasegate.errors import ContentError
from releasegate.messages.words import Words
from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.note import Note
from releasegate.model.parcel import Sight
from releasegate.noting import Noted, noted
from releasegate.office import Office
from releasegate.policy.person import Person
from releasegate.store import bookings, reading
from releasegate.store.reading import Known
from releasegate.store.store import Txn

Told = Literal["absent", "held", "scheduled", "sent"]
_SAYS = ("absent", "held", "scheduled", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody over there said: how it stands, who said it, and their id of the booking where it was not known here."""

    state: Told
    spoke_to: str
    booking: str = ""


def saw(office: Office, draft_id: str, word: Word, *, by: str, note: str | Note) -> Draft:
    """Keep a person's word for what stands over there, with what follows from it. Refused where the channel's own record says otherwise."""
    if word.state not in _SAYS:
        message = Words("{state!r} is nothing that a record says.", state=word.state)
        raise ContentError(message, where="saw", mend=Words("Say absent, held, scheduled or sent."))
    if not word.spoke_to.strip():
        raise office.refused("witness-needs-name", draft=draft_id)
    said = office.note(note, "saw")
    booked.read_back(office, draft_id)

    def work(txn: Txn) -> tuple[Booking, Person, Noted]:
        known = reading.load(txn, draft_id, lock=False)
        person = office.person(txn, by)
        if person.kind != "human":
            raise office.refused("robot-signs", by=person.name)
        open_ones = [each for each in bookings.of_draft(txn, draft_id) if each.stands]
        if not open_ones:
            raise office.refused("nothing-booked", draft=draft_id)
        name = word.booking.strip()
        last = next((each for each in open_ones if name and each.booking == name), open_ones[-1])
        if name and (other := bookings.of_another(txn, last.channel, name, draft_id)):
            raise office.refused("booking-of-another", draft=draft_id, booking=name, other=other)
        if (record := _record(known, last)) not in {"", "unknown", word.state}:
            raise office.refused("record-says-otherwise", draft=draft_id, what=record)
        return last, person, noted(office, txn, said, known.draft)

    last, person, kept = office.store.look(work)
    sight = Sight(state=word.state, booking=last.booking or word.booking.strip())
    seen = Seen(booking=last, sight=sight)
    data = {"spoke_to": word.spoke_to.strip()[:200]}
    return bookkeeping.record(office, draft_id, [seen], said=Said(by=person.id, note=kept.text, data=data))


def _record(known: Known, last: Booking) -> str:
    """What their own record said at the last look at it; "" where it was never looked at, or where a person has spoken since."""
    name = last.booking or last.key
    looks = [event for event in known.events if name in event.data.get("seen", {}) and "webhook" not in event.data]
    return str(looks[-1].data["seen"][name]) if looks and "spoke_to" not in looks[-1].data else ""
