"""The protocol of a send and of a booking, tried in every order of its steps by spin: `python tests/model/run.py`. Not for pytest.

First the models as they are: every state is looked at, every promise holds, everything open finds its end. Then one mutant after another:
spin must find the shortest way to break the promise that it is to break. Ends with `N passed, M failed`. Exit 1 where one failed, where a
move of the draft's state was never reached, or where spin is not there.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 300
MEGABYTES = 2000

PROMISES = {
    "at most once": r"\(out(\[d\])?==0\)",
    "nothing after HELD": r"\(hold\[0\]!=2\)",
    "nothing of what is over": r"^!\(\(\(\(st==",
    "HELD is of what is not there": r"over_there\[0\]==",
    "of what has left it is too late": r"answer!=",
    "no right taken away": r"\(approval&&right\)",
    "not past the window": r"^!\(past\)",
    "not held when it begins": r"hold_count==0",
    "no other text": r"digest==text",
    "everything open finds its end": r"^\(\(\(st==",
}
"""What a model asserts, and how spin prints it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One model, as large as it is searched."""

    name: str
    file: str
    defines: tuple[str, ...] = ()


LETTERS = Size(name="two letters", file="gate.pml")
TEXTS = Size(name="two texts", file="gate.pml", defines=("REWRITTEN",))
BOOKING = Size(name="a booking", file="booking.pml")
SIZES = (LETTERS, TEXTS, BOOKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One slip, and the promise that it breaks."""

    name: str
    size: Size
    breaks: str
    what: str


def _mutants(size: Size, *rows: tuple[str, str, str]) -> tuple[Mutant, ...]:
    return tuple(Mutant(name=name, size=size, breaks=breaks, what=what) for name, breaks, what in rows)


