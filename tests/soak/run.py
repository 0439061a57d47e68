"""Races, the fault matrix and bulk sends: `python tests/soak/run.py --minutes 60`. Adds what it did to docs/explanation/soak.md."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from tests.soak.running import main

    raise SystemExit(main())
