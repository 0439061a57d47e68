"""What stops a send half-way is said, and leaves nothing locked behind it."""

from collections.abc import Iterator

import pytest

from releasegate.dispatch import dispatch
from releasegate.errors import Blocked, NotSent
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel
from releasegate.model.state import State
from releasegate.policy.policy import Policy
from tests.building import Bench, approved, lifted, mails, make_bench, make_policy


@pytest.fixture
def bench(store_url: str) -> Iterator[Bench]:
    """A gate with its way out, on either database."""
    made = make_bench(store_url)
    yield made
    made.gate.close()


def after_first(bench: Bench, act: object) -> None:
    """Call this in the middle of the first hand-over."""

    def on_send(_parcel: Parcel) -> None:
        if not bench.outbox.got:
            act()  # type: ignore[operator]  # any callable

    bench.outbox.on_send = on_send


def test_a_hold_half_way_is_named_as_what_stopped_the_send(bench: Bench) -> None:
    """Not the way out: somebody held it, and the message says who."""
    approved(bench.gate, content=mails(3))
    after_first(bench, lambda: bench.gate.hold("d1", by="dai"))

    with pytest.raises(Blocked) as caught:
        bench.gate.send("d1", by="mailer")

    assert {"hold-active"} == caught.value.decision.blocked_by  # type: ignore[attr-defined]  # errors stand below the model
    assert (3, 1, 2) == (caught.value.report.of, caught.value.report.sent, caught.value.report.left)  # type: ignore[attr-defined]


def test_a_withdrawal_half_way_is_no_quiet_end_of_a_send(bench: Bench) -> None:
    """Two of three did not leave: the caller hears of it as Blocked, never as a report that looks like an end."""
    approved(bench.gate, content=mails(3))
    after_first(bench, lambda: bench.gate.withdraw("d1", by="chie", note="The wing stays shut."))

    with pytest.raises(Blocked) as caught:
        bench.gate.send("d1", by="mailer")

    assert 1 == caught.value.report.sent  # type: ignore[attr-defined]
    assert State.STOPPED is bench.gate.draft("d1").state


def test_a_withdrawal_during_the_last_letter_is_no_quiet_end_either(bench: Bench) -> None:
    """The first did not leave, the last one did, and the rest never will: Blocked says so, with the count."""
    approved(bench.gate, content=mails(2))
    bench.outbox.answers = [NotSent("later")]
    bench.outbox.on_send = lambda parcel: withdraw(bench.gate, parcel)

    with pytest.raises(Blocked) as caught:
        bench.gate.send("d1", by="mailer")

    assert ({"stopped"}, 1) == (caught.value.decision.blocked_by, caught.value.report.left)  # type: ignore[attr-defined]


def withdraw(gate: Gate, parcel: Parcel) -> None:
    if parcel.to == ("reader2@paper.example",):
        gate.withdraw("d1", by="chie", note="The wing stays shut.")


def test_what_another_worker_holds_is_not_blamed_on_the_way_out(bench: Bench) -> None:
    """A second program finds nothing to do: the first one is at it."""
    approved(bench.gate, content=mails(3))
    first = dispatch(bench.gate._office, "d1", by="mailer", deadline=60)
    next(first)

    with pytest.raises(Blocked) as caught:
        bench.gate.send("d1", by="mailer")

    assert {"in-progress"} == caught.value.decision.blocked_by  # type: ignore[attr-defined]
    first.close()


def test_a_hold_between_claim_and_fence_leaves_the_draft_free(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lifted, it leaves at once: nobody waits for the lease of a worker that has already gone home."""
    approved(bench.gate)
    monkeypatch.setattr(bench.gate._office.store, "look", held_at_the_fence(bench.gate))

    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    monkeypatch.undo()
    lifted(bench.gate, "d1/h1", by="chie", note="It is fine.")

    assert 1 == bench.gate.send("d1", by="mailer").sent


def held_at_the_fence(gate: Gate) -> object:
    """The store's `look`, which a run calls between its claim and its first fence: somebody holds the draft then."""
    look = gate._office.store.look

    def first_hold(work: object) -> object:
        if gate._office.store.look is not look and look(_state) == "claimed":
            gate.hold("d1", by="dai")
        return look(work)  # type: ignore[arg-type]

    return first_hold


def _state(txn: object) -> str:
    from releasegate.store import rows

    row = rows.read(txn, "d1", lock=False)  # type: ignore[arg-type]
    return row.state.value if row is not None and not row.hold_count else ""


def without_chie() -> Policy:
    """The same rules; chie may not approve any more."""
    whole = make_policy()
    people = [f"{person.id} = {{ roles = [{_roles(person)}] }}" for person in whole.people if person.kind == "human"]
    robots = '\nmailer = { kind = "robot", operator = "akari", roles = [] }'
    return make_policy(people="[people]\n" + "\n".join(people) + robots)


def _roles(person: object) -> str:
    roles = {role.value for role in person.roles}  # type: ignore[attr-defined]
    return ", ".join(f'"{role}"' for role in sorted(roles - ({"approver"} if person.id == "chie" else set())))  # type: ignore[attr-defined]


def test_a_right_given_back_opens_the_draft_again(bench: Bench, store_url: str) -> None:
    """What decide calls open does leave: nothing hangs between two states that no act of anybody moves."""
    approved(bench.gate)
    other = Gate(store_url, policy=without_chie(), channels={"news": bench.outbox}, clock=bench.clock)
    for by in ("ben", "dai"):
        other.adopt(without_chie(), by=by, note="Chie has left.")
    with pytest.raises(Blocked):
        other.send("d1", by="mailer")
    other.close()
    for by in ("ben", "dai"):
        bench.gate.adopt(make_policy(), by=by, note="Chie is back.")

    assert bench.gate.decide("d1").open
    assert 1 == bench.gate.send("d1", by="mailer").sent
