"""What a person must be told, whether they ask or not."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from releasegate import messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A message to named people about one draft: a code and its facts; the words come from the catalogues."""

    code: str
    to: tuple[str, ...]
    draft_id: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)

    def explain(self, lang: str = "en") -> str:
        """The message, in `en` or `ja`."""
        return messages.text(f"alarm.{self.code}", lang, draft=self.draft_id, **self.params)
