"""The core checks, and what it takes to add one: a function and a line in the policy."""

from collections.abc import Iterable, Mapping
from typing import Any

from releasegate.checks import registry
from releasegate.checks.addresses import AddressInvisible, AddressSyntax
from releasegate.checks.letters import Letters, read_letter
from releasegate.checks.registry import check, settings_digest, settings_of
from releasegate.checks.running import run_check, run_checks
from releasegate.protocols import Check

__all__ = ["Letters", "build_checks", "check", "core_checks", "read_letter", "run_check", "run_checks", "settings_digest", "settings_of"]


def core_checks() -> tuple[Check, ...]:
    """Every core check, each with its own severities and parameters."""
    return (AddressSyntax(), AddressInvisible())


def build_checks(rules: Mapping[str, Mapping[str, Any]], extra: Iterable[Check] = ()) -> tuple[Check, ...]:
    """The core checks and `extra`, each with the parameters that `rules` has for its id.

    Raises PolicyError naming every mistake: an unknown check or parameter with what comes near, a wrong type with what is wanted.
    """
    return registry.build_checks(rules, core_checks(), extra)
