"""Random people, random time, random accidents, over the real gate: after every step the promises I1 to I6 hold."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from psycopg import sql
from sqlalchemy import make_url, select

from releasegate import dispatch, sending
from releasegate.checks.registry import check
from releasegate.errors import Blocked, GateError, NotSent
from releasegate.gate import Gate
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.model.parcel import Parcel, Receipt
from releasegate.model.state import HoldState, State
from releasegate.policy.policy import Policy
from releasegate.protocols import Context
from releasegate.store.tables import drafts as rows
from releasegate.workers import name_worker
from tests.building import Clock, lifted
from tests.conftest import COUNTS
from tests.postgres import administrator
from tests.society import EVERYBODY, ROLES, Grant, Page, Signature, Society, eyes, roles

T = TypeVar("T")
SLOTS = ("a", "b")
ENDINGS = (
    "taken",
    "taken",
    "taken",
    "later",
    "refused",
    "lost",
    "dropped",
    "dies before",
    "dies after",
    "held",
    "withdrawn",
    "adopted",
    "garbage",
)
NOTED = {"submit", "confirm", "approve", "revoke", "send_back", "lift", "waive", "settle"}


def policy(directory: str) -> Policy:
    """The rules, with this directory."""
    people = "\n".join(f"{name} = {{ roles = {sorted(has)} }}" for name, has in roles(directory).items())
    return Policy.parse(
        f"""
        version = 1
        [people]
        {people}
        writer = {{ kind = "robot", operator = "akari", roles = ["author"] }}
        mailer = {{ kind = "robot", operator = "akari", roles = [] }}
        [channels.news]
        undo = "1m"
        [[requirement]]
        name = "two pairs of eyes"
        checkers = 1
        approvers = 1
        """
    )


POLICIES = {name: policy(name) for name in ("whole", "less")}


@check("smells")
def smells(_draft: Draft, context: Context) -> Iterator[Finding]:
    """A warning, which somebody must waive."""
    for letter in context.letters:
        if "smell" in letter.text:
            yield Finding(check="smells", severity=Severity.WARNING, where="text", evidence="smell")
            return


class Die(BaseException):
    """The end of a worker's process."""


@dataclass
class Way:
    """The other end: it tells the society what enters, and then does what the step chose."""

    clock: Clock
    society: Society
    identity: str = "way:test"
    deadline: float = 60.0
    endings: list[str] = field(default_factory=list)
    meanwhile: Callable[[str, str], None] = lambda _draft, _what: None

    def seal(self, content: Iterable[Parcel]) -> Iterator[Parcel]:
        yield from content

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        draft, to = parcel.title, parcel.to[0]
        page = self.society.pages[draft]
        self.society.leaves(draft, parcel, self.clock())
        ending = self.endings.pop(0) if self.endings else "taken"
        if ending in {"held", "withdrawn", "adopted"}:
            self.meanwhile(draft, ending)
        if ending == "later":
            raise NotSent("later")
        if ending == "refused":
            return Receipt("no", refused={to: "550 no such reader"})
        page.got[to] = page.got.get(to, 0) + (ending not in {"dropped", "dies before"})
        if ending in {"lost", "dropped", "garbage", "dies before", "dies after"}:
            page.lost[to] = ending not in {"dropped", "dies before"}
        if ending in {"lost", "dropped"}:
            raise ConnectionError(ending)
        if ending.startswith("dies"):
            raise Die
        return None if ending == "garbage" else Receipt(key)  # type: ignore[return-value]  # what a broken channel answers


class Mortal:
    """A store for a worker whose process ends at its n-th writing transaction: before it, or after it was committed."""

    def __init__(self, store: Any, *, at: int, after: bool) -> None:  # noqa: ANN401 - a Store
        self._store, self._left, self._after = store, at, after

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._store, name)

    def act(self, work: Callable[..., T], **more: Any) -> T:  # noqa: ANN401
        self._left -= 1
        if self._left < 0 or (not self._left and not self._after):
            raise Die
        found: T = self._store.act(work, **more)
        if not self._left:
            raise Die
        return found


who = st.sampled_from(EVERYBODY)
which = st.sampled_from(SLOTS)
hands = st.tuples(
    st.sampled_from(["akari", "ben"]),
    st.sampled_from([("ben", "eiko", "chie"), ("ben", "eiko"), ("ben",), ("chie",), ("akari", "ben", "chie")]),
    st.sampled_from([("dai", "chie"), ("dai",), ("chie",), ("akari", "dai")]),
)
"""Who submits, who signs as checkers, who as approvers."""
Hands = tuple[str, tuple[str, ...], tuple[str, ...]]


