"""What has changed from one text to the next, in kinds that a policy can name."""

from collections.abc import Iterable
from dataclasses import dataclass

from releasegate.model.manifest import Manifest

LATER = "schedule.later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a change is judged by: the manifest, the envelopes in order, and the parts that a reader meets.

    `heads` are To and Cc as they stand. `rest` is whatever else stands in the letters: other headers, the frame of the parts, defects,
    a body that is no mail.
    """

    manifest: Manifest
    envelopes: tuple[tuple[str, ...], ...] = ()
    senders: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()
    attachments: tuple[str, ...] = ()
    heads: tuple[tuple[str, ...], ...] = ()
    rest: tuple[str, ...] = ()

    @property
    def recipients(self) -> frozenset[str]:
        """Everybody whom it reaches."""
        return frozenset(address for envelope in self.envelopes for address in envelope)


def classify(before: Sealed, after: Sealed) -> frozenset[str]:
    """The kinds of change between two texts; `unchanged` alone where there is none. What no kind explains counts as `text`."""
    old, new = before.manifest, after.manifest
    if old.digest == new.digest:
        return frozenset({"unchanged"})
    kinds = {*_people(before, after), *_schedule(old, new), *_place(before, after)}
    if before.subjects != after.subjects or old.title != new.title:
        kinds.add("subject")
    if before.links != after.links:
        kinds.add("links")
    if before.attachments != after.attachments:
        kinds.add("attachments")
    unexplained = (not kinds or old.parcels != new.parcels) and not kinds & _EXPLAINED
    told = (before.texts, before.rest) != (after.texts, after.rest) or _declared_anew(old, new)
    if told or _renamed(before, after) or _dealt_anew(before, after) or unexplained:
        kinds.add("text")
    return frozenset(kinds)


_EXPLAINED = frozenset({"subject", "links", "attachments", "recipients.shrunk", "recipients.grown", "sender"})


def _renamed(before: Sealed, after: Sealed) -> bool:
    """The same people, and other words in To or Cc: a reader sees those."""
    return before.envelopes == after.envelopes and before.heads != after.heads


def _declared_anew(old: Manifest, new: Manifest) -> bool:
    """Another embargo, or for the same people another number."""
    return old.declared.embargo != new.declared.embargo or (old.recipients == new.recipients and old.declared != new.declared)


def _dealt_anew(before: Sealed, after: Sealed) -> bool:
    """Several letters, and not the same people get the same ones."""
    return len(after.envelopes) > 1 and before.envelopes != after.envelopes


def _people(before: Sealed, after: Sealed) -> Iterable[str]:
    if after.recipients - before.recipients or after.manifest.reach > before.manifest.reach:
        yield "recipients.grown"
    if before.recipients - after.recipients or after.manifest.reach < before.manifest.reach:
        yield "recipients.shrunk"


def _schedule(old: Manifest, new: Manifest) -> Iterable[str]:
    """A wider window or another zone for the same instant is no later hour: it counts as both directions."""
    if old.schedule == new.schedule and old.window == new.window:
        return
    was, will = old.schedule.utc, new.schedule.utc
    if was is not None and will is not None and old.window == new.window and was != will:
        yield LATER if will > was else "schedule.earlier"
        return
    yield from (LATER, "schedule.earlier")


def _place(before: Sealed, after: Sealed) -> Iterable[str]:
    old, new = before.manifest, after.manifest
    if (old.sender, before.senders) != (new.sender, after.senders):
        yield "sender"
    if (old.channel, old.identity, old.meant) != (new.channel, new.identity, new.meant):
        yield "channel"
    if old.release != new.release:
        yield "release"
