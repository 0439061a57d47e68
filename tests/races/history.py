"""What the gate must not do, checked against what everybody was answered and what the other end received.

All stamps are of the machine's monotonic clock, which is one for all processes. A send is *entered* when the channel's `send` is entered:
right after the fence was committed, before anything else. It is *received* when the server has read its line; always later. `since` is a
moment before which its fence cannot have been committed: when the same process came back from its last hand-over, or asked to send.

By the stamps alone (of what people were told; nothing of the store is believed):

held        A send entered after a hold was answered HELD and before its lift was asked for. HELD says that nothing was begun and not
            settled when the hold was committed, and settling needs the return of `send`: so the fence of a send that is entered later
            was committed later. At once for every parcel of the draft.
in flight   After a hold answered IN_FLIGHT with n, more than n sends entered before its lift was asked for.
withdrawn   A send entered after a withdrawal was acknowledged as done.
old text    A send of a version entered after the writing of a later one was acknowledged.
unsigned    A send of a version that nobody was asked to approve, or whose approval was refused.
right       A send whose whole time from `since` to *entered* lies between the acknowledged removal of the right of the only approver of
            that version and the moment when somebody first asked to give it back.

By the order of the store (row locks make it the order of the fences: both sides read the clock after they have the lock):

hold order  A `begin` in the log, or a delivery begun, between a hold (whatever it was answered) and its lift.
right order A `begin` in the log, or a delivery begun, between the adoption that takes the right of the only approver away and the one that
            gives it back.

By what stood at the desk that keeps its own clock (its own stamps: made, taken away):

standing    A booking stood there after a hold was answered HELD and before its lift was asked for, or after a withdrawal was acknowledged
            as done.
two         Two bookings of one draft stood there at one time.

double      More than one line for the same person and draft that the server took, answered or not (what was booked and taken away may be
            booked again).
log         The chain does not verify, or a draft's row does not count its events.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Entry = dict[str, Any]
FOREVER = 1 << 62
_TAKEN = ("taken", "lost")


@dataclass
class History:
    """Everything that was said and received in one race; `log` and `begun` are the store's events and deliveries, `desk` the bookings."""

    sends: list[Entry]
    told: list[Entry]
    log: list[Entry] = field(default_factory=list)
    begun: list[Entry] = field(default_factory=list)
    desk: list[Entry] = field(default_factory=list)

    def of(self, what: str) -> list[Entry]:
        """What people noted of this kind."""
        return [entry for entry in self.told if entry["what"] == what]

    def violations(self) -> Counter[str]:
        """How often each promise was broken."""
        return Counter(kind for kind in self._all())

    def doubles(self) -> int:
        """How many lines the server took that it had taken before."""
        taken = Counter((send["draft"], send["no"]) for send in self.sends if send["answer"] in _TAKEN and not send.get("book"))
        return sum(count - 1 for count in taken.values())

    def _all(self) -> Iterator[str]:
        entered: dict[str, list[int]] = defaultdict(list)
        for send in sorted(self.sends, key=lambda send: send["entered"]):
            entered[send["draft"]].append(send["entered"])
        yield from self._holds(entered)
        for gone in self.of("withdrawn"):
            yield from ["withdrawn"] * _between(entered[gone["draft"]], gone["answered"], FOREVER)
        yield from self._texts()
        yield from self._rights()
        yield from self._hold_order()
        yield from self._right_order()
        yield from self._standing()
        yield from self._two()

    def _holds(self, entered: dict[str, list[int]]) -> Iterator[str]:
        lifts = {lift["hold"]: lift["asked"] for lift in self.of("lift")}
        allowed = {"HELD": ("held", 0), "IN_FLIGHT": ("in flight", None)}
        for hold in self.of("hold"):
            if hold["state"] in allowed and hold["hold"]:
                kind, most = allowed[hold["state"]]
                after = _between(entered[hold["draft"]], hold["answered"], lifts.get(hold["hold"], FOREVER))
                yield from [kind] * (after - (hold["in_flight"] if most is None else most))

    def _standing(self) -> Iterator[str]:
        lifts = {lift["hold"]: lift["asked"] for lift in self.of("lift")}
        spans = [
            (hold["draft"], hold["answered"], lifts.get(hold["hold"], FOREVER))
            for hold in self.of("hold")
            if hold["state"] == "HELD" and hold["hold"]
        ]
        spans += [(gone["draft"], gone["answered"], FOREVER) for gone in self.of("withdrawn")]
        stood = _grouped(self.desk)
        for draft, since, until in spans:
            yield from ["standing" for each in stood[draft] if each["made"] < until and since < each["stopped"]]

    def _two(self) -> Iterator[str]:
        for stood in _grouped(self.desk).values():
            for one, next_one in pairwise(sorted(stood, key=lambda each: each["made"])):
                if next_one["made"] < one["stopped"]:
                    yield "two"

    def _texts(self) -> Iterator[str]:
        answered: dict[str, dict[int, int]] = defaultdict(dict)
        for text in self.of("text"):
            answered[text["draft"]][text["version"]] = text["answered"]
        signed = self._signers()
        for send in self.sends:
            later = [at for version, at in answered[send["draft"]].items() if version > send["version"]]
            if later and send["entered"] > min(later):
                yield "old text"
            if not signed[send["draft"], send["version"]]:
                yield "unsigned"

    def _rights(self) -> Iterator[str]:
        by_cat = self._only_cat()
        spans = _spans([removed["answered"] for removed in self.of("removed")], [given["asked"] for given in self.of("given")])
        for send in (send for send in self.sends if (send["draft"], send["version"]) in by_cat):
            if any(since < send["since"] and send["entered"] < until for since, until in spans):
                yield "right"

    def _only_cat(self) -> set[tuple[str, int]]:
        """The versions that cat alone approved."""
        return {key for key, names in self._signers().items() if names == {"cat"}}

    def _signers(self) -> dict[tuple[str, int], set[str]]:
        """Who was asked to approve which version, and was not refused."""
        asked: Counter[tuple[str, int, str]] = Counter()
        for entry in self.told:
            if entry["what"] in ("approving", "not approved"):  # a refusal takes back its own asking, none that came before
                asked[entry["draft"], entry["version"], entry["by"]] += 1 if entry["what"] == "approving" else -1
        by: dict[tuple[str, int], set[str]] = defaultdict(set)
        for (draft, version, name), times in asked.items():
            if times > 0:
                by[draft, version].add(name)
        return by

    def _hold_order(self) -> Iterator[str]:
        begins = _by_draft([event for event in self.log if event["kind"] == "begin"], "position")
        fences = _by_draft(self.begun, "at")
        lifts = {event["hold"]: event for event in self.log if event["kind"] == "lift"}
        for event in self.log:
            if event["kind"] == "hold":
                lift = lifts.get(event["hold"], {"position": FOREVER, "at": "9"})
                yield from ["hold order"] * _between(begins[event["draft"]], event["position"], lift["position"])
                yield from ["hold order"] * _between(fences[event["draft"]], event["at"], lift["at"])

    def _right_order(self) -> Iterator[str]:
        """The first directory has cat in it; where another one is in force, cat has no right."""
        adopted = [event for event in self.log if event["kind"] == "adopt"]
        if not adopted:
            return
        by_cat = self._only_cat()
        digests = {text["digest"] for text in self.of("text") if (text["draft"], text["version"]) in by_cat}
        for key, entries in (("position", [event for event in self.log if event["kind"] == "begin"]), ("at", self.begun)):
            moments = [event[key] for event in adopted]
            for entry in entries:
                before = bisect_left(moments, entry[key])
                certain = before == bisect_right(moments, entry[key])
                if entry["digest"] in digests and certain and adopted[before - 1]["directory"] != adopted[0]["directory"]:
                    yield "right order"


def _between(moments: list[Any], after: Any, before: Any) -> int:  # noqa: ANN401 - stamps, positions, or times as text
    """How many of these lie strictly between."""
    return max(0, bisect_left(moments, before) - bisect_right(moments, after))


def _by_draft(entries: Iterable[Entry], key: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for entry in entries:
        found[entry["draft"]].append(entry[key])
    return defaultdict(list, {draft: sorted(moments) for draft, moments in found.items()})


def _grouped(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry["draft"]].append(entry)
    return found


def _spans(starts: list[int], ends: list[int]) -> list[tuple[int, int]]:
    """From each start to the next end."""
    return [(start, min((end for end in ends if end > start), default=FOREVER)) for start in starts]
