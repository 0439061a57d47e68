"""The language, and whether a script reads, known before anything else is: also for help, and for a call that cannot be read."""

import os
from collections.abc import Sequence

from releasegate.cli.config import FILE, language, read_config


def asked_language(arguments: Sequence[str]) -> str:
    """`en` or `ja`: as `--lang` says, else RELEASEGATE_LANG, else the policy file, else the system."""
    config = _given(arguments, "--config") or os.environ.get("RELEASEGATE_CONFIG") or FILE
    return language(_given(arguments, "--lang") or os.environ.get("RELEASEGATE_LANG", ""), read_config(config))


def asked_json(arguments: Sequence[str]) -> bool:
    """A script wants to read JSON, also of a call that cannot be read."""
    words = list(arguments)
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def _given(arguments: Sequence[str], option: str) -> str:
    """The value of this option, wherever it stands; "" where it was not given."""
    for word, after in zip(arguments, [*arguments, ""][1:], strict=True):
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else after
    return ""
