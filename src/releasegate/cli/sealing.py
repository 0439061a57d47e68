"""A mail and a list of people as the parcels that would leave; an address that no header can hold stays raw, for a check to name."""

import re
from collections.abc import Iterator
from pathlib import Path

from releasegate.channels.filling import recipient
from releasegate.channels.mail import seal_mail
from releasegate.channels.merge import merge
from releasegate.channels.people_csv import People
from releasegate.channels.text_template import mail_from_text
from releasegate.checks import read_letter
from releasegate.errors import ContentError
from releasegate.model.parcel import Parcel

_FIELD = re.compile(r"\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[^{}$\r\n]+\})")
# Stands in the header alone, never in an envelope.
_NOBODY = "somebody@unreadable.invalid"
_ADDRESSED = re.compile(rb"^(?:to|cc|bcc)[ \t]*:", re.IGNORECASE | re.MULTILINE)


def as_mail(data: bytes, file: str, *, sender: str = "") -> bytes:
    """The file as a mail: an .eml as it is, anything else as a plain text."""
    return data if Path(file).suffix.lower() == ".eml" else mail_from_text(data, sender=sender, where=file)


def parcels_of(mail: bytes, people: People | None) -> Iterator[Parcel]:
    """Without people: the mail as it is addressed. With `$fields`: one for each person. Without: one mail to all of them, as if in Bcc."""
    if people is None:
        yield from seal_mail(mail)
    elif has_fields(mail):
        yield from _one_each(mail, people)
    else:
        yield from _one_for_all(mail, people)


def has_fields(mail: bytes) -> bool:
    """Its subject, text or HTML holds a `$field`."""
    letter = read_letter(Parcel(body=mail), 1)
    return any(_FIELD.search(part) for part in (letter.subject, letter.text, letter.html))


def _one_each(mail: bytes, people: People) -> Iterator[Parcel]:
    raw = [row[people.address] for row in people.rows]
    rows = ({**row, people.address: _NOBODY} if not _fits(row[people.address]) else row for row in people.rows)
    mails = merge(mail, rows, address_column=people.address, name_column=people.name)
    for address, parcel in zip(raw, seal_mail(mails), strict=True):
        yield parcel if parcel.to == (address.strip(),) else _to(parcel, (address,))


def _one_for_all(mail: bytes, people: People) -> Iterator[Parcel]:
    """Who stands in its To and Cc gets it too; whoever is in both, once."""
    head = re.split(rb"\r?\n\r?\n", mail, maxsplit=1)[0]
    addressed = _ADDRESSED.search(head) is not None
    (parcel,) = seal_mail(mail if addressed else b"Bcc: " + _NOBODY.encode() + b"\n" + mail)
    named = parcel.to if addressed else ()
    yield _to(parcel, (*named, *(row[people.address] for row in people.rows if row[people.address] not in named)))


def _fits(address: str) -> bool:
    try:
        recipient(address, "", where="")
    except ContentError:
        return False
    return True


def _to(parcel: Parcel, to: tuple[str, ...]) -> Parcel:
    return Parcel(body=parcel.body, to=to, sender=parcel.sender, title=parcel.title, media=parcel.media)
