"""What a clocked channel can do over there: Limits."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

_NONE = timedelta(0)


class Limits(BaseModel):
    """What a clocked channel can do over there, as whoever wrapped it declares it.

    `cancels`: what was booked can be taken away again; what cannot is not booked. `stop_before`: how long before the hour it can still be
    taken away (where the policy says longer, that counts). `pause`: how long "on hold" lives there before it goes on by itself, which
    people are told before; None: as long as nobody there changes it. `key_life`: for how long the same key is never booked twice;
    nothing: keys are not honoured. `settling`: after this time a booking that stands is found by our reference, so that one that is not
    found is absent; None: what is not found proves nothing. Of a channel that keeps no clock only `settling` counts: for what was sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cancels: bool = True
    stop_before: timedelta = Field(default=_NONE, ge=_NONE)
    pause: timedelta | None = Field(default=None, ge=_NONE)
    key_life: timedelta = Field(default=_NONE, ge=_NONE)
    settling: timedelta | None = Field(default=None, ge=_NONE)
