"""Drafts, signatures and events as a test wants them, without a gate: what is judged by pure functions is given to them by hand."""

from datetime import datetime, timedelta
from typing import Any

from releasegate.decision.people import Bench, Grant
from releasegate.model.draft import Draft, Hold, Signature, Waiver
from releasegate.model.event import Event
from releasegate.model.handoff import Handoff
from releasegate.model.schedule import Schedule
from releasegate.model.state import Role, State
from releasegate.policy.policy import Policy
from tests.building import NOON, make_policy

HOUR = timedelta(hours=1)
DIGEST = "d" * 64
POLICY = make_policy()


def bench(policy: Policy = POLICY, *grants: Grant, at: datetime = NOON) -> Bench:
    """The people of this moment."""
    return Bench(policy=policy, at=at, grants=grants)


def grant(person: str, to: str, *, since: datetime = NOON - HOUR, until: datetime = NOON + HOUR) -> Grant:
    """In force at noon."""
    return Grant(person=person, to=to, since=since, until=until)


def draft(**more: Any) -> Draft:  # noqa: ANN401 - whatever a draft has
    """Akari's, approved as far as its state says, in its second round, meant for the channel that the policies of the tests have."""
    usual: dict[str, Any] = {
        "id": "d1",
        "channel": "news",
        "title": "July",
        "state": State.APPROVED,
        "digest": DIGEST,
        "reach": 3,
        "round": 2,
        "identity": "outbox:test",
        "window": 7200,
        "author": "akari",
        "writers": ("akari",),
        "eyes": frozenset({"akari"}),
    }
    return Draft(**usual | more)


def signature(by: str, role: Role, policy: Policy = POLICY, **more: Any) -> Signature:  # noqa: ANN401 - whatever a signature has
    """One that counts for `draft()` under this policy, given at noon."""
    usual: dict[str, Any] = {"digest": DIGEST, "rules": policy.rules, "round": 2, "at": NOON, "seq": 7}
    return Signature(by=by, role=role, **usual | more)


def signed(policy: Policy = POLICY, **more: Any) -> tuple[Signature, Signature]:  # noqa: ANN401 - as above
    """By ben, who confirms, and chie, who approves."""
    return signature("ben", Role.CHECKER, policy, **more), signature("chie", Role.APPROVER, policy, **more)


def waiver(by: str, name: str, policy: Policy = POLICY, **more: Any) -> Waiver:  # noqa: ANN401 - whatever a waiver has
    """One that counts for `draft()` under this policy."""
    usual: dict[str, Any] = {"digest": DIGEST, "rules": policy.rules, "round": 2, "at": NOON}
    return Waiver(name=name, by=by, **usual | more)


def hold(by: str = "dai", **more: Any) -> Hold:  # noqa: ANN401 - whatever a hold has
    """The first one, placed at noon."""
    usual: dict[str, Any] = {"id": "d1/h1", "at": NOON, "note": "Wait for legal."}
    return Hold(by=by, **usual | more)


def handoff(kind: str, sender: str, to: str, **more: Any) -> Handoff:  # noqa: ANN401 - whatever a handoff has
    """Handed on at noon."""
    usual: dict[str, Any] = {"id": "d1/n1", "at": NOON, "since": NOON, "digest": DIGEST}
    return Handoff(kind=kind, sender=sender, to=to, **usual | more)


def event(kind: str, actor: str = "akari", *, seq: int = 1, minutes: int = 0, **more: Any) -> Event:  # noqa: ANN401 - whatever an event has
    """What happened so many minutes after noon."""
    usual: dict[str, Any] = {"draft_id": "d1", "round": 1, "digest": DIGEST}
    return Event(kind=kind, actor=actor, seq=seq, at=NOON + timedelta(minutes=minutes), **usual | more)


def hour(at: datetime = NOON, zone: str = "Asia/Tokyo") -> Schedule:
    """A schedule for this moment."""
    return Schedule(text="then", local="then", zone=zone, utc=at)
