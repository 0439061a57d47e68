"""Sending what is due by the gate's own clock: through the gate's own send, never by a channel that keeps its own, never late."""

import inspect
from collections.abc import Iterator
from typing import cast

from releasegate import sending
from releasegate.errors import Blocked
from releasegate.model.deed import Deed
from releasegate.model.report import Report
from releasegate.model.state import State
from releasegate.model.verdict import Decision
from releasegate.office import Office
from releasegate.protocols import Channel
from releasegate.store import reading
from releasegate.watch.errand import Errand


def send_due(errand: Errand) -> Iterator[Deed]:
    """Send each approved draft whose hour has come, where nobody holds it, if this process may and can."""
    office = errand.office
    now = office.store.look(lambda txn: txn.now()).isoformat(timespec="microseconds")
    yield from errand.each(errand.drafts([State.APPROVED], until=now), lambda draft_id: _send(errand, draft_id))


def _send(errand: Errand, draft_id: str) -> Iterator[Deed]:
    office = errand.office
    channel = office.store.look(lambda txn: reading.load(txn, draft_id, lock=False).draft.channel)
    if reason := _cannot(errand, channel):
        yield Deed(code="due", draft_id=draft_id, params={"why": reason})
        return
    try:
        yield _told("sent", _carry(errand, draft_id, channel))
    except Blocked as blocked:
        why = ", ".join(sorted(cast("Decision", blocked.decision).blocked_by))
        report = blocked.report
        yield Deed(code="shut", draft_id=draft_id, params={"why": why, "sent": report.sent if isinstance(report, Report) else 0})


def _carry(errand: Errand, draft_id: str, channel: str) -> Report:
    if errand.awaiting is not None and _is_awaited(errand.office, channel):
        return errand.awaiting(sending.send_async(errand.office, draft_id, by=errand.by))
    return sending.send(errand.office, draft_id, by=errand.by)


def _cannot(errand: Errand, name: str) -> str:
    """Why this process leaves it to another one; "" where it sends."""
    if not errand.by:
        return "nobody-sends"
    if not isinstance(errand.office.channels.get(name), Channel):
        return "clocked" if name in errand.office.clocked else "elsewhere"
    return "awaited" if errand.awaiting is None and _is_awaited(errand.office, name) else ""


def _is_awaited(office: Office, name: str) -> bool:
    channel = office.channels.get(name)
    return isinstance(channel, Channel) and inspect.iscoroutinefunction(channel.send)


def _told(code: str, report: Report) -> Deed:
    counts = {"sent": report.sent, "refused": report.refused, "unknown": report.unknown, "left": report.left}
    return Deed(code=code, draft_id=report.draft_id, params=counts)
