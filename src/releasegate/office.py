"""What every verb works with: the store, the rules in force, the ways out, the checks; and how it says no."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError

from releasegate import messages
from releasegate.anchoring import Anchors
from releasegate.checking import Checking
from releasegate.decision.deciding import World, decide
from releasegate.decision.people import Bench
from releasegate.diary import diary
from releasegate.errors import ContentError, NotFound, Refused
from releasegate.messages.words import Words
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft
from releasegate.model.limits import Limits
from releasegate.model.note import Note, Signal
from releasegate.model.state import Role
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.protocols import Channel, ClockedChannel
from releasegate.proving import proven
from releasegate.store import heartbeat, rules
from releasegate.store.reading import Known
from releasegate.store.rules import InForce
from releasegate.store.store import Store, Txn

_QUIET = frozenset({"submit", "confirm", "approve"})
_BESIDE = frozenset({"adopt", "delegate", "erase"})  # of no draft, or of one that is over: nothing is handed on with them
_STOPPING = frozenset({"send_back", "withdraw", "revoke", "question", "answer", "decline"})

AnyChannel = Channel | ClockedChannel


@dataclass(slots=True)
class Office:
    """One gate's means. `policy` is what this process brought; what counts is the one in force in the store."""

    store: Store
    policy: Policy
    channels: Mapping[str, AnyChannel]
    checking: Checking
    alarm: Callable[[Alarm], None]
    anchors: Anchors
    _force: InForce | None = field(default=None)

    def force(self, txn: Txn) -> InForce:
        """The rules in force, read again whenever the gate row has moved."""
        known = self._force  # another thread may put another view's rules there at any moment
        if known is None or known.epoch != rules.peek(txn):
            known = self._force = rules.read(txn)
        return known

    def identity(self, channel: str) -> str | None:
        """Who this way out says it is, now; None where it is not here."""
        found = self.channels.get(channel)
        return found.identity if found is not None else None

    @property
    def clocked(self) -> dict[str, str]:
        """The ways out that keep their own clock, of those that this process has, each with who it says it is."""
        return {name: channel.identity for name, channel in self.channels.items() if isinstance(channel, ClockedChannel)}

    def limits(self, channel: str) -> Limits | None:
        """What a way out that keeps its own clock can do, as it declares it; None where it keeps none, or is not here."""
        found = self.channels.get(channel)
        if not isinstance(found, ClockedChannel):
            return None
        declared = getattr(found, "limits", None)
        return declared if isinstance(declared, Limits) else Limits()

    def rules(self, txn: Txn) -> Policy:
        """The policy in force; before the first adoption, the one that this process brought."""
        return self.force(txn).policy or self.policy

    def acting(self, txn: Txn) -> Policy:
        """The policy in force, if it is the one that this process brought: any other may read, hold, withdraw and explain, no more."""
        policy = self.rules(txn)
        if not self.same(policy):
            raise self.refused("policy-not-in-force", mine=_mark(self.policy), theirs=_mark(policy))
        return policy

    def same(self, policy: Policy) -> bool:
        """This process judges by the very rules and people that are in force."""
        return (policy.rules, policy.directory) == (self.policy.rules, self.policy.directory)

    def person(self, txn: Txn, by: str) -> Person:
        """Who this is; a string that leads to nobody is refused."""
        people = self.rules(txn).people
        person = people.resolve(by)
        if person is None:
            from difflib import get_close_matches

            near = get_close_matches(str(by), [each.id for each in people], n=2)
            raise self.refused("unknown-person", by=str(by), near=" / ".join(near))
        return person

    def in_role(self, txn: Txn, by: str, role: Role) -> Person:
        """Who this is, if the directory gives them this role."""
        person = self.person(txn, by)
        if role not in person.roles:
            raise self.refused("not-your-role", by=person.name, role=role.value)
        return person

    def no_channel(self, name: str) -> NotFound:
        """The policy has no such way out; those that begin alike."""
        return NotFound("channel", name, near=[each for each in self.policy.channels if each[:2] == name[:2]])

    def gated(self, name: str) -> ChannelRules:
        """The policy's rules for this way out; an unknown or an ungated one is refused."""
        found = self.policy.channels.get(name)
        if found is None or name not in self.channels:
            raise self.no_channel(name)
        if not found.gated:
            raise self.refused("ungated", channel=name)
        return found

    def note(self, note: str | Note, action: str) -> Note:
        """The note as a Note. An empty one is refused where hands change, "nothing else to say" where a reason is asked for.

        A note that says stop beside a step that goes on is refused: only a hold stops.
        """
        try:
            made = note if isinstance(note, Note) else Note(note)
        except ValidationError as error:
            what = Words("it is longer than 2,000 characters, or no text.")
            raise ContentError(what, where=Words("note"), mend=Words("Shorten it.")) from error
        if not made.text and not (made.nothing_else and action in _QUIET):
            raise self.refused("note-needs-reason" if made.nothing_else else "note-empty", action=action)
        if made.signal is Signal.STOP and action not in _STOPPING:
            raise self.refused("note-stops-nothing", action=action)
        if action in _BESIDE and (made.to or made.items or made.if_then or made.done):
            raise self.refused("note-of-no-draft", action=action)
        return made

    def bench(self, txn: Txn) -> Bench:
        """The people of this moment."""
        return Bench(policy=self.rules(txn), at=txn.now(), grants=self.force(txn).grants)

    def proven(self, txn: Txn, draft: Draft) -> frozenset[int]:
        """The signatures of this draft that a key vouches for which the directory has now."""
        return proven(draft, self.rules(txn), txn.store)

    def judge(self, txn: Txn, known: Known, at: datetime | None = None) -> Decision:
        """The verdict on this draft, now or at `at`: events, rules and people read in this transaction."""
        moment = at or txn.now()
        policy, force = self.rules(txn), self.force(txn)
        limits = self.limits(known.draft.channel)
        world = World(
            grants=force.grants,
            identity=self.identity(known.draft.channel),
            limits=limits,
            watched=limits is None or heartbeat.covers(txn, known.draft.channel, known.draft.identity),
            doubts=(*self._doubts(txn, policy), *_faults(known)),
            proven=self.proven(txn, known.draft),
        )
        return decide(known.draft, policy, self.checking.results(txn, known, moment), moment, world=world)

    def tell(self, alarm: Alarm) -> bool:
        """Whether these people were told. Never within a transaction: a hold would wait until their mail server has answered."""
        try:
            self.alarm(alarm)
        except Exception as error:  # noqa: BLE001 - whatever a program's own alarm raises: what was done stands, and this is not lost
            diary().error("an alarm did not get through", code=alarm.code, draft=alarm.draft_id, to=alarm.to, error=repr(error))
            return False
        return True

    def refused(self, code: str, /, *, decision: Decision | None = None, **params: str | int) -> Refused:
        """A refusal in this gate's language."""
        return Refused(messages.refusal(code, params, self.policy.lang), code=code, params=params, decision=decision)

    def _doubts(self, txn: Txn, policy: Policy) -> list[Blocker]:
        doubts = []
        if not self.same(policy):
            params: dict[str, str | int] = {"mine": _mark(self.policy), "theirs": _mark(policy)}
            doubts.append(Blocker(code="policy-not-in-force", kind=Kind.MEND, params=params, how=("releasegate policy adopt",)))
        if seconds := self.store.doubt() or txn.doubt():
            doubts.append(Blocker(code="clock-unsure", kind=Kind.MEND, params={"seconds": seconds}))
        return [*doubts, *self.anchors.doubts(txn)]


def _faults(known: Known) -> list[Blocker]:
    """Row and events disagree, or the events are not what was written: whether it is held cannot be known."""
    if not known.draft.faults:
        return []
    what = ", ".join(known.draft.faults)
    return [
        Blocker(code="history-broken", kind=Kind.MEND, params={"what": what}, how=("releasegate log verify",)),
        Blocker(code="hold-unknown", kind=Kind.HOLD, params={"reason": what}),
    ]


def _mark(policy: Policy) -> str:
    return f"{policy.rules[:8]}/{policy.directory[:4]}"
