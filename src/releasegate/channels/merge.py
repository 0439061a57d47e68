"""One mail for each row: a template whose `$field` and `${field}` are filled in its subject, its text and its HTML."""

import re
from base64 import b64decode, encodebytes
from binascii import b2a_qp
from collections.abc import Callable, Iterable, Iterator, Mapping
from email import message_from_bytes
from quopri import decodestring

from releasegate.channels.filling import fill, fill_html, fill_subject, fill_url, recipient, with_holes
from releasegate.channels.headers import Field, check_readable, decoded, split_header
from releasegate.channels.writing import AnyMessage
from releasegate.errors import ContentError
from releasegate.messages.words import Words

THE_TEMPLATE = Words("the template")
_IN_UTF_8 = Words("Save the template in UTF-8.")
_DECODE: Mapping[str, Callable[[bytes], bytes]] = {
    **dict.fromkeys(("", "7bit", "8bit", "binary"), bytes),
    "base64": lambda body: b64decode(body.translate(None, b"\r\n \t"), validate=True),
    "quoted-printable": decodestring,
}
_SEALED = frozenset({"multipart/signed", "multipart/encrypted"})

Row = Mapping[str, str]
_Piece = Callable[[Row, str], bytes]


def _row(no: int) -> str:
    return Words("row {no}", no=no)


def merge(
    template: bytes, rows: Iterable[Row], *, address_column: str, name_column: str = "", place: Callable[[int], str] = _row
) -> Iterator[bytes]:
    """The template's bytes for each row, addressed to that row alone; what needs no filling stays byte for byte.

    Values are escaped in HTML and percent-encoded in List-Unsubscribe and its like; one that would break a header is refused with its row,
    as `place` calls the row of this number. An empty cell fills nothing: `${name: empty}` stands there, and `merge-field-empty` shuts the
    gate.
    """
    try:
        pieces = list(_pieces(template.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))
    except RecursionError as error:
        raise ContentError(
            Words("it has parts within parts, too many to read."), where=THE_TEMPLATE, mend=Words("Build the mail anew.")
        ) from error
    for no, row in enumerate(rows, start=1):
        where = place(no)
        _check_whole(row, where)
        to = recipient(row[address_column], row[name_column] if name_column else "", where=where)
        filled = with_holes(row)
        yield to + b"".join(piece(filled, where) for piece in pieces)


def _check_whole(row: Row, where: str) -> None:
    """Refuse half a character: no mail can hold it."""
    for name, value in row.items():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ContentError(
                what=Words("half a character stands at {place}.", place=error.start),
                where=Words("{where}, {name}", where=where, name=name),
                mend=Words("Repair the text where it was cut."),
            ) from error


def _pieces(template: bytes) -> Iterator[_Piece]:
    fields, body = split_header(template, where=THE_TEMPLATE)
    check_readable(fields, where=THE_TEMPLATE)
    for field in fields:
        if field.name in {"cc", "bcc"}:
            raise ContentError(
                what=Words("whoever stands in {name!r} would get every mail.", name=field.name),
                where=THE_TEMPLATE,
                mend=Words("Take it out, or give that person a row."),
            )
        if not field.name.startswith("content-") and field.name != "to":
            yield _header_piece(field)
    yield from _body_pieces([field for field in fields if field.name.startswith("content-")], body)


def _header_piece(field: Field) -> _Piece:
    value = decoded(field.value)
    if field.name == "subject" and "$" in value:
        return lambda row, where: fill_subject(value, row, where=where)
    if field.name.startswith("list-") and "$" in value:
        name = field.raw.partition(b":")[0]
        return lambda row, _: name + b": " + fill_url(value, row).encode("utf-8") + b"\r\n"
    return _same(field.raw)


