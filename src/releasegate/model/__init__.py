"""The nouns. Import what you need from here; each loads when first used."""

from typing import TYPE_CHECKING

__all__ = ["Blocker", "CheckResult", "Decision", "Draft", "Event", "Finding", "HoldAnswer", "Letter", "Note", "Parcel", "Receipt", "Report"]
__all__ += ["Handoff", "IfThen", "Limits", "OpenItem", "ReadBack", "Schedule", "Severity", "Sight", "Signal", "State", "Tier", "Turn"]

if TYPE_CHECKING:
    from releasegate.model.booking import Limits
    from releasegate.model.draft import Draft
    from releasegate.model.event import Event
    from releasegate.model.finding import CheckResult, Finding, Severity
    from releasegate.model.handoff import Handoff, ReadBack, Signal, Tier
    from releasegate.model.letter import Letter
    from releasegate.model.note import IfThen, Note, OpenItem
    from releasegate.model.parcel import Parcel, Receipt, Sight
    from releasegate.model.report import HoldAnswer, Report
    from releasegate.model.schedule import Schedule
    from releasegate.model.state import State
    from releasegate.model.turn import Turn
    from releasegate.model.verdict import Blocker, Decision

_HOMES = {
    "Blocker": "verdict",
    "CheckResult": "finding",
    "Decision": "verdict",
    "Draft": "draft",
    "Event": "event",
    "Finding": "finding",
    "Handoff": "handoff",
    "HoldAnswer": "report",
    "IfThen": "note",
    "Letter": "letter",
    "Limits": "booking",
    "Note": "note",
    "OpenItem": "note",
    "Parcel": "parcel",
    "ReadBack": "handoff",
    "Receipt": "parcel",
    "Report": "report",
    "Schedule": "schedule",
    "Severity": "finding",
    "Sight": "parcel",
    "Signal": "handoff",
    "State": "state",
    "Tier": "handoff",
    "Turn": "turn",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module 'releasegate.model' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"releasegate.model.{_HOMES[name]}"), name)
