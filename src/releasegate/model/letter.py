"""How a parcel looks to a reader: what checks read. Never what leaves."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A part that a reader opens by itself."""

    name: str
    media: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One parcel as a reader meets it: decoded headers, text and HTML. `no` counts from 1; `envelope` are the addresses it leaves for.

    `to` and `cc` are the raw addresses of those headers, which every reader sees; `headers` holds each header's decoded value in order.
    """

    no: int
    subject: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    envelope: tuple[str, ...] = ()
    text: str = ""
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[Attachment, ...] = field(default_factory=tuple)
    defects: tuple[str, ...] = ()
