"""The other end of the race: it stamps every line at its receipt, and answers taken, later, or not at all. It is a desk, too.

    python -m tests.races.server FOLDER MOST

writes its port to FOLDER/port, each line with its stamp to FOLDER/server.jsonl, and FOLDER/stop once MOST lines have come.
"""

import json
import random
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

LATER, LOST, DROPPED = 17, 23, 29
"""Every 17th line is not taken; every 23rd is taken, and not answered; every 29th is neither."""


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path, most: int) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.folder, self.most, self.lines = folder, most, 0
        self.lock = threading.Lock()
        self.bookings: dict[str, dict[str, Any]] = {}
        self.took: set[tuple[str, int]] = set()
        self.diary: TextIO = (folder / "server.jsonl").open("w", encoding="ascii")

    def line(self, **entry: object) -> dict[str, object] | None:
        """Write it down and choose the answer; None: they say nothing."""
        self.lines += 1
        rules = {DROPPED: "dropped", LOST: "lost", LATER: "later"}
        said = next((word for every, word in rules.items() if self.lines % every == 0), "taken")
        taken = said in ("taken", "lost")
        self.diary.write(json.dumps(entry | {"answer": said}) + "\n")
        self.diary.flush()
        name = f"b{self.lines}"
        if taken and entry["book"]:
            known = [each for each, booking in self.bookings.items() if booking["key"] == entry["key"]]
            name = known[0] if known else name
            self.bookings.setdefault(name, {"draft": entry["draft"], "key": entry["key"], "id": name, "made": time.monotonic_ns()})
        elif taken:
            self.took.add((str(entry["draft"]), int(str(entry["no"]))))
        if self.lines == self.most:
            (self.folder / "stop").touch()
        return {"said": said, "id": name} if said in ("taken", "later") else None

    def took_it(self, draft: str, no: int) -> dict[str, object]:
        """Whether this reader has got this draft."""
        return {"taken": (draft, no) in self.took}

    def stop(self, booking: str) -> dict[str, object]:
        """Taken away, at once."""
        self.bookings[booking].setdefault("stopped", time.monotonic_ns())
        return {}

    def look(self, booking: str) -> dict[str, object]:
        """What stands there."""
        return {"state": "absent" if "stopped" in self.bookings[booking] else "scheduled"}

    def find(self, key: str) -> dict[str, object]:
        """What stands under this key."""
        return {"found": [name for name, each in self.bookings.items() if each["key"] == key and "stopped" not in each]}

    def books(self) -> dict[str, object]:
        """Every booking there was, with its stamps."""
        return {"bookings": list(self.bookings.values())}


VERBS: dict[str, Callable[..., dict[str, object] | None]] = {
    "line": Server.line,
    "took": Server.took_it,
    "stop": Server.stop,
    "look": Server.look,
    "find": Server.find,
    "books": Server.books,
}


class Receiver(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        asked = json.loads(self.rfile.readline())
        received = time.monotonic_ns()
        verb = asked.pop("verb")
        with self.server.lock:
            answer = VERBS[verb](self.server, **asked, **({"received": received} if verb == "line" else {}))
        if verb == "line":
            time.sleep(random.uniform(0, 2e-3))  # a provider takes its time
        if answer is not None:
            self.wfile.write(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    server = Server(Path(sys.argv[1]), int(sys.argv[2]))
    (server.folder / "port.new").write_text(str(server.server_address[1]))
    (server.folder / "port.new").rename(server.folder / "port")
    server.serve_forever()
