"""Patience: one question to the other side, for as long as its channel allows. One that hangs is left behind, and holds nobody up."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 20.0
"""Seconds that one question to the other side may take where its channel does not say so itself (`deadline`)."""

DEADLINE = 120.0
"""Seconds that one hand-over may take where its channel does not say so itself."""


def deadline(channel: object) -> float:
    """For so many seconds something may be on its way into this channel."""
    return float(getattr(channel, "deadline", DEADLINE))


def patience(channel: object) -> float:
    """For so many seconds this channel may be asked something."""
    return float(getattr(channel, "deadline", PATIENCE))


def within(seconds: float, call: Callable[[], T]) -> T:
    """What it answers, in a thread of its own. Raises what it raises, and TimeoutError where it gave no answer in time."""
    answers, errors = list[T](), list[Exception]()

    def ask() -> None:
        try:
            answers.append(call())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it was asked
            errors.append(error)

    asking = threading.Thread(target=copy_context().run, args=(ask,), daemon=True)
    asking.start()
    asking.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError(f"no answer within {seconds:g} s")
    return answers[0]
