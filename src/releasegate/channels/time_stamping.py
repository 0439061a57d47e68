"""A time stamp authority (RFC 3161) over HTTP."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

from releasegate.channels.cause import cause
from releasegate.errors import GateError
from releasegate.messages.words import Words

_MOST = 100_000
_WAYS = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}


@dataclass(frozen=True, slots=True)
class TimeStampAuthority:
    """Hands a request to the authority at this address and gives its answer back, unread. Raises GateError where there is none."""

    url: str
    timeout: float = 20.0

    def __call__(self, request: bytes) -> bytes:
        """Its answer."""
        try:
            place = urlsplit(self.url)
            way, host, port = _WAYS[place.scheme], place.hostname or "", place.port
        except (KeyError, ValueError) as error:
            message = Words("{url!r} is no address of a time stamp authority; it begins with http:// or https://", url=self.url)
            raise GateError(message) from error
        connection = way(host, port, timeout=self.timeout)
        try:
            path = (place.path or "/") + (f"?{place.query}" if place.query else "")
            connection.request("POST", path, request, {"Content-Type": "application/timestamp-query"})
            answer = connection.getresponse()
            body: bytes = answer.read(_MOST)
        except (OSError, http.client.HTTPException) as error:
            message = Words("The time stamp authority {url} did not answer: {error}.", url=self.url, error=cause(error))
            raise GateError(message) from error
        finally:
            connection.close()
        if answer.status != http.client.OK:
            message = Words("The time stamp authority {url} answered {status}.", url=self.url, status=answer.status)
            raise GateError(message)
        return body
