"""Anchors: the log's head, signed, added to files that lie outside the store; and what the last of them says of the log."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from releasegate.channels.cause import cause
from releasegate.errors import GateError, StoreError
from releasegate.messages.words import Words
from releasegate.model.alarm import Alarm
from releasegate.model.anchor import Anchor, read_anchor
from releasegate.model.state import Role
from releasegate.model.verdict import Blocker, Kind
from releasegate.policy.anchor_rules import AnchorRules
from releasegate.policy.duration import write_duration
from releasegate.policy.policy import Policy
from releasegate.store import anchor_file, ed25519, log, verifying
from releasegate.store.store import Store, Txn
from releasegate.store.verifying import Verification
from releasegate.store.witnesses import Witnesses

PATIENCE = 2.0
"""Seconds for which a verdict waits for an anchor that is being written just now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamping:
    """A time stamp authority: `ask` hands it a request (RFC 3161) and gives its answer back; `roots` are its root certificates (PEM)."""

    ask: Callable[[bytes], bytes]
    roots: bytes


@dataclass(slots=True)
class Anchors:
    """The anchors of one gate. Where its policy names no file, everything here does nothing, but for `take` with places of the caller's."""

    store: Store
    rules: AnchorRules
    folder: Path
    failed: Callable[[str], object]
    _seen: tuple[Anchor, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None
    _wanted: bool = False

    def take(self, *, to: Iterable[Callable[[Anchor], object]] = (), stamping: Stamping | None = None) -> Anchor:
        """One anchor of the log as it stands: signed, stamped, added to the files and handed to each of `to`. Raises GateError.

        With nothing new in the log, and the last anchor young enough, it is that one. Where the log does not go on from the last anchor
        none is made: it would vouch for what somebody changed.
        """
        places = tuple(to)
        last = self._latest()
        made = self.store.look(lambda txn: _head(txn, last))
        if not places and stamping is None and (known := next((each for each in last if self._still_good(each, made)), None)):
            return known
        if self.rules.key:
            made = self._signed(made)
        if stamping is not None:
            from releasegate.store.time_stamps import stamped

            made = stamped(made, stamping.ask, stamping.roots)
        for path in self._paths():
            _add(path, made)
        self._seen = self._latest()
        for place in places:
            place(made)
        return made

    def nudge(self) -> None:
        """Have an anchor taken, by another thread: whoever signed, held or sent waits for no disk. What goes wrong there is an alarm."""
        if not self.mine:
            return
        with self._lock, contextlib.suppress(RuntimeError):  # a program that is ending starts no thread
            self._wanted = True
            if self._thread is None:
                thread = threading.Thread(target=self._run, name="releasegate-anchors")
                thread.start()
                self._thread = thread

    @property
    def mine(self) -> bool:
        """There are files to add to, and this process may sign: another account's key is not its business."""
        return bool(self.rules.files) and (not self.rules.key or os.access(self.folder / self.rules.key, os.R_OK))

    def wait(self, seconds: float) -> None:
        """Until what was asked for is written; never longer than this."""
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(seconds)

    def look(self) -> None:
        """Read the last anchors again. Never within a transaction: a hold would wait for the disk that they are on."""
        if self.rules.files:
            self.wait(PATIENCE)
            self._seen = self._latest()

    def doubts(self, txn: Txn) -> list[Blocker]:
        """What the last anchors say against letting anything leave: the log does not go on from them, or they are too old."""
        found = [
            Blocker(code="anchor-mismatch", kind=Kind.MEND, params={"position": each.position}, how=("releasegate log verify",))
            for each in self._seen
            if not _goes_on(txn, each)
        ]
        if self.rules.within is None:
            return found
        newest = max((each.at for each in self._seen if each.at is not None), default=None)
        if newest is None or txn.now() - newest > self.rules.within:
            params: dict[str, str | int] = {"since": newest.isoformat() if newest else "", "within": write_duration(self.rules.within)}
            variant = "" if newest else "never"
            found.append(Blocker(code="anchor-old", kind=Kind.MEND, params={**params, "variant": variant}, how=("releasegate log anchor",)))
        return found

    def witnesses(self, keys: Iterable[str] = (), roots: bytes = b"") -> Witnesses:
        """Whose anchors count: those of the policy, and these."""
        return Witnesses(keys=(*self.rules.signers, *keys), roots=roots)

    def kept(self) -> tuple[Anchor, ...]:
        """Every anchor in the files of the policy."""
        return tuple(anchor for path in self._paths() if path.exists() for anchor in anchor_file.every(path))

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._wanted:
                    self._thread = None
                    return
                self._wanted = False
            try:
                self.take()
            except Exception as error:  # noqa: BLE001 - whatever it is, what was done stands, and somebody is told
                self.failed(error.args[0] if isinstance(error, GateError) else str(error))

    def _latest(self) -> tuple[Anchor, ...]:
        """The last anchor of each file that counts, the one that reaches furthest first; a file that is not there has none."""
        counts, found = self.witnesses(), list[Anchor]()
        for path in self._paths():
            with contextlib.suppress(OSError):
                lines = anchor_file.latest(path, self.store.id)
                found += [each for each in [next((line for line in lines if not counts.doubt(line)), None)] if each]
        return tuple(sorted(found, key=lambda each: each.position, reverse=True))

    def _still_good(self, last: Anchor, made: Anchor) -> bool:
        """Nothing has happened since, and it is not yet half as old as it may become."""
        if last.at is None or made.at is None or last.plain != made.plain:
            return False
        return self.rules.within is None or made.at - last.at < self.rules.within / 2

    def _signed(self, made: Anchor) -> Anchor:
        key = ed25519.read_key(self.folder / self.rules.key)
        return replace(made, key=key.public, signature=key.sign(made.statement()))

    def _paths(self) -> tuple[Path, ...]:
        return tuple(self.folder / each for each in self.rules.files)


def anchors_ready(policy: Policy) -> None:
    """Raises GateError where others than its owner may read the private key: before anything is opened."""
    if policy.anchors.key:
        ed25519.refuse_open(Path(policy.folder, policy.anchors.key))


def failure(policy: Policy, reason: str) -> Alarm:
    """What is told where an anchor could not be made and nobody waits for it: to the policy's people for alarms, or to its approvers."""
    to = policy.alarm or tuple(person.id for person in policy.people.with_role(Role.APPROVER))
    return Alarm(code="anchor-failed", to=to, params={"error": reason})


def verify(anchors: Anchors, noted: Iterable[str], *, kept: Iterable[str] | None, witnesses: Witnesses) -> Verification:
    """Whether the log is what was written, back to the last of these anchors; `kept` left out: those of the policy's files."""
    lines = anchors.kept() if kept is None else tuple(read_anchor(each) for each in kept)
    return verifying.verify(anchors.store, anchors=noted, kept=lines, witnesses=witnesses)


def _head(txn: Txn, last: Iterable[Anchor]) -> Anchor:
    """The head as it stands, if it goes on from the last anchors."""
    for each in last:
        if not _goes_on(txn, each):
            message = Words(
                "The log does not go on from its anchor for event {position}: it was changed, or restored from an old copy. No anchor was "
                "made; releasegate log verify says more.",
                position=each.position,
            )
            raise StoreError(message)
    position, _, head = log.head(txn).partition(":")
    return Anchor(position=int(position), head=head, store=txn.store, at=txn.now())


def _goes_on(txn: Txn, anchor: Anchor) -> bool:
    return log.hash_at(txn, anchor.position) == anchor.head


def _add(path: Path, anchor: Anchor) -> None:
    try:
        anchor_file.add(path, anchor)
    except OSError as error:
        message = Words("The anchor could not be added to {path}: {error}.", path=str(path), error=cause(error))
        raise GateError(message) from error
