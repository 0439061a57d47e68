"""For tests: what a policy would say (Case, judge, untested), what a check says (look), and fakes around a gate.

Clock, Outbox and Distributor are the fakes; `sign_webhook` signs as a provider does. Needs no test framework.
"""

from releasegate.testing.case import Case
from releasegate.testing.clock import Clock
from releasegate.testing.coverage import untested
from releasegate.testing.distributor import Distributor
from releasegate.testing.judging import judge
from releasegate.testing.looking import look
from releasegate.testing.outbox import Outbox
from releasegate.testing.webhooks import sign_webhook

__all__ = ["Case", "Clock", "Distributor", "Outbox", "judge", "look", "sign_webhook", "untested"]
