"""Every extension point on one page: what a way out is, and what a check is."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.letter import Letter
from releasegate.model.parcel import Parcel, Receipt, Sight
from releasegate.model.state import Role


class Sealer(Protocol):
    """What both kinds of channel have: who they are, and how content becomes bytes.

    `identity` names account and endpoint (`smtp:news@mx.example:587`); it is part of the digest, so another account needs new approvals.
    """

    @property
    def identity(self) -> str:
        """Account and endpoint."""

    def seal(self, content: Any) -> Iterator[Parcel]:  # noqa: ANN401 - the caller's own kind of content
        """What would leave, as bytes: pure, without the network. Raises ContentError for what cannot be sealed."""


@runtime_checkable
class Channel(Sealer, Protocol):
    """A way out that sends when it is told to. It translates and does nothing else: no policy, no retries.

    `send` returns a Receipt, or raises NotSent only where it is certain that nothing left; anything else it raises, and anything else
    it returns, means that the outcome is unknown. `key` is the same for every attempt at this delivery: pass it on as idempotency key.
    `send` may be a coroutine function; the draft is then sent with `send_async`.
    """

    def send(self, parcel: Parcel, *, key: str) -> Receipt | Awaitable[Receipt]:
        """Hand this one parcel over, once."""


@runtime_checkable
class ClockedChannel(Sealer, Protocol):
    """A way out that keeps its own clock: it is booked, and can only be asked to stop. Only an absent booking is a stop.

    `limits` (a Limits, where it has one) declares what it can do. What it raises means that nothing is known, but for NotSent in `book`:
    that is certain that nothing was booked.
    """

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        """Book it over there; the receipt's id is the booking."""

    def stop(self, booking: str) -> None:
        """Ask to take it away; to pause it proves nothing, since people there may let it go on."""

    def look(self, booking: str) -> Sight:
        """Read what their own record says now."""


@runtime_checkable
class Findable(Protocol):
    """A channel whose record can be searched by our own reference: a lost answer, and what was booked twice, are found by it.

    For one that keeps no clock it says what became of a send: `sent` settles it. Where such a channel declares `limits` with a `settling`,
    what is not found then, once its own worker has ended the attempt, was not sent and may go again, under the same key.
    """

    def find(self, key: str) -> Iterable[Sight]:
        """Every booking or message that stands under this key, each with its id in `booking`; those that are absent may be left out.

        A list, a tuple or a generator of Sights; anything else is no answer. It is called in a thread, never awaited.
        """


@runtime_checkable
class Rendered(Protocol):
    """A channel whose provider renders the mails: what is sealed are the template, the data and the list, as they were read there.

    `read_back` is asked right before the fence of each parcel, and anything else than the sealed parcel shuts the gate. What it raises
    means that nothing is known, and nothing leaves. It is called in a thread, never awaited, and asked for `deadline` seconds (20 where the
    channel has none): what has not answered by then is not known.
    """

    def read_back(self, parcel: Parcel) -> Parcel:
        """The same parcel, made anew of what the provider holds now."""


@runtime_checkable
class Hooked(Protocol):
    """A way out whose provider tells by webhook what became of what it was given. Whether a webhook is theirs, the gate has seen before."""

    def hear(self, body: bytes) -> tuple[str, Sight] | None:
        """What this webhook says: our key or their id of what it is about, and how that stands. None: it is about something else."""


@runtime_checkable
class Stoppable(Protocol):
    """A clocked channel that can be asked beforehand: a token may have lost the right to cancel, and still book."""

    def can_stop(self) -> bool:
        """Whether what is booked now could be taken away with these credentials; nothing is changed there. What it raises is no yes."""


@dataclass(frozen=True, kw_only=True)
class LastSend:
    """An earlier draft that has left, or has begun to. `letters` and `recipients` are read when first asked for."""

    draft_id: str
    at: datetime
    digest: str
    reach: int
    channel: str = ""
    letters: Iterable[Letter] = ()
    recipients: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A signature that was given to an earlier text and stands under this one: whom the list has gained and lost since `by` saw it."""

    by: str
    role: Role
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


def _nothing(_since: datetime) -> Iterable[LastSend]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a check may know besides the draft: the time, the letters, the channel's settings, the last sends, and the network if allowed.

    `at` is the moment judged for; `letters` the sealed messages as a reader meets them, in order, made when first read; `recipients`
    every envelope address in order, repeats kept, and `waiting` those of them to whom nothing has gone yet (None: all); `channel` the
    policy's settings for this way out; `folder` where the policy file lies, from which files in settings are taken; `egress` is None
    offline. For checks that read `time` or `history`: `last_sends` are the last ten by this channel, `earlier(since)` what has left by any
    since then, `carried` the signatures that came along from an earlier text.
    """

    at: datetime
    letters: Iterable[Letter] = ()
    recipients: Collection[str] = ()
    waiting: Collection[str] | None = None
    channel: Mapping[str, Any] = field(default_factory=dict)
    folder: str = ""
    last_sends: tuple[LastSend, ...] = ()
    earlier: Callable[[datetime], Iterable[LastSend]] = _nothing
    carried: tuple[Carried, ...] = ()
    egress: object | None = None


CheckFunction = Callable[[Draft, Context], Iterable[Finding]]


@runtime_checkable
class Check(Protocol):
    """A check: called with a draft and a context, it yields findings. An `id`, a `version`, and what it `reads`.

    One that has a `valid_for` (a timedelta, not empty) is run again when its result is older; the policy may say another.

    `reads` are among `content`, `audience`, `schedule`, `time`, `history`, `network`: a result that reads only content, audience and
    schedule stands for its digest; one that reads time or history is made anew at every decision.
    """

    @property
    def id(self) -> str:
        """Its name in the policy and in findings."""

    @property
    def version(self) -> int:
        """Grows when it judges otherwise: older results count no more."""

    @property
    def reads(self) -> frozenset[str]:
        """What it looks at."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its parameters, as plain data: other settings need another result."""

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """Everything it sees; nothing where all is well."""
