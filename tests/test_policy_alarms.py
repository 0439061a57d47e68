"""Whom the gate tells when something burns: people of the directory, or a place that stands elsewhere; never a secret in the file."""

import pytest

from releasegate.errors import PolicyError
from releasegate.policy.policy import Policy
from tests.building import RULES, make_policy

LANE = '[channels.alarm-lane]\nvia = "smtp://localhost:25"\ngated = false\nmost = 1\n[channels.bare]\ngated = false\nmost = 1\n'
URL = "is a URL, which may hold a secret; put it into the environment and write env:NAME, or into a file and write file:PATH"
LANE_ASKED = "is no channel with gated = false and a `via`; "
BOTH = "[gate].mail and mail_from belong together: by which channel, and from which address; give both"


def problems(gate: str) -> list[str]:
    """What is wrong with this table, without its place."""
    try:
        make_policy(
            RULES + LANE,
            people=f"[gate]\n{gate}\n[people]\nchie = {{ roles = ['approver'] }}\nbot = {{ kind = 'robot', operator = 'chie' }}\n",
        )
    except PolicyError as error:
        return [problem[problem.index("[gate]") :] for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "gate",
    [
        "",
        'alarm = ["chie"]',
        'alarm = ["env:TEAM_2", "file:/run/alarm", "chie"]',
        'mail = "alarm-lane"\nmail_from = "gate@pr.example"',
    ],
)
def test_people_and_places_elsewhere_are_told(gate: str) -> None:
    assert [] == problems(gate)


@pytest.mark.parametrize(
    ("gate", "said"),
    [
        ('alarm = ["chie", "https://x.example/hook"]', [f"[gate].alarm: no. 2 {URL}"]),
        ('alarm = ["https://a.example", "https://b.example"]', [f"[gate].alarm: no. {number} {URL}" for number in (1, 2)]),
        ('alarm = ["chi"]', ["[gate].alarm: 'chi' is no human of [people]; did you mean 'chie'?"]),
        ('alarm = ["bot"]', ["[gate].alarm: 'bot' is no human of [people]; known: chie"]),
        ('alarm = ["env:2X"]', ["[gate].alarm: 'env:2X' is no human of [people]; known: chie"]),
        (f'alarm = ["{"z" * 41}"]', [f"[gate].alarm: '{'z' * 40}' is no human of [people]; known: chie"]),
        ('mail = "news"\nmail_from = "g@pr.example"', [f"[gate].mail: 'news' {LANE_ASKED}known: alarm-lane"]),
        ('mail = "bare"\nmail_from = "g@pr.example"', [f"[gate].mail: 'bare' {LANE_ASKED}known: alarm-lane"]),
        ('mail = "alarm-lan"\nmail_from = "g@pr.example"', [f"[gate].mail: 'alarm-lan' {LANE_ASKED}did you mean 'alarm-lane'?"]),
        ('mail = "alarm-lane"', [BOTH]),
        ('mail_from = "gate@pr.example"', [BOTH]),
        (
            'mail = "alarm-lane"\nmail_from = "gate"',
            ["[gate].mail_from: 'gate' is no address; write it like 'gate@example.com'"],
        ),
    ],
)
def test_what_would_reach_nobody_or_tell_a_secret_is_refused(gate: str, said: list[str]) -> None:
    assert said == problems(gate)


@pytest.mark.parametrize(
    ("gate", "place"),
    [
        ('mail = "alarm-lane"', "3:1"),
        ('lang = "en"\nmail = "alarm-lane"', "4:1"),
        ('mail_from = "gate@pr.example"', "2:2"),
        ('alarm = ["chi"]', "3:10"),
    ],
)
def test_it_is_told_where_in_the_file(gate: str, place: str) -> None:
    """At the key that is there, or at the table where the other one is missing."""
    with pytest.raises(PolicyError) as error:
        Policy.parse(f"version = 1\n[gate]\n{gate}\n[people]\nchie = {{ roles = ['approver'] }}\n{LANE}", where="rules.toml")

    assert [f"rules.toml:{place}"] == [str(problem).split(" ")[0] for problem in error.value.problems]
