"""A disk that is full for this process: `full.py STORE LIST WHEN` sends draft d1, and no file can grow any more from WHEN on.

WHEN is `claim` (before anything is claimed) or `sent` (when the first mail has left). What still works is printed as JSON.
"""

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path

from releasegate.errors import GateError
from releasegate.gate import Gate
from releasegate.model.parcel import Parcel, Receipt
from tests.building import make_policy
from tests.crash.child import Listing

PAGE = 4096
"""Less than any write into a SQLite journal needs, more than the list of what left."""


def fill() -> None:
    """From now on every write behind the first page of a file fails, as on a full disk (Python ignores SIGXFSZ)."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (PAGE, resource.RLIM_INFINITY))


class Last(Listing):
    """The disk is full as soon as the first mail has left."""

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        receipt = super().send(parcel, key=key)
        fill()
        return receipt


def said(work: Callable[[], object]) -> str:
    """What it answered, or how it failed."""
    try:
        return str(work())
    except GateError as error:
        return f"{type(error).__name__}: {error}"


def main(store: str, path: str, when: str) -> None:
    """Send, and say what works."""
    gate = Gate(store, policy=make_policy(), channels={"news": Last(Path(path)) if when == "sent" else Listing(Path(path))})
    if when == "claim":
        fill()
    found = {
        "send": said(lambda: gate.send("d1", by="mailer")),
        "hold": said(lambda: gate.hold("d1", by="dai", note="Stop.")),
        "state": said(lambda: gate.draft("d1").state.value),
        "open": said(lambda: gate.decide("d1").open),
        "history": said(lambda: len(gate.history("d1"))),
        "sound": said(lambda: gate.verify().sound),
    }
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))  # whoever measures this process writes too
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
