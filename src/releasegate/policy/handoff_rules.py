"""How long a handoff may wait for its receiver, and which steps are taken with a read-back."""

import re
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from releasegate.messages.words import Words, lines
from releasegate.model.handoff import Tier
from releasegate.policy.duration import SomeTime
from releasegate.policy.nearest import nearest
from releasegate.policy.part import Part

STEPS = ("submit", "confirm", "approve", "send_back", "lift")


def _tiers(given: Mapping[str, str]) -> Mapping[str, str]:
    """Steps and tiers by their names."""
    known = [tier.value for tier in Tier]
    strange = [Words("unknown step {step!r}; {near}", step=step[:40], near=nearest(step, STEPS)) for step in given if step not in STEPS]
    wrong = [each for each in given.values() if each not in known]
    strange += [Words("unknown tier {tier!r}; {near}", tier=each[:40], near=nearest(each, known)) for each in wrong]
    if strange:
        raise ValueError(lines(strange))
    return MappingProxyType(dict(sorted(given.items())))


_DAY, _LONGEST = 24 * 60, 16 * 60
_QUIET = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)")


def _hours(given: str) -> str:
    """Two times of the day, from the one to the other."""
    found = _QUIET.fullmatch(given)
    if given and (found is None or found[1] == found[2]):
        raise ValueError(Words('{hours!r} is not from one hour to another; write "22:00-07:00"', hours=given[:40]))
    if found is not None and (_minutes(found[2]) - _minutes(found[1])) % _DAY > _LONGEST:
        raise ValueError(Words("{hours!r} is longer than 16 hours; nobody would be reminded in time", hours=given))
    return given


def _minutes(hour: str) -> int:
    return int(hour[:2]) * 60 + int(hour[3:])


class HandoffRules(Part):
    """The deadline of each tier; an approval that reaches more than `read_back_over` people needs a read-back.

    `routine` counts working days. `tiers` gives a step another tier than the usual one (`lift = "elevated"`): a critical step is
    taken with a read-back, and what it hands on shuts the gate until it is acknowledged.
    """

    routine: SomeTime = timedelta(days=1)
    """How long an ordinary note may wait for its receiver."""
    elevated: SomeTime = timedelta(hours=4)
    """How long a note may wait that comes with a change of plan."""
    critical: SomeTime = timedelta(minutes=15)
    """How long a note may wait on which it hangs whether something leaves."""
    read_back_over: Annotated[int, Field(ge=0, le=1_000_000_000)] = 1_000
    """An approval that reaches more people than this asks for a read-back of time, number and mark."""
    tiers: Annotated[Mapping[str, str], AfterValidator(_tiers)] = Field(default_factory=lambda: MappingProxyType({}))
    """Another tier for a step (`submit`, `confirm`, `approve`, `send_back`, `lift`): `routine`, `elevated` or `critical`."""
    quiet: Annotated[str, AfterValidator(_hours)] = ""
    """Hours, `"22:00-07:00"`, at most 16, at which nobody is reminded of what is routine, in the draft's zone; all else is told always."""
