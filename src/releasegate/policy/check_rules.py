"""What the file says about one check: how heavy it is, how long it stands, who may waive it, and its own settings."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from releasegate.messages.words import Words
from releasegate.model.finding import Severity
from releasegate.policy.duration import SomeTime
from releasegate.policy.nearest import nearest
from releasegate.policy.part import Part, plain
from releasegate.policy.requirement import Votes

_ALLOWED = (Severity.BLOCKER.value, Severity.WARNING.value)


def freeze(value: Any) -> Any:  # noqa: ANN401 - settings are the check's own
    """The same, with tuples for lists and read-only tables, all the way down."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(each) for key, each in value.items()})
    return tuple(freeze(each) for each in value) if isinstance(value, (list, tuple)) else value


def _severity(value: object) -> object:
    if value is None or value in _ALLOWED:
        return None if value is None else Severity(str(value))
    message = Words(
        "no severity {value!r}: a check is lowered to 'warning', never switched off; {near}",
        value=str(value)[:40],
        near=nearest(str(value), _ALLOWED),
    )
    raise ValueError(message)


class CheckRules(Part):
    """How one check is set. What is None stays as the check itself has it; without `waivable_by` a blocker is never waived."""

    severity: Annotated[Severity | None, BeforeValidator(_severity)] = None
    """How heavy a finding weighs. A check is lowered to a warning, never switched off."""
    valid_for: SomeTime | None = None
    """How old its result may be. Left out: it does not age."""
    waivable_by: Votes | None = None
    """How many people may let a blocker of this check stand. Left out: nobody, ever."""
    settings: Annotated[Mapping[str, Any], AfterValidator(freeze)] = Field(default_factory=lambda: MappingProxyType({}))
    """The check's own settings; in the file they stand beside the other keys."""

    @field_validator("settings", mode="before")
    @classmethod
    def _plain_settings(cls, settings: Any) -> Any:  # noqa: ANN401 - whatever stood there
        return dict(settings) if isinstance(settings, Mapping) else settings

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """The rules in one line of `[checks]`: what is no key of ours is a setting of the check."""
        own = {"severity", "valid_for", "waivable_by"}
        given = {key: value for key, value in table.items() if key in own}
        return cls.model_validate(given | {"settings": {key: value for key, value in table.items() if key not in own}})

    def to_table(self) -> dict[str, Any]:
        """The line in `[checks]`: settings and rules in one table."""
        table: dict[str, Any] = plain(self.settings)
        return table | {key: value for key, value in super().to_table().items() if key != "settings"}
