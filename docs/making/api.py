"""The pages of the API: every public name of a module, from its docstring."""

import importlib
import inspect
from enum import Enum

from releasegate.policy.part import Part

MODULES = {
    "releasegate": "releasegate: the twelve names",
    "releasegate.model": "releasegate.model: the nouns",
    "releasegate.channels": "releasegate.channels: ways out",
    "releasegate.protocols": "releasegate.protocols: every extension point",
    "releasegate.checks": "releasegate.checks: checks of one's own",
    "releasegate.policy": "releasegate.policy: the rules in Python",
    "releasegate.errors": "releasegate.errors: everything that is raised",
    "releasegate.testing": "releasegate.testing: for tests",
}

MORE = {
    "releasegate": [
        "releasegate.asking.Diff",
        "releasegate.comparing.Compared",
        "releasegate.store.verifying.Verification",
        "releasegate.anchoring.Stamping",
    ],
    "releasegate.model": [
        "releasegate.model.state.HoldState",
        "releasegate.model.state.Role",
        "releasegate.model.verdict.Kind",
        "releasegate.model.manifest.Manifest",
        "releasegate.model.declared.Declared",
        "releasegate.model.draft.Signature",
        "releasegate.model.draft.Hold",
        "releasegate.model.draft.Waiver",
        "releasegate.model.draft.Tally",
        "releasegate.model.draft.Twin",
        "releasegate.model.draft.Linked",
        "releasegate.model.handoff.Item",
        "releasegate.model.handoff.Standing",
        "releasegate.model.turn.Turn",
        "releasegate.model.turn.Waiting",
        "releasegate.model.finding.Outcome",
        "releasegate.model.letter.Attachment",
        "releasegate.model.anchor.Anchor",
        "releasegate.model.consent.Consent",
        "releasegate.model.proof.Proof",
    ],
    "releasegate.channels": [
        "releasegate.channels.anchor_mail.AnchorMail",
        "releasegate.channels.anchor_mail.MailClient",
        "releasegate.channels.time_stamping.TimeStampAuthority",
    ],
    "releasegate.checks": ["releasegate.checks.registry.FunctionCheck"],
    "releasegate.policy": ["releasegate.policy.locating.Source"],
}
"""What the public names give back, and is named nowhere else: each has its place too."""


_INDEX = """\
# Python

Everything that a program may use; what is not here may change at any time.

```{{toctree}}
:maxdepth: 1

{rows}
```
"""


def pages() -> dict[str, str]:
    """The index, and a page for each module."""
    rows = "\n".join(f"{title} <{name}>" for name, title in MODULES.items())
    return {"index": _INDEX.format(rows=rows), **{name: _page(name, title) for name, title in MODULES.items()}}


def names(module: str) -> list[str]:
    """The public names of this module that have their home on its page: each has one."""
    found = public(module)
    earlier = list(MODULES)[: list(MODULES).index(module)]
    elsewhere = {id(_thing(each, name)) for each in earlier for name in public(each)}
    return [name for name in found if id(_thing(module, name)) not in elsewhere]


def public(module: str) -> list[str]:
    """What the module says is public; without `__all__` the classes and functions that it makes itself."""
    loaded = importlib.import_module(module)
    if hasattr(loaded, "__all__"):
        return list(loaded.__all__)
    return [name for name, value in vars(loaded).items() if getattr(value, "__module__", "") == module and not name.startswith("_")]


def _page(module: str, title: str) -> str:
    loaded = importlib.import_module(module)
    here = "\n\n".join(
        [*(_entry(module, name) for name in names(module)), *(_entry(*each.rsplit(".", 1)) for each in MORE.get(module, ()))]
    )
    others = [name for name in public(module) if name not in names(module)]
    also = "Also here, and described where they stand first: " + ", ".join(f"`{name}`" for name in others) + ".\n\n" if others else ""
    return f"# {title}\n\n{inspect.getdoc(loaded)}\n\n{also}```{{eval-rst}}\n{here}\n```\n"


def _entry(module: str, name: str) -> str:
    thing, path = _thing(module, name), f"{module}.{name}"
    if inspect.isclass(thing) and issubclass(thing, Part):
        return f".. autoclass:: {path}(**keys)\n\n   Its keys are those of the policy file."
    if inspect.isclass(thing):
        bare = (
            "\n   :undoc-members:" if issubclass(thing, Enum) else ""
        )  # a field stands in the signature already, a word of an enum does not
        return f".. autoclass:: {path}\n   :members:{bare}\n   :exclude-members: model_config, model_post_init"
    return f".. autofunction:: {path}" if callable(thing) else f".. autodata:: {path}\n   :no-value:"


def _thing(module: str, name: str) -> object:
    return getattr(importlib.import_module(module), name)
