"""Gate: one object, and the verbs of the trade."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from os import PathLike, fspath
from pathlib import Path
from typing import Literal, Self, TypeVar

from sqlalchemy import Engine

from releasegate import (
    adopting,
    anchoring,
    asking,
    booked,
    booking,
    erasing,
    handing,
    hearing,
    holding,
    lifting,
    proofing,
    ringing,
    sending,
    settling,
    signing,
    tracing,
    witnessing,
    writing,
)
from releasegate.anchoring import PATIENCE, Anchors, Stamping, anchors_ready
from releasegate.asking import Diff
from releasegate.checking import Checking
from releasegate.checks import build_checks
from releasegate.diary import diary
from releasegate.errors import GateError, NotFound, PolicyError
from releasegate.holding import Stop
from releasegate.measuring import measure
from releasegate.messages.words import Words
from releasegate.model.alarm import Alarm
from releasegate.model.anchor import Anchor
from releasegate.model.beat import Beat
from releasegate.model.consent import Consent
from releasegate.model.deed import Pass
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.handoff import Heard, ReadBack
from releasegate.model.letter import Letter
from releasegate.model.measures import Measures
from releasegate.model.note import Note
from releasegate.model.proof import Proof
from releasegate.model.report import HoldAnswer, Report
from releasegate.model.state import Role
from releasegate.model.turn import Turn
from releasegate.model.verdict import Decision
from releasegate.model.webhook import Webhook
from releasegate.notify.opening import open_post
from releasegate.noting import Noted, loosely
from releasegate.office import AnyChannel, Office
from releasegate.policy.blanks import blank_names
from releasegate.policy.policy import Policy
from releasegate.protocols import Check, Hooked
from releasegate.sending import Progress
from releasegate.settling import Said
from releasegate.signing import Yes
from releasegate.store import heartbeat
from releasegate.store.store import Clock, open_store
from releasegate.store.verifying import Verification
from releasegate.witnessing import Told, Word
from releasegate.writing import Text

C = TypeVar("C")
T = TypeVar("T")


def _to_log(alarm: Alarm) -> None:
    diary().warning(alarm.explain("en"), draft=alarm.draft_id, code=alarm.code)


class Gate:
    """Stands between "somebody wants to send this" and "it has left". Share one between threads; not across a fork.

    `store` is a path, a URL (`postgresql+psycopg://…`) or an Engine whose URL is taken. `channels` are the ways out that need Python.
    `checks` are further checks beside the core's. `clock` is for tests: elsewhere the store's clock decides. `alarm` is called with what
    people must be told, beside what `[gate] mail` and `alarm` do; where it raises, they were not told.
    """

    def __init__(
        self,
        store: str | PathLike[str] | Engine,
        *,
        policy: Policy,
        channels: Mapping[str, AnyChannel],
        alarm: Callable[[Alarm], None] = _to_log,
        clock: Clock | None = None,
        checks: Iterable[Check] = (),
    ) -> None:
        with policy.locating():
            built = build_checks(policy.check_parameters(), checks)
            names = policy.taken_names(check.id for check in built)
            if faults := [*names, *_strangers(policy, channels), *_deaf(policy, channels), *blank_names(policy)]:
                raise PolicyError(faults)
        anchors_ready(policy)
        opened = open_store(store, clock=clock)
        try:
            adopting.first(opened, policy)
        except GateError:
            opened.close()
            raise
        tell = open_post(policy, alarm)
        anchors = Anchors(store=opened, rules=policy.anchors, folder=Path(policy.folder), failed=self._not_anchored)
        self._office = Office(store=opened, policy=policy, channels=channels, checking=Checking(built, policy), alarm=tell, anchors=anchors)

    @classmethod
    def load(
        cls,
        path: str | PathLike[str] = "releasegate.toml",
        *,
        channels: Mapping[str, AnyChannel] | None = None,
        alarm: Callable[[Alarm], None] = _to_log,
        clock: Clock | None = None,
        checks: Iterable[Check] = (),
    ) -> Self:
        """The gate that this file describes; `channels` adds the ways out that need Python. Paths in it are taken from its folder."""
        from releasegate.channels.opening import open_channel

        policy = Policy.load(path)
        folder = Path(fspath(path)).resolve().parent
        given = dict(channels or {})
        opened = {name: open_channel(rules, folder=folder) for name, rules in policy.channels.items() if rules.via and name not in given}
        store = policy.store if "://" in policy.store else str(folder / (policy.store or "gate.db"))
        return cls(store, policy=policy, channels={**opened, **given}, alarm=alarm, clock=clock, checks=checks)

    # Ask. Never raises because the gate is closed.

    def draft(self, draft_id: str) -> Draft:
        """The draft as it stands, frozen; `digest` names exactly this text."""
        return asking.draft(self._office, draft_id)

    def decide(self, draft_id: str, *, at: datetime | None = None) -> Decision:
        """May it leave now, or at `at`; if not: what, who, how."""
        return asking.decide(self._office, draft_id, at=at)

    def diff(self, draft_id: str, *, since: str) -> Diff:
        """What has changed since the text of that digest."""
        return asking.diff(self._office, draft_id, since=since)

    def queue(self, person: str | None = None) -> tuple[Draft, ...]:
        """What is not over; with a person: what waits for that person."""
        return asking.queue(self._office, person)

    def turns(self, person: str | None = None) -> tuple[Turn, ...]:
        """The queue with whose turn it is, waiting since when, and until when."""
        return asking.turns(self._office, person)

    def turn(self, draft_id: str) -> Turn:
        """Whose turn it is with this draft, since when, until when."""
        return asking.turn(self._office, draft_id)

    def history(self, draft_id: str) -> tuple[Event, ...]:
        """Everything that happened, in order, with its notes."""
        return asking.history(self._office, draft_id)

    def letter(self, draft_id: str, no: int = 1, *, digest: str = "") -> Letter:
        """A mail as a reader meets it; the first one unless asked. Name the `digest` of what you show beside it: texts change."""
        return asking.letter(self._office, draft_id, no, digest=digest)

    def unsettled(self, draft_id: str) -> Mapping[str, tuple[str, ...]]:
        """The attempts whose outcome is not known, and whom each was for: what `settle` waits for."""
        return asking.unsettled(self._office, draft_id)

    def verify(
        self, *, anchors: Iterable[str] = (), kept: Iterable[str] | None = None, keys: Iterable[str] = (), roots: bytes = b""
    ) -> Verification:
        """Whether the log is what was written, back to the last of these anchors (`position:hash`, from answers and receipts).

        `kept` are lines of a file of anchors; left out, those of the policy's files. Where its `signers` or `keys` name public keys, or
        `roots` (PEM) the authorities of time stamps, only kept anchors that one of them vouches for count.
        """
        return anchoring.verify(self._office.anchors, anchors, kept=kept, witnesses=self._office.anchors.witnesses(keys, roots))

    def in_force(self) -> Policy:
        """The rules in force: those of the store, whatever file this process brought."""
        return asking.in_force(self._office)

    def head(self) -> str:
        """The log's head as an anchor: keep it where the store is not."""
        return asking.head(self._office)

    def measures(self) -> Measures:
        """How handing over went, over all drafts: how complete, how fast, how often it saved a send. Without names."""
        return measure(self._office)

    def anchor(self, *, to: Iterable[Callable[[Anchor], object]] = (), stamping: Stamping | None = None) -> Anchor:
        """One pass: the head, signed as the policy's `[anchors]` says, added to its files, and handed to each of `to` (a mail, say).

        It is done by itself after each signature, hold and send, where the policy names files. Raises GateError where it could not be kept.
        """
        return self._office.anchors.take(to=to, stamping=stamping)

    # People. `by` is an id or a registered address; `note` is one line, or a Note. An empty note is refused where hands change.

    def write(  # noqa: PLR0913 - what an author says of a text, by name
        self,
        draft_id: str,
        *,
        channel: str,
        content: object,
        by: str,
        title: str = "",
        send_at: str | datetime | None = None,
        meant: str = "live",
        declared: int | None = None,
        embargo: str | datetime | None = None,
        release: str = "",
    ) -> Draft:
        """A new draft, or a new text for this one, sealed as it would leave. The same text again changes nothing.

        `meant` is `live`, `test` or `drill`, and must fit the channel's mode. `declared` is how many people it should reach, as counted
        elsewhere; `embargo` the moment from which the news may be known. Where they are given, they are signed with the text.

        `release` names the news of which this is one of several ways out (the distributor, the own site, posts): a hold on one of its
        drafts holds all, and it cannot be taken off again. A draft that joins a release which is on hold is held.
        """
        text = Text(
            channel=channel,
            content=content,
            title=title,
            send_at=send_at,
            meant=meant,
            declared=declared,
            embargo=embargo,
            release=release,
        )
        return writing.write(self._office, draft_id, text, by=by)

    def submit(self, draft_id: str, *, by: str, note: str | Note) -> Draft:
        """Hands it on; refused, naming the gap, when nobody could sign it."""
        return signing.submit(self._office, draft_id, by=by, note=note)

    def confirm(self, draft_id: str, *, digest: str, by: str, note: str | Note, signature: str = "") -> Draft:
        """A checker vouches for exactly the text of this digest; with a `signature` by their key where the policy asks for one."""
        return self._anchored(signing.confirm(self._office, draft_id, Yes(digest=digest, by=by, note=note, signature=signature)))

    def approve(
        self, draft_id: str, *, digest: str, by: str, note: str | Note, read_back: ReadBack | None = None, signature: str = ""
    ) -> Draft:
        """An approver says yes to exactly the text of this digest. Of many people (`[handoff] read_back_over`), with a read-back.

        With a `signature` by their key where the policy asks for one (`auth = "signed"`); what is to be signed, says `consent`.
        """
        yes = Yes(digest=digest, by=by, note=note, read_back=read_back, signature=signature)
        return self._anchored(signing.approve(self._office, draft_id, yes))

    def consent(self, draft_id: str, action: Literal["confirm", "approve"], *, by: str, note: str | Note) -> Consent:
        """What this person signs with their key, for the text as it stands: its `statement()`; `token(…)` of that is the `signature`."""
        return signing.consent(self._office, draft_id, Role.CHECKER if action == "confirm" else Role.APPROVER, by=by, note=note)

    def revoke(self, draft_id: str, *, digest: str, by: str, note: str | Note) -> Draft:
        """Takes a signature of one's own back."""
        return signing.revoke(self._office, draft_id, digest=digest, by=by, note=note)

    def send_back(self, draft_id: str, *, by: str, note: str | Note) -> Draft:
        """Back to the author with what must change. A wording put into the note makes nobody an author until the author takes it."""
        return signing.send_back(self._office, draft_id, by=by, note=note)

    def withdraw(self, draft_id: str, *, by: str, note: str | Note) -> Draft:
        """It will never leave. On its way out it is at once a hold that nobody can lift; a booking is taken away and read back first."""
        draft = lifting.withdraw(self._office, draft_id, by=by, note=note)
        booked.press(self._office, (each.draft_id for each in draft.linked if each.holds))
        return draft if draft.state.over and not draft.standing else booked.read_back(self._office, draft_id)

    def hold(self, draft_id: str, *, by: str, note: str | Note = "") -> HoldAnswer:
        """Stops it at once, wherever it stands, and says how certain the stop is and what has left already. Anybody may.

        What is booked is asked for over there and looked at again: only a booking that is gone is HELD. Of a draft that is one of several
        ways out of a release all are held; the answer is the worst of theirs, and `drafts` has each.
        """
        placed = holding.hold(self._office.store, draft_id, self._stop(by, note))
        return self._anchored(booked.after_hold(self._office, placed))

    def hold_channel(self, channel: str, *, by: str, note: str | Note = "") -> tuple[HoldAnswer, ...]:
        """Stops everything on this way out, and with it what is of the same releases.

        Raises NotFound for a name that neither the policy nor any open draft knows.
        """
        answers = self._anchored(holding.hold_channel(self._office.store, channel, self._stop(by, note)))
        if not answers and channel not in self._office.policy.channels:
            from difflib import get_close_matches

            raise NotFound("channel", channel, near=get_close_matches(channel, self._office.policy.channels, n=2))
        return booked.after_holds(self._office, answers)

    def lift(self, hold: str, *, by: str, note: str | Note, read_back: ReadBack | None = None) -> Draft:
        """Lifts this one hold (`press-17/h1`); sends nothing by itself. With a read-back of what will then leave, but in a demo.

        Refused while a distributor was asked to take its booking away and nobody knows whether they do (`saw`).
        """
        return lifting.lift(self._office, hold, by=by, note=note, read_back=read_back)

    def acknowledge(self, draft_id: str, *, by: str, read_back: ReadBack | None = None, heard: Heard | None = None) -> Draft:
        """The receiver takes over; where a read-back is due, only if it agrees with the facts. Also: yes, I am still watching.

        `heard` is what an outside party said to whom it was handed (`Note(to=Outside(…))`): recorded by one of ours, compared alike.
        """
        return handing.acknowledge(self._office, draft_id, by=by, read_back=read_back, heard=heard)

    def question(self, draft_id: str, *, by: str, note: str | Note) -> Draft:
        """The receiver asks before taking over. Until it is answered it is the sender's turn, and nothing leaves."""
        return handing.question(self._office, draft_id, by=by, note=note)

    def answer(self, draft_id: str, *, by: str, note: str | Note) -> Draft:
        """Answers what was asked of this person here; writes the note that a hold placed without a word still owes."""
        return handing.answer(self._office, draft_id, by=by, note=note)

    def decline(self, draft_id: str, *, by: str, note: str | Note) -> Draft:
        """The receiver does not take over: it goes to whom the note names in `to`, or back to its sender."""
        return handing.decline(self._office, draft_id, by=by, note=note)

    def waive(self, draft_id: str, name: str, *, digest: str, by: str, note: str | Note) -> Draft:
        """One vote to let this finding or requirement stand, for exactly this text. Never a hold."""
        return signing.waive(self._office, draft_id, name, digest=digest, by=by, note=note)

    def proof(self, draft_id: str, *, to: str, by: str, no: int = 1) -> Proof:
        """Sends a marked copy of one mail to a person of the directory, or (`to="@test"`) to the channel's test list. Never a delivery.

        By `[gate] mail`, with the addresses of the policy and no other; the log has who asked, for whom, and what became of it.
        """
        return proofing.proof(self._office, draft_id, to=to, by=by, no=no)

    def erase(self, draft_id: str, *, by: str, note: str | Note) -> Draft:
        """Takes away what a draft that is over said, to whom, and the words of its notes. That it was, and what became of it, stays."""
        return erasing.erase(self._office, draft_id, by=by, note=note)

    def delegate(self, person: str, *, to: str, until: datetime, by: str, note: str | Note) -> None:
        """A dated grant; both names count as having acted."""
        adopting.delegate(self._office, person, to=to, until=until, by=by, note=note)

    def adopt(self, policy: Policy, *, by: str, note: str | Note) -> bool:
        """Puts these rules in force: True. Where a second person must say the same first: False, and it is proposed."""
        return adopting.adopt(self._office, policy, by=by, note=note)

    def settle(self, draft_id: str, *, attempt: str, outcome: Said, by: str, note: str | Note) -> Draft:
        """A person says, with evidence, what became of the unknown."""
        return settling.settle(self._office, draft_id, attempt, outcome, by=by, note=note)

    # Programs.

    def send(self, draft_id: str, *, by: str, progress: Progress | None = None) -> Report:
        """Sends exactly what was approved, each parcel at most once, or raises Blocked.

        Again after a crash: only what never began. Again after the end: the same Report. `progress` is called after each hand-over with
        how many people this run has handed something over for; what it raises stops nothing.
        """
        try:
            return sending.send(self._office, draft_id, by=by, progress=progress)
        finally:
            self._office.anchors.nudge()

    async def send_async(self, draft_id: str, *, by: str, progress: Progress | None = None) -> Report:
        """send(), for a channel that is awaited; the store is never touched in the event loop."""
        try:
            return await sending.send_async(self._office, draft_id, by=by, progress=progress)
        finally:
            self._office.anchors.nudge()

    def book(self, draft_id: str, *, by: str) -> Draft:
        """Hands it to a channel that keeps its own clock, at most once, or raises Blocked; then looks at what stands there.

        Refused while nobody watches, and what they could not take away again. A lost answer is `unknown`, never a second booking.
        """
        try:
            return booking.book(self._office, draft_id, by=by)
        finally:
            self._office.anchors.nudge()

    def look(self, draft_id: str) -> Draft:
        """Looks now at what stands with the channel that keeps the clock, and asks again for what a hold is to stop.

        Of a send whose answer was lost it looks for the messages by our reference, where the channel's record can be searched.
        """
        tracing.trace(self._office, draft_id)
        return booked.read_back(self._office, draft_id)

    def press(self, answer: HoldAnswer) -> HoldAnswer:
        """The answer to a hold that was placed with nothing but the store, once the other side has been asked and looked at."""
        return booked.after_hold(self._office, answer)

    def saw(self, draft_id: str, state: Told, *, by: str, spoke_to: str, note: str | Note, booking: str = "") -> Draft:
        """A person says what the other side's record says, and who there told them: for channels without a record that can be read."""
        word = Word(state=state, spoke_to=spoke_to, booking=booking)
        return self._anchored(witnessing.saw(self._office, draft_id, word, by=by, note=note))

    def hear(self, channel: str, *, headers: Mapping[str, str], body: bytes) -> Webhook:
        """Takes a signed webhook in (Standard Webhooks): the body as it came, byte for byte. It settles and stops; it never opens anything.

        Raises Refused where it is not theirs, not of now, or cannot be placed: nothing was changed then, and it may come again.
        """
        return self._anchored(hearing.hear(self._office, channel, headers, body))

    def watch(self, *, by: str = "", every: timedelta = timedelta(minutes=1)) -> Pass:
        """One pass of what time brings: leases that are over, windows that closed, people to remind, holds for silence, sends that are due.

        `by` sends what is due by the gate's own clock; without it nothing is sent. Run it every minute, on as many machines as you like:
        nothing is done twice. `every` is when this one means to come again.
        """
        from releasegate.watch.passing import watch

        return watch(self._office, by=by, every=every)

    async def watch_async(self, *, by: str = "", every: timedelta = timedelta(minutes=1)) -> Pass:
        """watch(), which also sends what is awaited: in this loop, while the pass itself runs in a thread."""
        from releasegate.watch.passing import watch_async

        return await watch_async(self._office, by=by, every=every)

    def watched(self) -> Beat | None:
        """The last pass that anybody made on this store: true while it is less than five minutes old. None: nobody ever looked."""
        return self._office.store.look(heartbeat.last)

    def guard(self, client: C, *, channel: str, methods: Iterable[str] = (), count: Callable[..., int] | None = None) -> C:
        """Locks a client and returns it: what it would send past the gate raises Blocked; an ungated channel lets small mail pass.

        Of smtplib's: a class gives a guarded subclass, whose every connection is guarded; an object is locked itself. Of anything else
        `methods` names what sends (a class gives a subclass, an object is locked itself); a function gives one that raises. By an ungated
        channel `count` is called with the arguments of each call, and says how many recipients it has.

        What no guard holds: another client; a function, or a method of an object, that somebody took before (of smtplib's clients only
        their lowest one, `send`, and what is written to their socket); a method of the class as it was; a subclass's own way to the
        server; small mails by an ungated channel, up to its `most_per_hour`; whoever means to get round it.
        """
        from releasegate.guards import guard

        return guard(self._office, client, channel=channel, methods=methods, count=count)

    def close(self) -> None:
        """Gives the store's connections back, when the anchor that is being written is written."""
        self._office.anchors.wait(PATIENCE)
        self._office.store.close()

    def _not_anchored(self, reason: str) -> None:
        ringing.announce(self._office, anchoring.failure(self._office.policy, reason))

    def _anchored(self, answer: T) -> T:
        """What was signed or held is anchored, by another thread; the answer is not kept waiting."""
        self._office.anchors.nudge()
        return answer

    def _stop(self, by: str, note: str | Note) -> Stop:
        """A hold takes anybody's word: a name that the directory does not know is kept as it was given."""
        policy = self._office.policy
        person = policy.people.resolve(by)
        kept = loosely(policy, note) if isinstance(note, Note) else Noted(text=str(note or "").strip())
        name = person.id if person else str(by or "")
        return Stop(by=name, note=kept.text[:2000], unverified=person is None, about=kept.data, words=kept.memo)


def _deaf(policy: Policy, channels: Mapping[str, AnyChannel]) -> list[str]:
    """A webhook that nobody reads would be a record that nobody has."""
    said = Words("this way out reads no webhooks; give it a method `hear`, or take `webhook` away")
    names = [name for name, channel in channels.items() if name in policy.channels and not isinstance(channel, Hooked)]
    return [Words("[channels].{name}.webhook: {said}", name=name, said=said) for name in names if policy.channels[name].webhook]


def _strangers(policy: Policy, channels: Mapping[str, AnyChannel]) -> list[str]:
    """Channels given in Python that the policy does not know."""
    known = ", ".join(sorted(policy.channels)) or "none"
    return [
        Words("channels: {name!r} is not in the policy's [channels] ({known})", name=name, known=known)
        for name in channels
        if name not in policy.channels
    ]
