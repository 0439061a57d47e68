"""From the policy's lines to a channel."""

from dataclasses import dataclass

import pytest

from releasegate.channels import Channel, Folder, Manual, Smtp
from releasegate.channels.opening import open_channel
from releasegate.errors import PolicyError


@dataclass(frozen=True)
class Rules:
    via: str
    name: str = "news"
    account: str = ""
    zone: str = ""


@pytest.mark.parametrize("via", ["smtp://mx.example", "smtps://anna@mx.example", "smtp+starttls://anna@mx.example"])
def test_a_mail_server_is_opened(via: str) -> None:
    channel = open_channel(Rules(via, account="a17"))

    assert isinstance(channel, Smtp)
    assert channel.identity.startswith(via)
    assert channel.identity.endswith("#a17")


def test_a_folder_is_opened() -> None:
    channel = open_channel(Rules("folder:sent"))

    assert isinstance(channel, Folder)
    assert "folder:sent" == channel.identity


def test_a_folder_for_letters_is_opened() -> None:
    channel = open_channel(Rules("manual:letters", account="a17", zone="Asia/Tokyo"))

    assert isinstance(channel, Manual)
    assert "manual:letters a17" == channel.identity


@pytest.mark.parametrize(
    "via", ["", "sent", "folder:", "https://mx.example", "smtp://", "smtp://mx:x", "imap://anna:tiger@mx.example", "smtps://a:tiger@b"]
)
def test_an_unknown_way_out_is_refused_with_its_channel(via: str) -> None:
    with pytest.raises(PolicyError) as refused:
        open_channel(Rules(via))

    assert str(refused.value).startswith("[channels.news] via: ")
    assert "tiger" not in str(refused.value)


def test_the_names_of_the_package_are_those_that_it_offers() -> None:
    import releasegate.channels

    names = {"Channel", "ClockedChannel", "Folder", "Hooked", "Manual", "Rendering", "Smtp"}
    names |= {"seal_json", "seal_mail", "seal_rendering", "seal_text", "stamp"}
    assert names == set(dir(releasegate.channels))
    assert all(getattr(releasegate.channels, name) for name in names)
    assert isinstance(Folder("sent"), Channel)
    assert isinstance(Smtp("smtp://mx.example"), Channel)
    with pytest.raises(AttributeError, match="nothing_like_that"):
        releasegate.channels.nothing_like_that  # noqa: B018 - the look-up is the act
