"""The gate row: which rules are in force, and the lock that every change to them takes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from releasegate.decision.people import Grant
from releasegate.errors import StoreError
from releasegate.messages.words import Words
from releasegate.model.event import Event
from releasegate.policy.policy import Policy
from releasegate.store import log
from releasegate.store.prepared import Prepared
from releasegate.store.store import Txn
from releasegate.store.tables import gate

CHANGES = ("adopt", "propose", "delegate")
"""The events with which the gate row moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The rules in force at one epoch of the gate row: the policy as it was adopted (None before the first), its number, delegations."""

    epoch: int
    position: int
    number: int = 0
    policy: Policy | None = None
    grants: tuple[Grant, ...] = ()


def epoch(txn: Txn, *, exclusive: bool = False) -> int:
    """The gate row's epoch, shared until the transaction ends, or locked for a change of the rules."""
    return int((_LOCKED if exclusive else _SHARED).one(txn)[0])


def peek(txn: Txn) -> int:
    """The gate row's epoch, unlocked: for those who only look."""
    return int(_PEEKED.one(txn)[0])


_EPOCH = select(gate.c.epoch).where(gate.c.id == 1)
_PEEKED = Prepared(_EPOCH)
_IN_FORCE = Prepared(select(gate.c.epoch, gate.c.policy).where(gate.c.id == 1))
_SHARED = Prepared(_EPOCH.with_for_update(read=True))
_LOCKED = Prepared(_EPOCH.with_for_update())


def read(txn: Txn) -> InForce:
    """The rules in force, from the event that put them there."""
    now, position = _IN_FORCE.one(txn)
    adopted = log.of_store(txn, kinds=("adopt",))
    if not position and not adopted:
        return InForce(epoch=now, position=0)
    # The newest, wherever the row points: rules that were brought back in the store would be a rollback that nobody signed.
    event = adopted[-1] if adopted else None
    if event is None or event.position != position or "policy" not in event.memo:
        message = Words(
            "The rules in force (event {policy}) are missing or were changed in the store. Nothing leaves; restore it from a copy.",
            policy=position,
        )
        raise StoreError(message)
    policy = Policy.from_dict(event.memo["policy"], where=f"event {position}")
    if policy.rules != event.data["rules"] or policy.directory != event.data["directory"]:
        message = Words(
            "The rules in force are not those that event {policy} names. Nothing leaves; restore the store from a copy.", policy=position
        )
        raise StoreError(message)
    return InForce(epoch=now, position=position, number=event.data["number"], policy=policy, grants=_grants(txn))


def write(txn: Txn, event: Event, *, adopted: bool) -> Event:
    """Append a change of the rules and move the gate row: a claim or a begin that read the old rules cannot pass it."""
    before = epoch(txn, exclusive=True)
    written = log.append(txn, event)
    values = {"epoch": before + 1, **({"policy": written.position} if adopted else {})}
    txn.connection.execute(gate.update().where(gate.c.id == 1).values(**values))
    return written


def _grants(txn: Txn) -> tuple[Grant, ...]:
    """Every delegation ever given; each says itself from when to when it holds."""
    return tuple(
        Grant(person=event.data["person"], to=event.data["to"], since=event.at, until=datetime.fromisoformat(event.data["until"]))
        for event in log.of_store(txn, kinds=("delegate",))
    )
