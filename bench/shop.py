"""A gate and its mails for the figures: one policy, letters of a newsletter's size."""

from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path

from releasegate import Gate, Policy
from releasegate.model.handoff import ReadBack
from releasegate.protocols import Channel

TEXT = "\n".join(f"Line {number} of the July issue: something to read, and https://museum.jp/july/{number}" for number in range(180))
PARAGRAPHS = "".join(f"<p>Paragraph {number}: <a href='https://museum.jp/july/{number}'>read on</a></p>" for number in range(400))
HTML = f"<html><body>{PARAGRAPHS}</body></html>"


def policy(*, via: str = "") -> Policy:
    """Two pairs of eyes on one channel."""
    line = f'via = "{via}"' if via else ""
    return Policy.parse(
        f"""
version = 1
[people]
akari = {{ email = "akari@museum.jp", roles = ["author"] }}
ben = {{ email = "ben@museum.jp", roles = ["checker"] }}
chie = {{ email = "chie@museum.jp", roles = ["approver"] }}
mailer = {{ kind = "robot", operator = "akari", roles = [] }}
[channels.newsletter]
bulk = true
repeat = "1m"
{line}
[[requirement]]
name = "two pairs of eyes"
checkers = 1
approvers = 1
"""
    )


def render(number: int) -> EmailMessage:
    """One personalised letter, some 50 KB with its HTML part."""
    message = EmailMessage()
    message["From"] = "news@museum.jp"
    message["To"] = f"reader{number}@museum.jp"
    message["Subject"] = f"July issue for reader {number}"
    message.set_content(f"Dear reader {number}\n\n{TEXT}\n")
    message.add_alternative(HTML, subtype="html")
    message.set_boundary(f"part-{number}")
    return message


def letters(count: int, *, start: int = 0) -> Iterator[EmailMessage]:
    """So many of them."""
    return (render(number) for number in range(start, start + count))


def open_gate(store: Path | str, channels: Mapping[str, Channel]) -> Gate:
    """A gate on this store; on a new one where it is a folder."""
    return Gate(str(store / "gate.db") if isinstance(store, Path) else store, policy=policy(), channels=channels)


def approved(gate: Gate, draft_id: str, content: object) -> None:
    """Written, submitted, confirmed, approved."""
    draft = gate.write(draft_id, channel="newsletter", content=content, by="akari")
    gate.submit(draft_id, by="akari", note="For checking.")
    gate.confirm(draft_id, digest=draft.digest, by="ben", note="Read.")
    told = ReadBack(mark=draft.mark, recipients=draft.reach, send_at=draft.send_at)
    gate.approve(draft_id, digest=draft.digest, by="chie", note="Go.", read_back=told)
