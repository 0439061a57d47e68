"""What a text says now that an earlier one did not: counts, hours, and the lines of the first mail that reads differently."""

from typing import Any

from releasegate import messages
from releasegate.asking import Diff
from releasegate.cli.session import Session

LINES = 200


def to_dict(found: Diff) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "draft": found.draft_id,
        "since": found.since,
        "now": found.now,
        "kinds": sorted(found.kinds),
        "recipients": {"before": found.before.reach, "now": found.after.reach, "joined": found.seen.joined, "gone": found.seen.gone},
        "send_at": {"before": str(found.before.schedule), "now": str(found.after.schedule)},
        "mails": found.seen.changed,
        "lines": list(found.seen.lines),
    }


def show(session: Session, found: Diff) -> None:
    """What differs, each in a line of its own; control characters are spelled out."""
    if found.seen.joined or found.seen.gone:
        counts = {"before": found.before.reach, "now": found.after.reach, "joined": found.seen.joined, "gone": found.seen.gone}
        session.say("diff-people", **counts)
    if str(found.before.schedule) != str(found.after.schedule):
        hours = [each.schedule.text or session.word("header.at-once") for each in (found.before, found.after)]
        session.say("diff-hour", before=hours[0], now=hours[1])
    if found.seen.lines:
        session.say("diff-mails", n=found.seen.changed)
    for line in found.seen.lines[:LINES]:
        print(f"  {messages.plain(line)}".rstrip())
    if rest := found.seen.lines[LINES:]:
        session.say("more-lines", n=len(rest))
