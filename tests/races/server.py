"""The other end of the race: it stamps every line at its receipt, and answers taken, later, or not at all.

    python -m tests.races.server FOLDER MOST

writes its port to FOLDER/port, each line with its stamp to FOLDER/server.jsonl, and FOLDER/stop once MOST lines have come.
"""

import json
import random
import socketserver
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

LATER, LOST = 17, 23
"""Every 17th line is not taken; every 23rd is taken, and not answered."""


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder: Path, most: int) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.folder, self.most, self.lines = folder, most, 0
        self.lock = threading.Lock()
        self.diary: TextIO = (folder / "server.jsonl").open("w", encoding="ascii")

    def keep(self, entry: dict[str, object]) -> str:
        """Write it down and choose the answer."""
        with self.lock:
            self.lines += 1
            answer = "lost" if self.lines % LOST == 0 else "later" if self.lines % LATER == 0 else "taken"
            self.diary.write(json.dumps(entry | {"answer": answer}) + "\n")
            self.diary.flush()
            if self.lines == self.most:
                (self.folder / "stop").touch()
        return answer


class Receiver(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        line = self.rfile.readline()
        received = time.monotonic_ns()
        answer = self.server.keep(json.loads(line) | {"received": received})
        time.sleep(random.uniform(0, 2e-3))  # a provider takes its time
        if answer != "lost":
            self.wfile.write(answer.encode() + b"\n")


if __name__ == "__main__":
    server = Server(Path(sys.argv[1]), int(sys.argv[2]))
    (server.folder / "port.new").write_text(str(server.server_address[1]))
    (server.folder / "port.new").rename(server.folder / "port")
    server.serve_forever()
