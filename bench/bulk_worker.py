"""One of those who send: `python -m bench.bulk_worker STORE PORT DRAFT NUMBER`; STORE may be a loop without the gate. Waits for a line."""

import smtplib
import sys
from collections.abc import Iterable
from contextlib import closing, suppress
from email.message import EmailMessage

from bench.bulk import COUNT, LOOPS, WORKERS
from bench.shop import letters, open_gate
from releasegate import Blocked
from releasegate.channels import Smtp


def _ready() -> None:
    print("ready", flush=True)
    sys.stdin.readline()


def _library(port: int, mails: Iterable[EmailMessage]) -> None:
    messages = list(mails)
    with smtplib.SMTP("127.0.0.1", port) as client:
        _ready()
        for message in messages:
            client.send_message(message)


def _bare(way: Smtp, mails: Iterable[EmailMessage]) -> None:
    parcels = list(way.seal(mails))
    _ready()
    for no, parcel in enumerate(parcels):
        way.send(parcel, key=str(no))


def _gated(way: Smtp, store: str, draft_id: str) -> None:
    with closing(open_gate(store, {"newsletter": way})) as gate:
        _ready()
        with suppress(Blocked):  # another one still has the last letters
            gate.send(draft_id, by="mailer")


def main(store: str, port: int, draft_id: str, number: int) -> None:
    """Its share of the mails, or whatever of the draft nobody else has."""
    share = letters(COUNT // WORKERS + (number < COUNT % WORKERS), start=number * COUNT)
    with closing(Smtp(f"smtp://127.0.0.1:{port}")) as way:
        if store == next(iter(LOOPS)):
            _library(port, share)
        elif store in LOOPS:
            _bare(way, share)
        else:
            _gated(way, store, draft_id)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
