"""The nouns. Import what you need from here; each loads when first used."""

from typing import TYPE_CHECKING

__all__ = ["Blocker", "CheckResult", "Decision", "Draft", "Event", "Finding", "HoldAnswer", "Letter", "Note", "Parcel", "Receipt", "Report"]
__all__ += ["Handoff", "IfThen", "Limits", "OpenItem", "ReadBack", "Schedule", "Severity", "Sight", "Signal", "State", "Tier", "Turn"]
__all__ += ["Alarm", "Beat", "Deed", "Heard", "Ladder", "Measures", "Outside", "Pass", "Webhook"]

if TYPE_CHECKING:
    from releasegate.model.alarm import Alarm
    from releasegate.model.beat import Beat
    from releasegate.model.deed import Deed, Pass
    from releasegate.model.draft import Draft
    from releasegate.model.event import Event
    from releasegate.model.finding import CheckResult, Finding, Severity
    from releasegate.model.handoff import Handoff, Heard, Ladder, ReadBack, Signal, Tier
    from releasegate.model.letter import Letter
    from releasegate.model.limits import Limits
    from releasegate.model.measures import Measures
    from releasegate.model.note import IfThen, Note, OpenItem, Outside
    from releasegate.model.parcel import Parcel, Receipt, Sight
    from releasegate.model.report import HoldAnswer, Report
    from releasegate.model.schedule import Schedule
    from releasegate.model.state import State
    from releasegate.model.turn import Turn
    from releasegate.model.verdict import Blocker, Decision
    from releasegate.model.webhook import Webhook

_HOMES = {
    "Alarm": "alarm",
    "Beat": "beat",
    "Blocker": "verdict",
    "CheckResult": "finding",
    "Decision": "verdict",
    "Deed": "deed",
    "Draft": "draft",
    "Event": "event",
    "Finding": "finding",
    "Handoff": "handoff",
    "Heard": "handoff",
    "HoldAnswer": "report",
    "IfThen": "note",
    "Ladder": "handoff",
    "Letter": "letter",
    "Limits": "limits",
    "Measures": "measures",
    "Note": "note",
    "OpenItem": "note",
    "Outside": "note",
    "Parcel": "parcel",
    "Pass": "deed",
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
    "Webhook": "webhook",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        message = f"module 'releasegate.model' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"releasegate.model.{_HOMES[name]}"), name)
