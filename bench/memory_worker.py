"""One part of the memory figure: `python -m bench.memory_worker write|send|watch SIZE FOLDER` prints its megabytes and seconds."""

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.shop import policy
from releasegate import Gate
from releasegate.model.handoff import ReadBack
from releasegate.model.parcel import Parcel, Receipt

HOUR = datetime(2027, 6, 2, 3, tzinfo=UTC)
"""A working day, at noon in Tokyo."""


class Nowhere:
    """An end that takes everything at once and keeps nothing."""

    identity = "nowhere"
    deadline = 5

    def seal(self, content: tuple[str, int]) -> Iterator[Parcel]:
        """A line for each reader of this draft."""
        draft, size = content
        for no in range(size):
            body = f"Dear reader {no} of {draft}: the new wing opens in July.".encode()
            yield Parcel(body=body, to=(f"reader{no}@museum.jp",), sender="news@museum.jp", title="July", media="text/plain")

    def send(self, parcel: Parcel, *, key: str) -> Receipt:
        """Taken."""
        return Receipt(f"{key}/{len(parcel.body)}")


def write(gate: Gate, size: int) -> None:
    """Two drafts, one to go at once, one at its hour."""
    for name, hour in (("first", None), ("second", "2027-06-02 12:00 Asia/Tokyo")):
        draft = gate.write(name, channel="newsletter", content=(name, size), by="akari", send_at=hour)
        gate.submit(name, by="akari", note="For checking.")
        gate.confirm(name, digest=draft.digest, by="ben", note="Read.")
        told = ReadBack(mark=draft.mark, recipients=draft.reach, send_at=draft.send_at)
        gate.approve(name, digest=draft.digest, by="chie", note="Go.", read_back=told)


def main(part: str, size: int, folder: Path) -> None:
    """Do it, and tell what it took."""
    began = time.perf_counter()
    now = HOUR + _BEFORE[part]
    gate = Gate(str(folder / "gate.db"), policy=policy(), channels={"newsletter": Nowhere()}, clock=lambda: now)
    if part == "write":
        write(gate, size)
    elif part == "send":
        _all(gate.send("first", by="mailer").sent, size)
    else:
        gate.watch(by="mailer")
        _all(gate.draft("second").tally.sent, size)
    gate.close()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"mb": round(most, 1), "s": round(time.perf_counter() - began, 1)}))


_BEFORE = {"write": timedelta(hours=-3), "send": timedelta(hours=-2), "watch": timedelta(minutes=1)}


def _all(sent: int, size: int) -> None:
    if sent != size:
        raise RuntimeError(sent)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
