"""What a command answers with --json: one object on stdout, done or not; the exit code is the same as without."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from releasegate.cli.ended import Ended
from releasegate.cli.exits import Exit
from releasegate.cli.session import Session
from releasegate.cli.turns import tell_turn
from releasegate.errors import Blocked, Conflict, ContentError, GateError, NotFound, PolicyError, Refused, StoreError, TransitionError
from releasegate.model.draft import Draft
from releasegate.model.verdict import Decision

_NAMES: Mapping[type[BaseException], str] = {
    Blocked: "blocked",
    Conflict: "conflict",
    ContentError: "content",
    NotFound: "not-found",
    PolicyError: "policy",
    StoreError: "store",
    TransitionError: "not-its-turn",
}


def put(answer: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print it: the only thing that stands on stdout."""
    print(json.dumps(answer, ensure_ascii=False, indent=2))


def acted(session: Session, verb: str, draft: Draft, *, as_json: bool) -> None:
    """What was done, how the draft stands now, and what it waits for; for people in two lines."""
    if as_json:
        put(_acted(session, verb, draft))
    else:
        tell_turn(session, draft)


def written(session: Session, draft: Draft, unlisted: Sequence[str]) -> None:
    """As `acted`; with whom the mail's own To names and the list does not."""
    put(_acted(session, "write", draft) | {"remarks": list(unlisted)})


def _acted(session: Session, verb: str, draft: Draft) -> dict[str, Any]:
    turn = session.gate.turn(draft.id)
    return {"done": verb, "draft": plain(draft), "with": list(turn.who), "decision": turn.decision.to_dict()}


def plain(draft: Draft) -> dict[str, Any]:
    """What a script needs to name it again."""
    return {
        "id": draft.id,
        "title": draft.title,
        "channel": draft.channel,
        "release": draft.release,
        "state": draft.state.value,
        "digest": draft.digest,
        "mark": draft.mark,
        "round": draft.round,
        "reach": draft.reach,
        "holds": [hold.id for hold in draft.holds],
    }


def failure(error: BaseException, message: str, code: int) -> dict[str, Any]:
    """Not done, and why: `code` for the script, `message` for people, the facts between them."""
    decision = getattr(error, "decision", None)
    return {
        **(decision.to_dict() if isinstance(decision, Decision) else {}),
        "error": {"code": _name(error, code), "message": message, "params": _params(error)},
        "exit": code,
    }


def _name(error: BaseException, code: int) -> str:
    if isinstance(error, Refused):
        return error.code
    if code == Exit.USAGE and not isinstance(error, GateError):
        return "usage"
    return next((name for kind, name in _NAMES.items() if isinstance(error, kind)), "failed")


def _params(error: BaseException) -> dict[str, Any]:
    if isinstance(error, Ended):
        return error.facts
    if isinstance(error, NotFound):
        return {"kind": error.kind, "name": error.name, "near": list(error.near)}
    if isinstance(error, PolicyError):
        return {"problems": list(error.problems)}
    return dict(error.params) if isinstance(error, Refused) else {}