def _body_pieces(fields: list[Field], body: bytes) -> Iterator[_Piece]:
    """The header fields of a part and what follows them, from the empty line on."""
    head = b"".join(field.raw for field in fields)
    facts = message_from_bytes(head)
    media = facts.get_content_type()
    boundary = facts.get_boundary()
    if media.startswith("multipart/") and media not in _SEALED and boundary:
        yield _same(head)
        yield from _part_pieces(boundary.encode("utf-8"), body)
    elif media in {"text/plain", "text/html"} and facts.get_content_disposition() != "attachment":
        yield _text_piece(facts, head, body)
    else:
        yield _same(head + body)


def _part_pieces(boundary: bytes, body: bytes) -> Iterator[_Piece]:
    """Each part between the lines of the boundary; the lines, and what stands before and after, as they are."""
    line = re.compile(rb"(?:^|(?<=\r\n))--" + re.escape(boundary) + rb"(--)?[ \t]*\r\n")
    at, inside = 0, False
    for found in line.finditer(body if body.endswith(b"\r\n") else body + b"\r\n"):
        before = body[at : found.start()]
        # The line end before a boundary belongs to the boundary.
        yield from _one_part(before.removesuffix(b"\r\n")) if inside else iter([_same(before.removesuffix(b"\r\n"))])
        yield _same((b"\r\n" if before.endswith(b"\r\n") else b"") + found[0])
        at, inside = found.end(), not found[1]
    yield _same(body[at:])


def _one_part(part: bytes) -> Iterator[_Piece]:
    if part.startswith(b"\r\n"):
        yield from _body_pieces([], part)
        return
    fields, body = split_header(part, where=THE_TEMPLATE)
    yield from _body_pieces(fields, body)


def _text_piece(facts: AnyMessage, head: bytes, body: bytes) -> _Piece:
    encoding = str(facts.get("content-transfer-encoding", "")).strip().lower()
    text = _text(body.removeprefix(b"\r\n"), encoding, facts.get_content_charset("utf-8"))
    if "$" not in text:
        return _same(head + body)
    encode = _base64 if encoding == "base64" else _quoted_printable
    filled = fill_html if facts.get_content_type() == "text/html" else fill
    begin = _head_for(facts, "base64" if encoding == "base64" else "quoted-printable") + b"\r\n"
    return lambda row, _: begin + encode(filled(text, row).encode("utf-8"))


def _text(body: bytes, encoding: str, charset: str) -> str:
    """The part's text as a reader sees it."""
    try:
        return _DECODE[encoding](body).decode(charset)
    except (ValueError, LookupError) as error:
        raise _not_text(error, encoding, charset) from error


def _not_text(error: Exception, encoding: str, charset: str) -> ContentError:
    if isinstance(error, UnicodeDecodeError):
        return ContentError(
            Words("a text in it is not in {charset}, as its header says.", charset=charset), where=THE_TEMPLATE, mend=_IN_UTF_8
        )
    if isinstance(error, LookupError):
        name = encoding if isinstance(error, KeyError) else charset
        return ContentError(Words("a text in it names {name!r}, which nobody knows.", name=name[:40]), where=THE_TEMPLATE, mend=_IN_UTF_8)
    mend = Words("Export or save it again, and hand in the whole file.")
    return ContentError(Words("a text in it is damaged, or cut off."), where=THE_TEMPLATE, mend=mend)


def _head_for(facts: AnyMessage, encoding: str) -> bytes:
    """The part's header fields, for a text in UTF-8: a value may hold what the template's own charset lacks."""
    facts.set_param("charset", "utf-8")
    del facts["content-transfer-encoding"]
    facts["Content-Transfer-Encoding"] = encoding
    lines = "".join(f"{name}: {value}\n" for name, value in facts.items()).replace("\r\n", "\n").replace("\n", "\r\n")
    return lines.encode("utf-8", "surrogateescape")


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")


def _quoted_printable(data: bytes) -> bytes:
    return b2a_qp(data, istext=True).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _same(data: bytes) -> _Piece:
    return lambda _row, _where: data
