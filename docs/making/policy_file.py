"""The page of the policy file's keys, from the models that read it: each key with its values, its default and its sentence."""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.making.tables import table
from releasegate.model.finding import Severity
from releasegate.model.state import Role
from releasegate.policy.anchor_rules import AnchorRules
from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.check_rules import CheckRules
from releasegate.policy.codes import CHANGE_KINDS
from releasegate.policy.duration import write_duration
from releasegate.policy.gate_table import GateTable
from releasegate.policy.handoff_rules import HandoffRules
from releasegate.policy.person import Person
from releasegate.policy.requirement import Requirement, Votes

TABLES: dict[str, type[BaseModel]] = {
    "[gate]": GateTable,
    "[people]": Person,
    "[channels.NAME]": ChannelRules,
    "[[requirement]]": Requirement,
    "waivable_by": Votes,
    "[checks]": CheckRules,
    "[handoff]": HandoffRules,
    "[anchors]": AnchorRules,
}
_NAMED_BY_ITS_TABLE = {Person: "id", ChannelRules: "name"}
_LEAD = """\
# The policy file

`releasegate.toml`, or what `--config` names. It is strict: an unknown key, person, group, role or channel is an error that says what was
meant, and a file that does not load opens nothing. `releasegate policy check` looks at it without touching a store. It begins with
`version = 1`; lengths of time are written `10m`, `2h`, `7d`.

The file is a proposal: the rules in force are kept in the store, and another file counts only when it has been adopted
([how](../how-to/adopt-a-policy.md)). `[groups]` gives people a common name: `legal = ["dai", "eri"]`."""


def page() -> str:
    """The page."""
    return "\n\n".join([_LEAD, *(_section(place, model) for place, model in TABLES.items())]) + "\n"


def _section(place: str, model: type[BaseModel]) -> str:
    sentences = said(model)
    rows = [(code(name), values(_annotation(field)), _default(field), sentences[name]) for name, field in keys(model).items()]
    return "\n\n".join([f"## `{place}`", inspect.getdoc(model) or "", table(("key", "values", "default", ""), rows)])


def keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """What can be written in this table: all fields but the one that names it."""
    return {name: field for name, field in model.model_fields.items() if name != _NAMED_BY_ITS_TABLE.get(model)}


def said(model: type[BaseModel]) -> dict[str, str]:
    """The sentence below each field of the model's source."""
    body = next(node for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(model)))) if isinstance(node, ast.ClassDef)).body
    return {
        field.target.id: below.value.value
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


def code(text: str) -> str:
    """The text as code; with bars and backticks it stays one cell."""
    return f"`{text}`"


def _annotation(field: FieldInfo) -> Any:  # noqa: ANN401 - any annotation
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


_PLAIN = {str: "text", bool: "`true` or `false`", timedelta: "a length of time", int: "a whole number", float: "a number"}


def values(annotation: Any) -> str:  # noqa: ANN401, PLR0911 - any annotation, each kind its own words
    """What may stand there, in words."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return values(inside[0]) + "".join(_bounds(each) for each in inside[1:])
    if origin in {Union, UnionType}:
        return " or ".join(values(each) for each in inside if each is not NoneType)
    if origin is Literal:
        return " or ".join(code(f'"{each}"') for each in inside if each != "")
    if origin is frozenset:
        return "a list of " + (", ".join(code(str(each)) for each in (Role if inside[0] is Role else sorted(CHANGE_KINDS))))
    if origin is tuple:
        return "a list of tables" if _is_model(inside[0]) else "a list of texts"
    if origin is Mapping or annotation is Mapping or origin is dict:
        return "a table"
    if annotation is Severity:
        return '`"blocker"` or `"warning"`'
    return "people: `{ checkers = …, approvers = … }`" if annotation is Votes else _PLAIN[annotation]


def _is_model(annotation: Any) -> bool:  # noqa: ANN401 - any annotation
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _bounds(metadata: object) -> str:
    """The bounds of a number, as pydantic keeps them."""
    each = getattr(metadata, "metadata", [metadata])
    found = [
        (word, getattr(bound, key))
        for bound in each
        for word, key in (("from", "ge"), ("to", "le"), ("above", "gt"))
        if hasattr(bound, key)
    ]
    return "".join(f", {word} {bound:,}" for word, bound in found)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True) if not field.is_required() else None
    if field.is_required():
        return "must be given"
    if isinstance(value, timedelta):
        return code(write_duration(value))
    return (
        code(str(value).lower() if isinstance(value, bool) else f"{value:,}" if isinstance(value, int) else f'"{value}"') if value else "–"
    )
