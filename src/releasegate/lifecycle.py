"""The lifecycle: one table, held by `transitions` and asked; it never owns a draft."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from releasegate.errors import TransitionError
from releasegate.model.state import Action, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from transitions import EventData, Machine

_A, _S = Action, State
_OPEN = tuple(state for state in State if not state.over)

TABLE: tuple[tuple[Action, tuple[State, ...], tuple[State, ...]], ...] = (
    (_A.WRITE, (_S.DRAFTING, _S.CHECKING, _S.APPROVING, _S.APPROVED, _S.MISSED), (_S.DRAFTING,)),
    (_A.SUBMIT, (_S.DRAFTING,), (_S.CHECKING, _S.APPROVING)),
    (_A.CONFIRM, (_S.CHECKING,), (_S.CHECKING, _S.APPROVING)),
    (_A.CONFIRM, (_S.APPROVING,), (_S.APPROVING,)),  # one that has lapsed since
    (_A.APPROVE, (_S.APPROVING,), (_S.APPROVING,)),
    (_A.APPROVE, (_S.APPROVED,), (_S.APPROVED,)),
    (_A.REVOKE, (_S.APPROVING,), (_S.APPROVING,)),
    (_A.REVOKE, (_S.APPROVED,), (_S.APPROVED,)),
    (_A.RIPEN, (_S.APPROVING,), (_S.APPROVED,)),
    (_A.LAPSE, (_S.APPROVED,), (_S.APPROVING,)),
    (_A.SEND_BACK, (_S.CHECKING, _S.APPROVING, _S.APPROVED), (_S.DRAFTING,)),
    (_A.WITHDRAW, _OPEN, (_S.WITHDRAWN, _S.STOPPED)),
    (_A.CLAIM, (_S.APPROVED,), (_S.CLAIMED,)),
    (_A.LET_GO, (_S.CLAIMED,), (_S.APPROVED,)),
    (_A.BEGIN, (_S.CLAIMED,), (_S.SENDING, _S.BOOKING)),
    (_A.SETTLE, (_S.SENDING,), (_S.SENT, _S.APPROVED, _S.STOPPED)),
    (_A.SETTLE, (_S.BOOKING,), (_S.BOOKED, _S.APPROVED)),
    (_A.SETTLE, (_S.UNKNOWN,), (_S.SENT, _S.BOOKED, _S.APPROVED, _S.STOPPED)),
    (_A.SETTLE, (_S.BOOKED,), (_S.SENT, _S.STOPPED)),
    (_A.LOSE, (_S.SENDING, _S.BOOKING, _S.BOOKED), (_S.UNKNOWN,)),
    (_A.UNBOOK, (_S.BOOKED,), (_S.APPROVED,)),
    (_A.MISS, (_S.CHECKING, _S.APPROVING, _S.APPROVED, _S.BOOKED), (_S.MISSED,)),
)


class _Slot:
    """What the machine moves in a draft's place: a state for one question."""

    __slots__ = ("state",)

    def __init__(self, state: State) -> None:
        self.state = state.value


def next_state(state: State, action: Action, to: State | None = None) -> State:
    """Where `action` leads from `state`; `to` chooses where there are several ways. Raises TransitionError where there is none."""
    slot = _Slot(state)
    from transitions import MachineError

    try:
        moved = machine().events[action.value].trigger(slot, to=to)
    except MachineError as error:
        raise TransitionError(state.value, action.value) from error
    if not moved:
        raise TransitionError(state.value, action.value)
    return State(slot.state)


def possible(state: State) -> frozenset[Action]:
    """The actions that the table knows in this state."""
    return frozenset(action for action, sources, _ in TABLE if state in sources)


@cache
def machine() -> Machine:
    """The one machine, built at first use. Without `auto_transitions=False` every draft would grow a `to_sent()`."""
    from transitions import Machine

    built = Machine(model=None, states=[state.value for state in State], initial=_S.DRAFTING.value, auto_transitions=False, send_event=True)
    for action, sources, targets in TABLE:
        for target in targets:
            built.add_transition(action.value, [source.value for source in sources], target.value, conditions=_leads_to(target, targets))
    return built


def _leads_to(target: State, targets: tuple[State, ...]) -> Callable[[EventData], bool]:
    """True when this way was asked for; where there are several, silence chooses none."""

    def chosen(event: EventData) -> bool:
        asked = event.kwargs.get("to")
        return asked is target or (asked is None and len(targets) == 1)

    return chosen
