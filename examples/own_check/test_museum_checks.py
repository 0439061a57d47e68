"""The checks alone, on a text; and in a gate, as the policy sets them."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from museum_checks import Embargoed, house_name, members

from releasegate import Gate, Policy
from releasegate.testing import Clock, Outbox, look

HERE = Path(__file__).parent


def test_our_name_is_written_as_on_the_door() -> None:
    assert look(house_name, "The City Museum opens a new wing.").findings == ()
    assert [each.evidence for each in look(house_name, "The city museum opens a new wing.").findings] == ["city museum"]


def test_what_is_not_announced_is_not_named() -> None:
    check = Embargoed(words=("Hokusai",))

    assert look(check, "A new wing.").findings == ()
    assert [each.evidence for each in look(check, "In autumn: HOKUSAI.").findings] == ["Hokusai"]


def test_who_has_left_is_known_elsewhere() -> None:
    assert look(members, "A new wing.").findings == ()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """A gate with this policy, and a way out that only remembers."""
    with closing(
        Gate(tmp_path / "gate.db", policy=Policy.load(HERE / "releasegate.toml"), channels={"newsletter": Outbox()}, clock=Clock())
    ) as made:
        yield made


def test_the_policy_names_them_and_they_shut_its_gate(gate: Gate) -> None:
    """Needs the package installed: `pip install -e .` in this folder."""
    gate.write("july", channel="newsletter", content="The city museum shows Hokusai.", by="akari")

    assert {"house-name", "not-yet-announced"} <= gate.decide("july").blocked_by


def test_what_is_not_announced_needs_an_approver(gate: Gate) -> None:
    seen = gate.write("july", channel="newsletter", content="In autumn: Hokusai.", by="akari")
    gate.waive("july", "not-yet-announced", digest=seen.digest, by="chie", note="Announced this morning.")

    assert "not-yet-announced" not in gate.decide("july").blocked_by
