"""The team's client, made a channel: a post that is scheduled, set back to draft, and fetched as a reader would to prove it."""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import URLError

from blog import Answered, Blog

from releasegate import NotSent
from releasegate.channels import seal_json
from releasegate.model import Limits, Parcel, Receipt, Sight

REFUSED = {400, 401, 403}
SEEN = {"future": "scheduled", "publish": "sent", "draft": "absent", "pending": "absent", "trash": "absent"}


class Site:
    """The own site. Its clock publishes; the slug is our reference, so that a post is found whatever became of the answer."""

    limits = Limits(stop_before=timedelta(minutes=15), settling=timedelta(minutes=1))
    deadline = 20.0

    def __init__(self, blog: Blog, *, account: str, readers: int) -> None:
        self._blog, self._readers = blog, readers
        self.identity = f"wordpress:{account}"

    def seal(self, content: dict[str, Any]) -> Iterator[Parcel]:
        """What would appear, canonical."""
        return seal_json(content, reach=self._readers, title=content["title"])

    def book(self, parcel: Parcel, *, at: datetime, key: str) -> Receipt:
        """Schedule it. WordPress gives a second post of the same slug another one (`-2`): the answer says which."""
        post = json.loads(parcel.body)
        try:
            return Receipt(self._blog.schedule(post["title"], post["text"], at, f"release-{key[:16]}")["slug"])
        except (Answered, URLError) as error:
            if getattr(error, "code", 0) in REFUSED or isinstance(getattr(error, "reason", None), ConnectionRefusedError):
                raise NotSent(str(error)) from error  # they took nothing, or nobody was there to take it
            raise

    def stop(self, booking: str) -> None:
        """Set it back to draft."""
        for post in self._blog.posts(booking)[0]:
            self._blog.set_status(post["id"], "draft")

    def look(self, booking: str) -> Sight:
        """What the record says, and where it says that nothing appears: what a reader gets."""
        posts, now = self._blog.posts(booking)
        return self._sight(posts[0], now) if posts else Sight(state="held" if self._is_shown(booking) else "absent", booking=booking)

    def find(self, key: str) -> list[Sight]:
        """Everything that stands under our reference, also what WordPress had to rename."""
        slug = f"release-{key[:16]}"
        posts, now = self._blog.posts(slug, f"{slug}-2", f"{slug}-3")
        return [self._sight(post, now) for post in posts]

    def _sight(self, post: dict[str, Any], now: datetime) -> Sight:
        at = datetime.fromisoformat(post["date_gmt"]).replace(tzinfo=UTC)
        state = SEEN.get(post["status"], "unknown")
        if state == "absent" and at <= now:
            state = "unknown"  # a draft now; whether it was out for a moment, its record does not say
        elif state == "absent" and self._is_shown(post["slug"]):
            state = "held"  # taken off, and a cache still shows it
        seen = {"state": state, "at": at, "title": post["title"]["raw"], "booking": post["slug"], "raw": {"status": post["status"]}}
        return Sight.model_validate(seen)

    def _is_shown(self, slug: str) -> bool:
        """As readers ask, who may get it out of a cache, and past the caches, which may still say that it is not there."""
        return self._blog.is_shown(f"/{slug}/") or self._blog.is_shown(f"/{slug}/?fresh={secrets.token_hex(8)}")
