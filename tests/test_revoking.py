"""An approval that is taken back: it counts no more, whoever is sending at that moment, and whatever is written over it."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, select, update

from releasegate.errors import Blocked, Refused, StoreError
from releasegate.model.state import State
from releasegate.sending import send
from releasegate.store import tables
from tests.building import Bench, Between, approved, mails, make_bench

WAIT = "Wait: the date is wrong."


def revoked(bench: Bench, draft_id: str = "d1") -> str:
    """Chie takes hers back: "", or why that is refused."""
    try:
        bench.gate.revoke(draft_id, digest=bench.gate.draft(draft_id).digest, by="chie", note=WAIT)
    except Refused as refused:
        return refused.code
    return ""


def test_f032_an_approval_withdrawn_while_it_is_claimed_has_one_order(store_url: str) -> None:
    """Before any step of a send: taken back and nothing leaves, or refused since it is on its way; the log says which was first."""
    found = list[tuple[str, int, set[str]]]()
    for number in range(1, 20):
        bench, told, name = make_bench(store_url), list[str](), f"d{number}"
        approved(bench.gate, name, content=mails(2, f"Text {number}."))
        office = bench.gate._office

        def meanwhile(bench: Bench = bench, told: list[str] = told, name: str = name) -> None:
            told.append(revoked(bench, name))

        with contextlib.suppress(Blocked):
            send(replace(office, store=Between(office.store, number, meanwhile)), name, by="mailer")  # type: ignore[arg-type]  # it quacks
        if not told:
            break
        kinds = {event.kind for event in bench.gate.history(name)}
        found.append((told[0], len(bench.outbox.got), kinds & {"claim", "revoke"}))

    first = ("", 0, {"revoke"})
    late = ("not-its-turn", 2, {"claim"})
    assert first in found
    assert late in found
    assert [] == [each for each in found if each not in (first, late)]


def _copied(store_url: str, seq: int) -> None:
    """Somebody with a client for databases writes the old approval once more, behind its withdrawal, in its place in the draft."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        old = connection.execute(select(tables.events).where(tables.events.c.kind == "approve")).one()
        body = bytes(old.body).replace(b'"seq":%d' % old.seq, b'"seq":%d' % seq).replace(b'"position":%d' % old.position, b'"position":99')
        connection.execute(tables.events.insert().values(**old._asdict() | {"position": 99, "seq": seq, "body": body}))
        connection.execute(update(tables.drafts).values(seq=seq, state="approved"))
    engine.dispose()


def _restored(store_url: str, seq: int) -> None:
    """The withdrawal is taken out, with what followed from it."""
    engine = create_engine(store_url)
    with engine.begin() as connection:
        old = connection.execute(select(tables.events.c.seq).where(tables.events.c.kind == "revoke")).scalar_one()
        connection.execute(tables.events.delete().where(tables.events.c.seq >= old))
        connection.execute(update(tables.drafts).values(seq=old - 1, state="approved"))
    engine.dispose()


@pytest.mark.parametrize("forge", [_copied, _restored])
def test_f128_an_old_approval_that_is_put_back_after_its_withdrawal_opens_nothing(
    store_url: str, forge: Callable[[str, int], None]
) -> None:
    """The last word counts, and a log in which it is another one is not believed."""
    bench = make_bench(store_url)
    approved(bench.gate)
    assert "" == revoked(bench)
    with pytest.raises(Blocked):
        bench.gate.send("d1", by="mailer")
    assert State.APPROVING is bench.gate.draft("d1").state
    assert {"two pairs of eyes"} == bench.gate.decide("d1").blocked_by

    forge(store_url, bench.gate.draft("d1").seq + 1)
    with pytest.raises((Blocked, StoreError)):
        bench.gate.send("d1", by="mailer")
    assert [] == bench.outbox.got
    assert not bench.gate.verify().sound
