"""Time stamps of an authority (RFC 3161), by the package `rfc3161-client` (extra `[sign]`)."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

from releasegate.diary import diary
from releasegate.errors import GateError
from releasegate.messages.words import Words
from releasegate.model.anchor import Anchor


def stamped(anchor: Anchor, ask: Callable[[bytes], bytes], roots: bytes) -> Anchor:
    """This anchor with the time stamp of the authority that `ask` gives a request to. GateError where its answer is not good."""
    client = _client()
    request = (
        client.TimestampRequestBuilder()
        .data(anchor.statement())
        .hash_algorithm(client.HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .build()
    )
    reply = ask(request.as_bytes())
    if fault := _fault(reply, anchor, roots, nonce=request.nonce):
        message = Words("The time stamp authority's answer is not good: {fault}. Nothing was kept of it.", fault=fault)
        raise GateError(message)
    return replace(anchor, token=base64.b64encode(reply).decode())


def stamp_fault(anchor: Anchor, roots: bytes) -> str:
    """Why its time stamp proves nothing, or "". The authority's certificate must have been good when it stamped, not now."""
    try:
        reply = base64.b64decode(anchor.token, validate=True)
    except (binascii.Error, ValueError):
        return Words("its time stamp cannot be read")
    return _fault(reply, anchor, roots)


def _fault(reply: bytes, anchor: Anchor, roots: bytes, *, nonce: int | None = None) -> str:
    client = _client()
    from cryptography.x509 import load_pem_x509_certificates

    try:
        builder = client.VerifierBuilder(roots=load_pem_x509_certificates(roots), nonce=nonce)
    except ValueError as error:
        message = Words("The root certificates of the time stamp authority cannot be read; they must be PEM.")
        raise GateError(message) from error
    try:
        response = client.decode_timestamp_response(reply)
        builder.build().verify_message(response, anchor.statement())
    except (client.VerificationError, ValueError) as error:
        diary().warning("a time stamp that proves nothing", position=anchor.position, error=str(error))
        return Words("its time stamp does not prove it")
    return ""


def _client() -> ModuleType:
    """The package; GateError that says how to get it where it is not installed."""
    try:
        import rfc3161_client
    except ImportError as error:
        message = Words("Time stamps need the extra 'sign': pip install 'releasegate[sign]'.")
        raise GateError(message) from error
    return rfc3161_client
