"""`show`, `queue`, `diff`: what stands where, and why."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from releasegate import messages
from releasegate.cli import preview
from releasegate.cli.exits import Exit, of_decision
from releasegate.cli.options import Id, Json
from releasegate.cli.session import Session
from releasegate.cli.signing import as_written
from releasegate.cli.tables import table
from releasegate.cli.turns import waiting_for
from releasegate.messages.voice import Voice, zone
from releasegate.model.draft import Draft
from releasegate.model.verdict import Decision

_WHOLE = 64


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for verb in (show, queue, diff):
        app.command()(verb)


def show(context: typer.Context, draft_id: Id, *, as_json: Json = False) -> None:
    """May it leave, and if not: what, who, how; the facts, the last note, what changed since you signed, the first mail."""
    session: Session = context.obj
    draft = session.gate.draft(draft_id)
    if as_json:
        print(json.dumps(preview.to_dict(session, draft), ensure_ascii=False, indent=2))
    else:
        preview.show(session, draft)
    session.end(of_decision(session.gate.decide(draft_id)))


def queue(
    context: typer.Context,
    *,
    mine: Annotated[bool, typer.Option("--mine", help="Only what waits for you.")] = False,
    as_json: Json = False,
) -> None:
    """What is not over, with whom it is."""
    session: Session = context.obj
    found = [(draft, session.gate.decide(draft.id)) for draft in session.gate.queue(session.me if mine else None)]
    found.sort(key=lambda pair: (of_decision(pair[1]) in {Exit.DONE, Exit.WAIT}, pair[0].send_at or datetime.min.replace(tzinfo=UTC)))
    if as_json:
        print(json.dumps([_plain(*pair) for pair in found], ensure_ascii=False, indent=2))
    elif found:
        table([session.word(f"cli.column.{name}") for name in _COLUMNS], [_row(session, *pair) for pair in found])
    else:
        session.say("queue-empty")


_COLUMNS = ("draft", "title", "state", "reach", "hour", "with", "why")


def _row(session: Session, draft: Draft, decision: Decision) -> list[str]:
    names = session.word("list.between").join(session.name(each) for each in waiting_for(decision))
    return [
        draft.id,
        messages.plain(draft.title),
        session.word(f"cli.state.{draft.state.value}"),
        messages.plain(draft.reach),
        _hour(session, draft),
        messages.plain(names),
        messages.plain(session.reasons(decision.blocked_by)),
    ]


def _hour(session: Session, draft: Draft) -> str:
    """When it is to leave; what names no instant, as it was written."""
    schedule = draft.schedule
    if schedule.utc is None:
        return messages.plain(schedule.text) or session.word("header.at-once")
    return Voice(lang=session.lang, zone=zone(session.zone(draft))).stamp(schedule.utc)


def _plain(draft: Draft, decision: Decision) -> dict[str, object]:
    return decision.to_dict() | {"with": list(waiting_for(decision)), "blocked_by": sorted(decision.blocked_by), "round": draft.round}


def diff(
    context: typer.Context,
    draft_id: Id,
    *,
    since: Annotated[str, typer.Option("--since", help="The digest of the earlier text. Without it: the one that you signed.")] = "",
    as_json: Json = False,
) -> None:
    """What has changed since an earlier text."""
    session: Session = context.obj
    draft, since = session.gate.draft(draft_id), as_written(since)
    mine = "" if since else (preview.since_mine(session, draft) or (draft.digest,))[0]
    found = session.gate.diff(draft_id, since=mine or _earlier(session, draft_id, since))
    if as_json:
        told = {"draft": draft_id, "since": found.since, "now": found.now, "kinds": sorted(found.kinds)}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    elif found.since == found.now:
        session.say("diff-none", now=found.now)
    else:
        session.say("diff", saw=found.since, now=found.now, kinds=", ".join(sorted(found.kinds)))


def _earlier(session: Session, draft_id: str, since: str) -> str:
    """A digest of this draft's own, whole or by its mark: here nothing is signed by it."""
    if len(since) == _WHOLE:
        return since
    known = [event.digest for event in session.gate.history(draft_id) if event.digest.startswith(since)]
    if not known:
        session.fail(session.word("cli.no-such-text", id=draft_id, mark=since), Exit.USAGE)
    return known[-1]
