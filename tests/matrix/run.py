"""The fault matrix over one store: `python tests/matrix/run.py STORE [--part N] [--seed S] [--minutes M]`.

Every named point of every story (a tour says which there are) meets each fault, and the others hold or go on. `--part N`: one case of N,
chosen by the seed. `--minutes M`: cases chosen by chance for so long. Prints one JSON line; ends with 1 where something was wrong.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from tests.matrix.table import main

    raise SystemExit(main())
