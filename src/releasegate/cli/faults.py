"""What becomes of an error on the command line: its words in the reader's language, and its exit code."""

from releasegate import messages
from releasegate.cli.exits import Exit, of_decision
from releasegate.errors import Blocked, ContentError, GateError, NotFound, PolicyError, Refused, TransitionError
from releasegate.messages.catalogue import known

_CODES: tuple[tuple[type[BaseException], Exit], ...] = (
    (NotFound, Exit.USAGE),
    (PolicyError, Exit.USAGE),
    (ContentError, Exit.USAGE),
    (Refused, Exit.REFUSED),
    (TransitionError, Exit.REFUSED),
)


def told(error: BaseException, lang: str) -> tuple[str, int]:
    """The message and the exit code for this error."""
    if isinstance(error, Blocked):
        return error.decision.explain(lang), _of_blocked(error)
    code = next((code for kind, code in _CODES if isinstance(error, kind)), Exit.FAILED)
    if isinstance(error, GateError):
        return _words(error, lang), code
    return messages.text("cli.failed", lang, error=f"{type(error).__name__}: {error}"), Exit.FAILED


def _words(error: GateError, lang: str) -> str:
    if isinstance(error, Refused) and known(f"refused.{error.code}"):
        return messages.refusal(error.code, error.params, lang)
    if isinstance(error, NotFound):
        near = messages.text("list.between", lang).join(error.near)
        kind = messages.text(f"cli.kind.{error.kind}", lang) if known(f"cli.kind.{error.kind}") else error.kind
        return messages.text("cli.not-found", lang, kind=kind, name=error.name, near=near)
    return str(error)


def _of_blocked(error: Blocked) -> int:
    """What is not known goes before whatever else shuts it."""
    return Exit.UNKNOWN if getattr(error.report, "unknown", 0) else of_decision(error.decision)  # type: ignore[arg-type]  # a Decision
