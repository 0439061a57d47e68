"""From text to parts: strict TOML, and every problem of a file as one sentence that says where, what, and how to mend it."""

import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from releasegate.errors import PolicyError
from releasegate.messages.words import Words, apart
from releasegate.policy.locating import Source, told
from releasegate.policy.naming import is_line
from releasegate.policy.nearest import nearest
from releasegate.policy.part import Part

MOST_BYTES = 1_000_000
_DEEPEST = 8
# Beyond it, JSON readers disagree about whole numbers.
_LARGEST = 2**53
_EXPRESSIONS = Words("`applies` is an expression, and this version has none; name the channels in `channels`")

WANTED = {
    "string_type": "give text in quotes",
    "string_too_long": "give at most {max_length} characters",
    "int_type": "give a whole number",
    "bool_type": "give true or false",
    "tuple_type": "give a list of texts",
    "frozen_set_type": "give a list of texts",
    "dict_type": "give a table",
    "mapping_type": "give a table",
    "model_type": "give a table",
    "greater_than_equal": "give {ge} or more",
    "less_than_equal": "give {le} or less",
}

T = TypeVar("T", bound=Part)


def read_file(path: str | PathLike[str]) -> str:
    """The text of a policy file. Raises PolicyError where it cannot be read, is too large, or is not UTF-8."""
    try:
        with Path(path).open("rb") as file:
            found = file.read(MOST_BYTES + 1)
    except OSError as error:
        message = Words("{path}: cannot be read ({strerror}); name a policy file", path=path, strerror=Words(error.strerror or ""))
        raise PolicyError([message]) from error
    if len(found) > MOST_BYTES:
        raise PolicyError([_too_large(str(path))])
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = found[: error.start + len(found) - len(error.object)]
        facts = {"path": path, "line": before.count(b"\n") + 1, "column": len(before) - before.rfind(b"\n")}
        raise PolicyError([Words("{path}:{line}:{column}: is not UTF-8; save the file as UTF-8", **facts)]) from error


def _too_large(where: str) -> str:
    return Words("{where}: is larger than {most_bytes:,} bytes; a policy is a page of rules", where=where, most_bytes=MOST_BYTES)


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises PolicyError with line and column."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise PolicyError([_too_large(where)])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([_no_toml(str(error), text, where)]) from error
    except (RecursionError, ValueError) as error:
        message = Words("{where}: is nested too deeply, or holds a number without end; a policy is a page of rules", where=where)
        raise PolicyError([message]) from error


def _no_toml(said: str, text: str, where: str) -> str:
    """What tomllib says, at its line and column."""
    what, _, place = said.rpartition(" (at ")
    found = re.match(r"line (\d+), column (\d+)", place)
    line, column = (found[1], found[2]) if found else (text.count("\n") + 1, len(text) - text.rfind("\n"))
    told = Words((what[:1].lower() + what[1:]).replace("{", "{{").replace("}", "}}"))
    facts = {"where": where, "line": str(line), "column": str(column), "what": told}
    return Words("{where}:{line}:{column}: {what}; this is not TOML, mend that line", **facts)


