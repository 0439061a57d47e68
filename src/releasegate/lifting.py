"""Lifting and withdrawing: a hold goes one by one, by somebody entitled; a draft goes for good."""

from releasegate import holding
from releasegate.decision.booked import undecided
from releasegate.errors import NotFound
from releasegate.handing import Misread, Reading, compare, told
from releasegate.holding import Stop
from releasegate.lifecycle import next_state
from releasegate.model.draft import Draft, Hold
from releasegate.model.handoff import ReadBack
from releasegate.model.note import Note
from releasegate.model.state import Action, Role, State
from releasegate.noting import Noted, loosely, noted
from releasegate.office import Office
from releasegate.policy.person import Person
from releasegate.store import bookings, deliveries, reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

_SILENT = Noted()
_AT_ONCE = frozenset({State.DRAFTING, State.CHECKING, State.APPROVING, State.APPROVED, State.CLAIMED, State.MISSED})


def lift(office: Office, hold_id: str, *, by: str, note: str | Note, read_back: ReadBack | None = None) -> Draft:
    """Lift this one hold, having read back what will leave. It sends nothing by itself, changes no state; the undo delay starts anew.

    Refused while nobody knows whether a booking is taken away: it would be booked here, and gone there.
    """
    said = office.note(note, "lift")
    draft_id = hold_id.rpartition("/")[0]

    def work(txn: Txn) -> Draft | Misread:
        office.acting(txn)
        known = reading.load(txn, draft_id or hold_id)
        hold = next((each for each in known.draft.holds if each.id == hold_id), None)
        if hold is None:
            raise NotFound("hold in force", hold_id, near=[each.id for each in known.draft.holds])
        person = office.person(txn, by)
        _may_lift(office, txn, known, hold, person)
        _nothing_undecided(office, txn, known, hold)
        kept = noted(office, txn, said, known.draft)
        if wrong := compare(office, txn, known, Reading(by=person, said=read_back, steps=("lift",), other=hold.by, verb="lift")):
            return wrong
        step = Step(
            kind="lift",
            actor=person.id,
            to=known.draft.state,
            note=kept.text,
            data={"hold": hold_id, **kept.data},
            memo=kept.memo,
            changes={"hold_count": known.row.hold_count - 1},
        )
        return advance(txn, known, step).draft

    return told(office, office.store.act(work))


def _may_lift(office: Office, txn: Txn, known: Known, hold: Hold, person: Person) -> None:
    """An approver, or whoever placed it; a writer of the text only a hold of their own; a robot never."""
    if hold.final:
        raise office.refused("hold-final", hold=hold.id)
    if person.kind != "human":
        raise office.refused("robot-signs", by=person.name)
    placed = next(event for event in known.events if event.kind == "hold" and event.data["hold"] == hold.id)
    bench = office.bench(txn)
    eyes = bench.policy.people.eyes(person.id)
    if placed.data.get("apart") and eyes == bench.policy.people.eyes(placed.data["apart"]) and len(bench.policy.people.humans) > 1:
        raise office.refused("other-person-lifts", by=person.name, hold=hold.id)
    if placed.actor == person.id and not placed.data.get("unverified"):
        return
    if bench.acts_for(person, Role.APPROVER) is None or eyes in bench.barred(known.draft):
        raise office.refused("may-not-lift", by=person.name, hold=hold.id)


def _nothing_undecided(office: Office, txn: Txn, known: Known, hold: Hold) -> None:
    """What they were asked to take away is gone, out, or stays, by somebody's word."""
    draft = known.draft
    open_one = undecided(draft, bookings.of_draft(txn, draft.id), known.events)
    if open_one is None:
        return
    rules = office.policy.channels.get(open_one.channel)
    whom = ", ".join(part for part in (rules.contact.get(key, "") for key in ("name", "phone")) if part) if rules else ""
    raise office.refused(
        "cancel-undecided",
        hold=hold.id,
        draft=draft.id,
        booking=open_one.booking,
        channel=open_one.channel,
        whom=whom or open_one.channel,
        variant="held" if open_one.seen == "held" else "",
    )


def withdraw(office: Office, draft_id: str, *, by: str, note: str | Note) -> Draft:
    """It will never leave. On its way out it is at once a hold that nobody can lift; the state follows when the outcome is known.

    The other drafts of its releases are held with it.
    """
    said = office.note(note, "withdraw")

    def work(txn: Txn) -> Draft:
        known = reading.load(txn, draft_id)
        person = office.person(txn, by)
        if known.draft.state.over:
            raise office.refused("over", draft=draft_id, state=known.draft.state.value)
        kept = loosely(office.rules(txn), said)
        if known.draft.state not in _AT_ONCE or known.draft.tally.sending or known.draft.tally.unknown:
            holding.place(txn, draft_id, Stop(by=person.id, note=kept.text, final=True, about=kept.data, words=kept.memo))
            return close_if_known(txn, reading.load(txn, draft_id)).draft
        if known.draft.linked:
            holding.place_beside(txn, draft_id, Stop(by=person.id, note=kept.text))
            known = reading.load(txn, draft_id)
        return _close(txn, known, person.id, kept).draft

    return office.store.act(work, urgent=True)


def _close(txn: Txn, known: Known, actor: str, kept: Noted = _SILENT) -> Known:
    """Withdrawn, or stopped where some had gone."""
    begun = known.draft.tally.begun
    to = next_state(known.draft.state, Action.WITHDRAW, State.STOPPED if begun else State.WITHDRAWN)
    outcomes = {"outcomes": deliveries.outcomes(txn, known.draft.id, known.draft.digest)} if begun else {}
    changes = {"epoch": known.row.epoch + 1, "lease": ""}
    data = {**outcomes, **kept.data}
    return advance(txn, known, Step(kind="withdraw", actor=actor, to=to, note=kept.text, data=data, memo=kept.memo, changes=changes))


def close_if_known(txn: Txn, known: Known) -> Known:
    """A withdrawal that waited for an outcome is carried out as soon as nothing is in flight and nothing unknown."""
    waiting = any(hold.final for hold in known.draft.holds)
    tally = known.draft.tally
    if not waiting or tally.sending or tally.unknown or known.draft.state in {State.BOOKING, State.BOOKED} or known.draft.state.over:
        return known
    return _close(txn, known, "gate")
