"""One run through a draft's deliveries: claim, fence, hand over, settle. It yields what to send and is told what became of it."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from releasegate import signing, writing
from releasegate.concluding import conclude, overdue, tidy
from releasegate.decision.booked import taken_away
from releasegate.diary import diary
from releasegate.errors import NotFound, StoreError
from releasegate.lifecycle import next_state
from releasegate.messages.words import Words
from releasegate.model.booking import Booking
from releasegate.model.draft import Draft
from releasegate.model.parcel import Parcel
from releasegate.model.state import Action, DeliveryState, State
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.office import Office
from releasegate.rereading import Reread
from releasegate.store import bookings, deliveries, reading, rows, rules, seals
from releasegate.store.deliveries import Delivery, Settlement, Shift
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.workers import name_worker

FAILURES = 5
"""After so many deliveries in a row that were not clearly sent or refused, a run stops: the way out is broken, not the letter."""

RECHECK = timedelta(seconds=30)
"""So long a verdict stands for further letters: what moves neither the draft's row nor the rules' (the hold of a twin, a check that
reads the hour, doubt about the clock) stops a long send after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What is to be handed to the channel now: the fence has just been passed. `at`: its hour, where it has one."""

    parcel: Parcel
    key: str
    delivery: Delivery
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a run ended: the verdict that stopped it (None: it went through), and the draft as it then stands."""

    draft: Draft
    stopped: Decision | None = None


class Interrupted(Exception):
    """Thrown in by whoever drives a run and will not go on: `done` is what became of the delivery in its hands."""

    def __init__(self, done: Settlement) -> None:
        super().__init__()
        self.done = done


@dataclass(slots=True)
class Run:
    """One worker's way through one draft."""

    office: Office
    draft_id: str
    actor: str
    deadline: float
    worker: str
    began: datetime
    epoch: int
    digest: str
    identity: str | None
    round: int
    judged: tuple[int, int]
    verdict: Decision
    latest: datetime
    into: State = State.SENDING
    reread: Reread | None = None
    at: datetime | None = None
    taken_away: tuple[str, ...] = ()
    claimed: int = 0
    failures: int = 0
    error: str = ""
    handed: int = 0
    pending: Settlement | None = None


Steps = Generator[Going, Settlement, End]


def dispatch(
    office: Office, draft_id: str, *, by: str, deadline: float, into: State = State.SENDING, reread: Reread | None = None
) -> Steps:
    """Yield each delivery right after its fence; `.send()` what became of it. Returns the End. `into` BOOKING: it is booked, not sent.

    `reread` is asked before each fence, outside of any transaction: a blocker that it gives stops the run.
    """
    opened = office.store.act(lambda txn: _open(office, txn, draft_id, by, deadline, into))
    if isinstance(opened, End):
        return opened
    opened.reread = reread
    try:
        return (yield from _work(opened))
    except StoreError as error:
        if not opened.handed:
            raise
        message = Words(
            "Stopped half-way: {handed} messages of {draft_id} were handed over before the store failed. {error}",
            handed=opened.handed,
            draft_id=draft_id,
            error=error.args[0],
        )
        raise StoreError(message) from error


def _work(run: Run) -> Steps:
    """All that this worker can hand over, and the end of its run, however it comes."""
    stopped: Decision | None = None
    try:
        stopped = yield from _hand_out(run)
    finally:
        draft = _end(run)
    return End(draft=draft, stopped=stopped if stopped is not None else _failing(run, draft))  # a closed Decision is falsy


def _hand_out(run: Run) -> Generator[Going, Settlement, Decision | None]:
    """Batch after batch; the Decision that stopped it, if one did."""
    reader = seals.Reader(run.digest)
    while run.failures < FAILURES:
        batch = run.office.store.act(lambda txn: _claim(run, txn))
        if not batch:
            break
        for delivery, parcel in _parcels(run, reader, batch):
            passed = _fence(run, delivery) if (other := _unlike(run, parcel)) is None else other
            if isinstance(passed, Decision):
                return passed
            if passed:
                yield from _one(run, Going(parcel=parcel, key=_key(run, delivery), delivery=delivery, at=run.at))
            if run.failures >= FAILURES:
                break
    return None


