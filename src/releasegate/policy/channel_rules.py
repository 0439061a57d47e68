"""What the file says about one way out: its hours, its bounds, and whom to phone."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from releasegate.messages.words import Words, lines
from releasegate.policy.duration import Duration, SomeTime
from releasegate.policy.naming import Identifier, Line, Names, UnorderedNames
from releasegate.policy.nearest import nearest
from releasegate.policy.part import Part
from releasegate.policy.via import is_manual, via_faults

PER_HOUR = 1000
"""Enough for the passwords of a large site, and too few for a newsletter that goes past the gate mail by mail."""
MOST_TESTERS = 10
"""A list of people who look at proofs; a longer one would be an audience."""
_CARD = ("name", "phone", "hours")
SECRET = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+")
"""Where a secret stands."""
_BARE = "whsec_"
# They are zones of this machine, not of the world.
_LOCAL_ZONES = frozenset({"localtime", "posixrules"})


def _reachable(via: str) -> str:
    if via and (faults := list(via_faults(via))):
        raise ValueError(lines(faults))
    return via


def _zone(zone: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    try:
        if zone in _LOCAL_ZONES or (zone and ZoneInfo(zone).key != zone):
            raise ValueError  # noqa: TRY301 - the same answer as for a zone that zoneinfo refuses
    except (ValueError, OSError, LookupError) as error:
        close = nearest(zone, available_timezones() - _LOCAL_ZONES)
        mend = close if close.startswith("did") else Words("write it like Asia/Tokyo")
        message = Words("no time zone {zone!r}; {near}", zone=zone[:40], near=mend)
        raise ValueError(message) from error
    return zone


def _testers(addresses: tuple[str, ...]) -> tuple[str, ...]:
    from email_validator import EmailNotValidError, validate_email

    faults: list[str] = []
    if len(addresses) > MOST_TESTERS:
        faults.append(Words("has {n} addresses, and at most {most} get a proof; shorten it", n=len(addresses), most=MOST_TESTERS))
    for address in addresses:
        try:
            validate_email(address, check_deliverability=False, globally_deliverable=False)
        except EmailNotValidError:
            faults.append(Words("{email!r} is no address; write it like 'name@example.com'", email=address))
    if faults:
        raise ValueError(lines(faults))
    return addresses


def _kept(entries: tuple[str, ...]) -> tuple[str, ...]:
    """What an entry holds is not shown: it may be a secret."""
    if strange := [number for number, entry in enumerate(entries, start=1) if not SECRET.fullmatch(entry) or _BARE in entry]:
        told = (
            Words("entry {number} must be env:NAME or file:PATH; never write the secret itself into the policy", number=n) for n in strange
        )
        raise ValueError(lines(told))
    return entries


def _card(contact: Mapping[str, str]) -> Mapping[str, str]:
    if strange := sorted(set(contact) - set(_CARD)):
        raise ValueError(lines(Words("unknown key {key!r}; {near}", key=key[:40], near=nearest(key, _CARD)) for key in strange))
    if contact and not (contact.get("name", "").strip() and contact.get("phone", "").strip()):
        message = Words("is a card without a name or without a phone number; give both")
        raise ValueError(message)
    return MappingProxyType(dict(contact))


class ChannelRules(Part):
    """The rules of one way out. `window`: how late it may still leave; `undo`: least time between the last approval and the first mail;
    `repeat`: how long the same content counts as sent twice.

    `gated = false` is the bounded lane for password mails: at most `most` recipients a mail. `clock = "distributor"`: they keep the
    clock and cannot stop it any more `stop_before` the hour. An empty `via` means a channel in Python.
    """  # noqa: D205 - one paragraph on the three lengths of time

    name: Identifier
    """The name of the table: what a draft names."""
    via: Annotated[Line, AfterValidator(_reachable)] = ""
    """`smtp://host:25`, `smtps://user@host:465`, `smtp+starttls://user@host:587`, `folder:PATH`, or `manual:PATH` (letters to a
    distributor without an API). Left out: a channel in Python."""
    window: SomeTime = timedelta(hours=2)
    """How late after its hour it may still leave; after that it is missed, and never leaves by itself."""
    undo: Duration = timedelta(0)
    """The least time between the last approval and the first mail."""
    gated: bool = True
    """`false`: a lane without signatures for small mail (passwords, receipts), bounded by `most`."""
    most: Annotated[int, Field(ge=1, le=10)] | None = None
    """On a lane that is not gated: the most recipients of one mail."""
    most_per_hour: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """On a lane that is not gated: the most recipients in any hour, of all mails and all processes; 1,000 unless it says so."""
    account: Line = ""
    """Which account over there, where the URL does not say it; part of what is signed."""
    mode: Literal["live", "test"] = "live"
    """Whether what leaves here is meant for the world. A draft that is meant otherwise is closed."""
    bulk: bool = False
    """It goes to many: checks of bulk mail look at it."""
    zone: Annotated[str, AfterValidator(_zone)] = ""
    """The zone of hours that are given without one, such as `Asia/Tokyo`."""
    repeat: SomeTime = timedelta(days=7)
    """How long the same message counts as sent twice."""
    clock: Literal["", "distributor"] = ""
    """They keep the clock over there: it is booked ahead, and they can only be asked to stop."""
    stop_before: SomeTime | None = None
    """How long before the hour they can still stop it."""
    contact: Annotated[Mapping[str, Line], AfterValidator(_card)] = Field(default_factory=lambda: MappingProxyType({}))
    """Whom to phone there: `{ name = …, phone = …, hours = … }`."""
    test: Annotated[UnorderedNames, AfterValidator(_testers)] = ()
    """The test list: up to ten addresses to which proofs of this channel's drafts may go, beside the people of [people]."""
    webhook: Annotated[Names, AfterValidator(_kept)] = ()
    """Where the secrets stand with which the provider signs its webhooks: `env:NAME` or `file:PATH`; several while they are changed."""
    linked: UnorderedNames = ()
    """Other ways out of the same news, such as `["site"]`: a draft here leaves only when its release has a draft on each of them. Drafts
    of one release are held together whatever stands here."""

    @property
    def hourly(self) -> int:
        """How many recipients a lane that is not gated has in an hour."""
        return self.most_per_hour or PER_HOUR

    @property
    def undo_given(self) -> bool:
        """Somebody decided on `undo`, be it that it is nothing."""
        return "undo" in self.model_fields_set

    @field_validator("contact", mode="before")
    @classmethod
    def _plain_card(cls, contact: Any) -> Any:  # noqa: ANN401 - whatever stood there
        return dict(contact) if isinstance(contact, Mapping) else contact

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "ChannelRules":
        if faults := [*self._clock_faults(), *self._lane_faults()]:
            raise ValueError(lines(faults))
        return self

    def _clock_faults(self) -> Iterator[str]:
        if self.clock and self.via and not is_manual(self.via):
            yield Words("clock = 'distributor' and `via` contradict each other; a distributor is a channel in Python, or manual:FOLDER")
        if is_manual(self.via) and not self.clock:
            yield Words("`via` leads to somebody else's clock by letter and phone; give clock = 'distributor' too")
        if self.stop_before is not None and not self.clock:
            yield Words("stop_before says when they can stop it no more; give clock = 'distributor' too, or take it away")

    def _lane_faults(self) -> Iterator[str]:
        if self.gated and self.most is not None:
            yield Words("`most` bounds a channel that is not gated; take it away, or say gated = false")
        if self.gated and self.most_per_hour is not None:
            yield Words("`most_per_hour` bounds a channel that is not gated; take it away, or say gated = false")
        if not self.gated and self.test:
            yield Words("`test` gets proofs of what the gate lets through, and this channel has none; take it away")
        if self.gated:
            return
        if self.most is None:
            yield Words("gated = false needs `most`, from 1 to 10; a lane without a gate is bounded")
        if self.bulk or self.clock or self.linked or self.undo or self.webhook:
            yield Words("not gated, it has no bulk, clock, linked, undo or webhook; take them away")

    def to_dict(self) -> dict[str, Any]:
        """Every value, as plain JSON; `test` only where there is one, so that the rules of a file without it stay what they were."""
        values = super().to_dict() | {"undo_given": self.undo_given}
        return {key: value for key, value in values.items() if key != "test" or value}

    def to_table(self) -> dict[str, Any]:
        """The table in `[channels]`, without its name; `undo` only where somebody gave it."""
        left_out = {"name"} if self.undo_given else {"name", "undo"}
        return {key: value for key, value in super().to_table().items() if key not in left_out}
