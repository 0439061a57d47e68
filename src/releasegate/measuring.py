"""The measures of handing over, out of the log: draft by draft, so that nothing but the figures is kept."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from releasegate.decision.handoffs import Desk
from releasegate.decision.receiving import grade, last_stop
from releasegate.model.event import Event
from releasegate.model.handoff import Handoff, Tier
from releasegate.model.measures import Measures, Speed
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store import reading, rows
from releasegate.store.reading import Known

_AT_ONCE = timedelta(seconds=3)
_PARTS = ("signal", "items", "nothing_else")
_SIGNING = frozenset({"acknowledge", "confirm", "approve", "pass", "ripen"})


@dataclass(slots=True)
class _Sum:
    """What has been counted so far."""

    count: Counter[str] = field(default_factory=Counter)
    elements: Counter[str] = field(default_factory=Counter)
    near: Counter[str] = field(default_factory=Counter)
    seconds: dict[Tier, list[float]] = field(default_factory=dict)


def measure(office: Office) -> Measures:
    """How handing over went on this store, from its first draft to now."""
    total = _Sum()
    for draft_id in _ids(office):
        known, policy, now = office.store.look(
            lambda txn: (reading.load(txn, draft_id, lock=False), office.rules(txn), txn.now())  # noqa: B023 - called at once
        )
        _add(total, known, policy, now)
    return Measures(
        elements=dict(total.elements),
        taken={tier.value: _speed(total.seconds[tier]) for tier in Tier if tier in total.seconds},
        near=dict(total.near),
        **total.count,
    )


def _ids(office: Office) -> Iterator[str]:
    for state in State:
        after = ("", "")
        while page := office.store.look(lambda txn: rows.page(txn, state, after)):  # noqa: B023 - called at once
            yield from (draft_id for _, draft_id in page)
            after = page[-1]


def _add(total: _Sum, known: Known, policy: Policy, now: datetime) -> None:
    """One draft's share."""
    desk, author, state = Desk(), "", State.DRAFTING
    stop = last_stop(known.draft, policy)
    total.count["drafts"] += 1
    for event in known.events:
        author = event.actor if event.kind == "write" else author
        state = State(event.data.get("to", state))
        before = dict(desk.handoffs)
        _note(total, event)
        desk.take(event, author, state)
        for gone in (each for name, each in before.items() if name not in desk.handoffs):
            _taken(total, gone, event, known, policy)
            total.count["late"] += _is_late(gone, stop, event.at)
    total.count["late"] += sum(_is_late(each, stop, now) for each in desk.handoffs.values())
    total.count["carried"] += sum(item.long for item in known.draft.items)


def _is_late(handoff: Handoff, stop: datetime | None, until: datetime) -> bool:
    """It was still nobody's when nothing could be stopped any more."""
    return stop is not None and handoff.at <= stop < until


def _note(total: _Sum, event: Event) -> None:
    """What its note had in it, and what the event itself tells."""
    note = event.data.get("note", {})
    if event.note or note:
        total.count["notes"] += event.actor != "gate"
        found = {"text": event.note, "if_then": event.memo.get("if_then"), **{part: note.get(part) for part in _PARTS}}
        total.elements.update(part for part, value in found.items() if value and event.actor != "gate")
    total.count["read_backs"] += bool(event.data.get("read_back"))
    for kind, name in (("misread", "misread"), ("remind", "reminders"), ("untold", "untold"), ("hold", "holds")):
        total.count[name] += event.kind == kind
    total.count["holds_owed"] += event.kind == "hold" and bool(event.data.get("owed"))
    if event.kind in {"misread", "question", "revert"} or (event.kind == "hold" and event.actor == "gate"):
        total.near[event.kind] += 1


def _taken(total: _Sum, handoff: Handoff, event: Event, known: Known, policy: Policy) -> None:
    """How long it took, where somebody took it over or signed for it; what was overtaken was not taken."""
    if event.kind not in _SIGNING:
        return
    waited = event.at - handoff.since
    total.seconds.setdefault(grade(handoff, known.draft, policy), []).append(waited.total_seconds())
    total.count["at_once"] += waited < _AT_ONCE


def _speed(seconds: list[float]) -> Speed:
    ordered = sorted(seconds)
    return Speed(n=len(ordered), p50=_share(ordered, 0.5), p95=_share(ordered, 0.95))


def _share(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
