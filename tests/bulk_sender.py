"""A program that sends the newsletter, to be killed: `python -m tests.bulk_sender STORE PORT [steady]`.

`steady`: where its way out is broken it tries again, until nothing is left to go.
"""

import sys
import time
from contextlib import closing, suppress

from releasegate.channels.smtp import Smtp
from releasegate.errors import Blocked
from releasegate.gate import Gate
from tests.building import NEWS, TWO_EYES, make_policy

POLICY = make_policy(NEWS + TWO_EYES)


def open_gate(store: str, server: Smtp) -> Gate:
    """The gate that everybody here uses."""
    return Gate(store, policy=POLICY, channels={"news": server}, alarm=lambda _: None)


def send(gate: Gate, *, steady: bool) -> None:
    """Once, or until nothing is left."""
    while True:
        with suppress(Blocked):
            gate.send("july", by="mailer")
        if not steady or not gate.draft("july").tally.left:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    way = Smtp(f"smtp://127.0.0.1:{sys.argv[2]}")
    with closing(way), closing(open_gate(sys.argv[1], way)) as gate:
        send(gate, steady="steady" in sys.argv[3:])
