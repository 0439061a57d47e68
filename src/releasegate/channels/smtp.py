"""A mail server as a way out: it says what is certain about each outcome, and nothing else."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from releasegate.channels.cause import cause
from releasegate.channels.connecting import connect
from releasegate.channels.endpoint import read_endpoint
from releasegate.channels.line import Line
from releasegate.channels.mail import Content, message_id, seal_mail, stamp
from releasegate.channels.transaction import ask_to_go_ahead, check, hand_over, name_recipients, name_sender
from releasegate.errors import NotSent, PolicyError
from releasegate.messages.words import Words
from releasegate.model.parcel import Parcel, Receipt

_STEPS = 4  # connecting, envelope, the mail, the last answer: each may take the whole time-out


def _now() -> datetime:
    return datetime.now(UTC)


class Smtp:
    """Sends through one mail server (`smtp://host`, `smtps://user@host`, `smtp+starttls://user@host:587`), each parcel once.

    NotSent is raised only where nothing can have left: up to the server's 354, and when it refuses the mail for good after the last dot.
    From the first byte of the mail on any other end is let out as it is: the outcome is unknown. Nothing is tried twice, but that a kept
    connection which has died is opened anew while nothing was handed over. `deadline` is how many seconds one `send` may take: after it
    no byte is written. The password comes from the environment (RELEASEGATE_SMTP_PASSWORD) unless it is given.
    """

    def __init__(
        self,
        url: str,
        *,
        password: str | None = None,
        timeout: float = 30.0,
        account: str = "",
        clock: Callable[[], datetime] = _now,
    ) -> None:
        if not timeout > 0:
            raise PolicyError([Words("timeout: {timeout} is no time to wait; give seconds.", timeout=timeout)])
        self._endpoint = read_endpoint(url)
        self._password = password
        self._timeout = timeout
        self._clock = clock
        self._lines: dict[tuple[int, threading.Thread], Line] = {}
        self._lock = threading.Lock()
        self.identity = f"{self._endpoint}#{account}" if account else str(self._endpoint)
        self.deadline = _STEPS * timeout

    def __repr__(self) -> str:
        return f"Smtp({self.identity!r})"

    def seal(self, content: Content) -> Iterator[Parcel]:
        """What would leave, as bytes."""
        return seal_mail(content)

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        """Hand this parcel to the server: the receipt holds its answer, and what it said to each recipient that it did not take."""
        until = time.monotonic() + self.deadline
        try:
            wire = stamp(parcel, key=key, at=self._clock())
            line, refused = self._announce(parcel, wire, until)
        except BaseException as error:
            self._drop()
            if isinstance(error, NotSent) or not isinstance(error, Exception):
                raise
            message = Words("{server}: {error}", server=self._endpoint, error=cause(error))
            raise NotSent(message) from error
        answer = self._hand_over(line, parcel, wire, key, until) if len(refused) < len(parcel.to) else ""
        return Receipt(
            answer,
            refused={address: said for address, said in refused.items() if said.startswith("5")},
            deferred={address: said for address, said in refused.items() if not said.startswith("5")},
        )

    def close(self) -> None:
        """End all connections; the next send opens a new one."""
        with self._lock:
            lines, self._lines = self._lines, {}
        for line in lines.values():
            line.close()

    def _announce(self, parcel: Parcel, wire: bytes, until: float) -> tuple[Line, dict[str, str]]:
        """Everything before the mail itself: who sends it, who gets it, and the server's go-ahead."""
        check(parcel, wire)
        line = self._line_with_sender(parcel, wire, until)
        refused = name_recipients(line, parcel)
        if len(refused) < len(parcel.to):
            ask_to_go_ahead(line)
        elif all(said.startswith("4") for said in refused.values()):
            message = Words("{server} takes nobody for now: {said}", server=self._endpoint, said=next(iter(refused.values())))
            raise NotSent(message)
        else:
            line.rset()
        return line, refused

    def _line_with_sender(self, parcel: Parcel, wire: bytes, until: float) -> Line:
        """A connection on which the sender was accepted: the kept one, or a new one where that has died in the meantime."""
        kept = self._lines.get(_mine())
        if kept is not None:
            try:
                kept.wait(until=until, patience=self._timeout)
                name_sender(kept, parcel, wire)
            except OSError:
                self._drop()
            else:
                return kept
        line = self._keep(connect(self._endpoint, self._secret(), until=until, patience=self._timeout))
        name_sender(line, parcel, wire)
        return line

    def _hand_over(self, line: Line, parcel: Parcel, wire: bytes, key: str, until: float) -> str:
        """The server's yes; NotSent on its lasting no; all else is let out, with what is known of it."""
        try:
            is_taken, said = hand_over(line, wire, until=until)
        except BaseException as error:
            self._drop()
            error.add_note(f"{message_id(parcel, key=key)}: {line.written} of {len(wire)} bytes or more were written to {self._endpoint}.")
            raise
        if not is_taken:
            message = Words("{server} refused the mail: {said}", server=self._endpoint, said=said)
            raise NotSent(message)
        return said

    def _secret(self) -> str:
        return self._password if self._password is not None else os.environ.get("RELEASEGATE_SMTP_PASSWORD", "")

    def _keep(self, line: Line) -> Line:
        """Make it this thread's connection; those of threads that have ended are closed."""
        with self._lock:
            over = [owner for owner in self._lines if owner[0] == os.getpid() and not owner[1].is_alive()]
            for owner in over:
                self._lines.pop(owner).close()
            self._lines[_mine()] = line
        return line

    def _drop(self) -> None:
        """Close this thread's connection: what is on it is not certain any more."""
        with self._lock:
            line = self._lines.pop(_mine(), None)
        if line is not None:
            line.close()


def _mine() -> tuple[int, threading.Thread]:
    """Whose connection it is: a thread's, and not that of a forked child, which would write into its parent's."""
    return os.getpid(), threading.current_thread()