MUTANTS = (
    *_mutants(
        LETTERS,
        ("M_HOLD_COUNT", "nothing after HELD", "neither claim nor begin reads hold_count"),
        ("M_BEGIN_BLIND", "not past the window", "begin trusts the claim"),
        ("M_RIGHTS_AT_CLAIM", "no right taken away", "rights are read in the claim only"),
        ("M_WINDOW_AT_CLAIM", "not past the window", "the window is read in the claim only"),
        ("M_RULES_ROW", "no right taken away", "a right taken away does not move the row of the rules"),
        ("M_HOLD_APART", "nothing after HELD", "holds stand in a table of their own"),
        ("M_REQUEUE", "nothing after HELD", "an attempt whose lease is over waits to be sent again"),
        ("M_NO_ANSWER_WAITS", "at most once", "an attempt without an answer waits to be sent again"),
        ("M_READ_THEN_WRITE", "nothing after HELD", "two workers read, then write: no lock between"),
        ("M_LATE_SETTLE", "everything open finds its end", "a fenced worker's answer is written over what stands"),
        ("M_LIFT_RESENDS", "nothing after HELD", "a lift lets go on what was not known"),
        ("M_EARLY", "nothing after HELD", "a hold is answered before it is committed"),
        ("M_IN_FLIGHT_HELD", "nothing after HELD", "a hold is answered HELD while a letter is on its way"),
        ("M_UNKNOWN_HELD", "nothing after HELD", "a hold is answered HELD though an outcome is not known"),
        ("M_SENT_HELD", "of what has left it is too late", "a hold is answered HELD though all has left"),
        ("M_NOT_SENT_EARLY", "nothing of what is over", "'not sent' is believed while the attempt may still go"),
        ("M_WITHDRAW_AT_ONCE", "nothing of what is over", "withdrawn at once while something is on its way"),
        ("M_NO_FENCE", "nothing of what is over", "the state says `sending` only afterwards"),
        ("M_STUCK_UNKNOWN", "everything open finds its end", "nobody can settle an unknown"),
        ("M_STUCK_CLAIM", "everything open finds its end", "a dead worker's claim is never let go"),
    ),
    *_mutants(
        TEXTS,
        ("M_LIFT_ALL", "nothing after HELD", "one lift lifts every hold"),
        ("M_OWN_CLOCK", "at most once", "a worker judges its lease by its own clock"),
        ("M_EPOCH", "no other text", "neither a claim, nor its end, nor a new text moves the epoch"),
    ),
    *_mutants(
        BOOKING,
        ("M_BEGIN_BLIND", "not held when it begins", "begin trusts the claim"),
        ("M_NO_FENCE", "HELD is of what is not there", "the state says `booked` only afterwards"),
        ("M_BOOK_AGAIN", "at most once", "after a lost reply it is booked again"),
        ("M_NO_ANSWER_WAITS", "HELD is of what is not there", "a lost reply counts as not booked"),
        ("M_EARLY_LOOK", "HELD is of what is not there", "'not found' counts while the request may still turn up"),
        ("M_OLD_LOOK", "HELD is of what is not there", "what was read over there is written, whatever has happened since"),
        ("M_PAUSED_IS_HELD", "HELD is of what is not there", "'on hold' over there counts as HELD"),
        ("M_REPLY_IS_HELD", "HELD is of what is not there", "'we have stopped it' counts as HELD"),
        ("M_BOOKING_HELD", "HELD is of what is not there", "held while the request is on its way"),
        ("M_BOOKED_HELD", "HELD is of what is not there", "held as soon as it is written here"),
        ("M_UNKNOWN_HELD", "HELD is of what is not there", "held though nobody knows whether it is booked"),
        ("M_WITHDRAW_FORGETS", "nothing of what is over", "withdrawn, and the booking stays"),
        ("M_MISS_FORGETS", "HELD is of what is not there", "missed by our clock, and the booking stays"),
        ("M_STUCK_UNKNOWN", "everything open finds its end", "nobody looks for what was not answered"),
        ("M_STUCK_BOOKING", "everything open finds its end", "a request whose sender died is never given up"),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one search printed; which moves of the state and which answers the model has, and which it came to: `file:line`."""

    printed: str
    seconds: float
    moves: frozenset[str] = frozenset()
    reached: frozenset[str] = frozenset()

    @property
    def states(self) -> int:
        """How many different states were looked at."""
        told = re.search(r"^\s*([\d.e+]+) states, stored", self.printed, re.MULTILINE)
        return int(float(told[1])) if told else 0

    @property
    def complete(self) -> bool:
        """Every state was looked at, and nothing was wrong."""
        cut = re.search(r"max search depth too small|out of memory|not completed|MEMLIM", self.printed)
        return "errors: 0" in self.printed and cut is None

    @property
    def broken(self) -> tuple[str, int]:
        """The promise that was broken, or "", and after how many steps."""
        told = re.search(r"^pan:\d+: assertion violated (.*?) \(at depth (\d+)\)", self.printed, re.MULTILINE)
        if told is None:
            return "", 0
        return next((name for name, text in PROMISES.items() if re.search(text, told[1].strip())), told[1]), int(told[2])


def search(size: Size, *, made: Sequence[str], compiled: Sequence[str], options: Sequence[str]) -> Found:
    """One search by spin, in a folder of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in HERE.glob("*.pml"):
            shutil.copy(path, folder)
        _run(folder, ["spin", *made, *(f"-D{word}" for word in size.defines), "-a", size.file])
        _run(folder, ["cc", "-w", *compiled, f"-DMEMLIM={MEGABYTES}", "-o", "pan", "pan.c"])
        begin = time.monotonic()
        printed = _run(folder, ["./pan", "-E", *options])
        seconds = time.monotonic() - begin
        table = _run(folder, ["./pan", "-d"])
    return Found(printed=printed, seconds=seconds, **_moves(table, printed))


def _run(folder: Path, argv: Sequence[str]) -> str:
    """What it printed. Raises CalledProcessError where spin or the compiler refuses, TimeoutExpired where it takes too long."""
    checked = argv[0] != "./pan"
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    if checked and done.returncode:
        raise subprocess.CalledProcessError(done.returncode, list(argv), done.stdout, done.stderr)
    return done.stdout


def _moves(table: str, printed: str) -> dict[str, frozenset[str]]:
    """All moves of the draft's state and all answers to a hold, by their lines; and those reached in at least one copy of their line."""
    found = set[tuple[str, str, str]]()
    process = ""
    for line in table.splitlines():
        process = line.split()[-1] if line.startswith(("proctype", "init", "claim")) else process
        told = re.search(r"^\s*state\s+(\d+) -.*\] (\w+\.pml:\d+) => (?:st|answer) = \d+$", line)
        if told:
            found.add((process, told[1], told[2]))
    never = set[tuple[str, str, str]]()
    for line in printed.splitlines():
        process = line.split()[-1] if line.startswith("unreached in") else process
        told = re.search(r'(\w+\.pml:\d+), state (\d+), "(?:st|answer) = \d+"', line)
        if told:
            never.add((process, told[2], told[1]))
    return {"moves": frozenset(place for _, _, place in found), "reached": frozenset(place for _, _, place in found - never)}


def whole(size: Size) -> tuple[Found, str]:
    """The search of the model as it is; "" for what is wrong where nothing is."""
    found = search(size, made=["-DTRAPS", "-DENDS"], compiled=["-O2"], options=["-a", "-m1000000"])
    return found, "" if found.complete else found.broken[0] or "not complete:\n" + found.printed


def moved(size: Size) -> Found:
    """The same without the end of things, and with no two steps made one (-o3): so that it can be said which were taken."""
    return search(size, made=["-o3"], compiled=["-O2", "-DSAFETY"], options=["-m1000000"])


def tried(mutant: Mutant) -> tuple[Found, str]:
    """The shortest way to the promise that this mutant breaks; "" for what is wrong where it was the one."""
    found = search(mutant.size, made=["-DTRAPS", f"-D{mutant.name}"], compiled=["-O0", "-DBFS", "-DSAFETY"], options=[])
    broken, _ = found.broken
    return found, "" if broken == mutant.breaks else f"breaks: {broken or 'nothing'}"


def results(pool: Executor) -> Iterator[tuple[str, str, str]]:
    """What was tried, what was wrong ("" where nothing), and figures: the models as they are, then the mutants."""
    for size, (found, wrong) in zip(SIZES, pool.map(whole, SIZES), strict=True):
        yield size.name, wrong, f"{found.states:,} states in {found.seconds:.1f} s"
    each = tuple(pool.map(moved, SIZES))
    places = frozenset[str]().union(*(found.moves for found in each))
    never = sorted(places.difference(*(found.reached for found in each)))
    yield "moves and answers", f"never reached: {', '.join(never)}" if never or not places else "", f"{len(places)} in the models"
    for mutant, (found, wrong) in zip(MUTANTS, pool.map(tried, MUTANTS), strict=True):
        figures = f"{found.broken[1]} steps, {found.states:,} states"
        yield f"{mutant.size.name}, {mutant.name}", wrong, f"{mutant.what}; not so: {mutant.breaks} ({figures})"


def main() -> int:
    """A line for each, and how many passed."""
    missing = [name for name in ("spin", "cc") if shutil.which(name) is None]
    if missing:
        print(f"{' and '.join(missing)} not found: as root, `apt-get install spin gcc libc6-dev` (Debian); then `make model`.")
        return 1
    passed = failed = 0
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for name, wrong, figures in results(pool):
            passed += not wrong
            failed += bool(wrong)
            print(f"{name}: {wrong or 'passed'}: {figures}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
