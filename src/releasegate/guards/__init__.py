"""What locks a client: past the gate it sends nothing, or, by a channel that is not gated, small mail only."""

import inspect
import smtplib
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from releasegate.errors import GuardError
from releasegate.guards.lane import Lane
from releasegate.guards.mail_client import lock_class, lock_instance
from releasegate.guards.methods import hold, lock_methods
from releasegate.guards.toll import Toll
from releasegate.messages.words import Words
from releasegate.office import Office

C = TypeVar("C")


def guard(office: Office, client: C, *, channel: str, methods: Iterable[str] = (), count: Callable[..., int] | None = None) -> C:
    """Lock this client and return it; Gate.guard tells how. Raises GuardError where it cannot be held."""
    if channel not in office.policy.channels:
        raise office.no_channel(channel)
    lane = Lane(office, channel)
    if isinstance(client, smtplib.SMTP) or (isinstance(client, type) and issubclass(client, smtplib.SMTP)):
        return _mail_client(client, lane, methods, count)
    return _other(client, lane, methods, count)


def _mail_client(client: C, lane: Lane, methods: Iterable[str], count: Callable[..., int] | None) -> C:
    if methods or count:
        raise GuardError(
            Words("the guard knows smtplib, and counts its recipients itself."), mend=Words("Take `methods` and `count` away.")
        )
    if isinstance(client, smtplib.SMTP):
        lock_instance(client, lane)
        return client
    return lock_class(client, lane)  # type: ignore[arg-type, return-value]  # a class of smtplib's, and a subclass of it


def _other(client: C, lane: Lane, methods: Iterable[str], count: Callable[..., int] | None) -> C:
    if count is None and not lane.is_gated:
        raise GuardError(
            Words(
                "channel {channel!r} is not gated, and the guard cannot tell how many recipients a call of this has.", channel=lane.channel
            ),
            mend=Words("Give count=, which is called with the arguments of each call, or name a gated channel."),
        )
    toll = Toll(lane, count or len)  # by a gated channel nothing is ever counted
    if isinstance(client, partial) or inspect.isroutine(client):
        if methods:
            raise GuardError(Words("a function has no methods to lock."), mend=Words("Take `methods` away."))
        return hold(client, toll)  # type: ignore[return-value]  # it is called as what was given is called
    if isinstance(methods, str):
        raise GuardError(Words("methods={name!r} is one name.", name=methods), mend=Words("Give a list of names."))
    return lock_methods(client, tuple(methods), toll)
