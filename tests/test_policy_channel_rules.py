from datetime import timedelta
from typing import Any

import pytest

from releasegate.errors import PolicyError
from releasegate.policy import ChannelRules, Policy

PLACE = "policy [channels].press"


def load(**table: object) -> ChannelRules:
    others = {"site": {}, "system": {"gated": False, "most": 3}}
    return Policy.from_dict({"version": 1, "channels": {"press": table, **others}}).channels["press"]


def problems(**table: object) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        load(**table)
    return caught.value.problems


def test_a_channel_without_a_line_is_gated_and_has_a_window() -> None:
    rules = load()

    assert (True, timedelta(hours=2), timedelta(0), timedelta(days=7)) == (rules.gated, rules.window, rules.undo, rules.repeat)
    assert ("", "live", False, "", "") == (rules.via, rules.mode, rules.bulk, rules.zone, rules.clock)
    assert not rules.undo_given
    assert {} == rules.contact


def test_an_undo_of_nothing_was_given_all_the_same() -> None:
    assert load(undo="0s").undo_given


@pytest.mark.parametrize(
    "via",
    [
        "",
        "smtp://localhost:8025",
        "smtp://MX.example",
        "smtps://mail.example.com",
        "smtp+starttls://news@mail.example.com:587",
        "smtp+starttls://news%40museum.example@mail.example.com",
        "smtp://[::1]:25",
        "folder:sent",
        "folder:/srv/mails out",
    ],
)
def test_a_way_out_is_a_server_or_a_folder_or_python(via: str) -> None:
    assert via == load(via=via).via


