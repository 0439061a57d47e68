"""People from a CSV file: strict, because a row that is out of step sends one person's letter to another."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from shlex import quote

from releasegate.errors import ContentError
from releasegate.messages.words import Words

ADDRESS = ("email", "mail", "e-mail", "メールアドレス", "address")
NAME = ("name", "氏名", "名前")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_OTHER_COMMAS = re.compile("[;\t，、]")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The rows of a list: which column holds the address, which the name ("" where none does), and each row by its columns."""

    columns: tuple[str, ...]
    address: str
    name: str
    rows: tuple[Mapping[str, str], ...]


def read_people(data: bytes, *, where: str) -> People:
    """The people in these bytes of a CSV file in UTF-8 with a header row. ContentError names the line and how to mend it."""
    reader = csv.reader(io.StringIO(_text(data, where), newline=""), strict=True)
    lines = _lines(reader, where)
    columns = _columns(next(lines, (1, []))[1], where)
    address = _column(columns, ADDRESS)
    if not address:
        raise ContentError(
            what=Words("no column holds the address; the columns are {columns}.", columns=", ".join(columns)),
            where=where,
            mend=Words("Name one of them {address!r}.", address=ADDRESS[0]),
        )
    rows = tuple(_row(columns, line, address, Words("{where}, line {no}", where=where, no=no)) for no, line in lines)
    if not rows:
        raise ContentError(what=Words("it has a header row and nobody below it."), where=where, mend=Words("Add a row for each person."))
    return People(columns=columns, address=address, name=_column(columns, NAME), rows=rows)


def _text(data: bytes, where: str) -> str:
    if b"\0" in data or data.startswith(_UTF_16):
        raise ContentError(what=Words("it holds NUL bytes or is UTF-16."), where=where, mend=Words("Save it as 'CSV UTF-8'."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf_8(data, error, where) from error
    if _LONE_RETURN.search(text):
        raise ContentError(
            what=Words("it holds a carriage return without a line feed."),
            where=where,
            mend=Words("Save it with Windows (CRLF) or Unix (LF) line ends."),
        )
    return text


def _not_utf_8(data: bytes, error: UnicodeDecodeError, where: str) -> ContentError:
    no = data.count(b"\n", 0, error.start) + 1
    try:
        data.decode("cp932")
    except UnicodeDecodeError:
        return ContentError(Words("line {no} is not UTF-8.", no=no), where=where, mend=Words("Save it as 'CSV UTF-8'."))
    return ContentError(
        Words("line {no} is not UTF-8; it looks like CP932 (Shift_JIS), as Excel in Japanese writes it.", no=no),
        where=where,
        mend=Words(
            "Save it as 'CSV UTF-8', or convert it: iconv -f CP932 -t UTF-8 {file} > {made}", file=quote(where), made=_beside(where)
        ),
    )


def _beside(where: str) -> str:
    """A name for the converted list, next to the one that it was made of."""
    return quote(str(PurePath(where).with_suffix(".utf-8.csv"))) if PurePath(where).name else "utf-8.csv"


def _lines(reader: Iterator[list[str]], where: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the number of the line it begins on."""
    begins = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise ContentError(
                what=Words("it cannot be read: {error}.", error=error),
                where=Words("{where}, line {no}", where=where, no=begins),
                mend=Words("Check the quotes."),
            ) from error
        if row is None:
            return
        if row:
            yield begins, row
        begins = reader.line_num + 1  # type: ignore[attr-defined]  # an attribute of csv.reader


def _columns(row: list[str], where: str) -> tuple[str, ...]:
    columns = tuple(name.strip() for name in row)
    if not columns or any("@" in name for name in columns):
        raise ContentError(
            what=Words("it has no header row."),
            where=where,
            mend=Words("Name the columns in the first line, such as: {address},{name}", address=ADDRESS[0], name=NAME[0]),
        )
    if "" in columns or len({name.casefold() for name in columns}) < len(columns):
        raise ContentError(
            what=Words("two columns have the same name, or one has none: {columns}.", columns=", ".join(columns)),
            where=where,
            mend=Words("Give each column a name of its own."),
        )
    if len(columns) == 1 and _OTHER_COMMAS.search(columns[0]):
        raise ContentError(
            what=Words("the columns are not separated by commas: {columns}.", columns=columns[0]),
            where=where,
            mend=Words("Separate them by commas; Excel does so in 'CSV UTF-8'."),
        )
    return columns


def _column(columns: tuple[str, ...], names: tuple[str, ...]) -> str:
    """The column that bears the first of these names that any column bears."""
    return next((column for name in names for column in columns if column.casefold() == name), "")


def _row(columns: tuple[str, ...], line: list[str], address: str, where: str) -> Mapping[str, str]:
    if len(line) != len(columns):
        raise ContentError(
            what=Words("its fields: {have}; those of the header: {need}.", have=len(line), need=len(columns)),
            where=where,
            mend=Words("Put a field that holds a comma into quotes."),
        )
    row = dict(zip(columns, line, strict=True))
    if not row[address].strip():
        raise ContentError(what=Words("there is no address in it."), where=where, mend=Words("Fill it in, or take the line out."))
    return row
