"""What our policy lets through, and what it keeps back: one line a case. Run it with `pytest`, and before every change of team.toml."""

from pathlib import Path

import pytest

from releasegate import Policy
from releasegate.testing import Case, judge, untested

POLICY = Policy.load(Path(__file__).with_name("team.toml"))

TWO, LEGAL, BOTH = "two pairs of eyes", "legal approves every press release", "the newsletter needs two approvers"

CASES = [
    # Press: somebody reads it, and legal says yes.
    Case("press with legal", "press", by="akari", confirmed="ben", approved="dai"),
    Case("press without legal", "press", by="akari", confirmed="ben", approved="chie", blocked_by={LEGAL}),
    Case("press that nobody has read", "press", by="akari", approved="dai", blocked_by={TWO, LEGAL}),
    Case("press that nobody has approved", "press", by="akari", confirmed="ben", blocked_by={TWO, LEGAL}),
    # The newsletter: somebody reads it, and two say yes.
    Case("newsletter, one reads, two approve", "newsletter", by="akari", confirmed="ben", approved=["chie", "dai"]),
    Case("newsletter, one approver", "newsletter", by="akari", confirmed="ben", approved="dai", blocked_by={BOTH}),
    Case("chie is ill: ben and dai let one do", "newsletter", by="akari", confirmed="ben", approved="dai", waived={BOTH: ["ben", "dai"]}),
    Case("dai alone lets one do", "newsletter", by="akari", confirmed="ben", approved="dai", waived={BOTH: ["dai"]}, blocked_by={BOTH}),
    Case("ben alone lets one do", "newsletter", by="akari", confirmed="ben", approved="dai", waived={BOTH: ["ben"]}, blocked_by={BOTH}),
    # Nobody is two people.
    Case("the author confirms herself", "newsletter", by="akari", confirmed="akari", approved=["chie", "dai"], blocked_by={TWO, BOTH}),
    Case("a checker who edited is an author", "press", by=["akari", "ben"], confirmed="ben", approved="dai", blocked_by={TWO, LEGAL}),
    Case(
        "one person, two addresses", "press", by="ben@pr.example", confirmed="ben.ito@mail.example", approved="dai", blocked_by={TWO, LEGAL}
    ),
    Case("the operator of the robot that wrote it", "press", by="writer", confirmed="akari", approved="dai", blocked_by={TWO, LEGAL}),
    # A hold beats every approval.
    Case("held", "newsletter", by="akari", confirmed="ben", approved=["chie", "dai"], held=True, blocked_by={"hold-active"}),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_policy(case: Case) -> None:
    """Exactly these rules keep it back."""
    assert case.blocked_by == judge(POLICY, case).blocked_by


def test_no_rule_can_go_unnoticed() -> None:
    """Whatever team.toml asks for, some case above would miss it."""
    assert untested(POLICY, CASES) == []
