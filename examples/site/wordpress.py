"""A WordPress-like site on loopback: scheduled posts, public pages, a cache in front of them, and people who work there.

    python wordpress.py PORT      serves until it is stopped; POST /staff/… is what people do there

It keeps its own clock (seconds since 1970, moved by /staff/clock), and publishes what is due by it. /staff/cache sets what the cache keeps:
`none`, `pages` (each address with its question mark), `stubborn` (whatever stands behind the question mark), `record` (the API too).
"""

import json
import sys
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

API = "/wp-json/wp/v2/posts"
Answer = tuple[int, Any]


class Books:
    """Their database, their clock, and their cache."""

    def __init__(self) -> None:
        self.now, self.cache, self.kept = 0.0, "none", dict[str, Answer]()
        self.posts: dict[int, dict[str, Any]] = {}
        self.published: list[str] = []

    def post(self, path: str, data: dict[str, Any]) -> Answer:
        """What a client asks for, and what the staff do."""
        match path.removeprefix(API).split("/")[1:]:
            case [] if path == API:
                return 201, self._new(data)
            case [number] if path.startswith(API) and int(number) in self.posts:
                return 200, self._change(self.posts[int(number)], data)
            case ["staff", "clock"]:
                self.now = float(data["now"])
            case ["staff", "cache"]:
                self.cache, self.kept = data["keeps"], {}
            case ["staff", "delete"]:
                self.posts.clear()
            case _:
                return 404, {}
        self._publish()
        return 200, {}

    def get(self, path: str) -> tuple[int, Any, int]:
        """The record, or a page; out of the cache where it keeps it, with its age."""
        if path == "/staff/published":
            return 200, self.published, 0
        if self.cache == "none" or (path.startswith(API) and self.cache != "record"):
            return *self._found(path), 0
        name = path if self.cache == "pages" else path.partition("?")[0]
        age = 60 if name in self.kept else 0
        return *self.kept.setdefault(name, self._found(path)), age

    def _found(self, path: str) -> Answer:
        url = urlsplit(path)
        slugs = parse_qs(url.query)["slug"][0].split(",") if url.path == API else [url.path.strip("/")]
        found = [post for post in self.posts.values() if post["slug"] in slugs]
        if url.path == API:
            return 200, [dict(post) for post in found]
        public = [post for post in found if post["status"] == "publish"]
        return (200, public[0]["title"]["raw"]) if public else (404, "Nothing here")

    def _new(self, data: dict[str, Any]) -> dict[str, Any]:
        taken = {post["slug"] for post in self.posts.values()}
        names = (data["slug"], *(f"{data['slug']}-{number}" for number in range(2, 99)))
        number, slug = len(self.posts) + 17, next(name for name in names if name not in taken)
        self.posts[number] = {"id": number, "status": "draft", "slug": slug}
        return self._change(self.posts[number], {name: each for name, each in data.items() if name != "slug"})

    def _change(self, post: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        post |= {name: {"raw": each} if name in {"title", "content"} else each for name, each in data.items()}
        self._publish()
        return post

    def _publish(self) -> None:
        """By their clock; what is published goes to whoever reads."""
        for post in self.posts.values():
            due = datetime.fromisoformat(post.get("date_gmt", "9999-01-01")).replace(tzinfo=UTC).timestamp()
            if post["status"] == "future" and due <= self.now:
                post["status"] = "publish"
            if post["status"] == "publish" and post["slug"] not in self.published:
                self.published.append(post["slug"])


class Handler(BaseHTTPRequestHandler):
    """JSON in, JSON out; the API only for who has a password."""

    books = Books()

    def do_GET(self) -> None:
        """A look."""
        code, content, age = self.books.get(self.path) if self._may() else (401, {}, 0)
        self._answer(code, content, age)

    def do_POST(self) -> None:
        """A request."""
        data = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        code, content = self.books.post(self.path, data) if self._may() else (401, {})
        self._answer(code, content, 0)

    def _may(self) -> bool:
        return not self.path.startswith(API) or self.headers.get("Authorization") == "Basic YWthcmk6c2VjcmV0"

    def _answer(self, code: int, content: object, age: int) -> None:
        body = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        if age:
            self.send_header("Age", str(age))
        self.end_headers()
        self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Their clock, in every answer."""
        return formatdate(self.books.now if timestamp is None else timestamp, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
