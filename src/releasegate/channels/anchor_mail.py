"""Anchors by mail: to somebody who does not hold the store."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Protocol

from releasegate import messages
from releasegate.model.anchor import Anchor


class MailClient(Protocol):
    """What of `smtplib.SMTP` is used."""

    def send_message(self, msg: EmailMessage) -> Any:  # noqa: ANN401 - whatever the client says
        """Send it, or raise."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorMail:
    """Sends an anchor to these people, as a line in an attachment: `gate.anchor(to=[AnchorMail(...)])`.

    `connect` gives a client that is ready to send, such as `lambda: smtplib.SMTP("localhost")`. What it raises is the caller's to see.
    """

    connect: Callable[[], AbstractContextManager[MailClient]]
    sender: str
    to: tuple[str, ...]
    lang: str = "en"

    def __call__(self, anchor: Anchor) -> None:
        """Send it."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self.sender, ", ".join(self.to)
        mail["Subject"] = messages.text("anchor-mail.subject", self.lang, n=anchor.position, head=anchor.head[:8])
        mail.set_content(messages.text("anchor-mail.body", self.lang, anchor=anchor.plain) + "\n")
        line = f"{anchor.line()}\n".encode()
        mail.add_attachment(line, maintype="application", subtype="json", filename=f"anchor-{anchor.position}.jsonl")
        with self.connect() as client:
            client.send_message(mail)
