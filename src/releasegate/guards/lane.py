"""A channel as a guard sees it: gated, or bounded; and how it says no."""

from dataclasses import dataclass
from datetime import UTC, datetime

from releasegate.diary import diary
from releasegate.errors import Blocked
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store import lanes
from releasegate.store.store import Txn


@dataclass(frozen=True, slots=True)
class Lane:
    """What may pass here without signatures: by a gated channel nothing, by another one mail to a few."""

    office: Office
    channel: str

    @property
    def is_gated(self) -> bool:
        """By the rules that this process brought."""
        return self.office.policy.channels[self.channel].gated

    def most(self) -> int:
        """How many recipients one mail may have. Raises Blocked where the channel is gated, be it only by the rules in force."""
        if self.is_gated:
            raise self.blocked("past-the-gate")
        return self._bounds(self.office.store.look(self.office.rules))[0]

    def spend(self, n: int) -> None:
        """Count these recipients before their mail leaves. Raises Blocked where the hour has had as many as it may.

        In the store, not here: a newsletter that goes past the gate mail by mail goes as well from many processes, or from one that
        is started for each mail.
        """

        def work(txn: Txn) -> tuple[bool, int]:
            _, hourly = self._bounds(self.office.rules(txn))
            return lanes.spend(txn, self.channel, n, most=hourly), hourly

        passes, hourly = self.office.store.act(work)
        if not passes:
            diary().warning("a channel that is not gated has had all that it may in an hour", channel=self.channel, most=hourly)
            raise self.blocked("lane-spent", most=hourly)

    def _bounds(self, policy: Policy) -> tuple[int, int]:
        """How many recipients a mail may have, and an hour."""
        # By the rules in force, else whoever can change the file could open the lane: it is as wide as those who adopted them made it.
        rules = policy.channels.get(self.channel)
        if rules is None or rules.most is None:
            raise self.blocked("past-the-gate")
        return rules.most, rules.hourly

    def blocked(self, code: str, **params: str | int) -> Blocked:
        """Nothing was sent, because of this, and how it can leave."""
        blocker = Blocker(code=code, kind=Kind.MEND, params={"channel": self.channel, **params}, how=self._how())
        decision = Decision(draft_id="", digest="", at=datetime.now(UTC), blockers=(blocker,), channel=self.channel, tried=True)
        return Blocked(decision, lang=self.office.policy.lang)

    def _how(self) -> tuple[str, ...]:
        channels = [self.channel] if self.is_gated else [name for name, rules in self.office.policy.channels.items() if rules.gated]
        return tuple(f'gate.write(…, channel="{name}", …) → gate.send(…)' for name in channels)
