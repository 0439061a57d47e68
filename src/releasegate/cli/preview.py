"""What a person reads before signing: the facts, the last note, what changed since they signed, the first mail as a reader meets it."""

from typing import Any

from releasegate import messages
from releasegate.cli.session import Session
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.letter import Letter

LINES = 20


def show(session: Session, draft: Draft) -> None:
    """The decision, and below it the facts and the preview."""
    print(session.gate.decide(draft.id).explain(session.lang))
    print()
    _facts(session, draft)
    for attempt, to in session.gate.unsettled(draft.id).items():
        session.say("unsettled", attempt=attempt, to=session.word("list.between").join(to))
    print()
    _letter(session, session.gate.letter(draft.id), draft)


def to_dict(session: Session, draft: Draft) -> dict[str, Any]:
    """The same as plain JSON."""
    note, since, letter = last_note(session, draft), since_mine(session, draft), session.gate.letter(draft.id)
    return {
        **session.gate.decide(draft.id).to_dict(),
        "sender": draft.sender,
        "writers": list(draft.writers),
        "mails": draft.count,
        "holds": [hold.id for hold in draft.holds],
        "unsettled": {attempt: list(to) for attempt, to in session.gate.unsettled(draft.id).items()},
        "note": {"by": note.actor, "text": note.note} if note else None,
        "since_you_signed": {"digest": since[0], "kinds": list(since[1])} if since else None,
        "preview": {"from": letter.sender, "to": list(letter.to), "subject": letter.subject, "text": letter.text or letter.html},
    }


def last_note(session: Session, draft: Draft) -> Event | None:
    """The last thing that somebody said."""
    return next((event for event in reversed(session.gate.history(draft.id)) if event.note), None)


def since_mine(session: Session, draft: Draft) -> tuple[str, tuple[str, ...]] | None:
    """The text that I signed last, and the kinds of change since; None where I have signed none, or this very one."""
    me = session.me
    mine = max((each for each in draft.signatures if each.by == me and not each.carried), key=lambda each: each.seq, default=None)
    if mine is None or mine.digest == draft.digest:
        return None
    return mine.digest, tuple(sorted(session.gate.diff(draft.id, since=mine.digest).kinds))


def _facts(session: Session, draft: Draft) -> None:
    between = session.word("list.between")
    session.say("fact-digest", digest=draft.digest)
    session.say("fact-people", sender=draft.sender, writers=between.join(session.name(each) for each in draft.writers), n=draft.count)
    if note := last_note(session, draft):
        session.say("fact-note", by=session.name(note.actor), note=note.note)
    if since := since_mine(session, draft):
        session.say("fact-since", saw=since[0], kinds=", ".join(since[1]))


def _letter(session: Session, letter: Letter, draft: Draft) -> None:
    """The first mail: control characters are spelled out, so that nothing on the screen is not in the mail."""
    session.say("mail", no=letter.no, of=draft.count)
    rows = [("From", letter.sender), ("To", ", ".join(letter.to)), ("Cc", ", ".join(letter.cc)), ("Subject", letter.subject)]
    for name, value in rows:
        if value:
            print(f"  {name}: {messages.plain(value)}")
    print()
    lines = (letter.text or letter.html).splitlines()
    for line in lines[:LINES]:
        print(f"  {messages.plain(line)}".rstrip())
    if len(lines) > LINES:
        session.say("more-lines", n=len(lines) - LINES)
    for each in letter.attachments:
        session.say("attachment", name=each.name or "–", media=each.media, n=each.size)
