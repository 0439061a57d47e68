"""An alarm as a mail: catalogue words in its reader's language, nothing to click, and the head of the log as an anchor."""

from email.message import EmailMessage

from releasegate import messages
from releasegate.model.alarm import Alarm
from releasegate.policy.person import Person


def letter(alarm: Alarm, person: Person, *, sender: str, lang: str) -> EmailMessage:
    """What this person gets. `Auto-Submitted` keeps other programs from answering it."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, person.email, subject(alarm, lang)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(f"{body(alarm, lang)}\n")
    return made


def subject(alarm: Alarm, lang: str) -> str:
    """One line: which draft it is about."""
    return messages.text("alarm.subject", lang, draft=alarm.draft_id, title=alarm.params.get("title", "")).strip()


def body(alarm: Alarm, lang: str) -> str:
    """The sentence, and where the log stood."""
    said = [alarm.explain(lang)]
    if head := alarm.params.get("head"):
        said.append(messages.text("alarm.footer", lang, head=head))
    return "\n\n".join(said)
