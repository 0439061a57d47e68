"""Taking over what was handed on: acknowledge, ask, answer, decline; and what was read back, compared with what is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from releasegate import ringing
from releasegate.decision.receiving import misheard, misread, needs_read_back, receivers
from releasegate.decision.watching import asked
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft
from releasegate.model.handoff import Handoff, Heard, ReadBack
from releasegate.model.note import Note
from releasegate.noting import noted
from releasegate.office import Office
from releasegate.policy.person import Person
from releasegate.store import reading
from releasegate.store.notices import Notice
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """A read-back that did not agree with the facts: it is kept, nothing was transferred, and both are told by what was `written`."""

    params: Mapping[str, str]
    written: tuple[Notice, ...]


def acknowledge(office: Office, draft_id: str, *, by: str, read_back: ReadBack | None = None, heard: Heard | None = None) -> Draft:
    """The receiver takes over what was handed to them; where a read-back is due, only if it agrees with the facts.

    Asked whether they still watch, they say so with this, too. `heard` is what an outside party said, recorded by one of ours.
    """

    def work(txn: Txn) -> Draft | Misread:
        office.acting(txn)
        known = reading.load(txn, draft_id)
        person = _human(office, txn, by)
        if heard is not None:
            return _hear(office, txn, known, person, heard)
        watching = asked(known.draft, person.id)
        mine = _mine(office, txn, known.draft, person) if not watching else _handed(office, txn, known.draft, person)
        if mine and (wrong := compare(office, txn, known, _reading(person, read_back, mine))):
            return wrong
        data: dict[str, object] = {"handoffs": [each.id for each in mine], **({"read_back": True} if read_back else {})}
        data |= {"watching": list(watching)} if watching else {}
        return advance(txn, known, Step(kind="acknowledge", actor=person.id, to=known.draft.state, data=data)).draft

    return told(office, office.store.act(work))


def _reading(person: Person, said: ReadBack | None, mine: list[Handoff]) -> "Reading":
    return Reading(by=person, said=said, steps=tuple(each.kind for each in mine), other=mine[-1].sender)


def _hear(office: Office, txn: Txn, known: Known, person: Person, heard: Heard) -> Draft | Misread:
    """What somebody outside said when they took it over: kept as evidence, and compared with what is."""
    policy, draft = office.rules(txn), known.draft
    theirs = [each for each in draft.handoffs if each.outside is not None]
    if not theirs:
        raise office.refused("nothing-outside", draft=draft.id)
    if not heard.words.strip() or not heard.name.strip():
        raise office.refused("note-empty", action="acknowledge")
    memo = {"heard": {"name": heard.name[:200], "words": heard.words[:2000], "ticket": heard.ticket[:200]}}
    wrong = misheard(heard, theirs[-1], draft, policy)
    if wrong:
        said = f"{heard.recipients}, {heard.send_at or '–'}" + (f", {heard.ticket}" if heard.ticket else "")
        return _misread(txn, known, Misreading(by=person, other=theirs[-1].sender, step="outside", kinds=wrong, said=said, memo=memo))
    data = {"handoffs": [each.id for each in theirs], "outside": True}
    return advance(txn, known, Step(kind="acknowledge", actor=person.id, to=draft.state, data=data, memo=memo)).draft


def question(office: Office, draft_id: str, *, by: str, note: str | Note) -> Draft:
    """The receiver asks before they take over: until it is answered, it is the sender's turn, and the gate is shut."""
    return _reply(office, draft_id, "question", by, note)


def decline(office: Office, draft_id: str, *, by: str, note: str | Note) -> Draft:
    """The receiver does not take over, and says why: it goes to whom the note names, or back to its sender."""
    return _reply(office, draft_id, "decline", by, note)


def _reply(office: Office, draft_id: str, kind: str, by: str, note: str | Note) -> Draft:
    said = office.note(note, kind)

    def work(txn: Txn) -> tuple[Draft, tuple[Notice, ...]]:
        office.acting(txn)
        known = reading.load(txn, draft_id)
        person = _human(office, txn, by)
        mine = _mine(office, txn, known.draft, person)
        kept = noted(office, txn, said, known.draft)
        more = dict(kept.data.get("note", {}))
        then = str(more.pop("to", "")) or mine[-1].sender
        data = {"handoffs": [each.id for each in mine], "next": then, **({"note": more} if more else {})}
        step = Step(kind=kind, actor=person.id, to=known.draft.state, note=kept.text, data=data, memo=kept.memo)
        others = [*(each.sender for each in mine), *([then] if kind == "decline" else [])]
        alarm = Alarm(code=kind, to=tuple(dict.fromkeys(others)), draft_id=draft_id, params={"by": person.name, "note": kept.text})
        after = advance(txn, known, step).draft
        return after, ringing.write(txn, after, [alarm])

    after, written = office.store.act(work)
    ringing.ring(office, written)
    return after


