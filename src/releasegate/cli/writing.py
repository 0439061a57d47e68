"""`write`: a file and a list of people become a draft."""

from typing import Annotated

import typer

from releasegate import messages
from releasegate.cli.options import Id
from releasegate.cli.session import Session
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.verdict import Kind

_PEOPLE = "The people: a CSV file. Its columns fill $fields; each row gets a mail of its own. Without it: the mail's own To, Cc and Bcc."

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
    channel: Annotated[str, typer.Option("--channel", help="The way out, as the policy calls it.")],
    to: Annotated[str, typer.Option("--to", help=_PEOPLE)] = "",
    encoding: Annotated[str, typer.Option("--encoding", help=ENCODING)] = "",
    send_at: Annotated[str, typer.Option("--send-at", help="Such as '2026-12-01 10:00 Asia/Tokyo'. Without it: at once.")] = "",
    title: Annotated[str, typer.Option("--title", help="What people call it. Without it: the subject.")] = "",
    meant: Annotated[str, typer.Option("--meant", help="live, test or drill.")] = "live",
) -> None:
    """A new draft, or a new text for one. The same text again changes nothing."""
    from releasegate.channels.people_csv import read_people
    from releasegate.cli.sealing import as_mail, beside, check_addresses, check_whole, mails_of, named

    session: Session = context.obj
    me = session.me
    person = session.policy.people.get(me)
    mail = as_mail(mail_bytes(file), file, sender=person.email if person else "")
    people = read_people(list_bytes(to), where=to, encoding=encoding) if to else None
    if people is not None:
        check_addresses(people, where=to)
    with named(file):
        check_whole(mail, session.policy.checks, session.lang)
        content = mails_of(mail, people, where=to)
        draft = session.gate.write(draft_id, channel=channel, content=content, by=me, title=title, send_at=send_at or None, meant=meant)
    session.say("written", n=draft.reach, id=draft.id, mark=draft.mark)
    for finding in beside(mail, people):
        print("\n".join(f"  {line}" for line in messages.finding(finding, session.lang)))
    _tell_next(session, draft)


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
