"""The options of a handoff note, the same on every verb that changes hands; and what is read back with some of them."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from releasegate.cli import preview
from releasegate.cli.answers import acted
from releasegate.cli.exits import Exit
from releasegate.cli.options import NoteText
from releasegate.cli.session import Session
from releasegate.decision.receiving import needs_read_back
from releasegate.model.draft import Draft
from releasegate.model.handoff import Heard, ReadBack
from releasegate.model.note import IfThen, Note, OpenItem, Outside, Signal

To = Annotated[str, typer.Option("--to", help="Whom it goes to: a person, a role or a group. Without it: whoever is next.")]
Items = Annotated[
    list[str] | None, typer.Option("--item", metavar="OWNER:TEXT", help="What is still to be done, by whom; repeat for more.")
]
Ifs = Annotated[list[str] | None, typer.Option("--if", metavar="WHEN:THEN", help="What to do should it happen; repeat for more.")]
Done = Annotated[list[str] | None, typer.Option("--done", metavar="ITEM", help="An open item that is done, such as i4; repeat for more.")]
Still = Annotated[list[str] | None, typer.Option("--still", metavar="ITEM", help="An open item that is still open; repeat for more.")]
Dropped = Annotated[
    list[str] | None, typer.Option("--dropped", metavar="ITEM", help="An open item that is not wanted any more; the note says why.")
]
Outsider = Annotated[
    str,
    typer.Option("--to-outside", metavar="NAME[, TICKET[, PHONE]]", help="Somebody outside to whom it is handed: an agency's desk."),
]
Signals = Annotated[Signal | None, typer.Option("--signal", help="The one word that is read even when nothing else is.")]
Nothing = Annotated[bool, typer.Option("--nothing-else", help="There is nothing else to say; where no reason is asked for.")]
Mark = Annotated[str, typer.Option("--mark", help="Read back: the first eight characters of the text's digest.")]
Recipients = Annotated[int | None, typer.Option("--recipients", help="Read back: how many people it reaches.")]
SpokeTo = Annotated[str, typer.Option("--spoke-to", metavar="NAME", help="Who there has said that they have it.")]
Spoken = Annotated[str, typer.Option("--words", help="What they said, in their own words.")]
Ticket = Annotated[str, typer.Option("--ticket", help="What they call it.")]
Leaves = Annotated[str, typer.Option("--leaves", help="Read back: when it leaves; `now` for as soon as it may.")]

_OPTIONS: dict[str, Any] = {
    "note": NoteText,
    "to": To,
    "to_outside": Outsider,
    "item": Items,
    "if_then": Ifs,
    "done": Done,
    "still": Still,
    "dropped": Dropped,
    "signal": Signals,
    "nothing": Nothing,
}
_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(("note", "to", "to_outside"), ""),
    **dict.fromkeys(("item", "if_then", "done", "still", "dropped", "signal")),
    "nothing": False,
}
_AT_ONCE = frozenset({"now", "at once", "すぐ", "即時"})


def with_note(verb: Callable[..., None]) -> Callable[..., None]:
    """The command with the options of a handoff note; the verb itself gets one `note`."""
    own = [each for name, each in inspect.signature(verb).parameters.items() if name != "note"]
    more = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS[name], annotation=kind) for name, kind in _OPTIONS.items()
    ]

    @functools.wraps(verb)
    def command(context: typer.Context, **given: Any) -> None:  # noqa: ANN401 - what Typer read
        said = {name: given.pop(name) for name in _OPTIONS}
        verb(context, **given, note=_note(context.obj, said))

    command.__signature__ = inspect.Signature([*own, *more])  # type: ignore[attr-defined]  # what Typer reads the options from
    command.__annotations__ = {each.name: each.annotation for each in (*own, *more)}
    return command


def noted(session: Session, note: str | Note) -> str | Note:
    """This note; where none was given and somebody sits there, the line that they type. A pipe is asked nothing: the gate refuses."""
    if isinstance(note, Note) or note.strip() or not session.is_at_terminal:
        return note
    return preview.typed(session.word("cli.type-note"))


def step(context: typer.Context, verb: Callable[..., Draft], draft_id: str, note: str | Note, *, as_json: bool) -> None:
    """One verb of the gate that takes a draft and a note, and nothing else; then what came of it."""
    session: Session = context.obj
    after = verb(session.gate, draft_id, by=session.on(draft_id), note=noted(session, note))
    acted(session, verb.__name__.replace("_", "-"), after, as_json=as_json)


def _note(session: Session, said: dict[str, Any]) -> str | Note:
    """One line where nothing but a line was given."""
    if said == {**_DEFAULTS, "note": said["note"]}:
        return str(said["note"])
    if said["nothing"] and (said["item"] or said["if_then"]):
        session.fail(session.word("cli.note-contradicts"), Exit.USAGE)
    items, ifs = ([_pair(session, each) for each in said[name] or ()] for name in ("item", "if_then"))
    try:
        return Note(
            said["note"],
            to=_outside(said["to_outside"]) if said["to_outside"] else said["to"],
            signal=said["signal"],
            items=[OpenItem(owner=owner, text=text) for owner, text in items],
            if_then=[IfThen(when=when, then=then) for when, then in ifs],
            done=said["done"] or (),
            still=said["still"] or (),
            dropped=said["dropped"] or (),
            nothing_else=said["nothing"],
        )
    except ValidationError as error:
        session.fail(session.word("cli.note-unclear", what=str(error.errors()[0]["msg"])), Exit.USAGE)


def _outside(given: str) -> Outside:
    """`Ms Abe, R-17, 03-0000-0000`: a name, a ticket, a phone; the later ones may be missing."""
    name, ticket, phone, *_ = [*(part.strip() for part in given.replace("、", ",").split(",")), "", "", ""]
    return Outside(name=name, ticket=ticket, phone=phone)


def _pair(session: Session, given: str) -> tuple[str, str]:
    """`ben: check the number` in two; a full-width colon will do."""
    first, _, second = given.replace("：", ":", 1).partition(":")
    if not first.strip() or not second.strip():
        session.fail(session.word("cli.pair-unclear", given=given), Exit.USAGE)
    return first.strip(), second.strip()


def read_back(session: Session, draft: Draft, step: str, said: tuple[str, int | None, str]) -> ReadBack | None:
    """What was read back on the command line; asked for where it is due and somebody sits there."""
    mark, recipients, leaves = said
    due = needs_read_back(step, draft, session.gate.in_force())
    if recipients is None and not leaves and (not due or not session.is_at_terminal):
        return None
    if due and session.is_at_terminal and (recipients is None or not leaves):
        mark, recipients, leaves = _asked(session, draft, said)
    if not mark or recipients is None or not leaves:
        session.fail(session.word("cli.read-back-part"), Exit.USAGE)
    return ReadBack(mark=mark, recipients=recipients, send_at=_hour(leaves))


def heard(session: Session, said: tuple[str, str, str], facts: tuple[int | None, str]) -> Heard | None:
    """What an outside party said, where somebody records it: who, in which words, under which ticket; and what those come to."""
    (name, words, ticket), (recipients, leaves) = said, facts
    if not name and not words:
        return None
    if not name or not words or recipients is None or not leaves:
        session.fail(session.word("cli.heard-part"), Exit.USAGE)
    return Heard(name=name, words=words, ticket=ticket, recipients=recipients, send_at=_hour(leaves))


def _hour(leaves: str) -> str | None:
    return None if leaves.strip().lower() in _AT_ONCE else leaves


def _asked(session: Session, draft: Draft, said: tuple[str, int | None, str]) -> tuple[str, int | None, str]:
    """Show what leaves, and ask what was seen: whoever only nods does not get past it."""
    mark, recipients, leaves = said
    if not mark:
        preview.show(session, draft)
    mark = mark or preview.typed(session.word("cli.ask-mark"))
    number = "".join(char for char in preview.typed(session.word("cli.ask-recipients")) if char.isdigit()) if recipients is None else ""
    return mark, int(number) if number else recipients, leaves or preview.typed(session.word("cli.ask-leaves"))
