"""releasegate stands between "somebody wants to send this" and "it has left". The names below load when first used."""

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` for it would cost as much as an interpreter

__version__ = "0.1.0"

__all__ = [
    "Blocked",
    "Blocker",
    "Decision",
    "Draft",
    "Gate",
    "GateError",
    "HoldAnswer",
    "NotSent",
    "Note",
    "Policy",
    "Refused",
    "Report",
]

if TYPE_CHECKING:
    from releasegate.errors import Blocked, GateError, NotSent, Refused
    from releasegate.gate import Gate
    from releasegate.model.draft import Draft
    from releasegate.model.note import Note
    from releasegate.model.report import HoldAnswer, Report
    from releasegate.model.verdict import Blocker, Decision
    from releasegate.policy.policy import Policy

_HOMES = {
    "Blocked": "errors",
    "Blocker": "model.verdict",
    "Decision": "model.verdict",
    "Draft": "model.draft",
    "Gate": "gate",
    "GateError": "errors",
    "HoldAnswer": "model.report",
    "NotSent": "errors",
    "Note": "model.note",
    "Policy": "policy.policy",
    "Refused": "errors",
    "Report": "model.report",
}


def __getattr__(name: str) -> object:
    """The name, from its home, loaded at first use: `import releasegate` itself loads nothing (PEP 562)."""
    if name not in _HOMES:
        message = f"module 'releasegate' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    value = getattr(import_module(f"releasegate.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
