"""The other end, a process of its own: a mail server and a distributor's desk that count what they got, by a clock that all share."""

import json
import mmap
import os
import socket
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from releasegate.channels.data import seal_json
from releasegate.errors import NotSent
from releasegate.model.limits import Limits
from releasegate.model.parcel import Parcel, Receipt, Sight
from releasegate.testing import Distributor

LIMITS = Limits(key_life=timedelta(days=1), settling=timedelta(minutes=2))
REACH = 350
Facts = dict[str, Any]


class SharedClock:
    """One time for every process that is forked from here: it stands until somebody moves it."""

    def __init__(self, at: datetime) -> None:
        self._kept = mmap.mmap(-1, 8)
        self.set(at)

    def __call__(self) -> datetime:
        (micros,) = struct.unpack("q", self._kept[:8])
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)

    def set(self, at: datetime) -> None:
        self._kept[:8] = struct.pack("q", (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))

    def forward(self, **by: float) -> None:
        self.set(self() + timedelta(**by))


class Books:
    """What the other end has: how often each reader got each draft, and what stands or went out at the desk."""

    def __init__(self, clock: SharedClock) -> None:
        self._desk = Distributor(clock, limits=LIMITS)
        self._mails: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def answer(self, asked: Facts) -> Facts:
        """Do what is asked, after what is due by now has gone out."""
        with self._lock:
            self._desk.tick()
            verb = asked.pop("verb")
            found: Facts = getattr(self, f"_{verb}")(**asked)
            return found

    def _send(self, draft: str, to: str) -> Facts:
        self._mails[draft, to] += 1
        return {}

    def _book(self, draft: str, at: str, key: str) -> Facts:
        (parcel,) = seal_json({"title": draft}, reach=REACH, title=draft)
        return {"id": self._desk.book(parcel, at=datetime.fromisoformat(at), key=key).id}

    def _stop(self, booking: str) -> Facts:
        self._desk.stop(booking)
        return {}

    def _look(self, booking: str) -> Facts:
        return {"sight": self._desk.look(booking).model_dump(mode="json")}

    def _find(self, key: str) -> Facts:
        return {"sights": [each.model_dump(mode="json") for each in self._desk.find(key)]}

    def _record(self, draft: str) -> Facts:
        records = [each for each in self._desk.records.values() if each.title == draft]
        return {
            "mails": {to: count for (name, to), count in self._mails.items() if name == draft},
            "standing": [each.id for each in records if each.real in {"scheduled", "held"}],
            "out": [name for name, parcel, _ in self._desk.out if parcel.title == draft],
        }


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64
    books: Books


class _Receiver(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        if line := self.rfile.readline():
            try:
                answer = self.server.books.answer(json.loads(line))
            except Exception as error:  # noqa: BLE001 - whatever it is, it is their answer
                answer = {"error": repr(error)}
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def open_other_side(folder: Path, clock: SharedClock) -> tuple[Path, int]:
    """Fork it: its socket, and its process. What is forked later shares its clock."""
    path = folder / "other"
    server = _Server(str(path), _Receiver)
    child = os.fork()
    if child:
        server.server_close()
        return path, child
    try:
        server.books = Books(clock)
        server.serve_forever()
    finally:
        os._exit(1)


Reach = Callable[[str], bool]
"""Called at each named point; True says that an I/O error comes here."""


class Line:
    """One question to the other end and its answer, with a point before it, between, and after."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.reach: Callable[[str], Reach] = lambda _name: lambda _where: False

    def ask(self, verb: str, **facts: object) -> Facts:
        """Their answer to one of our programs. Raises OSError where the line breaks."""
        return self._asked(verb, self.reach(f"channel.{verb}"), facts)

    def record(self, draft: str) -> Facts:
        """What a person finds who looks into their record."""
        return self._asked("record", lambda _where: False, {"draft": draft})

    def _asked(self, verb: str, reach: Reach, facts: Facts) -> Facts:
        self._point(reach, "before")
        with closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(20)
            connection.connect(str(self._path))
            connection.sendall(json.dumps({"verb": verb, **facts}).encode() + b"\n")
            connection.recv(1, socket.MSG_PEEK)  # they have it, and have answered; nobody here has read it
            self._point(reach, "arrived")
            with connection.makefile("rb") as answers:
                answer: Facts = json.loads(answers.readline())
        self._point(reach, "answered")
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    @staticmethod
    def _point(reach: Reach, where: str) -> None:
        if reach(where):
            message = "Input/output error"
            raise OSError(5, message)


class News:
    """A way out that sends each parcel at once; `lose` says of the next one that its answer is lost, before or after it has arrived."""

    identity = "line:news"
    deadline = 2.0

    def __init__(self, line: Line) -> None:
        self._line, self.lose = line, ""

    def seal(self, content: tuple[str, int]) -> Iterator[Parcel]:
        draft, people = content
        for no in range(people):
            body = f"{draft} {no}".encode()
            yield Parcel(body=body, to=(f"r{no}@paper.example",), sender="news@pr.example", title=draft, media="text/plain")

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        lose, self.lose = self.lose, ""
        if lose == "before":
            raise TimeoutError
        self._line.ask("send", draft=parcel.title, to=parcel.to[0])
        if lose:
            raise TimeoutError
        return Receipt(key)


class Desk:
    """The distributor's desk at the other end of the line; `lose` as for the news."""

    identity = "line:desk"
    deadline = 2.0
    limits = LIMITS

    def __init__(self, line: Line) -> None:
        self._line, self.lose = line, ""

    def seal(self, content: str) -> Iterator[Parcel]:
        yield from seal_json({"title": content}, reach=REACH, title=content)

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        lose, self.lose = self.lose, ""
        if lose == "refuse":
            raise NotSent
        if lose == "before":
            raise TimeoutError
        found = self._line.ask("book", draft=parcel.title, at=at.isoformat(), key=key)
        if lose:
            raise TimeoutError
        return Receipt(found["id"])

    def stop(self, booking: str) -> None:
        self._line.ask("stop", booking=booking)

    def look(self, booking: str) -> Sight:
        return Sight.model_validate(self._line.ask("look", booking=booking)["sight"])

    def find(self, key: str) -> list[Sight]:
        return [Sight.model_validate(each) for each in self._line.ask("find", key=key)["sights"]]
