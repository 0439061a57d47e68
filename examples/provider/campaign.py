"""A newsletter service's API as a channel: template and list live over there, and are read back right before the send."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from releasegate import NotSent
from releasegate.channels import Rendering, seal_rendering
from releasegate.model import Parcel, Receipt

UNPROCESSABLE = 422


class Campaign:
    """The service under this account. It honours an Idempotency-Key, and answers 422 only where it has sent nothing."""

    deadline = 10.0

    def __init__(self, base: str, token: str, *, account: str) -> None:
        self._base, self._token = base, token
        self.identity = f"newsletter-service:{account}"

    def read(self, template: str, audience: str, data: Mapping[str, str], *, title: str) -> Rendering:
        """What the service holds now: give it to `gate.write` as the content."""
        body, people = self._call("GET", f"/templates/{template}"), self._call("GET", f"/lists/{audience}")
        return Rendering(template=template, body=body, audience=audience, people=people, data=data, title=title)

    def seal(self, content: Rendering) -> Iterator[Parcel]:
        """What is signed: the template as it was read, the data, and the list."""
        return seal_rendering(content)

    def read_back(self, parcel: Parcel) -> Parcel:
        """The same, of what the service holds now."""
        was = json.loads(parcel.body)
        (now,) = seal_rendering(self.read(was["template"]["id"], was["list"]["id"], was["data"], title=parcel.title))
        return now

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        """Have it rendered and sent, once for this key."""
        campaign = json.loads(parcel.body)
        what = {"template": campaign["template"]["id"], "list": campaign["list"]["id"], "data": campaign["data"]}
        try:
            return Receipt(self._call("POST", "/campaigns", what, key)["id"])
        except HTTPError as error:
            if error.code == UNPROCESSABLE:  # as documented: refused whole
                raise NotSent(str(error)) from error
            raise
        except URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):  # nobody was there to take it
                raise NotSent(str(error.reason)) from error
            raise

    def _call(self, method: str, path: str, data: object = None, key: str = "") -> Any:  # noqa: ANN401 - JSON
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", "Idempotency-Key": key}
        body = json.dumps(data).encode() if data is not None else None
        request = Request(self._base + path, data=body, headers=headers, method=method)  # noqa: S310 - the service's own address
        try:
            with urlopen(request, timeout=self.deadline) as answer:  # noqa: S310
                return json.loads(answer.read())
        except HTTPError as error:
            error.close()
            raise
