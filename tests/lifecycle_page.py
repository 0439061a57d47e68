"""The page on the lifecycle, drawn from the table: `python -m tests.lifecycle_page` writes it anew."""

import sys
from pathlib import Path

from transitions.extensions import GraphMachine

from releasegate.lifecycle import TABLE
from releasegate.model.state import State

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "lifecycle.md"

_TEXT = """\
# The lifecycle of a draft

This page is made from the table in `src/releasegate/lifecycle.py` by `python -m tests.lifecycle_page`; a test fails when the two differ.

A hold and its lift are not in the picture: they act in every state that is not over and change none of them. Nothing enters `sending`
or `booking` but through `begin`, the fence; nothing reaches `begin` but through `claim`, and the claim asks for the gate's verdict.
`ripen` and `lapse` are nobody's to press: they follow, in the same transaction, from what was signed, revoked or has aged.

```mermaid
{diagram}
```

| action | from | to |
|---|---|---|
{rows}
"""


class _Draft:
    """What the drawing machine needs for a model."""


def page() -> str:
    """The page as it must read now."""
    return _TEXT.format(diagram=_diagram(), rows="\n".join(_row(*line) for line in TABLE))


def _row(action: str, sources: tuple[State, ...], targets: tuple[State, ...]) -> str:
    return f"| {action} | {', '.join(sources)} | {', '.join(f'{to} ∎' if to.over else to.value for to in targets)} |"


def _diagram() -> str:
    """The drawing of `transitions` itself, without colours and titles, and with the three ends."""
    draft = _Draft()
    machine = GraphMachine(
        model=draft, states=list(map(str, State)), initial=State.DRAFTING.value, auto_transitions=False, graph_engine="mermaid"
    )
    for action, sources, targets in TABLE:
        for target in targets:
            machine.add_transition(action.value, list(map(str, sources)), target.value)
    lines = [line for line in machine.get_graph().source.splitlines() if "-->" in line]
    return "\n".join(["stateDiagram-v2", *lines, *(f"  {state} --> [*]" for state in State if state.over)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.exit(0)
