"""What a check says of a text, without a gate: for the tests of a check of one's own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from releasegate.checks import Letters, run_check
from releasegate.model.draft import Draft
from releasegate.model.finding import CheckResult
from releasegate.model.schedule import parse_schedule
from releasegate.model.state import State
from releasegate.protocols import Check, Context
from releasegate.store.seals import Seal
from releasegate.testing.clock import NOON
from releasegate.testing.outbox import Outbox

_NO_SETTINGS: Mapping[str, Any] = {}


def look(
    check: Check,
    content: object,
    *,
    channel: str = "newsletter",
    send_at: str | datetime | None = None,
    at: datetime = NOON,
    settings: Mapping[str, Any] = _NO_SETTINGS,
) -> CheckResult:
    """What this check says at the moment `at` of this content, sealed as `Outbox` does; `settings` are the channel's (`{"bulk": True}`).

    As in a gate: what raises, hangs or gives something else than findings has the outcome ERROR, and shuts.
    """
    parcels, seal = tuple(Outbox().seal(content)), Seal()
    for parcel in parcels:
        seal.take(parcel)
    draft = Draft(
        id="text",
        channel=channel,
        title=seal.title,
        state=State.DRAFTING,
        digest=seal.parcels,
        reach=seal.reach,
        count=seal.count,
        sender=seal.sender,
        schedule=parse_schedule(send_at),
    )
    context = Context(
        at=at,
        letters=Letters(lambda: parcels),
        recipients=[address for parcel in parcels for address in parcel.to],
        channel={"name": channel, **settings},
    )
    return run_check(check, draft, context)
