"""A distributor without an API: letters that somebody sends, a script for the phone, and a person's word for what stands there."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from releasegate import messages
from releasegate.channels.cause import cause
from releasegate.channels.data import seal_json
from releasegate.channels.mail import seal_mail
from releasegate.errors import ContentError, NotSent
from releasegate.messages.words import Words
from releasegate.model.limits import Limits
from releasegate.model.parcel import JSON, MAIL, Parcel, Receipt, Sight

_NAMES = {MAIL: "eml", JSON: "json"}


class Manual:
    """Writes into `path` what a person sends to the distributor: the sealed bytes, a letter that books them, a script that stops them.

    What stands over there it cannot know: that is for a person to say (`Gate.saw`), and until somebody has said it a hold is PENDING.
    Hours in the letters are those of `zone` (UTC without one). With `page` and `fetch` (a function from a URL to its text, of your own
    HTTP client) it looks after the hour whether the title is out.
    """

    limits = Limits()

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        account: str = "",
        zone: str = "",
        root: Path | None = None,
        page: str = "",
        fetch: Callable[[str], str] | None = None,
    ) -> None:
        self.path = Path(path) if root is None else root / path
        self.identity = f"manual:{os.fspath(path)}" + (f" {account}" if account else "")
        self._page, self._fetch, self._zone = page, fetch, zone

    def seal(self, content: EmailMessage | bytes | Mapping[str, Any]) -> Iterator[Parcel]:
        """A mail as it is, or a release as data: its `title`, how many people it reaches (`reach`), and whatever else they need there."""
        if not isinstance(content, Mapping):
            return seal_mail(content)
        title, reach = content.get("title"), content.get("reach")
        if not isinstance(title, str) or not title.strip() or not isinstance(reach, int) or isinstance(reach, bool) or reach < 1:
            raise ContentError(
                Words("a release for a distributor names its title and how many it reaches."),
                where="manual",
                mend=Words("Give {{'title': 'New wing', 'reach': 350, 'text': …}}."),
            )
        return seal_json(content, reach=reach, title=title)

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        """Write the letter and what it sends; a person sends both. The booking is our own reference."""
        booking, release = f"our-{key[:12]}", f"{key[:12]}-release.{_NAMES.get(parcel.media, 'txt')}"
        facts = {"title": parcel.title, "at": at.isoformat(timespec="minutes"), "booking": booking, "file": release, "zone": self._zone}
        try:
            self._write(release, parcel.body)
            self._write(f"{key[:12]}-title.txt", parcel.title.encode())
            self._write(f"{key[:12]}-book.txt", _both("manual.book", facts))
        except OSError as error:
            raise NotSent(Words("{target} could not be written: {error}", target=self.path, error=cause(error))) from error
        return Receipt(booking)

    def stop(self, booking: str) -> None:
        """Write what to say on the phone."""
        self._write(f"{_key(booking)}-stop.txt", _both("manual.stop", {"booking": booking}))

    def look(self, booking: str) -> Sight:
        """Nothing is known but by a person; whether it is out, by the public page."""
        if self._page and self._fetch is not None and self._title(booking) in self._fetch(self._page):
            return Sight(state="sent", booking=booking)
        return Sight(state="unknown", booking=booking)

    def _title(self, booking: str) -> str:
        return (self.path / f"{_key(booking)}-title.txt").read_text(encoding="utf-8")

    def _write(self, name: str, data: bytes) -> None:
        """Whole or not at all, for nobody else's eyes; the same again changes nothing."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = self.path / f".{name}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path / name)


def _key(booking: str) -> str:
    """The reference in it; a name that is none of ours leads to no file."""
    found = re.fullmatch(r"our-([0-9a-f]{12})", booking)
    return found.group(1) if found else "unknown"


def _both(code: str, facts: Mapping[str, str]) -> bytes:
    """In both languages: whoever answers over there reads one of them."""
    return "\n\n".join(messages.text(code, lang, **facts) for lang in ("ja", "en")).encode() + b"\n"
