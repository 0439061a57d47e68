"""`write`: a file and a list of people become a draft."""

from collections.abc import Mapping
from typing import Annotated

import typer

from releasegate import messages
from releasegate.cli.answers import written
from releasegate.cli.exits import Exit
from releasegate.cli.options import Id, Json
from releasegate.cli.session import Session
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.verdict import Kind

_CHANNEL = "The way out, as the policy calls it. Without it: the only one that the policy has."
_PEOPLE = "The people: a CSV file. Its columns fill $fields; each row gets a mail of its own. Without it: the mail's own To, Cc and Bcc."

_RELEASE = "The news of which it is one of several ways out, such as 2026-03-wing: a hold on one of them holds all."

ENCODING = "What the CSV file is in, where it is neither UTF-8 nor UTF-16: cp932 (Excel in Japanese) or cp1252 (Western Europe)."

MOST_LIST = 500_000_000
PARTS = Words("Split the list, and write a draft for each part.")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(write)


def write(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    draft_id: Id,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="The mail: an .eml file, or a text with lines 'From: …', 'To: …' and 'Subject: …' above it."),
    ],
    *,
    channel: Annotated[str, typer.Option("--channel", help=_CHANNEL)] = "",
    to: Annotated[str | None, typer.Option("--to", help=_PEOPLE)] = None,
    encoding: Annotated[str, typer.Option("--encoding", help=ENCODING)] = "",
    send_at: Annotated[str | None, typer.Option("--send-at", help="Such as '2026-12-01 10:00 Asia/Tokyo'. Without it: at once.")] = None,
    title: Annotated[str, typer.Option("--title", help="What people call it. Without it: the subject.")] = "",
    meant: Annotated[str, typer.Option("--meant", help="live, test or drill.")] = "live",
    declared: Annotated[
        int | None,
        typer.Option("--declared", min=0, help="How many people it should reach, as counted elsewhere. Another number shuts the gate."),
    ] = None,
    embargo: Annotated[
        str | None, typer.Option("--embargo", help="Before this moment it reaches nobody who has not agreed to keep it.")
    ] = None,
    release: Annotated[str | None, typer.Option("--release", help=_RELEASE)] = None,
    as_json: Json = False,
) -> None:
    """A new draft, or a new text for one. The same text again changes nothing."""
    from releasegate.channels.people_csv import read_people
    from releasegate.cli.preview import linked
    from releasegate.cli.sealing import as_mail, beside, check_addresses, check_whole, mails_of, named

    session: Session = context.obj
    _check_filled(session, {"--to": to, "--send-at": send_at, "--embargo": embargo, "--release": release})
    me, where = session.me, to or ""
    way_out = channel or _only_channel(session)
    person = session.policy.people.get(me)
    mail = as_mail(mail_bytes(file), file, sender=person.email if person else "")
    people = read_people(list_bytes(where), where=where, encoding=encoding) if where else None
    if people is not None:
        check_addresses(people, where=where)
    with named(file):
        check_whole(mail, session.policy.checks, session.lang)
        draft = session.gate.write(
            draft_id,
            channel=way_out,
            content=mails_of(mail, people, where=where),
            by=me,
            title=title,
            send_at=send_at,
            meant=meant,
            declared=declared,
            embargo=embargo,
            release=release or "",
        )
    unlisted = [messages.finding(finding, session.lang) for finding in beside(mail, people)]
    if as_json:
        written(session, draft, [" ".join(lines) for lines in unlisted])
        return
    session.say("written", n=draft.reach, id=draft.id, mark=draft.mark)
    if draft.release:
        session.say("fact-release", release=draft.release, others=linked(session, draft))
    for lines in unlisted:
        print("\n".join(f"  {line}" for line in lines))
    _tell_next(session, draft)


def _check_filled(session: Session, given: Mapping[str, str | None]) -> None:
    """An option that is there and empty is a variable that nobody has set: taken as left out, it would go to others, or at once."""
    for option, value in given.items():
        if value is not None and not value.strip():
            session.fail(session.word("cli.option-empty", option=option), Exit.USAGE)


def _only_channel(session: Session) -> str:
    """The one gated way out; where there is another number of them, nobody guesses."""
    gated = [name for name, rules in session.policy.channels.items() if rules.gated]
    if len(gated) != 1:
        named = session.word("list.between").join(gated)
        session.fail(session.word("cli.write-channel", file=session.given.config, channels=named), Exit.USAGE)
    return gated[0]


def mail_bytes(file: str) -> bytes:
    """The mail in this file, read once."""
    from releasegate.channels.files import read_once
    from releasegate.channels.mail import LARGEST, LINK

    return read_once(file, limit=LARGEST, smaller=LINK)


def list_bytes(file: str) -> bytes:
    """The list in this file, read once."""
    from releasegate.channels.files import read_once

    return read_once(file, limit=MOST_LIST, smaller=PARTS)


def _tell_next(session: Session, draft: Draft) -> None:
    """What to do with it: mend what the checks found, or hand it on."""
    decision = session.gate.decide(draft.id)
    mend = sum(blocker.kind is Kind.MEND for blocker in decision.blockers)
    if mend:
        session.say("mend-first", n=mend, command=f"releasegate show {draft.id}")
    elif "not-submitted" in decision.blocked_by:
        session.say("next", command=f'releasegate submit {draft.id} -m "…"')
