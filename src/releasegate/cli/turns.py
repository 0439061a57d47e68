"""Whose turn it is after something was done, what comes next, and what will not last until the hour of sending."""

from releasegate import messages
from releasegate.cli.session import Session
from releasegate.model.draft import Draft
from releasegate.model.state import State
from releasegate.model.verdict import Decision, Kind


def tell_turn(session: Session, draft: Draft) -> None:
    """One line: where it stands and who has it now; then what to do, or what will have lapsed by its hour."""
    turn = session.gate.turn(draft.id)
    decision = turn.decision
    who = session.word("list.between").join(session.word("person", name=session.name(each)) for each in turn.who)
    session.say("stands", id=draft.id, stage=session.word(f"cli.state.{draft.state.value}"), who=who)
    if not draft.state.over and (held := messages.holds(decision, session.lang)):
        session.say("still-held", id=draft.id, n=sum(blocker.kind is Kind.HOLD for blocker in decision.blockers))
        print("\n".join(held))
    if others := [each.draft_id for each in draft.linked if each.holds]:
        session.say("others-held", ids=session.word("list.between").join(others))
    command = f"releasegate {_verb(session, draft)} {draft.id}"
    if draft.state is State.BOOKED:
        session.say(
            "their-clock", id=draft.id, at=draft.schedule.utc.isoformat() if draft.schedule.utc else "", zone=decision.schedule.zone
        )
    elif decision.open:
        session.say("next", command=command)
    elif decision.earliest is not None and decision.blocked_by == {"waiting-for-time"}:
        session.say("next-at", command=command, at=decision.earliest.isoformat(), zone=decision.schedule.zone)
    _tell_lapsing(session, draft, decision)


def _verb(session: Session, draft: Draft) -> str:
    """How it leaves: by our clock, or by theirs."""
    rules = session.policy.channels.get(draft.channel)
    return "book" if rules is not None and rules.clock else "send"


def _tell_lapsing(session: Session, draft: Draft, now: Decision) -> None:
    """What is fine now and will not be at the hour: a signature or a result that ages out before, a delegation that ends."""
    hour = draft.send_at if _verb(session, draft) == "send" else None  # what is booked has been decided long before
    moment = max((each for each in (now.earliest, hour) if each is not None), default=None)
    if moment is None or moment <= now.at:
        return
    then = session.gate.decide(draft.id, at=moment)
    lapsing = sorted(then.blocked_by - now.blocked_by - {"waiting-for-time"})
    if lapsing:
        session.say("lapses", at=moment.isoformat(), zone=now.schedule.zone, names=session.reasons(lapsing))
