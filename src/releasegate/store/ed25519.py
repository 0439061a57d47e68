"""Signatures: Ed25519 by the package `cryptography` (extra `[sign]`), imported when first needed."""

import base64
import binascii
import contextlib
import os
import secrets
import stat
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from releasegate.channels.cause import cause
from releasegate.errors import GateError
from releasegate.messages.words import Words
from releasegate.policy.keys import key_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ed25519

_LENGTH = 32
_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Key:
    """A private key, read from its file; `public` is what others know it by."""

    __slots__ = ("_private", "public")

    def __init__(self, private: "ed25519.Ed25519PrivateKey") -> None:
        self._private = private
        self.public = written(private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"Key({self.public})"

    def sign(self, message: bytes) -> str:
        """The signature under these bytes, in base64."""
        return base64.b64encode(self._private.sign(message)).decode()


def nonce() -> str:
    """Something that was never there before."""
    return secrets.token_hex(16)


def written(public: bytes) -> str:
    """A public key as a policy has it."""
    return f"ed25519:{base64.b64encode(public).decode()}"


def make_key(path: Path) -> Key:
    """A new key in a new file that only its owner may read. Raises GateError where there is such a file already."""
    private = _ed25519().Ed25519PrivateKey.generate()
    from cryptography.hazmat.primitives import serialization as form

    text = private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        message = Words("The key {path} cannot be made: {error}.", path=str(path), error=cause(error))
        raise GateError(message) from error
    with os.fdopen(number, "wb") as file:
        file.write(text)
    return Key(private)


def refuse_open(path: Path) -> None:
    """Raises GateError where others than its owner may read this file. One that is not there is nobody's."""
    if path.exists() and path.stat().st_mode & _BY_OTHERS:
        message = Words("The private key {path} may be read by others than its owner. Make a new one; chmod 600.", path=str(path))
        raise GateError(message)


def read_key(path: Path) -> Key:
    """The key in this file. Raises GateError where it is none, or where others than its owner may read it."""
    private = _ed25519().Ed25519PrivateKey
    try:
        refuse_open(path)
        with path.open("rb") as file:
            text = file.read(10_000)
    except OSError as error:
        message = Words("The private key {path} cannot be read: {error}.", path=str(path), error=cause(error))
        raise GateError(message) from error
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found: object = None
    with contextlib.suppress(ValueError, TypeError):  # no PEM; under a passphrase
        found = load_pem_private_key(text, None)
    if not isinstance(found, private):
        message = Words("{path} holds no Ed25519 key as 'releasegate key' makes them.", path=str(path))
        raise GateError(message)
    return Key(found)


def fits(public: str, signature: str, message: bytes) -> bool:
    """Whoever holds this key signed exactly these bytes."""
    raw = key_bytes(public)
    if len(raw) != _LENGTH:
        return False
    curve = _ed25519()
    from cryptography.exceptions import InvalidSignature

    try:
        curve.Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(signature, validate=True), message)
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _ed25519() -> ModuleType:
    """The part of the package; GateError that says how to get it where it is not installed."""
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as error:
        message = Words("Signatures need the extra 'sign': pip install 'releasegate[sign]'.")
        raise GateError(message) from error
    return ed25519
