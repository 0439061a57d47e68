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
from releasegate.policy.naming import is_line
from releasegate.policy.nearest import nearest
from releasegate.policy.part import Part

MOST_BYTES = 1_000_000
_DEEPEST = 8
# Beyond it, JSON readers disagree about whole numbers.
_LARGEST = 2**53
_EXPRESSIONS = "`applies` is an expression, and this version has none; name the channels in `channels`"

_WANTED = {
    "string_type": "text in quotes",
    "string_too_long": "at most {max_length} characters",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list of texts",
    "frozen_set_type": "a list of texts",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
}

T = TypeVar("T", bound=Part)


def read_file(path: str | PathLike[str]) -> str:
    """The text of a policy file. Raises PolicyError where it cannot be read, is too large, or is not UTF-8."""
    try:
        with Path(path).open("rb") as file:
            found = file.read(MOST_BYTES + 1)
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); name a policy file"
        raise PolicyError([message]) from error
    if len(found) > MOST_BYTES:
        raise PolicyError([_too_large(str(path))])
    try:
        return found.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8"
        raise PolicyError([message]) from error


def _too_large(where: str) -> str:
    return f"{where}: is larger than {MOST_BYTES:,} bytes; a policy is a page of rules"


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises PolicyError with line and column."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise PolicyError([_too_large(where)])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).rpartition(" (at ")
        at = place.rstrip(")") if place.startswith("line ") else f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))}"
        message = f"{where} {at}: {what[:1].lower()}{what[1:]}; this is not TOML, mend that line"
        raise PolicyError([message]) from error
    except (RecursionError, ValueError) as error:
        message = f"{where}: is nested too deeply, or holds a number without end; a policy is a page of rules"
        raise PolicyError([message]) from error


class Reading:
    """Collects everything that is wrong with one set of data; nothing is taken from it before `finish` has passed."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.problems: list[str] = []

    def complain(self, problems: Iterable[str]) -> None:
        """Note what is wrong: each begins with its place, or with a colon where it is the whole file."""
        self.problems += [f"{self.where}{'' if problem.startswith(':') else ' '}{problem}" for problem in problems]

    def finish(self) -> None:
        """Raises PolicyError with every problem, if there is any."""
        if self.problems:
            raise PolicyError(self.problems)

    def keys(self, table: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        """Every key of the table is one that we know."""
        known = tuple(known)
        self.complain(f"{place}: unknown key {key[:40]!r}; {nearest(key, known)}" for key in table if key not in known)

    def table(self, data: Mapping[str, Any], key: str) -> dict[str, Any]:
        """The table under this key; empty where there is none or something else stands there."""
        found = data.get(key, {})
        if isinstance(found, dict):
            return found
        self.complain([f"[{key}]: is no table; write it like [{key}]"])
        return {}

    def tables(self, table: Mapping[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The tables in the table `key`, each with its name."""
        for name, found in table.items():
            if isinstance(found, dict):
                yield name, found
            else:
                self.complain([f"[{key}].{name[:100]}: is no table; write it like {name[:40]} = {{ … }}"])

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
            self.complain(f"{place}{line}" for detail in error.errors(include_url=False) for line in _sentences(detail, model))
            return None


def _sentences(detail: ErrorDetails, model: type[BaseModel]) -> Iterator[str]:
    """What one finding of pydantic says, in our form: `.key: what; mend`. Values are shown only where they are short and plain."""
    path = detail["loc"]
    if detail["type"] == "extra_forbidden":
        known = _model_at(model, path[:-1]).model_fields
        yield f"{_dotted(path[:-1])}: unknown key {str(path[-1])[:40]!r}; {nearest(str(path[-1]), known)}"
    elif detail["type"] == "missing":
        yield f"{_dotted(path[:-1])}: no {str(path[-1])!r}; add it"
    elif detail["type"] == "value_error":
        yield from (f"{_dotted(path)}: {line}" for line in str(detail["ctx"]["error"]).splitlines())
    else:
        yield f"{_dotted(path)}: {_shown(detail['input'])} does not fit; {_wanted(detail)}"


def _wanted(detail: ErrorDetails) -> str:
    """What should stand there instead."""
    if detail["type"] == "literal_error":
        choices = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        return nearest(str(detail["input"]), [choice for choice in choices if choice])
    form = _WANTED.get(detail["type"])
    return f"give {form.format(**detail.get('ctx', {}))}" if form else f"{detail['msg'][:1].lower()}{detail['msg'][1:]}"


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
        yield f"{place}: is nested more than {_DEEPEST} deep; make it flatter"
    elif isinstance(value, dict):
        for key, each in value.items():
            at = f"{place}.{str(key)[:100]}" if place else f"[{str(key)[:100]}]"
            yield from data_faults(each, at, depth + 1) if is_line(key) else (f"{at!a}: this key is no plain line of text; name it",)
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value, 1):
            yield from data_faults(each, f"{place} no. {number}", depth + 1)
    elif not _is_plain(value):
        yield f"{place}: holds a {type(value).__name__} that cannot be kept; write it as text or as a number up to 2^53"


def _is_plain(value: object) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= _LARGEST)


def _is_text(value: str) -> bool:
    return not any("\ud800" <= sign <= "\udfff" for sign in value)
