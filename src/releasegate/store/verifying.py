"""Whether the log is what was written: edits, deletions, reordering, cut tails, rewrites back to the last anchor."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import select

from releasegate.messages.words import Words
from releasegate.model.anchor import Anchor, read_anchor
from releasegate.store.beside import beside
from releasegate.store.store import Store, Txn
from releasegate.store.streaming import stream
from releasegate.store.tables import chain, events
from releasegate.store.walking import Faults, Walk, moment
from releasegate.store.witnesses import EVERYBODY, Witnesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was found: `faults` in words of codes and places; `covered` is the last position that an anchor vouches for.

    What lies after it (`length - covered` events, since `since`) could have been rewritten by whoever holds the store. `anchors` says how
    many counted: with none, a whole log that was rewritten and a tail that was cut with care cannot be seen.
    """

    length: int
    head: str
    faults: tuple[str, ...]
    covered: int
    since: datetime | None
    erased: int
    anchors: int = 0

    @property
    def sound(self) -> bool:
        """Nothing was found."""
        return not self.faults


def verify(store: Store, *, anchors: Iterable[str] = (), kept: Iterable[Anchor] = (), witnesses: Witnesses = EVERYBODY) -> Verification:
    """Read the whole log and say what is wrong with it. `anchors` are heads that somebody noted down, and gives by hand: `position:hash`.

    `kept` are those of a file, of which only those count that the `witnesses` vouch for. Raises ValueError for what is no anchor.
    """
    noted, filed = tuple(read_anchor(each) for each in anchors), tuple(kept)
    return store.look(lambda txn: _verify(txn, noted, filed, witnesses))


def _verify(txn: Txn, noted: tuple[Anchor, ...], filed: tuple[Anchor, ...], witnesses: Witnesses) -> Verification:
    faults = Faults()
    counted = [
        *(each for each in noted if each.bare),
        *_counting(txn, (*(each for each in noted if not each.bare), *filed), witnesses, faults),
    ]
    places: dict[int, tuple[Anchor, ...]] = {}
    for anchor in counted:
        places[anchor.position] = (*places.get(anchor.position, ()), anchor)
    walk = Walk(places, txn.store, faults)
    walk.follow(stream(txn, select(*_COLUMNS).order_by(events.c.position), raw=_RAW))
    for fault in (*_ends(txn, walk), *_between(counted), *_bare(walk), *beside(txn, walk.policy)):
        faults.add(fault)
    return Verification(
        length=walk.position,
        head=f"{walk.position}:{walk.head}",
        faults=tuple(faults),
        covered=walk.covered,
        since=moment(walk.first_body),
        erased=walk.erased,
        anchors=len(counted),
    )


_COLUMNS = (events.c.position, events.c.draft_id, events.c.seq, events.c.kind, events.c.body, events.c.hash, events.c.salt, events.c.memo)
_RAW = (
    "SELECT position, draft_id, seq, kind, CAST(body AS BLOB), hash, CAST(salt AS BLOB), CAST(memo AS BLOB) FROM events ORDER BY position"
)
"""What became text in a shell is bytes again, so that the digests tell."""


def _counting(txn: Txn, kept: Iterable[Anchor], witnesses: Witnesses, faults: Faults) -> Iterator[Anchor]:
    """Those that somebody vouches for who counts. One of another store, or that nobody vouches for, does not get into a file by itself."""
    for anchor in kept:
        if not anchor.bare and anchor.store != txn.store:
            faults.add(Words("foreign: the anchor for event {position} is of another store", position=anchor.position))
        elif reason := witnesses.doubt(anchor):
            faults.add(
                Words("forged: the anchor for event {position} counts for nothing: {reason}", position=anchor.position, reason=reason)
            )
        else:
            yield anchor


def _ends(txn: Txn, walk: Walk) -> Iterator[str]:
    """Log, chain row and anchors end at one place."""
    last = txn.connection.execute(select(chain.c.position, chain.c.head, chain.c.at).where(chain.c.id == 1)).one_or_none()
    if last is None or (last.position, last.head) != (walk.position, walk.head):
        end = last.position if last else Words("nowhere")
        yield Words("cut: the log ends at event {position}, the chain at {end}", position=walk.position, end=end)
    elif walk.position:
        at = moment(walk.last_body)
        if at is None or last.at != at.isoformat(timespec="microseconds"):
            yield Words("cache: the chain's time is {at}, not that of event {position}", at=last.at, position=walk.position)
    for position in walk.anchors:
        if position > walk.position:
            yield Words("cut: the anchor names event {position}, the log ends at {end}", position=position, end=walk.position)


def _between(counted: Iterable[Anchor]) -> Iterator[str]:
    """The anchors among themselves: a log only grows, and there is only one of it."""
    timed = sorted((each for each in counted if each.at is not None), key=lambda each: (each.at, each.position))
    highest: Anchor | None = None
    for before, after in pairwise(timed):
        highest = before if highest is None or before.position >= highest.position else highest
        if after.position < highest.position:
            yield Words(
                "restored: the anchor of {at} names event {position}, one before it had seen event {other}",
                at=_said(after),
                position=after.position,
                other=highest.position,
            )
        elif after.position == before.position and after.head != before.head:
            yield Words("forked: two anchors name two logs at event {position}", position=after.position)


def _said(anchor: Anchor) -> str:
    return anchor.at.isoformat(timespec="seconds") if anchor.at else ""


def _bare(walk: Walk) -> Iterator[str]:
    """A note that is gone although no entry of the log says that it was erased, or by whom."""
    for position in walk.bare.values():
        yield Words("missing: the note beside event {position}; no entry says that it was erased", position=position)
