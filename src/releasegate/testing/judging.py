"""What a policy says of a case: the people act in memory as they would at the gate, and the gate's own verdict is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from releasegate.decision.deciding import Results, World, decide, people_part
from releasegate.decision.folding import Surroundings, fold
from releasegate.decision.people import Bench, Grant
from releasegate.decision.turns import first_desk, following, free, gaps, rights
from releasegate.lifecycle import possible
from releasegate.model.draft import Draft, Linked, Tally
from releasegate.model.event import Event
from releasegate.model.manifest import Manifest
from releasegate.model.schedule import Schedule
from releasegate.model.state import Action, Meant, Role, State
from releasegate.model.verdict import Decision
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.testing.case import Case
from releasegate.testing.cast import Cast, read

_START = datetime(2026, 1, 5, tzinfo=UTC)
_LENT = timedelta(days=365)
_IDENTITY = "case"


def judge(policy: Policy, case: Case) -> Decision:
    """What the gate would say of this case, by the same `decide()`: without a store, without a file, and without checks.

    Whoever the gate would refuse has done nothing, as there. It is asked for the moment after the undo delay. CaseError where the case
    tells of somebody or something that the policy does not have.
    """
    cast = read(policy, case)
    play = _Play(policy, cast)
    play.write()
    play.submit()
    play.at += cast.pause
    play.waive()
    for person in cast.confirmed:
        play.sign(person, Role.CHECKER)
    for person in cast.approved:
        play.sign(person, Role.APPROVER)
    if case.held:
        play.happens("hold", cast.writers[0].id, data={"hold": f"{_IDENTITY}/h1"})
    play.at += cast.age
    return play.verdict()


@dataclass(slots=True)
class _Play:
    """The events of a case as they come, and the draft that they tell of."""

    policy: Policy
    cast: Cast
    at: datetime = _START
    events: list[Event] = field(default_factory=list)
    around: Surroundings = field(init=False)

    def __post_init__(self) -> None:
        # A case is about people: whatever the file links with this way out has its draft.
        beside = (Linked(draft_id=name, channel=name, state=State.APPROVED) for name in self.policy.channels[self.cast.case.channel].linked)
        self.around = Surroundings(manifest=self._text(1), tally=Tally(waiting=self.cast.case.reach), linked=tuple(beside))

    @property
    def draft(self) -> Draft:
        return fold(self.events, self.around)

    @property
    def bench(self) -> Bench:
        grants = tuple(Grant(person=giver, to=taker, since=_START, until=_START + _LENT) for giver, taker in self.cast.lent)
        return Bench(policy=self.policy, at=self.at, grants=grants, proven=frozenset(event.seq for event in self.events))

    def write(self) -> None:
        """Everybody who wrote leaves another text; each opens a round."""
        for number, writer in enumerate(self.cast.writers, start=1):
            self.around = replace(self.around, manifest=self._text(number))
            self.happens("write", writer.id, to=State.DRAFTING, data=self._eyes(writer), round_=number)

    def submit(self) -> None:
        """The last one who wrote hands it on; not taken where nobody could sign it."""
        submitter = self.cast.writers[-1]
        if gaps(self.draft, self.bench, submitter.id):
            return
        self.happens("submit", submitter.id, to=first_desk(self.draft, self.policy), data=self._eyes(submitter))
        self._mature()

    def sign(self, person: Person, role: Role) -> None:
        """One signature, where the gate would take it: it is the turn for it, and this person may."""
        action = Action.CONFIRM if role is Role.CHECKER else Action.APPROVE
        draft, bench = self.draft, self.bench
        with_right = free(draft, bench, person, rights(draft, bench, person, role)) if person.kind == "human" else ()
        if action in possible(draft.state) and with_right:
            self.happens(action.value, person.id, data={"rules": self.policy.rules, "via": with_right[0]})
            self._mature()

    def waive(self) -> None:
        """Each vote; whose vote it is and how many are asked for, the verdict counts."""
        for name, person in self.cast.waived:
            self.happens("waive", person.id, data={"name": name, "rules": self.policy.rules})
            self._mature()

    def verdict(self) -> Decision:
        """The gate's, at this moment, or at the earliest one if that is later."""
        draft, world = self.draft, World(grants=self.bench.grants, identity=_IDENTITY, proven=self.bench.proven)
        said = decide(draft, self.policy, Results(), self.at, world=world)
        if said.earliest is not None and said.earliest > self.at:
            said = decide(draft, self.policy, Results(), said.earliest, world=world)
        return replace(said, satisfied=said.satisfied[1:])  # "checks" comes first, and here none has looked

    def happens(
        self, kind: str, actor: str, *, to: State | None = None, data: Mapping[str, Any] | None = None, round_: int | None = None
    ) -> None:
        """One more event on the present text."""
        last = self.events[-1] if self.events else None
        event = Event(
            kind=kind,
            actor=actor,
            at=self.at,
            draft_id=_IDENTITY,
            seq=len(self.events) + 1,
            round=round_ or (last.round if last else 1),
            digest=self.around.manifest.digest,
            data={**(data or {}), **({"to": to.value} if to else {})},
        )
        self.events.append(event)

    def _mature(self) -> None:
        """What follows by itself, as the gate has it follow."""
        checked, whole = people_part(self.draft, self.policy, self.at, grants=self.bench.grants, proven=self.bench.proven)
        while step := following(self.draft.state, checked=checked, whole=whole):
            action, to = step
            self.happens("pass" if action is Action.CONFIRM else action.value, "gate", to=to)

    def _eyes(self, person: Person) -> dict[str, str]:
        return {"eyes": self.policy.people.eyes(person.id)}

    def _text(self, number: int) -> Manifest:
        rules, case = self.policy.channels[self.cast.case.channel], self.cast.case
        return Manifest(
            parcels=sha256(f"text {number}".encode()).hexdigest(),
            count=1,
            recipients=sha256(b"recipients").hexdigest(),
            reach=case.reach,
            sender="",
            title=case.name,
            channel=case.channel,
            identity=_IDENTITY,
            meant=Meant.LIVE.value if rules.mode == "live" else Meant.TEST.value,
            schedule=Schedule(),
            window=int(rules.window.total_seconds()),
        )
