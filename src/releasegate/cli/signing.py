"""What people do with a draft: submit, confirm, approve, revoke, send back, withdraw, lift, waive."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from releasegate.cli import preview
from releasegate.cli.answers import acted
from releasegate.cli.exits import Exit
from releasegate.cli.noting import Leaves, Mark, Recipients, noted, read_back, step, with_note
from releasegate.cli.options import Digest, Id, Json, KeyFile, NoteText
from releasegate.cli.session import Session
from releasegate.cli.stopping import Asked, place
from releasegate.errors import Refused, TransitionError
from releasegate.gate import Gate
from releasegate.lifecycle import possible
from releasegate.model.draft import Draft
from releasegate.model.note import Note
from releasegate.model.state import Action
from releasegate.store.ed25519 import read_key

_WHOLE = 64
_SIGNING = {"confirm": Action.CONFIRM, "approve": Action.APPROVE}
_DIGEST = re.compile(r"[0-9a-f]{64}|[0-9a-f]{8}")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for verb in (submit, confirm, approve, revoke, send_back, withdraw, lift, waive):
        app.command(name=verb.__name__.replace("_", "-"))(with_note(verb))
    for stop in (hold, hold_channel):
        app.command(name=stop.__name__.replace("_", "-"))(stop)


def submit(context: typer.Context, draft_id: Id, *, as_json: Json = False, note: str | Note = "") -> None:
    """Hand it on to whoever signs first."""
    step(context, Gate.submit, draft_id, note, as_json=as_json)


def confirm(
    context: typer.Context, draft_id: Id, *, digest: Digest = "", key: KeyFile = "", as_json: Json = False, note: str | Note = ""
) -> None:
    """As a checker, vouch for exactly this text."""
    session: Session = context.obj
    me = session.on(draft_id)
    seen, said = seen_digest(session, draft_id, digest, "confirm"), noted(session, note)
    token = _signed(session, draft_id, "confirm", key, said) if key else ""
    acted(session, "confirm", session.gate.confirm(draft_id, digest=seen, by=me, note=said, signature=token), as_json=as_json)


def _signed(session: Session, draft_id: str, action: Literal["confirm", "approve"], key: str, note: str | Note) -> str:
    """What the key in this file signs for that; should the text change meanwhile, it is of no use."""
    consent = session.gate.consent(draft_id, action, by=session.on(draft_id), note=note)
    return consent.token(read_key(Path(key)).sign(consent.statement()))


def approve(  # noqa: PLR0913 - what is read back, each by name
    context: typer.Context,
    draft_id: Id,
    *,
    digest: Digest = "",
    recipients: Recipients = None,
    leaves: Leaves = "",
    key: KeyFile = "",
    as_json: Json = False,
    note: str | Note = "",
) -> None:
    """As an approver, say yes to exactly this text; where it reaches many, with a read-back."""
    session: Session = context.obj
    me = session.on(draft_id)
    seen = seen_digest(session, draft_id, digest, "approve")
    told = read_back(session, session.gate.draft(draft_id), "approve", (seen[:8], recipients, leaves))
    said = noted(session, note)
    token = _signed(session, draft_id, "approve", key, said) if key else ""
    approved = session.gate.approve(draft_id, digest=seen, by=me, note=said, read_back=told, signature=token)
    acted(session, "approve", approved, as_json=as_json)


def revoke(context: typer.Context, draft_id: Id, *, digest: Digest = "", as_json: Json = False, note: str | Note = "") -> None:
    """Take a signature of your own back. Without --digest: from the text as it stands."""
    session: Session = context.obj
    draft = session.gate.draft(draft_id)
    given = read_digest(session, draft_id, digest)
    whole = draft.digest if given in {"", draft.mark} else given
    me = session.on(draft_id)
    acted(session, "revoke", session.gate.revoke(draft_id, digest=whole, by=me, note=noted(session, note)), as_json=as_json)


def send_back(context: typer.Context, draft_id: Id, *, as_json: Json = False, note: str | Note = "") -> None:
    """Back to the author, with what must change."""
    step(context, Gate.send_back, draft_id, note, as_json=as_json)


def withdraw(context: typer.Context, draft_id: Id, *, as_json: Json = False, note: str | Note = "") -> None:
    """It will never leave."""
    step(context, Gate.withdraw, draft_id, note, as_json=as_json)


def lift(  # noqa: PLR0913 - what is read back, each by name
    context: typer.Context,
    draft_id: Id,
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="Which hold, such as h1.", show_default=False)] = "",
    *,
    mark: Mark = "",
    recipients: Recipients = None,
    leaves: Leaves = "",
    as_json: Json = False,
    note: str | Note = "",
) -> None:
    """Lift this one hold, having read back what will then leave. It sends nothing by itself."""
    session: Session = context.obj
    draft, _, named = draft_id.partition("/")
    which = hold.rpartition("/")[2] or named
    if not which:
        session.fail(_which(session, draft), Exit.USAGE)
    me = session.on(draft)
    told = read_back(session, session.gate.draft(draft), "lift", (mark, recipients, leaves))
    lifted = session.gate.lift(f"{draft}/{which}", by=me, note=noted(session, note), read_back=told)
    acted(session, "lift", lifted, as_json=as_json)


def _which(session: Session, draft_id: str) -> str:
    """The holds in force, by name."""
    holds = [each.id.rpartition("/")[2] for each in session.gate.draft(draft_id).holds]
    if not holds:
        return session.word("cli.lift-none", id=draft_id)
    return session.word("cli.lift-which", id=draft_id, holds=session.word("list.between").join(holds), first=holds[0])


def waive(
    context: typer.Context,
    draft_id: Id,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The finding or requirement to let stand.", show_default=False)],
    *,
    digest: Digest = "",
    as_json: Json = False,
    note: str | Note = "",
) -> None:
    """One vote to let this finding or requirement stand, for exactly this text. Never a hold."""
    session: Session = context.obj
    me = session.on(draft_id)
    seen = seen_digest(session, draft_id, digest, "waive")
    acted(session, "waive", session.gate.waive(draft_id, name, digest=seen, by=me, note=noted(session, note)), as_json=as_json)


def hold(context: typer.Context, draft_id: Id, *, note: NoteText = "") -> None:
    """Stop it at once, wherever it stands. Anybody may; needs only the store. Exit 5: not certainly held."""
    _stop(context, "hold", draft_id, note)


def hold_channel(context: typer.Context, channel: str, *, note: NoteText = "") -> None:
    """Stop everything that is not over on this way out."""
    _stop(context, "hold-channel", channel, note)


def _stop(context: typer.Context, verb: str, what: str, note: str) -> None:
    """Only where the call could not be read by hand before Typer was imported."""
    given = context.obj.given
    asked = Asked(verb=verb, what=what, note=note, config=given.config, store=given.store, lang=given.lang, acting=given.acting)
    context.obj.end(Exit(place(asked)))


def as_written(digest: str) -> str:
    """The digest as the gate writes it: in small letters, without the blanks of whoever copied it."""
    return "".join(digest.split()).lower()


def read_digest(session: Session, draft_id: str, digest: str) -> str:
    """A whole digest, a mark, or "" where none was given; the call ends where it is neither: no text can have changed to it."""
    given = as_written(digest)
    if digest and not _DIGEST.fullmatch(given):
        session.fail(session.word("cli.digest-unreadable", id=draft_id, digest=digest), Exit.USAGE)
    return given


def seen_digest(session: Session, draft_id: str, digest: str, verb: str) -> str:
    """The digest of the text that this person has seen. A mark counts only against a digest that this terminal has shown."""
    given = read_digest(session, draft_id, digest)
    if len(given) == _WHOLE:
        return given
    draft = session.gate.draft(draft_id)
    if given:
        if session.policy.mode != "demo":
            session.fail(session.word("cli.digest-whole", id=draft_id, verb=verb), Exit.USAGE)
        return draft.digest if given == draft.mark else given
    if verb in _SIGNING:
        _may(session, draft, verb)
    if not session.is_at_terminal:
        session.fail(session.word("cli.digest-needed", id=draft_id, verb=verb), Exit.USAGE)
    preview.show(session, draft)
    if as_written(preview.typed(session.word("cli.type-mark", verb=verb))) != draft.mark:
        session.fail(session.word("cli.mark-differs"), Exit.USAGE)
    return draft.digest


def _may(session: Session, draft: Draft, verb: str) -> None:
    """Whoever may not sign it now is told before anything is shown or asked. It is the gate that says so: named no text, it signs none."""
    try:
        getattr(session.gate, verb)(draft.id, digest="", by=session.me, note=verb)
    except Refused as refused:
        if refused.code != "text-changed":
            raise
    if _SIGNING[verb] not in possible(draft.state):
        raise TransitionError(draft.state.value, verb)
