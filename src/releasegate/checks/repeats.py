"""The same text, or nearly the same, to people who have just had it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import Field

from releasegate.checks.registry import settings_of
from releasegate.checks.sketches import Sketch, alike, first_sketch, frame
from releasegate.checks.suppression import same
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.protocols import Context, LastSend

# Below it, a day or a name makes all the difference.
_SHORT = 100
_NOT_QUITE = 0.99


@dataclass(frozen=True, kw_only=True)
class DuplicateSend:
    """Nobody gets what went to them in the last `days`, or a text that is `similarity` the same; the channels in `repeating` may.

    It is measured on what is new in both: lines that two or more of the channel's last ten sends have are its frame. Other attachments make
    another text. It counts where at least the share `overlap` of these people had the earlier one. Twins are left to `repeat`.
    """

    id: ClassVar[str] = "duplicate-send"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"content", "audience", "time", "history"})

    days: Annotated[int, Field(ge=1, le=366)] = 27
    similarity: Annotated[float, Field(ge=0.5, le=1)] = 0.95
    overlap: Annotated[float, Field(gt=0, le=1)] = 0.05
    repeating: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields, the shares as text: what is signed holds no fractions."""
        return {name: str(value) if isinstance(value, float) else value for name, value in settings_of(self).items()}

    def __call__(self, draft: Draft, context: Context) -> Iterator[Finding]:
        """What it finds in this draft."""
        if draft.channel in self.repeating:
            return
        # The very same bytes are the gate's own rule: `repeat` of the channel says how long they count as sent twice.
        twins = {twin.draft_id for twin in draft.twins}
        before = [each for each in context.earlier(context.at - timedelta(days=self.days)) if each.draft_id not in twins]
        if not before:
            return
        mine = first_sketch(draft.digest, context.letters)
        usual = frame(first_sketch(each.digest, each.letters) for each in context.last_sends)
        alikes = [(each, likeness) for each in before if (likeness := self._likeness(mine, each, usual)) >= self.similarity]
        people = frozenset(same(each) for each in context.recipients) if alikes else frozenset()
        for each, likeness in alikes:
            if (shared := _shared(people, each, draft)) >= self.overlap * (len(people) or 1):
                params: dict[str, str | int] = {"draft": each.draft_id, "at": each.at.isoformat(), "n": shared if people else draft.reach}
                similar = {"percent": round(likeness * 100)} if likeness < 1 else {}
                yield Finding(check=self.id, where="text", params=params | similar, variant="similar" if similar else "")

    def _likeness(self, mine: Sketch, each: LastSend, usual: frozenset[int]) -> float:
        theirs = first_sketch(each.digest, each.letters)
        if (whole := alike(mine, theirs)) == 1 or mine.size < _SHORT:
            return whole if whole == 1 else 0.0
        return min(alike(mine, theirs, usual), _NOT_QUITE)


def _shared(people: frozenset[str], each: LastSend, draft: Draft) -> int:
    """How many of these people had it; where nobody is named, it is a post: the channel's audience is the same one."""
    if not people:
        return int(each.channel == draft.channel)
    return len(people & {same(address) for address in each.recipients})
