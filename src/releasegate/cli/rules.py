"""`policy`: whether a file holds, whom it depends on, and putting it in force."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer

from releasegate import messages
from releasegate.checks import build_checks
from releasegate.cli.answers import put
from releasegate.cli.exits import Exit
from releasegate.cli.faults import problems, told
from releasegate.cli.noting import noted
from releasegate.cli.options import Json, NoteText
from releasegate.cli.session import Session
from releasegate.errors import ContentError, PolicyError
from releasegate.policy.absence import Gap, absences, dead_ends
from releasegate.policy.blanks import blank_names
from releasegate.policy.policy import Policy
from releasegate.policy.remarks import remarks

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The rules: check a file, put it in force, stand in for somebody.")

File = Annotated[str, typer.Argument(metavar="FILE", help="The policy file; without it the one that --config names.", show_default=False)]


@app.command()
def check(context: typer.Context, file: File = "", *, as_json: Json = False) -> None:
    """Whether this file holds; what in it cannot work; and who may be away before nobody can sign.

    Exit 2 where it does not load, 3 where nothing can leave by some channel.
    """
    session: Session = context.obj
    path = file or session.given.config
    try:
        policy = Policy.load(path)
        with policy.locating():
            build_checks(policy.check_parameters())
            _filled_in(policy)
    except PolicyError as error:
        _tell_problems(session, error, as_json=as_json)
    else:
        if as_json:
            answer = {
                "ok": True,
                "problems": [],
                "remarks": [messages.told(each, session.lang) for each in policy.located(remarks(policy))],
                "absences": [_gap(gap) for gap in absences(policy)],
                "dead_ends": list(dead_ends(policy)),
            }
            print(json.dumps(answer, ensure_ascii=False, indent=2))
        else:
            _tell(session, path, policy)
        session.end(Exit.MEND if dead_ends(policy) else Exit.DONE)


def _filled_in(policy: Policy) -> None:
    """A file with the template's people loads, and no gate opens with it."""
    if blanks := blank_names(policy):
        raise PolicyError(blanks)


def _tell_problems(session: Session, error: PolicyError, *, as_json: bool) -> None:
    if as_json:
        answer = {"ok": False, "problems": problems(error, session.lang), "remarks": [], "absences": [], "dead_ends": []}
        print(json.dumps(answer, ensure_ascii=False, indent=2))
        session.end(Exit.USAGE)
    message, _ = told(error, session.lang)
    session.fail(message, Exit.USAGE)


def _tell(session: Session, path: str, policy: Policy) -> None:
    session.say("policy-holds", file=path, rules=policy.rules[:8], people=len(policy.people), n=len(policy.requirements))
    for remark in policy.located(remarks(policy)):
        print(f"  {messages.told(remark, session.lang)}")
    gaps = absences(policy)
    session.say("absences" if gaps else "absences-none")
    between = session.word("list.between")
    for gap in gaps:
        names = {"away": between.join(gap.away), "requirements": "; ".join(gap.requirements)}
        session.say("absence", channel=gap.channel, author=gap.author, **names)
    for channel in dead_ends(policy):
        session.say("nobody-signs", channel=channel)


def _gap(gap: Gap) -> dict[str, Any]:
    return {"channel": gap.channel, "author": gap.author, "away": list(gap.away), "requirements": list(gap.requirements)}


@app.command()
def adopt(context: typer.Context, *, note: NoteText = "", as_json: Json = False) -> None:
    """Put the rules of this file in force. After the first ones it takes two people who say the same, one of them an approver."""
    session: Session = context.obj
    me = session.me
    done = session.gate.adopt(session.policy, by=me, note=noted(session, note))
    if as_json:
        put({"done": "adopt" if done else "propose", "rules": session.policy.rules, "directory": session.policy.directory})
        return
    session.say("adopted" if done else "proposed", rules=session.policy.rules[:8])


@app.command()
def delegate(
    context: typer.Context,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose right it is.")],
    *,
    to: Annotated[str, typer.Option("--to", help="Who signs instead.")],
    until: Annotated[str, typer.Option("--until", help="Until when, such as '2026-12-01 18:00 Asia/Tokyo'.")],
    note: NoteText = "",
    as_json: Json = False,
) -> None:
    """Let somebody sign for somebody else until then; both count as having acted."""
    session: Session = context.obj
    end = _moment(session, until)
    me = session.me
    session.gate.delegate(person, to=to, until=end, by=me, note=noted(session, note))
    if as_json:
        put({"done": "delegate", "person": person, "to": to, "until": end.isoformat()})
        return
    session.say("delegated", person=session.name(person), to=session.name(to), until=end.isoformat())


def _moment(session: Session, until: str) -> datetime:
    from releasegate.model.schedule import parse_schedule

    try:
        read = parse_schedule(until)
    except ContentError as error:
        raise ContentError(error.what, where="--until", mend=error.mend) from error
    if read.utc is None:
        session.fail(session.word("cli.no-zone", until=until), Exit.USAGE)
    return read.utc
