"""Nobody gets it who has left, whose mailbox is gone, who has complained, or who must not be written to."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from releasegate.checks.findings import few, quote
from releasegate.checks.registry import FunctionCheck, check, settings_of
from releasegate.checks.suppression import FileName, Source, Unreadable, read_source, same
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.state import State
from releasegate.protocols import Context

Lookup = Callable[[Collection[str]], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class SuppressedRecipient:
    """Nobody on the list stands in one of the `sources`: CSV files with a header row, from the policy file's folder.

    They are read again at every decision, also at the claim; while it is leaving, what it began with stands. A list that cannot be read
    shuts the gate.
    """

    id: ClassVar[str] = "suppressed-recipient"
    version: ClassVar[int] = 1
    reads: ClassVar[frozenset[str]] = frozenset({"audience", "history"})

    sources: tuple[FileName | Source, ...] = ()

    @property
    def settings(self) -> Mapping[str, Any]:
        """Its fields."""
        return settings_of(self)

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        people = _people(draft, context) if self.sources else {}
        return few(finding for source in self.sources for finding in self._in(source, people, context.folder))

    def _in(self, source: str | Source, people: Mapping[str, str], folder: str) -> Iterator[Finding]:
        asked = Source(file=source) if isinstance(source, str) else source
        try:
            listed = read_source(asked, folder) if people else frozenset[str]()
        except Unreadable as error:
            yield self._unreadable(asked, error)
            return
        params = {"source": quote(asked.file), **({"reason": quote(asked.reason)} if asked.reason else {})}
        for address in (people[each] for each in people if each in listed):
            yield Finding(check=self.id, where="to", evidence=quote(address), params=params, variant="reason" if asked.reason else "")

    def _unreadable(self, source: Source, error: Unreadable) -> Finding:
        params = {"source": quote(source.file), "detail": quote(error.detail)}
        if not error.columns:
            return Finding(check=self.id, where="to", params=params, variant="unreadable")
        return Finding(check=self.id, where="to", params={**params, "columns": quote(error.columns)}, variant="column")


def suppressed_by(name: str, lookup: Lookup, *, valid_for: timedelta = timedelta(minutes=15)) -> FunctionCheck:
    """A check of the id `suppressed-recipient.NAME`: `lookup` is given the addresses and says which of them must not be written to.

    It is asked outside of any transaction, when the text is written and again before it leaves where its answer is older than `valid_for`.
    """
    own = f"{SuppressedRecipient.id}.{name}"

    @check(own, reads=("audience",), valid_for=valid_for)
    def look(draft: Draft, context: Context) -> Iterable[Finding]:
        people = _people(draft, context)
        named = {same(each) for each in lookup(tuple(people.values()))} if people else set[str]()
        found = (people[each] for each in people if each in named)
        return few(Finding(check=own, where="to", evidence=quote(address), params={"source": name}) for address in found)

    return look


def _people(draft: Draft, context: Context) -> dict[str, str]:
    """Whom it has still to reach, by what they are compared by; nobody while it is on its way: who leaves now leaves after this one."""
    if draft.state is State.SENDING:
        return {}
    people = context.recipients if context.waiting is None else context.waiting
    return {same(address): address for address in people}
