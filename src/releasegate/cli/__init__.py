"""The command line: the gate's verbs, spelled the same, with exit codes that a script can act on."""

import logging
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (`releasegate.cli.exits`). One clear message on stderr where it fails, never a traceback."""
    from releasegate.cli import stopping

    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows its number: the words must not fail for that.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    # What the library logs is for the programs that import it; here one message is enough.
    logging.getLogger("releasegate").addHandler(logging.NullHandler())
    if stopping.is_meant(given):
        return stopping.run(given)
    try:
        from releasegate.cli.app import run
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        print('The command line needs two more packages: pip install "releasegate[cli]"', file=sys.stderr)
        return 1
    return run(given)
