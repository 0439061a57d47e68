"""Those who race: senders, editors, a holder, and an administrator, each a process of its own.

    python -m tests.races.people ROLE NUMBER STORE FOLDER SEED

runs until FOLDER/stop is there, and writes what it was answered, and when, to FOLDER/ROLE-NUMBER.jsonl.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import select

from releasegate import Blocked, Gate, GateError, Policy, Refused
from releasegate.model.alarm import Alarm
from releasegate.store.tables import deliveries, drafts
from tests.building import lifted
from tests.races.rules import WITH_CAT, WITHOUT_CAT, LineChannel, Text

T = TypeVar("T")

BULK = 20
STOCK = 16
"""So many drafts are kept open: enough to choose from, few enough that people meet at them."""


def _quiet(_alarm: Alarm) -> None:
    """Nobody listens to alarms in a race."""


class Racer:
    """One process: a gate for each of the two directories, and a diary."""

    def __init__(self, name: str, store: str, folder: Path, seed: int) -> None:
        self.name, self.folder, self.dice = name, folder, random.Random(seed)
        self.channel = LineChannel(int((folder / "port").read_text()))
        self.gates = [Gate(store, policy=each, channels={"line": self.channel}, alarm=_quiet) for each in (WITH_CAT, WITHOUT_CAT)]
        self.diary = (folder / f"{name}.jsonl").open("w", encoding="ascii")

    def over(self) -> bool:
        return (self.folder / "stop").exists()

    def note(self, what: str, **facts: object) -> None:
        self.diary.write(json.dumps({"what": what, **facts}) + "\n")

    def pick(self, *states: str) -> str | None:
        """One of the drafts in these states, by chance."""
        found = self.gates[0]._office.store.look(
            lambda txn: txn.connection.execute(select(drafts.c.id).where(drafts.c.state.in_(states))).scalars().all()
        )
        return self.dice.choice(found) if found else None

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


def send(racer: Racer) -> None:
    draft = racer.pick("approved", "sending", "approving")
    if draft is None:
        time.sleep(0.002)
        return
    racer.channel.since = time.monotonic_ns()
    try:
        racer.gates[0].send(draft, by="dan")
    except Blocked as error:
        if "policy-not-in-force" in error.decision.blocked_by:  # type: ignore[attr-defined]  # errors stand below the model
            racer.gates.reverse()
    except GateError as error:
        racer.note("error", verb="send", error=str(error))


def edit(racer: Editor) -> None:
    """Keep the stock up; otherwise write an approved one anew, or settle what is not known."""
    _settle(racer)
    old = racer.pick("approved", "approving", "checking", "drafting")
    count = racer.gates[0]._office.store.look(
        lambda txn: len(
            txn.connection.execute(select(drafts.c.id).where(drafts.c.state.in_(["approved", "approving"]), drafts.c.hold_count == 0)).all()
        )
    )
    if count < STOCK or old is None:
        number = len(racer.written) + 1
        _write(racer, f"{racer.name}.{number}", BULK if racer.dice.random() < 0.3 else 1)
    elif old in racer.written and racer.dice.random() < 0.3:
        _write(racer, old, racer.written[old][1])
    else:
        time.sleep(0.005)


def _write(racer: Editor, draft: str, people: int) -> None:
    version = racer.written.get(draft, (0, 0))[0] + 1
    racer.written[draft] = (version, people)
    text = Text(draft, version, people)
    made = racer.act(lambda gate: gate.write(draft, channel="line", content=text, by=racer.author))
    if made is None:
        return
    racer.note("text", draft=draft, version=version, digest=made.digest, answered=time.monotonic_ns())
    racer.act(lambda gate: gate.submit(draft, by=racer.author, note="n"))
    racer.act(lambda gate: gate.confirm(draft, digest=made.digest, by="cho", note="n"))
    for approver in racer.dice.sample(["cat", "dan"], 2):
        racer.note("approving", draft=draft, version=version, by=approver)
        if racer.act(lambda gate, by=approver: gate.approve(draft, digest=made.digest, by=by, note="n")):  # type: ignore[misc]
            return
        racer.note("not approved", draft=draft, version=version, by=approver)


def _settle(racer: Racer) -> None:
    """Say of what the server took and did not answer that it was sent."""
    unknown = select(deliveries.c.draft_id, deliveries.c.attempt).where(deliveries.c.state == "unknown").limit(3)
    for draft, attempt in racer.gates[0]._office.store.look(lambda txn: txn.connection.execute(unknown).all()):
        racer.act(lambda gate, d=draft, a=attempt: gate.settle(d, attempt=a, outcome="sent", by="eve", note="their record"))  # type: ignore[misc]


def hold(racer: Racer) -> None:
    """Hold a draft, look away for a moment, and lift it; now and then withdraw one. Between two holds some letters get through."""
    time.sleep(racer.dice.uniform(0, 0.05))
    going = racer.pick("claimed", "sending") if racer.dice.random() < 0.8 else None
    draft = going or racer.pick("approved")
    if draft is None:
        return
    if racer.dice.random() < 0.02:
        left = racer.act(lambda gate: gate.withdraw(draft, by="eve", note="n"))
        if left is not None and left.state.over:
            racer.note("withdrawn", draft=draft, answered=time.monotonic_ns())
        return
    asked = time.monotonic_ns()
    answer = racer.gates[0].hold(draft, by="dan")
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


ROLES: dict[str, Callable[..., None]] = {"sender": send, "editor": edit, "holder": hold, "admin": administer}


def main(role: str, number: str, store: str, folder: str, seed: str) -> None:
    made = (Editor if role == "editor" else Racer)(f"{role}-{number}", store, Path(folder), int(seed))
    while not made.over():
        ROLES[role](made)
    made.diary.close()
    for gate in made.gates:
        gate.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
