"""Those who race: senders, a booker, editors, a holder, and an administrator, each a process of its own.

    python -m tests.races.people ROLE NUMBER STORE FOLDER SEED

runs until FOLDER/stop is there, and writes what it was answered, and when, to FOLDER/ROLE-NUMBER.jsonl.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from releasegate import Blocked, Gate, GateError, Policy, Refused
from releasegate.errors import HoldNotPlaced
from releasegate.model.alarm import Alarm
from releasegate.model.state import State
from releasegate.settling import Said
from releasegate.store.tables import deliveries, drafts
from tests.building import lifted, seen
from tests.races.rules import WITH_CAT, WITHOUT_CAT, Line, Text, ways_out

T = TypeVar("T")

BULK = 20
STOCK = 16
"""So many drafts are kept open: enough to choose from, few enough that people meet at them."""
DESK = 3
"""So many of those that are booked."""


def _quiet(_alarm: Alarm) -> None:
    """Nobody listens to alarms in a race."""


class Racer:
    """One process: a gate for each of the two directories, and a diary."""

    def __init__(self, name: str, store: str, folder: Path, seed: int) -> None:
        self.name, self.folder, self.dice = name, folder, random.Random(seed)
        self.line = Line(int((folder / "port").read_text()))
        self.gates = [Gate(store, policy=each, channels=ways_out(self.line), alarm=_quiet) for each in (WITH_CAT, WITHOUT_CAT)]
        if isolation := (folder / "isolation").read_text():
            for gate in self.gates:
                gate._office.store._engine.update_execution_options(isolation_level=isolation)
        self.diary = (folder / f"{name}.jsonl").open("w", encoding="ascii")

    def over(self) -> bool:
        return (self.folder / "stop").exists()

    def note(self, what: str, **facts: object) -> None:
        self.diary.write(json.dumps({"what": what, **facts}) + "\n")

    def pick(self, *states: str, channel: str = "") -> str | None:
        """One of the drafts in these states, by chance."""
        query = select(drafts.c.id).where(drafts.c.state.in_(states), *([drafts.c.channel == channel] if channel else []))
        found = self.gates[0]._office.store.look(lambda txn: txn.connection.execute(query).scalars().all())
        return self.dice.choice(found) if found else None

    def ready(self, channel: str) -> int:
        """How many drafts wait for this way out, and nobody holds them."""
        ready = (drafts.c.channel == channel, drafts.c.state.in_(["approved", "approving"]), drafts.c.hold_count == 0)
        return self.gates[0]._office.store.look(lambda txn: len(txn.connection.execute(select(drafts.c.id).where(*ready)).all()))

    def act(self, verb: Callable[[Gate], T]) -> T | None:
        """Do it with the gate whose directory is in force; None where somebody was in the way."""
        for gate in tuple(self.gates):
            try:
                return verb(gate)
            except Refused as error:
                if error.code != "policy-not-in-force":
                    return None
                self.gates.reverse()
            except GateError:
                return None
        return None


class Editor(Racer):
    """Writes as its own author, and remembers the version and size of what it wrote."""

    def __init__(self, name: str, store: str, folder: Path, seed: int) -> None:
        super().__init__(name, store, folder, seed)
        self.author = "ann" if name.endswith("1") else "abe"
        self.written: dict[str, tuple[int, int]] = {}
        self.versions: dict[str, int] = {}  # by the digest that the gate gave: a version whose writing was refused stands nowhere


def send(racer: Racer) -> None:
    draft = racer.pick("approved", "sending", "approving", channel="line")
    if draft is None:
        time.sleep(0.002)
        return
    racer.line.since = time.monotonic_ns()
    try:
        racer.gates[0].send(draft, by="dan")
    except Blocked as error:
        if "policy-not-in-force" in error.decision.blocked_by:  # type: ignore[attr-defined]  # errors stand below the model
            racer.gates.reverse()
    except GateError as error:
        racer.note("error", verb="send", error=str(error))


def book(racer: Racer) -> None:
    """Book what can be booked, look at what is not known; now and then pass as the watch does."""
    time.sleep(racer.dice.uniform(0, 0.01))
    if racer.dice.random() < 0.03:
        racer.gates[0].watch()
    draft = racer.pick("approved", channel="desk") or racer.pick("unknown", "booked", channel="desk")
    if draft is None:
        return
    racer.line.since = time.monotonic_ns()
    if racer.gates[0].draft(draft).state is State.APPROVED:
        racer.act(lambda gate: gate.book(draft, by="dan"))
    else:
        racer.act(lambda gate: gate.look(draft))


def edit(racer: Editor) -> None:
    """Keep the stock up; otherwise write an approved one anew, or settle what is not known."""
    _settle(racer)
    old = racer.pick("approved", "approving", "checking", "drafting")
    number = len(racer.written) + 1
    if racer.dice.random() < 0.5 and racer.ready("desk") < DESK:
        _write(racer, f"{racer.name}.{number}.desk", 1)
    elif racer.ready("line") < STOCK or old is None:
        _write(racer, f"{racer.name}.{number}", BULK if racer.dice.random() < 0.3 else 1)
    elif old in racer.written and racer.dice.random() < 0.3:
        _write(racer, old, racer.written[old][1])
    else:
        time.sleep(0.005)


def _write(racer: Editor, draft: str, people: int) -> None:
    version = racer.written.get(draft, (0, 0))[0] + 1
    racer.written[draft] = (version, people)
    text = Text(draft, version, people)
    way: dict[str, str] = {"channel": "desk", "send_at": _hour()} if draft.endswith(".desk") else {"channel": "line"}
    made = racer.act(lambda gate: gate.write(draft, content=text, by=racer.author, **way))  # type: ignore[arg-type]  # all of them are words
    if made is None:
        return
    racer.versions[made.digest] = version
    racer.note("text", draft=draft, version=version, digest=made.digest, answered=time.monotonic_ns())
    racer.act(lambda gate: gate.submit(draft, by=racer.author, note="n"))
    racer.act(lambda gate: gate.confirm(draft, digest=made.digest, by="cho", note="n"))
    _approve(racer, draft, version, made.digest)


def _approve(racer: Racer, draft: str, version: int, digest: str) -> None:
    for approver in racer.dice.sample(["cat", "dan"], 2):
        racer.note("approving", draft=draft, version=version, by=approver)
        if racer.act(lambda gate, by=approver: gate.approve(draft, digest=digest, by=by, note="n", read_back=seen(gate, draft))):  # type: ignore[misc]
            return
        if any((each.by, each.digest) == (approver, digest) for each in racer.gates[0].draft(draft).signatures):
            return  # an error that came after the commit is no refusal
        racer.note("not approved", draft=draft, version=version, by=approver)


def _hour() -> str:
    """So far ahead that it does not come while they race."""
    return (datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(days=30)).strftime("%Y-%m-%d 12:00 Asia/Tokyo")


def _settle(racer: Editor) -> None:
    """Say what the server's record says of what it did not answer; what it did not take goes out again, once people have let it."""
    table = deliveries.c
    unknown = select(table.draft_id, table.attempt, table.no).where(table.state == "unknown", table.draft_id.not_like("%.desk")).limit(3)
    for draft, attempt, no in racer.gates[0]._office.store.look(lambda txn: txn.connection.execute(unknown).all()):
        taken = racer.line.ask("took", draft=draft, no=no - 1)["taken"]
        said: Said = "sent" if taken else "not_sent"
        racer.act(lambda gate, d=draft, a=attempt, s=said: gate.settle(d, attempt=a, outcome=s, by="eve", note="their record"))  # type: ignore[misc]
    stopped = racer.pick("checking", "approving")
    if stopped in racer.written:
        _again(racer, str(stopped))


