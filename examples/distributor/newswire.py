"""The client that the agency had before: sixty lines that nobody wants to change."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener


class _Stays(HTTPRedirectHandler):
    """Whoever answers "over there" has not answered: a text and a token go to nobody else."""

    def redirect_request(self, *_: Any) -> None:  # noqa: ANN401 - whatever it was
        """Nowhere; the answer is an error."""


class Newswire:
    """The distributor's API, as it is documented."""

    def __init__(self, base: str, token: str, timeout: float = 10.0) -> None:
        self._base, self._token, self._timeout, self._opener = base, token, timeout, build_opener(_Stays)

    def create_release(self, title: str, text: str, at: float, reference: str) -> str:
        """Book a release; the id of the booking."""
        booked = self._call("POST", "/releases", {"title": title, "text": text, "at": at, "reference": reference})
        return str(booked["id"])

    def hold(self, release: str) -> None:
        """Ask them to keep it back."""
        self._call("POST", f"/releases/{release}/hold", {})

    def cancel(self, release: str) -> None:
        """Take the booking away; the text stays with them as a draft."""
        self._call("POST", f"/releases/{release}/cancel", {})

    def status(self, release: str) -> dict[str, Any]:
        """How it stands."""
        found: dict[str, Any] = self._call("GET", f"/releases/{release}", None)
        return found

    def by_reference(self, reference: str) -> list[dict[str, Any]]:
        """Everything that was booked under this reference of ours."""
        found: list[dict[str, Any]] = self._call("GET", f"/releases?reference={reference}", None)
        return found

    def _call(self, method: str, path: str, data: dict[str, Any] | None) -> Any:  # noqa: ANN401 - JSON
        body = json.dumps(data).encode() if data is not None else None
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = Request(self._base + path, data=body, headers=headers, method=method)  # noqa: S310 - the distributor's own address
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            with error:
                message = f"{method} {path}: {error.code}"
                raise LookupError(message) from error
