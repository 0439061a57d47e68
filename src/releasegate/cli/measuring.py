"""`stats handoff`: how handing over went."""

from dataclasses import asdict

import typer

from releasegate.cli.answers import put
from releasegate.cli.options import Json
from releasegate.cli.session import Session
from releasegate.model.measures import Measures

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Figures out of the log: `stats handoff`.")


@app.callback()
def _stats() -> None:
    """Figures out of the log: `stats handoff`."""


@app.command()
def handoff(context: typer.Context, *, as_json: Json = False) -> None:
    """How handing over went: how complete the notes are, how fast they are taken over, and how often that saved a send."""
    session: Session = context.obj
    found = session.gate.measures()
    if as_json:
        put({**asdict(found), "misread_rate": found.misread_rate})
    else:
        _tell(session, found)


def _tell(session: Session, found: Measures) -> None:
    session.say("stats.notes", n=found.notes, drafts=found.drafts)
    for part, count in sorted(found.elements.items()):
        session.say("stats.element", what=f"part-{part}", count=count, share=round(100 * count / found.notes))
    for tier, speed in found.taken.items():
        session.say("stats.taken", what=f"tier-{tier}", count=speed.n, middle=_span(session, speed.p50), slow=_span(session, speed.p95))
    session.say("stats.at-once", count=found.at_once)
    session.say("stats.misread", count=found.misread, share=round(100 * found.misread_rate))
    session.say("stats.late", count=found.late)
    session.say("stats.carried", count=found.carried)
    session.say("stats.reminders", count=found.reminders, untold=found.untold)
    session.say("stats.holds", count=found.holds, owed=found.holds_owed)
    for kind, count in sorted(found.near.items()):
        session.say("stats.near", what=f"near-{kind}", count=count)


def _span(session: Session, seconds: float) -> str:
    return session.word("cli.stats.span", seconds=round(seconds))
