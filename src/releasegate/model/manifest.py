"""What is signed: the manifest and its digest."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from releasegate.model.declared import Declared, read_declared
from releasegate.model.schedule import Schedule


def canonical(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold, within the domain below
    """RFC 8785 bytes of `value`: ASCII keys; strings, integers below 2**53, booleans, None, lists, dicts. TypeError for anything else."""
    _check(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


_LIMIT = 2**53


def _check(value: Any) -> None:  # noqa: ANN401
    """Only what every JSON canonicaliser writes alike."""
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, int) and -_LIMIT < value < _LIMIT:
        return
    if isinstance(value, (list, tuple)):
        for each in value:
            _check(each)
        return
    if isinstance(value, dict) and all(isinstance(key, str) and key.isascii() for key in value):
        for each in value.values():
            _check(each)
        return
    message = f"{value!r} has no canonical form: use strings, integers below 2**53, booleans, lists and dicts with ASCII keys."
    raise TypeError(message)


def sha256(data: bytes) -> str:
    """The digest of these bytes, 64 hex characters."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Exactly what is approved: the parcels in order, whom they reach, the sender, the schedule, the channel's identity.

    `parcels` and `recipients` are seals: sha256 over the digests in order, and over the sorted recipients. `declared` stands in it only
    where something was said, `release` only where it is one of several ways out of the same news.
    """

    parcels: str
    count: int
    recipients: str
    reach: int
    sender: str
    title: str
    channel: str
    identity: str
    meant: str
    schedule: Schedule
    window: int
    declared: Declared = field(default_factory=Declared)
    release: str = ""

    def body(self) -> bytes:
        """Its canonical bytes (RFC 8785)."""
        utc, said = self.schedule.utc, self.declared.body()
        return canonical(
            {
                "v": 1,
                "content": {"parcels": self.parcels, "count": self.count, "title": self.title},
                "recipients": {"seal": self.recipients, "reach": self.reach},
                "sender": self.sender,
                "schedule": {
                    "text": self.schedule.text,
                    "local": self.schedule.local,
                    "zone": self.schedule.zone,
                    "utc": utc.isoformat() if utc else "",
                    "problem": self.schedule.problem,
                    "window": self.window,
                },
                "channel": {"name": self.channel, "identity": self.identity, "meant": self.meant},
                **({"declared": said} if said else {}),
                **({"release": self.release} if self.release else {}),
            }
        )

    @property
    def digest(self) -> str:
        """sha256 of the canonical bytes: what signatures, results and sends name, all 64 characters."""
        return sha256(self.body())


def read_manifest(body: bytes) -> Manifest:
    """The manifest that these canonical bytes hold."""
    data = orjson.loads(body)
    schedule = data["schedule"]
    return Manifest(
        parcels=data["content"]["parcels"],
        count=data["content"]["count"],
        title=data["content"]["title"],
        recipients=data["recipients"]["seal"],
        reach=data["recipients"]["reach"],
        sender=data["sender"],
        channel=data["channel"]["name"],
        identity=data["channel"]["identity"],
        meant=data["channel"]["meant"],
        window=schedule["window"],
        schedule=Schedule(
            text=schedule["text"],
            local=schedule["local"],
            zone=schedule["zone"],
            utc=datetime.fromisoformat(schedule["utc"]) if schedule["utc"] else None,
            problem=schedule["problem"],
        ),
        declared=read_declared(data.get("declared", {})),
        release=data.get("release", ""),
    )
