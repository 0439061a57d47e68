"""Who may log in, by a password of their own: logins.json holds what scrypt makes of each, never a password.

python logins.py akari        asks for the password of akari, and writes logins.json
"""

import json
import os
import secrets
import sys
from getpass import getpass
from hashlib import scrypt, sha256
from hmac import compare_digest
from pathlib import Path

FILE = Path("logins.json")
SHORTEST = 12


class Logins:
    """The people in this file. Read at each question: whoever is taken out of it is out at once."""

    def __init__(self, path: Path = FILE) -> None:
        self._path = path

    def check(self, name: str, password: str) -> str:
        """The seal of this person's login, or "": for an unknown name it takes as long as for a wrong password."""
        kept = self._all().get(name, f"{'0' * 32}${'0' * 128}")
        return self.seal(name) if compare_digest(_kept(password, salt=kept.partition("$")[0]), kept) else ""

    def seal(self, name: str) -> str:
        """What a session is bound to: with another password, or without the person, it is another one. "" for nobody."""
        kept = self._all().get(name)
        return sha256(kept.encode()).hexdigest() if kept else ""

    def put(self, name: str, password: str) -> None:
        """Give this person this password. The file is for the service's own account to read."""
        known = self._all() | {name: _kept(password, salt=secrets.token_hex(16))}
        new = self._path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(known, file, indent=2)
        new.replace(self._path)

    def _all(self) -> dict[str, str]:
        return dict(json.loads(self._path.read_text(encoding="utf-8"))) if self._path.exists() else {}


def _kept(password: str, *, salt: str) -> str:
    return f"{salt}${scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()}"


def main(name: str) -> int:
    """Ask for a password, and keep what becomes of it; 1 for one that is too short."""
    password = getpass(f"Password for {name}: ")
    if len(password) < SHORTEST:
        print(f"Not kept: at least {SHORTEST} characters.", file=sys.stderr)
        return 1
    Logins().put(name, password)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
