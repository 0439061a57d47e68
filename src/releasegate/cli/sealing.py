"""A mail and a list of people as the parcels that would leave; an address that no header can hold stays raw, for a check to name."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from releasegate.channels.addresses import is_address, read_addresses
from releasegate.channels.filling import recipient
from releasegate.channels.headers import split_header
from releasegate.channels.mail import THE_MAIL, seal_mail
from releasegate.channels.merge import THE_TEMPLATE, merge
from releasegate.channels.people_csv import Fault, People, wrong
from releasegate.channels.text_template import mail_from_text
from releasegate.checks import read_letter
from releasegate.checks.addresses import is_plain
from releasegate.checks.texts import text_missing
from releasegate.checks.unreadable import letter_unreadable
from releasegate.errors import ContentError
from releasegate.messages import finding
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Severity
from releasegate.model.parcel import Parcel
from releasegate.model.state import State
from releasegate.policy.check_rules import CheckRules
from releasegate.protocols import Context

NOT_LISTED = "to-not-listed"
_SHOWN = 5
# Stands in the header alone, never in an envelope.
_NOBODY = "somebody@unreadable.invalid"


def as_mail(data: bytes, file: str, *, sender: str = "") -> bytes:
    """The file as a mail: an .eml as it is, anything else as a plain text."""
    return data if Path(file).suffix.lower() == ".eml" else mail_from_text(data, sender=sender, where=file)


def parcels_of(mail: bytes, people: People | None, *, where: str = "") -> Iterator[Parcel]:
    """Without people: the mail as it is addressed. With them: one for each row, `$fields` filled; `where` is what their list is called."""
    if people is None:
        yield from seal_mail(mail)
        return
    raw = [row[people.address] for row in people.rows]
    rows = ({**row, people.address: _NOBODY} if not _fits(row[people.address]) else row for row in people.rows)
    mails = merge(mail, rows, address_column=people.address, name_column=people.name, place=lines_of(people, where))
    for address, parcel in zip(raw, seal_mail(mails), strict=True):
        yield parcel if parcel.to == (address.strip(),) else _to(parcel, (address,))


def mails_of(mail: bytes, people: People | None, *, where: str) -> bytes | Iterator[bytes]:
    """What a channel seals: the mail as it is addressed, or one for each row of the list called `where`."""
    if people is None:
        return mail
    return merge(mail, people.rows, address_column=people.address, name_column=people.name, place=lines_of(people, where))


def lines_of(people: People, where: str) -> Callable[[int], str]:
    """What the row of each number is called: the line of the list on which it begins."""
    return lambda no: Words("{where}, line {no}", where=where, no=people.rows.lines[no - 1])


@contextmanager
def named(file: str) -> Iterator[None]:
    """Whatever is wrong with the mail or the template is wrong with this file."""
    try:
        yield
    except ContentError as error:
        raise ContentError(error.what, where=_called(error.where, file), mend=error.mend) from error


def _called(where: str, file: str) -> str:
    if where in {THE_MAIL, THE_TEMPLATE}:
        return file
    if not isinstance(where, Words):
        return where
    return Words(where.template, **{name: _called(fact, file) if isinstance(fact, Words) else fact for name, fact in where.facts.items()})


def check_whole(mail: bytes, rules: Mapping[str, CheckRules], lang: str) -> None:
    """The mail can be read, and says something. ContentError where those checks shut the gate: the text that stands is worth more.

    What the rules make a warning of is kept as a draft, for somebody to waive.
    """
    split_header(mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), where=THE_MAIL)
    draft = Draft(id="", channel="", title="", state=State.DRAFTING, digest="", reach=1)
    context = Context(at=datetime.now(UTC), letters=(read_letter(Parcel(body=mail), 1),))
    for check in (letter_unreadable, text_missing):
        own = rules.get(check.id, CheckRules()).severity
        for found in check(draft, context):
            if (own or found.severity) is Severity.BLOCKER:
                what, mend = finding(found, lang)
                raise ContentError(what, where=THE_MAIL, mend=mend)


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
