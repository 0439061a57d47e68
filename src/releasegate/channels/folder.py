"""A way out that hurts nobody: each mail becomes a file in a folder."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from releasegate.channels.cause import cause
from releasegate.channels.mail import Content, seal_mail, stamp
from releasegate.errors import NotSent
from releasegate.messages.words import Words
from releasegate.model.parcel import Parcel, Receipt

_SAFE = re.compile(r"[a-z0-9_][a-z0-9._-]{0,99}")
_STAMPED_LINES = 2


def _now() -> datetime:
    return datetime.now(UTC)


class Folder:
    """Writes each mail into `path`, named after its key: a file that is there has been delivered, and is never written twice.

    The identity is the path as it was given, not resolved: a project folder that moves voids no approval, and the file named in the
    policy is the one that was reviewed.
    """

    def __init__(self, path: str | os.PathLike[str], *, root: Path | None = None, clock: Callable[[], datetime] = _now) -> None:
        self.path = Path(path) if root is None else root / path
        self.identity = f"folder:{os.fspath(path)}"
        self._clock = clock

    def __repr__(self) -> str:
        return f"Folder({os.fspath(self.path)!r})"

    def seal(self, content: Content) -> Iterator[Parcel]:
        """What would leave, as bytes."""
        return seal_mail(content)

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        """Write it whole or not at all; the same key again answers with the file that is there."""
        target = self.path / f"{_name(key)}.eml"
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = self._write_beside(target, stamp(parcel, key=key, at=self._clock()))
        except OSError as error:
            raise _not_written(target, error) from error
        try:
            # A link, because a rename would replace a file that another worker has just delivered.
            os.link(part, target)
        except FileExistsError:
            _check_same(target, parcel)
        except OSError as error:
            raise _not_written(target, error) from error
        finally:
            part.unlink()
        _sync_folder(self.path)
        return Receipt(target.name)

    def _write_beside(self, target: Path, data: bytes) -> Path:
        part = self.path / f".{target.stem[:40]}.{secrets.token_hex(8)}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return part


def _not_written(target: Path, error: OSError) -> NotSent:
    return NotSent(Words("{target} could not be written: {error}", target=target, error=cause(error)))


def _name(key: str) -> str:
    """The key itself where it can be a file's name, else what is left of it and its sha256."""
    if _SAFE.fullmatch(key):
        return key
    readable = re.sub(r"[^a-z0-9_-]+", "-", key.lower()).strip("-")[:40]
    return f"{readable or 'mail'}-{sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _check_same(target: Path, parcel: Parcel) -> None:
    """The file that is there must be this mail; its Date may be another. If not, nobody knows what was delivered: not NotSent."""
    there = target.read_bytes().split(b"\r\n", _STAMPED_LINES)[-1]
    if there != parcel.body:
        message = f"{target} is there already and holds another mail"
        raise FileExistsError(message)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
