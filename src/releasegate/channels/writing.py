"""An email.message.Message, written as bytes in the way smtplib would, and in the same way each time."""

import re
from collections.abc import Iterable, Iterator
from email.errors import InvalidHeaderDefect
from email.generator import BytesGenerator
from email.message import Message
from email.policy import EmailPolicy, Policy
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from typing import Any, TypeAlias

from releasegate.channels.addresses import is_address, read_addresses
from releasegate.channels.headers import Field, is_one_line, split_header
from releasegate.errors import ContentError
from releasegate.messages.words import Words

# As strings: at run time neither class takes parameters.
AnyMessage: TypeAlias = "Message[Any, Any]"
AnyPolicy: TypeAlias = "Policy[Any]"

_FOLD = re.compile(r"\r?\n(?=[ \t])")


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


def check_written(message: AnyMessage, fields: list[Field], *, where: str) -> None:
    """Refuse a mail that was written with other fields, or to other people, than this message has: `email` does not see to it itself."""
    _compare(message, fields, where)
    _check_people(message, fields, where)
    for part in _parts(message):
        place = Words("{where}, {name}", where=where, name=part.get_content_type())
        _compare(part, split_header(_header_of(part), where=place)[0], place)


def _compare(message: AnyMessage, fields: list[Field], where: str) -> None:
    """Python 3.11.7 writes an encoded newline as a real one, and each Python does so in the name of an attachment."""
    names = [name.lower() for name in message.keys()]  # noqa: SIM118 - a Message iterates over no names
    if names != [field.name for field in fields] or not all(is_one_line(_unfolded(message, value)) for value in message.values()):
        raise ContentError(
            what=Words("its header was written with other fields than it has."),
            where=where,
            mend=Words("Take line breaks (also encoded ones) out of its values."),
        )


def _unfolded(message: AnyMessage, value: object) -> str:
    """Messages of the old kind keep the folded lines of a header in its value, and write no others."""
    return str(value) if isinstance(message.policy, EmailPolicy) else _FOLD.sub("", str(value))


def _parts(message: AnyMessage) -> Iterator[AnyMessage]:
    """The parts of this message and theirs. A mail within the mail is content, with whatever its header holds."""
    payload = message.get_payload()
    if isinstance(payload, list) and message.get_content_maintype() != "message":
        for part in (each for each in payload if isinstance(each, Message)):
            yield part
            yield from _parts(part)


def _header_of(part: AnyMessage) -> bytes:
    """The header of this part as it is written."""
    rules: Any = _with_linesep(part.policy, False)  # noqa: FBT003 - no address stands in the header of a part
    return b"".join(rules.fold_binary(name, value) for name, value in part.raw_items()) + b"\r\n"


def _check_people(message: AnyMessage, fields: Iterable[Field], where: str) -> None:
    """Refuse an address that the message does not have: `email` writes what an encoded name hides (`a@b,`) as one more recipient."""
    for name in _PEOPLE:
        values = message.get_all(name, [])
        if not all(hasattr(value, "addresses") for value in values):  # of the old kind: written as it stands
            continue
        place = Words("{where}, {name}", where=where, name=name)
        _check_repaired(values, place)
        own = {address.addr_spec.casefold() for value in values for address in value.addresses}
        read = (address for field in fields if field.name == name for address in read_addresses(field.value, where=place))
        strange = [address for address in read if is_address(address) and address.casefold() not in own]
        if strange:
            raise ContentError(
                what=Words("a name in it would become one more address: {who}.", who=strange[0]),
                where=place,
                mend=Words("Write the name itself, not an encoded word."),
            )


def _check_repaired(values: Iterable[Any], where: str) -> None:
    """Refuse what `email` has mended by guessing: a bracket, a quote or a comment that was never closed."""
    for defect in (each for value in values for each in value.defects):
        # A word without a domain (`To: readers`) stands as it was written: nothing was guessed, and a check names it.
        if isinstance(defect, InvalidHeaderDefect) and not str(defect).endswith("no domain"):
            raise ContentError(what=Words("it cannot be read: {error}.", error=defect), where=where, mend=Words("Check the quotes."))


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
