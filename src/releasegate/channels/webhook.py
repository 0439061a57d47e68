"""Webhooks as Standard Webhooks signs them: over the raw bytes, with a secret that both sides have, or by the sender's own key."""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from releasegate.store.ed25519 import fits

_SHARED, _PUBLIC = "whsec_", "whpk_"
_LENGTHS = {_SHARED: range(24, 65), _PUBLIC: range(32, 33)}
# A dot in the id would let the bytes of one webhook be read as another one's.
_ID = re.compile(r"[!-\-/-~]{1,200}")
_HOUR = re.compile(r"[0-9]{1,11}")
_MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What the sender has signed beside the body: the webhook's id, the same at every try, and when this try left."""

    id: str
    at: datetime


def is_secret(text: str) -> bool:
    """It is `whsec_…` with 24 to 64 bytes in base64, or `whpk_…`, a public Ed25519 key."""
    kind = next((kind for kind in _LENGTHS if text.startswith(kind)), "")
    return bool(kind) and len(_decoded(text.removeprefix(kind))) in _LENGTHS[kind]


def envelope(headers: Mapping[str, object], body: bytes, secrets: Iterable[str]) -> Envelope | None:
    """What was signed with this body; None where no signature fits one of the secrets. Whether it is of now, the caller judges."""
    given = {name.lower(): value for name, value in headers.items() if _is_plain(name) and _is_plain(value)}
    name, hour, signatures = (str(given.get(f"webhook-{part}", "")) for part in ("id", "timestamp", "signature"))
    if not _ID.fullmatch(name) or not _HOUR.fullmatch(hour):
        return None
    content, known = _content(name, hour, body), tuple(secrets)
    if not any(_fits(secret, each, content) for each in signatures.split()[:_MOST] for secret in known):
        return None
    return Envelope(id=name, at=datetime.fromtimestamp(int(hour), UTC))


def _is_plain(text: object) -> bool:
    """Nobody signs what is no ASCII: bytes, a list, or letters that are no text have come from somewhere else."""
    return isinstance(text, str) and text.isascii()


def sign(body: bytes, *, secret: str, name: str, at: datetime) -> dict[str, str]:
    """The three headers with which a provider sends this body, under a `whsec_…` secret."""
    hour = str(int(at.timestamp()))
    return {"webhook-id": name, "webhook-timestamp": hour, "webhook-signature": f"v1,{_mac(secret, _content(name, hour, body))}"}


def _content(name: str, hour: str, body: bytes) -> bytes:
    return f"{name}.{hour}.".encode() + body


def _fits(secret: str, signature: str, content: bytes) -> bool:
    version, _, given = signature.partition(",")
    if version == "v1" and secret.startswith(_SHARED):
        return hmac.compare_digest(_mac(secret, content).encode(), given.encode())
    return version == "v1a" and secret.startswith(_PUBLIC) and fits(f"ed25519:{secret.removeprefix(_PUBLIC)}", given, content)


def _mac(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.digest(_decoded(secret.removeprefix(_SHARED)), content, "sha256")).decode()


def _decoded(text: str) -> bytes:
    """Nothing where it is no base64: a secret of no length is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
