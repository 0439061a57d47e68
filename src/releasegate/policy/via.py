"""A way out that the file describes: a mail server or a folder. Everything else is a channel in Python."""

from collections.abc import Iterator

from releasegate.messages.words import Words
from releasegate.policy.nearest import nearest

MAIL_SCHEMES = ("smtp", "smtps", "smtp+starttls")
_FOLDER = "folder:"
_MANUAL = "manual:"
_SERVER = Words("is more or less than a server; write it like 'smtp://user@mail.example.com:587'")


def is_folder(via: str) -> bool:
    """It writes files and reaches nobody."""
    return via.startswith(_FOLDER)


def is_manual(via: str) -> bool:
    """Somebody else's clock, reached by letter and by phone."""
    return via.startswith(_MANUAL)


def via_faults(via: str) -> Iterator[str]:
    """What is wrong with this `via`; never repeats a password that stands in it."""
    if is_folder(via):
        if not via.removeprefix(_FOLDER).strip():
            yield Words("names no folder; write it like 'folder:sent'")
        return
    if is_manual(via):
        if not via.removeprefix(_MANUAL).strip():
            yield Words("names no folder for the letters; write it like 'manual:letters'")
        return
    # Only the scheme is shown: what follows may hold a password.
    scheme, _, rest = via.partition(":")
    if scheme not in MAIL_SCHEMES:
        yield Words(
            "no way out is called {scheme!r}; {near}", scheme=scheme[:20], near=nearest(scheme.lower(), (*MAIL_SCHEMES, "folder", "manual"))
        )
    elif not rest.startswith("//"):
        yield _SERVER
    else:
        yield from _server_faults(rest.removeprefix("//"))


def _server_faults(rest: str) -> Iterator[str]:
    user, at, place = rest.rpartition("@")
    if ":" in user or "%3a" in user.lower():
        yield Words("holds a password; leave it out and give it in the environment")
    elif "@" in user or any(sign.isspace() for sign in user) or (at and not user):
        yield Words("has a user name that cannot be read; write '@' in a user name as '%40'")
    else:
        yield from _place_faults(place)


def _place_faults(place: str) -> Iterator[str]:
    from urllib.parse import urlsplit

    try:
        url = urlsplit(f"smtp://{place}")
        host, port = url.hostname, url.port
    except ValueError:
        yield Words("names no server that could be reached; write it like 'smtp://mail.example.com:587'")
        return
    if not host or port == 0 or any(sign.isspace() or sign in "/\\?#%" for sign in place):
        yield _SERVER
