"""A way out that leads nowhere, and remembers."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage

from releasegate.channels.mail import seal_mail
from releasegate.model.parcel import Parcel, Receipt


@dataclass
class Outbox:
    """A channel that keeps what it got, in `got`: each parcel with the key it was sent under.

    `answers` are scripted, one a call, until there are none left: an exception is raised (NotSent: nothing left; any other: the outcome
    is unknown), None is an ordinary yes, anything else is given back as it is (a Receipt with refused addresses, or what is no receipt).
    An answer that is raised is not in `got`. `on_send` is called with each parcel before that: the place for what happens in the middle
    of a send, such as a hold.
    """

    identity: str = "outbox:test"
    answers: list[object] = field(default_factory=list)
    on_send: Callable[[Parcel], None] = lambda _: None
    got: list[tuple[Parcel, str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def seal(self, content: object) -> Iterator[Parcel]:
        """A mail (a message, or its bytes) as it is, a parcel as it is, a string as one mail to a reader; or several of these."""
        if isinstance(content, str):
            yield from seal_mail(_letter(content))
        elif isinstance(content, (EmailMessage, bytes)):
            yield from seal_mail(content)
        else:
            yield from self._each(content)

    def _each(self, many: object) -> Iterator[Parcel]:
        for each in many if isinstance(many, Iterable) else ():
            yield from (each,) if isinstance(each, Parcel) else self.seal(each)

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        """Keep it, unless another answer was asked for."""
        self.on_send(parcel)
        with self._lock:
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, BaseException):
                raise answer
            self.got.append((parcel, key))
        return Receipt(f"r{len(self.got)}") if answer is None else answer  # type: ignore[return-value]  # a channel may answer anything

    @property
    def bodies(self) -> list[bytes]:
        """The bytes that left, in order."""
        return [parcel.body for parcel, _ in self.got]

    @property
    def reached(self) -> list[str]:
        """The addresses that were reached, in order; one that was reached twice stands there twice."""
        return [address for parcel, _ in self.got for address in parcel.to]


def _letter(text: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "News <news@pr.example>", "reader@paper.example", "New wing"
    made.set_content(text + "\n")
    return made
