"""One entry of the log: who did what to which text, when, with which note, and what came before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. `data` are facts that decisions are made of and stands in the chain; `note` and `memo` can be erased.

    `position` counts over the store, `seq` over the draft; `auth` says how the actor was established (`claimed`, `session`, `signed`).
    """

    kind: str
    actor: str
    at: datetime
    draft_id: str = ""
    position: int = 0
    seq: int = 0
    round: int = 0
    digest: str = ""
    auth: str = "claimed"
    data: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    memo: Mapping[str, Any] = field(default_factory=dict)
    hash: str = ""
