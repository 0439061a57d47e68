"""The same script with the gate: the loop is now a generator; done.txt and its handling are gone.

    python newsletter.py write        seal what would leave, for people to look at
    python newsletter.py send         send what they have approved, each mail once; again after a crash: only what never began

Between the two stand people: `releasegate submit`, `confirm`, `approve`.
"""

import csv
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from string import Template

from releasegate import Blocked, Gate

SENDER = "Museum <news@museum.example>"
SUBJECT = Template("July issue for $name")


def members(path: str) -> Iterator[dict[str, str]]:
    """One row a member."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def render(member: dict[str, str], body: Template) -> EmailMessage:
    """The mail for one member; a misspelled field stays, for the gate to name."""
    mail = EmailMessage()
    mail["From"] = SENDER
    mail["To"] = member["email"]
    mail["Subject"] = SUBJECT.substitute(member)
    mail.set_content(body.safe_substitute(member))
    return mail


def write(gate: Gate) -> None:
    """Every mail as it would leave. The same text again changes nothing."""
    body = Template(Path("body.txt").read_text(encoding="utf-8"))
    mails = (render(member, body) for member in members("members.csv"))
    draft = gate.write("2026-07", channel="newsletter", title="July issue", by="akari", content=mails)
    print(f"{draft.id}: {draft.reach} people, text {draft.mark}")


def main(verb: str) -> int:
    """Seal, or send; 1 where it may not leave."""
    gate = Gate.load("releasegate.toml")
    if verb == "write":
        write(gate)
        return 0
    try:
        print(gate.send("2026-07", by="mailer"))
    except Blocked as closed:
        print(closed)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
