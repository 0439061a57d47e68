"""A plain text as a mail, or as a template for mails: lines such as `Subject: …`, `From: …` and `To: …` may stand above it."""

import re
from email.message import EmailMessage

from releasegate.channels.headers import split_header
from releasegate.channels.writing import check_written, write_message
from releasegate.errors import ContentError
from releasegate.messages.words import Words

_FIELD = re.compile(r"(subject|from|reply-to|to|cc|bcc):[ \t]*(.*)", re.IGNORECASE)

# Not str.splitlines: what follows a U+2028 or a form feed in a title would be a line `Bcc:` of its own.
_LINE_END = re.compile(r"\r\n|\n|\r")


def mail_from_text(data: bytes, *, sender: str = "", where: str) -> bytes:
    """The mail that this text in UTF-8 describes, to whom it names above itself; from `sender` where no line `From:` stands there."""
    try:
        lines = _LINE_END.split(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ContentError(what=Words("it is not UTF-8."), where=where, mend=Words("Save it in UTF-8.")) from error
    message = EmailMessage()
    if not lines[-1]:
        lines.pop()
    while lines and (found := _FIELD.fullmatch(lines[0])):
        lines.pop(0)
        value = [found[2]]
        while lines and lines[0].strip() and lines[0][0] in " \t":
            value.append(lines.pop(0))
        _add(message, found[1].title(), " ".join(each.strip() for each in value), where)
    if "From" not in message:
        _add(message, "From", sender, where)
    if not message["From"]:
        raise ContentError(what=Words("it does not say who writes."), where=where, mend=Words("Begin it with a line 'From: …'."))
    message.set_content("\n".join(lines[1:] if lines and not lines[0].strip() else lines) + "\n")
    written = write_message(message, where=where)
    check_written(message, split_header(written, where=where)[0], where=where)
    return written


def _add(message: EmailMessage, name: str, value: str, where: str) -> None:
    try:
        message[name] = value
    except Exception as error:  # `email` refuses a second one with ValueError, and odd addresses with whatever it meets
        raise ContentError(
            what=Words("its {name} cannot be taken: {error!r}.", name=name, error=error),
            where=where,
            mend=Words("Write it once, on one line."),
        ) from error
