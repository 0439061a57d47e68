"""Sends hostile fields on their way and judges what came of each: nothing that was not meant may stand on the wire."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from releasegate.channels.smtp import Smtp
from releasegate.checks import Letters, core_checks, run_checks
from releasegate.errors import ContentError, NotSent
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding, Outcome, Severity
from releasegate.model.parcel import Parcel
from releasegate.model.state import State
from releasegate.protocols import Context
from tests.hostile import wire
from tests.hostile.doors import ANNA, DOORS, NeverMade, Trip
from tests.hostile.values import Field, fields
from tests.smtp_server import ScriptedSmtp

AT = datetime(2026, 7, 1, 3, tzinfo=UTC)
INJECTION = "recipient-header-injection"
_PERCENT = re.compile("%0[aAdD]")
CHECKS = tuple(check for check in core_checks() if check.id in {INJECTION, "address-syntax", "address-invisible", "letter-unreadable"})
TITLE = "title"
STAMPED = ("date", "message-id")
PART = frozenset({"content-type", "content-transfer-encoding", "content-disposition", "mime-version"})


@dataclass
class Report:
    """What became of the fields. `injected` and `disagreements` are sentences; empty is good."""

    seed: int
    fields: int = 0
    never_made: int = 0
    refused: int = 0
    shut: int = 0
    not_sent: int = 0
    passed: int = 0
    mails: int = 0
    injected: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)
    by_door: dict[str, Counter[str]] = field(default_factory=dict)


def travel(seed: int, count: int) -> Report:
    """So many fields, each by one way in, and what passes the seal over loopback to a mail server."""
    report = Report(seed)
    ways = [*DOORS, TITLE]
    with ScriptedSmtp() as server:
        channel = Smtp(f"smtp://{server.host}:{server.port}", clock=lambda: AT)
        for each in fields(seed, count):
            _travel(report, each, ways[each.no % len(ways)], channel, server)
            del server.commands[:], server.received[:], server.raw[:]
        channel.close()
    return report


def _travel(report: Report, each: Field, way: str, channel: Smtp, server: ScriptedSmtp) -> None:
    report.fields += 1
    told = report.by_door.setdefault(way, Counter())
    if way == TITLE:
        _title(report, each)
        return
    try:
        trip = DOORS[way](each.value)
    except NeverMade:
        report.never_made += 1
        told["never made"] += 1
        return
    except ContentError as refused:
        report.refused += 1
        told["refused"] += 1
        if _is_harmless(each, way):
            report.disagreements.append(_sentence(each, way, f"harmless, and refused: {refused}"))
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it should have been a ContentError
        report.disagreements.append(_sentence(each, way, f"neither sealed nor refused: {error!r}"))
        return
    findings = look(trip.parcels)
    outcome = "shut" if findings else "passed"
    told[outcome] += 1
    setattr(report, outcome, getattr(report, outcome) + 1)
    report.disagreements += [_sentence(each, way, what) for what in _disagreements(each, way, trip, findings)]
    for no, parcel in enumerate(trip.parcels):
        try:
            channel.send(parcel, key=f"k{each.no}.{no}")
        except NotSent as refused:
            report.not_sent += 1
            if not findings:
                report.disagreements.append(_sentence(each, way, f"passed the checks, and the channel refused it: {refused}"))
            continue
        report.mails += 1
        report.injected += [_sentence(each, way, what) for what in _injected(trip, parcel, server)]
        report.disagreements += [_sentence(each, way, what) for what in _unseen(parcel, server.received[-1].data, findings)]


def look(parcels: tuple[Parcel, ...], title: str = "") -> tuple[Finding, ...]:
    """What the checks of headers and addresses say that shuts the gate; an error of a check shuts it too."""
    to = tuple(address for parcel in parcels for address in parcel.to)
    draft = Draft(
        id="d1",
        channel="news",
        title=title or parcels[0].title,
        state=State.DRAFTING,
        digest="0" * 64,
        reach=len(to),
        count=len(parcels),
        sender=parcels[0].sender,
    )
    results = run_checks(CHECKS, draft, Context(at=AT, letters=Letters(lambda: iter(parcels)), recipients=to))
    broken = tuple(Finding(check=each.check, where=each.error) for each in results if each.outcome is not Outcome.RAN)
    return broken + tuple(each for result in results for each in result.findings if each.severity is not Severity.INFO)


def _is_harmless(each: Field, way: str) -> bool:
    """Nobody could mean any harm by it there."""
    lists = {"To", "Cc", "Bcc", "Reply-To", "old To", "eml To", "text To"}
    if each.kind == "list":
        return (way in lists and each.value.isascii()) or way in lists - {"old To"}
    return each.kind == "harmless" and way in {
        "subject",
        "name in From",
        "name in To",
        "attachment's name",
        "old name in To",
        "eml subject",
        "text subject",
        "merge subject",
        "merge name",
        "merge link",
        "merge text",
        "list name",
    }


def _disagreements(each: Field, way: str, trip: Trip, findings: tuple[Finding, ...]) -> Iterator[str]:
    if findings:
        if _is_harmless(each, way):
            yield f"harmless, and a check says {findings}"
        return
    for parcel in trip.parcels:
        reached = {_canonical(address) for address in parcel.to}
        if trip.to is None or reached != set(trip.to):
            yield f"passed, and reaches {sorted(reached)}; named: {trip.to}"
        if trip.sender is None or _canonical(parcel.sender) not in trip.sender:
            yield f"passed, and comes from {parcel.sender}; named: {trip.sender}"


def _canonical(address: str) -> str:
    return (wire.addresses(address) or (address,))[0]


def _injected(trip: Trip, parcel: Parcel, server: ScriptedSmtp) -> Iterator[str]:
    """What stands on the wire and was not meant: a command, a recipient, a header, a text."""
    told = [line for line in server.commands if not line.upper().startswith(("EHLO ", "RSET"))]
    del server.commands[:]
    asked = [f"MAIL FROM:<{parcel.sender}>", *(f"RCPT TO:<{address}>" for address in parcel.to), "DATA"]
    if [line.split("> ")[0] + ">" * ("> " in line) for line in told] != asked:
        yield f"said to the server: {told}"
    mail = wire.scan(server.received[-1].data)
    meant = Counter((*STAMPED, *trip.names))
    if Counter(mail.names) - meant or (trip.body is not None and meant - Counter(mail.names)):
        yield f"its header: {mail.names}"
    if mail.lenient != mail.names:
        yield f"its header as lenient readers see it: {mail.lenient}"
    if trip.body is not None and mail.body != trip.body:
        yield f"its text: {mail.body[:80]!r}"
    for part in mail.parts:
        if set(part.names) - PART or part.lenient != part.names:
            yield f"the header of a part: {part.names}, {part.lenient}"


def _unseen(parcel: Parcel, mail: bytes, findings: tuple[Finding, ...]) -> Iterator[str]:
    """A line break that stands in the bytes and the check has not found, or the other way round."""
    texts = [*wire.scan(mail).values, *parcel.to, parcel.sender]
    found = any(finding.check == INJECTION for finding in findings)
    if not found and any(wire.hides(text) for text in texts):
        yield "a line break in the bytes, which the check has not found"
    # What is read once is often sent on: the check may see what two readings bring to light, other charsets too, and %0a in an address.
    if (
        found
        and not any(wire.hides(wire.decoded(text, **how)) for text in texts for how in ({}, {"charset": "utf-8"}))
        and not any(_PERCENT.search(address) for address in parcel.to)
    ):
        yield "the check found a line break, and none is in the bytes"


def _title(report: Report, each: Field) -> None:
    """A title, and a recipient, of a draft that is no mail: the check stands alone there."""
    told = report.by_door[TITLE]
    try:
        parcel = Parcel(body=b"{}", to=(ANNA,), title=each.value, media="application/json")
    except ValueError:
        report.never_made += 1
        told["never made"] += 1
        return
    found = look((parcel,))
    told["shut" if found else "passed"] += 1
    report.shut, report.passed = report.shut + bool(found), report.passed + (not found)
    broken = wire.hides(each.value)
    if broken != any(finding.check == INJECTION for finding in found):
        report.disagreements.append(_sentence(each, TITLE, f"line break in it: {broken}; the check found {found}"))


def _sentence(each: Field, way: str, what: str) -> str:
    return f"no. {each.no}, {way}, {each.value[:200]!a}: {what}"
