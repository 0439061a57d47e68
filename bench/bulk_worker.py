"""One of those who send: `python -m bench.bulk_worker STORE PORT DRAFT NUMBER`; STORE `-`: without the gate. Begins at a line on stdin."""

import sys
from contextlib import closing, suppress

from bench.bulk import BARE, COUNT, WORKERS
from bench.shop import letters, open_gate
from releasegate import Blocked
from releasegate.channels import Smtp


def _ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _bare(way: Smtp, number: int) -> None:
    parcels = list(way.seal(letters(COUNT // WORKERS + (number < COUNT % WORKERS), start=number * COUNT)))
    _ready()
    for no, parcel in enumerate(parcels):
        way.send(parcel, key=f"{number}{no}")


def _gated(way: Smtp, store: str, draft_id: str) -> None:
    with closing(open_gate(store, {"newsletter": way})) as gate:
        _ready()
        with suppress(Blocked):  # another one still has the last letters
            gate.send(draft_id, by="mailer")


if __name__ == "__main__":
    with closing(Smtp(f"smtp://127.0.0.1:{sys.argv[2]}")) as way:
        if sys.argv[1] == BARE:
            _bare(way, int(sys.argv[4]))
        else:
            _gated(way, sys.argv[1], sys.argv[3])
