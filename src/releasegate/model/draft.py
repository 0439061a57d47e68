"""The thing on its way, as its events tell it: Draft, Signature, Hold, Waiver, Tally, Twin, Linked."""

from dataclasses import dataclass, field
from datetime import datetime

from releasegate.model.declared import Declared
from releasegate.model.handoff import Handoff, Item, Ladder
from releasegate.model.schedule import Schedule
from releasegate.model.state import Role, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One person's yes to one text: it counts for (digest, rules, round). `by` and `via` (delegation) both count as having acted.

    A carried one stands for the requirements in `carried_for` only; `seen` is the digest of the text that the person really saw.
    """

    by: str
    role: Role
    digest: str
    rules: str
    round: int
    at: datetime
    seq: int
    via: str = ""
    carried: bool = False
    carried_for: tuple[str, ...] = ()
    seen: str = ""
    proof: str = ""  # what a key of theirs signed, and with which nonce; "" where no key did, or where it had been given before
    said: str = ""  # sha256 of the note's text, as it was signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A stop in force: `id` is `draft/h1`. `owed` while it was placed without a word.

    `along`: the hold (or the draft that was withdrawn, or is over) of the same release with which it came.
    """

    id: str
    by: str
    at: datetime
    note: str = ""
    owed: bool = False
    final: bool = False
    along: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One vote to let a requirement, or the findings of a check that were seen (their fingerprints), stand: for one digest in one round."""

    name: str
    by: str
    digest: str
    rules: str
    round: int
    at: datetime
    findings: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many people have been reached, and how many not: it adds up to the draft's reach."""

    waiting: int = 0
    claimed: int = 0
    sending: int = 0
    sent: int = 0
    refused: int = 0
    unknown: int = 0
    booked: int = 0
    earlier: int = 0  # reached by a text that it has no more: beside the sum, not in it

    @property
    def left(self) -> int:
        """Not yet begun."""
        return self.waiting + self.claimed

    @property
    def begun(self) -> bool:
        """Something has left, or may have."""
        return bool(self.sending or self.sent or self.refused or self.unknown or self.earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """Another draft that holds one of the same messages; `kind` is `held`, `withdrawn`, `going`, `unknown` or `sent`."""

    draft_id: str
    kind: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Another draft that has named one of the same releases; `state` is a State's word, `holds` how many are in force there.

    `now`: the texts of both are of the same release as they stand; what named it earlier is held with it all the same.
    """

    draft_id: str
    channel: str
    state: str
    holds: int = 0
    now: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft as it stands, frozen. `digest` names exactly this text; `writers` are all who wrote, edited or submitted any version of it.

    `send_at` is the instant asked for (None: at once); `schedule` has its wall time and zone; `opened` is the last event that opened
    the way (undo counts from it); `desk` is the person or role whose turn it is; `declared` is what its author said beforehand;
    `handoffs` are those that nobody has taken over yet; `release` names the news of which it is one way out, `linked` are the others.
    `standing` are the bookings of it that may go out over there, as far as is known: their ids, or our references.
    """

    id: str
    channel: str
    title: str
    state: State
    digest: str
    reach: int
    writers: tuple[str, ...] = ()
    eyes: frozenset[str] = frozenset()  # the pairs of eyes that had a hand in it, as they were known when they had
    author: str = ""
    schedule: Schedule = field(default_factory=Schedule)
    window: int = 0
    declared: Declared = field(default_factory=Declared)
    sender: str = ""
    identity: str = ""
    meant: str = "live"
    count: int = 0
    round: int = 1
    seq: int = 0
    epoch: int = 0
    hold_count: int = 0
    signatures: tuple[Signature, ...] = ()
    holds: tuple[Hold, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    twins: tuple[Twin, ...] = ()
    release: str = ""
    linked: tuple[Linked, ...] = ()
    standing: tuple[str, ...] = ()
    tally: Tally = field(default_factory=Tally)
    opened: datetime | None = None
    since: datetime | None = None
    written: datetime | None = None
    lease: datetime | None = None
    desk: str = ""
    handoffs: tuple[Handoff, ...] = ()
    items: tuple[Item, ...] = ()
    proofs: frozenset[str] = frozenset()  # every signature by a key that was ever given here: each counts once
    taken: str = ""  # who took over what was handed on last, while it is still theirs
    accepted: tuple[Handoff, ...] = ()  # what was taken over, while it still counts
    moved: datetime | None = None  # when somebody last did something with it
    ladder: Ladder = field(default_factory=Ladder)  # the reminders since, where nothing is handed on
    faults: tuple[str, ...] = ()

    @property
    def send_at(self) -> datetime | None:
        """The instant it was asked to leave; None means at once, or that the schedule names no instant."""
        return self.schedule.utc

    @property
    def mark(self) -> str:
        """The digest's first eight characters: for reading out, never for comparing."""
        return self.digest[:8]
