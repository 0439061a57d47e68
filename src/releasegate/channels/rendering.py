"""What a provider renders, sealed: the template as it was read, the data, and the list; not the mails, which nobody here has."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from releasegate.channels.data import seal_json
from releasegate.errors import ContentError
from releasegate.messages.words import Words
from releasegate.model.manifest import canonical
from releasegate.model.parcel import Parcel

ADDRESS = "address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A campaign as the provider holds it: template `template` reads `body` there, list `audience` holds `people`; `data` is ours.

    `people` are rows, each with an `address`, and whatever else the provider puts into the mail; their order means nothing.
    """

    template: str
    body: Mapping[str, Any]
    audience: str
    people: Iterable[Mapping[str, str]]
    title: str
    data: Mapping[str, Any] = field(default_factory=dict)


def seal_rendering(content: Rendering) -> Iterator[Parcel]:
    """One parcel for the whole list: its addresses in the envelope, of its rows the digest; another row of it makes another digest."""
    rows = sorted((_row(each, no) for no, each in enumerate(content.people, start=1)), key=lambda row: row[1])
    sealed = {
        "template": {"id": content.template, "body": content.body},
        "data": content.data,
        "list": {"id": content.audience, "count": len(rows), "sha256": sha256(b"\n".join(row for _, row in rows)).hexdigest()},
    }
    yield from seal_json(sealed, reach=len(rows), title=content.title, to=[address for address, _ in rows])


def _row(row: Mapping[str, str], no: int) -> tuple[str, bytes]:
    address = row.get(ADDRESS, "")
    if not address or not all(isinstance(value, str) for value in row.values()):
        raise ContentError(
            what=Words("it has no `address`, or a value in it is no text."),
            where=Words("row no. {no} of the list", no=no),
            mend=Words("Give each row an `address`, and every value as a string."),
        )
    return address, canonical(dict(row))