@pytest.mark.parametrize(
    "via",
    [
        "smtp://news:hunter2@mail.example.com",
        "smtp://news%3Ahunter2@mail.example.com",
        "smtp://:hunter2@mail.example.com",
        "smtp://a@b:hunter2@mail.example.com",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(via: str) -> None:
    found = problems(via=via)

    assert (f"{PLACE}.via: holds a password; leave it out and give it in the environment",) == found
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("via", "what"),
    [
        ("smpt://localhost", "no way out is called 'smpt'; did you mean 'smtp'?"),
        ("SMTP://localhost", "no way out is called 'SMTP'; did you mean 'smtp'?"),
        ("smtp:localhost", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("user:hunter2@localhost", "no way out is called 'user'; known: folder, manual, smtp, smtp+starttls, smtps"),
        ("https://localhost", "no way out is called 'https'; did you mean 'smtps'?"),
        ("folder:", "names no folder; write it like 'folder:sent'"),
        ("folder:  ", "names no folder; write it like 'folder:sent'"),
        ("smtp://", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://:25", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host:0", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host/path", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host?password=x", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host?", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host#x", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://my host", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host:99999", "names no server that could be reached; write it like 'smtp://mail.example.com:587'"),
        ("smtp://host:port", "names no server that could be reached; write it like 'smtp://mail.example.com:587'"),
        ("smtp://[::1", "names no server that could be reached; write it like 'smtp://mail.example.com:587'"),
        ("smtp://my user@host", "has a user name that cannot be read; write '@' in a user name as '%40'"),
        ("smtp://@host", "has a user name that cannot be read; write '@' in a user name as '%40'"),
        ("smtp://news@museum@host", "has a user name that cannot be read; write '@' in a user name as '%40'"),
        ("smtp://ho%73t", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host\\x", "is more or less than a server; write it like 'smtp://user@mail.example.com:587'"),
        ("smtp://host\n", "holds a line break or an invisible character; write one plain line"),
    ],
)
def test_a_way_out_that_is_none_is_refused(via: str, what: str) -> None:
    assert (f"{PLACE}.via: {what}",) == problems(via=via)


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"window": "0s"}, ".window: no time at all; give a length like '10m'"),
        ({"window": 7200}, ".window: '7200' is no length of time; write it like '10m', '2h' or '7d'"),
        ({"repeat": "0s"}, ".repeat: no time at all; give a length like '10m'"),
        ({"gated": "no"}, ".gated: 'no' does not fit; give true or false"),
        ({"gated": 0}, ".gated: 0 does not fit; give true or false"),
        ({"gated": False}, ": gated = false needs `most`, from 1 to 10; a lane without a gate is bounded"),
        ({"gated": False, "most": 0}, ".most: 0 does not fit; give 1 or more"),
        ({"gated": False, "most": 11}, ".most: 11 does not fit; give 10 or less"),
        ({"gated": False, "most": True}, ".most: True does not fit; give a whole number"),
        ({"gated": False, "most": 3, "most_per_hour": 0}, ".most_per_hour: 0 does not fit; give 1 or more"),
        ({"gated": False, "most": 3, "most_per_hour": 100_001}, ".most_per_hour: 100001 does not fit; give 100000 or less"),
        ({"most_per_hour": 3}, ": `most_per_hour` bounds a channel that is not gated; take it away, or say gated = false"),
        ({"most": 3}, ": `most` bounds a channel that is not gated; take it away, or say gated = false"),
        ({"gated": False, "most": 3, "bulk": True}, ": not gated, it has no bulk, clock, linked, undo or webhook; take them away"),
        ({"gated": False, "most": 3, "undo": "5m"}, ": not gated, it has no bulk, clock, linked, undo or webhook; take them away"),
        (
            {"gated": False, "most": 3, "clock": "distributor"},
            ": not gated, it has no bulk, clock, linked, undo or webhook; take them away",
        ),
        ({"gated": False, "most": 3, "linked": ["site"]}, ": not gated, it has no bulk, clock, linked, undo or webhook; take them away"),
        ({"mode": "lvie"}, ".mode: 'lvie' does not fit; did you mean 'live'?"),
        ({"clock": "theirs"}, ".clock: 'theirs' does not fit; known: distributor"),
        (
            {"clock": "distributor", "via": "smtp://h"},
            ": clock = 'distributor' and `via` contradict each other; a distributor is a channel in Python",
        ),
        ({"stop_before": "15m"}, ": stop_before says when they can stop it no more; give clock = 'distributor' too, or take it away"),
        ({"zone": "Asia/Tokio"}, ".zone: no time zone 'Asia/Tokio'; did you mean 'Asia/Tokyo'?"),
        ({"zone": "qqqqqq"}, ".zone: no time zone 'qqqqqq'; write it like Asia/Tokyo"),
        ({"zone": "localtime"}, ".zone: no time zone 'localtime'; write it like Asia/Tokyo"),
        ({"zone": "../../etc/passwd"}, ".zone: no time zone '../../etc/passwd'; write it like Asia/Tokyo"),
        ({"zone": "Asia"}, ".zone: no time zone 'Asia'; "),
        ({"contact": {"name": "Desk"}}, ".contact: is a card without a name or without a phone number; give both"),
        ({"contact": {"phone": "1"}}, ".contact: is a card without a name or without a phone number; give both"),
        ({"contact": {"name": "D", "phone": "1", "hour": "9"}}, ".contact: unknown key 'hour'; did you mean 'hours'?"),
        ({"contact": {"name": "D", "phone": 110}}, ".contact.phone: 110 does not fit; give text in quotes"),
        ({"contact": "Desk"}, ".contact: 'Desk' does not fit; give a table"),
        ({"linked": ["sites"]}, ".linked: no channel 'sites'; did you mean 'site'?"),
        ({"linked": ["press"]}, ".linked: 'press' is this channel itself, or not gated; link another gated channel"),
        ({"linked": ["system"]}, ".linked: 'system' is this channel itself, or not gated; link another gated channel"),
        ({"windows": "2h"}, ": unknown key 'windows'; did you mean 'window'?"),
        ({"name": "press"}, ": unknown key 'name'; known: account, bulk, "),
        ({"undo_given": True}, ": unknown key 'undo_given'; "),
        ({"password": "hunter2"}, ": unknown key 'password'; "),
    ],
)
def test_a_mistake_is_named_with_its_mend(table: dict[str, object], what: str) -> None:
    found = problems(**table)

    assert 1 == len(found)
    assert found[0].startswith(PLACE + what)
    assert "hunter2" not in found[0]


def test_a_link_to_a_channel_that_could_not_be_read_is_not_reported_twice() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"version": 1, "channels": {"press": {"linked": ["site"]}, "site": {"window": 1}}})

    assert 1 == len(caught.value.problems)


def test_a_clocked_channel_has_a_card_that_nobody_can_change() -> None:
    card = {"name": "Desk", "phone": "+81-3-0000-0000", "hours": "9-19 JST"}
    rules: Any = load(
        clock="distributor", stop_before="15m", contact=card, linked=["site"], zone="Asia/Tokyo", account="a-17", mode="test", bulk=True
    )

    assert (card, ("site",), timedelta(minutes=15)) == (rules.contact, rules.linked, rules.stop_before)
    with pytest.raises(TypeError):
        rules.contact["phone"] = "0"


def test_a_demo_has_folders_only() -> None:
    data = {"version": 1, "gate": {"mode": "demo"}, "channels": {"a": {"via": "folder:sent"}, "b": {"via": "smtp://h"}, "c": {}}}
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict(data)

    mend = "via: mode = 'demo' reaches nobody; write it like 'folder:sent', or take the mode away"
    assert (f"policy [channels].b.{mend}", f"policy [channels].c.{mend}") == caught.value.problems
    data["channels"] = {"a": {"via": "folder:sent"}}
    assert "demo" == Policy.from_dict(data).mode
