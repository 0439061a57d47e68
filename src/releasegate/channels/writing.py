"""An email.message.Message, written as bytes in the way smtplib would, and in the same way each time."""

from email.generator import BytesGenerator
from email.message import Message
from email.policy import EmailPolicy, Policy
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any, TypeAlias

from releasegate.errors import ContentError
from releasegate.messages.words import Words

# As strings: at run time neither class takes parameters.
AnyMessage: TypeAlias = "Message[Any, Any]"
AnyPolicy: TypeAlias = "Policy[Any]"


class _Writer(BytesGenerator):
    """Makes the boundary from what it stands between. A random one would make another text of the same mail built again."""

    @classmethod
    def _make_boundary(cls, text: bytes | None = None) -> str:  # bytes in a BytesGenerator
        return f"=={sha256(text or b'').hexdigest()[:40]}=="


def write_message(message: AnyMessage, *, where: str) -> bytes:
    """The bytes of this message, with CRLF for each line end."""
    out = BytesIO()
    try:
        writer: Any = _Writer(out, mangle_from_=False, policy=_with_linesep(message.policy, _is_international(message)))
        writer.flatten(message)
    except Exception as error:  # `email` raises whatever it happens to meet: LookupError, UnicodeError, AttributeError …
        raise ContentError(
            what=Words("it cannot be written: {error!r}.", error=error), where=where, mend=Words("Look at its headers and parts.")
        ) from error
    return out.getvalue()


@lru_cache(maxsize=16)
def _with_linesep(policy: AnyPolicy, international: bool) -> AnyPolicy:  # noqa: FBT001 - part of the key of the cache
    if isinstance(policy, EmailPolicy):
        return policy.clone(linesep="\r\n", utf8=policy.utf8 or international)
    return policy.clone(linesep="\r\n")


def _is_international(message: AnyMessage) -> bool:
    """Whether an address, not only a name, needs more than ASCII: `email` would else encode it as if it were a name."""
    values = [value for name in ("from", "sender", "reply-to", "to", "cc", "bcc") for value in message.get_all(name, ())]
    return any(
        not address.addr_spec.isascii() for value in values if not str(value).isascii() for address in getattr(value, "addresses", ())
    )
