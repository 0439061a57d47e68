"""One rule of the policy: how many people of which kind must sign, and what may stand in for them."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from releasegate.messages.words import Words, lines
from releasegate.policy.codes import CHANGE_KINDS
from releasegate.policy.duration import SomeTime
from releasegate.policy.naming import FilledLine, UnorderedNames
from releasegate.policy.nearest import nearest
from releasegate.policy.part import Part

# A zero that is written down is refused: "0 people" is a rule that says yes by itself.
Count = Annotated[int, Field(ge=1, le=20)]


class Votes(Part):
    """How many people must agree to let a finding or a requirement stand."""

    checkers: Count = 0
    """So many with the role checker."""
    approvers: Count = 0
    """So many with the role approver."""

    @model_validator(mode="after")
    def _asks(self) -> "Votes":
        if not self.checkers + self.approvers:
            message = Words("asks for nobody; give checkers or approvers")
            raise ValueError(message)
        return self


def _set(value: object) -> object:
    return frozenset(value) if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value) else value


class Requirement(Part):
    """So many checkers and approvers, each another person, for every draft on these channels (none named: all).

    `group`: only its members count. `keep_on`: the kinds of change that leave a signature standing. `second_look`: the only human looks
    again after that time. Without `waivable_by` it is never waived.
    """

    name: FilledLine
    """What people call it: it stands in every message that it shuts the gate with."""
    channels: UnorderedNames = ()
    """The ways out that it is for. Left out: all."""
    checkers: Count = 0
    """How many people must confirm the text."""
    approvers: Count = 0
    """How many people must approve it; nobody fills two places."""
    group: str = ""
    """Only members of this group of [groups] count."""
    auth: Literal["", "signed"] = ""
    """`signed`: only signatures count that were made with a key of the person's (`keys` in [people]). Left out: any do."""
    second_look: SomeTime | None = None
    """For a team of one person only: they approve their own text, this long after it was written."""
    waivable_by: Votes | None = None
    """How many people may let it stand unmet, for one text, with a note. Left out: nobody, ever."""
    keep_on: Annotated[frozenset[str], BeforeValidator(_set)] = frozenset()
    """Kinds of change after which a signature still stands; its owner is sent the difference. Left out: none."""
    valid_for: SomeTime | None = None
    """How long a signature counts. Left out: it does not age."""

    def to_dict(self) -> dict[str, Any]:
        """As every part; without `auth` where nothing is asked, so that rules from before it was there keep their digest."""
        return {key: value for key, value in super().to_dict().items() if key != "auth" or value}

    def applies_to(self, channel: str) -> bool:
        """A draft on this channel needs it."""
        return not self.channels or channel in self.channels

    @field_validator("channels")
    @classmethod
    def _some_channel(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        if not channels:
            message = Words("names no channel, and so could apply to none or to all; name some, or leave the key out for all")
            raise ValueError(message)
        return channels

    @field_validator("keep_on")
    @classmethod
    def _kinds(cls, kinds: frozenset[str]) -> frozenset[str]:
        if strange := sorted(kinds - CHANGE_KINDS):
            raise ValueError(
                lines(Words("no kind of change {kind!r}; {near}", kind=kind[:40], near=nearest(kind, CHANGE_KINDS)) for kind in strange)
            )
        return kinds

    @model_validator(mode="after")
    def _asks(self) -> "Requirement":
        asked = self.checkers + self.approvers
        if not asked and self.second_look is None:
            message = Words("asks for nobody; give checkers, approvers or second_look")
            raise ValueError(message)
        if self.auth and (self.waivable_by is not None or self.keep_on):
            message = Words("auth = 'signed' asks for a key's signature under one text; take waivable_by and keep_on away")
            raise ValueError(message)
        if self.second_look is not None and (asked or self.group):
            message = Words("second_look is for one person alone; take checkers, approvers and group away")
            raise ValueError(message)
        return self
