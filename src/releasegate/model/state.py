"""The words of the lifecycle: states, actions, and the answers that a person gets."""

from enum import StrEnum


class State(StrEnum):
    """Where a draft stands."""

    DRAFTING = "drafting"
    CHECKING = "checking"
    APPROVING = "approving"
    APPROVED = "approved"
    CLAIMED = "claimed"
    SENDING = "sending"
    BOOKING = "booking"
    BOOKED = "booked"
    UNKNOWN = "unknown"
    MISSED = "missed"
    SENT = "sent"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"

    @property
    def over(self) -> bool:
        """No step leads out of it."""
        return self in _OVER


_OVER = frozenset({State.SENT, State.STOPPED, State.WITHDRAWN})


class Action(StrEnum):
    """What moves a draft from one state to another."""

    WRITE = "write"
    SUBMIT = "submit"
    CONFIRM = "confirm"
    APPROVE = "approve"
    REVOKE = "revoke"
    RIPEN = "ripen"
    LAPSE = "lapse"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    CLAIM = "claim"
    LET_GO = "let_go"
    BEGIN = "begin"
    SETTLE = "settle"
    LOSE = "lose"
    UNBOOK = "unbook"
    MISS = "miss"


class DeliveryState(StrEnum):
    """Where one delivery stands. No row at all is `waiting`."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    SENDING = "sending"
    BOOKED = "booked"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class HoldState(StrEnum):
    """How certain a stop is. Only HELD means that nothing leaves from now on."""

    HELD = "HELD"
    PENDING = "PENDING"
    IN_FLIGHT = "IN_FLIGHT"
    TOO_LATE = "TOO_LATE"
    UNKNOWN = "UNKNOWN"


class Role(StrEnum):
    """What a person may be asked to do."""

    AUTHOR = "author"
    CHECKER = "checker"
    APPROVER = "approver"


class Meant(StrEnum):
    """What a draft is for; the channel's identity must say the same."""

    LIVE = "live"
    TEST = "test"
    DRILL = "drill"
