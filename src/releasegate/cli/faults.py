"""What becomes of an error on the command line: its words in the reader's language, and its exit code."""

from typing import TYPE_CHECKING

from releasegate import messages
from releasegate.cli.ended import Ended
from releasegate.cli.exits import Exit, of_decision
from releasegate.errors import Blocked, Conflict, ContentError, GateError, NotFound, PolicyError, Refused, TransitionError
from releasegate.messages.catalogue import known
from releasegate.messages.voice import Voice

if TYPE_CHECKING:
    from releasegate.model.verdict import Decision

_CODES: tuple[tuple[type[BaseException], Exit], ...] = (
    (NotFound, Exit.USAGE),
    (PolicyError, Exit.USAGE),
    (ContentError, Exit.USAGE),
    (Refused, Exit.REFUSED),
    (TransitionError, Exit.REFUSED),
)


def told(error: BaseException, lang: str, *, sending: str = "") -> tuple[str, int]:
    """The message, whose first line says whether anything left, and the exit code. `sending`: the draft that was on its way out."""
    if isinstance(error, Ended):
        return error.message, error.code
    if isinstance(error, Blocked):
        return error.decision.explain(lang), _of_blocked(error)
    code = next((code for kind, code in _CODES if isinstance(error, kind)), Exit.FAILED)
    if isinstance(error, (Refused, TransitionError)):
        return reason(error, lang), code
    if sending:
        return Voice(lang=lang).say("cli.failed-sending", id=sending, reason=reason(error, lang)), Exit.FAILED
    if isinstance(error, PolicyError):
        first = messages.text("cli.policy-broken", lang, n=len(error.problems))
        return "\n".join([first, *(f"  {problem}" for problem in problems(error, lang))]), code
    return Voice(lang=lang).say("cli.nothing-sent", reason=reason(error, lang)), code


def reason(error: BaseException, lang: str) -> str:
    """What went wrong, without a word on whether anything left."""
    if isinstance(error, Refused):
        return messages.refusal(error.code, error.params, lang) if known(f"refused.{error.code}") else str(error)
    if isinstance(error, TransitionError):
        return messages.refusal("not-its-turn", {"action": error.action, "state": error.state}, lang)
    if isinstance(error, NotFound):
        near = messages.text("list.between", lang).join(error.near)
        kind = messages.text(f"cli.kind.{error.kind}", lang) if known(f"cli.kind.{error.kind}") else error.kind
        return messages.text("cli.not-found", lang, kind=kind, name=error.name, near=near)
    if isinstance(error, Conflict):
        return messages.text("cli.conflict", lang, id=error.draft_id)
    return _sentence(error, lang)


def _sentence(error: BaseException, lang: str) -> str:
    """The sentence that the error brings along."""
    if isinstance(error, ContentError):
        where, what, mend = (messages.told(part, lang) for part in (error.where, error.what, error.mend))
        gap = "" if messages.language(lang) == "ja" else " "
        return ": ".join(part for part in (where, what) if part) + (f"{gap}{mend}" if mend else "")
    if isinstance(error, PolicyError):
        return "\n".join(problems(error, lang))
    if isinstance(error, GateError):
        return messages.told(error.args[0], lang)
    return messages.text("cli.failed", lang, error=f"{type(error).__name__}: {error}")


def problems(error: PolicyError, lang: str) -> list[str]:
    """Each of its problems, in this language."""
    return [messages.told(problem, lang) for problem in error.problems]


def _of_blocked(error: Blocked) -> int:
    """What is not known goes before whatever else shuts it; where nothing did, and the way out failed, it waits for nobody."""
    decision: Decision = error.decision  # type: ignore[assignment]  # errors stand below the model
    if getattr(error.report, "unknown", 0):
        return Exit.UNKNOWN
    return Exit.FAILED if decision.blocked_by == {"not-sent"} else of_decision(decision)
