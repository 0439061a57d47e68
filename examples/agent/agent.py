"""A program that may draft but not send: four functions to hand to whatever calls functions by name, such as a language model.

    python agent.py        what it does, what it is told, and what it does then

It acts as `writer`, a robot of releasegate.toml. `by` is a claim of whoever calls the gate: keep the Gate, its store and the mailer's
password out of the program's reach, and give it these functions alone, best from another process under another account.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from releasegate import Blocked, Gate, GateError, Refused

ROBOT = "writer"
Tool = Callable[..., dict[str, Any]]


def tools(gate: Gate) -> dict[str, Tool]:
    """What the program may call. A closed gate is an answer, not an error: it says who can do what, and that trying again is no use."""

    def draft_write(draft: str, subject: str, text: str) -> dict[str, Any]:
        mail = f"From: News <news@pr.example>\nTo: readers@pr.example\nSubject: {subject}\n\n{text}\n"
        gate.write(draft, channel="newsletter", content=mail.encode(), by=ROBOT)
        gate.submit(draft, by=ROBOT, note="Written by a program. Please read every figure.")
        return draft_show(draft)

    def draft_show(draft: str) -> dict[str, Any]:
        return {"open": (said := gate.decide(draft).to_dict())["open"], "state": said["state"], "todo": _todo(said)}

    def draft_approve(draft: str) -> dict[str, Any]:
        gate.approve(draft, digest=gate.draft(draft).digest, by=ROBOT, note="Looks good to me.")
        return draft_show(draft)

    def draft_send(draft: str) -> dict[str, Any]:
        return {"sent": gate.send(draft, by=ROBOT).sent}

    return {each.__name__: answering(gate, each) for each in (draft_write, draft_show, draft_approve, draft_send)}


def answering(gate: Gate, tool: Tool) -> Tool:
    """The same function, with a no as an answer that can be acted upon: why, who can clear it, how."""

    def answer(draft: str, **more: str) -> dict[str, Any]:
        try:
            return tool(draft, **more)
        except Refused as no:
            return _no(no.code, no, gate.decide(draft).to_dict())
        except Blocked as no:
            return _no("blocked", no, gate.decide(draft).to_dict())

    return answer


def _no(code: str, why: GateError, said: dict[str, Any]) -> dict[str, Any]:
    return {"done": False, "code": code, "why": str(why).splitlines()[0], "do_not_retry": True, "todo": _todo(said)}


def _todo(said: dict[str, Any]) -> list[dict[str, Any]]:
    """What keeps it back: who can clear it, and how."""
    return [{"rule": each["name"] or each["code"], "who": each["who"], "how": each["how"]} for each in said["blockers"]]


def main() -> None:
    """Stands in for the program that chooses: it writes, looks, tries to approve, tries to send, and asks the people who can."""
    gate = Gate.load(Path("releasegate.toml"))
    call = tools(gate)

    def say(name: str, **arguments: str) -> dict[str, Any]:
        answer = call[name](**arguments)
        print(f"{name}: {json.dumps(answer)}")
        return answer

    say("draft_write", draft="july", subject="The new wing", text="The new wing opens on the first of July.")
    say("draft_approve", draft="july")
    answer = say("draft_send", draft="july")
    for each in answer["todo"]:
        print(f"To {', '.join(each['who'])}: july waits for you ({each['rule']}). {each['how'][0]}")
    gate.close()


if __name__ == "__main__":
    main()
