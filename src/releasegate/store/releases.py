"""Releases: which drafts are ways out of the same news. Whoever has named one once belongs to it for good."""

from collections.abc import Sequence

from sqlalchemy import inspect, select

from releasegate.model.state import State
from releasegate.store.store import Txn
from releasegate.store.tables import drafts, releases

_mine, _theirs = releases.alias("mine"), releases.alias("theirs")
_OVER = [state.value for state in State if state.over]
_CHUNK = 500


def join(txn: Txn, release: str, draft_id: str) -> bool:
    """Keep that this draft is of this release; False where that was known."""
    known = select(releases.c.release).where(releases.c.release == release, releases.c.draft_id == draft_id)
    if txn.connection.execute(known).one_or_none() is not None:
        return False
    txn.connection.execute(releases.insert().values(release=release, draft_id=draft_id))
    return True


def beside(txn: Txn, ids: Sequence[str]) -> dict[str, str]:
    """The other drafts of the releases of these, each with the one of these that leads there; not what was withdrawn: of it nothing leaves.

    In the order of their ids. On a store whose schema knows no releases there are none.
    """
    if not _kept(txn):
        return {}
    found: dict[str, str] = {}
    for start in range(0, len(ids), _CHUNK):
        query = (
            select(_theirs.c.draft_id, _mine.c.draft_id)
            .join(_mine, _theirs.c.release == _mine.c.release)
            .join(drafts, drafts.c.id == _theirs.c.draft_id)
            .where(_mine.c.draft_id.in_(ids[start : start + _CHUNK]), drafts.c.state != State.WITHDRAWN.value)
        )
        found |= dict(map(tuple, txn.connection.execute(query)))
    return {other: found[other] for other in sorted(found.keys() - set(ids))}


def members(txn: Txn, release: str) -> tuple[str, ...]:
    """The drafts of the release of this name, but for what was withdrawn; none on a store whose schema knows no releases."""
    if not _kept(txn):
        return ()
    query = (
        select(releases.c.draft_id)
        .join(drafts, drafts.c.id == releases.c.draft_id)
        .where(releases.c.release == release, drafts.c.state != State.WITHDRAWN.value)
        .order_by(releases.c.draft_id)
    )
    return tuple(txn.connection.execute(query).scalars())


def _kept(txn: Txn) -> bool:
    """Whether the schema of this store knows releases at all."""
    return inspect(txn.connection).has_table(releases.name)


def held(txn: Txn, release: str, draft_id: str) -> str | None:
    """Another draft of this release that is on hold and not over; None where none is."""
    query = (
        select(drafts.c.id)
        .join(releases, releases.c.draft_id == drafts.c.id)
        .where(releases.c.release == release, drafts.c.id != draft_id, drafts.c.hold_count > 0, drafts.c.state.not_in(_OVER))
        .order_by(drafts.c.id)
        .limit(1)
    )
    return txn.connection.execute(query).scalar_one_or_none()
