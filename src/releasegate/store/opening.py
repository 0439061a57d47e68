"""Making a store, and proving that one keeps its word before anything rests on it."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError

from releasegate.errors import StoreError
from releasegate.messages.words import Words
from releasegate.store.store import VIEW, run
from releasegate.store.tables import SCHEMA, chain, gate

_HEADS = {1: "0001", 2: "0002", 3: "0003", 4: "0004"}
_BEFORE = datetime(1970, 1, 1, tzinfo=UTC).isoformat(timespec="microseconds")
"""The time of an empty log: before any clock that a gate may be given."""
_BEAT = select(gate.c.beat).where(gate.c.id == 1)


def prepare(engine: Engine) -> str:
    """The id of the store behind this engine, made if there is none. Refuses a half-migrated or newer one, and proves itself."""
    found = run(engine, lambda connection: set(inspect(connection).get_table_names()), urgent=False, patience=30.0, options=VIEW)
    if "gate" not in found:
        _make(engine, found)
    _upgrade(engine)
    store = _known(engine)
    _self_test(engine)
    return store


def _make(engine: Engine, found: set[str]) -> None:
    """All tables and the two rows in one transaction: a store is there whole or not at all."""
    if found & {"drafts", "events", "deliveries"}:
        message = Words("This database holds part of a store: a migration was cut short. Restore it from a copy; nothing was changed.")
        raise StoreError(message)

    def make(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(7203115)"))
        if "gate" in inspect(connection).get_table_names():
            return
        _migrate(connection)
        connection.execute(gate.insert().values(id=1, store=uuid.uuid4().hex, schema=SCHEMA, epoch=1, policy=0, beat=""))
        connection.execute(chain.insert().values(id=1, position=0, head="", at=_BEFORE))

    run(engine, make, urgent=False, patience=30.0)


def _upgrade(engine: Engine) -> None:
    """From an older schema to the present one in one transaction; what was cut short is left for `_known` to refuse."""
    row, head = run(engine, _versions, urgent=False, patience=30.0, options=VIEW)
    if row is None or row.schema >= SCHEMA or head != _HEADS.get(row.schema):
        return

    def upgrade(connection: Connection) -> None:
        if connection.execute(select(gate.c.schema).where(gate.c.id == 1).with_for_update()).scalar_one() == row.schema:
            _migrate(connection)
            connection.execute(gate.update().where(gate.c.id == 1).values(schema=SCHEMA))

    run(engine, upgrade, urgent=False, patience=30.0)


def _migrate(connection: Connection) -> None:
    """Alembic's own run, on this connection and inside its transaction."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    folder = str(Path(__file__).parent / "migrations")
    script = ScriptDirectory(folder, version_locations=[folder])
    with EnvironmentContext(Config(), script, fn=lambda revision, _: script._upgrade_revs("head", revision)) as context:  # noqa: SLF001 - the documented way to run without an ini file
        context.configure(connection=connection, transactional_ddl=False)
        context.run_migrations()


def _known(engine: Engine) -> str:
    """The store's id, if its schema is exactly the one this version writes."""
    row, head = run(engine, _versions, urgent=False, patience=30.0, options=VIEW)
    if row is None:
        message = Words("This database holds part of a store: it has no gate row. Restore it from a copy; nothing was changed.")
        raise StoreError(message)
    if row.schema > SCHEMA:
        message = Words(
            "This store was written by a newer releasegate (schema {schema}; this one knows {schema2}). Only a hold can be placed.",
            schema=row.schema,
            schema2=SCHEMA,
        )
        raise StoreError(message)
    if row.schema != SCHEMA or head != _HEADS[SCHEMA]:
        message = Words(
            "This store is half migrated (schema {schema}, migration {head}). Restore it from a copy; nothing was changed.",
            schema=row.schema,
            head=head,
        )
        raise StoreError(message)
    return str(row.store)


def _versions(connection: Connection) -> tuple[Any, str | None]:
    """The gate row, and the name of the last migration."""
    row = connection.execute(select(gate.c.store, gate.c.schema).where(gate.c.id == 1)).one_or_none()
    known = inspect(connection).has_table("alembic_version")
    return row, connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() if known else None


def _self_test(engine: Engine) -> None:
    """Two connections: what one rolls back never stood, and what it has not committed the other does not see."""
    try:
        with engine.connect().execution_options(gate_write=True) as one, engine.connect() as other:
            mine = one.begin()
            before = one.execute(_BEAT).scalar_one()
            changed = one.execute(gate.update().where(gate.c.id == 1, gate.c.beat == before).values(beat=before + "?")).rowcount
            with other.begin():
                seen = other.execute(_BEAT).scalar_one()
            mine.rollback()
            with other.begin():
                after = other.execute(_BEAT).scalar_one()
    except DBAPIError:
        return  # somebody is writing: the store is in use and was proven when that was begun
    if changed != 1 or seen != before or after != before:
        message = Words("This database does not keep transactions apart (autocommit?). Nothing can rest on it.")
        raise StoreError(message)
