"""A case of a check in neutral words, and what the check says of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from releasegate.channels.mail import seal_mail
from releasegate.channels.merge import merge
from releasegate.checks import Letters, build_checks, run_check, run_checks
from releasegate.model.declared import Declared
from releasegate.model.draft import Draft
from releasegate.model.finding import CheckResult, Outcome, Severity
from releasegate.model.letter import Letter
from releasegate.model.parcel import Parcel
from releasegate.model.schedule import parse_schedule
from releasegate.model.state import Role, State
from releasegate.protocols import Carried, Check, Context, LastSend

NOW = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
BULK = ("bulk_email",)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of tests/cases: run only `check` on `input`, and expect `pass`, `warn` or `block`."""

    id: str
    check: str
    input: Mapping[str, Any]
    expect: str
    why: str = ""
    rules: Mapping[str, Any] = field(default_factory=dict)


def judge(case: Case) -> tuple[str, CheckResult]:
    """What this check says of this input, and all that it found."""
    check = next(each for each in build_checks({case.check: _rules(case)}) if each.id == case.check)
    given = dict(case.input)
    with TemporaryDirectory() as folder:
        if case.check in _SUPPRESSION:
            Path(folder, "suppressed.csv").write_text("\n".join(["email", *given.pop("suppressed")]), encoding="utf-8")
        result = run_check(check, _draft(given), replace(_context(given), folder=folder))
    return verdict(result), result


def verdict(result: CheckResult) -> str:
    """`pass`, `warn` or `block`."""
    severities = {each.severity for each in result.findings}
    if result.outcome is Outcome.ERROR or Severity.BLOCKER in severities:
        return "block"
    return "warn" if severities & {Severity.WARNING, Severity.UNKNOWN} or result.outcome is Outcome.NOT_LOOKED else "pass"


def look(check: Check, **about: Any) -> tuple[CheckResult, ...]:  # noqa: ANN401 - the words of a case
    """Run this check over an input in the words of the cases, alone and in one pass."""
    return run_check(check, _draft(about), _context(about)), *run_checks([check], _draft(about), _context(about))


_SUPPRESSION = frozenset({"suppressed-recipient"})
_PARAMETERS = {
    "count-declared": ("tolerance", "required_on", "required_above"),
    "list-changed-since-approval": ("mode",),
    "holiday-weekend": ("closures", "calendars", "weekend", "zone"),
    "embargo-early": ("agreed",),
    "duplicate-send": ("days", "similarity", "overlap", "repeating"),
    "to-cc-instead-of-bcc": ("internal_domains", "warn_at", "block_at", "freemail_domains"),
    "address-syntax": ("allow_smtputf8", "allow_quoted_local", "carrier_domains"),
    "placeholder-unresolved": ("allow", "syntaxes"),
    "test-text": ("allow", "words"),
    "url-non-public": ("allow", "patterns", "ports"),
    "url-placeholder": ("hosts",),
    "duplicate-recipients": ("action",),
    "recipients-empty": ("min",),
    "schedule-past": ("grace_minutes",),
    "undo-window": ("minutes",),
    "send-window": ("windows", "zone"),
    "list-size-change": ("warn_ratio", "block_ratio", "min_abs_change"),
}


def _rules(case: Case) -> dict[str, Any]:
    """The settings of this check that stand in the input."""
    rules = {name: case.input[name] for name in _PARAMETERS.get(case.check, ()) if name in case.input}
    if case.check in _SUPPRESSION:
        rules["sources"] = ["suppressed.csv"]
    if "calendar" in case.input:
        rules["calendars"] = [case.input["calendar"]]
    if "embargo_recipients" in case.input:
        rules["agreed"] = case.input["embargo_recipients"]
    if "window" in case.input:
        opens, closes = case.input["window"]
        rules["windows"] = [{"opens": opens, "closes": closes}]
    return rules


def _draft(given: Mapping[str, Any]) -> Draft:
    at = given.get("scheduled_at")
    zone = given.get("timezone") or ""
    recipients = _recipients(given)
    return Draft(
        id="case",
        channel=given.get("channel", "email"),
        title=given.get("title", given.get("subject", "")),
        state=State.DRAFTING,
        digest=_digest(given),
        reach=given.get("recipients_count", len(recipients)),
        count=len(given.get("letters", (1,))),
        sender=given.get("sender", ""),
        schedule=parse_schedule(f"{at} {zone}".strip() if at else None),
        opened=_moment(given["opened"]) if "opened" in given else None,
        declared=Declared.read(given.get("declared_count"), given.get("embargo_at"), default_zone=zone or "UTC"),
    )


