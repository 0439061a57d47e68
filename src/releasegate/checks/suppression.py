"""Lists of people who must not be written to, read from files: who has left, whose mailbox is gone, who has complained."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

COLUMNS = ("email", "mail", "e-mail", "メールアドレス", "address")
_MOST = 500_000_000
_ENCODINGS = ("utf-8-sig", "cp932")
_QUOTES = '"'


class Unreadable(Exception):
    """This list cannot be read whole: `detail` says what was met, `columns` which there are where none of them holds addresses."""

    def __init__(self, detail: str, *, columns: str = "") -> None:
        super().__init__(detail)
        self.detail, self.columns = detail, columns


FileName = Annotated[str, StringConstraints(min_length=1)]


class Source(BaseModel):
    """A CSV file with a header row, from the policy file's folder: the `column` with the addresses, and why they are on it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    file: FileName
    column: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file held when it was this file, of this size and age."""

    stamp: tuple[int, ...]
    addresses: frozenset[str]


_kept: dict[tuple[str, str], _Kept] = {}


def same(address: str) -> str:
    """An address as lists are compared: whatever its letter case, the blanks around it, and how a domain with other letters is written.

    Some carriers' names can only be mailed to in quotes; on a list they stand without.
    """
    local, at, domain = address.strip().casefold().rpartition("@")
    return f"{local.strip(_QUOTES)}{at}{_ascii(domain)}"


def _ascii(domain: str) -> str:
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def read_source(source: Source, folder: str) -> frozenset[str]:
    """The addresses on this list, to be compared by `same`. Raises Unreadable for a list that may not be all of it.

    A file that has not changed since is not read again: this is asked at every decision.
    """
    path = Path(folder, source.file)
    try:
        found = path.stat()
        stamp = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        known = _kept.get((str(path), source.column))
        if known is not None and known.stamp == stamp:
            return known.addresses
        data = _bytes(path, found.st_size)
    except OSError as error:
        raise Unreadable(error.strerror or type(error).__name__) from error
    addresses = frozenset(_addresses(data, source.column))
    _kept[str(path), source.column] = _Kept(stamp, addresses)
    return addresses


def _bytes(path: Path, size: int) -> bytes:
    if size > _MOST:
        raise Unreadable(f"{size} bytes")
    return path.read_bytes()


def _addresses(data: bytes, column: str) -> Iterator[str]:
    """Every address in that column. A file without a header row was cut off while it was written."""
    rows = csv.reader(io.StringIO(_text(data), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        place = _place(header, column)
        for row in rows:
            if row and len(row) != len(header):
                raise Unreadable(f"line {rows.line_num}")
            if row and row[place].strip():
                yield same(row[place])
    except csv.Error as error:
        raise Unreadable(f"line {rows.line_num}: {error}") from error


def _text(data: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("neither UTF-8 nor CP932")


def _place(header: list[str], column: str) -> int:
    """Where the addresses stand: the column that was named, the only one, or one that is called as such columns are."""
    names = [name.casefold() for name in header]
    if not any(names) or any("@" in name for name in names):
        raise Unreadable("no header row")
    wanted = [column.casefold()] if column else [name for name in COLUMNS if name in names] or names * (len(names) == 1)
    if not wanted or wanted[0] not in names:
        raise Unreadable("no such column", columns=", ".join(header))
    return names.index(wanted[0])
