"""Everything that releasegate raises: one tree; the class writes the sentence, the facts are attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from releasegate.messages.words import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class _Explains(Protocol):
    """What an error needs of a decision."""

    def explain(self, lang: str = "en") -> str: ...


class GateError(Exception):
    """Everything we raise derives from this, and from no client's error class (`fail_silently` swallows those)."""


class Blocked(GateError):
    """It did not leave, or not all of it. `decision` says why, who can clear it and how; `report` what has left.

    `str()` is the whole message; its first line says whether anything left.
    """

    def __init__(self, decision: _Explains, report: object = None, *, lang: str = "en") -> None:
        super().__init__(decision.explain(lang))
        self.decision = decision
        self.report = report


class Refused(GateError):
    """This person may not do this to this draft now. `code` names the rule, `params` the facts, `decision` the state of things."""

    def __init__(self, message: str, *, code: str, params: dict[str, str | int] | None = None, decision: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.params = params or {}
        self.decision = decision


class PolicyError(GateError):
    """The rules could not be taken as they are: each of `problems` says where, what, and what was meant."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(lines(problems))
        self.problems = tuple(problems)


class CaseError(GateError):
    """A case of a test tells of what the policy does not have: each of `problems` says which case, where, and what was meant."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class ContentError(GateError):
    """What was handed in cannot be sealed: `where` it stands, `what` is wrong, `mend` says how to put it right."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(": ".join(part for part in (where, what) if part) + (f" {mend}" if mend else ""))
        self.what, self.where, self.mend = what, where, mend


class GuardError(GateError):
    """This client cannot be guarded so, and is not: `what` is in the way, `mend` says how to put it right."""

    def __init__(self, what: str, *, mend: str) -> None:
        super().__init__(f"Not guarded: {what} {mend}")
        self.what, self.mend = what, mend


class NotFound(GateError):
    """There is no such thing: `kind` says what was looked for, `name` under which name, `near` what comes close."""

    def __init__(self, kind: str, name: str, *, near: Iterable[str] = ()) -> None:
        self.kind, self.name, self.near = kind, name, tuple(near)
        hint = f" Did you mean {' or '.join(repr(n) for n in self.near)}?" if self.near else ""
        super().__init__(f"There is no {kind} {name!r}.{hint}")


class Conflict(GateError):
    """Somebody else was first: draft `draft_id` has moved on since it was read. Nothing was changed; read it again."""

    def __init__(self, draft_id: str) -> None:
        super().__init__(f"{draft_id!r} has changed since it was read. Nothing was done; look again.")
        self.draft_id = draft_id


class StoreError(GateError):
    """The store cannot be used as it stands. Nothing was sent, unless its first line says so."""


class ProofFailed(GateError):
    """A proof did not reach everybody whom it was for: `proof` says who got it, who did not, and of whom nobody knows."""

    def __init__(self, message: str, *, proof: object) -> None:
        super().__init__(message)
        self.proof = proof


class TransitionError(GateError):
    """The lifecycle has no such step: `action` cannot be done in `state`."""

    def __init__(self, state: str, action: str) -> None:
        super().__init__(f"{action!r} is not possible while a draft is {state!r}.")
        self.state, self.action = state, action


class HoldNotPlaced(GateError):
    """The hold is NOT in force: it could not be written in time. `card` says whom to phone and what to say."""

    def __init__(self, draft_id: str, reason: str, *, card: str = "") -> None:
        super().__init__(f"NOT HELD: {draft_id}. The hold could not be written: {reason}{chr(10) + card if card else ''}")
        self.draft_id, self.reason, self.card = draft_id, reason, card


class NotSent(Exception):
    """Raised by a channel, only where it is certain that nothing left. Anything else it raises means `unknown`."""
