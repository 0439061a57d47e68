"""Where a mail server is, as a URL says it."""

import pytest

from releasegate.channels.endpoint import Endpoint, read_endpoint
from releasegate.errors import PolicyError


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("smtp://mx.example", "smtp://mx.example:25"),
        ("smtp://MX.example:2525/", "smtp://mx.example:2525"),
        ("smtps://anna@mx.example", "smtps://anna@mx.example:465"),
        ("smtp+starttls://anna%40x.example@mx.example", "smtp+starttls://anna%40x.example@mx.example:587"),
        ("smtp://anna@localhost:8025", "smtp://anna@localhost:8025"),
        ("smtp://anna@127.0.0.1", "smtp://anna@127.0.0.1:25"),
        ("smtp://anna@[::1]", "smtp://anna@[::1]:25"),
    ],
)
def test_a_server_is_shown_with_its_port(url: str, shown: str) -> None:
    assert shown == str(read_endpoint(url))


def test_a_user_may_hold_an_at_sign() -> None:
    assert Endpoint(scheme="smtps", user="a@b", host="mx.example", port=465) == read_endpoint("smtps://a%40b@mx.example")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mx.example",
        "http://mx.example",
        "smtp://",
        "smtp://:25",
        "smtp://mx.example:x",
        "smtp://mx.example:0",
        "smtp://mx/in",
        "smtp://mx?a=b",
        "smtp://[1",
    ],
)
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(PolicyError, match="smtp://host:25"):
        read_endpoint(url)


@pytest.mark.parametrize(
    "url", ["smtps://anna:tiger@mx.example", "smtps://anna:tiger", "smtps://anna:@mx.example", "smtps://anna:tiger@[1"]
)
def test_a_password_in_a_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_endpoint(url)

    assert "tiger" not in repr((refused.value, refused.value.__context__, refused.value.__cause__))


@pytest.mark.parametrize("host", ["mx.example", "192.0.2.1"])
def test_a_password_does_not_travel_in_the_clear(host: str) -> None:
    with pytest.raises(PolicyError, match="in the clear"):
        read_endpoint(f"smtp://anna@{host}")
