"""A mail and a list of people as the parcels that would leave; an address that no header can hold stays raw, for a check to name."""

from collections.abc import Iterator
from pathlib import Path

from releasegate.channels.addresses import is_address, read_addresses
from releasegate.channels.filling import recipient
from releasegate.channels.mail import seal_mail
from releasegate.channels.merge import merge
from releasegate.channels.people_csv import Fault, People, wrong
from releasegate.channels.text_template import mail_from_text
from releasegate.checks import read_letter
from releasegate.checks.addresses import is_plain
from releasegate.errors import ContentError
from releasegate.messages.words import Words
from releasegate.model.finding import Finding, Severity
from releasegate.model.parcel import Parcel

NOT_LISTED = "to-not-listed"
_SHOWN = 5
# Stands in the header alone, never in an envelope.
_NOBODY = "somebody@unreadable.invalid"


def as_mail(data: bytes, file: str, *, sender: str = "") -> bytes:
    """The file as a mail: an .eml as it is, anything else as a plain text."""
    return data if Path(file).suffix.lower() == ".eml" else mail_from_text(data, sender=sender, where=file)


def parcels_of(mail: bytes, people: People | None) -> Iterator[Parcel]:
    """Without people: the mail as it is addressed. With them: one for each row, `$fields` filled."""
    if people is None:
        yield from seal_mail(mail)
        return
    raw = [row[people.address] for row in people.rows]
    rows = ({**row, people.address: _NOBODY} if not _fits(row[people.address]) else row for row in people.rows)
    mails = merge(mail, rows, address_column=people.address, name_column=people.name)
    for address, parcel in zip(raw, seal_mail(mails), strict=True):
        yield parcel if parcel.to == (address.strip(),) else _to(parcel, (address,))


def beside(mail: bytes, people: People | None) -> Iterator[Finding]:
    """Whom the mail's own To names, and the list does not: the list decides, so they get nothing, and somebody must be told."""
    if people is None:
        return
    listed = {row[people.address].strip().casefold() for row in people.rows}
    named = [each for each in read_letter(Parcel(body=mail), 1).to if "@" in each and each.casefold() not in listed]
    if named:
        names = ", ".join(dict.fromkeys(named[:_SHOWN])) + (" …" if named[_SHOWN:] else "")
        yield Finding(check=NOT_LISTED, severity=Severity.INFO, where="to", params={"names": names})


def check_addresses(people: People, *, where: str) -> None:
    """Every row can be addressed. ContentError shows what stands there instead of an address, as it was written, and in which lines."""
    cells = zip(people.rows.lines, (row[people.address] for row in people.rows), strict=True)
    if faults := [Fault(no, *_no_address(address)) for no, address in cells if not (is_plain(address) or _can_leave(address))]:
        raise wrong(faults, where=where)


def _can_leave(address: str) -> bool:
    return is_address(address.strip()) and _fits(address)


def _no_address(address: str) -> tuple[str, str]:
    several = address.count("@") > 1
    mend = (
        Words("Give each person a row.")
        if several
        else Words("Correct it, such as {example!r}, or take the line out.", example="name@example.jp")
    )
    return Words("{address!r} is not one address.", address=address), mend


def _fits(address: str) -> bool:
    """A header can hold it, and gives it back: what is no address would be read together with the name before it."""
    try:
        recipient(address, "", where="")
        return [address.strip()] == read_addresses(f"<{address.strip()}>", where="")
    except ContentError:
        return False


def _to(parcel: Parcel, to: tuple[str, ...]) -> Parcel:
    return Parcel(body=parcel.body, to=to, sender=parcel.sender, title=parcel.title, media=parcel.media)