def _again(racer: Editor, draft: str) -> None:
    """Of one's own: the hold of a settlement is lifted, and people sign anew."""
    now = racer.gates[0].draft(draft)
    for hold in now.holds:
        if hold.by == "eve":
            racer.act(lambda gate, h=hold.id: lifted(gate, h, by="fay", note="n"))  # type: ignore[misc]
    if now.state in {State.CHECKING, State.APPROVING} and not now.holds and now.digest in racer.versions:
        racer.act(lambda gate: gate.confirm(draft, digest=now.digest, by="cho", note="n"))
        _approve(racer, draft, racer.versions[now.digest], now.digest)


def hold(racer: Racer) -> None:
    """Hold a draft, look away for a moment, and lift it; now and then withdraw one. Between two holds some letters get through."""
    time.sleep(racer.dice.uniform(0, 0.05))
    going = racer.pick("claimed", "sending", "booking", "booked") if racer.dice.random() < 0.8 else None
    draft = going or racer.pick("approved")
    if draft is None:
        return
    if racer.dice.random() < 0.02:
        left = racer.act(lambda gate: gate.withdraw(draft, by="eve", note="n"))
        if left is not None and left.state.over:
            racer.note("withdrawn", draft=draft, answered=time.monotonic_ns())
        return
    asked = time.monotonic_ns()
    try:
        answer = racer.gates[0].hold(draft, by="dan")
    except HoldNotPlaced as error:  # it said so: nothing was promised
        racer.note("error", verb="hold", error=str(error))
        return
    answered = time.monotonic_ns()
    racer.note("hold", draft=draft, hold=answer.hold, state=answer.state.value, in_flight=answer.in_flight, asked=asked, answered=answered)
    time.sleep(racer.dice.uniform(0, 0.02))
    if answer.hold:
        racer.note("lift", hold=answer.hold, asked=time.monotonic_ns())
        while racer.act(lambda gate: lifted(gate, answer.hold, by="eve", note="n")) is None and not gone(racer, draft):
            time.sleep(0.001)


def gone(racer: Racer, draft: str) -> bool:
    """It is over, and its holds with it; or the race is."""
    return racer.over() or racer.gates[0].draft(draft).state.over


def administer(racer: Racer) -> None:
    """Take cat's right away for a while, and give it back."""
    time.sleep(racer.dice.uniform(0.5, 2.0))
    if not _adopt(racer, WITHOUT_CAT):
        return
    racer.note("removed", answered=time.monotonic_ns())
    time.sleep(racer.dice.uniform(0, 0.1))
    racer.note("given", asked=time.monotonic_ns())
    while not _adopt(racer, WITH_CAT):
        pass


def _adopt(racer: Racer, policy: Policy) -> bool:
    """Two people say the same."""
    return any(racer.act(lambda gate, by=by: gate.adopt(policy, by=by, note="n")) for by in ("eve", "fay"))  # type: ignore[misc]


ROLES: dict[str, Callable[..., None]] = {"sender": send, "booker": book, "editor": edit, "holder": hold, "admin": administer}


def main(role: str, number: str, store: str, folder: str, seed: str) -> None:
    made = (Editor if role == "editor" else Racer)(f"{role}-{number}", store, Path(folder), int(seed))
    while not made.over():
        ROLES[role](made)
    made.diary.close()
    for gate in made.gates:
        gate.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
