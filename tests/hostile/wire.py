"""What stands in a mail, read from its bytes by the rules of RFC 5321, 5322 and 2047 alone: neither `email` nor our own code has a say."""

import binascii
import re
from typing import NamedTuple

_WORD = re.compile(r"=\?([^?]+)\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"\?=[ \t]+=\?(?=[^?]+\?[bBqQ]\?)")
_BOUNDARY = re.compile(r'boundary="?([^";]+)')
_SPECIALS = frozenset('()<>[]:;@\\,"')


class Mail(NamedTuple):
    """The names of its header fields in lower case, as strict and as lenient readers see them; its values on one line each; its body."""

    names: tuple[str, ...]
    lenient: tuple[str, ...]
    values: tuple[str, ...]
    body: bytes

    @property
    def parts(self) -> tuple["Mail", ...]:
        """The parts of its body, where it has a boundary; of parts in parts the outer ones."""
        found = next((_BOUNDARY.search(value) for name, value in zip(self.names, self.values, strict=True) if name == "content-type"), None)
        if found is None:
            return ()
        pieces = (b"\r\n" + self.body).split(b"\r\n--" + found[1].encode())
        return tuple(scan(piece.removeprefix(b"\r\n")) for piece in pieces[1:] if not piece.startswith(b"--"))


def scan(mail: bytes) -> Mail:
    """Read this mail; what is no header field stands among the names as it is."""
    head, _, body = mail.partition(b"\r\n\r\n")
    fields = _fields(head.split(b"\r\n"))
    return Mail(
        tuple(name for name, _ in fields),
        tuple(name for name, _ in _fields([line.encode("utf-8", "surrogateescape") for line in _lines(head)])),
        tuple(value for _, value in fields),
        body,
    )


def _lines(head: bytes) -> list[str]:
    """The lines of whoever takes everything for a line end that Unicode or some mail server does."""
    return head.decode("utf-8", "surrogateescape").replace("\0", "\n").replace("\r\n", "\n").splitlines()


def _fields(lines: list[bytes]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("utf-8", "surrogateescape")
        if text[:1] in {" ", "\t"} and fields:
            fields[-1] = (fields[-1][0], fields[-1][1] + text)
            continue
        name, colon, value = text.partition(":")
        plain = bool(colon) and bool(name) and all("!" <= each <= "~" for each in name)
        fields.append((name.lower(), value) if plain else (f"no field: {text[:40]!r}", text))
    return fields


def breaks(text: str) -> bool:
    """It would not stay one line: a line end of any kind in it, or a NUL."""
    return "\0" in text or len(f"{text}x".splitlines()) > 1


def hides(text: str) -> bool:
    """It would not stay one line, now or once its encoded words are decoded."""
    return breaks(text) or breaks(decoded(text))


def decoded(value: str, *, charset: str = "") -> str:
    """The value with each encoded word read by itself; white space between two of them is none."""
    value = _BETWEEN.sub("?==?", value)
    return _WORD.sub(lambda found: _word(charset or found[1], found[2], found[3]), value)


def _word(charset: str, encoding: str, text: str) -> str:
    try:
        data = binascii.a2b_base64(text + "==") if encoding in "bB" else _from_q(text)
        return data.decode(charset.partition("*")[0], "replace")
    except (binascii.Error, LookupError, ValueError):
        return text


def _from_q(text: str) -> bytes:
    raw = text.replace("_", " ").encode("utf-8", "surrogatepass")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), raw)


def addresses(value: str) -> tuple[str, ...] | None:
    """Exactly whom a strict reader sees in this list of mailboxes, each once; None where it is no such list."""
    found: dict[str, None] = {}
    for item in _items(value):
        if not item:
            continue
        address = _mailbox(item)
        if address is None:
            return None
        found[address] = None
    return tuple(found) if value.strip(" \t") else None


def _items(value: str) -> list[list[str]]:
    """What stands between the commas, as tokens; comments left out. A token of one special sign stands for itself."""
    items: list[list[str]] = [[]]
    at = 0
    while at < len(value):
        sign = value[at]
        if sign in '"([':
            end = _end(value, at)
            if end < 0:
                return [["<"]]  # never closed: nobody can tell
            if sign != "(":
                items[-1].append(value[at:end])
            at = end
        elif sign == ",":
            items.append([])
            at += 1
        else:
            end = at + 1
            while sign not in _SPECIALS and end < len(value) and value[end] not in _SPECIALS:
                end += 1
            if value[at:end].strip(" \t") or items[-1]:
                items[-1].append(value[at:end])
            at = end
    return [_without_edges(item) for item in items]


def _without_edges(item: list[str]) -> list[str]:
    while item and not item[-1].strip(" \t"):
        item.pop()
    return item


def _end(value: str, begin: int) -> int:
    """Where what is opened here is closed; -1 where it never is."""
    closing = {'"': '"', "(": ")", "[": "]"}[value[begin]]
    depth, at = 1, begin + 1
    while at < len(value):
        if value[at] == "\\":
            at += 1
        elif value[at] == closing:
            depth -= 1
        elif value[at] == "(" == value[begin]:
            depth += 1
        at += 1
        if not depth:
            return at
    return -1


def _mailbox(item: list[str]) -> str | None:
    if item[-1] == ">":
        if item.count("<") != 1 or item.count(">") != 1:
            return None
        opens = item.index("<")
        name, item = item[:opens], item[opens + 1 : -1]
        if any(part in _SPECIALS for part in name):
            return None
    return _address(item)


def _address(parts: list[str]) -> str | None:
    """One addr-spec; with a local part in quotes that needs none written plainly."""
    if parts.count("@") != 1 or any(part in _SPECIALS - {"@"} for part in parts):
        return None
    at = parts.index("@")
    local, domain = (("".join(side)).strip(" \t") for side in (parts[:at], parts[at + 1 :]))
    if not local or not domain or any(each.isspace() for each in domain) or '"' in domain or "[" in local:
        return None
    if local.startswith('"'):
        if len([part for part in parts[:at] if part.strip(" \t")]) != 1:
            return None
        return f"{plainly(local)}@{domain.lower()}"
    return None if any(each.isspace() for each in local) or '"' in local else f"{local}@{domain.lower()}"


def plainly(local: str) -> str:
    """The local part without quotes that it does not need."""
    bare = re.sub(r"\\(.)", r"\1", local[1:-1]) if local.startswith('"') and len(local) > 1 else local
    needs = (
        not bare or bare.startswith(".") or bare.endswith(".") or ".." in bare or any(each in _SPECIALS or each.isspace() for each in bare)
    )
    return '"' + re.sub(r'(["\\])', r"\\\1", bare) + '"' if needs else bare
