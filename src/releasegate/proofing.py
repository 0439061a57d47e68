"""Proofs: a marked copy of what is sealed, to known people or the channel's test list; told in the log, never a delivery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from releasegate.errors import NotFound, ProofFailed
from releasegate.messages.words import Words, lines
from releasegate.model.draft import Draft
from releasegate.model.proof import Proof
from releasegate.notify.marked import Copy
from releasegate.notify.opening import open_client
from releasegate.notify.proofs import Handed, hand_out
from releasegate.office import Office
from releasegate.store import lanes, reading, seals
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

TEST_LIST = "@test"
"""Instead of a person: the addresses in the channel's `test`. No person's id can be this."""
PER_DAY = 20
"""How often within 24 hours a proof of one draft can be asked for: enough to look, too few to send by."""
PER_HOUR = 100
"""How many proofs leave in an hour, of all drafts of a store."""
_DAY = timedelta(hours=24)
_LANE = "@proofs"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """One proof: what it shows, the readers' addresses each with its language, and the event that stands for it."""

    copy: Copy
    readers: Mapping[str, str]
    to: str
    by: str
    seq: int


def proof(office: Office, draft_id: str, *, to: str, by: str, no: int) -> Proof:
    """Send a marked copy of message no. `no` of the present text. The log has it before the first byte leaves, and then what became of it.

    Raises ProofFailed where not everybody got it.
    """
    if not office.policy.mail:
        raise office.refused("proof-no-way")
    order = office.store.act(lambda txn: _order(office, txn, draft_id, (to, by, no)))
    handed = hand_out(open_client(office.policy), order.copy, order.readers)
    office.store.act(lambda txn: _record(txn, draft_id, order, handed))
    made = Proof(
        draft_id=draft_id,
        digest=order.copy.digest,
        no=no,
        to=order.to,
        by=order.by,
        taken=handed.taken,
        failed=handed.failed,
        unknown=handed.unknown,
    )
    if made.failed or made.unknown:
        raise _failed(made)
    return made


def _order(office: Office, txn: Txn, draft_id: str, wish: tuple[str, str, int]) -> _Order:
    """The proof as the log keeps it, and as it will leave. Refused after a withdrawal, to anybody unknown, and too often."""
    to, by, no = wish
    office.acting(txn)
    known = reading.load(txn, draft_id)
    draft, person = known.draft, office.person(txn, by)
    if draft.state.over or any(hold.final for hold in draft.holds):
        raise office.refused("over", draft=draft_id, state=draft.state.value if draft.state.over else "withdrawn")
    name, readers = _readers(office, txn, draft, to)
    if not 1 <= no <= draft.count:
        raise NotFound("mail", f"{no} of {draft.count}")
    _bounded(office, txn, known, len(readers))
    copy = Copy(
        parcel=seals.Reader(draft.digest).parcel(txn, no),
        no=no,
        of=draft.count,
        draft_id=draft_id,
        digest=draft.digest,
        by=person.name,
        sender=office.policy.mail_from,
    )
    data = {"reader": name, "no": no, "copies": len(readers)}
    step = Step(kind="proof", actor=person.id, to=draft.state, data=data, memo={"addresses": list(readers)})
    after = advance(txn, known, step).draft
    return _Order(copy=copy, readers=readers, to=name, by=person.id, seq=after.seq)


def _readers(office: Office, txn: Txn, draft: Draft, to: str) -> tuple[str, dict[str, str]]:
    """Who gets it, and by which addresses: those of the rules in force, whatever the caller wrote. Of a robot its operator."""
    policy = office.rules(txn)
    if to == TEST_LIST:
        rules = policy.channels.get(draft.channel)
        if rules is None or not rules.test:
            raise office.refused("proof-no-list", channel=draft.channel)
        return TEST_LIST, dict.fromkeys(rules.test, office.policy.lang)
    if to.startswith("@"):
        raise office.refused("unknown-person", by=to, near=TEST_LIST)
    person = office.person(txn, policy.people.eyes(office.person(txn, to).id))
    if not person.email:
        raise office.refused("proof-no-address", to=person.name)
    return person.id, {person.email: person.lang or office.policy.lang}


def _bounded(office: Office, txn: Txn, known: Known, copies: int) -> None:
    """A proof is for looking at: so many of them would be a way out past the gate."""
    since = txn.now() - _DAY
    if sum(event.kind == "proof" and event.at > since for event in known.events) >= PER_DAY:
        raise office.refused("proof-too-many", draft=known.draft.id, n=PER_DAY)
    if not lanes.spend(txn, _LANE, copies, most=PER_HOUR):
        raise office.refused("proof-too-fast", n=PER_HOUR)


def _record(txn: Txn, draft_id: str, order: _Order, handed: Handed) -> None:
    """What became of it: how many in the chain, the answers with their addresses beside it."""
    known = reading.load(txn, draft_id)
    data = {"proof": order.seq, "taken": len(handed.taken), "failed": len(handed.failed), "unknown": len(handed.unknown)}
    said = {address: str(answer)[:300] for answers in (handed.taken, handed.failed, handed.unknown) for address, answer in answers.items()}
    kind = "proof_failed" if handed.failed or handed.unknown else "proof_told"
    advance(txn, known, Step(kind=kind, actor="gate", to=known.draft.state, data=data, memo={"said": said}))


def _failed(made: Proof) -> ProofFailed:
    """One sentence for each address that has not got it."""
    sure = [
        Words(
            "The proof of {draft} did not reach {to}: {said}. {draft} is as it was; mend the way out of [gate].mail, and ask again.",
            draft=made.draft_id,
            to=address,
            said=answer,
        )
        for address, answer in made.failed.items()
    ]
    doubt = [
        Words(
            "Whether the proof of {draft} reached {to} is not known: {said}. {draft} is as it was; ask {to} before you ask for it again.",
            draft=made.draft_id,
            to=address,
            said=answer,
        )
        for address, answer in made.unknown.items()
    ]
    return ProofFailed(lines([*sure, *doubt]), proof=made)
