"""Signing: submit, confirm, approve, revoke, send back, waive; and what follows from them in the same transaction."""

from dataclasses import dataclass
from datetime import timedelta

from releasegate import carrying, writing
from releasegate.decision.deciding import people_part
from releasegate.decision.findings import Expected
from releasegate.decision.timing import cut_off
from releasegate.decision.turns import first_desk, following, free, gaps, rights
from releasegate.handing import Misread, Reading, compare, told
from releasegate.lifecycle import next_state, possible
from releasegate.model.consent import Consent, words_digest
from releasegate.model.draft import Draft
from releasegate.model.finding import Severity, fingerprint
from releasegate.model.handoff import ReadBack
from releasegate.model.note import Note
from releasegate.model.state import Action, Role, State
from releasegate.noting import noted
from releasegate.office import Office
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.proving import ACTIONS, asks_for_keys, fits
from releasegate.store import ed25519, reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn


def submit(office: Office, draft_id: str, *, by: str, note: str | Note) -> Draft:
    """Hand it on; refused, naming the gap, when nobody could sign it."""
    writing.refresh(office, draft_id)
    said = office.note(note, "submit")

    def work(txn: Txn) -> Draft:
        office.acting(txn)
        actor = office.in_role(txn, by, Role.AUTHOR)
        known = reading.load(txn, draft_id)
        _turn(office, known.draft, Action.SUBMIT)
        _signable(office, txn, known.draft, actor)
        after = advance(txn, known, _submission(office, txn, known, actor, said))
        return mature(office, txn, after).draft

    return carrying.carry(office, office.store.act(work), mature)


def _submission(office: Office, txn: Txn, known: Known, actor: Person, said: Note) -> Step:
    eyes = office.rules(txn).people.eyes(actor.id)
    kept = noted(office, txn, said, known.draft)
    to = first_desk(known.draft, office.policy)
    return Step(kind="submit", actor=actor.id, to=to, note=kept.text, data={"eyes": eyes, **kept.data}, memo=kept.memo)


