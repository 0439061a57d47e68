"""`show`, `queue`, `diff`: what stands where, and why."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from releasegate import messages
from releasegate.cli import differing, preview
from releasegate.cli.answers import put
from releasegate.cli.exits import Exit, of_decision
from releasegate.cli.options import Id, Json
from releasegate.cli.session import Session
from releasegate.cli.signing import as_written
from releasegate.cli.tables import table
from releasegate.messages.voice import Voice, zone
from releasegate.model.draft import Draft
from releasegate.model.turn import Turn

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
    found = sorted(session.gate.turns(session.me if mine else None), key=_urgency)
    if as_json:
        print(json.dumps([_plain(each) for each in found], ensure_ascii=False, indent=2))
    elif found:
        columns = [name for name in _COLUMNS if name != "release" or any(each.draft.release for each in found)]
        table([session.word(f"cli.column.{name}") for name in columns], [_row(session, each, columns) for each in found])
    else:
        session.say("queue-empty")


_COLUMNS = ("draft", "title", "release", "state", "reach", "hour", "with", "since", "due", "why")


def _urgency(turn: Turn) -> tuple[bool, datetime]:
    """What has failed comes first, then what leaves next."""
    return of_decision(turn.decision) in {Exit.DONE, Exit.WAIT}, turn.draft.send_at or datetime.min.replace(tzinfo=UTC)


def _row(session: Session, turn: Turn, columns: Sequence[str]) -> list[str]:
    draft, voice = turn.draft, Voice(lang=session.lang, zone=zone(session.zone(turn.draft)))
    cells = {
        "draft": draft.id,
        "title": messages.plain(draft.title),
        "release": draft.release,
        "state": session.word(f"cli.state.{draft.state.value}"),
        "reach": messages.plain(draft.reach),
        "hour": _hour(session, draft),
        "with": messages.plain(session.word("list.between").join(session.name(each) for each in turn.who)),
        "since": voice.stamp(turn.since) if turn.since else "",
        "due": voice.stamp(turn.until) if turn.until else "",
        "why": messages.plain(session.reasons(turn.decision.blocked_by)),
    }
    return [cells[name] for name in columns]


def _hour(session: Session, draft: Draft) -> str:
    """When it is to leave; what names no instant, as it was written."""
    schedule = draft.schedule
    if schedule.utc is None:
        return messages.plain(schedule.text) or session.word("header.at-once")
    return Voice(lang=session.lang, zone=zone(session.zone(draft))).stamp(schedule.utc)


def _plain(turn: Turn) -> dict[str, object]:
    times = {"since": turn.since, "until": turn.until, "last_stop": turn.last_stop}
    return {
        **turn.decision.to_dict(),
        "with": list(turn.who),
        **{name: moment.isoformat() if moment else None for name, moment in times.items()},
        "blocked_by": sorted(turn.decision.blocked_by),
        "round": turn.draft.round,
        "release": turn.draft.release,
        "items": [{"id": item.id, "text": item.text, "owner": item.owner} for item in turn.draft.items],
    }


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
        put(differing.to_dict(found))
    elif found.since == found.now:
        session.say("diff-none", now=found.now)
    else:
        session.say("diff", saw=found.since, now=found.now, kinds=", ".join(sorted(found.kinds)))
        differing.show(session, found)


def _earlier(session: Session, draft_id: str, since: str) -> str:
    """A digest of this draft's own, whole or by its mark: here nothing is signed by it."""
    if len(since) == _WHOLE:
        return since
    known = [event.digest for event in session.gate.history(draft_id) if event.digest.startswith(since)]
    if not known:
        session.fail(session.word("cli.no-such-text", id=draft_id, mark=since), Exit.USAGE)
    return known[-1]