def answer(office: Office, draft_id: str, *, by: str, note: str | Note) -> Draft:
    """Answers every question that was put to this person here, and says why a hold of theirs stands, where that is owed."""
    said = office.note(note, "answer")

    def work(txn: Txn) -> Draft:
        office.acting(txn)
        known = reading.load(txn, draft_id)
        person = _human(office, txn, by)
        eyes = office.rules(txn).people.eyes
        asked = [each.id for each in known.draft.handoffs if each.asked and eyes(each.sender) == eyes(person.id)]
        owed = [hold.id for hold in known.draft.holds if hold.owed and (hold.by == person.id or not asked)]
        if not asked and not owed:
            raise office.refused("nothing-to-answer", by=person.name, draft=draft_id)
        kept = noted(office, txn, said, known.draft)
        data = {"handoffs": asked, "holds": owed, **kept.data}
        return advance(
            txn, known, Step(kind="answer", actor=person.id, to=known.draft.state, note=kept.text, data=data, memo=kept.memo)
        ).draft

    return office.store.act(work)


def _human(office: Office, txn: Txn, by: str) -> Person:
    person = office.person(txn, by)
    if person.kind != "human":
        raise office.refused("robot-receives", by=person.name)
    return person


def _handed(office: Office, txn: Txn, draft: Draft, person: Person) -> list[Handoff]:
    bench = office.bench(txn)
    return [each for each in draft.handoffs if person.id in receivers(each, draft, bench)]


def _mine(office: Office, txn: Txn, draft: Draft, person: Person) -> list[Handoff]:
    """What waits for this person to take it over."""
    mine = _handed(office, txn, draft, person)
    if not mine:
        bench = office.bench(txn)
        names = {other.id: other.name for other in bench.policy.people}
        waiting = dict.fromkeys(names[name] for each in draft.handoffs for name in receivers(each, draft, bench))
        raise office.refused("nothing-to-acknowledge", by=person.name, draft=draft.id, who=", ".join(waiting))
    return mine


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who reads back what, for which steps; `other` is the person on the other side, who is told where it differs.

    `verb` is what does not come about where it does.
    """

    by: Person
    said: ReadBack | None
    steps: tuple[str, ...]
    other: str
    verb: str = "acknowledge"


def compare(office: Office, txn: Txn, known: Known, read: Reading) -> Misread | None:
    """None where nothing has to be read back, or it agrees. Raises Refused where it is due and missing."""
    policy, draft = office.rules(txn), known.draft
    if read.said is None:
        if any(needs_read_back(step, draft, policy) for step in read.steps):
            raise office.refused("read-back-needed", draft=draft.id, action=read.steps[-1])
        return None
    wrong = misread(read.said, draft, policy)
    if not wrong:
        return None
    said = f"{read.said.mark[:64]}, {read.said.recipients}, {read.said.send_at or '–'}"
    return _misread(txn, known, Misreading(by=read.by, other=read.other, step=read.steps[-1], kinds=wrong, said=said, verb=read.verb))


@dataclass(frozen=True, slots=True, kw_only=True)
class Misreading:
    """What was read back or heard otherwise than it is."""

    by: Person
    other: str
    step: str
    kinds: tuple[str, ...]
    said: str
    verb: str = "acknowledge"
    memo: Mapping[str, object] = field(default_factory=dict)


def _misread(txn: Txn, known: Known, wrong: Misreading) -> Misread:
    """It is kept, whatever becomes of it, and whom to tell of it."""
    draft = known.draft
    differs = {"kinds": ", ".join(wrong.kinds), "said": wrong.said, "actual": f"{draft.mark}, {draft.reach}, {str(draft.schedule) or '–'}"}
    data = {"step": wrong.step, **differs}
    after = advance(txn, known, Step(kind="misread", actor=wrong.by.id, to=draft.state, data=data, memo=wrong.memo))
    to = tuple(dict.fromkeys((wrong.by.id, wrong.other)))
    params = {"by": wrong.by.name, **differs, "variant": wrong.verb}
    alarm = Alarm(code="read-back-differs", to=to, draft_id=draft.id, params=params)
    return Misread(params=params, written=ringing.write(txn, after.draft, [alarm]))


def told(office: Office, result: Draft | Misread) -> Draft:
    """The draft; where the read-back differed, both are told and the verb is refused, after it has been kept."""
    if isinstance(result, Misread):
        ringing.ring(office, result.written)
        raise office.refused("read-back-differs", decision=None, **result.params)
    return result
