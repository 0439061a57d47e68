"""`proof`: a marked copy for somebody to look at; it is no delivery."""

from typing import Annotated, Any

import typer

from releasegate import messages
from releasegate.cli.answers import put
from releasegate.cli.exits import Exit
from releasegate.cli.options import Id, Json
from releasegate.cli.session import Session
from releasegate.errors import ProofFailed
from releasegate.model.proof import Proof


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(proof)


def proof(
    context: typer.Context,
    draft_id: Id,
    *,
    to: Annotated[str, typer.Option("--to", help="Who gets it: a person of the policy, or @test for the channel's test list.")],
    no: Annotated[int, typer.Option("--no", help="Which mail of it.")] = 1,
    as_json: Json = False,
) -> None:
    """Send a marked copy to somebody of the policy, to be looked at. It is no delivery."""
    session: Session = context.obj
    me = session.on(draft_id)
    try:
        made = session.gate.proof(draft_id, to=to, by=me, no=no)
    except ProofFailed as error:
        facts = _plain(error.proof) if isinstance(error.proof, Proof) else {}
        session.fail(messages.told(error.args[0], session.lang), Exit.UNKNOWN if facts.get("unknown") else Exit.FAILED, **facts)
    if as_json:
        put({"done": "proof", **_plain(made)})
    else:
        session.say("proof-sent", id=made.draft_id, mark=made.mark, no=made.no, to=session.word("list.between").join(made.taken))


def _plain(made: Proof) -> dict[str, Any]:
    """What a script needs to know of it."""
    return {
        "id": made.draft_id,
        "digest": made.digest,
        "no": made.no,
        "to": made.to,
        "taken": dict(made.taken),
        "failed": {address: str(said) for address, said in made.failed.items()},
        "unknown": {address: str(said) for address, said in made.unknown.items()},
    }
