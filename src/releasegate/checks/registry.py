"""What checks there are: `@check` makes one of a function, `build_checks` gives them their settings."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, cast, get_type_hints

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from releasegate.checks.installed import installed, load_installed
from releasegate.errors import PolicyError
from releasegate.messages.words import Words
from releasegate.model.draft import Draft
from releasegate.model.finding import Finding
from releasegate.model.manifest import canonical, sha256
from releasegate.protocols import Check, CheckFunction, Context

READS = frozenset({"content", "audience", "schedule", "time", "history", "network"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCheck:
    """A check without settings. `by_letter`: what it finds in many letters is what it finds in each of them."""

    id: str
    look: CheckFunction
    version: int = 1
    reads: frozenset[str] = frozenset({"content"})
    by_letter: bool = False
    valid_for: timedelta | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """None."""
        return MappingProxyType({})

    def __call__(self, draft: Draft, context: Context) -> Iterable[Finding]:
        """What it finds in this draft."""
        return self.look(draft, context)


def check(
    id: str,  # noqa: A002 - the word that policies and findings use
    *,
    version: int = 1,
    reads: Iterable[str] = ("content",),
    by_letter: bool = False,
    valid_for: timedelta | None = None,
) -> Callable[[CheckFunction], FunctionCheck]:
    """Make a check of a function `(draft, context) -> findings`. Raise `version` when the same text may get another verdict.

    `by_letter` promises that the findings about many letters are those about each: a large draft is then read once for all such checks.
    `valid_for` is how long what it said stands, where the policy does not say.
    """
    if not id:
        message = "A check needs an id."
        raise ValueError(message)
    if unknown := sorted(set(reads) - READS):
        message = f"A check cannot read {unknown}; it may read {sorted(READS)}."
        raise ValueError(message)
    sources = frozenset(reads)
    return lambda look: FunctionCheck(id=id, look=look, version=version, reads=sources, by_letter=by_letter, valid_for=valid_for)


def settings_of(check: object) -> dict[str, Any]:
    """The fields of a check that is a dataclass, as plain JSON."""
    return {field.name: _plain(getattr(check, field.name)) for field in fields(cast("Any", check))}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a setting holds
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value


def settings_digest(check: Check) -> str:
    """sha256 over id, version and settings: a result stands only for the settings it was made with."""
    return sha256(canonical({"id": check.id, "version": check.version, "settings": dict(check.settings)}))


def build_checks(rules: Mapping[str, Mapping[str, Any]], core: Iterable[Check], extra: Iterable[Check] = ()) -> tuple[Check, ...]:
    """`core` and `extra`, each with the settings that `rules` has for its id. Raises PolicyError naming every mistake at once."""
    known, problems = _by_id((*core, *extra))
    problems += _add_installed([name for name in rules if name not in known], known)
    built: list[Check] = []
    for each in known.values():
        wrong, made = _configure(each, rules.get(each.id, {}))
        problems += wrong
        built.append(made)
    if problems:
        raise PolicyError(problems)
    return tuple(built)


def _add_installed(names: Iterable[str], known: dict[str, Check]) -> list[str]:
    """Add what packages publish by these names; tell what is wrong. A package changes no gate by itself: a policy names its checks."""
    problems: list[str] = []
    for name in names:
        found = load_installed(name)
        if found is None:
            near = _near(name, [*known, *(each.id for each in installed())])
            problems.append(Words("[checks] there is no check {name!r}.{near}", name=name, near=near))
        elif isinstance(found, str):
            problems.append(found)
        else:
            known[name] = found
    return problems


def _by_id(checks: Iterable[Check]) -> tuple[dict[str, Check], list[str]]:
    known: dict[str, Check] = {}
    problems: list[str] = []
    for each in checks:
        # What an entry point brings is only hoped to be a check.
        if not isinstance(cast("object", each), Check):
            problems.append(
                Words("[checks] {each!r} is no check: make it with @check, or give it id, version, reads, settings and a call.", each=each)
            )
        elif each.id in known:
            problems.append(Words("[checks] two checks have the id {id!r}.", id=each.id))
        else:
            known[each.id] = each
    return known, problems


def _configure(check: Check, rules: Mapping[str, Any]) -> tuple[list[str], Check]:
    """This check with these settings, or what is wrong with them."""
    if not rules:
        return [], check
    wanted = _parameters(check)
    problems = [_no_parameter(check.id, name, wanted) for name in rules if name not in wanted]
    values: dict[str, Any] = {}
    for name in rules.keys() & wanted.keys():
        try:
            values[name] = _read(wanted[name], rules[name])
        except (ValidationError, TypeError) as error:
            problems += list(_wrong(f"[checks] {check.id}.{name}", error))
    return (problems, check) if problems else ([], cast("Any", type(check))(**{**_current(check), **values}))


def _parameters(check: object) -> dict[str, Any]:
    if not is_dataclass(check) or isinstance(check, FunctionCheck):
        return {}
    hints = get_type_hints(type(check), include_extras=True)
    return {field.name: hints[field.name] for field in fields(check)}


def _current(check: Check) -> dict[str, Any]:
    return {field.name: getattr(check, field.name) for field in fields(cast("Any", check))}


def _read(wanted: Any, value: Any) -> Any:  # noqa: ANN401 - any annotation, any value of a policy file
    # By way of JSON: there a list may stand for a tuple, and strict still means that "5" is no number.
    return TypeAdapter(wanted).validate_json(orjson.dumps(value, default=_thawed), strict=True)


def _thawed(value: Any) -> Any:  # noqa: ANN401 - what orjson does not know
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def _no_parameter(check_id: str, name: str, wanted: Mapping[str, Any]) -> str:
    takes = Words("It takes {names}.", names=", ".join(sorted(wanted))) if wanted else Words("It takes none.")
    return Words(
        "[checks] {check} has no parameter {name!r}.{near} {takes}", check=check_id, name=name, near=_near(name, wanted), takes=takes
    )


def _wrong(where: str, error: Exception) -> Iterator[str]:
    if not isinstance(error, ValidationError):
        yield Words("{where}: a value that no policy file can hold ({error}).", where=where, error=error)
        return
    for each in error.errors(include_url=False):
        path = "".join(f".{part}" for part in each["loc"])
        yield Words("{where}: {what}; got {got!r}.", where=where + path, what=_said(each), got=each["input"])


def _said(detail: ErrorDetails) -> str:
    """Our own sentence where one of our validators said no; pydantic's otherwise."""
    error = detail.get("ctx", {}).get("error")
    return error.args[0] if isinstance(error, ValueError) and error.args else detail["msg"]


def _near(name: str, known: Iterable[str]) -> str:
    """What was perhaps meant, or nothing."""
    match get_close_matches(name, list(known), n=2):
        case [one]:
            return Words(" Did you mean {one!r}?", one=one)
        case [one, other]:
            return Words(" Did you mean {one!r} or {other!r}?", one=one, other=other)
        case _:
            return ""
