"""How long a handoff may wait for its receiver, and from how many recipients on the facts are read back."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from releasegate.policy.duration import SomeTime
from releasegate.policy.part import Part


class HandoffRules(Part):
    """The deadline of each tier; an approval that reaches more than `read_back_over` people needs a read-back."""

    routine: SomeTime = timedelta(days=1)
    elevated: SomeTime = timedelta(hours=4)
    critical: SomeTime = timedelta(minutes=15)
    read_back_over: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1_000