def _signable(office: Office, txn: Txn, draft: Draft, actor: Person) -> None:
    if open_ones := gaps(draft, office.bench(txn), actor.id):
        raise office.refused("nobody-could-sign", requirements="; ".join(open_ones), draft=draft.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yes:
    """One person's yes, as it was given: to a text, in words, with what was read back, and with what a key of theirs signed."""

    digest: str
    by: str
    note: str | Note
    read_back: ReadBack | None = None
    signature: str = ""


def confirm(office: Office, draft_id: str, yes: Yes) -> Draft:
    """A checker vouches for exactly the text of this digest."""
    return _sign(office, draft_id, yes, Role.CHECKER)


def approve(office: Office, draft_id: str, yes: Yes) -> Draft:
    """An approver says yes to exactly the text of this digest; where a read-back is due, only if it agrees with the facts."""
    return _sign(office, draft_id, yes, Role.APPROVER)


def _sign(office: Office, draft_id: str, yes: Yes, role: Role) -> Draft:
    action = Action.CONFIRM if role is Role.CHECKER else Action.APPROVE
    said = office.note(yes.note, action.value)
    writing.refresh(office, draft_id)

    def work(txn: Txn) -> Draft | Misread:
        policy = office.acting(txn)
        known = reading.load(txn, draft_id)
        person, via = _signer(office, txn, known.draft, yes.by, role)
        same_text(office, known.draft, yes.digest)
        _turn(office, known.draft, action)
        if role is Role.APPROVER:
            _in_time(office, txn, known)
        auth, proof = _proof(office, txn, known.draft, (yes.signature, person, said.text), role)
        kept = noted(office, txn, said, known.draft)
        read = Reading(by=person, said=yes.read_back, steps=(action.value,), other=known.draft.author, verb=action.value)
        if wrong := compare(office, txn, known, read):
            return wrong
        data = {"rules": policy.rules, **({"via": via} if via else {}), **({"read_back": True} if yes.read_back else {}), **proof}
        data |= kept.data
        step = Step(kind=action.value, actor=person.id, auth=auth, to=known.draft.state, note=kept.text, data=data, memo=kept.memo)
        return mature(office, txn, advance(txn, known, step)).draft

    return told(office, office.store.act(work))


def _proof(office: Office, txn: Txn, draft: Draft, given: tuple[str, Person, str], role: Role) -> tuple[str, dict[str, str]]:
    """How the signer is established, and what keeps the proof of it; refused where the signature is not of exactly this yes."""
    token, person, words = given
    policy = office.rules(txn)
    if not token:
        if asks_for_keys(policy, draft.channel, role):
            raise office.refused("signature-needed", by=person.name, draft=draft.id)
        return "claimed", {}
    consent = make_consent(txn, draft, policy, role, by=person.id, note=words, nonce=token.partition(".")[0])
    if not fits(consent, token, person.keys):
        raise office.refused("signature-wrong", by=person.name, draft=draft.id)
    if token in draft.proofs:
        raise office.refused("signature-used", by=person.name, draft=draft.id)
    return "signed", {"proof": token, "said": consent.said}


def make_consent(txn: Txn, draft: Draft, policy: Policy, role: Role, **more: str) -> Consent:
    """What this person signs who says yes to the text as it stands, in these words."""
    return Consent(
        store=txn.store,
        draft=draft.id,
        round=draft.round,
        digest=draft.digest,
        action=ACTIONS[role],
        rules=policy.rules,
        by=more["by"],
        said=words_digest(more["note"]),
        nonce=more["nonce"],
    )


def consent(office: Office, draft_id: str, role: Role, *, by: str, note: str | Note) -> Consent:
    """What this person is to sign with their key for this text, with a nonce of its own."""
    said = office.note(note, ACTIONS[role])

    def work(txn: Txn) -> Consent:
        draft = reading.load(txn, draft_id, lock=False).draft
        person = office.person(txn, by)
        return make_consent(txn, draft, office.acting(txn), role, by=person.id, note=said.text, nonce=ed25519.nonce())

    return office.store.look(work)


def _signer(office: Office, txn: Txn, draft: Draft, by: str, role: Role) -> tuple[Person, str]:
    """Who signs, and for whom: entitled now, and no writer of it nor anybody who acted for one."""
    person = office.person(txn, by)
    bench = office.bench(txn)
    if person.kind != "human":
        raise office.refused("robot-signs", by=person.name)
    found = rights(draft, bench, person, role)
    if not found:
        raise office.refused("not-your-role", by=person.name, role=role.value)
    untouched = free(draft, bench, person, found)
    if not untouched:
        raise office.refused("wrote-it", by=person.name)
    return person, untouched[0]


def same_text(office: Office, draft: Draft, digest: str) -> None:
    """The person saw this very text: all 64 characters of its digest."""
    if digest != draft.digest:
        raise office.refused("text-changed", draft=draft.id, saw=digest, now=draft.digest)


def _turn(office: Office, draft: Draft, action: Action) -> None:
    """The lifecycle knows this step from here."""
    if action not in possible(draft.state):
        raise office.refused("not-its-turn", draft=draft.id, state=draft.state.value, action=action.value)


def _in_time(office: Office, txn: Txn, known: Known) -> None:
    """An approval whose undo delay ends after the window would only lead to `missed`, in silence: say so now."""
    rules = office.policy.channels[known.draft.channel]
    if known.draft.send_at is None:
        return
    stop_before = cut_off(rules, office.limits(known.draft.channel))
    latest = known.draft.send_at + timedelta(seconds=known.draft.window) if stop_before is None else known.draft.send_at - stop_before
    opens = txn.now() + rules.undo
    if opens >= latest:
        raise office.refused(
            "window-closes-first",
            draft=known.draft.id,
            opens=opens.isoformat(),
            latest=latest.isoformat(),
            zone=known.draft.schedule.zone,
            variant="" if stop_before is None else "booking",
        )


def revoke(office: Office, draft_id: str, *, digest: str, by: str, note: str | Note) -> Draft:
    """Take a signature of one's own back."""
    said = office.note(note, "revoke")

    def work(txn: Txn) -> Draft:
        person = office.person(txn, by)
        known = reading.load(txn, draft_id)
        same_text(office, known.draft, digest)
        if not any((each.by, each.digest) == (person.id, digest) for each in known.draft.signatures):
            raise office.refused("nothing-to-revoke", by=person.name, draft=draft_id)
        if known.draft.state not in {State.CHECKING, State.APPROVING, State.APPROVED}:
            raise office.refused("not-its-turn", draft=draft_id, state=known.draft.state.value, action="revoke")
        kept = noted(office, txn, said, known.draft)
        step = Step(kind="revoke", actor=person.id, to=known.draft.state, note=kept.text, data=kept.data, memo=kept.memo)
        return mature(office, txn, advance(txn, known, step)).draft

    return office.store.act(work)


def send_back(office: Office, draft_id: str, *, by: str, note: str | Note) -> Draft:
    """Back to the author with what must change; a new round begins."""
    said = office.note(note, "send_back")

    def work(txn: Txn) -> Draft:
        office.acting(txn)
        person = office.person(txn, by)
        if not person.roles & {Role.CHECKER, Role.APPROVER}:
            raise office.refused("not-your-role", by=person.name, role=Role.CHECKER.value)
        known = reading.load(txn, draft_id)
        _turn(office, known.draft, Action.SEND_BACK)
        to = next_state(known.draft.state, Action.SEND_BACK)
        changes = {"round": known.row.round + 1, "epoch": known.row.epoch + 1}
        kept = noted(office, txn, said, known.draft)
        step = Step(kind="send_back", actor=person.id, to=to, note=kept.text, data=kept.data, memo=kept.memo, changes=changes)
        return advance(txn, known, step).draft

    return office.store.act(work)


def waive(office: Office, draft_id: str, name: str, *, digest: str, by: str, note: str | Note) -> Draft:
    """One vote to let this finding or requirement stand, for exactly this text. Never a hold, never a rule of the gate's own."""
    said = office.note(note, "waive")

    def work(txn: Txn) -> Draft:
        policy = office.acting(txn)
        known = reading.load(txn, draft_id)
        person = office.person(txn, by)
        same_text(office, known.draft, digest)
        if known.draft.state.over:
            raise office.refused("over", draft=draft_id, state=known.draft.state.value)
        seen = _waivable(office, txn, known, name)
        _may_waive(office, txn, known.draft, person)
        kept = noted(office, txn, said, known.draft)
        data = {"name": name, "rules": policy.rules, "findings": seen, **kept.data}
        step = Step(kind="waive", actor=person.id, to=known.draft.state, note=kept.text, data=data, memo=kept.memo)
        return mature(office, txn, advance(txn, known, step)).draft

    return office.store.act(work)


def _waivable(office: Office, txn: Txn, known: Known, name: str) -> list[str]:
    """The fingerprints of what is there to be let stand (none for a requirement): a rule of the gate's own has no name here."""
    requirement = next((rule for rule in office.policy.applying(known.draft.channel) if rule.name == name), None)
    if requirement is not None:
        if requirement.waivable_by is None:
            raise office.refused("not-waivable", name=name)
        return []
    results = office.checking.results(txn, known, txn.now())
    expected = next((each for each in results.expected if each.check == name), None)
    findings = [
        finding
        for each in results.found
        if expected is not None and (each.check, each.settings, each.digest) == (name, expected.settings, known.draft.digest)
        for finding in each.findings
        if finding.severity is not Severity.INFO
    ]
    if not findings:
        raise office.refused("no-such-finding", name=name, draft=known.draft.id)
    if any(finding.severity is Severity.BLOCKER for finding in findings) and _closed(expected):
        raise office.refused("not-waivable", name=name)
    return sorted({fingerprint(finding) for finding in findings})


def _closed(expected: Expected | None) -> bool:
    return expected is None or expected.waivable_by is None


def _may_waive(office: Office, txn: Txn, draft: Draft, person: Person) -> None:
    bench = office.bench(txn)
    if person.kind != "human":
        raise office.refused("robot-signs", by=person.name)
    if not person.roles & {Role.CHECKER, Role.APPROVER}:
        raise office.refused("not-your-role", by=person.name, role=Role.CHECKER.value)
    if bench.policy.people.eyes(person.id) in bench.barred(draft):
        raise office.refused("wrote-it", by=person.name)


def mature(office: Office, txn: Txn, known: Known) -> Known:
    """What follows from what was just signed, in the same transaction: the checkers are done, it ripens, or it lapses."""
    checked, whole = people_part(
        known.draft, office.rules(txn), txn.now(), grants=office.force(txn).grants, proven=office.proven(txn, known.draft)
    )
    while step := following(known.draft.state, checked=checked, whole=whole):
        known = _follow(txn, known, *step)
    return known


def _follow(txn: Txn, known: Known, action: Action, to: State) -> Known:
    kind = "pass" if action is Action.CONFIRM else action.value
    target = next_state(known.draft.state, action, to)
    epoch = {"epoch": known.row.epoch + 1} if action is Action.LAPSE else {}
    return advance(txn, known, Step(kind=kind, actor="gate", to=target, changes=epoch))
