"""A new connection to a mail server: reached, encrypted, logged in."""

import smtplib
import socket
import ssl
from base64 import b64encode

from releasegate.channels.cause import cause
from releasegate.channels.endpoint import Endpoint
from releasegate.channels.line import Line, said
from releasegate.errors import NotSent
from releasegate.messages.words import Words

_READY = 220


def connect(endpoint: Endpoint, password: str, *, until: float, patience: float) -> Line:
    """A connection that is ready for a mail; no wait goes beyond `until`. The server's certificate must be valid for its name."""
    line = Line(socket.create_connection((endpoint.host, endpoint.port), timeout=patience), until=until, patience=patience)
    try:
        if endpoint.scheme == "smtps":
            line.encrypt(ssl.create_default_context(), endpoint.host)
        _greet(line)
        if endpoint.scheme == "smtp+starttls":
            _start_tls(line, endpoint.host)
        if endpoint.user:
            _log_in(line, endpoint.user, password)
    except BaseException:
        line.close()
        raise
    return line


def _greet(line: Line) -> None:
    code, text = line.getreply()
    if code != _READY:
        raise smtplib.SMTPConnectError(code, said(code, text))
    line.ehlo_or_helo_if_needed()


def _start_tls(line: Line, host: str) -> None:
    code, text = line.docmd("STARTTLS")
    if code != _READY:
        raise smtplib.SMTPResponseException(code, said(code, text))
    line.check_in_step()
    line.encrypt(ssl.create_default_context(), host)
    line.ehlo_or_helo_if_needed()


def _log_in(line: Line, user: str, password: str) -> None:
    """Log in. No error holds the password, also not where the server repeats it."""
    if not password:
        message = Words("there is no password for {user}; set RELEASEGATE_SMTP_PASSWORD", user=user)
        raise NotSent(message)
    try:
        line.login(user, password)
    except UnicodeError:
        problem: str = Words("the password holds more than ASCII")
    except smtplib.SMTPResponseException as error:
        problem = _without(password, user, said(error.smtp_code, error.smtp_error))
    except smtplib.SMTPException as error:
        problem = cause(error)
    else:
        return
    # Outside the `except`, so that the error of smtplib does not come along.
    raise NotSent(problem)


def _without(password: str, user: str, text: str) -> str:
    secrets = [password, *(b64encode(each.encode()).decode() for each in (password, f"\0{user}\0{password}"))]
    for secret in secrets:
        text = text.replace(secret, "…")
    return text
