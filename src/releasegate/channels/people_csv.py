"""People from a CSV file: strict, because a row that is out of step sends one person's letter to another."""

import csv
import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from releasegate.channels.list_text import list_text
from releasegate.errors import ContentError
from releasegate.messages.words import Words

ADDRESS = ("email", "mail", "e-mail", "メールアドレス", "address")
NAME = ("name", "氏名", "名前")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_QUOTED = re.compile('"[^"]*"')
_SEPARATORS = (",", "\t", ";")
_OTHER_COMMAS = re.compile("[，、|]")
_SHOWN = 60
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a list, each as a table of its columns, with the number of the line on which it begins."""

    columns: tuple[str, ...]
    cells: Sequence[Sequence[str]]
    lines: Sequence[int]

    def __iter__(self) -> Iterator[Mapping[str, str]]:
        return (dict(zip(self.columns, line, strict=True)) for line in self.cells)

    def __len__(self) -> int:
        return len(self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The rows of a list: which column holds the address, which the name ("" where none does), and each row by its columns."""

    columns: tuple[str, ...]
    address: str
    name: str
    rows: Rows


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line, and how to mend it."""

    line: int
    what: str
    mend: str


def read_people(data: bytes, *, where: str, encoding: str = "") -> People:
    """The people in these bytes of a CSV file with a header row. ContentError names the line, what is wrong with it, and how to mend it.

    UTF-8 and UTF-16 are known by themselves; any other `encoding` must be named. Columns are parted by commas, tabs or semicolons.
    """
    text = list_text(data, where=where, encoding=encoding)
    separator = _separator(text)
    lines = _lines(csv.reader(_split(text), strict=True, delimiter=separator), where)
    begins, first = next(lines, (1, []))
    if not first:
        raise ContentError(Words("it is empty."), where=where, mend=Words("Export the list again; its first line names the columns."))
    columns = _columns(first, Words("{where}, line {no}", where=where, no=begins))
    address = _column(columns, ADDRESS)
    if not address:
        raise ContentError(
            what=Words("no column holds the address; the columns are {columns}.", columns=", ".join(columns)),
            where=where,
            mend=Words("Name one of them {address!r}.", address=ADDRESS[0]),
        )
    rows = _rows(lines, columns, columns.index(address), where, separator)
    if not rows.cells:
        raise ContentError(what=Words("it has a header row and nobody below it."), where=where, mend=Words("Add a row for each person."))
    return People(columns=columns, address=address, name=_column(columns, NAME), rows=rows)


def wrong(faults: Sequence[Fault], *, where: str) -> ContentError:
    """The first of these faults, and in which lines the others are: nobody mends a list one run at a time."""
    first, *more = faults
    mend = first.mend
    if more:
        listed = ", ".join(str(each.line) for each in more[:_LISTED]) + (" …" if more[_LISTED:] else "")
        mend = Words("{mend} Also wrong: line {lines}.", mend=mend, lines=listed)
    return ContentError(first.what, where=Words("{where}, line {no}", where=where, no=first.line), mend=mend)


def _separator(text: str) -> str:
    """What parts the columns in the first line that is not blank: Excel writes tabs, and semicolons where a comma stands in numbers."""
    head = _QUOTED.sub("", next((line for line in _split(text) if line.strip()), ""))
    return next((sign for sign in _SEPARATORS if sign in head), ",")


def _split(text: str) -> Iterator[str]:
    """The lines with their ends; nothing but a line feed ends one. A StringIO would take four bytes a letter."""
    return (found[0] for found in _LINE.finditer(text))


def _lines(reader: Iterator[list[str]], where: str) -> Iterator[tuple[int, list[str]]]:
    """Each row in which something stands, with the number of the line it begins on."""
    begins = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise wrong([Fault(begins, *_broken(str(error)))], where=where) from error
        if row is None:
            return
        if any(map(str.strip, row)):
            yield begins, row
        begins = reader.line_num + 1  # type: ignore[attr-defined]  # an attribute of csv.reader


def _broken(error: str) -> tuple[str, str]:
    """A quote, whatever the reader says: nothing else is left that it refuses."""
    mend = Words('Close it; a quote that belongs to the text stands there twice: "".')
    if "expected after" in error:
        return Words("a quote stands in the middle of a field."), mend
    return Words("a quote is opened here and never closed."), mend


def _columns(row: list[str], where: str) -> tuple[str, ...]:
    columns = tuple(name.strip() for name in row)
    if any("@" in name for name in columns):
        raise ContentError(
            what=Words("it has no header row: this is somebody already ({line!r}).", line=_shown(row)),
            where=where,
            mend=Words("Name the columns in the first line, such as: {address},{name}", address=ADDRESS[0], name=NAME[0]),
        )
    if len(columns) == 1 and _OTHER_COMMAS.search(columns[0]):
        raise ContentError(
            what=Words("the columns are not separated by commas: {columns}.", columns=columns[0]),
            where=where,
            mend=Words("Separate them by commas; Excel does so in 'CSV UTF-8'."),
        )
    if "" in columns:
        raise ContentError(
            what=Words("column {no} has no name: {line!r}.", no=columns.index("") + 1, line=_shown(row)),
            where=where,
            mend=Words("Give it one, or delete the column."),
        )
    _refuse_twice(columns, where)
    return columns


def _refuse_twice(columns: tuple[str, ...], where: str) -> None:
    seen: dict[str, int] = {}
    for no, name in enumerate(columns, start=1):
        first = seen.setdefault(name.casefold(), no)
        if first != no:
            raise ContentError(
                what=Words("columns {first} and {second} have the same name: {name!r}.", first=first, second=no, name=name),
                where=where,
                mend=Words("Give each column a name of its own."),
            )


def _column(columns: tuple[str, ...], names: tuple[str, ...]) -> str:
    """The column that bears the first of these names that any column bears."""
    return next((column for name in names for column in columns if column.casefold() == name), "")


def _rows(lines: Iterator[tuple[int, list[str]]], columns: tuple[str, ...], at: int, where: str, separator: str) -> Rows:
    cells, numbers, faults = list[tuple[str, ...]](), array("L"), list[Fault]()
    for no, line in lines:
        if len(line) != len(columns):
            faults.append(_ragged(no, line, columns, separator))
        elif "@" not in line[at] and (fault := _addressless(no, line, columns, at)):
            faults.append(fault)
        else:
            cells.append(tuple(line))
            numbers.append(no)
    if faults:
        raise wrong(faults, where=where)
    return Rows(columns, cells, numbers)


def _ragged(no: int, line: list[str], columns: tuple[str, ...], separator: str) -> Fault:
    facts = {"have": len(line), "need": len(columns), "line": _shown(line)}
    what = Words("fields in this row: {have}; in the header: {need}. It reads {line!r}.", **facts)
    if len(line) > len(columns):
        return Fault(no, what, Words("Put a field that holds {sign!r} into quotes.", sign=separator))
    return Fault(no, what, Words("Give it a field for each column ({columns}), also for an empty one.", columns=", ".join(columns)))


def _addressless(no: int, line: list[str], columns: tuple[str, ...], at: int) -> Fault | None:
    """An address that stands elsewhere: what else may? None: somebody wrote what is no address, and a check says so."""
    if not line[at].strip():
        return Fault(no, Words("there is no address in it: {line!r}.", line=_shown(line)), Words("Fill it in, or take the line out."))
    elsewhere = next((index for index, cell in enumerate(line) if "@" in cell), None)
    if elsewhere is None:
        return None
    facts = {"found": line[elsewhere], "there": columns[elsewhere], "cell": line[at], "column": columns[at]}
    what = Words("{found!r} stands in column {there!r}, and {cell!r} in column {column!r}.", **facts)
    return Fault(no, what, Words("Put each field under its own column."))


def _shown(line: list[str]) -> str:
    return ",".join(line)[:_SHOWN]
