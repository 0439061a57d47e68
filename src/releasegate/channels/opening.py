"""From a channel's lines in the policy to the channel."""

from pathlib import Path
from typing import Protocol

from releasegate.errors import PolicyError
from releasegate.messages.words import Words
from releasegate.protocols import Channel, ClockedChannel


class Rules(Protocol):
    """What a policy says of a channel that it opens by itself."""

    @property
    def name(self) -> str:
        """The channel's name in the policy."""

    @property
    def via(self) -> str:
        """Where it leads, as a URL."""

    @property
    def account(self) -> str:
        """Which account there, where the URL does not say it."""

    @property
    def zone(self) -> str:
        """The zone that people there think in."""


def open_channel(rules: Rules, *, folder: Path | None = None) -> Channel | ClockedChannel:
    """The channel that these rules describe, by its `via`: `smtp://…`, `smtps://…`, `smtp+starttls://…`, `folder:PATH` or `manual:PATH`.

    `folder` is where a relative PATH starts: the policy file's own. It connects to nothing yet.
    """
    scheme, _, rest = rules.via.partition(":")
    if scheme == "folder" and rest:
        from releasegate.channels.folder import Folder

        return Folder(rest, root=folder)
    if scheme == "manual" and rest:
        from releasegate.channels.manual import Manual

        return Manual(rest, account=rules.account, zone=rules.zone, root=folder)
    if scheme in {"smtp", "smtps", "smtp+starttls"}:
        from releasegate.channels.smtp import Smtp

        try:
            return Smtp(rules.via, account=rules.account)
        except PolicyError as error:
            raise PolicyError(
                [Words("[channels.{name}] {problem}", name=rules.name, problem=problem) for problem in error.problems]
            ) from None
    # Only the scheme is shown: a URL that is not understood may hold a password.
    problem = Words(
        "[channels.{name}] via: there is no way out by {scheme!r}; write smtp://, smtps:// or smtp+starttls://, "
        "folder:PATH or manual:PATH, or give it to Gate.load(channels=...).",
        name=rules.name,
        scheme=scheme[:20],
    )
    raise PolicyError([problem])
