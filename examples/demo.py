"""The story of one release, from draft to sent: `make demo`.

A newsletter for 200 readers with five planted mistakes is stopped, mended, handed over, signed; an edit closes the gate again; a hold
stops it; it is sent, killed half-way with SIGKILL, sent on; and in the end every reader has exactly one mail.

People run `releasegate` (by subprocess, each as their own login); programs import it (newsletter.py). All of it happens in a scratch
folder, with a real mail server that this program runs on loopback.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from mail_server import MailServer

HERE = Path(__file__).resolve().parent
ID = "2026-07"
OPEN, MEND, REFUSED, HELD, WAIT = 0, 3, 4, 5, 8


class Unexpected(Exception):
    """Something in the story did not happen as it must."""


@dataclass(frozen=True)
class Stage:
    """The scratch folder, and what people and programs do in it."""

    folder: Path

    def person(self, name: str, *words: str, ends: int = OPEN, shown: bool = True) -> str:
        """Somebody types a command; what they see. It must end with this exit code."""
        if shown:
            print(f"\n{name}$ releasegate {' '.join(_quoted(word) for word in words)}")
        return self._run([str(HERE / "as_login.py"), name, *words], ends, shown=shown)

    def program(self, *words: str, ends: int = 0) -> str:
        """A program of the team runs to its end."""
        print(f"\n$ python {' '.join(words)}")
        return self._run([str(HERE / words[0]), *words[1:]], ends, shown=True)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """A program begins, and is left running."""
        print(f"\n$ python {' '.join(words)} &")
        return subprocess.Popen([sys.executable, str(HERE / words[0]), *words[1:]], cwd=self.folder, env=_environment(), text=True)

    def digest(self) -> str:
        """All 64 characters of the text as it stands: what `show` prints, and what a signature names."""
        return str(json.loads(self.person("ben", "queue", "--json", shown=False))[0]["digest"])

    def _run(self, command: list[str], ends: int, *, shown: bool) -> str:
        done = subprocess.run([sys.executable, *command], cwd=self.folder, env=_environment(), capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        if shown:
            print("".join(f"  {line}\n" for line in said.splitlines()), end="")
            print(f"  [exit {done.returncode}]")
        if done.returncode != ends:
            message = f"{' '.join(command)} ended with {done.returncode}, not with {ends}:\n{said}"
            raise Unexpected(message)
        return said


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONIOENCODING": "utf-8", "RELEASEGATE_LANG": "en", "COLUMNS": "140"}


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word else word


def tell(text: str) -> None:
    """The narrator."""
    print(f"\n\n=== {text}")


def play(folder: Path, *, readers: int) -> Counter[str]:
    """The whole story; how many mails the server took for each reader."""
    with MailServer() as server:
        stage = _set_up(folder, server, readers)
        the_old_way(stage, server)
        stopped_by_its_mistakes(stage)
        handed_over_and_signed(stage)
        closed_by_an_edit(stage)
        stopped_by_a_hold(stage, readers)
        sent_in_two_halves(stage, server, readers)
        the_one_nobody_was_sure_of(stage, server)
        looking_back(stage)
        return Counter(recipient for recipient, _ in server.taken)


def _set_up(folder: Path, server: MailServer, readers: int) -> Stage:
    policy = (HERE / "releasegate.toml").read_text(encoding="utf-8")
    (folder / "releasegate.toml").write_text(policy.replace("localhost:8025", server.address), encoding="utf-8")
    shutil.copy(HERE / "body_with_mistakes.txt", folder / "body.txt")
    rows = [f"reader-{no}@readers.example,Reader {no}" for no in range(1, readers + 1)]
    (folder / "members.csv").write_text("\n".join(["email,name", *rows, rows[6]]) + "\n", encoding="utf-8")
    return Stage(folder)


def the_old_way(stage: Stage, server: MailServer) -> None:
    """What happens without a gate."""
    tell("Before. The old script sends whatever it is given. (Here: to two addresses of our own.)")
    (stage.folder / "own.csv").write_text("email,name\nus-1@museum.example,Us\nus-2@museum.example,Us\n", encoding="utf-8")
    stage.program("newsletter_before.py", "own.csv", "body.txt", server.address)
    print(f"  The server took {len(server.taken)} mails. Each began: Dear $nmae, …")
    server.taken.clear()


def stopped_by_its_mistakes(stage: Stage) -> None:
    """The first success of a gate: being stopped, with a sentence that says what to do."""
    tell("1. The same newsletter through the gate. Nothing leaves: the script seals what would.")
    stage.program("newsletter.py", "write")
    tell("2. Sending it now is refused, and the five mistakes are named.")
    stage.program("newsletter.py", "send", ends=1)


def handed_over_and_signed(stage: Stage) -> None:
    """One writes, another checks, a third approves; each change of hands has its note."""
    tell("3. Akari mends the text and takes the repeated reader off the list.")
    shutil.copy(HERE / "body.txt", stage.folder / "body.txt")
    members = stage.folder / "members.csv"
    members.write_text("\n".join(dict.fromkeys(members.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")
    stage.program("newsletter.py", "write")
    stage.person("akari", "submit", ID, "-m", "Opening day confirmed by phone with the front desk. Only the link is new.")
    tell("4. Ben reads it, and vouches for exactly this text: his signature names all 64 characters of its digest.")
    stage.person("ben", "show", ID, ends=WAIT)
    stage.person("ben", "confirm", ID, "--digest", stage.digest(), "-m", "Read to the end, link tried.")
    tell("5. Akari cannot approve her own text; Chie can.")
    stage.person("akari", "approve", ID, "--digest", stage.digest(), "-m", "Fine by me.", ends=REFUSED)
    stage.person("chie", "approve", ID, "--digest", stage.digest(), "-m", "Go.")


def closed_by_an_edit(stage: Stage) -> None:
    """What leaves is what was approved: another text is another approval."""
    tell("6. One word is changed after the approval: the gate is closed again.")
    body = stage.folder / "body.txt"
    body.write_text(body.read_text(encoding="utf-8").replace("come in free", "and their guests come in free"), encoding="utf-8")
    stage.program("newsletter.py", "write")
    stage.person("akari", "send", ID, ends=WAIT)
    stage.person("akari", "submit", ID, "-m", "Guests are free too, says the director; nothing else changed.")
    digest = stage.digest()
    stage.person("ben", "confirm", ID, "--digest", digest, "-m", "Only that sentence differs.")
    stage.person("chie", "approve", ID, "--digest", digest, "-m", "Go.")


def stopped_by_a_hold(stage: Stage, readers: int) -> None:
    """Anybody stops it, in one command; whoever placed the hold, or an approver, lifts it."""
    tell("7. The opening may move. Ben holds it; nothing leaves, whoever starts the script.")
    mark = stage.digest()[:8]
    stage.person("ben", "hold", ID, "-m", "The fire inspection is not through.")
    stage.program("newsletter.py", "send", ends=1)
    tell("8. The same answer for a colleague who reads Japanese.")
    stage.person("chie", "--lang", "ja", "show", ID, ends=HELD)
    tell("9. The inspection is through. Chie reads back what will leave, lifts the hold, and keeps the log's head outside the store.")
    seen = ("--mark", mark, "--recipients", str(readers), "--leaves", "now")
    stage.person("chie", "lift", ID, "h1", *seen, "-m", "Inspection passed, paper seen.")
    anchor = stage.person("chie", "log", "anchor")
    (stage.folder / "anchors.txt").write_text(anchor, encoding="utf-8")


def sent_in_two_halves(stage: Stage, server: MailServer, readers: int) -> None:
    """The power fails while a mail is between us and the server; running it again sends only what never began."""
    tell(
        f"10. It is sent to {readers} readers. Half-way the process is killed (kill -9), while the server has a mail and has not answered."
    )
    server.fall_silent_after(readers // 2)
    sending = stage.start("newsletter.py", "send")
    if not server.is_silent.wait(60):
        sending.kill()
        message = "the first half never arrived"
        raise Unexpected(message)
    sending.send_signal(signal.SIGKILL)
    sending.wait()
    server.speak()
    print(f"  killed; the server has {len(server.taken)} mails on record")
    tell("11. Started again: the rest leaves. The one in flight is not tried again: nobody knows what became of it.")
    stage.program("newsletter.py", "send")


def the_one_nobody_was_sure_of(stage: Stage, server: MailServer) -> None:
    """Left by evidence and a person, never by a retry."""
    tell("12. A person looks at the server's own record, and says what it shows.")
    listed = stage.person("ben", "settle", ID, ends=2)
    attempt, _, recipient = listed.partition("attempt ")[2].splitlines()[0].partition(", to ")
    record = [message_id for taken, message_id in server.taken if taken == recipient]
    print(f"  mx.museum.example, for {recipient}: {record}")
    if len(record) != 1:
        message = f"the server's record for {recipient} is {record}"
        raise Unexpected(message)
    stage.person("ben", "settle", ID, "--attempt", attempt, "--outcome", "sent", "-m", f"On the server's record: {record[0]}")


def looking_back(stage: Stage) -> None:
    """Who did what to which text, and that nobody has written it anew."""
    tell("13. What happened, and whether the log is what was written since Chie kept its head.")
    stage.person("akari", "log", ID)
    stage.person("akari", "log", "verify", "--anchors", "anchors.txt")


def main() -> int:
    """Play it; 1 where a reader did not get exactly one mail."""
    parser = argparse.ArgumentParser(description="The story of one release.")
    parser.add_argument("--readers", type=int, default=200)
    readers = parser.parse_args().readers
    with tempfile.TemporaryDirectory(prefix="releasegate-demo-") as folder:
        mails = play(Path(folder), readers=readers)
    expected = {f"reader-{no}@readers.example": 1 for no in range(1, readers + 1)}
    if mails != expected:
        wrong = dict(mails - Counter(expected)) or "some got none"
        print(f"\nNOT as promised: {wrong}")
        return 1
    print(f"\n{readers} readers, {mails.total()} mails: each got exactly one.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
