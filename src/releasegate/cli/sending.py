"""`send` and `settle`: what leaves, and what became of what nobody was sure of."""

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from releasegate.cli.answers import acted, failure, put
from releasegate.cli.exits import Exit
from releasegate.cli.faults import told
from releasegate.cli.noting import noted
from releasegate.cli.options import Id, Json, NoteText
from releasegate.cli.session import Session
from releasegate.cli.waiting import Line, wait_for_hour
from releasegate.errors import Blocked
from releasegate.model.draft import Draft
from releasegate.model.report import Report
from releasegate.model.state import State
from releasegate.settling import Said


class Outcome(StrEnum):
    """What a person may say of an attempt."""

    SENT = "sent"
    NOT_SENT = "not-sent"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(send)
    app.command()(settle)


Wait = Annotated[bool, typer.Option("--wait", help="Wait for its hour, or for the end of the undo delay. A hold ends the waiting.")]


def send(context: typer.Context, draft_id: Id, *, wait: Wait = False, as_json: Json = False) -> None:
    """Send exactly what was approved, each mail at most once. Again after a crash: only what never began."""
    session: Session = context.obj
    me = session.on(draft_id)
    if wait:
        wait_for_hour(session, draft_id)
    before = session.gate.draft(draft_id)  # an id that leads nowhere is known before anything can leave
    session.sending = draft_id
    try:
        with Line() as line:
            report = session.gate.send(draft_id, by=me, progress=lambda n: line.show_sometimes(_progress(session, before, n)))
    except Blocked as blocked:
        _tell_blocked(session, blocked, as_json=as_json)
    else:
        again = before.state is State.SENT
        if as_json:
            put({"done": "send"} | _plain(report) | {"again": again})
        else:
            print(_sent_before(session, report) if again else report.explain(session.lang))
        session.end(Exit.UNKNOWN if report.unknown else Exit.DONE)


def _progress(session: Session, draft: Draft, people: int) -> str:
    """How far it is; counted are those of this run."""
    return session.word("cli.handed-over", id=draft.id, n=people, of=draft.tally.left)


def _sent_before(session: Session, report: Report) -> str:
    """When it was sent: this run sent nothing. Below it what was refused, as the first time."""
    draft = session.gate.draft(report.draft_id)
    ends = (event.at for event in reversed(session.gate.history(draft.id)) if event.data.get("to") == State.SENT.value)
    facts: dict[str, str | int] = {"sent": report.sent, "of": report.of, "zone": session.zone(draft)}
    first = session.word("cli.sent-before", at=next(ends).isoformat(), **facts)
    return "\n".join([first, *report.explain(session.lang).splitlines()[1:]])


def _tell_blocked(session: Session, blocked: Blocked, *, as_json: bool) -> None:
    """The whole list on stderr; what has left, where something has, on stdout."""
    message, code = told(blocked, session.lang)
    report = blocked.report if isinstance(blocked.report, Report) else None
    if as_json:
        put({**failure(blocked, message, code), "report": _plain(report) if report else None})
    else:
        print(message, file=sys.stderr)
        if report is not None and report.attempts:
            print(report.explain(session.lang))
    session.end(Exit(code))


def _plain(report: Report) -> dict[str, Any]:
    return {
        "draft": report.draft_id,
        "of": report.of,
        "sent": report.sent,
        "refused": report.refused,
        "unknown": report.unknown,
        "left": report.left,
        "refusals": dict(report.refusals),
        "attempts": list(report.attempts),
        "head": report.head,
    }


def settle(
    context: typer.Context,
    draft_id: Id,
    *,
    attempt: Annotated[str, typer.Option("--attempt", help="Which attempt; without it they are listed.")] = "",
    outcome: Annotated[Outcome | None, typer.Option("--outcome", help="What the provider's record says.")] = None,
    note: NoteText = "",
    as_json: Json = False,
) -> None:
    """Say, with the evidence as note, what became of an attempt whose outcome is not known."""
    session: Session = context.obj
    if not attempt or outcome is None:
        _list(session, draft_id)
    me = session.on(draft_id)
    said: Said = "sent" if outcome is Outcome.SENT else "not_sent"
    settled = session.gate.settle(draft_id, attempt=attempt, outcome=said, by=me, note=noted(session, note))
    acted(session, "settle", settled, as_json=as_json)


def _list(session: Session, draft_id: str) -> None:
    """The attempts that wait for a person, and whom each was for."""
    waiting = session.gate.unsettled(draft_id)
    for attempt, to in waiting.items() if not session.json else ():
        session.say("unsettled", attempt=attempt, to=session.word("list.between").join(to))
    session.fail(session.word("cli.settle-how" if waiting else "cli.settle-none", id=draft_id), Exit.USAGE, unsettled=dict(waiting))
