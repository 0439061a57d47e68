"""TLS to a mail server: verified, before anything is said."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from releasegate.channels import Smtp, seal_mail
from releasegate.errors import NotSent
from tests.smtp_server import DROP, Handed, Rule, ScriptedSmtp

# Made for these tests, valid for a hundred years, trusted by nobody.
FILES = Path(__file__).parent / "data" / "tls"
OURS = (str(FILES / "localhost.pem"), str(FILES / "localhost.key"))
OTHER = (str(FILES / "other.pem"), str(FILES / "other.key"))
(PARCEL,) = seal_mail(b"From: news@x.example\r\nTo: anna@x.example\r\n\r\nText\r\n")


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our process trusts the certificate of the server."""
    monkeypatch.setenv("SSL_CERT_FILE", OURS[0])


@contextmanager
def channel(server: ScriptedSmtp, scheme: str, *, password: str | None = None) -> Iterator[Smtp]:
    user = "anna@" if password else ""
    smtp = Smtp(f"{scheme}://{user}localhost:{server.port}", timeout=5, password=password)
    yield smtp
    smtp.close()


def test_smtps_speaks_tls_from_the_first_byte(trusted: None) -> None:
    with ScriptedSmtp(tls=OURS) as server, channel(server, "smtps") as smtp:
        assert smtp.send(PARCEL, key="k1").id
    assert 1 == len(server.received)


def test_starttls_comes_before_the_password(trusted: None) -> None:
    features = ["STARTTLS", "AUTH PLAIN"]
    with ScriptedSmtp({"STARTTLS": Handed(*OURS)}, features=features) as server, channel(server, "smtp+starttls", password="tiger") as smtp:
        assert smtp.send(PARCEL, key="k1").id
    assert ["EHLO", "STARTTLS", "EHLO", "AUTH"] == [command.split()[0].upper() for command in server.commands[:4]]


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_that_nobody_vouches_for_ends_it_before_a_word(scheme: str) -> None:
    rules: dict[str, Rule] = {"STARTTLS": Handed(*OURS)}
    tls = OURS if scheme == "smtps" else None
    with ScriptedSmtp(rules, features=["STARTTLS"], tls=tls) as server, channel(server, scheme) as smtp:
        with pytest.raises(NotSent, match="certificate"):
            smtp.send(PARCEL, key="k1")

        assert not any(command.upper().startswith(("AUTH", "MAIL")) for command in server.commands)


def test_a_certificate_for_another_name_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", OTHER[0])
    with ScriptedSmtp(tls=OTHER) as server, channel(server, "smtps") as smtp, pytest.raises(NotSent, match="localhost"):
        smtp.send(PARCEL, key="k1")


@pytest.mark.parametrize(
    ("rule", "features"),
    [
        ("454 not now", ["STARTTLS"]),
        (DROP, ["STARTTLS"]),
        ("502 what is that?", []),
        (Handed(*OURS, more="250-injected\r\n250 AUTH PLAIN\r\n"), ["STARTTLS", "AUTH PLAIN"]),
    ],
    ids=str,
)
def test_without_tls_nothing_is_sent(rule: Rule, features: list[str], trusted: None) -> None:
    """Also not where somebody between adds words before the encryption begins."""
    with ScriptedSmtp({"STARTTLS": rule}, features=features) as server, channel(server, "smtp+starttls", password="tiger") as smtp:
        with pytest.raises(NotSent):
            smtp.send(PARCEL, key="k1")

        assert not any(command.upper().startswith(("AUTH", "MAIL")) for command in server.commands)
