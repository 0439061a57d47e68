"""Sealed parcels as a reader meets them: decoded for checks and people, never for sending."""

import re
from collections.abc import Callable, Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

import orjson

from releasegate.checks.bodies import Body
from releasegate.checks.decoding import decode, spoken, unfold
from releasegate.model.letter import Letter
from releasegate.model.parcel import JSON, MAIL, Parcel

KEEP = 16_000_000
# No mail has a header without a name: a letter with this one is a post or a request, and has no subject line.
KIND = ""
_BARE_CR = re.compile(rb"\r(?!\n)")
_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")


class Letters:
    """The letters of a draft, to be gone through as often as one likes; `parcels` gives the sealed parcels from the start each time.

    They are parsed once and kept while they are small; of a large draft none is kept, and each pass parses anew.
    """

    def __init__(self, parcels: Callable[[], Iterable[Parcel]], *, keep: int = KEEP) -> None:
        self._parcels = parcels
        self._keep = keep
        self._kept: tuple[Letter, ...] | None = None

    def __iter__(self) -> Iterator[Letter]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Letter] = []
        size = 0
        for no, parcel in enumerate(self._parcels(), start=1):
            letter = read_letter(parcel, no)
            size += len(letter.text) + len(letter.html) + 2000
            if size <= self._keep:
                kept.append(letter)
            else:
                kept.clear()
            yield letter
        if size <= self._keep:
            self._kept = tuple(kept)


def read_letter(parcel: Parcel, no: int) -> Letter:
    """How this parcel looks to a reader. Never raises: what cannot be read stands in `defects`."""
    defects: list[str] = []
    if parcel.media == MAIL:
        return _read_mail(parcel, no, defects)
    text = _read_json(parcel.body, defects) if parcel.media == JSON else decode(parcel.body, "utf-8", defects)
    return Letter(
        no=no,
        subject=parcel.title,
        sender=parcel.sender,
        envelope=parcel.to,
        text=text,
        headers=((KIND, parcel.media),),
        defects=tuple(defects),
    )


def _read_json(body: bytes, defects: list[str]) -> str:
    """Every string with the path to it, a line each."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        defects.append("the body is not JSON")
        return decode(body, "utf-8", defects)
    return "\n".join(f"{path}: {text}" if path else text for path, text in _strings(value))


def _strings(value: object) -> Iterator[tuple[str, str]]:
    waiting: list[tuple[str, object]] = [("", value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, str):
            yield path, each
        elif isinstance(each, dict):
            waiting += [(f"{path}.{key}".lstrip("."), inner) for key, inner in reversed(each.items())]
        elif isinstance(each, list):
            waiting += [(f"{path}.{at}".lstrip("."), inner) for at, inner in reversed(list(enumerate(each)))]


def parse_mail(mail: bytes, defects: list[str]) -> Message:
    """The parts of this mail; of one whose parts lie too deep within each other its header alone."""
    # compat32: the newer policy parses every header into a tree, which costs ten times as much.
    try:
        return message_from_bytes(mail)
    except RecursionError:
        defects.append("parts within parts")
    head = BytesHeaderParser().parsebytes(mail)
    del head["content-type"]
    head.set_payload("")
    return head


def _read_mail(parcel: Parcel, no: int, defects: list[str]) -> Letter:
    message = parse_mail(parcel.body, defects)
    if _BARE_CR.search(parcel.body.replace(b"\r\n", b"\n").partition(b"\n\n")[0]):
        defects.append("a bare carriage return in the headers")
    raw = [(name, unfold(str(value), defects)) for name, value in message.raw_items()]
    headers = tuple((name, spoken(value, defects)) for name, value in raw)
    body = Body(defects)
    body.read(message)
    return Letter(
        no=no,
        subject=_first(headers, "subject"),
        sender=_first(headers, "from") or parcel.sender,
        to=_addresses(raw, "to"),
        cc=_addresses(raw, "cc"),
        envelope=parcel.to,
        text=body.text,
        html="\n".join(body.pages),
        headers=headers,
        attachments=tuple(body.attachments),
        defects=tuple(dict.fromkeys(defects)),
    )


def _first(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _addresses(headers: Iterable[tuple[str, str]], name: str) -> tuple[str, ...]:
    """The bare addresses of these headers; where the list cannot be parsed, everything in it that looks like one."""
    found: list[str] = []
    for value in (value for key, value in headers if key.lower() == name):
        parsed = [address for _, address in getaddresses([value]) if address]
        found += parsed if "@" in "".join(parsed) else _ADDRESS.findall(value)
    return tuple(found)
