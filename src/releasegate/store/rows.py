"""The draft's row: the lock of everything that happens to it."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, tuple_
from sqlalchemy.exc import IntegrityError

from releasegate.errors import Conflict
from releasegate.model.state import State
from releasegate.store.prepared import Prepared
from releasegate.store.store import Txn
from releasegate.store.tables import drafts

_SELECT = select(drafts).where(drafts.c.id == bindparam("i"))
_ROW, _LOCKED = Prepared(_SELECT), Prepared(_SELECT.with_for_update())
_COLUMNS = tuple(column.name for column in drafts.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What the row caches: enough to lock by, to queue by, and to hold by."""

    id: str
    seq: int
    state: State
    epoch: int
    round: int
    digest: str
    hold_count: int
    holds: int
    channel: str
    title: str
    reach: int
    send_at: str
    lease: str
    updated: str


def read(txn: Txn, draft_id: str, *, lock: bool = True) -> Row | None:
    """The row of this draft, locked until the transaction ends where it writes."""
    found = (_LOCKED if lock else _ROW).row(txn, {"i": draft_id})
    if found is None:
        return None
    told = dict(zip(_COLUMNS, found, strict=True))
    return Row(**(told | {"state": _state(told["state"])}))


def _state(word: str) -> State:
    """The state of this name. One that only a newer version knows keeps its name: nothing is done with it here but to hold it."""
    try:
        return State(word)
    except ValueError:
        strange = str.__new__(State, word)
        strange._name_ = strange._value_ = word
        return strange


def insert(txn: Txn, row: Row) -> None:
    """A new draft's row. Raises Conflict where somebody else wrote one of this id at the same moment."""
    try:
        txn.connection.execute(drafts.insert().values(**_values(row)))
    except IntegrityError as error:
        raise Conflict(row.id) from error


def _move(*names: str) -> Prepared:
    here = (drafts.c.id == bindparam("_id"), drafts.c.seq == bindparam("_seq"))
    return Prepared(drafts.update().where(*here).values({name: bindparam(f"_{name}") for name in names} | {"seq": bindparam("_next")}))


_STEP = ("state", "epoch", "round", "hold_count", "holds", "lease", "updated")
_TEXT = ("digest", "channel", "title", "reach", "send_at")
_BY_STEP, _BY_TEXT = _move(*_STEP), _move(*_STEP, *_TEXT)
"""Two statements, made once: what a step changes, and a new text besides, whose columns stand in the indexes."""


def move(txn: Txn, before: Row, after: Row) -> None:
    """One step of this draft, by compare-and-set on its seq. Raises Conflict where somebody else was first."""
    same = all(getattr(before, name) == getattr(after, name) for name in _TEXT)
    values = {f"_{name}": getattr(after, name) for name in (_STEP if same else (*_STEP, *_TEXT))}
    values |= {"_id": before.id, "_seq": before.seq, "_next": after.seq, "_state": after.state.value}
    if (_BY_STEP if same else _BY_TEXT).change(txn, values) != 1:
        raise Conflict(before.id)


def _values(row: Row) -> dict[str, object]:
    return {name: getattr(row, name) for name in Row.__slots__} | {"state": row.state.value}


def near(txn: Txn, draft_id: str) -> tuple[str, ...]:
    """Ids that come close to this one: what somebody may have meant."""
    from difflib import get_close_matches

    recent = select(drafts.c.id).order_by(drafts.c.updated.desc()).limit(1000)
    return tuple(get_close_matches(draft_id, txn.connection.execute(recent).scalars(), n=3))


def open_ids(txn: Txn) -> tuple[str, ...]:
    """The drafts that are not over, the next to leave first."""
    over = [state.value for state in State if state.over]
    query = select(drafts.c.id).where(drafts.c.state.not_in(over)).order_by(drafts.c.send_at, drafts.c.updated)
    return tuple(txn.connection.execute(query).scalars())


_PAGE = 100
"""So many drafts are in hand at a time: who goes through all of them keeps no list."""


def page(txn: Txn, state: State, after: tuple[str, str] = ("", ""), *, until: str = "") -> tuple[tuple[str, str], ...]:
    """Some drafts in this state by hour and id, beyond `after`, each with its `send_at`; with `until` only those with an hour, up to it."""
    place = tuple_(drafts.c.send_at, drafts.c.id)
    query = select(drafts.c.send_at, drafts.c.id).where(drafts.c.state == state.value, place > tuple_(*after))
    query = query.where(drafts.c.send_at != "", drafts.c.send_at <= until, drafts.c.hold_count == 0) if until else query
    rows = txn.connection.execute(query.order_by(drafts.c.send_at, drafts.c.id).limit(_PAGE))
    return tuple((row.send_at, row.id) for row in rows)


def open_seqs(txn: Txn) -> dict[str, int]:
    """The drafts that are not over, each with its seq."""
    over = [state.value for state in State if state.over]
    rows = txn.connection.execute(select(drafts.c.id, drafts.c.seq).where(drafts.c.state.not_in(over)))
    return {row.id: row.seq for row in rows}


def of_channel(txn: Txn, channel: str) -> tuple[str, ...]:
    """The drafts of this way out that are not over, in the order of their ids."""
    over = [state.value for state in State if state.over]
    query = select(drafts.c.id).where(drafts.c.channel == channel, drafts.c.state.not_in(over)).order_by(drafts.c.id)
    return tuple(txn.connection.execute(query).scalars())


def lock(txn: Txn, ids: Iterable[str]) -> None:
    """Lock these drafts before anything is written, in the order of their ids: two who hold the same ones do not wait for each other."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _PAGE):
        some = drafts.c.id.in_(wanted[start : start + _PAGE])
        txn.connection.execute(select(drafts.c.id).where(some).order_by(drafts.c.id).with_for_update()).all()


def open_channels(txn: Txn) -> tuple[str, ...]:
    """The ways out of the drafts that are not over."""
    over = [state.value for state in State if state.over]
    query = select(drafts.c.channel).where(drafts.c.state.not_in(over)).distinct().order_by(drafts.c.channel)
    return tuple(txn.connection.execute(query).scalars())


def count(txn: Txn) -> int:
    """How many drafts there are."""
    return int(txn.connection.execute(select(func.count()).select_from(drafts)).scalar_one())