def _unlike(run: Run, parcel: Parcel) -> Decision | None:
    """What its provider would make of it is not what was sealed, or nobody knows: why nothing leaves."""
    blocker = run.reread(run.draft_id, parcel) if run.reread is not None else None
    return None if blocker is None else replace(run.verdict, blockers=(blocker,), tried=True)


def _fence(run: Run, delivery: Delivery) -> Decision | bool:
    """Past it, or why not. A long send outlives what a check said: where that alone shuts, it is asked again; so are the anchors."""
    passed = run.office.store.act(lambda txn: _begin(run, txn, delivery))
    run.pending = None
    if isinstance(passed, Decision) and passed.blocked_by and passed.blocked_by <= {"checks-fresh", "anchor-old"}:
        writing.refresh(run.office, run.draft_id)
        passed = run.office.store.act(lambda txn: _begin(run, txn, delivery))
    return passed


def _one(run: Run, going: Going) -> Generator[Going, Settlement, None]:
    """One delivery: what became of it waits in `run.pending` for the next write. Unanswered it is unknown."""
    try:
        run.pending = yield going
    except Interrupted as interrupted:
        run.pending = interrupted.done
        raise
    except GeneratorExit:
        run.pending = Settlement(delivery=going.delivery, state=DeliveryState.UNKNOWN, error="interrupted while it was on its way")
        raise
    run.handed += run.pending.state is not DeliveryState.WAITING
    _count(run, run.pending)


def _end(run: Run) -> Draft:
    """Write the last outcome and give back the rest. What cannot be written is said to the log: nowhere else is it known."""
    try:
        return run.office.store.act(lambda txn: _finish(run, txn))
    except Exception:
        if run.pending is not None:
            each = run.pending.delivery
            place = f"{each.no}.{each.part}"
            diary().error("outcome not written", draft=run.draft_id, delivery=place, attempt=each.attempt, outcome=run.pending.state.value)
        raise


def _count(run: Run, done: Settlement) -> None:
    fine = done.state in {DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.BOOKED}
    run.failures, run.error = (0, run.error) if fine else (run.failures + 1, done.error)


def _failing(run: Run, draft: Draft) -> Decision | None:
    """Something is left although nothing shut the gate: withdrawn meanwhile, in another worker's hands, or the way out did not take it."""
    tally = draft.tally
    if not tally.left:
        return None
    if draft.state.over:
        blocker = Blocker(code=draft.state.value, kind=Kind.MEND)
    elif tally.claimed or tally.sending:
        blocker = _IN_PROGRESS
    else:
        params: dict[str, str | int] = {"error": run.error, "n": tally.left}
        verb = _AS[run.into]
        blocker = Blocker(code=_NOT[run.into], kind=Kind.WAIT, params=params, how=(f"releasegate {verb} {draft.id}",))
    return replace(run.verdict, blockers=(blocker,), tried=True)


_IN_PROGRESS = Blocker(code="in-progress", kind=Kind.WAIT, params={"until": ""})
_AS = {State.SENDING: "send", State.BOOKING: "book"}
_NOT = {State.SENDING: "not-sent", State.BOOKING: "not-booked"}


def _key(run: Run, each: Delivery) -> str:
    """The same for every attempt at this delivery of this text in this round, never of an epoch: what a provider can know it again by.

    What was taken away over there is booked under another one: a provider that keeps to its keys would answer with what is gone.
    """
    return deliveries.key_of(run.office.store.id, each, run.round, *run.taken_away)


def _parcels(run: Run, reader: seals.Reader, batch: list[Delivery]) -> list[tuple[Delivery, Parcel]]:
    """The sealed parcels of these deliveries, read before the fence: nothing slow stands between it and the first byte."""
    whole = run.office.store.look(lambda txn: reader.some(txn, [each.no for each in batch]))
    return [(each, _for(each, parcel)) for each, parcel in zip(batch, whole, strict=True)]


def _for(each: Delivery, whole: Parcel) -> Parcel:
    """The parcel for those of its recipients whom this delivery is for."""
    if each.to == whole.to:
        return whole
    return Parcel(body=whole.body, to=each.to, sender=whole.sender, title=whole.title, reach=each.reach, media=whole.media)


