"""Who takes part in the race, under which rules, and the way out that they all use."""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from releasegate import NotSent, Policy
from releasegate.model.limits import Limits
from releasegate.model.parcel import Parcel, Receipt, Sight

_POLICY = """
version = 1
[people]
ann = { roles = ["author"] }
abe = { roles = ["author"] }
cho = { roles = ["checker"] }
cat = { roles = [%s] }
dan = { roles = ["approver"] }
eve = { roles = ["approver"] }
fay = { roles = ["approver"] }
[channels.line]
[channels.desk]
clock = "distributor"
window = "10m"
stop_before = "15m"
zone = "Asia/Tokyo"
contact = { name = "Desk", phone = "+81-3-0000-0000" }
[checks]
send-window = { windows = [{ opens = "00:00", closes = "00:00" }] }
holiday-weekend = { weekend = [], closures = [] }
[[requirement]]
name      = "two pairs of eyes"
checkers  = 1
approvers = 1
"""
WITH_CAT = Policy.parse(_POLICY % '"approver"')
WITHOUT_CAT = Policy.parse(_POLICY % "")


class Text(NamedTuple):
    """What an editor writes: this version of a draft, for so many people."""

    draft: str
    version: int
    people: int


class Line:
    """Lines to the race's server, stamped when the channel is entered, before anything else.

    `since` is a moment before which the fence of the present hand-over cannot have been passed: when this process last came back from one,
    or when it last asked the gate to send.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.since = 0

    def hand_over(self, parcel: Parcel, *, key: str, book: bool = False) -> str:
        """What they answered: a receipt. Raises NotSent where they did not take it, ConnectionError where they say nothing."""
        entered = time.monotonic_ns()
        draft, version, no = parcel.body.decode().split(" ")
        told = {"draft": draft, "version": int(version), "no": int(no), "key": key, "since": self.since, "entered": entered, "book": book}
        try:
            answer = self.ask("line", **told)
        finally:
            self.since = time.monotonic_ns()
        if answer["said"] == "later":
            raise NotSent("later")
        return str(answer["id"])

    def ask(self, verb: str, **facts: object) -> dict[str, Any]:
        """Their answer."""
        with closing(socket.create_connection(("127.0.0.1", self._port), timeout=20)) as connection:
            connection.sendall(json.dumps({"verb": verb, **facts}).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer = answers.readline()
        if not answer:
            raise ConnectionError("no answer")
        found: dict[str, Any] = json.loads(answer)
        return found


class LineChannel:
    """Hands each parcel to the race's server as one line."""

    identity = "line:race"
    deadline = 30.0

    def __init__(self, line: Line) -> None:
        self._line = line

    def seal(self, content: Text) -> Iterator[Parcel]:
        for no in range(content.people):
            body = f"{content.draft} {content.version} {no}".encode()
            yield Parcel(body=body, to=(f"p{no}@r.example",), sender="race@r.example", title=content.draft, media="text/plain")

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        return Receipt(self._line.hand_over(parcel, key=key))


class DeskChannel:
    """The server as a desk that keeps its own clock: nothing of it goes out while the race lasts."""

    identity = "desk:race"
    deadline = 5.0
    limits = Limits(key_life=timedelta(days=1), settling=timedelta(seconds=1))

    def __init__(self, line: Line) -> None:
        self._line = line

    def seal(self, content: Text) -> Iterator[Parcel]:
        body = f"{content.draft} {content.version} 0".encode()
        yield Parcel(body=body, to=(), title=content.draft, reach=350, media="text/plain")

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        return Receipt(self._line.hand_over(parcel, key=key, book=True))

    def stop(self, booking: str) -> None:
        self._line.ask("stop", booking=booking)

    def look(self, booking: str) -> Sight:
        return Sight(state=self._line.ask("look", booking=booking)["state"], booking=booking)

    def find(self, key: str) -> list[Sight]:
        return [Sight(state="scheduled", booking=each) for each in self._line.ask("find", key=key)["found"]]


def ways_out(line: Line) -> dict[str, Any]:
    """Both."""
    return {"line": LineChannel(line), "desk": DeskChannel(line)}


def read_lines(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """The entries of a diary."""
    return (json.loads(line) for line in lines)
