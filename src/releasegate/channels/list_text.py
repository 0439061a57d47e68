"""The text in the bytes of a list: in UTF-8, in what its first bytes say, or in what somebody names. Never a guess: names would suffer."""

import codecs
import re
from collections.abc import Iterator

from releasegate.errors import ContentError
from releasegate.messages.words import Words

ENCODINGS = ("utf-8", "cp932", "cp1252")
_ALIASES = {
    "utf8": "utf-8",
    **dict.fromkeys(("shift-jis", "sjis", "ms932", "windows-31j"), "cp932"),
    **dict.fromkeys(("windows-1252", "ansi"), "cp1252"),
}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CODECS = {"utf-8": "utf-8-sig"}
_LONE_RETURN = re.compile(r"\r(?!\n)")
# What a program puts where it lost a letter; letters that one company or one machine has made up; controls beyond ASCII.
_LOST = re.compile("[\ufffd\ue000-\uf8ff\x80-\x9f]")
# What no file in these encodings can mean. (Up to U+E757 stand the letters that people in Japan draw themselves.)
_NO_LETTER = re.compile("[\ufffd\ue758-\uf8ff\x80-\x9f]")
_SHOWN = 60


def list_text(data: bytes, *, where: str, encoding: str = "") -> str:
    """What these bytes say, each one read strictly. `encoding` is for a file that says nothing itself and is not in UTF-8.

    ContentError says which line cannot be read; where the file may be in another encoding, how that line would read in it.
    """
    named = _named(encoding)
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if named and marked and named != marked:
        raise ContentError(
            Words("its first bytes say that it is in {marked}, not in {named}.", marked=marked, named=named),
            where=where,
            mend=Words("Leave the encoding out."),
        )
    if named not in {"", "utf-8"}:
        _refuse_utf_8(data, named, where)
    text = _decoded(data, marked or named or "utf-8", where, marked=bool(marked))
    _refuse_unreadable(text, where)
    return text


def _named(encoding: str) -> str:
    """The encoding of this name, or "" where none is given."""
    name = encoding.strip().lower().replace("_", "-")
    name = _ALIASES.get(name, name)
    if name and name not in ENCODINGS:
        raise ContentError(
            Words("no list is read in {encoding!r}.", encoding=encoding[:_SHOWN]),
            where=Words("encoding"),
            mend=Words("Give {names}; UTF-8 and UTF-16 are known by themselves.", names=", ".join(ENCODINGS[1:])),
        )
    return name


def _decoded(data: bytes, codec: str, where: str, *, marked: bool) -> str:
    try:
        return data.decode(_CODECS.get(codec, codec))
    except UnicodeDecodeError as error:
        at = error.start + (len(data) - len(error.object))  # utf-8-sig counts from behind its mark
        raise ContentError(
            Words("it is not in {codec}.", codec=codec.upper()),
            where=Words("{where}, line {no}", where=where, no=data.count(b"\n", 0, at) + 1),
            mend=Words("Save it as 'CSV UTF-8'.") if marked else _otherwise(data, at),
        ) from error


def _otherwise(data: bytes, at: int) -> str:
    """How the line would read in each encoding in which the whole file can be read; a person sees which is right."""
    line = data[data.rfind(b"\n", 0, at) + 1 :].partition(b"\n")[0]
    told = [
        Words("In {name} it reads {line!r}: if that is right, give --encoding {name} (in Python: encoding={name!r}).", name=name, line=each)
        for name in ENCODINGS[1:]
        if (each := _read(line, name)) and _read(data, name)
    ]
    if not told:
        return Words("Save it as 'CSV UTF-8'.")
    return told[0] if len(told) == 1 else Words("{first} {second}", first=told[0], second=told[1])


def _read(data: bytes, name: str) -> str:
    """What this says in that encoding; "" where it says nothing."""
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return ""
    return "" if _NO_LETTER.search(text) else text.strip()[:_SHOWN]


def _refuse_utf_8(data: bytes, named: str, where: str) -> None:
    """What reads as UTF-8 is UTF-8, whatever somebody says: other letters fit its rules by chance in one file of thousands."""
    try:
        read = "" if data.isascii() else data.decode("utf-8")
    except UnicodeDecodeError:
        return
    no, line = next(((no, line) for no, line in enumerate(read.split("\n"), start=1) if not line.isascii()), (0, ""))
    if no:
        wrong = line.encode().decode(named, "replace")
        facts = {"line": line.strip()[:_SHOWN], "named": named, "wrong": wrong.strip()[:_SHOWN]}
        raise ContentError(
            Words("it is in UTF-8, where it reads {line!r}; in {named} it would read {wrong!r}.", **facts),
            where=Words("{where}, line {no}", where=where, no=no),
            mend=Words("Leave the encoding out; if it is in {named} all the same, save it as 'CSV UTF-8'.", named=named),
        )


def _refuse_unreadable(text: str, where: str) -> None:
    """Refuse what makes rows of one, or letters that nobody else can read."""
    for at, what, mend in _unreadable(text):
        raise ContentError(what, where=Words("{where}, line {no}", where=where, no=text.count("\n", 0, at) + 1), mend=mend)


def _unreadable(text: str) -> Iterator[tuple[int, str, str]]:
    if (at := text.find("\0")) >= 0:
        yield at, Words("it holds a NUL byte."), Words("Save it as 'CSV UTF-8'.")
    if (found := _LONE_RETURN.search(text)) and "\n" not in text:
        yield found.start(), Words("its lines end in carriage returns alone."), Words("Save it as 'CSV UTF-8', not as 'CSV (Macintosh)'.")
    elif found:
        line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
        what = Words("a carriage return without a line feed stands in {line!r}.", line=line[:_SHOWN])
        yield found.start(), what, Words("Take it out of the cell.")
    if not text.isascii() and (found := _LOST.search(text)):
        what = Words("it holds a character that others cannot read (U+{code:04X}).", code=ord(found[0]))
        yield (
            found.start(),
            what,
            Words("Type the letter anew that stood there; it was lost when the list was converted, or is a letter of one computer alone."),
        )