def _context(given: Mapping[str, Any]) -> Context:
    channel: dict[str, Any] = {"bulk": given.get("channel") in BULK}
    earlier = tuple(_earlier(given))
    if "undo" in given:
        channel["undo"] = given["undo"]
    letters: Iterable[Letter] = (_letter(given, 1),)
    if "rows" in given:
        letters = Letters(lambda: seal_mail(_merged(given)))
    elif "raw" in given:
        letters = Letters(lambda: iter((Parcel(body=given["raw"].encode("utf-8", "surrogateescape"), to=("a@kisha.co.jp",)),)))
    elif given.get("parcel"):
        letters = Letters(lambda: iter((Parcel(body=_mail(given), to=_recipients(given)),)))
    return Context(
        at=_moment(given.get("now", "2026-11-24T09:00:00+09:00")),
        letters=letters,
        recipients=_recipients(given),
        channel=channel | ({"bulk": True} if "history_counts" in given else {}),
        last_sends=tuple(
            LastSend(draft_id=f"d{no}", at=NOW, digest="", reach=each) for no, each in enumerate(given.get("history_counts", ()))
        )
        or earlier,
        earlier=lambda since: [each for each in earlier if each.at >= since],
        carried=_carried(given),
    )


def _earlier(given: Mapping[str, Any]) -> Iterator[LastSend]:
    """What has left before, the newest first: to that share of the same people, and to as many others."""
    people = _recipients(given)
    for no, each in enumerate(given.get("history", ())):
        had = round(len(people) * each["overlap"])
        yield LastSend(
            draft_id=f"d{no}",
            at=_moment(each["at"]),
            digest=f"{_digest(given)}:{no}",
            reach=len(people),
            channel=each.get("channel", given.get("channel", "email")),
            letters=(_letter({**given, "text": each["digest"], "html": "", **each}, 1),),
            recipients=(*people[:had], *(f"other{other}@kisha.co.jp" for other in range(len(people) - had))),
        )


def _carried(given: Mapping[str, Any]) -> tuple[Carried, ...]:
    """The list that was approved against the one that there is."""
    if "approved_recipients" not in given:
        return ()
    saw, now = given["approved_recipients"], _recipients(given)
    role = Role(given.get("role", "approver"))
    return (Carried(by="chie", role=role, gained=tuple(x for x in now if x not in saw), lost=tuple(x for x in saw if x not in now)),)


def _recipients(given: Mapping[str, Any]) -> tuple[str, ...]:
    everybody = given.get("recipients", [*given.get("to", ()), *given.get("cc", ()), *given.get("bcc", ())])
    if "history" in given and not everybody:
        return tuple(f"reader{no}@kisha.co.jp" for no in range(100))
    return tuple(each for each in everybody if each not in given.get("suppressed", ()))


def _digest(given: Mapping[str, Any]) -> str:
    return sha256(repr(sorted(given.items())).encode()).hexdigest()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _letter(given: Mapping[str, Any], no: int) -> Letter:
    """What the input says, not more: a header that it does not name is not missing."""
    return Letter(
        no=no,
        subject=given.get("subject", "" if "subject" in given else "七月号のご案内"),
        sender=given.get("from", ""),
        to=tuple(given.get("to", ())),
        cc=tuple(given.get("cc", ())),
        envelope=_recipients(given),
        text=given.get("text", given.get("digest", "")),
        html=given.get("html", ""),
        headers=tuple(given.get("headers", {}).items()),
    )


def _merged(given: Mapping[str, Any]) -> Iterator[bytes]:
    """One mail for each row; fields may be written `{{name}}`, as other engines do."""
    text = re.sub(r"\{\{(\w+)\}\}", r"${\1}", given["template"])
    subject = re.sub(r"\{\{(\w+)\}\}", r"${\1}", given.get("subject", "七月号のご案内"))
    return merge(_mail({**given, "text": text, "subject": subject}), given["rows"], address_column="email")


def _mail(given: Mapping[str, Any]) -> bytes:
    """The input as the bytes of a mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = given.get("from", "pr@a.co.jp")
    mail["To"] = ", ".join(given.get("to", ["readers@a.co.jp"]))
    mail["Subject"] = given.get("subject", "七月号のご案内")
    mail.set_content(given.get("text", ""))
    if "html" in given:
        mail.add_alternative(given["html"], subtype="html")
    return mail.as_bytes()
