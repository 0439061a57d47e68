"""A provider's signature under a webhook, for tests of the way in."""

import hashlib
from datetime import datetime

from releasegate.channels.webhook import sign


def sign_webhook(body: bytes, *, secret: str, at: datetime, name: str = "") -> dict[str, str]:
    """The headers with which a provider sends this body (Standard Webhooks, `v1`). `name` is the webhook's id; left out, another one for
    each body and each second.
    """  # noqa: D205 - one promise
    made = hashlib.sha256(f"{at.timestamp()}".encode() + body).hexdigest()[:24]
    return sign(body, secret=secret, name=name or f"msg_{made}", at=at)
