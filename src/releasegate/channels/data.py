"""What is not a mail, sealed: canonical JSON, and plain text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from releasegate.errors import ContentError
from releasegate.messages.words import Words
from releasegate.model.manifest import canonical
from releasegate.model.parcel import JSON, Parcel

TEXT = "text/plain"


def seal_json(content: Mapping[str, Any], *, reach: int, title: str, to: Iterable[str] = ()) -> Iterator[Parcel]:
    """One parcel: the canonical JSON (RFC 8785) of this content, which reaches `reach` people."""
    try:
        body = canonical(dict(content))
    except (TypeError, ValueError) as error:
        raise ContentError(
            what=Words("it has no canonical JSON: {error}", error=error),
            where=title,
            mend=Words("Floats are written in more than one way: give amounts as strings or as integers of the smallest unit."),
        ) from error
    yield Parcel(body=body, to=tuple(to), title=title, reach=reach, media=JSON)


def seal_text(content: str, *, reach: int, title: str = "", to: Iterable[str] = ()) -> Iterator[Parcel]:
    """One parcel: this text in UTF-8, as it stands, which reaches `reach` people. The title is its first line where none is given."""
    try:
        body = content.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ContentError(
            what=Words("half a character stands at {place}.", place=error.start),
            where=title,
            mend=Words("Repair the text where it was cut."),
        ) from error
    yield Parcel(body=body, to=tuple(to), title=title or next(iter(content.strip().splitlines()), ""), reach=reach, media=TEXT)
