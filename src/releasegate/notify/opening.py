"""From `[gate] mail`, `mail_from` and `alarm` to the gate's own post."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

from releasegate.model.alarm import Alarm
from releasegate.notify.post import Post
from releasegate.policy.policy import Policy
from releasegate.protocols import Channel

Tell = Callable[[Alarm], None]

_PATIENCE = 10.0
"""Seconds for each step with the mail server: who waits for it is the one that reminds others."""


def open_post(policy: Policy, beside: Tell) -> Tell:
    """Tells people by what `[gate]` names, and `beside` it the program that asked to be told; only that where it names nothing.

    The client is one of its own, also where the channel has another: an hour of the campaigns must not keep an alarm back.
    """
    if not can_tell(policy):
        return beside
    post = Post(policy=policy, client=open_client(policy) if policy.mail else None)

    def tell(alarm: Alarm) -> None:
        beside(alarm)
        post(alarm)

    return tell


def can_tell(policy: Policy) -> bool:
    """`[gate]` names a way to people: mail, or a team."""
    return bool(policy.mail) or any(":" in entry for entry in policy.alarm)


def open_client(policy: Policy) -> Channel:
    """A client of the gate's own, by the channel that `[gate] mail` names: no other mail goes through it."""
    from releasegate.channels.opening import open_channel

    rules = policy.channels[policy.mail]
    if rules.via.startswith("smtp"):
        from releasegate.channels.smtp import Smtp

        return Smtp(rules.via, account=rules.account, timeout=_PATIENCE)
    return cast("Channel", open_channel(rules, folder=Path(policy.folder)))  # the policy sees to it: an ungated lane keeps no clock
