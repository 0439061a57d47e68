"""From events to a draft: what the log says is what is so."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from releasegate.decision.handoffs import Desk
from releasegate.model.draft import Draft, Hold, Linked, Signature, Tally, Twin, Waiver
from releasegate.model.event import Event
from releasegate.model.manifest import Manifest
from releasegate.model.state import Role, State

_DESKS = {State.CHECKING: Role.CHECKER.value, State.APPROVING: Role.APPROVER.value, **{state: "" for state in State if state.over}}
_OPENING = frozenset({"ripen", "approve", "lift", "waive", "settle", "carry"})
_SIGNING = {"confirm": Role.CHECKER, "approve": Role.APPROVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What stands beside a draft's events: its manifest, its deliveries, its twins, the row that caches it, and doubts about all that.

    `linked` are the other drafts of its releases; `standing` its bookings that may go out over there; `others` the eyes of those who
    wrote one of the same messages into another draft.
    """

    manifest: Manifest
    tally: Tally = field(default_factory=Tally)
    twins: tuple[Twin, ...] = ()
    linked: tuple[Linked, ...] = ()
    standing: tuple[str, ...] = ()
    epoch: int = 0
    lease: datetime | None = None
    faults: tuple[str, ...] = ()
    others: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Fold:
    """The state of the fold: everything that an event can change."""

    id: str = ""
    seq: int = 0
    round: int = 0
    digest: str = ""
    state: State = State.DRAFTING
    author: str = ""
    since: datetime | None = None
    written: datetime | None = None
    opened: datetime | None = None
    writers: dict[str, None] = field(default_factory=dict)
    eyes: set[str] = field(default_factory=set)
    signatures: dict[tuple[str, Role, int], Signature] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    waivers: list[Waiver] = field(default_factory=list)
    desk: Desk = field(default_factory=Desk)
    proofs: frozenset[str] = frozenset()


def fold(events: Iterable[Event], around: Surroundings) -> Draft:
    """The draft that these events tell of, in order. The last event's `to` is its state."""
    state = _Fold()
    for event in events:
        _take(state, event)
    return _drafted(state, around)


def extend(draft: Draft, event: Event, around: Surroundings) -> Draft:
    """The draft after one more event: the same as folding all of them again."""
    state = _Fold(
        state=draft.state,
        author=draft.author,
        since=draft.since,
        written=draft.written,
        opened=draft.opened,
        writers=dict.fromkeys(draft.writers),
        eyes=set(draft.eyes),
        signatures={(each.by, each.role, each.round): each for each in draft.signatures},
        holds={hold.id: hold for hold in draft.holds},
        waivers=list(draft.waivers),
        desk=Desk(
            {each.id: each for each in draft.handoffs},
            {item.id: item for item in draft.items},
            draft.taken,
            {each.id: each for each in draft.accepted},
            draft.moved,
            draft.ladder,
        ),
        proofs=draft.proofs,
    )
    _take(state, event)
    return _drafted(state, around)


def _drafted(state: _Fold, around: Surroundings) -> Draft:
    made = around.manifest
    return Draft(
        id=state.id,
        seq=state.seq,
        round=state.round,
        digest=state.digest,
        state=state.state,
        author=state.author,
        since=state.since,
        written=state.written,
        opened=state.opened,
        channel=made.channel,
        title=made.title,
        reach=made.reach,
        schedule=made.schedule,
        window=made.window,
        declared=made.declared,
        sender=made.sender,
        identity=made.identity,
        meant=made.meant,
        count=made.count,
        epoch=around.epoch,
        lease=around.lease,
        tally=around.tally,
        twins=around.twins,
        release=made.release,
        linked=around.linked,
        standing=around.standing,
        faults=around.faults,
        writers=tuple(state.writers),
        eyes=frozenset(state.eyes | around.others),
        signatures=tuple(state.signatures.values()),
        holds=tuple(state.holds.values()),
        waivers=tuple(state.waivers),
        proofs=state.proofs,
        hold_count=len(state.holds),
        desk=_DESKS.get(state.state, state.author) if state.state.over else state.desk.taken or _DESKS.get(state.state, state.author),
        handoffs=tuple(state.desk.handoffs.values()),
        items=tuple(state.desk.items.values()),
        taken=state.desk.taken,
        accepted=tuple(state.desk.accepted.values()),
        moved=state.desk.moved,
        ladder=state.desk.ladder,
    )


def _take(fold: _Fold, event: Event) -> None:
    """One event's effect."""
    fold.id, fold.seq, fold.round, fold.digest = event.draft_id, event.seq, event.round, event.digest
    to = State(event.data.get("to", fold.state))
    if to is not fold.state or event.kind == "write":
        fold.since = event.at
    fold.state = to
    if event.kind in _OPENING:
        fold.opened = event.at
    if event.kind in {"write", "submit"}:
        fold.writers[event.actor] = None
        fold.eyes.add(event.data.get("eyes", event.actor))
    if event.kind == "write":
        fold.author, fold.opened, fold.written = event.actor, None, event.at
    if event.kind in _SIGNING or event.kind == "carry":
        _sign(fold, event)
    _take_hold(fold, event)
    fold.desk.take(event, fold.author, to)
    if event.kind == "revoke":
        for key in [key for key in fold.signatures if key[0] == event.actor and fold.signatures[key].digest == event.digest]:
            del fold.signatures[key]
    if event.kind == "waive":
        fold.waivers.append(_waiver(event))


def _waiver(event: Event) -> Waiver:
    return Waiver(
        name=event.data["name"],
        by=event.actor,
        digest=event.digest,
        rules=event.data["rules"],
        round=event.round,
        at=event.at,
        findings=frozenset(event.data.get("findings", ())),
    )


def _sign(fold: _Fold, event: Event) -> None:
    """A signature, given or carried into this round; the same person's newer one takes the older one's place."""
    role = Role(event.data["role"]) if event.kind == "carry" else _SIGNING[event.kind]
    signer = event.data["by"] if event.kind == "carry" else event.actor
    given = datetime.fromisoformat(event.data["at"]) if event.kind == "carry" else event.at
    proof = event.data.get("proof", "")
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
        proof="" if proof in fold.proofs else proof,  # given before, and perhaps taken back since
        said=event.data.get("said", ""),
    )
    fold.proofs |= {proof} - {""}


def _take_hold(fold: _Fold, event: Event) -> None:
    """Holds come and go one by one."""
    if event.kind == "hold":
        hold = event.data["hold"]
        final = bool(event.data.get("final"))
        owed, along = bool(event.data.get("owed")), event.data.get("with", "")
        fold.holds[hold] = Hold(id=hold, by=event.actor, at=event.at, note=event.note, owed=owed, final=final, along=along)
    elif event.kind == "lift":
        fold.holds.pop(event.data["hold"], None)
    elif event.kind == "answer":
        for name in event.data["holds"]:
            fold.holds[name] = replace(fold.holds[name], note=event.note, owed=False)
