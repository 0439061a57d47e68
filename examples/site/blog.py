"""The client that the team had before: WordPress over its REST API, and the site as a reader meets it."""

import base64
import json
import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

STATUSES = "publish,future,draft,pending,private,trash"


class Answered(Exception):
    """They answered, and did not do it."""

    def __init__(self, code: int) -> None:
        super().__init__(f"answered {code}")
        self.code = code


class Blog:
    """One site, and the application password of one of its editors."""

    def __init__(self, base: str, user: str, password: str, timeout: float = 5.0) -> None:
        self._base, self._timeout = base, timeout
        self._login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def schedule(self, title: str, content: str, at: datetime, slug: str) -> dict[str, Any]:
        """A post that appears at this hour."""
        when = at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        post = {"title": title, "content": content, "status": "future", "date_gmt": when, "slug": slug}
        made: dict[str, Any] = self._api("POST", "", post)[0]
        return made

    def set_status(self, post: int, status: str) -> None:
        """`draft` takes it off, and keeps the text."""
        self._api("POST", f"/{post}", {"status": status})

    def posts(self, *slugs: str) -> tuple[list[dict[str, Any]], datetime]:
        """Every post of these slugs, whatever its status, and the hour of their clock. Raises LookupError for what a cache answered."""
        asked = {"slug": ",".join(slugs), "status": STATUSES, "context": "edit", "_": secrets.token_hex(8)}
        found: tuple[list[dict[str, Any]], datetime] = self._api("GET", f"?{urlencode(asked)}", None)
        return found

    def is_shown(self, path: str) -> bool:
        """Whether a reader who has no log-in and no cookies gets this page. 404 and 410 say no; any other trouble is raised."""
        try:
            with urlopen(Request(self._base + path), timeout=self._timeout):  # noqa: S310 - our own site
                return True
        except HTTPError as error:
            with error:
                if error.code in {404, 410}:
                    return False
                raise

    def _api(self, method: str, path: str, data: dict[str, str] | None) -> Any:  # noqa: ANN401 - JSON, and their hour
        headers = {"Authorization": self._login, "Content-Type": "application/json", "Cache-Control": "no-cache"}
        body = json.dumps(data).encode() if data is not None else None
        request = Request(f"{self._base}/wp-json/wp/v2/posts{path}", data=body, headers=headers, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                if int(answer.headers.get("Age", 0)):
                    message = "the record came out of a cache"
                    raise LookupError(message)
                return json.loads(answer.read()), parsedate_to_datetime(answer.headers["Date"])
        except HTTPError as error:
            with error:
                raise Answered(error.code) from error
