"""`make bench`: one JSON line a figure, each measured against its other side in the same run. Names as arguments choose some."""

import importlib
import sys

NAMES = ("sending", "bulk", "durable", "deciding", "starting", "verifying", "sealing")


def main() -> None:
    """Print each figure as it is known."""
    for name in sys.argv[1:] or NAMES:
        for figure in importlib.import_module(f"bench.{name}").figures():
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
