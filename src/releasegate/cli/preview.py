"""What a person reads before signing: the facts, the last note, what changed since they signed, the first mail as a reader meets it."""

from typing import Any

from releasegate import messages
from releasegate.cli.session import Session
from releasegate.messages.catalogue import known
from releasegate.model.draft import Draft
from releasegate.model.event import Event
from releasegate.model.handoff import Handoff
from releasegate.model.letter import Letter
from releasegate.model.turn import Waiting

LINES = 20
_TAKEN = frozenset({"confirm", "approve", "acknowledge"})


def show(session: Session, draft: Draft) -> None:
    """The decision, and below it the facts and the preview."""
    since = since_mine(session, draft)  # first: who may not ask is told nothing
    print(session.gate.decide(draft.id).explain(session.lang))
    print()
    _facts(session, draft, since)
    for attempt, to in session.gate.unsettled(draft.id).items():
        session.say("unsettled", attempt=attempt, to=session.word("list.between").join(to))
    print()
    _letter(session, session.gate.letter(draft.id, digest=draft.digest), draft)


def to_dict(session: Session, draft: Draft) -> dict[str, Any]:
    """The same as plain JSON."""
    note, since, letter = last_note(session, draft), since_mine(session, draft), session.gate.letter(draft.id, digest=draft.digest)
    turn = session.gate.turn(draft.id)
    return {
        **session.gate.decide(draft.id).to_dict(),
        "sender": draft.sender,
        "writers": list(draft.writers),
        "mails": draft.count,
        "declared": draft.declared.body(),
        "release": draft.release,
        "linked": [{"draft": each.draft_id, "channel": each.channel, "state": each.state, "holds": each.holds} for each in draft.linked],
        "holds": [hold.id for hold in draft.holds],
        "unsettled": {attempt: list(to) for attempt, to in session.gate.unsettled(draft.id).items()},
        "note": {"by": note.actor, "text": note.note} if note else None,
        "handoffs": [_plain(each) for each in turn.waiting],
        "last_stop": turn.last_stop.isoformat() if turn.last_stop else None,
        "items": [{"id": item.id, "text": item.text, "owner": item.owner, "carried": item.carried} for item in draft.items],
        "since_you_signed": {"digest": since[0], "kinds": list(since[1])} if since else None,
        "preview": {"from": letter.sender, "to": list(letter.to), "subject": letter.subject, "text": letter.text or letter.html},
    }


def _plain(waiting: Waiting) -> dict[str, Any]:
    handoff = waiting.handoff
    return {
        "id": handoff.id,
        "by": handoff.sender,
        "to": handoff.to,
        "outside": handoff.outside.model_dump() if handoff.outside else None,
        "who": list(waiting.who),
        "until": waiting.until.isoformat(),
        "tier": waiting.tier.value,
        "signal": handoff.signal.value,
        "text": handoff.text,
        "if_then": [each.model_dump() for each in handoff.if_then],
        "standing": handoff.standing.value,
        "question": handoff.question,
    }


def last_note(session: Session, draft: Draft) -> Event | None:
    """The last thing that somebody said."""
    return next((event for event in reversed(session.gate.history(draft.id)) if event.note), None)


def since_mine(session: Session, draft: Draft) -> tuple[str, tuple[str, ...]] | None:
    """The text that I signed or took over last, and the kinds of change since; None where there is none, or it is this very one."""
    me = session.reader
    mine = [each.digest for each in session.gate.history(draft.id) if each.actor == me and each.kind in _TAKEN]
    if not mine or mine[-1] == draft.digest:
        return None
    return mine[-1], tuple(sorted(session.gate.diff(draft.id, since=mine[-1]).kinds))


def _facts(session: Session, draft: Draft, since: tuple[str, tuple[str, ...]] | None) -> None:
    between = session.word("list.between")
    session.say("fact-digest", digest=draft.digest)
    session.say("fact-people", sender=draft.sender, writers=between.join(session.name(each) for each in draft.writers), n=draft.count)
    if draft.declared.count is not None:
        session.say("fact-declared", declared=draft.declared.count)
    if draft.declared.embargo.utc is not None:
        session.say("fact-embargo", embargo=str(draft.declared.embargo))
    if draft.release or draft.linked:
        session.say("fact-release", release=draft.release, others=linked(session, draft))
    if note := last_note(session, draft):
        session.say("fact-note", by=session.name(note.actor), note=note.note)
    if since:
        session.say("fact-since", saw=since[0], kinds=", ".join(since[1]))
    _handed(session, draft)


def linked(session: Session, draft: Draft) -> str:
    """The other ways out of its releases, each with where it stands and whether it is on hold."""
    told = []
    for each in draft.linked:
        stage = session.word(f"cli.state.{each.state}")
        told.append(session.word("cli.linked-held" if each.holds else "cli.linked", id=each.draft_id, channel=each.channel, stage=stage))
    return session.word("list.between").join(told)


def _handed(session: Session, draft: Draft) -> None:
    """What was handed on with it: to whom, by when, with which signal; what to do should something happen; what is still open."""
    turn = session.gate.turn(draft.id)
    zone = session.zone(draft)
    for each in turn.waiting:
        note = each.handoff
        to, signal = _to(session, note), session.word(f"word.{note.signal.value}")
        session.say("handed", to=to, by=session.name(note.sender), signal=signal)
        for case in note.if_then:
            session.say("handed-if", when=case.when, then=case.then, contact=case.contact)
        who = session.word("list.between").join(session.name(name) for name in each.who)
        session.say("handed-until", who=who, until=each.until.isoformat(), zone=zone)
    if turn.last_stop is not None:
        session.say("last-stop", until=turn.last_stop.isoformat(), zone=zone)
    for item in draft.items:
        session.say(
            "item", id=item.id, owner=session.name(item.owner), text=item.text, until=item.due.isoformat() if item.due else "", zone=zone
        )
        if item.long:
            session.say("item-long", id=item.id, n=item.carried, since=item.at.isoformat(), zone=zone)
    for hold in draft.holds:
        if hold.owed:
            session.say("owed", hold=hold.id, by=session.name(hold.by), id=draft.id)


def _to(session: Session, handoff: Handoff) -> str:
    """A person by name, a role in this person's language, a group as it is called; somebody outside with ticket and phone."""
    if (other := handoff.outside) is not None:
        return " ".join(part for part in (other.name, other.ticket, other.phone) if part)
    to = handoff.to
    return session.word(f"word.{to}") if known(f"word.{to}") else session.name(to)


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


def typed(question: str) -> str:
    """What somebody types; nothing where they leave."""
    try:
        return input(question).strip()
    except EOFError:
        print()
        return ""
