"""Bytes and headers as text; what does not fit is replaced, and named among the defects. Never raises."""

import re
from email.errors import MessageError
from functools import lru_cache

from releasegate.checks.encoded_words import chunks

# Signs that Python's own codecs (unicode_escape, utf-7, hz, EBCDIC) take for something else than readers' programs do.
_PROBE = bytes(each for each in range(32, 127) if each != ord("\\")) + rb" \x41 \u0041 ~{<:Ky!#~} +AEE- a-b"
_FOLD = re.compile(r"\r?\n(?=[ \t])")
# Mail that declares the narrow set and uses the wider one of Windows is read by every reader's program.
_WIDER = {
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "gb2312": "gb18030",
}


def decode(data: bytes, charset: str, defects: list[str]) -> str:
    """The text of these bytes; what does not fit its charset is replaced and named."""
    if not _keeps_ascii(charset):
        defects.append(f"unknown charset {charset[:40]!r}")
        return data.decode("utf-8", "replace")
    for name in (charset, _WIDER.get(charset.lower(), charset)):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
        except (LookupError, ValueError, RuntimeError):
            defects.append(f"unknown charset {charset[:40]!r}")
            return data.decode("utf-8", "replace")
    defects.append(f"text that does not fit {charset[:40]!r}")
    try:
        return data.decode(charset, "replace")
    except ValueError:  # a codec for something else than text
        return data.decode("utf-8", "replace")


@lru_cache(maxsize=64)
def _keeps_ascii(charset: str) -> bool:
    """False for a charset in which plain letters are others: only Python reads it so. An unknown one is named when it is read."""
    try:
        return _PROBE.decode(charset) == _PROBE.decode("ascii")
    except UnicodeDecodeError:
        return False
    except (LookupError, ValueError, RuntimeError):
        return True


def unfold(value: str, defects: list[str]) -> str:
    """The header's value on one line."""
    if not value.isascii():
        value = decode(value.encode("utf-8", "surrogateescape"), "utf-8", defects)
    return _FOLD.sub("", value)


def spoken(value: str, defects: list[str]) -> str:
    """The header's value with its encoded words decoded."""
    if "=?" not in value:
        return value
    try:
        found = chunks(value)
    except (MessageError, ValueError):
        defects.append("an encoded word that cannot be read")
        return value
    return "".join(chunk if isinstance(chunk, str) else decode(chunk, charset or "utf-8", defects) for chunk, charset in found)


def words(value: str) -> str:
    """This value of a header as a reader sees it."""
    return spoken(value, [])
