"""Who takes part in the race, under which rules, and the way out that they all use."""

import json
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from hashlib import sha256
from typing import NamedTuple

from releasegate import NotSent, Policy
from releasegate.model.parcel import Parcel, Receipt

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


class LineChannel:
    """Hands each parcel to the race's server as one line, stamped when `send` is entered, before anything else.

    `since` is a moment before which the fence of the present hand-over cannot have been passed: when this process last came back from one,
    or when it last asked the gate to send.
    """

    identity = "line:race"
    deadline = 30.0

    def __init__(self, port: int) -> None:
        self._port = port
        self.since = 0

    def seal(self, content: Text) -> Iterator[Parcel]:
        for no in range(content.people):
            body = f"{content.draft} {content.version} {no}".encode()
            yield Parcel(body=body, to=(f"p{no}@r.example",), sender="race@r.example", title=content.draft, media="text/plain")

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        entered = time.monotonic_ns()
        draft, version, no = parcel.body.decode().split(" ")
        told = {"draft": draft, "version": int(version), "no": int(no), "key": key, "since": self.since, "entered": entered}
        try:
            answer = self._tell(json.dumps(told).encode() + b"\n")
        finally:
            self.since = time.monotonic_ns()
        if answer == b"later\n":
            raise NotSent("later")
        if answer != b"taken\n":
            raise ConnectionError("no answer")
        return Receipt(sha256(parcel.body).hexdigest()[:12])

    def _tell(self, line: bytes) -> bytes:
        with closing(socket.create_connection(("127.0.0.1", self._port), timeout=20)) as connection:
            connection.sendall(line)
            with connection.makefile("rb") as answers:
                return answers.readline()


def read_lines(lines: Iterable[str]) -> Iterator[dict[str, object]]:
    """The entries of a diary."""
    return (json.loads(line) for line in lines)
