"""The rules and the people: Policy, loaded whole or not at all."""

from releasegate.policy.absence import Gap, absences, can_be_signed
from releasegate.policy.anchor_rules import AnchorRules
from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.check_rules import CheckRules
from releasegate.policy.codes import CHANGE_KINDS, GATE_CODES
from releasegate.policy.people import People
from releasegate.policy.person import Person
from releasegate.policy.policy import Policy
from releasegate.policy.remarks import remarks
from releasegate.policy.requirement import Requirement, Votes

__all__ = [
    "CHANGE_KINDS",
    "GATE_CODES",
    "AnchorRules",
    "ChannelRules",
    "CheckRules",
    "Gap",
    "People",
    "Person",
    "Policy",
    "Requirement",
    "Votes",
    "absences",
    "can_be_signed",
    "remarks",
]
