"""One step of one draft: the row first, the event second, both in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from releasegate.decision.folding import Surroundings, extend, fold
from releasegate.model.event import Event
from releasegate.model.state import State
from releasegate.store import log, rows
from releasegate.store.reading import Known
from releasegate.store.rows import Row
from releasegate.store.store import Txn


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens: `kind` by `actor`, leading `to` a state. `data` goes into the chain, `note` and `memo` beside it."""

    kind: str
    actor: str
    to: State
    auth: str = "claimed"
    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    memo: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, object] = field(default_factory=dict)


def advance(txn: Txn, known: Known, step: Step, *, around: Surroundings | None = None) -> Known:
    """Take the step and return the draft as it then stands. Raises Conflict where somebody else was first."""
    row, now = known.row, txn.now()
    changes: dict[str, Any] = {**step.changes, "seq": row.seq + 1, "state": step.to, "updated": now.isoformat(timespec="microseconds")}
    after = replace(row, **changes)
    rows.move(txn, row, after)
    event = log.append(txn, _event(after, step, now))
    around = replace(around or known.around, epoch=after.epoch, lease=datetime.fromisoformat(after.lease) if after.lease else None)
    return Known(draft=extend(known.draft, event, around), row=after, events=(*known.events, event), around=around)


def start(txn: Txn, row: Row, step: Step, around: Surroundings) -> Known:
    """A new draft: its row and its first event."""
    now = txn.now()
    first = replace(row, seq=1, state=step.to, updated=now.isoformat(timespec="microseconds"))
    rows.insert(txn, first)
    events = (log.append(txn, _event(first, step, now)),)
    return Known(draft=fold(events, around), row=first, events=events, around=around)


def _event(row: Row, step: Step, now: datetime) -> Event:
    return Event(
        kind=step.kind,
        actor=step.actor,
        auth=step.auth,
        at=now,
        draft_id=row.id,
        seq=row.seq,
        round=row.round,
        digest=row.digest,
        data={"to": step.to.value, "epoch": row.epoch, **step.data},
        note=step.note,
        memo=step.memo,
    )
