"""A newsletter service on loopback, as several of them are: templates and lists that live over there, and one call that sends.

    python provider.py PORT      serves until it is stopped

It fills `{{name}}` from the row and `{{issue}}` from the data, and sends once for each Idempotency-Key.
"""

import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Service:
    """What they keep, and what they have sent."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.sent: list[dict[str, str]] = []

    def get(self, path: str) -> tuple[int, Any]:
        """A template, a list, or all mails that went out."""
        if path == "/sent":
            return 200, self.sent
        return (200, self.kept[path]) if path in self.kept else (404, {"error": "no such thing"})

    def put(self, path: str, content: Any) -> tuple[int, Any]:  # noqa: ANN401 - JSON
        """What somebody does in their web page."""
        self.kept[path] = content
        return 200, {}

    def post(self, path: str, data: dict[str, Any], key: str) -> tuple[int, Any]:
        """Send a campaign, once for each key."""
        template, people = self.kept.get(f"/templates/{data.get('template')}"), self.kept.get(f"/lists/{data.get('list')}")
        if path != "/campaigns" or template is None or people is None:
            return 422, {"error": "no such template or list"}
        if key not in self.answers:
            self.answers[key] = {"id": f"C{len(self.answers) + 1}", "mails": len(people)}
            self.sent += [_mail(template, {**data.get("data", {}), **row}) for row in people]
        return 202, self.answers[key]


def _mail(template: dict[str, str], values: dict[str, str]) -> dict[str, str]:
    filled = {name: re.sub(r"{{(\w+)}}", lambda hole: str(values.get(hole[1], "")), text) for name, text in template.items()}
    return {"to": values["address"], **filled}


class Handler(BaseHTTPRequestHandler):
    """JSON in, JSON out."""

    service = Service()

    def do_GET(self) -> None:
        """A look."""
        self._answer(*self.service.get(self.path))

    def do_PUT(self) -> None:
        """A change."""
        self._answer(*self.service.put(self.path, self._data()))

    def do_POST(self) -> None:
        """A request."""
        self._answer(*self.service.post(self.path, self._data(), self.headers.get("Idempotency-Key", "")))

    def _data(self) -> Any:  # noqa: ANN401 - JSON
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))

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
