"""The handoff note: what the next person must know."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Signal(StrEnum):
    """The one word that is read even when nothing else is."""

    GO = "go"
    CAUTION = "caution"
    STOP = "stop"


class Note(BaseModel):
    """A handoff note. A string is `Note(text=string)`; `to` is a person's id or a role; an empty text is refused where hands change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    to: str = ""
    signal: Signal = Signal.GO

    def __init__(self, text: str = "", **more: object) -> None:
        super().__init__(text=text, **more)
