"""The handoff note: what the next person must know."""

from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from releasegate.model.handoff import Signal

__all__ = ["IfThen", "Note", "OpenItem", "Outside", "Signal"]

_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=280)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OpenItem(_Part):
    """What is still to be done, by exactly one person: `owner` is an id or a registered address; `done_when` says what closes it."""

    text: _Line
    owner: _Name
    due: AwareDatetime | None = None
    done_when: Annotated[str, StringConstraints(strip_whitespace=True, max_length=280)] = ""


class IfThen(_Part):
    """What to do should something happen: the element that is missing most often where nobody asks for it (I-PASS)."""

    when: _Line
    then: _Line
    contact: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class Outside(_Part):
    """Somebody who is not in the directory and to whom it is handed all the same: a distributor's desk, an agency.

    `name` is a person there, `ticket` what they call the matter, `phone` where they are reached.
    """

    name: _Name
    ticket: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    phone: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class Note(_Part):
    """A handoff note. A string is `Note(text=string)`; `to` is a person's id or address, a role or a group, else whoever is next.

    To an `Outside` party it is critical: its sender still owns it until somebody has recorded what they said.

    `signal`: None is the verb's own (go; caution for a submit; stop for a hold, a withdrawal, a draft sent back). `done` names open
    items that are done (`i1`), `dropped` those that are not done and not wanted any more (the text says why), `still` those that are
    still open. `nothing_else` is "nothing else to say": a value, where hands change and no reason is asked for.
    Raises ValidationError where nothing else is to be said and something is.
    """

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""
    to: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | Outside = ""
    signal: Signal | None = None
    items: Annotated[tuple[OpenItem, ...], Field(max_length=20)] = ()
    if_then: Annotated[tuple[IfThen, ...], Field(max_length=20)] = ()
    done: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    nothing_else: bool = False

    def __init__(self, text: str = "", **more: object) -> None:
        BaseModel.__init__(self, text=text, **more)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.nothing_else and (self.items or self.if_then):
            message = "nothing_else says that there is nothing else to say; leave it out, or items and if_then"
            raise ValueError(message)
        if self.dropped and not self.text:
            message = "an item that is dropped needs a reason; write it into the text"
            raise ValueError(message)
        return self
