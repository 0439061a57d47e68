"""What a duty works with, and how it goes through the drafts: by the index, a page at a time, each by itself."""

import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from releasegate.decision.ladder import charge
from releasegate.diary import diary
from releasegate.errors import GateError
from releasegate.messages.line import shortened
from releasegate.model.deed import Deed
from releasegate.model.report import Report
from releasegate.model.state import State
from releasegate.office import Office
from releasegate.store import heartbeat, log, notices, rows
from releasegate.store.notices import Notice
from releasegate.store.store import Txn

_BREATH = 30.0
"""After so many seconds a long pass says again that it is still at it."""


Awaiting: TypeAlias = Callable[[Coroutine[object, None, Report]], Report]
"""Carries out an awaited send in the loop of whoever called, and gives back its report."""


@dataclass(slots=True)
class Errand:
    """One pass's means: the office, who sends (`by`, "" for nobody), the name under which it claims, and when it last said it is there.

    `awaiting` is how what is awaited is sent; None: it is left to another process. Once `ended` is set, no further draft is begun.
    """

    office: Office
    by: str
    worker: str
    name: str
    every: timedelta
    awaiting: Awaiting | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    beaten: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        """Say again that somebody watches, where that was a while ago."""
        if time.monotonic() - self.beaten >= _BREATH:
            self.office.store.act(lambda txn: heartbeat.beat(txn, self.name, every=self.every, clocks=self.office.clocked.items()))
            self.beaten = time.monotonic()

    def drafts(self, states: Iterable[State], *, until: str = "") -> Iterator[str]:
        """The ids of the drafts in these states; `until`: only those that nobody holds and whose hour has come by then."""
        for state in states:
            after = ("", "")
            while page := self.office.store.look(lambda txn: rows.page(txn, state, after, until=until)):  # noqa: B023 - called at once
                yield from (draft_id for _, draft_id in page)
                after = page[-1]

    def each(self, drafts: Iterable[str], work: Callable[[str], Iterable[Deed]]) -> Iterator[Deed]:
        """What this did to each draft. A broken one is told and left for people; the others go on."""
        for draft_id in drafts:
            if self.ended.is_set():
                return
            try:
                yield from tuple(work(draft_id))
            except Exception as error:  # noqa: BLE001 - one broken draft must not stop the others
                diary().error("the watch could not look after a draft", draft=draft_id, error=repr(error))
                yield Deed(code="failed", draft_id=draft_id, params={"error": repr(error)[:200]})
                self._tell(draft_id, error)
            self.beat()

    def _tell(self, draft_id: str, error: Exception) -> None:
        """Whoever is in charge hears of it once a day; it stands in no log of the draft's, which may be what is broken."""
        office = self.office

        def work(txn: Txn) -> None:
            facts: dict[str, str | int] = {"error": shortened(str(error)), "head": log.head(txn)}
            name = f"{draft_id}/failed/{txn.now():%Y-%m-%d}"
            notices.put(
                txn, Notice(id=name, draft_id=draft_id, code="watch-failed", to=charge(office.rules(txn), office.policy), params=facts)
            )

        with suppress(GateError):  # the store may be what failed: the diary has it
            office.store.act(work)
