"""A newsletter script as many teams have one: it sends at once, to everybody in the list, and remembers in done.txt how far it got.

    python newsletter_before.py members.csv body.txt localhost:8025

Nobody has looked at the text; whoever starts it twice in the wrong moment sends twice.
"""

import csv
import smtplib
import sys
from email.message import EmailMessage
from pathlib import Path
from string import Template

SENDER = "Museum <news@museum.example>"
SUBJECT = Template("July issue for $name")
DONE = Path("done.txt")


def render(member: dict[str, str], body: Template) -> EmailMessage:
    """The mail for one member; a misspelled field goes out as it stands."""
    mail = EmailMessage()
    mail["From"] = SENDER
    mail["To"] = member["email"]
    mail["Subject"] = SUBJECT.substitute(member)
    mail.set_content(body.safe_substitute(member))
    return mail


def main(members: str, text: str, server: str) -> None:
    """One mail a member, but for those whom done.txt names."""
    body = Template(Path(text).read_text(encoding="utf-8"))
    done = set(DONE.read_text(encoding="utf-8").split()) if DONE.exists() else set()
    host, _, port = server.partition(":")
    with (
        smtplib.SMTP(host, int(port)) as smtp,
        Path(members).open(encoding="utf-8", newline="") as file,
        DONE.open("a", encoding="utf-8") as log,
    ):
        for member in csv.DictReader(file):
            if member["email"] not in done:
                smtp.send_message(render(member, body))
                print(member["email"], file=log, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
