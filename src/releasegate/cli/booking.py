"""`book`, `look` and `saw`: what is handed to somebody else's clock, and what stands there."""

from enum import StrEnum
from typing import Annotated

import typer

from releasegate.cli.answers import acted
from releasegate.cli.noting import noted
from releasegate.cli.options import Id, Json, NoteText
from releasegate.cli.session import Session


class There(StrEnum):
    """What a record over there says."""

    ABSENT = "absent"
    HELD = "held"
    SCHEDULED = "scheduled"
    SENT = "sent"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(book)
    app.command()(look)
    app.command()(saw)


def book(context: typer.Context, draft_id: Id, *, as_json: Json = False) -> None:
    """Book exactly what was approved with a distributor, at most once. Refused while nobody watches."""
    session: Session = context.obj
    me = session.on(draft_id)
    acted(session, "book", session.gate.book(draft_id, by=me), as_json=as_json)


def look(context: typer.Context, draft_id: Id, *, as_json: Json = False) -> None:
    """Look now at what stands with the distributor, ask again for what a hold is to stop, and look up what became of a send."""
    session: Session = context.obj
    session.on(draft_id)
    acted(session, "look", session.gate.look(draft_id), as_json=as_json)


def saw(  # noqa: PLR0913 - what is said of a booking, by name
    context: typer.Context,
    draft_id: Id,
    there: Annotated[There, typer.Argument(metavar="STATE", help="How it stands over there: absent, held, scheduled or sent.")],
    *,
    spoke_to: Annotated[str, typer.Option("--spoke-to", help="Who over there said so.")] = "",
    booking: Annotated[str, typer.Option("--booking", help="Their id of the booking, where it is not known here.")] = "",
    note: NoteText = "",
    as_json: Json = False,
) -> None:
    """Say what the distributor's record says, and who there told you: for one whose record cannot be read from here."""
    session: Session = context.obj
    me = session.on(draft_id)
    told = session.gate.saw(draft_id, there.value, by=me, spoke_to=spoke_to, note=noted(session, note), booking=booking)
    acted(session, "saw", told, as_json=as_json)
