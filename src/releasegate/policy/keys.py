"""Public keys as they are compared: by their bytes, whatever the way of writing."""

import base64
import binascii
import re

_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_SSH_ED25519 = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20"


def key_bytes(key: str) -> bytes:
    """The key's own bytes: one key under two names, comments or encodings is one key."""
    words = key.split()
    body = words[1] if len(words) > 1 and words[0].startswith(("ssh-", "ecdsa-", "sk-")) else "".join(words)
    body = body.rpartition(":")[2]
    if _HEX.fullmatch(body):
        return bytes.fromhex(body)
    try:
        found = base64.b64decode(body.rstrip("=").replace("-", "+").replace("_", "/") + "=" * (-len(body.rstrip("=")) % 4), validate=True)
    except (binascii.Error, ValueError):
        return key.strip().encode()
    return found.removeprefix(_SSH_ED25519)