class Reading:
    """Collects everything that is wrong with one set of data; nothing is taken from it before `finish` has passed."""

    def __init__(self, where: str, source: Source | None = None) -> None:
        self.where, self._source = where, source
        self.problems: list[str] = []

    def complain(self, problems: Iterable[str]) -> None:
        """Note what is wrong: each begins with its place, or with a colon where it is the whole file."""
        if self._source is not None:
            self.problems += self._source.located(problems)
        else:
            self.problems += [told(self.where, problem) for problem in problems]

    def finish(self) -> None:
        """Raises PolicyError with every problem, if there is any."""
        if self.problems:
            raise PolicyError(self.problems)

    def keys(self, table: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        """Every key of the table is one that we know."""
        known = tuple(known)
        self.complain(
            Words("{place}: unknown key {key!r}; {near}", place=place, key=key[:40], near=nearest(key, known))
            for key in table
            if key not in known
        )

    def table(self, data: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The table under this key; empty where there is none or something else stands there."""
        found = data.get(key, {})
        if isinstance(found, dict):
            return found
        self.complain([Words("[{key}]: is no table; write it like [{key}]", key=key)])
        return {}

    def tables(self, table: Mapping[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The tables in the table `key`, each with its name."""
        for name, found in table.items():
            if isinstance(found, dict):
                yield name, found
            else:
                self.complain(
                    [Words("[{key}].{name}: is no table; write it like {short} = {{ … }}", key=key, name=name[:100], short=name[:40])]
                )

    def part(self, model: type[T], table: Mapping[str, Any], place: str, **given: str) -> T | None:
        """The part that this table describes, or None and its problems noted; `given` comes from the table's name."""
        known = [key for key in model.model_fields if key not in given]
        self.keys({key: None for key in table if key != "applies"}, known, place)
        if "applies" in table:
            self.complain([f"{place}: {_EXPRESSIONS}"])
        return self.made(lambda: model.model_validate({key: table[key] for key in table if key in known} | given), model, place)

    def made(self, make: Callable[[], T], model: type[Part], place: str) -> T | None:
        """What `make` makes, or None and its problems noted."""
        try:
            return make()
        except ValidationError as error:
            self.complain(
                Words("{place}{line}", place=place, line=line)
                for detail in error.errors(include_url=False)
                for line in _sentences(detail, model)
            )
            return None


def _sentences(detail: ErrorDetails, model: type[BaseModel]) -> Iterator[str]:
    """What one finding of pydantic says, in our form: `.key: what; mend`. Values are shown only where they are short and plain."""
    path = detail["loc"]
    if detail["type"] == "extra_forbidden":
        known = _model_at(model, path[:-1]).model_fields
        yield Words(
            "{place}: unknown key {key!r}; {near}", place=_dotted(path[:-1]), key=str(path[-1])[:40], near=nearest(str(path[-1]), known)
        )
    elif detail["type"] == "missing":
        yield Words("{place}: no {key!r}; add it", place=_dotted(path[:-1]), key=str(path[-1]))
    elif detail["type"] == "value_error":
        yield from (Words("{place}: {line}", place=_dotted(path), line=line) for line in apart(detail["ctx"]["error"].args[0]))
    else:
        yield Words("{place}: {shown} does not fit; {wanted}", place=_dotted(path), shown=_shown(detail["input"]), wanted=_wanted(detail))


def _wanted(detail: ErrorDetails) -> str:
    """What should stand there instead."""
    if detail["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        return nearest(str(detail["input"]), [choice for choice in choices if choice])
    form = WANTED.get(detail["type"])
    return Words(form, **detail.get("ctx", {})) if form else f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _dotted(path: tuple[int | str, ...]) -> str:
    return "".join(f".{str(step)[:100]}" for step in path)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value[:60])
    return repr(value)[:60] if isinstance(value, (bool, int, float)) else type(value).__name__


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that stands at this place below `model`."""
    for step in path:
        inner = get_args(model.model_fields[str(step)].annotation)
        model = next(each for each in inner if isinstance(each, type) and issubclass(each, BaseModel))
    return model


def data_faults(value: object, place: str = "", depth: int = 0) -> Iterator[str]:
    """What in these data is no text, whole number, fraction, yes or no, list or table; or is nested too deeply."""
    if depth > _DEEPEST:
        yield Words("{place}: is nested more than {deepest} deep; make it flatter", place=place, deepest=_DEEPEST)
    elif isinstance(value, dict):
        for key, each in value.items():
            at = f"{place}.{str(key)[:100]}" if place else f"[{str(key)[:100]}]"
            yield from (
                data_faults(each, at, depth + 1) if is_line(key) else (Words("{at!a}: this key is no plain line of text; name it", at=at),)
            )
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value, 1):
            yield from data_faults(each, f"{place} no. {number}", depth + 1)
    elif not _is_plain(value):
        yield Words(
            "{place}: holds a {kind} that cannot be kept; write it as text or as a number up to 2^53",
            place=place,
            kind=type(value).__name__,
        )


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= _LARGEST)


def _is_text(value: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
