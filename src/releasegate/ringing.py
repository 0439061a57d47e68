"""Alarms: written with the step that they tell of, told right after it; what nobody could tell then, the next pass of the watch tells."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from releasegate.diary import diary
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft
from releasegate.office import Office
from releasegate.store import notices
from releasegate.store.notices import Notice
from releasegate.store.store import Txn
from releasegate.workers import name_worker

LEASE = timedelta(minutes=5)
"""So long somebody may take to tell; after that it counts as not told."""


def write(txn: Txn, draft: Draft, alarms: Iterable[Alarm]) -> tuple[Notice, ...]:
    """Write them down, in the transaction of the step that led to this draft: neither stands without the other, whoever dies."""
    made = tuple(
        Notice(id=f"{draft.id}/{draft.seq}/{number}", draft_id=draft.id, code=alarm.code, to=alarm.to, params=alarm.params)
        for number, alarm in enumerate(alarms)
    )
    for each in made:
        notices.put(txn, each)
    return made


def announce(office: Office, alarm: Alarm) -> None:
    """Tell of what no step tells of: written first, in a transaction of its own; where the store takes nothing, told all the same."""
    notice = Notice(id=f"gate/{alarm.code}/{uuid4().hex}", draft_id=alarm.draft_id, code=alarm.code, to=alarm.to, params=alarm.params)
    try:
        office.store.act(lambda txn: notices.put(txn, notice))
    except Exception as error:  # noqa: BLE001 - the store may be what failed: then nobody but us can tell it
        diary().error("an alarm could not be written down", code=alarm.code, error=repr(error))
        office.tell(alarm)
    else:
        ring(office, (notice,))


def ring(office: Office, written: Iterable[Notice]) -> None:
    """Tell them now, each claimed first, so that no pass of the watch tells it as well. Never raises: what was done stands."""
    for each in written:
        try:
            _ring(office, replace(each, worker=name_worker()))
        except Exception as error:  # noqa: BLE001 - it is written down: the next pass has it
            diary().error("an alarm is left to the watch", code=each.code, draft=each.draft_id, error=repr(error))


def _ring(office: Office, mine: Notice) -> None:
    if not office.store.act(lambda txn: notices.claim(txn, mine.id, mine.worker, lease=LEASE)):
        return
    told = office.tell(Alarm(code=mine.code, to=mine.to, draft_id=mine.draft_id, params=mine.params))
    office.store.act(lambda txn: notices.end(txn, mine) if told else notices.back(txn, mine, error="no way to them"))
