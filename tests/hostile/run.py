"""Hostile fields on each Python that releasegate runs on: `python tests/hostile/run.py [--fields N] [--seed N]`. Not for pytest.

Each field is put into a header, a name, an address, a list or a title, sealed, checked and sent to a mail server on this machine; what came
over the wire is read from its bytes. Says which Python was not found. Ends with `N passed, M failed`; a Python has passed when no header
was injected and no check disagreed with the bytes. Exit 1 where one failed, or none was there.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
VERSIONS = ("3.11", "3.12", "3.13")
SHOWN = 20
JOBS = 2
"""So many Pythons at a time: each is a process that computes."""


def find(version: str) -> str:
    """A Python of this version that really runs; "" where none does."""
    return next((found for found in _candidates(version) if _is(version, found)), "")


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    yield from filter(None, [shutil.which(f"python{version}")])
    # pyenv puts a python3.12 on the path that may not run, and has one beside it that does.
    for argv in (["pyenv", "prefix", version], ["uv", "python", "find", "--no-python-downloads", version]):
        if shutil.which(argv[0]):
            said = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=ROOT).stdout.strip()
            yield from (str(path) for path in (Path(said), Path(said) / "bin" / f"python{version}") if said and path.is_file())


def _is(version: str, python: str) -> bool:
    try:
        said = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True, check=False
        )
    except OSError:
        return False
    return said.stdout.strip() == version


def prepared(version: str, python: str) -> str:
    """The Python of a virtual environment of this version, with what releasegate needs; this one if it is of this version."""
    if python == sys.executable:
        return python
    folder = ROOT / f".venv-{version}"
    inside, stamp = str(folder / "bin" / "python"), folder / "installed"
    needs = [ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    if not stamp.is_file() or any(need.stat().st_mtime > stamp.stat().st_mtime for need in needs):
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        install = ["install", "--quiet", "--no-input", "-c", "constraints.txt", "-e", "."]
        subprocess.run([inside, "-m", "pip", *install], check=True, cwd=ROOT)
        stamp.touch()
    return inside


def run(python: str, seed: int, count: int) -> dict[str, Any]:
    """What became of so many fields on this Python."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    argv = [python, str(Path(__file__)), "--here", "--fields", str(count), "--seed", str(seed)]
    said = subprocess.run(argv, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
    report: dict[str, Any] = json.loads(said.stdout)
    return report


def told(report: dict[str, Any]) -> str:
    """One line for people."""
    return (
        f"{report['fields']:,} fields: {report['never_made']:,} `email` itself refused, {report['refused']:,} the seal, "
        f"{report['shut']:,} a check stopped, {report['passed']:,} passed; {report['mails']:,} mails on the wire: "
        f"{len(report['injected'])} injected headers, {len(report['disagreements'])} disagreements"
    )


def _here(seed: int, count: int) -> None:
    from tests.hostile.trips import travel  # only where releasegate can be imported

    report = travel(seed, count)
    json.dump({"python": sys.version.split()[0], **vars(report)}, sys.stdout)


def _all(seed: int, count: int) -> int:
    print(f"seed {seed}: the same seed gives the same fields", flush=True)
    found = {version: find(version) for version in VERSIONS}
    missing = [version for version, python in found.items() if not python]
    passed = failed = 0
    with ThreadPoolExecutor(JOBS) as pool:
        for report in pool.map(lambda each: run(prepared(*each), seed, count), [each for each in found.items() if each[1]]):
            wrong = [*report["injected"], *report["disagreements"]]
            passed, failed = passed + (not wrong), failed + bool(wrong)
            print(f"Python {report['python']}: {told(report)}", *(f"  {each}" for each in wrong[:SHOWN]), sep="\n", flush=True)
    for version in missing:
        print(f"Python {version}: not found, nothing was tried on it")
    print(f"not found: {', '.join(missing) or 'none'}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Each Python that is there."""
    parser = argparse.ArgumentParser(description="Hostile fields on each Python that releasegate runs on.")
    parser.add_argument("--fields", type=int, default=10_000, help="how many on each")
    parser.add_argument("--seed", type=int, default=1, help="another one gives other fields")
    parser.add_argument("--here", action="store_true", help="on this Python alone, as JSON")
    asked = parser.parse_args(arguments)
    if asked.here:
        _here(asked.seed, asked.fields)
        return 0
    return _all(asked.seed, asked.fields)


if __name__ == "__main__":
    sys.exit(main())
