"""`checks`: which there are, who brings them, and how the policy has set them."""

import json
from collections.abc import Iterator
from typing import Any

import typer

from releasegate import messages
from releasegate.checks import build_checks, core_checks
from releasegate.checks.installed import Installed, installed
from releasegate.cli.options import Json
from releasegate.cli.session import Session
from releasegate.cli.tables import table
from releasegate.policy.policy import Policy
from releasegate.protocols import Check


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(checks)


def checks(context: typer.Context, *, as_json: Json = False) -> None:
    """The checks that look at every draft, and those installed that the policy does not name: they look at none."""
    session: Session = context.obj
    found = [*_running(session.policy), *_resting(session.policy)]
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    table([session.word(f"cli.column.{name}") for name in ("check", "source", "set")], (_row(session, each) for each in found))


def _running(policy: Policy) -> Iterator[dict[str, Any]]:
    """Every check of this policy, as it is set: what another line in [checks] would change."""
    core, sources = {check.id for check in core_checks()}, {each.id: each for each in installed()}
    with policy.locating():
        running = build_checks(policy.check_parameters())
    for check in running:
        source = "releasegate" if check.id in core else _package(sources[check.id])
        yield {"id": check.id, "version": check.version, "source": source, "runs": True, **_rules(policy, check)}


def _rules(policy: Policy, check: Check) -> dict[str, Any]:
    """Its settings, and what the policy says of it."""
    rules = policy.checks.get(check.id)
    return {"settings": dict(check.settings), "policy": rules.to_table() if rules is not None else {}}


def _resting(policy: Policy) -> Iterator[dict[str, Any]]:
    for each in installed():
        if each.id not in policy.checks:
            yield {"id": each.id, "version": None, "source": _package(each), "runs": False, "settings": {}, "policy": {}}


def _package(each: Installed) -> str:
    return f"{each.package} {each.version}".strip()


def _row(session: Session, each: dict[str, Any]) -> list[str]:
    said = ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in each["policy"].items())
    return [each["id"], messages.plain(each["source"]), messages.plain(said) if each["runs"] else session.word("cli.check-rests")]