class Machine(RuleBasedStateMachine):
    """People at work on two drafts; `store` is a fresh copy of a prepared store."""

    def __init__(self, store: str) -> None:
        super().__init__()
        self.clock, self.society = Clock(), Society()
        self.way = Way(self.clock, self.society)
        self.way.meanwhile = self.happen
        self.gates = {
            name: Gate(store, policy=each, channels={"news": self.way}, alarm=lambda _: None, clock=self.clock, checks=[smells])
            for name, each in POLICIES.items()
        }
        self.proposed: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        for gate in self.gates.values():
            gate.close()

    @property
    def gate(self) -> Gate:
        """The one with the directory that is in force."""
        return self.gates[self.society.directory]

    def page(self, draft: str) -> Page:
        return self.society.pages.setdefault(draft, Page())

    # People

    @initialize()
    def begin(self) -> None:
        self.latest = dict.fromkeys(SLOTS, 0)
        for slot in SLOTS:
            self.next_draft(slot)

    @rule(slot=which)
    def next_draft(self, slot: str) -> None:
        """Where one is over, a new one takes its place."""
        if not self.latest[slot] or self.gate.draft(self.name(slot)).state.over:
            self.latest[slot] += 1
            self.write(slot, "akari", "first", 3, hour=False)

    def name(self, slot: str) -> str:
        return f"{slot}{self.latest[slot]}"

    @rule(slot=which, by=who, text=st.sampled_from(["first", "second", "smell"]), people=st.integers(1, 3), hour=st.booleans())
    def write(self, slot: str, by: str, text: str, people: int, *, hour: bool) -> None:
        draft = self.name(slot)
        page = self.page(draft)
        send_at = self.clock() + timedelta(minutes=30) if hour else None
        bodies = {f"r{no}@paper.example": f"{draft} {text} {no}".encode() for no in range(people)}
        parcels = [Parcel(body=body, to=(to,), sender="news@pr.example", title=draft, media="text/plain") for to, body in bodies.items()]
        with suppress(GateError):
            made = self.gate.write(draft, channel="news", content=parcels, by=by, send_at=send_at)
            page.writers.add(by)
            if made.digest != page.digest or made.state is State.DRAFTING:
                if made.digest != page.digest:
                    page.void()
                page.digest, page.bodies, page.send_at, page.warned = made.digest, bodies, send_at, text == "smell"

    @rule(slot=which, by=who)
    def submit(self, slot: str, by: str) -> None:
        draft = self.name(slot)
        page = self.page(draft)
        with suppress(GateError):
            self.gate.submit(draft, by=by, note="Please check.")
            page.writers.add(by)
            for each in page.signatures:
                each.stands = each.stands or each.digest == page.digest

    @rule(slot=which, by=who, role=st.sampled_from(["checker", "approver"]))
    def sign(self, slot: str, by: str, role: str) -> None:
        draft = self.name(slot)
        page = self.page(draft)
        verb = self.gate.confirm if role == "checker" else self.gate.approve
        with suppress(GateError):
            made = verb(draft, digest=page.digest, by=by, note="Read it.")
            assert made.state in {State.CHECKING, State.APPROVING, State.APPROVED}
            via = next(each.via for each in made.signatures if (each.by, each.role, each.round) == (by, role, made.round))
            page.signatures.append(Signature(by, via, role, page.digest))
            self.open(page, is_approval=role == "approver")

    def open(self, page: Page, *, is_approval: bool = True) -> None:
        if is_approval:
            page.opened = self.clock()

    @rule(slot=which, by=who)
    def revoke(self, slot: str, by: str) -> None:
        draft = self.name(slot)
        page = self.page(draft)
        with suppress(GateError):
            self.gate.revoke(draft, digest=page.digest, by=by, note="I saw something.")
            page.signatures = [each for each in page.signatures if (each.by, each.digest) != (by, page.digest)]

    @rule(slot=which, by=who)
    def send_back(self, slot: str, by: str) -> None:
        draft = self.name(slot)
        page = self.page(draft)
        with suppress(GateError):
            self.gate.send_back(draft, by=by, note="The date is last year's.")
            page.signatures, page.waivers = [], []

    @rule(slot=which, by=st.sampled_from([*EVERYBODY, "a passer-by"]))
    def hold(self, slot: str, by: str) -> None:
        draft = self.name(slot)
        answer = self.gate.hold(draft, by=by)
        page = self.page(draft)
        if answer.hold:
            page.holds[answer.hold] = by
        if answer.state is HoldState.HELD:
            assert not page.lost, "HELD while it is not known what has arrived"

    @rule(slot=which, by=who, no=st.integers(0, 3))
    def lift(self, slot: str, by: str, no: int) -> None:
        draft = self.name(slot)
        page = self.page(draft)
        holds = list(page.holds) or [f"{draft}/h1"]
        with suppress(GateError):
            hold = holds[no % len(holds)]
            lifted(self.gate, hold, by=by, note="It is fine.")
            placed = page.holds.pop(hold)
            approver = "approver" in roles(self.society.directory).get(by, ()) or any(grant.taker == by for grant in self.society.grants)
            assert by == placed or (approver and eyes(by) not in {eyes(writer) for writer in page.writers}), "lifted by nobody entitled"
            self.open(page)

    @rule(slot=which, by=who)
    def waive(self, slot: str, by: str) -> None:
        draft = self.name(slot)
        page = self.page(draft)
        with suppress(GateError):
            self.gate.waive(draft, "smells", digest=page.digest, by=by, note="It is meant.")
            page.waivers.append(Signature(by, "", "", page.digest))
            self.open(page)

    @rule(slot=which, by=who, sure=st.integers(0, 9))
    def withdraw(self, slot: str, by: str, sure: int) -> None:
        draft = self.name(slot)
        if sure:
            return
        with suppress(GateError):
            self.gate.withdraw(draft, by=by, note="Never.")
            self.page(draft).withdrawn = True

    @rule(by=st.sampled_from(sorted(ROLES)), directory=st.sampled_from(["whole", "less"]))
    def adopt(self, by: str, directory: str) -> None:
        with suppress(GateError):
            done = self.gates[directory].adopt(POLICIES[directory], by=by, note="People come and go.")
            if done and directory != self.society.directory:
                assert {name for where, name in self.proposed if where == directory} - {by}, "adopted by one person"
                self.society.directory, self.proposed = directory, set()
            elif not done:
                self.proposed.add((directory, by))

    @rule(giver=st.sampled_from(sorted(ROLES)), taker=st.sampled_from(sorted(ROLES)), minutes=st.sampled_from([5, 600]))
    def delegate(self, giver: str, taker: str, minutes: int) -> None:
        until = self.clock() + timedelta(minutes=minutes)
        with suppress(GateError):
            self.gate.delegate(giver, to=taker, until=until, by=giver, note="I am away.")
            self.society.grants.append(Grant(giver, taker, self.clock(), until))

    @rule(slot=which, through=hands)
    def make_ready(self, slot: str, through: Hands) -> None:
        """What random people would do once in a hundred steps: holds are lifted, everybody signs, and the undo delay ends."""
        draft = self.name(slot)
        if self.gate.draft(draft).state.over:
            return
        for no in range(len(self.page(draft).holds)):
            self.lift(slot, "dai", 0)
            self.lift(slot, "chie", no)
        author, checkers, approvers = through
        self.submit(slot, author)
        for by in checkers:
            self.sign(slot, by, "checker")
        for by in approvers:
            self.sign(slot, by, "approver")
        if self.page(draft).warned:
            self.waive(slot, "dai")
        self.clock.forward(minutes=2)

    # Time

    @rule(minutes=st.sampled_from([1, 2, 5, 40, 200]))
    def time_passes(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    # Sending

    @rule(slot=which, endings=st.lists(st.sampled_from(ENDINGS), max_size=4), ready=st.booleans(), through=hands)
    def send(self, slot: str, endings: list[str], through: Hands, *, ready: bool) -> None:
        draft = self.name(slot)
        if ready:
            self.next_draft(slot)
            self.make_ready(slot, through)
        draft = self.name(slot)
        self.clock.forward(seconds=1)  # what went back waits for a later run: at the very same moment there is none
        self.way.endings = endings
        # What is in flight when it is asked may be found lost by the one who sends: only then is its worker looked for.
        in_flight = self.gate.draft(draft).tally.sending
        opens = self.gate.decide(draft).open if not endings and not in_flight else False
        with suppress(Die):
            try:
                report = self.gate.send(draft, by="mailer")
            except Blocked as error:
                shut = error.decision.blocked_by  # type: ignore[attr-defined]  # errors stand below the model
                assert not opens or shut <= {"in-progress"}, f"decide said open, send was shut by {shut}"
            else:
                assert report.sent + report.refused + report.unknown == report.of
                assert not report.left

    @rule(
        slot=which,
        endings=st.lists(st.sampled_from(ENDINGS), max_size=3),
        at=st.integers(1, 8),
        after=st.booleans(),
        seen=st.booleans(),
        through=hands,
    )
    def worker_dies(self, slot: str, endings: list[str], at: int, through: Hands, *, after: bool, seen: bool) -> None:
        """A worker ends at some transaction; others may see that its process is gone, or have to wait for its lease."""
        draft = self.name(slot)
        self.next_draft(slot)
        self.make_ready(slot, through)
        draft = self.name(slot)
        self.way.endings = endings
        office = self.gate._office
        mortal = replace(office, store=Mortal(office.store, at=at, after=after))  # type: ignore[arg-type]  # it quacks
        with pytest.MonkeyPatch.context() as patch:
            if seen:
                boot, process, _, number = name_worker().rsplit("/", 3)
                patch.setattr(dispatch, "name_worker", lambda: f"{boot}/{process}/0/{number}")
            with suppress(Die, GateError):
                sending.send(mortal, draft, by="mailer")

    @rule(slot=which, by=who, truth=st.integers(0, 3))
    def settle(self, slot: str, by: str, truth: int) -> None:
        """Somebody looks into the other end's record, and says what stands there."""
        draft = self.name(slot)
        page = self.page(draft)
        for attempt, to in self.attempts(draft):
            arrived = page.got.get(to, 0) > 0
            with suppress(GateError):
                self.gate.settle(draft, attempt=attempt, outcome="sent" if arrived else "not_sent", by=by, note="Their record says so.")
                page.lost.pop(to, None)
                if not arrived:
                    page.void()
                    page.holds.update({hold.id: hold.by for hold in self.gate.draft(draft).holds})
                self.open(page)

    def attempts(self, draft: str) -> list[tuple[str, str]]:
        """The attempts whose outcome is not known, each with its reader."""
        import orjson

        from releasegate.store.tables import deliveries

        query = select(deliveries.c.attempt, deliveries.c.to).where(deliveries.c.draft_id == draft, deliveries.c.state == "unknown")
        found = self.gate._office.store.look(lambda txn: txn.connection.execute(query).all())
        return [(row.attempt, orjson.loads(row.to)[0]) for row in found]

    def happen(self, draft: str, what: str) -> None:
        """Something that somebody does while a parcel is being handed over."""
        if what == "held":
            answer = self.gate.hold(draft, by="chie")
            assert answer.state is not HoldState.HELD, "HELD in the middle of a hand-over"
            self.page(draft).holds[answer.hold] = "chie"
        elif what == "withdrawn":
            with suppress(GateError):
                self.gate.withdraw(draft, by="dai", note="Never.")
                self.page(draft).withdrawn = True
        else:
            other = "less" if self.society.directory == "whole" else "whole"
            for by in ("dai", "ben"):
                self.adopt(by, other)

    # What must be so after every step

    @invariant()
    def nothing_left_that_must_not(self) -> None:
        assert [] == self.society.wrong
        assert all(count <= 1 for page in self.society.pages.values() for count in page.got.values())

    @invariant()
    def every_change_has_its_event(self) -> None:
        found = self.gate.verify()
        assert () == found.faults
        seqs = dict(self.gate._office.store.look(lambda txn: txn.connection.execute(select(rows.c.id, rows.c.seq)).all()))
        for draft, seq in seqs.items():
            events = self.gate.history(draft)
            assert seq == len(events) == events[-1].seq
            assert all(event.note for event in events if event.kind in NOTED)

    @invariant()
    def the_gate_knows_what_the_other_end_got(self) -> None:
        for draft, page in self.society.pages.items():
            if page.digest:
                tally = self.gate.draft(draft).tally
                assert tally.sent <= sum(page.got.values()) <= tally.sent + tally.unknown + tally.sending
                assert (tally.waiting + tally.claimed + tally.sending + tally.sent + tally.refused + tally.unknown) == len(page.bodies)


def explore(make_store: Callable[[], str], runs: int) -> None:
    run_state_machine_as_test(
        lambda: Machine(make_store()),  # type: ignore[arg-type]  # whatever makes a machine will do
        settings=settings(
            max_examples=runs,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # Shrinking takes minutes; `make full` does it.
            phases=[Phase.explicit, Phase.reuse, Phase.generate, *([Phase.shrink] if COUNTS == "full" else [])],
        ),
    )


@pytest.mark.counts
def test_whatever_people_do_the_promises_hold_on_sqlite(tmp_path: Path, counts: Callable[[int], int]) -> None:
    prepared = tmp_path / "prepared.db"
    Machine(str(prepared)).teardown()

    def copy() -> str:
        path = tmp_path / f"{uuid4().hex}.db"
        shutil.copy(prepared, path)
        return str(path)

    explore(copy, counts(500))


@pytest.mark.counts
def test_whatever_people_do_the_promises_hold_on_postgresql(postgres_url: str, counts: Callable[[int], int]) -> None:
    Machine(postgres_url).teardown()
    url = make_url(postgres_url)
    made: list[str] = []

    def copy() -> str:
        name = f"machine_{uuid4().hex}"
        with administrator(postgres_url) as connection:
            for old in made:
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(old)))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(str(url.database))))
        made[:] = [name]
        return url.set(database=name).render_as_string(hide_password=False)

    explore(copy, max(2, counts(50)))
