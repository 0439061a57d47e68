"""`check`: the checks on real files, without a store."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from releasegate import messages
from releasegate.cli.examination import Examined, Task, examine
from releasegate.cli.exits import Exit
from releasegate.cli.options import Json
from releasegate.cli.session import Session
from releasegate.cli.writing import ENCODING, list_bytes, mail_bytes
from releasegate.messages.sentence import sentences
from releasegate.messages.voice import Voice
from releasegate.model.finding import Finding, Severity
from releasegate.model.schedule import parse_schedule
from releasegate.policy.policy import Policy


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(check)


def check(  # noqa: PLR0913 - each is an option of the command
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="The mail: an .eml file or a text.")],
    *,
    recipients: Annotated[
        str, typer.Option("--recipients", help="The people: a CSV file. Without it: the mail's own To, Cc and Bcc.")
    ] = "",
    encoding: Annotated[str, typer.Option("--encoding", help=ENCODING)] = "",
    send_at: Annotated[str, typer.Option("--send-at", help="Such as '2026-12-01 10:00 Asia/Tokyo'.")] = "",
    policy: Annotated[str, typer.Option("--policy", help="A policy file; CHANNEL after a colon where it has several (FILE:CHANNEL).")] = "",
    offline: Annotated[bool, typer.Option("--offline", help="What needs the network is listed, and does not shut.")] = False,
    as_json: Json = False,
) -> None:
    """What the checks say of these files, failed first. Exit 0 where nothing shuts, 3 where something must be mended."""
    session: Session = context.obj
    found = examine(_task(session, (file, recipients), send_at, policy, encoding=encoding))
    if as_json:
        print(json.dumps(to_dict(found, session.lang, offline=offline), ensure_ascii=False, indent=2))
    else:
        print("\n".join(lines(found, session, Path(file).name, offline=offline)))
    session.end(Exit.DONE if is_open(found, offline=offline) else Exit.MEND)


def is_open(found: Examined, *, offline: bool) -> bool:
    """Nothing shuts; what has not been looked at does, unless it was asked for so."""
    return found.open and (offline or not found.asleep)


def _task(session: Session, names: tuple[str, str], send_at: str, policy: str, *, encoding: str) -> Task:
    """The files, read once."""
    file, recipients = names
    mail = mail_bytes(file)
    people = list_bytes(recipients) if recipients else None
    rules: dict[str, Any] = _rules(session, policy) if policy else {}
    zone = rules["policy"].channels[rules["channel"]].zone if rules else ""
    schedule = parse_schedule(send_at or None, default_zone=zone)
    read = Task(mail=mail, people=people, at=datetime.now(UTC), schedule=schedule, names=names, lang=session.lang, **rules)
    return replace(read, encoding=encoding)


def _rules(session: Session, policy: str) -> dict[str, Any]:
    """The policy, and the channel whose settings count: the one named after the colon, or the only gated one."""
    from releasegate.channels.opening import open_channel

    path, _, named = policy.rpartition(":") if not Path(policy).exists() else (policy, "", "")
    loaded = Policy.load(path or policy)
    gated = [name for name, rules in loaded.channels.items() if rules.gated]
    channel = named or (gated[0] if len(gated) == 1 else "")
    if channel not in gated:
        session.fail(session.word("cli.check-channel", file=path or policy, channels=session.word("list.between").join(gated)), Exit.USAGE)
    rules = loaded.channels[channel]
    identity = open_channel(rules).identity if rules.via else ""
    return {"policy": loaded, "channel": channel, "identity": identity}


def to_dict(found: Examined, lang: str, *, offline: bool) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "open": is_open(found, offline=offline),
        "digest": found.digest,
        "recipients": found.recipients,
        "findings": [
            {"check": each.check, "severity": each.severity.value, "where": each.where, "evidence": each.evidence, "message": message}
            for each, message in _all(found, lang, offline=offline)
        ],
    }


def _all(found: Examined, lang: str, *, offline: bool) -> Iterator[tuple[Finding, str]]:
    """Every finding with its words; a check that crashed, and one that did not look, as findings too."""
    for result in found.crashed:
        said = messages.text("blocker.check-crashed", lang, check=result.check, error=result.error)
        yield Finding(check=result.check, evidence=result.error), said
    for finding in found.findings:
        yield finding, " ".join(filter(None, messages.finding(finding, lang)))
    for name in found.asleep:
        severity = Severity.INFO if offline else Severity.UNKNOWN
        yield Finding(check=name, severity=severity), messages.text("cli.not-looked", lang, check=name)


def lines(found: Examined, session: Session, name: str, *, offline: bool) -> list[str]:
    """What the terminal shows: the gravest first, each with what was seen and how to mend it."""
    told = list(_all(found, session.lang, offline=offline))
    n = sum(finding.severity is not Severity.INFO for finding, _ in told)
    facts: dict[str, str | int] = {"file": name, "recipients": found.recipients, "mark": found.digest[:8]}
    first = session.word("cli.check-open", **facts) if is_open(found, offline=offline) else session.word("cli.check-closed", n=n, **facts)
    known = {id(each) for each in found.findings}
    return [
        first,
        *(line for no, (each, said) in enumerate(told, 1) for line in _entry(session, no, each, "" if id(each) in known else said)),
    ]


def _entry(session: Session, no: int, finding: Finding, said: str) -> list[str]:
    """What is wrong, what was seen, how to mend it, and which check says so; `said` for what no check has found."""
    params = {**finding.params, "variant": finding.variant}
    voice = Voice(lang=session.lang)
    sentence, *more = [said] if said else sentences(finding.check, params, where=finding.where, evidence=finding.evidence, voice=voice)
    entry = ["", f"  {no}. {sentence}", *(f"     {line}" for line in more if line)]
    severity = session.word(f"cli.severity.{finding.severity.value}")
    return [*entry, f"     {session.word('cli.check-rule', check=finding.check, severity=severity)}"]
