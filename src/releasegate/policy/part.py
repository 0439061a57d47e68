"""A part of a policy: strict, frozen, and able to write itself down again."""

from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from releasegate.policy.duration import write_duration


class Part(BaseModel):
    """Strict: no unknown key, no coercion. Frozen: what was reviewed is what decides."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    def to_dict(self) -> dict[str, Any]:
        """Every value, also those that nobody wrote, as plain JSON: another default makes other rules."""
        return {name: plain(getattr(self, name)) for name in type(self).model_fields}

    def to_table(self) -> dict[str, Any]:
        """As a file has it: what means nothing (no None, no zero, no empty text, list or table) is left out."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return written({name: value.to_table() if isinstance(value, Part) else plain(value) for name, value in values.items()})


def plain(value: Any) -> Any:  # noqa: ANN401 - anything that a policy may hold
    """The value as JSON has it: sets sorted, lengths of time written, parts and tables as objects."""
    if isinstance(value, Part):
        return value.to_dict()
    if isinstance(value, timedelta):
        return write_duration(value)
    if isinstance(value, (set, frozenset)):
        return sorted(str(each) for each in value)
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if hasattr(value, "items"):
        return {str(key): plain(each) for key, each in value.items()}
    return str(value) if isinstance(value, str) else value


def written(value: dict[str, Any]) -> dict[str, Any]:
    """The same without what means nothing."""
    return {key: each for key, each in value.items() if each is False or each not in (None, 0, "", [], {})}
