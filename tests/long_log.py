"""A long log, written at once: many drafts of one text, each held and lifted many times, as the store would have written it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import create_engine, insert, select, text, update

from releasegate.gate import Gate
from releasegate.model.manifest import canonical
from releasegate.store import tables
from releasegate.store.log import link
from tests.building import written

EACH = 10
"""Events a draft."""


def lengthen(gate: Gate, url: str, count: int) -> None:
    """So many events more, in drafts of ten each."""
    model = written(gate, "model")
    engine = create_engine(url)
    with engine.begin() as connection:
        row = dict(connection.execute(select(tables.drafts).where(tables.drafts.c.id == model.id)).one()._mapping)
        position, head, at = connection.execute(select(tables.chain.c.position, tables.chain.c.head, tables.chain.c.at)).one()
        store = connection.execute(select(tables.gate.c.store)).scalar_one()
        told = _events(store, row, position, at, count)
        while some := list(islice(told, 1000)):
            rows = []
            for columns, body in some:
                data = canonical(body)
                head = link(head, data)
                rows.append(columns | {"body": data, "hash": head, "salt": None, "memo": None})
            connection.execute(insert(tables.events), rows)
        names = [f"n{number}" for number in range(count // EACH)]
        last = row | {"seq": EACH, "epoch": 0, "hold_count": 1, "holds": EACH // 2, "state": "drafting", "round": 1}
        for start in range(0, len(names), 1000):
            some_names = names[start : start + 1000]
            connection.execute(insert(tables.drafts), [last | {"id": name} for name in some_names])
            connection.execute(insert(tables.texts), [{"draft_id": name, "digest": model.digest} for name in some_names])
        connection.execute(update(tables.chain).values(position=position + count, head=head))
    engine.dispose()


def _events(store: str, row: dict[str, Any], position: int, at: str, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for number in range(count):
        draft, seq = f"n{number // EACH}", number % EACH + 1
        kind = "write" if seq == 1 else "hold" if seq % 2 == 0 else "lift"
        place = {"position": position + number + 1, "seq": seq, "kind": kind}
        body = {"v": 1, "store": store, "draft": draft, "round": 1, "digest": row["digest"], "actor": "akari", "auth": "claimed", "at": at}
        yield {**place, "draft_id": draft}, {**body, **place, "data": {"to": "drafting"}, "memo": ""}


def empty(url: str) -> None:
    """A store without anything, for the next one."""
    engine = create_engine(url)
    with engine.begin() as connection:
        tables.metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    engine.dispose()
