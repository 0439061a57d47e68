"""What people are to be told: written with the step that it tells of, claimed by whoever tells it, so that nobody else does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
from sqlalchemy import bindparam, literal, or_, select

from releasegate.store.prepared import Prepared, insert_new
from releasegate.store.store import Txn
from releasegate.store.tables import notices

_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message: a code and its facts, to people by their ids, about one draft; `step` is the rung it is of, empty for an alarm."""

    id: str
    draft_id: str
    code: str
    to: tuple[str, ...]
    params: Mapping[str, str | int]
    step: Mapping[str, str] = field(default_factory=dict)
    worker: str = ""


def put(txn: Txn, notice: Notice) -> None:
    """Write it, in the transaction of the step that it tells of: neither stands without the other. One of this id that stands, stands."""
    values = {"id": notice.id, "draft_id": notice.draft_id, "state": "waiting", "code": notice.code, "made": _text(txn.now())}
    packed = {name: orjson.dumps(getattr(notice, name)).decode() for name in ("to", "params", "step")}
    whole = {**values, **packed, "worker": "", "lease": "", "ended": "", "error": ""}
    txn.connection.execute(insert_new(notices, postgres=txn.postgres), whole)


def waiting(txn: Txn, *, most: int = 100) -> tuple[Notice, ...]:
    """Some that nobody has told yet, the oldest first."""
    return tuple(_notice(row) for row in _WAITING.rows(txn, {"m": most}))


def abandoned(txn: Txn, *, most: int = 100) -> tuple[Notice, ...]:
    """Some that somebody is telling, or was: whoever asks finds out which tellers are dead, or over their time."""
    return tuple(_notice(row) for row in _CLAIMED.rows(txn, {"m": most}))


def over(txn: Txn, notice_id: str) -> bool:
    """Its teller's time is over."""
    return _OVER.row(txn, {"i": notice_id, "now": _text(txn.now())}) is not None


def claim(txn: Txn, notice_id: str, worker: str, *, lease: timedelta) -> bool:
    """Take it, to tell it; False where somebody else was first."""
    return _CLAIM.change(txn, {"i": notice_id, "w": worker, "l": _text(txn.now() + lease)}) == 1


def back(txn: Txn, notice: Notice, *, error: str) -> bool:
    """It was not told, and is to be tried once more; False where it was put back before, or somebody has said what became of it."""
    return _BACK.change(txn, {"i": notice.id, "w": notice.worker, "e": error}) == 1


def end(txn: Txn, notice: Notice, *, error: str = "") -> bool:
    """It was told, or nobody heard of it; False where somebody else has said so already."""
    now = txn.now()
    _OLD.change(txn, {"t": _text(now - _KEPT)})
    values = {"i": notice.id, "w": notice.worker, "s": "failed" if error else "told", "t": _text(now), "e": error[:500]}
    return _END.change(txn, values) == 1


_FIELDS = (notices.c.id, notices.c.draft_id, notices.c.code, notices.c.to, notices.c.params, notices.c.step, notices.c.worker)
_ORDER = (notices.c.made, notices.c.id)
_WAITING = Prepared(select(*_FIELDS).where(notices.c.state == literal("waiting")).order_by(*_ORDER).limit(bindparam("m")))
_CLAIMED = Prepared(select(*_FIELDS).where(notices.c.state == literal("claimed")).order_by(*_ORDER).limit(bindparam("m")))
_OVER = Prepared(
    select(notices.c.id).where(notices.c.id == bindparam("i"), notices.c.state == literal("claimed"), notices.c.lease <= bindparam("now"))
)
_CLAIM = Prepared(
    notices.update()
    .where(notices.c.id == bindparam("i"), notices.c.state == literal("waiting"))
    .values(state=literal("claimed"), worker=bindparam("w"), lease=bindparam("l"))
)
_MINE = (notices.c.id == bindparam("i"), notices.c.state == literal("claimed"), notices.c.worker == bindparam("w"))
_BACK = Prepared(
    notices.update()
    .where(*_MINE, notices.c.error == literal(""))
    .values(state=literal("waiting"), worker=literal(""), lease=literal(""), error=bindparam("e"))
)
_END = Prepared(notices.update().where(*_MINE).values(state=bindparam("s"), ended=bindparam("t"), error=bindparam("e")))
_OLD = Prepared(
    notices.delete().where(or_(notices.c.state == literal("told"), notices.c.state == literal("failed")), notices.c.made < bindparam("t"))
)


def _notice(row: Iterable[str]) -> Notice:
    name, draft_id, code, to, params, step, worker = row
    facts = (orjson.loads(each) for each in (to, params, step))
    people, said, told_for = facts
    return Notice(id=name, draft_id=draft_id, code=code, to=tuple(people), params=said, step=told_for, worker=worker)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
