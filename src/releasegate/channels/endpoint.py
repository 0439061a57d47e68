"""Where a mail server is, read from its URL: never with a secret in it."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

from releasegate.errors import PolicyError
from releasegate.messages.words import Words

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A mail server and who logs in there; `str()` is its URL, with the port and without any secret."""

    scheme: str
    user: str
    host: str
    port: int

    def __str__(self) -> str:
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{user}{host}:{self.port}"


def read_endpoint(url: str) -> Endpoint:
    """The server that this URL names (`smtp://host`, `smtps://user@host`, `smtp+starttls://user@host:587`); strict, PolicyError if not."""
    parts, port = _split(url)
    endpoint = Endpoint(
        scheme=parts.scheme, user=unquote(parts.username or ""), host=(parts.hostname or "").lower(), port=port or PORTS[parts.scheme]
    )
    if endpoint.user and endpoint.scheme == "smtp" and not _is_this_machine(endpoint.host):
        raise PolicyError(
            [Words("{endpoint}: the password would travel in the clear; use smtp+starttls:// or smtps://.", endpoint=endpoint)]
        )
    return endpoint


def _split(url: str) -> tuple[SplitResult, int | None]:
    """The URL's parts. No error shows it: it may hold a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or port == 0:
        raise PolicyError([Words("via: a mail server is written smtp://host:25, smtps://user@host:465 or smtp+starttls://user@host:587.")])
    if parts.password is not None:
        raise PolicyError([Words("via: a password does not belong into a URL; put it into the environment as RELEASEGATE_SMTP_PASSWORD.")])
    return parts, port


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
