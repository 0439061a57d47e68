"""What most tests begin with: a gate, people, a way out that remembers, a clock that only moves when told."""

import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from releasegate.gate import Gate
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft
from releasegate.model.handoff import ReadBack
from releasegate.model.manifest import Manifest
from releasegate.model.schedule import Schedule
from releasegate.policy.policy import Policy
from releasegate.protocols import Check
from releasegate.store.store import Store, Txn
from releasegate.testing import Clock, Outbox
from releasegate.testing.clock import NOON

__all__ = ["NOON", "Clock", "Outbox"]  # beside what is made here: tests take all they begin with from one place

PEOPLE = """
[people]
akari  = { name = "Sato Akari", email = "akari@pr.example", roles = ["author", "checker", "approver"] }
ben    = { name = "Ben Ito", email = "ben@pr.example", roles = ["author", "checker"], also = ["ben.ito@mail.example"] }
chie   = { name = "Tanaka Chie", email = "chie@pr.example", roles = ["checker", "approver"] }
dai    = { name = "Oi Dai", email = "dai@pr.example", roles = ["approver"] }
mailer = { kind = "robot", operator = "akari", roles = [] }
writer = { kind = "robot", operator = "akari", roles = ["author"] }
"""

NEWS = """
[channels.news]
window = "2h"
"""

TWO_EYES = """
[[requirement]]
name = "two pairs of eyes"
checkers = 1
approvers = 1
"""

RULES = NEWS + TWO_EYES

MANIFEST = Manifest(
    parcels="a",
    count=1,
    recipients="b",
    reach=1,
    sender="news@pr.example",
    title="July",
    channel="news",
    identity="outbox:test",
    meant="live",
    schedule=Schedule(),
    window=7200,
)
"""One letter to one reader, at once."""


class Between:
    """A store that lets somebody act right before the n-th transaction of whoever uses it."""

    def __init__(self, store: Store, number: int, act: Callable[[], None]) -> None:
        self._store, self._left, self._act = store, number, act

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a store has
        return getattr(self._store, name)

    def act(self, work: Callable[[Txn], object], **more: Any) -> object:  # noqa: ANN401
        self._left -= 1
        if not self._left:
            self._act()
        return self._store.act(work, **more)


def mail(text: str = "The new wing opens.", *, to: str = "reader@paper.example", subject: str = "New wing", **headers: str) -> EmailMessage:
    """One mail; `headers` replace or add (`Reply_To="…"`)."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "News <news@pr.example>", to, subject
    for name, value in headers.items():
        del made[name.replace("_", "-")]
        made[name.replace("_", "-")] = value
    made.set_content(text + "\n")
    return made


def mails(count: int, text: str = "The new wing opens.") -> list[EmailMessage]:
    """So many mails, each to a reader of its own."""
    return [mail(f"Dear reader {number}. {text}", to=f"reader{number}@paper.example") for number in range(1, count + 1)]


def make_policy(rules: str = RULES, *, people: str = PEOPLE) -> Policy:
    """The rules in this TOML, for these people."""
    return Policy.parse(f"version = 1\n{people}\n{rules}")


@dataclass
class Bench:
    """A gate with everything that stands around it."""

    gate: Gate
    outbox: Outbox
    clock: Clock
    alarms: list[Alarm]


def make_bench(
    store_url: str,
    *,
    rules: str = RULES,
    people: str = PEOPLE,
    channels: Mapping[str, Outbox] | None = None,
    clock: Clock | None = None,
    checks: Iterable[Check] = (),
) -> Bench:
    """A gate on this store, its way out `news`, its clock and the alarms it raised."""
    time, alarms = clock or Clock(), list[Alarm]()
    ways = dict(channels) if channels is not None else {"news": Outbox()}
    gate = Gate(store_url, policy=make_policy(rules, people=people), channels=ways, alarm=alarms.append, clock=time, checks=checks)
    weakref.finalize(gate, gate._office.store.close)  # no test has to close its gates
    return Bench(gate, next(iter(ways.values()), Outbox()), time, alarms)


def make_gate(store_url: str, **more: object) -> Gate:
    """Only the gate of `make_bench`."""
    return make_bench(store_url, **more).gate  # type: ignore[arg-type]  # handed on


def written(gate: Gate, draft_id: str = "d1", content: object = "The new wing opens.", *, by: str = "akari", **more: str) -> Draft:
    """A draft that akari wrote."""
    return gate.write(draft_id, channel=more.pop("channel", "news"), content=content, by=by, declared=None, **more)


def submitted(gate: Gate, draft_id: str = "d1", content: object = "The new wing opens.", *, by: str = "akari", **more: str) -> Draft:
    """A draft that akari wrote and submitted."""
    written(gate, draft_id, content, by=by, **more)
    return gate.submit(draft_id, by=by, note="Please check.")


def confirmed(gate: Gate, draft_id: str = "d1", content: object = "The new wing opens.", *, by: str = "akari", **more: str) -> Draft:
    """A draft that ben has confirmed."""
    seen = submitted(gate, draft_id, content, by=by, **more)
    return gate.confirm(draft_id, digest=seen.digest, by="ben", note="Names are right.")


def approved(gate: Gate, draft_id: str = "d1", content: object = "The new wing opens.", *, by: str = "akari", **more: str) -> Draft:
    """A draft that ben has confirmed and chie has approved."""
    seen = confirmed(gate, draft_id, content, by=by, **more)
    return gate.approve(draft_id, digest=seen.digest, by="chie", note="Read twice.", read_back=_many(gate, draft_id))


def sign(gate: Gate, draft_id: str = "d1") -> Draft:
    """Ben confirms and chie approves the text as it stands."""
    seen = gate.draft(draft_id)
    gate.confirm(draft_id, digest=seen.digest, by="ben", note="Names are right.")
    return gate.approve(draft_id, digest=seen.digest, by="chie", note="Read twice.", read_back=_many(gate, draft_id))


def _many(gate: Gate, draft_id: str) -> ReadBack | None:
    """Of more than 1,000 people an approval is read back, and of what is booked with somebody else's clock."""
    draft = gate.draft(draft_id)
    return seen(gate, draft_id) if draft.reach > 1_000 or gate.in_force().channels[draft.channel].clock else None


def seen(gate: Gate, draft_id: str = "d1") -> ReadBack:
    """What somebody reads back who has looked."""
    draft = gate.draft(draft_id)
    return ReadBack(mark=draft.mark, recipients=draft.reach, send_at=draft.send_at)


def lifted(gate: Gate, hold: str, *, by: str, note: str) -> Draft:
    """The draft with this hold lifted, what leaves read back rightly."""
    return gate.lift(hold, by=by, note=note, read_back=seen(gate, hold.rpartition("/")[0]))
