"""Why a server was not reached, or a file not written: the system's words, which can be said in another language."""

import smtplib

from releasegate.messages.words import Words


def cause(error: BaseException) -> str:
    """What went wrong, without its number. A server's own answer stays as it is."""
    first = error.args[0] if error.args else ""
    if isinstance(first, Words):
        return first
    system = isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException)
    said = (error.strerror if system else "") or str(error)  # type: ignore[attr-defined]  # an OSError has it
    return Words(said.replace("{", "{{").replace("}", "}}"))
