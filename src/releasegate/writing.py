"""Writing: content becomes sealed bytes, the checks look at them, and the draft has a text."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from releasegate import holding
from releasegate.checking import to_memo
from releasegate.decision.folding import Surroundings, fold
from releasegate.errors import ContentError
from releasegate.lifecycle import next_state
from releasegate.messages.words import Words
from releasegate.model.declared import Declared
from releasegate.model.draft import Draft, Tally
from releasegate.model.event import Event
from releasegate.model.finding import CheckResult
from releasegate.model.manifest import Manifest
from releasegate.model.schedule import parse_schedule
from releasegate.model.state import Action, Meant, Role, State
from releasegate.office import Office
from releasegate.policy.channel_rules import ChannelRules
from releasegate.store import deliveries, reading, rows, seals
from releasegate.store.rows import Row
from releasegate.store.seals import Seal
from releasegate.store.stepping import Step, advance, start
from releasegate.store.store import Txn

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_GOING = frozenset({State.CLAIMED, State.SENDING, State.BOOKING, State.BOOKED, State.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What an author hands in: the way out, the content, and how it is meant."""

    channel: str
    content: object
    title: str = ""
    send_at: str | datetime | None = None
    meant: str = Meant.LIVE.value
    declared: int | None = None
    embargo: str | datetime | None = None
    release: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Who writes, and whose eyes those are at this moment: a later directory does not make somebody else of them."""

    actor: str
    eyes: str


def write(office: Office, draft_id: str, text: Text, *, by: str) -> Draft:
    """A new draft, or a new text for this one, sealed as it would leave. The same text again changes nothing."""
    if not _ID.fullmatch(draft_id):
        raise ContentError(
            Words("{draft_id!r} is no id.", draft_id=draft_id),
            where=Words("draft"),
            mend=Words("Use letters, digits, '.', '_' and '-', at most 100, like 2026-07."),
        )
    if text.release and not _ID.fullmatch(text.release):
        raise ContentError(
            Words("{name!r} is no name of a release.", name=text.release),
            where=Words("release"),
            mend=Words("Use letters, digits, '.', '_' and '-', at most 100, like 2026-07."),
        )
    rules = office.gated(text.channel)
    actor = office.store.look(lambda txn: _may_write(office, txn, draft_id, by))
    seal = seals.write(office.store, office.channels[text.channel].seal(text.content))
    if not seal.count:
        raise office.refused("seal-empty", channel=text.channel)
    if rules.clock and seal.count > 1:
        raise office.refused("booking-of-many", channel=text.channel, n=seal.count)
    made = _manifest(seal, text, rules, office.channels[text.channel].identity)
    at = office.store.act(lambda txn: _bind(txn, seal, made))
    preview = fold(
        [Event(kind="write", actor=actor, at=at, draft_id=draft_id, digest=made.digest, round=1, data={"to": "drafting"})],
        Surroundings(manifest=made, tally=Tally(waiting=made.reach)),
    )
    results = _look(office, preview, at)
    return office.store.act(_put(office, draft_id, made, actor, results))


def _bind(txn: Txn, seal: Seal, made: Manifest) -> datetime:
    seals.bind(txn, seal, made)
    return txn.now()


def _manifest(seal: Seal, text: Text, rules: ChannelRules, identity: str) -> Manifest:
    return Manifest(
        parcels=seal.parcels,
        count=seal.count,
        recipients=seal.recipients,
        reach=seal.reach,
        sender=seal.sender,
        title=text.title or seal.title,
        channel=text.channel,
        identity=identity,
        meant=_meant(text.meant),
        schedule=parse_schedule(text.send_at, default_zone=rules.zone),
        window=int(rules.window.total_seconds()),
        declared=Declared.read(text.declared, text.embargo, default_zone=rules.zone),
        release=text.release.lower(),  # however it is written, it is one name: a hold must not miss a way out for a capital letter
    )


def _meant(word: str) -> str:
    try:
        return Meant(word).value
    except ValueError as error:
        raise ContentError(
            Words("{word!r} is nothing that a draft is for.", word=word), where=Words("meant"), mend=Words("Say live, test or drill.")
        ) from error


def _look(office: Office, preview: Draft, at: datetime) -> tuple[CheckResult, ...]:
    """What the checks of the content say: run outside of any transaction, since twelve thousand mails take their time."""
    known = office.store.look(lambda txn: _events(txn, preview.id))
    return office.checking.run(office.store, preview, office.checking.missing(known, preview.digest, at), at)


def _events(txn: Txn, draft_id: str) -> tuple[Event, ...]:
    if rows.read(txn, draft_id, lock=False) is None:
        return ()
    return reading.load(txn, draft_id, lock=False).events


def _may_write(office: Office, txn: Txn, draft_id: str, by: str) -> str:
    """The author's id; refused before anything is rendered where the text could not be taken, whatever it is."""
    office.acting(txn)
    actor = office.in_role(txn, by, Role.AUTHOR)
    if rows.read(txn, draft_id, lock=False) is not None:
        draft = reading.load(txn, draft_id, lock=False).draft
        if not _leaves(draft):
            _changeable(office, draft)
    return actor.id


