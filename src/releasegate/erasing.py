"""Erasing: what a draft that is over said, to whom, and in whose words; never that it was, or what became of it."""

from releasegate.model.draft import Draft
from releasegate.model.note import Note
from releasegate.model.state import Role
from releasegate.noting import noted
from releasegate.office import Office
from releasegate.store import deliveries, erased, reading
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn


def erase(office: Office, draft_id: str, *, by: str, note: str | Note) -> Draft:
    """Take away the words of its notes, its mails, and whom they were for. Refused while any of it may still leave.

    What another draft also holds stays until that one is erased. Done again, it goes on where it was interrupted.
    """
    said = office.note(note, "erase")

    def work(txn: Txn) -> tuple[Draft, tuple[str, ...]]:
        person = office.in_role(txn, by, Role.APPROVER)
        known = reading.load(txn, draft_id)
        if not known.draft.state.over:
            raise office.refused("not-over", draft=draft_id, state=known.draft.state.value)
        kept = noted(office, txn, said, known.draft)
        erased.words(txn, draft_id)
        outcomes = {"outcomes": deliveries.outcomes(txn, draft_id, known.draft.digest)} if known.draft.tally.begun else {}
        step = Step(kind="erase", actor=person.id, to=known.draft.state, note=kept.text, data={**outcomes, **kept.data}, memo=kept.memo)
        after = advance(txn, known, step).draft
        return after, erased.seals(txn, draft_id)

    draft, seals = office.store.act(work)
    for seal in seals:
        erased.messages(office.store, seal)
    return draft
