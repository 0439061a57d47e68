"""What a webhook said, and what came of it: Webhook."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook that the provider has signed: its id, which draft it is about ("": nothing here waits for it), and what it says.

    `came` is `known` (something is known now that was not), `kept` (it stands in the log, and settles nothing: it says less than is known,
    or what only a look at their record or a person may settle), `again` (this very webhook was there before) or `nothing`.
    """

    id: str
    came: Literal["known", "kept", "again", "nothing"]
    draft_id: str = ""
    state: str = ""
