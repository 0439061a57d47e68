"""The ladder: reminder, deputy and sender, supervisor, and at last a hold. Each rung is taken once, by whoever comes first."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from releasegate import holding, messages
from releasegate.decision import ladder
from releasegate.decision.ladder import Circle, Wait
from releasegate.decision.people import Bench
from releasegate.decision.timing import cut_off, hours
from releasegate.errors import StoreError
from releasegate.holding import Stop
from releasegate.messages.line import shortened
from releasegate.messages.words import Words
from releasegate.model.deed import Deed
from releasegate.model.draft import Draft
from releasegate.model.handoff import Rung
from releasegate.model.limits import Limits
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store import reading
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn
from releasegate.watch.telling import tell

_CODES = {Rung.FIRST: "remind", Rung.DUE: "remind-due", Rung.SUPERVISOR: "remind-supervisor", Rung.END: "remind-end"}


def climb(office: Office, txn: Txn, known: Known) -> Callable[[], Iterator[Deed]] | None:
    """One rung for each thing that waits and whose time has come."""
    found = _due(office, txn, known)
    return partial(_climb, office, known.draft.id, found) if found else None


def _climb(office: Office, draft_id: str, found: list[tuple[str, Rung]]) -> Iterator[Deed]:
    for name, rung in found:
        held = office.store.act(lambda txn: _take(office, txn, draft_id, name, rung))  # noqa: B023 - called at once
        if held is not None:
            yield Deed(code=_CODES[rung], draft_id=draft_id, params={"handoff": name})
        if held:
            yield Deed(code="held", draft_id=draft_id, params={"hold": held})


def _due(office: Office, txn: Txn, known: Known) -> list[tuple[str, Rung]]:
    """What is to be taken now, by the handoff's id ("" for the desk)."""
    if known.draft.faults:
        message = Words(
            "Row and log of {draft_id} disagree: {what}. Nothing leaves; see releasegate log verify.",
            draft_id=known.draft.id,
            what=", ".join(known.draft.faults),
        )
        raise StoreError(message)
    bench = office.bench(txn)
    found = ((each.handoff, ladder.due(each, known.draft, bench)) for each in ladder.waits(known.draft, bench))
    return [(name, rung) for name, rung in found if rung is not None]


def _take(office: Office, txn: Txn, draft_id: str, name: str, rung: Rung) -> str | None:
    """Take this rung, if it is still to be taken: the event, the message, and at the end the hold. Its id, "" without one."""
    known, bench = reading.load(txn, draft_id), office.bench(txn)
    wait = next((each for each in ladder.waits(known.draft, bench) if each.handoff == name), None)
    if wait is None or ladder.due(wait, known.draft, bench) is not rung:
        return None
    wait = ladder.with_desk(wait, known.draft, bench, lambda: office.judge(txn, known))
    people = ladder.circle(wait, rung, known.draft, bench, ladder.charge(bench.policy, office.policy))
    stops = rung is Rung.END and ladder.stops(wait, known.draft)
    step = {"handoff": name, "rung": rung.value}
    data = {"step": step, "who": list(people.who), **({"instead": list(people.instead)} if people.instead else {})}
    after = advance(txn, known, Step(kind="remind", actor="gate", to=known.draft.state, data=data))
    code = "remind-held" if stops else _CODES[rung]
    booked_by = _booked_by(wait, known.draft, bench, office.limits(known.draft.channel))
    tell(txn, after, code=code, to=people.who, step=step, params=_facts(wait, known.draft, people, bench) | booked_by)
    if not stops:
        return ""
    note = messages.text("note.silence", office.policy.lang, what=f"wait-{wait.what}")
    return holding.place(txn, draft_id, Stop(by="gate", note=note)).hold


def _facts(wait: Wait, draft: Draft, people: Circle, bench: Bench) -> dict[str, str | int]:
    """What the message says beside its code: facts, and the note as far as it may travel."""
    names = {person.id: person.name for person in bench.policy.people}
    outside = next((each.outside for each in draft.handoffs if each.id == wait.handoff and each.outside), None)
    return {
        "what": f"wait-{wait.what}",
        "by": names.get(wait.sender, wait.sender),
        "who": ", ".join(names.get(name, name) for name in wait.who),
        "instead": ", ".join(names.get(each.partition(">")[0], each) for each in people.instead),
        "until": wait.moment(Rung.DUE, draft, bench).isoformat(),
        "zone": _zone(draft, bench.policy),
        "note": shortened(wait.text),
        "phone": f"{outside.name} {outside.phone} {outside.ticket}".strip() if outside else _card(draft, bench.policy),
    }


def _booked_by(wait: Wait, draft: Draft, bench: Bench, limits: Limits | None) -> dict[str, str | int]:
    """What is said otherwise of a draft whose way out keeps its own clock: it is to be booked before they could stop it no more."""
    stop_before = cut_off(bench.policy.channels.get(draft.channel), limits)
    if wait.what != "desk-approved" or stop_before is None:
        return {}
    latest = hours(draft, timedelta(0), bench.at, stop_before=stop_before).latest
    return {"what": "wait-desk-book", "latest": latest.isoformat() if latest else ""}


def _zone(draft: Draft, policy: Policy) -> str:
    rules = policy.channels.get(draft.channel)
    return draft.schedule.zone or (rules.zone if rules else "")


def _card(draft: Draft, policy: Policy) -> str:
    """Whom to phone over there, where the channel is somebody else's."""
    rules = policy.channels.get(draft.channel)
    return " ".join(rules.contact.get(key, "") for key in ("name", "phone", "hours")).strip() if rules else ""
