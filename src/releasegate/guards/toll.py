"""What a call pays before it passes: by a gated channel it never does, by another one its recipients are counted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from releasegate.guards.lane import Lane


@dataclass(frozen=True, slots=True)
class Toll:
    """Lets a call with these arguments pass, or raises Blocked."""

    lane: Lane
    count: Callable[..., int]

    def pay(self, args: tuple[object, ...], kwargs: Mapping[str, object]) -> None:
        """Return where it may go on."""
        most = self.lane.most()
        try:
            n = self.count(*args, **kwargs)
        except Exception as error:
            raise self.lane.blocked("lane-uncounted", error=repr(error)) from error
        if type(n) is not int or n < 1:
            raise self.lane.blocked("lane-uncounted", error=repr(n))
        if n > most:
            raise self.lane.blocked("lane-too-wide", n=n, most=most)
        self.lane.spend(n)
