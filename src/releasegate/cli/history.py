"""`log`: what happened to a draft; whether the log is what was written; its head, to be kept elsewhere."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from releasegate import messages
from releasegate.anchoring import Stamping
from releasegate.channels.cause import cause
from releasegate.channels.time_stamping import TimeStampAuthority
from releasegate.cli.exits import Exit
from releasegate.cli.noting import step, with_note
from releasegate.cli.options import Id, Json
from releasegate.cli.session import Session
from releasegate.errors import ContentError
from releasegate.gate import Gate
from releasegate.messages.voice import Voice, zone
from releasegate.messages.words import Words
from releasegate.model.event import Event
from releasegate.model.note import Note
from releasegate.proofing import TEST_LIST
from releasegate.store.verifying import Verification

_OF = "of"


class _Log(TyperGroup):
    """`log july` is short for `log of july`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - a context whose class Typer does not name
        first = next((each for each in args if not each.startswith("-")), "")
        return super().parse_args(ctx, [_OF, *args] if first and first not in self.commands else args)


app = typer.Typer(cls=_Log, no_args_is_help=True, rich_markup_mode=None, help="What happened: `log ID`; and whether the log is sound.")


@app.command(name=_OF)
def of(context: typer.Context, draft_id: Id, *, as_json: Json = False) -> None:
    """Everything that happened to this draft, with its notes."""
    session: Session = context.obj
    events = session.gate.history(draft_id)
    if as_json:
        print(json.dumps([_plain(event) for event in events], ensure_ascii=False, indent=2))
        return
    local = Voice(lang=session.lang, zone=zone(session.zone(session.gate.draft(draft_id))))
    words = [(session.name(event.actor), messages.event(event.kind, session.lang)) for event in events]
    wide = [max(messages.width(messages.plain(word)) for word in column) for column in zip(*words, strict=True)]
    for event, (who, what) in zip(events, words, strict=True):
        cells = [local.stamp(event.at), messages.pad(messages.plain(who), wide[0]), messages.pad(what, wide[1]), event.digest[:8]]
        print("  ".join([*cells, messages.plain(_remark(session, event))]).rstrip())


def _remark(session: Session, event: Event) -> str:
    """What somebody said; of a proof, for whom it was and which mail."""
    if event.kind != "proof":
        return event.note
    to = str(event.data["reader"])
    name = to if to == TEST_LIST else session.word("person", name=session.name(to))
    return session.word("cli.log-proof", to=name, no=int(event.data["no"]))


def _plain(event: Event) -> dict[str, Any]:
    return {
        "position": event.position,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "actor": event.actor,
        "auth": event.auth,
        "digest": event.digest,
        "round": event.round,
        "note": event.note,
        "data": dict(event.data),
        "hash": event.hash,
    }


@app.command()
def anchor(
    context: typer.Context,
    *,
    stamp: Annotated[str, typer.Option("--stamp", help="A time stamp authority (RFC 3161) that stamps it: its URL.")] = "",
    roots: Annotated[str, typer.Option("--roots", help="A file with the authority's root certificates (PEM).")] = "",
) -> None:
    """The log's head: keep it where the store is not, and give it to `log verify` later. It is added to the policy's files of anchors."""
    session: Session = context.obj
    if stamp and not roots:
        session.fail(session.word("cli.stamp-without-roots"), Exit.USAGE)
    rules = session.policy.anchors
    if not stamp and not rules.files and not rules.key:
        print(session.gate.head())
        return
    stamping = Stamping(ask=TimeStampAuthority(stamp), roots=_bytes(roots)) if stamp else None
    print(session.gate.anchor(stamping=stamping).line())


@app.command()
@with_note
def erase(context: typer.Context, draft_id: Id, *, as_json: Json = False, note: str | Note = "") -> None:
    """Take away what a draft that is over said, to whom, and the words of its notes. The log stays whole, and says who did it and why."""
    step(context, Gate.erase, draft_id, note, as_json=as_json)


@app.command()
def verify(
    context: typer.Context,
    *,
    given: Annotated[list[str] | None, typer.Option("--anchor", help="A head that was kept: position:hash. May be given again.")] = None,
    file: Annotated[str, typer.Option("--anchors", help="A file with one anchor a line. Left out: those of the policy.")] = "",
    keys: Annotated[list[str] | None, typer.Option("--key", help="A public key whose anchors count. May be given again.")] = None,
    roots: Annotated[str, typer.Option("--roots", help="A file with the root certificates (PEM) of a time stamp authority.")] = "",
    as_json: Json = False,
) -> None:
    """Whether the log is what was written, back to the last anchor. Exit 1 where it is not."""
    session: Session = context.obj
    lines = _lines(session, file) if file else None
    try:
        found = session.gate.verify(anchors=given or (), kept=lines, keys=keys or (), roots=_bytes(roots) if roots else b"")
    except ValueError as error:
        session.fail(messages.told(error.args[0], session.lang), Exit.USAGE)
    if as_json:
        print(json.dumps(_verified(found), ensure_ascii=False, indent=2))
    else:
        _tell(session, found)
    session.end(Exit.DONE if found.sound else Exit.FAILED)


def _lines(session: Session, file: str) -> list[str]:
    """The anchors in this file; what follows the first word of a line is a remark."""
    try:
        text = _bytes(file).decode()
    except UnicodeDecodeError as error:
        message = Words("{path}: byte {start} is not UTF-8; save the file as UTF-8", path=file, start=error.start)
        session.fail(messages.told(message, session.lang), Exit.USAGE)
    return [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _bytes(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError as error:
        what, mend = Words("it cannot be opened: {error}.", error=cause(error)), Words("Check its name and who may read it.")
        raise ContentError(what, where=file, mend=mend) from error


def _tell(session: Session, found: Verification) -> None:
    if found.sound:
        session.say("log-sound", n=found.length)
    else:
        session.say("log-broken", n=len(found.faults))
    for fault in found.faults:
        print(f"  {messages.plain(messages.told(fault, session.lang))}")
    if found.erased:
        session.say("log-erased", n=found.erased)
    if bare := found.length - found.covered:
        session.say("log-uncovered", n=bare, since=found.since.isoformat() if found.since else "")
    if not found.anchors:
        session.say("log-no-anchors")
    session.say("log-head", head=found.head)


def _verified(found: Verification) -> dict[str, Any]:
    return {
        "sound": found.sound,
        "events": found.length,
        "head": found.head,
        "faults": list(found.faults),
        "uncovered": found.length - found.covered,
        "since": found.since.isoformat() if found.since else None,
        "erased": found.erased,
        "anchors": found.anchors,
    }
