"""Where a store lives: which URLs are taken, and that a SQLite file lies on this machine's own disk, readable by its owner alone."""

import os
from os import PathLike, fspath
from pathlib import Path

from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from releasegate.errors import StoreError
from releasegate.messages.words import Words

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.rclone", "fuse.s3fs"}
)


def store_url(store: str | PathLike[str] | Engine) -> URL:
    """The URL of a store: a path is a SQLite file. An Engine gives its URL only; the gate makes connections of its own."""
    if isinstance(store, Engine):
        url = store.url
    elif "://" in (name := fspath(store)):
        try:
            url = make_url(name)
        except ArgumentError as error:
            message = Words("The store's URL cannot be read. Give a path (gate.db) or postgresql+psycopg://user@host/name.")
            raise StoreError(message) from error
    else:
        url = URL.create("sqlite", database=name)
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        message = Words(
            "A store on {backend!r} is not supported. Use SQLite (a path) or postgresql+psycopg://…", backend=url.get_backend_name()
        )
        raise StoreError(message)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.database in {None, "", ":memory:"} or "mode=memory" in str(url):
        message = Words("A store in memory is gone with its process, and each thread would see its own. Give a path.")
        raise StoreError(message)
    return url.set(drivername="sqlite+pysqlite")


def check_file(path: Path, *, new: bool = True) -> None:
    """The SQLite file (made where it is to be `new`, mode 0600) is a regular file on a local disk; StoreError otherwise."""
    folder = path.resolve().parent
    if not folder.is_dir():
        message = Words("{folder} is no folder; the store {name} cannot be made there.", folder=folder, name=path.name)
        raise StoreError(message)
    kind = file_system(folder)
    if kind in _NETWORK:
        message = Words(
            "{path} lies on a network file system ({kind}), where SQLite's locks do not hold. Use a local disk, or PostgreSQL.",
            path=path,
            kind=kind,
        )
        raise StoreError(message)
    if new and not path.exists():
        _make(path)
    if not path.is_file():
        message = Words("{path} is no regular file.", path=path) if path.exists() else Words("There is no store at {path}.", path=path)
        raise StoreError(message)
    if path.stat().st_mode & 0o077:
        message = Words(
            "{path} can be read or written by others (mode {st_mode:04o}). Run: chmod 600 {path}",
            path=path,
            st_mode=path.stat().st_mode & 0o777,
        )
        raise StoreError(message)


def _make(path: Path) -> None:
    """An empty file that only its owner may read: SQLite gives -wal and -shm the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        message = Words(
            "The store {path} cannot be made: {error}. Give this account the right to write to its folder.",
            path=path,
            error=Words(error.strerror or ""),
        )
        raise StoreError(message) from error


def file_system(folder: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The type of the file system that holds this folder, "" where the machine does not tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in lines:
        fields = line.split(" ")
        point = fields[1].replace("\\040", " ")
        if (folder == Path(point) or Path(point) in folder.parents) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind
