"""Reading back: right before it leaves, what the provider holds is compared with what was sealed and signed."""

from collections.abc import Callable
from typing import Any

import orjson

from releasegate.diary import diary
from releasegate.model.parcel import JSON, Parcel
from releasegate.model.verdict import Blocker, Kind
from releasegate.office import AnyChannel, Office
from releasegate.patience import patience, within
from releasegate.protocols import ClockedChannel, Rendered
from releasegate.store import reading
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

_KINDS = {"body": bytes, "to": tuple, "sender": str, "title": str, "reach": int, "media": str}

Reread = Callable[[str, Parcel], Blocker | None]
"""Given a draft's id and what is sealed: why it is not what would be made of it elsewhere; None where it is."""


def reread(office: Office, channel: AnyChannel) -> Reread | None:
    """What is to be asked before each fence of a draft on this channel; None where nothing is rendered elsewhere.

    The blocker says why it may not leave: another template, another list, or no answer that could be compared. The log has it, too.
    """
    if not isinstance(channel, Rendered):
        return None
    again = "book" if isinstance(channel, ClockedChannel) else "send"

    def ask(draft_id: str, sealed: Parcel) -> Blocker | None:
        blocker = compare(channel, sealed, draft_id, again)
        if blocker is not None:
            office.store.act(lambda txn: _note(txn, draft_id, blocker))
        return blocker

    return ask


def _note(txn: Txn, draft_id: str, blocker: Blocker) -> None:
    known = reading.load(txn, draft_id)
    marks = {name: blocker.params[name] for name in ("sealed", "there") if name in blocker.params}
    advance(txn, known, Step(kind="blocked", actor="gate", to=known.draft.state, data={"n": 1, **marks}, memo={"by": [blocker.code]}))


def compare(channel: Rendered, sealed: Parcel, draft_id: str, again: str) -> Blocker | None:
    """None where the provider would send what was sealed; `again` is the verb by which it is tried once more."""
    try:
        answer: object = within(patience(channel), lambda: channel.read_back(sealed))
        found = _anew(answer) if isinstance(answer, Parcel) else None
    except Exception as error:  # noqa: BLE001 - whatever it is: what stands there is not known
        return _unread(draft_id, again, f"{type(error).__name__}: {error}")
    if found is None:
        return _unread(draft_id, again, type(answer).__name__)
    if found.digest == sealed.digest:
        return None
    params: dict[str, str | int] = {"sealed": sealed.digest[:8], "there": found.digest[:8], "parts": ", ".join(_differing(sealed, found))}
    return Blocker(code="template-changed", kind=Kind.MEND, params=params, how=(f"releasegate write {draft_id} …",))


def _anew(answer: Parcel) -> Parcel:
    """Made of what it holds alone: a digest that it brings along may be of the text that it was copied from. Raises where it is none."""
    fields = {name: getattr(answer, name) for name in Parcel.model_fields}
    for name, value in fields.items():
        if type(value) is not _KINDS[name]:
            raise TypeError(f"{name}: {type(value).__name__}")
    return Parcel(**fields)


def _unread(draft_id: str, again: str, reason: str) -> Blocker:
    diary().error("what the provider renders could not be read back", draft=draft_id, error=reason[:300])
    return Blocker(code="template-unread", kind=Kind.WAIT, params={"error": reason[:300]}, how=(f"releasegate {again} {draft_id}",))


def _differing(sealed: Parcel, found: Parcel) -> list[str]:
    """The parts that differ, by their names in the sealed body; the envelope's own where only they do."""
    mine, theirs = _parts(sealed), _parts(found)
    parts = sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name))
    fields = [name for name in ("to", "sender", "title", "reach", "media") if getattr(sealed, name) != getattr(found, name)]
    return parts or fields or ["body"]


def _parts(parcel: Parcel) -> dict[str, Any]:
    try:
        read = orjson.loads(parcel.body) if parcel.media == JSON else None
    except orjson.JSONDecodeError:
        read = None
    return read if isinstance(read, dict) else {}