def _open(office: Office, txn: Txn, draft_id: str, by: str, deadline: float, into: State = State.SENDING) -> Run | End:
    """The claim: everything that happened since is seen, the verdict is asked, and the draft is taken; or the reason why not."""
    gate_epoch = rules.epoch(txn)
    actor = office.person(txn, by)
    known = _up_to_date(office, txn, reading.load(txn, draft_id))
    if known.draft.state is State.SENT or (into is State.BOOKING and known.draft.state is State.BOOKED):
        return End(draft=known.draft)
    verdict = _verdict(office, txn, known)
    if not verdict:
        return End(draft=_shut(office, txn, known, verdict, actor.id).draft, stopped=verdict)
    now, claimed, worker = txn.now(), 0, name_worker()
    if known.draft.state is State.APPROVED:
        known = advance(txn, known, _taken(known, actor.id, worker, now + timedelta(seconds=deadline), into))
        claimed = known.row.seq
    return Run(
        office=office,
        draft_id=draft_id,
        actor=actor.id,
        deadline=deadline,
        worker=worker,
        began=now,
        epoch=known.row.epoch,
        digest=known.draft.digest,
        identity=office.identity(known.draft.channel),
        round=known.draft.round,
        judged=(known.row.seq, gate_epoch),
        verdict=verdict,
        latest=_stands(verdict, now),
        into=into,
        at=known.draft.send_at,
        taken_away=taken_away(known.events, office.limits(known.draft.channel), now),
        claimed=claimed,
    )


def _taken(known: Known, actor: str, worker: str, until: datetime, into: State) -> Step:
    """This worker's claim of the draft; who it is stands beside the chain, to be known dead by."""
    to = next_state(known.draft.state, Action.CLAIM)
    changes = {"epoch": known.row.epoch + 1, "lease": until.isoformat(timespec="microseconds")}
    return Step(kind="claim", actor=actor, to=to, data={"as": _AS[into]}, memo={"worker": worker}, changes=changes)


def _up_to_date(office: Office, txn: Txn, known: Known) -> Known:
    """The draft with all that time, dead workers, and changes of the rules have brought: a right that was given back opens again."""
    known = tidy(txn, known)
    waiting = known.draft.state in {State.CHECKING, State.APPROVING} and not known.draft.faults
    return signing.mature(office, txn, known) if waiting else known


def _verdict(office: Office, txn: Txn, known: Known) -> Decision:
    """decide(), and what only the claim can see: somebody else's claim, and a seal whose list is not the manifest's."""
    verdict = replace(office.judge(txn, known), tried=True)
    more: list[Blocker] = []
    if known.draft.state is State.CLAIMED:
        until = known.draft.lease.isoformat() if known.draft.lease else ""
        more.append(Blocker(code="in-progress", kind=Kind.WAIT, params={"until": until}))
    if verdict.open and not more and not seals.whole(txn, known.draft.digest):
        more.append(Blocker(code="approval-binds-content", kind=Kind.MEND, params={"what": known.draft.mark}))
    return replace(verdict, blockers=(*verdict.blockers, *more)) if more else verdict


_TOLD = frozenset({"remind", "untold", "ping", "heard"})
"""What people were told meanwhile makes no other list of reasons."""


def _shut(office: Office, txn: Txn, known: Known, verdict: Decision, actor: str) -> Known:
    """A closed gate is logged once for each list of reasons; what time has taken away is written down."""
    if known.draft.faults:
        return known
    known = overdue(txn, known, verdict)
    known = signing.mature(office, txn, known) if not known.draft.state.over else known
    reasons = sorted(verdict.blocked_by)
    last = next(event for event in reversed(known.events) if event.kind not in _TOLD)
    if last.kind == "blocked" and last.memo.get("by") == reasons:
        return known
    step = Step(kind="blocked", actor=actor, to=known.draft.state, data={"n": len(reasons)}, memo={"by": reasons})
    return advance(txn, known, step)


def _claim(run: Run, txn: Txn) -> list[Delivery]:
    """The next deliveries for this worker; none where the draft is no longer its own to send."""
    row = rows.read(txn, run.draft_id)
    if row is None or row.epoch != run.epoch or row.digest != run.digest:
        return []
    shift = Shift(worker=run.worker, began=run.began, lease=txn.now() + timedelta(seconds=run.deadline * 2))
    return deliveries.claim(txn, run.draft_id, run.digest, shift)


