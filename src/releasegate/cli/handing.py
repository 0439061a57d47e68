"""Taking over: acknowledge, ask, answer, decline."""

import typer

from releasegate.cli.answers import acted
from releasegate.cli.noting import Leaves, Mark, Recipients, Spoken, SpokeTo, Ticket, heard, read_back, step, with_note
from releasegate.cli.options import Id, Json
from releasegate.cli.session import Session
from releasegate.decision.receiving import needs_read_back
from releasegate.gate import Gate
from releasegate.model.note import Note


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(acknowledge)
    for verb in (question, answer, decline):
        app.command(name=verb.__name__)(with_note(verb))


def acknowledge(  # noqa: PLR0913 - what is read back, and what was heard, by name
    context: typer.Context,
    draft_id: Id,
    *,
    mark: Mark = "",
    recipients: Recipients = None,
    leaves: Leaves = "",
    spoke_to: SpokeTo = "",
    words: Spoken = "",
    ticket: Ticket = "",
    as_json: Json = False,
) -> None:
    """Take over what was handed to you; where it is critical, with a read-back. Or say that you are still watching.

    With --spoke-to: record what somebody outside said to whom it was handed.
    """
    session: Session = context.obj
    draft, me = session.gate.draft(draft_id), session.on(draft_id)
    told = heard(session, (spoke_to, words, ticket), (recipients, leaves))
    if told is not None:
        acted(session, "acknowledge", session.gate.acknowledge(draft_id, by=me, heard=told), as_json=as_json)
        return
    rules = session.gate.in_force()
    due = next((each.kind for each in draft.handoffs if needs_read_back(each.kind, draft, rules)), "")
    back = read_back(session, draft, due, (mark, recipients, leaves))
    acted(session, "acknowledge", session.gate.acknowledge(draft_id, by=me, read_back=back), as_json=as_json)


def question(context: typer.Context, draft_id: Id, *, as_json: Json = False, note: str | Note = "") -> None:
    """Ask whoever handed it to you, before you take it over. Until they answer, nothing leaves."""
    step(context, Gate.question, draft_id, note, as_json=as_json)


def answer(context: typer.Context, draft_id: Id, *, as_json: Json = False, note: str | Note = "") -> None:
    """Answer what you were asked; or say why you placed a hold, where you did so without a word."""
    step(context, Gate.answer, draft_id, note, as_json=as_json)


def decline(context: typer.Context, draft_id: Id, *, as_json: Json = False, note: str | Note = "") -> None:
    """Do not take it over, and say why; --to names who should."""
    step(context, Gate.decline, draft_id, note, as_json=as_json)
