"""The rules change hands: adopting a policy, delegating a right. Each writes the gate row, so that no claim passes on the old ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson

from releasegate.decision.deciding import people_part
from releasegate.errors import ContentError
from releasegate.messages.words import Words
from releasegate.model.event import Event
from releasegate.model.note import Note
from releasegate.model.state import Role
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store import log, reading, rows, rules
from releasegate.store.store import Store, Txn

LONGEST = timedelta(days=366)
"""The longest delegation: a right that is lent for longer is a right, and stands in the directory."""


def first(store: Store, policy: Policy) -> None:
    """In a store without rules, those of the process that opens it first are put in force; the log says so."""

    def work(txn: Txn) -> None:
        rules.epoch(txn, exclusive=True)
        if not rules.read(txn).position:
            rules.write(txn, _adoption(txn, policy, "gate", "The first rules of this store."), adopted=True)

    if not store.look(lambda txn: rules.read(txn).position):
        store.act(work)


def adopt(office: Office, policy: Policy, *, by: str, note: str | Note) -> bool:
    """Put these rules in force: True; or propose them, where a second person has yet to say the same: False."""
    said = office.note(note, "adopt")
    # Reading all open drafts takes 2 ms each: before the lock, or every hold would wait for it.
    seen = office.store.look(lambda txn: _look(office, txn, policy, _Seen()))

    def work(txn: Txn) -> bool:
        rules.epoch(txn, exclusive=True)
        force = rules.read(txn)
        current = force.policy or policy
        person = office.person(txn, by)
        if person.kind != "human" or current.people.get(person.id) is None:
            raise office.refused("adopt-no-human", by=person.name)
        if (current.rules, current.directory) == (policy.rules, policy.directory) and force.policy is not None:
            return True
        if current.mode != policy.mode:
            raise office.refused("demo-only", what="[gate] mode")
        others = _others(txn, policy, force.position)
        if len(current.people.humans) > 1:
            loosened = _look(office, txn, policy, seen).loosened
            if mine := sorted(draft for draft, writers in loosened.items() if current.people.eyes(person.id) in writers):
                raise office.refused("adopt-writer", by=person.name, drafts=", ".join(mine))
            others -= {name for name in others if any(current.people.eyes(name) in writers for writers in loosened.values())}
            approver = any(Role.APPROVER in each.roles for each in current.people if each.id in {*others, person.id})
            if not others - {current.people.eyes(person.id)} or not approver:
                rules.write(txn, _event(txn, "propose", policy, person.id, said.text), adopted=False)
                return False
        rules.write(txn, _adoption(txn, policy, person.id, said.text), adopted=True)
        return True

    return office.store.act(work)


def _others(txn: Txn, policy: Policy, since: int) -> set[str]:
    """Who has proposed these very rules and people since the last adoption."""
    proposals = [event for event in log.of_store(txn, kinds=("propose",)) if event.position > since]
    return {event.actor for event in proposals if (event.data["rules"], event.data["directory"]) == (policy.rules, policy.directory)}


@dataclass(frozen=True, slots=True)
class _Seen:
    """The open drafts that were looked at under the rules of this epoch, each with its seq then; whose text the new rules would loosen."""

    epoch: int = 0
    seqs: Mapping[str, int] = field(default_factory=dict)
    loosened: Mapping[str, frozenset[str]] = field(default_factory=dict)


def _look(office: Office, txn: Txn, policy: Policy, seen: _Seen) -> _Seen:
    """Nobody helps to loosen the rules that a text of their own waits for. What was seen and has not moved is not read again."""
    current, at, epoch, seqs = office.rules(txn), txn.now(), rules.peek(txn), rows.open_seqs(txn)
    looser = _may_loosen(current, policy)
    loosened: dict[str, frozenset[str]] = {}
    for draft_id in seqs if len(current.people.humans) > 1 else ():
        if epoch == seen.epoch and seqs[draft_id] == seen.seqs.get(draft_id):
            if draft_id in seen.loosened:
                loosened[draft_id] = seen.loosened[draft_id]
            continue
        draft = reading.load(txn, draft_id, lock=False).draft
        proven = office.proven(txn, draft)
        if looser or (people_part(draft, policy, at, proven=proven)[1] and not people_part(draft, current, at, proven=proven)[1]):
            loosened[draft_id] = draft.eyes | {current.people.eyes(writer) for writer in draft.writers}
    return _Seen(epoch, seqs, loosened)


def _may_loosen(current: Policy, policy: Policy) -> bool:
    """Any change of the rules may, but one: requirements are added, and all else stays as it was."""
    if current.rules == policy.rules:
        return False
    was, will = (orjson.loads(each.rules_text()) for each in (current, policy))
    return not (
        all(rule in will["requirements"] for rule in was["requirements"]) and was | {"requirements": 0} == will | {"requirements": 0}
    )


def _adoption(txn: Txn, policy: Policy, actor: str, note: str) -> Event:
    return _event(txn, "adopt", policy, actor, note)


def _event(txn: Txn, kind: str, policy: Policy, actor: str, note: str) -> Event:
    number = 1 + len(log.of_store(txn, kinds=("adopt",)))
    data = {"rules": policy.rules, "directory": policy.directory, "number": number}
    return Event(
        kind=kind,
        actor=actor,
        at=txn.now(),
        data=data,
        note=note,
        memo={"policy": policy.to_dict() | {"gate": {"mode": policy.mode} if policy.mode else {}}},
    )


def delegate(office: Office, person: str, *, to: str, until: datetime, by: str, note: str | Note) -> None:
    """A dated grant: `to` may sign for `person` until then; both names count as having acted.

    Only `person` can give it, for a year at most. Raises ContentError for an end without a zone, one that is past, or one further away.
    """
    said = office.note(note, "delegate")
    if until.tzinfo is None:
        raise ContentError(
            Words("{until} has no zone.", until=until.isoformat()), where=Words("until"), mend=Words("Give an aware datetime.")
        )

    def work(txn: Txn) -> None:
        rules.epoch(txn, exclusive=True)
        office.acting(txn)
        giver, taker, actor = (office.person(txn, name) for name in (person, to, by))
        for each in (giver, taker):
            if each.kind != "human":
                raise office.refused("robot-signs", by=each.name)
        if actor.id != giver.id:
            raise office.refused("not-yours", by=actor.name)
        if not txn.now() < until <= txn.now() + LONGEST:
            raise ContentError(
                Words("{until} is past, or more than a year away.", until=until.isoformat()),
                where=Words("until"),
                mend=Words("Give a date within a year."),
            )
        data = {"person": giver.id, "to": taker.id, "until": until.isoformat()}
        rules.write(txn, Event(kind="delegate", actor=actor.id, at=txn.now(), data=data, note=said.text), adopted=False)

    office.store.act(work)
