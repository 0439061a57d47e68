"""The encoded words of a header (RFC 2047), told from what stands between them."""

import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header

_WORD = r"=\?[^?]*\?[bBqQ]\?.*?\?="
_RUN = re.compile(rf"((?:{_WORD}(?:\s+(?={_WORD}))?)+)", re.DOTALL)


def chunks(value: str) -> list[tuple[bytes | str, str | None]]:
    """The value in pieces: what was encoded as bytes with its charset, what stands between it as it is. Raises ValueError or MessageError.

    `email` tells letters beyond ASCII beside an encoded word by their numbers, which no reader ever sees.
    """
    return decode_header(value) if value.isascii() else list(_chunks(value))


def _chunks(value: str) -> Iterator[tuple[bytes | str, str | None]]:
    for no, piece in enumerate(_RUN.split(value)):
        if not no % 2:
            yield piece, None
        elif piece.isascii():
            yield from decode_header(piece)
        else:
            message = "letters beyond ASCII within an encoded word"
            raise HeaderParseError(message)
