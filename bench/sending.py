"""Sending a sealed mail over plain smtplib: with its durable record, the fence, and the settlement."""

import smtplib
import tempfile
from collections.abc import Iterator
from email.policy import SMTP
from pathlib import Path

from bench.figure import Figure, fsync_cost, in_turn, timed
from bench.shop import approved, letters, open_gate, render
from bench.sink import sink
from releasegate.channels import Smtp

COUNT, ROUNDS = 100, 7


def figures() -> Iterator[Figure]:
    """Over `sendmail` of ready bytes, and over `send_message`, which serialises."""
    with sink() as port, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gate = open_gate(folder, {"newsletter": Smtp(f"smtp://127.0.0.1:{port}")})
        messages = [render(number) for number in range(COUNT)]
        ready = [(message["To"], message.as_bytes(policy=SMTP)) for message in messages]
        numbers = iter(range(10**6))

        def ours() -> float:
            draft_id = f"send-{next(numbers)}"
            approved(gate, draft_id, letters(COUNT, start=1000 * int(draft_id[5:])))
            return timed(lambda: gate.send(draft_id, by="mailer"))

        def sendmail() -> float:
            with smtplib.SMTP("127.0.0.1", port) as client:
                return timed(lambda: [client.sendmail("news@museum.jp", [to], body) for to, body in ready])

        def send_message() -> float:
            with smtplib.SMTP("127.0.0.1", port) as client:
                return timed(lambda: [client.send_message(message) for message in messages])

        for name_, theirs, aim in (("sendmail", sendmail, 1.25), ("send_message", send_message, 1.0)):
            mine, other, ratio = in_turn(ours, theirs, rounds=ROUNDS)
            more = {"ours_ms": round(mine / COUNT * 1000, 3), "theirs_ms": round(other / COUNT * 1000, 3), "fsync_ms": fsync_cost(folder)}
            yield Figure(
                name=f"send over {name_}",
                ours="gate.send, claim, fence and settlement committed",
                theirs=f"smtplib {name_}",
                ratio=ratio,
                aim=aim,
                more=more,
            )
        gate.close()
