"""A page for each core check: what it promises from its docstring, its settings from its fields, its sentences from the catalogues."""

import dataclasses
import inspect
from typing import Any, get_type_hints

from docs.making.policy_file import code, values
from docs.making.sentences import catalogue, shown, variants
from docs.making.tables import table
from releasegate.checks import core_checks
from releasegate.checks.registry import FunctionCheck
from releasegate.protocols import Check

_READS = "It looks at: {reads}. {stands}"
_STANDS = "Its result stands for the text it was made of."
_ANEW = "It is made anew at every decision."


def pages() -> dict[str, str]:
    """The index, and a page for each check."""
    found = {each.id: _page(each) for each in core_checks()}
    return {"index": _index(), **found}


def _index() -> str:
    rows = [(f"[{each.id}]({each.id}.md)", _promise(each).split("\n\n")[0]) for each in core_checks()]
    names = "\n".join(each.id for each in core_checks())
    return "\n\n".join(
        ["# The checks", _LEAD, table(("check", "what holds where it finds nothing"), rows), f"```{{toctree}}\n:hidden:\n\n{names}\n```\n"]
    )


_LEAD = """\
All of them are on, without a line in the policy. A blocker shuts the gate; a warning shuts it until somebody who did not write the text
waives it for that text; a check that crashed or did not look counts as not passed. A line in `[checks]` makes one lighter or stricter:

```toml
[checks]
"placeholder-unresolved" = { severity = "blocker", waivable_by = { approvers = 1 } }
```

Every check takes `severity`, `valid_for` and `waivable_by` ([the policy file](../policy-file.md)); its own settings are on its page.
Whoever wrote the text clears what a check found, by `write` with a mended text."""


def _page(each: Check) -> str:
    reads = ", ".join(sorted(each.reads))
    stands = _ANEW if each.reads & {"time", "history"} else _STANDS
    parts = [
        f"# {each.id}",
        _promise(each),
        _READS.format(reads=reads, stands=stands),
        _settings(each),
        "## What people read",
        *_said(each),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _promise(each: Check) -> str:
    """Its docstring: the function's, or the class's."""
    return inspect.getdoc(each.look if isinstance(each, FunctionCheck) else type(each)) or ""


def _settings(each: Check) -> str:
    if isinstance(each, FunctionCheck):
        return "It has no settings."
    hints = get_type_hints(type(each), include_extras=True)
    fields = [field for field in dataclasses.fields(_any(each)) if field.init]
    rows = [(code(field.name), values(hints[field.name]), _default(getattr(each, field.name))) for field in fields]
    return "## Settings\n\n" + table(("setting", "values", "default"), rows)


def _any(each: object) -> Any:  # noqa: ANN401 - a dataclass, which the protocol does not say
    return each


def _default(value: object) -> str:
    """The default; of a long list only how long it is."""
    if isinstance(value, tuple) and len(value) > 6:  # noqa: PLR2004 - more than a line holds
        return f"{len(value)} names"
    if isinstance(value, tuple):
        return "[" + ", ".join(code(str(each)) for each in value) + "]"
    return code(str(value)) if value != "" else "empty"


def _said(each: Check) -> list[str]:
    found = []
    for variant in variants(each.id):
        name = f"{each.id}/{variant}" if variant else each.id
        lines = [
            f"> {shown(catalogue(lang)[f'check.{name}.says'])}  {shown(catalogue(lang).get(f'check.{name}.mend', ''))}"
            for lang in ("en", "ja")
        ]
        found.append("\n>\n".join(lines))
    return found
