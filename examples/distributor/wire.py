"""A press distributor on loopback, as several of them are: releases, bookings, "on hold"; and staff who change shift.

    python wire.py PORT      serves until it is stopped; /staff/shift-change and /staff/clock are what people do there

It keeps its own clock (seconds since 1970, moved by /staff/clock), and sends what is due by it.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Desk:
    """Their books."""

    def __init__(self) -> None:
        self.now = 0.0
        self.releases: dict[str, dict[str, Any]] = {}
        self.sent: list[str] = []

    def post(self, path: str, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """What a client asks for, and what the staff do."""
        _, *words = path.split("/")
        match words:
            case ["releases"]:
                return self._book(data)
            case ["releases", name, "hold"] if name in self.releases:
                self.releases[name]["status"] = "on_hold"
            case ["releases", name, "cancel"] if name in self.releases:
                self.releases[name]["status"] = "draft"
            case ["staff", "shift-change"]:
                for release in self.releases.values():
                    release["status"] = "scheduled" if release["status"] == "on_hold" else release["status"]
            case ["staff", "clock"]:
                self._tick(float(data["now"]))
            case _:
                return 404, {}
        return 200, {}

    def get(self, path: str) -> tuple[int, Any]:
        """One release, or those under a reference."""
        _, *words = path.partition("?")[0].split("/")
        if words == ["sent"]:
            return 200, self.sent
        if words == ["releases"]:
            reference = path.partition("reference=")[2]
            return 200, [{"id": name, **each} for name, each in self.releases.items() if each["reference"] == reference]
        release = self.releases.get(words[-1])
        return (200, release) if release else (404, {})

    def _book(self, data: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        known = [name for name, each in self.releases.items() if each["reference"] == data["reference"]]
        name = known[0] if known else f"R{len(self.releases) + 1}"
        self.releases.setdefault(name, {**data, "status": "scheduled"})
        return 201, {"id": name}

    def _tick(self, now: float) -> None:
        self.now = now
        for name, release in self.releases.items():
            if release["status"] == "scheduled" and release["at"] <= now:
                release["status"] = "sent"
                self.sent.append(name)


class Handler(BaseHTTPRequestHandler):
    """JSON in, JSON out."""

    desk = Desk()

    def do_GET(self) -> None:
        """A look."""
        self._answer(*self.desk.get(self.path))

    def do_POST(self) -> None:
        """A request."""
        data = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        self._answer(*self.desk.post(self.path, data))

    def _answer(self, code: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
