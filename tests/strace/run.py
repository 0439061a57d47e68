"""Errors of the kernel at the moment of a commit, put in by strace: `python tests/strace/run.py`. Not for pytest: strace may be missing.

Each case sends three mails on SQLite while one system call of one commit fails, again and again at another one, and then without. Nobody
may get a mail twice, each reader has it once or is unknown, the log is sound. Exit 1 where a case fails, 2 where strace is not there.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from releasegate.errors import Blocked  # noqa: E402 - found once the path is set
from releasegate.model.state import State  # noqa: E402
from tests.building import approved, mails, make_gate  # noqa: E402
from tests.crash.child import Listing  # noqa: E402

FAULTS = ("fdatasync:error=EIO", "fdatasync:error=ENOSPC", "pwrite64:error=ENOSPC", "pwrite64:error=EIO")
READERS = 3
WHEN = (1, 2, 3, 4, 5, 6, 8, 10, 14)
"""The number of the call that fails; some fall into the opening, some into the claim, a fence, the last write."""


def case(folder: Path, fault: str, when: str) -> list[str]:
    """What is wrong after one send with this fault; empty where nothing is."""
    store, left = str(folder / "gate.db"), folder / "left"
    gate = make_gate(store, channels={"news": Listing(left)}, clock=lambda: datetime.now(UTC))
    approved(gate, content=mails(READERS))
    name = fault.partition(":")[0]
    argv = [
        "strace",
        "-f",
        "-qq",
        "-o",
        str(folder / "trace"),
        "-P",
        f"{store}-wal",
        "-e",
        f"trace={name}",
        "-e",
        f"inject={fault}:when={when}",
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    child = [sys.executable, "-m", "tests.crash.child", store, "d1", str(left), "run"]
    subprocess.run([*argv, *child], cwd=ROOT, env=environment, capture_output=True, check=False, timeout=120)
    if "INJECTED" not in (folder / "trace").read_text(encoding="utf-8"):
        gate.close()
        return ["never reached"]
    with contextlib.suppress(Blocked):
        gate.send("d1", by="mailer")
    draft = gate.draft("d1")
    tally = draft.tally
    reached = Counter(line.split(" ")[1] for line in left.read_text(encoding="ascii").splitlines()) if left.exists() else Counter[str]()
    wrong = [] if max(reached.values(), default=0) <= 1 else [f"twice: {reached}"]
    # A commit that failed to be told may stand: then the draft is claimed until its lease is over, and nothing has left.
    claimed = draft.state is State.CLAIMED and tally.left == READERS and not reached
    each = READERS == tally.sent + tally.unknown and tally.sent <= reached.total() <= tally.sent + tally.unknown
    wrong += [] if claimed or each else [f"{tally} {reached}"]
    wrong += gate.verify().faults
    gate.close()
    return wrong


def main() -> int:
    """All cases."""
    if shutil.which("strace") is None:
        print("strace is not installed (Debian: apt-get install strace): nothing was tried.")
        return 2
    failed = reached = 0
    for fault in FAULTS:
        for when in (*map(str, WHEN), "2+"):
            with tempfile.TemporaryDirectory() as folder:
                wrong = case(Path(folder), fault, when)
            never = wrong == ["never reached"]
            reached += not never
            failed += bool(wrong) and not never
            print(f"{fault} at call {when}: {', '.join(wrong) or 'passed'}")
    print(f"{reached - failed} passed, {failed} failed, {len(FAULTS) * (len(WHEN) + 1) - reached} never reached")
    return 1 if failed or not reached else 0


if __name__ == "__main__":
    sys.exit(main())
