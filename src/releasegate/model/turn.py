"""Whose turn it is with a draft, since when, and until when: Turn, Waiting."""

from dataclasses import dataclass
from datetime import datetime

from releasegate.model.draft import Draft
from releasegate.model.handoff import Handoff, Tier
from releasegate.model.verdict import Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One handoff that nobody has taken over yet: who should, by when, and how much it asks."""

    handoff: Handoff
    who: tuple[str, ...]
    until: datetime
    tier: Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of a queue. `who` are the people whose turn it is; nobody's where only the hour is missing.

    `since` is when they began to have it, `until` by when they are to have taken it over (None: nothing was handed on), `last_stop` the
    last moment at which the send can still be stopped.
    """

    draft: Draft
    decision: Decision
    who: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    last_stop: datetime | None = None
    waiting: tuple[Waiting, ...] = ()
