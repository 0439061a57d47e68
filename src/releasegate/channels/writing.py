"""An email.message.Message, written as bytes in the way smtplib would, and in the same way each time."""

from collections.abc import Iterable
from email.generator import BytesGenerator
from email.message import Message
from email.policy import EmailPolicy, Policy
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any, TypeAlias

from releasegate.channels.addresses import is_address, read_addresses
from releasegate.channels.headers import Field
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


def check_people(message: AnyMessage, fields: Iterable[Field], *, where: str) -> None:
    """Refuse an address that the message does not have: `email` writes what an encoded name hides (`a@b,`) as one more recipient."""
    for name in _PEOPLE:
        values = message.get_all(name, [])
        if not all(hasattr(value, "addresses") for value in values):  # of the old kind: written as it stands
            continue
        place = Words("{where}, {name}", where=where, name=name)
        own = {address.addr_spec.casefold() for value in values for address in value.addresses}
        read = (address for field in fields if field.name == name for address in read_addresses(field.value, where=place))
        strange = [address for address in read if is_address(address) and address.casefold() not in own]
        if strange:
            raise ContentError(
                what=Words("a name in it would become one more address: {who}.", who=strange[0]),
                where=place,
                mend=Words("Write the name itself, not an encoded word."),
            )


_PEOPLE = ("from", "sender", "reply-to", "to", "cc", "bcc")


@lru_cache(maxsize=16)
def _with_linesep(policy: AnyPolicy, international: bool) -> AnyPolicy:  # noqa: FBT001 - part of the key of the cache
    if isinstance(policy, EmailPolicy):
        return policy.clone(linesep="\r\n", utf8=policy.utf8 or international)
    return policy.clone(linesep="\r\n")


def _is_international(message: AnyMessage) -> bool:
    """Whether an address, not only a name, needs more than ASCII: `email` would else encode it as if it were a name."""
    values = [value for name in _PEOPLE for value in message.get_all(name, ())]
    return any(
        not address.addr_spec.isascii() for value in values if not str(value).isascii() for address in getattr(value, "addresses", ())
    )