def _begin(run: Run, txn: Txn, delivery: Delivery) -> Decision | bool:
    """The fence: the last write before the first byte. The rules' row is shared, the draft's row locked, the verdict the same as judged.

    A Decision where the gate has shut meanwhile; False where somebody else has this delivery.
    """
    gate_epoch = rules.epoch(txn)
    row = rows.read(txn, run.draft_id)
    now = txn.now()
    if run.pending is not None and not _settle(run, txn, run.pending, now):
        row = rows.read(txn, run.draft_id)  # it is held now
    if row is None:
        raise NotFound("draft", run.draft_id)
    # Before the first one it is always asked again: of two twins that were claimed at one moment, neither claim saw the other.
    moved = row.epoch != run.epoch or row.hold_count or (row.seq, gate_epoch) != run.judged or row.state is not run.into
    if moved or now >= run.latest or run.office.identity(row.channel) != run.identity:
        stopped = _ask_again(run, txn, gate_epoch, now)
        if stopped is not None:
            return stopped
    began = deliveries.begin(txn, delivery, now=now, until=now + timedelta(seconds=run.deadline))
    if began and run.into is State.BOOKING:
        bookings.begin(txn, _booking(run, delivery, row.channel, now))
    return began


def _booking(run: Run, delivery: Delivery, channel: str, now: datetime) -> Booking:
    """What is going to stand over there, for all that is known from here on."""
    return Booking(
        attempt=delivery.attempt,
        draft_id=run.draft_id,
        digest=run.digest,
        channel=channel,
        key=_key(run, delivery),
        at=run.at or now,  # decide() has asked for an hour: none never comes here
        began=now,
        due=now + timedelta(seconds=run.deadline),
        worker=delivery.worker,
    )


def _ask_again(run: Run, txn: Txn, gate_epoch: int, now: datetime) -> Decision | None:
    """The same verdict as at the claim, with all that has come since; the first one leads the draft into `sending`. None: go on."""
    known = reading.load(txn, run.draft_id)
    verdict = replace(run.office.judge(txn, known), tried=True)
    if not verdict:
        return verdict
    state = known.row.state
    if known.row.epoch != run.epoch or state not in {State.CLAIMED, run.into}:
        return _elsewhere(verdict)
    if state is State.CLAIMED:
        to = next_state(state, Action.BEGIN, run.into)
        known = advance(txn, known, Step(kind="begin", actor=run.actor, to=to, changes={"lease": ""}))
    run.judged, run.verdict, run.latest = (known.row.seq, gate_epoch), verdict, _stands(verdict, now)
    return None


def _stands(verdict: Decision, now: datetime) -> datetime:
    """Until when further letters leave by this verdict."""
    return min(verdict.until or now + RECHECK, now + RECHECK)


def _elsewhere(verdict: Decision) -> Decision:
    """The draft was taken out of this worker's hands."""
    return replace(verdict, blockers=(_IN_PROGRESS,), tried=True)


def _settle(run: Run, txn: Txn, done: Settlement, now: datetime) -> bool:
    """Write what became of it. An attempt that was fenced off meanwhile (False) is evidence and a hold, never a step."""
    if run.into is State.BOOKING:
        bookings.answered(txn, done, now=now)  # also a late answer: it names what has to be taken away
    if deliveries.settle(txn, done, now=now) or deliveries.stands(txn, done):
        return True
    from releasegate.holding import Stop, place

    evidence = f"late answer of attempt {done.delivery.attempt}: {done.state.value} {done.receipt or done.error}".strip()
    place(txn, run.draft_id, Stop(by="gate", note=evidence))
    return False


def _finish(run: Run, txn: Txn) -> Draft:
    """Settle what is open, give back what was not begun, and say how it stands."""
    row = rows.read(txn, run.draft_id)
    now = txn.now()
    if run.pending is not None:
        _settle(run, txn, run.pending, now)
    deliveries.let_go(txn, run.draft_id, run.digest, run.worker)
    known = reading.load(txn, run.draft_id)
    if row is None or known.draft.digest != run.digest:
        return known.draft
    # By the claim, not by the epoch: a hold that came between moves the epoch, and must not leave the draft claimed for a whole lease.
    claim = max((event.seq for event in known.events if event.kind == "claim"), default=0)
    return conclude(txn, known, run.actor, mine=claim == run.claimed).draft
