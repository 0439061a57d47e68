"""From events to a draft: what the log says is what is so."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from releasegate.model.draft import Draft, Hold, Signature, Tally, Twin, Waiver
from releasegate.model.event import Event
from releasegate.model.manifest import Manifest
from releasegate.model.state import Role, State

_OPENING = frozenset({"ripen", "approve", "lift", "waive", "settle", "carry"})
_SIGNING = {"confirm": Role.CHECKER, "approve": Role.APPROVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stands beside a draft's events: its manifest, its deliveries, its twins, the row that caches it, and doubts about all that."""

    manifest: Manifest
    tally: Tally = field(default_factory=Tally)
    twins: tuple[Twin, ...] = ()
    epoch: int = 0
    lease: datetime | None = None
    faults: tuple[str, ...] = ()


@dataclass(slots=True)
class _Fold:
    """The state of the fold: everything that an event can change."""

    draft: Draft
    writers: dict[str, None]
    signatures: dict[tuple[str, Role, int], Signature]
    holds: dict[str, Hold]
    waivers: list[Waiver]


def fold(events: Iterable[Event], around: Surroundings) -> Draft:
    """The draft that these events tell of, in order. The last event's `to` is its state."""
    made = around.manifest
    start = Draft(id="", channel=made.channel, title=made.title, state=State.DRAFTING, digest="", reach=made.reach)
    state = _Fold(start, {}, {}, {}, [])
    for event in events:
        _take(state, event)
    return _drafted(state, around)


def extend(draft: Draft, event: Event, around: Surroundings) -> Draft:
    """The draft after one more event: the same as folding all of them again."""
    signatures = {(each.by, each.role, each.round): each for each in draft.signatures}
    state = _Fold(draft, dict.fromkeys(draft.writers), signatures, {hold.id: hold for hold in draft.holds}, list(draft.waivers))
    _take(state, event)
    return _drafted(state, around)


def _drafted(state: _Fold, around: Surroundings) -> Draft:
    made = around.manifest
    return replace(
        state.draft,
        channel=made.channel,
        title=made.title,
        reach=made.reach,
        schedule=made.schedule,
        window=made.window,
        sender=made.sender,
        identity=made.identity,
        meant=made.meant,
        count=made.count,
        epoch=around.epoch,
        lease=around.lease,
        tally=around.tally,
        twins=around.twins,
        faults=around.faults,
        writers=tuple(state.writers),
        signatures=tuple(state.signatures.values()),
        holds=tuple(state.holds.values()),
        waivers=tuple(state.waivers),
        hold_count=len(state.holds),
    )


def _take(fold: _Fold, event: Event) -> None:
    """One event's effect."""
    draft = fold.draft
    to = State(event.data.get("to", draft.state))
    changes: dict[str, object] = {"id": event.draft_id, "seq": event.seq, "round": event.round, "digest": event.digest, "state": to}
    if to is not draft.state or event.kind == "write":
        changes["since"] = event.at
    if event.kind in _OPENING and not (event.kind == "settle" and event.data.get("by") == "program"):
        changes["opened"] = event.at
    if event.kind in {"write", "submit"}:
        fold.writers[event.actor] = None
    if event.kind == "write":
        changes |= {"author": event.actor, "opened": None, "written": event.at}
    if event.kind in _SIGNING or event.kind == "carry":
        _sign(fold, event)
    _take_hold(fold, event)
    if event.kind == "revoke":
        for key in [key for key in fold.signatures if key[0] == event.actor and fold.signatures[key].digest == event.digest]:
            del fold.signatures[key]
    if event.kind == "waive":
        fold.waivers.append(
            Waiver(name=event.data["name"], by=event.actor, digest=event.digest, rules=event.data["rules"], round=event.round, at=event.at)
        )
    fold.draft = replace(draft, **changes)  # type: ignore[arg-type]  # the keys above are fields of Draft


def _sign(fold: _Fold, event: Event) -> None:
    """A signature, given or carried into this round; the same person's newer one takes the older one's place."""
    role = Role(event.data["role"]) if event.kind == "carry" else _SIGNING[event.kind]
    signer = event.data["by"] if event.kind == "carry" else event.actor
    given = datetime.fromisoformat(event.data["at"]) if event.kind == "carry" else event.at
    fold.signatures[signer, role, event.round] = Signature(
        by=signer,
        role=role,
        digest=event.digest,
        rules=event.data["rules"],
        round=event.round,
        at=given,
        seq=event.seq,
        via=event.data.get("via", ""),
        carried=event.kind == "carry",
        carried_for=tuple(event.data.get("for", ())),
        seen=event.data.get("seen", event.digest),
    )


def _take_hold(fold: _Fold, event: Event) -> None:
    """Holds come and go one by one."""
    if event.kind == "hold":
        hold = event.data["hold"]
        final = bool(event.data.get("final"))
        fold.holds[hold] = Hold(id=hold, by=event.actor, at=event.at, note=event.note, owed=bool(event.data.get("owed")), final=final)
    elif event.kind == "lift":
        fold.holds.pop(event.data["hold"], None)