def _leaves(draft: Draft) -> bool:
    """On its way out, or gone: the same text again is then still no change. A script that runs again writes before it sends."""
    return draft.state is State.SENT or (not draft.state.over and (draft.tally.begun or draft.state in _GOING))


def _changeable(office: Office, draft: Draft) -> None:
    """While it is on its way out, and once something has gone, the text stands."""
    if draft.tally.begun:
        gone = draft.tally.sent + draft.tally.unknown + draft.tally.sending
        raise office.refused("something-left", draft=draft.id, gone=gone, of=draft.reach, variant="all" if gone == draft.reach else "")
    if draft.state in _GOING:
        raise office.refused("already-going", draft=draft.id, state=draft.state.value)
    if draft.state.over:
        raise office.refused("over", draft=draft.id, state=draft.state.value)


def _put(office: Office, draft_id: str, made: Manifest, actor: str, results: tuple[CheckResult, ...]) -> Callable[[Txn], Draft]:
    """The short transaction: the row, the event, what the checks said."""

    def work(txn: Txn) -> Draft:
        office.acting(txn)
        hand = Hand(actor=office.in_role(txn, actor, Role.AUTHOR).id, eyes=office.rules(txn).people.eyes(actor))
        if rows.read(txn, draft_id) is None:
            return _joined(txn, _checked(txn, _first(txn, draft_id, made, hand), results))
        known = reading.load(txn, draft_id)
        if known.draft.digest == made.digest and _leaves(known.draft):
            return known.draft
        _changeable(office, known.draft)
        if known.draft.digest == made.digest and known.draft.state is not State.MISSED:
            return _checked(txn, known, results)
        return _joined(txn, _checked(txn, _again(txn, known, made, hand), results))

    return work


def _joined(txn: Txn, draft: Draft) -> Draft:
    """The draft, which belongs to its release from now on: held where that is on hold."""
    if draft.release:
        holding.join(txn, draft.id, draft.release)
        return reading.load(txn, draft.id).draft
    return draft


def _first(txn: Txn, draft_id: str, made: Manifest, hand: Hand) -> reading.Known:
    row = Row(id=draft_id, seq=0, state=State.DRAFTING, epoch=0, round=1, hold_count=0, holds=0, lease="", updated="", **_cached(made))  # type: ignore[arg-type]  # the keys are columns of the row
    return start(txn, row, Step(kind="write", actor=hand.actor, to=State.DRAFTING, data={"eyes": hand.eyes}), _around(txn, draft_id, made))


def _cached(made: Manifest) -> dict[str, object]:
    """What the row says of the text: for queues, and for a hold that knows nothing else."""
    utc = made.schedule.utc
    return {
        "digest": made.digest,
        "channel": made.channel,
        "title": made.title,
        "reach": made.reach,
        "send_at": utc.isoformat(timespec="microseconds") if utc else "",
    }


def _again(txn: Txn, known: reading.Known, made: Manifest, hand: Hand) -> reading.Known:
    """A new text opens a new round: no signature of the old one counts."""
    to = next_state(known.draft.state, Action.WRITE)
    step = Step(
        kind="write",
        actor=hand.actor,
        to=to,
        data={"before": known.draft.digest, "eyes": hand.eyes},
        changes={"round": known.row.round + 1, "epoch": known.row.epoch + 1, **_cached(made)},
    )
    return advance(txn, known, step, around=_around(txn, known.draft.id, made))


def _around(txn: Txn, draft_id: str, made: Manifest) -> Surroundings:
    kept = seals.manifest(txn, made.digest)  # what the store gives back is what counts
    seals.name(txn, made.digest, draft_id)
    return Surroundings(manifest=kept, tally=deliveries.tally(txn, draft_id, made.digest, made.reach))


def _checked(txn: Txn, known: reading.Known, results: tuple[CheckResult, ...]) -> Draft:
    """Keep what the checks said beside the text that they looked at."""
    return record(txn, known, results).draft


def record(txn: Txn, known: reading.Known, results: tuple[CheckResult, ...]) -> reading.Known:
    """Append the results to the log; without any, nothing."""
    fitting = tuple(result for result in results if result.digest == known.draft.digest)
    if not fitting:
        return known
    step = Step(
        kind="checked",
        actor="gate",
        to=known.draft.state,
        data={"checks": [result.check for result in fitting]},
        memo={"results": to_memo(fitting)},
    )
    return advance(txn, known, step)


def refresh(office: Office, draft_id: str) -> None:
    """Run again whatever check has no result for the present text, or one that has aged out."""
    office.anchors.look()

    def wanting(txn: Txn) -> tuple[Draft, tuple[Event, ...], datetime]:
        known = reading.load(txn, draft_id, lock=False)
        return known.draft, known.events, txn.now()

    draft, events, at = office.store.look(wanting)
    checks = office.checking.missing(events, draft.digest, at)
    if draft.state.over or not checks:
        return
    results = office.checking.run(office.store, draft, checks, at)
    office.store.act(lambda txn: record(txn, reading.load(txn, draft_id), results))
