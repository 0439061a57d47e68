"""Settling: a person says, with evidence, what became of an attempt whose outcome was not known."""

from typing import Literal

from releasegate import holding, lifting, signing
from releasegate.concluding import tidy
from releasegate.errors import ContentError, NotFound
from releasegate.holding import Stop
from releasegate.lifecycle import next_state
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.note import Note
from releasegate.model.state import Action, DeliveryState, State
from releasegate.noting import Noted, noted
from releasegate.office import Office
from releasegate.store import bookings, deliveries, reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

Said = Literal["sent", "not_sent"]
Outcome = Literal["sent", "not_sent", "absent"]
"""What a person says, or that the provider's record has nothing, and nothing can come any more."""

_BECOMES = {"sent": DeliveryState.SENT, "not_sent": DeliveryState.WAITING}


def settle(office: Office, draft_id: str, attempt: str, outcome: Said, *, by: str, note: str | Note) -> Draft:
    """The unknown becomes known. "not_sent" opens a new round and places a hold that another person lifts: nothing leaves by itself."""
    said = office.note(note, "settle")
    if outcome not in _BECOMES:
        message = Words("{outcome!r} is no outcome.", outcome=outcome)
        raise ContentError(message, where="settle", mend=Words("Say 'sent' or 'not_sent'."))

    def work(txn: Txn) -> Draft:
        office.acting(txn)
        person = office.person(txn, by)
        if person.kind != "human":
            raise office.refused("robot-signs", by=person.name)
        known = tidy(txn, reading.load(txn, draft_id))
        each = deliveries.with_attempt(txn, draft_id, attempt)
        if each is None:
            raise NotFound("attempt", attempt, near=deliveries.unknown(txn, draft_id, known.draft.digest)[:3])
        if not deliveries.resolve(txn, each, _BECOMES[outcome], now=txn.now(), error=f"settled by {person.id}: {outcome}"):
            raise office.refused("not-unknown", attempt=attempt, draft=draft_id)
        bookings.settled(txn, attempt, "absent" if outcome == "not_sent" else "sent", now=txn.now())
        kept = noted(office, txn, said, known.draft)
        known = write_down(txn, reading.load(txn, draft_id), person.id, kept, (attempt, outcome))
        if outcome == "not_sent":
            holding.place(txn, draft_id, Stop(by=person.id, note=kept.text, apart=person.id))
            known = signing.mature(office, txn, reading.load(txn, draft_id))
        return lifting.close_if_known(txn, known).draft

    return office.store.act(work)


def write_down(txn: Txn, known: Known, actor: str, kept: Noted, told: tuple[str, Outcome]) -> Known:
    """The event: where the last unknown is gone, the draft is sent, or approved with the rest to go.

    Only a person's "not sent" opens a new round: what the record does not have goes again under the same key.
    """
    tally, state = known.draft.tally, known.draft.state
    to = state
    if state is State.UNKNOWN and not tally.unknown:
        to = next_state(state, Action.SETTLE, State.APPROVED if tally.left else State.SENT)
    elif state is State.UNKNOWN and told[1] != "sent":
        to = next_state(state, Action.SETTLE, State.APPROVED)
    changes = {"round": known.row.round + 1, "epoch": known.row.epoch + 1} if told[1] == "not_sent" else {}
    outcomes = deliveries.outcomes(txn, known.draft.id, known.draft.digest)
    data = {"attempt": told[0], "outcome": told[1], "outcomes": outcomes, **kept.data}
    return advance(txn, known, Step(kind="settle", actor=actor, to=to, note=kept.text, data=data, memo=kept.memo, changes=changes))
