"""Telling teams, through apprise: chat rooms, phones, whatever it reaches. A URL of theirs holds a token: it is in no log of ours."""

import logging
from collections.abc import Iterable

from releasegate.errors import GateError
from releasegate.messages.words import Words


def tell(addresses: Iterable[str], *, title: str, text: str) -> bool:
    """Whether one of them took it. Raises GateError where apprise is not installed, or an address is none that it knows."""
    try:
        import apprise
    except ModuleNotFoundError as error:
        message = Words("[gate].alarm names a URL, and apprise is not installed; pip install 'releasegate[notify]'")
        raise GateError(message) from error
    # It says at every step to whom it writes; the addresses are the secret.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    took = False
    for number, address in enumerate(addresses, start=1):
        one = apprise.Apprise()
        if not one.add(address):
            raise GateError(Words("[gate].alarm: URL no. {number} is none that apprise knows", number=number))
        took = bool(one.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT)) or took
    return took
